/* SPDX-License-Identifier: ISC */
/* What a relay says: read alike however it is cut, and printable. */
#include "mail/reply.h"
#include "base/codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must(bool truth)
{
	if (!truth)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *said = (const char *)bytes;
	struct reply reply = {0};
	struct reply again = {0};
	struct reply_offer offer;
	long n = reply_parse(&reply, said, len);

	reply_offer(&offer, said, len);
	must(n >= -1 && n <= (long)len);
	if (n <= 0)
		return 0;
	must(reply.code >= 200 && reply.code <= 599);
	must(said[n - 1] == '\n');
	must(reply_parse(&again, said, (size_t)n) == n);
	must(memcmp(&reply, &again, sizeof(reply)) == 0);
	for (long k = 0; k < n; k += 1 + n / 64)
		must(reply_parse(&again, said, (size_t)k) == 0);
	must(reply_parse(&again, said, (size_t)n - 1) == 0);
	must(codec_utf8_ok(reply.text, strlen(reply.text)));
	for (const char *c = reply.text; *c != '\0'; c++)
		must((unsigned char)*c >= 0x20 && *c != 0x7f);
	must(strspn(reply.status, "0123456789.") == strlen(reply.status));
	must(reply.status[0] == '\0' ||
	     reply.status[0] - '0' == reply.code / 100);
	return 0;
}
