/* SPDX-License-Identifier: ISC */
#include "web/form.h"

#include "../held.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define URLENCODED "application/x-www-form-urlencoded"
#define MULTIPART  "multipart/form-data; boundary=XyZ"

/* One part of a multipart body. */
#define PART(name, value)                                                      \
	"--XyZ\r\nContent-Disposition: form-data; name=\"" name                \
	"\"\r\n\r\n" value "\r\n"
#define LAST "--XyZ--\r\n"

/* What is expected: "name=value" of each field, apart by '|'; NULL where the
 * body is refused. */
struct form_case {
	const char *body;
	const char *fields;
};

static void
run_case(
    const struct held *held, const char *body, size_t len, const char *expected)
{
	struct form form;
	struct err err = ERR_INIT;
	int rc = form_parse(&form, held->connection, body, len, &err);
	struct str got;

	str_init(&got, 65536);
	for (size_t i = 0; i < form.count; i++) {
		if (i > 0)
			str_add(&got, "|");
		str_add(&got, form.fields[i].name);
		str_add(&got, "=");
		str_add(&got, form.fields[i].value);
		if (rc == 0)
			assert_ptr_equal(form.fields[i].value,
			    form_get(&form, form.fields[i].name));
	}
	if (rc == 0 ? expected == NULL || !str_eq(got.data, expected)
		    : expected != NULL)
		print_error("body \"%.100s\": %s\n", body, err.msg);
	assert_int_equal(rc, expected != NULL ? 0 : -1);
	if (expected != NULL)
		assert_string_equal(got.data, expected);
	else
		assert_int_equal(err.code, ERR_INPUT);
	if (expected == NULL)
		assert_int_equal(form.count, 0);
	assert_string_equal(form_get(&form, "no such field"), "");
	str_release(&got);
}

static void
run_cases(const char *type, const struct form_case *cases, size_t n)
{
	struct held held;

	assert_true(held_open(&held, type));
	for (size_t i = 0; i < n; i++)
		run_case(&held, cases[i].body, strlen(cases[i].body),
		    cases[i].fields);
	held_close(&held);
}

static const struct form_case urlencoded[] = {
    {"", ""},
    {"a=b", "a=b"},
    {"email=a%40example.org&every=day", "email=a@example.org|every=day"},
    {"email=a@example.org", "email=a@example.org"},
    {"a=&b=", "a=|b="},
    {"a&b=c", "a=|b=c"},
    {"a", NULL}, /* a name alone is taken for one that was cut */
    {"b=c&a", NULL},
    {"&", NULL},
    {"a=b+c", "a=b c"},
    {"a=b%2Bc", "a=b+c"},
    {"a=b%20c", "a=b c"},
    {"a=%3D%26%25", "a==&%"},
    {"a=%25zz", "a=%zz"},
    {"a=%2500", "a=%00"},
    {"a%3Db=c", "a=b=c"},
    {"a+b=c", "a b=c"},
    {"&&a=b&&", "a=b"},
    {"a=b&", "a=b"},
    {"List-Unsubscribe=One-Click", "List-Unsubscribe=One-Click"},
    {"name=%D8%B3%D8%A7%D8%B1%D8%A9", "name=سارة"},
    {"name=سارة", "name=سارة"},
    {"%D8%A7%D8%B3%D9%85=%D9%86%D8%B4%D8%B1%D8%A9", "اسم=نشرة"},
    {"a=%0D%0ABcc%3A+x", "a=\r\nBcc: x"},
    {"a=%41", "a=A"},
    {"a=4%311", "a=411"},
    {"a=%F0%9F%93%B0", "a=📰"},
    {"t=AQEAAA-_", "t=AQEAAA-_"},
    {"a=b;c=d", NULL}, /* a ';' parts nothing, and a bare '=' is none */

    /* percent traps */
    {"a=%", NULL},
    {"a=%4", NULL},
    {"a=%zz", NULL},
    {"a=%4g", NULL},
    {"a=%%41", NULL},
    {"a=%u0041", NULL},
    {"%=a", NULL},
    {"a%=b", NULL},
    {"a=b&%", NULL},
    {"a=%00", NULL},
    {"a%00b=c", NULL},
    {"email=a%40example.org%00x", NULL},
    {"a=% 41", NULL},
    {"a=%-1", NULL},
    {"a=%٤١", NULL},

    /* not UTF-8 */
    {"a=%D8", NULL},
    {"a=%C0%AF", NULL},
    {"a=%ED%A0%80", NULL},
    {"a=%FF", NULL},
    {"%D8=a", NULL},
    {"a=\xd8", NULL},
    {"a=%F4%90%80%80", NULL},

    /* names */
    {"=a", NULL},
    {"a=b&=c", NULL},
    {"a=1&a=2", NULL},
    {"a=1&b=2&a=1", NULL},
    {"a=&a=1", NULL},
    {"a&a", NULL},
    {"a=1&%61=2", NULL},
    {"a=1&A=2", "a=1|A=2"},

    /* more than one line */
    {"a=b\r\n", "a=b"},
    {"a=b\nc=d", NULL},
    {"a==b", NULL},
};

static void
test_urlencoded(void **state)
{
	(void)state;
	run_cases(
	    URLENCODED, urlencoded, sizeof(urlencoded) / sizeof(urlencoded[0]));
	run_cases("Application/X-WWW-Form-URLencoded; charset=UTF-8",
	    urlencoded, sizeof(urlencoded) / sizeof(urlencoded[0]));
}

static const struct form_case multipart[] = {
    {PART("a", "b") LAST, "a=b"},
    {PART("email", "a@example.org") PART("every", "day") LAST,
	"email=a@example.org|every=day"},
    {PART("List-Unsubscribe", "One-Click") LAST, "List-Unsubscribe=One-Click"},
    {PART("a", "") LAST, "a="},
    {PART("a", "") PART("b", "c") LAST, "a=|b=c"},
    {PART("name", "سارة") LAST, "name=سارة"},
    {PART("اسم", "نشرة") LAST, "اسم=نشرة"},
    {PART("a", "%41+b&c=d") LAST, "a=%41+b&c=d"},
    {PART("a", "line\r\nline") LAST, "a=line\r\nline"},
    {PART("a", "--Xy") LAST, "a=--Xy"},
    {PART("a", "\r\n") LAST, "a=\r\n"},
    {PART("a", "b") "--XyZ--", "a=b"},
    {"--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n"
     "Content-Type: text/plain; charset=utf-8\r\n\r\nb\r\n" LAST,
	"a=b"},

    {PART("a", "1") PART("a", "2") LAST, NULL},
    {PART("a", "") PART("a", "") LAST, NULL},
    {PART("", "1") LAST, NULL},
    {PART("a", "\xff") LAST, NULL},
    {"--XyZ\r\nContent-Disposition: form-data; name=\"a\"; "
     "filename=\"f.txt\"\r\n\r\nb\r\n" LAST,
	NULL},
    {PART("a", "b"), NULL}, /* cut short */
    {"--XyZ\r\n\r\nb\r\n" LAST, NULL},
    {"--XyZ\r\nContent-Disposition: form-data\r\n\r\nb\r\n" LAST, NULL},
    {"a=b", NULL},
    {"--Other\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n"
     "--Other--\r\n",
	NULL},
};

static void
test_multipart(void **state)
{
	(void)state;
	run_cases(
	    MULTIPART, multipart, sizeof(multipart) / sizeof(multipart[0]));
	run_cases("multipart/form-data; boundary=\"XyZ\"", multipart,
	    sizeof(multipart) / sizeof(multipart[0]));
}

/* A NUL where it stands. */
static void
test_nul(void **state)
{
	struct held held;

	(void)state;
	assert_true(held_open(&held, URLENCODED));
	run_case(&held, "a=b\0c", 5, NULL);
	run_case(&held, "\0", 1, NULL);
	held_close(&held);
	assert_true(held_open(&held, MULTIPART));
	run_case(&held, PART("a", "b\0c") LAST,
	    sizeof(PART("a", "b\0c") LAST) - 1, NULL);
	held_close(&held);
}

static const struct {
	const char *type;
	bool ok;
} types[] = {
    {URLENCODED, true},
    {URLENCODED ";charset=utf-8", true},
    {URLENCODED " ; charset=utf-8", true},
    {"", false},
    {"text/plain", false},
    {"application/json", false},
    {URLENCODED "x", false},
    {"application/x-www-form", false},
    {"multipart/form-data", false},
    {"multipart/form-database; boundary=a", false},
    {"multipart/mixed; boundary=a", false},
    {"multipart/form-data; boundary=", false},
};

static void
test_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct held held;

		assert_true(held_open(&held, types[i].type));
		run_case(&held, "a=b", 3, types[i].ok ? "a=b" : NULL);
		/* A POST without a body is a form, empty, of any type. */
		run_case(&held, "", 0, "");
		held_close(&held);
	}
}

static void
test_limits(void **state)
{
	static char body[FORM_BODY + 2];
	static char value[FORM_BODY + 2];
	struct held held;
	struct str many;

	(void)state;
	assert_true(held_open(&held, URLENCODED));

	/* The longest body, in one value. */
	memset(body, 'v', sizeof(body));
	memcpy(body, "a=", 2);
	memcpy(value, body, sizeof(value));
	value[FORM_BODY] = '\0';
	run_case(&held, body, FORM_BODY, value);
	run_case(&held, body, FORM_BODY + 1, NULL);

	/* An escape at every place of a long value, whatever piece of it the
	 * library cuts there. */
	for (size_t at = 2; at < 1600; at++) {
		memset(body, 'v', 1700);
		memcpy(body, "a=", 2);
		memcpy(value, body, 1700);
		memcpy(body + at, "%D8%A7", 6);
		memcpy(value + at, "\xd8\xa7", 2);
		value[1700 - 4] = '\0';
		run_case(&held, body, 1700, value);
	}

	/* As many fields as there may be, and one more. */
	str_init(&many, FORM_BODY);
	for (int i = 0; i < FORM_FIELDS; i++)
		str_addf(&many, "%sf%d=%d", i > 0 ? "&" : "", i, i);
	memcpy(value, many.data, many.len + 1);
	for (char *at = value; (at = strchr(at, '&')) != NULL;)
		*at = '|';
	run_case(&held, many.data, many.len, value);
	str_add(&many, "&one=more");
	run_case(&held, many.data, many.len, NULL);
	str_release(&many);

	/* The longest name, plain and escaped, and one byte more. */
	for (size_t len = FORM_NAME; len <= FORM_NAME + 1; len++) {
		memset(body, 'A', len);
		memcpy(body + len, "=v", 3);
		run_case(&held, body, len + 2, len == FORM_NAME ? body : NULL);
		str_init(&many, FORM_BODY);
		for (size_t i = 0; i < len; i++)
			str_add(&many, "%41");
		str_add(&many, "=v");
		run_case(
		    &held, many.data, many.len, len == FORM_NAME ? body : NULL);
		str_release(&many);
	}
	held_close(&held);
}

/* A multipart value as long as the body allows comes whole, though in
 * pieces. */
static void
test_long_part(void **state)
{
	static char value[7000];
	struct held held;
	struct str body;
	struct str expected;

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	str_init(&body, FORM_BODY);
	str_init(&expected, FORM_BODY);
	str_addf(&body, PART("a", "%s") LAST, value);
	str_addf(&expected, "a=%s", value);
	assert_true(held_open(&held, MULTIPART));
	run_case(&held, body.data, body.len, expected.data);
	held_close(&held);
	str_release(&body);
	str_release(&expected);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_urlencoded),
	    cmocka_unit_test(test_multipart),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_types),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_long_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
