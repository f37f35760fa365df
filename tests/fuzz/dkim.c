/* SPDX-License-Identifier: ISC */
/* The canonical form of a message is its own canonical form, does not depend
 * on how white space is spread, and grows by no more than a line end; and what
 * can be taken apart and has a From can be signed. */
#include "mail/dkim.h"
#include "mail/canon.h"

#include "../unit/words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
check_body(const char *body, size_t len)
{
	struct str once;
	struct str twice;
	size_t n;

	str_init(&once, len + 2);
	str_init(&twice, len + 2);
	n = canon_body(&once, body, len);
	must(!once.bad && n <= len + 2);
	must(n == 0 || (n > 2 && memcmp(once.data + n - 2, "\r\n", 2) == 0));
	must(n < 4 || memcmp(once.data + n - 4, "\r\n\r\n", 4) != 0);
	must(memchr(once.data, '\t', n) == NULL);
	must(canon_body(&twice, once.data, n) == n);
	must(memcmp(once.data, twice.data, n) == 0);
	str_release(&once);
	str_release(&twice);
}

static void
check_header(const struct canon_header *header)
{
	struct canon_header again = *header;
	struct str once;
	struct str twice;
	struct str wide;

	str_init(&once, header->len + CANON_NAME_SIZE);
	str_init(&twice, header->len + CANON_NAME_SIZE);
	str_init(&wide, 4 * header->len + CANON_NAME_SIZE);
	canon_header(&once, header);
	must(!once.bad && strpbrk(once.data, "\r\n\t") == NULL);
	must(strstr(once.data, "  ") == NULL);
	must(once.len > 0 && once.data[once.len - 1] != ' ');
	again.value = strchr(once.data, ':') + 1;
	again.len = once.len - (size_t)(again.value - once.data);
	canon_header(&twice, &again);
	must(str_eq(once.data, twice.data));
	/* Another way to write the same header. */
	for (const char *p = again.value; *p != '\0'; p++) {
		if (*p == ' ') {
			str_add(&wide, " \r\n\t");
		} else {
			str_add_bytes(&wide, p, 1);
		}
	}
	str_add(&wide, " \t");
	again.value = wide.data;
	again.len = wide.len;
	str_reset(&twice);
	canon_header(&twice, &again);
	must(str_eq(once.data, twice.data));
	str_release(&once);
	str_release(&twice);
	str_release(&wide);
}

static void
check_signature(const char *message, size_t len, bool can)
{
	static struct dkim *dkim;
	struct err err = ERR_INIT;
	struct str out;

	str_init(&out, 1000000);
	if (dkim == NULL) {
		must(dkim_key_new(&out, 1024, &err) == 0);
		must(dkim_new(&dkim, out.data, out.len, "example.org", "s",
			 &err) == 0);
		str_reset(&out);
	}
	must((dkim_sign(&out, dkim, message, len, 0, &err) == 0) == can);
	must(!can || words_one_header(out.data, 76));
	must(can || (err.code == ERR_INPUT && out.len == 0));
	str_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *message = (const char *)data;
	struct canon_message parts;
	struct err err = ERR_INIT;
	bool from = false;

	/* The checks above read C strings. */
	if (memchr(data, 0, size) != NULL)
		return 0;
	if (canon_split(&parts, message, size, &err) != 0) {
		must(err.code == ERR_INPUT && err.msg[0] != '\0');
		check_signature(message, size, false);
		return 0;
	}
	must(parts.body + parts.body_len == message + size);
	must(memcmp(parts.body - 2, "\r\n", 2) == 0);
	for (size_t i = 0; i < parts.count; i++) {
		check_header(&parts.headers[i]);
		from = from || str_eq_ci(parts.headers[i].name, "From");
	}
	check_signature(message, size, from);
	check_body(parts.body, parts.body_len);
	canon_release(&parts);
	return 0;
}
