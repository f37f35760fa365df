/* SPDX-License-Identifier: ISC */
/* The canonical form of a message is its own canonical form, does not depend
 * on how white space is spread, and grows by no more than a line end. */
#include "mail/canon.h"

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
		if (*p == ' ')
			str_add(&wide, " \r\n\t");
		else
			str_add_bytes(&wide, p, 1);
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *message = (const char *)data;
	struct canon_message parts;
	struct err err = ERR_INIT;

	/* The checks above read C strings. */
	if (memchr(data, 0, size) != NULL)
		return 0;
	if (canon_split(&parts, message, size, &err) != 0) {
		must(err.code == ERR_INPUT && err.msg[0] != '\0');
		return 0;
	}
	must(parts.body + parts.body_len == message + size);
	must(memcmp(parts.body - 2, "\r\n", 2) == 0);
	for (size_t i = 0; i < parts.count; i++)
		check_header(&parts.headers[i]);
	check_body(parts.body, parts.body_len);
	canon_release(&parts);
	return 0;
}
