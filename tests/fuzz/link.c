/* SPDX-License-Identifier: ISC */
#include "text/link.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A URL that is taken has one of three beginnings and holds nothing but
 * visible ASCII without a quote, an angle or a backslash, no '@' before its
 * path; and it is taken again, as it is. What is not taken adds nothing. */
static void
check(const char *url, enum link_use use)
{
	struct str out;
	struct str again;

	str_init(&out, 1 << 20);
	str_init(&again, 1 << 20);
	if (!link_clean(&out, url, use)) {
		if (out.len != 0 || out.bad)
			abort();
		return;
	}
	if (!link_clean(&again, out.data, use) || !str_eq(again.data, out.data))
		abort();
	for (size_t i = 0; i < out.len; i++) {
		if (out.data[i] <= ' ' || out.data[i] >= 0x7f ||
		    strchr("\"<>\\`{}|^", out.data[i]) != NULL)
			abort();
	}
	if (str_starts(out.data, "http://") ||
	    str_starts(out.data, "https://")) {
		const char *host = strstr(out.data, "//") + 2;
		size_t n = strcspn(host, "/?#");

		if (n == 0 || memchr(host, '@', n) != NULL ||
		    memchr(host, '%', n) != NULL)
			abort();
	} else if (!str_starts(out.data, "mailto:") || use == LINK_IMAGE) {
		abort();
	}
	str_release(&out);
	str_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *url = calloc(1, len + 1);

	if (url == NULL)
		abort();
	if (len > 0)
		memcpy(url, data, len);
	check(url, LINK_PAGE);
	check(url, LINK_IMAGE);
	free(url);
	return 0;
}
