/* SPDX-License-Identifier: ISC */
#include "mail/canon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *body;
	const char *canonical;
} bodies[] = {
    /* RFC 6376 3.4.5 */
    {" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"},
    /* RFC 6376 3.4.4: an empty body stays empty */
    {"", ""},
    {"\r\n", ""},
    {"\r\n\r\n\r\n", ""},
    {" ", ""},
    {" \t\r\n\t\r\n", ""},
    {"x", "x\r\n"},
    {"x\r\n", "x\r\n"},
    {"x \t", "x\r\n"},
    {"x\r\n\r\n", "x\r\n"},
    {"x\r\n \r\n\t\r\n", "x\r\n"},
    {"x\r\n ", "x\r\n"},
    {"\r\n\r\nx\r\n", "\r\n\r\nx\r\n"},
    {" \r\nx\r\n", "\r\nx\r\n"},
    {"\tx\r\n", " x\r\n"},
    {" \t x  \t y \r\n", " x y\r\n"},
    {"x\r\n\r\n\r\ny\r\n", "x\r\n\r\n\r\ny\r\n"},
    {"x\r\n \t \r\ny\r\n", "x\r\n\r\ny\r\n"},
    {"\xc2\xa0x\xc2\xa0\r\n", "\xc2\xa0x\xc2\xa0\r\n"},
    {"x\v\f y\r\n", "x\v\f y\r\n"},
};

static void
relaxes_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct str out;
		size_t n;

		str_init(&out, 1024);
		str_add(&out, "kept");
		n = canon_body(&out, bodies[i].body, strlen(bodies[i].body));
		if (n != strlen(bodies[i].canonical) ||
		    memcmp(out.data + 4, bodies[i].canonical, n) != 0)
			fail_msg("row %zu: %.*s", i, (int)n, out.data + 4);
		str_release(&out);
	}
}

static const struct {
	const char *header;
	const char *name;
	const char *canonical;
} headers[] = {
    /* RFC 6376 3.4.5 */
    {"A: X", "A", "a:X"},
    {"B : Y\t\r\n\tZ  ", "B", "b:Y Z"},
    {"SUBJect: AbC", "SUBJect", "subject:AbC"},
    {"A:", "A", "a:"},
    {"A: \t ", "A", "a:"},
    {"A:\r\n X", "A", "a:X"},
    {"A: \r\n \t\r\n X", "A", "a:X"},
    {"A:\tX\r\n\tY \r\n  Z\r\n ", "A", "a:X Y Z"},
    {"A: b:  c", "A", "a:b: c"},
    {"A: \xd8\xa7  \xd8\xa8", "A", "a:\xd8\xa7 \xd8\xa8"},
    {"A_!~ \t:x", "A_!~", "a_!~:x"},
};

static void
relaxes_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(headers); i++) {
		struct canon_message parts;
		struct err err = ERR_INIT;
		struct str message;
		struct str out;

		str_init(&message, 1024);
		str_init(&out, 1024);
		str_addf(&message, "X: y\r\n%s\r\n\r\nbody", headers[i].header);
		if (canon_split(&parts, message.data, message.len, &err) != 0)
			fail_msg("row %zu: %s", i, err.msg);
		assert_int_equal(parts.count, 2);
		assert_string_equal(parts.headers[0].name, "X");
		assert_string_equal(parts.headers[1].name, headers[i].name);
		assert_string_equal(parts.body, "body");
		assert_int_equal(parts.body_len, 4);
		canon_header(&out, &parts.headers[1]);
		assert_string_equal(out.data, headers[i].canonical);
		canon_release(&parts);
		str_release(&message);
		str_release(&out);
	}
}

static void
splits_without_headers_or_body(void **state)
{
	struct canon_message parts;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(canon_split(&parts, "\r\n", 2, &err), 0);
	assert_int_equal(parts.count, 0);
	assert_int_equal(parts.body_len, 0);
	canon_release(&parts);
	canon_release(&parts);
	assert_int_equal(canon_split(&parts, "A: b\r\n\r\n", 8, &err), 0);
	assert_int_equal(parts.count, 1);
	assert_int_equal(parts.body_len, 0);
	canon_release(&parts);
}

static void
canonicalise(const char *message, size_t len)
{
	struct canon_message parts;
	struct err err = ERR_INIT;
	struct str out;

	str_init(&out, 2 * len);
	assert_int_equal(canon_split(&parts, message, len, &err), 0);
	for (size_t i = 0; i < parts.count; i++)
		canon_header(&out, &parts.headers[i]);
	(void)canon_body(&out, parts.body, parts.body_len);
	assert_false(out.bad);
	canon_release(&parts);
	str_release(&out);
}

/* A megabyte of what is worst for each part: without a linear walk this test
 * would not end in a minute. */
static void
is_linear(void **state)
{
	static const struct {
		const char *head;
		const char *body;
	} units[] = {{" \t", " \t"}, {"x ", "x "}, {"\r\n ", "\r\n"},
	    {" \r\n ", " \r\n"}, {"\r\nA:", "\r\n "},
	    {"\r\nA: b\r\n c", "x\r\n"}};
	size_t size = (size_t)1024 * 1024;

	(void)state;
	for (size_t i = 0; i < COUNT(units); i++) {
		struct str message;

		str_init(&message, 3 * size);
		str_add(&message, "A: x");
		while (message.len < size)
			str_add(&message, units[i].head);
		str_add(&message, "\r\n\r\n");
		while (message.len < 2 * size)
			str_add(&message, units[i].body);
		canonicalise(message.data, message.len);
		str_release(&message);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(relaxes_bodies),
	    cmocka_unit_test(relaxes_headers),
	    cmocka_unit_test(splits_without_headers_or_body),
	    cmocka_unit_test(is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
