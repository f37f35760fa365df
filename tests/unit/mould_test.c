/* SPDX-License-Identifier: ISC */
#include "mail/mould.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cast.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define HTML "\x01hunsubscribe_url\x01"
#define TEXT "\x01tunsubscribe_url\x01"
#define MORE "\x01hconfirm_url\x01"

/* Lines of 57 bytes make one line of base64: what lies on both sides of their
 * ends, and of a group of three, is where digits could go wrong. */
#define LINE "0123456789012345678901234567890123456789012345678901234"

static const struct {
	const char *text;
	const char *html;
} bodies[] = {
    {"", ""},
    {"a", "b"},
    {TEXT, HTML},
    {TEXT "a", "a" HTML},
    {"ab" TEXT "c", "abc" HTML "d\n"},
    {"a\r" TEXT "\nb", "a\n" HTML "\nb"},
    {"a\r\n" TEXT "\r\nb", "a\r" HTML "\r" HTML "\nb\r"},
    {LINE TEXT, LINE "\n" HTML "\n" LINE},
    {LINE LINE "\n" LINE, LINE HTML HTML LINE HTML "\n"},
    {TEXT TEXT TEXT, HTML MORE HTML MORE},
    {"نص " TEXT " نص", "<a href=\"" HTML "\">خروج</a>"},
    {TEXT LINE "\n\n\n\r\r\r\n" TEXT, MORE LINE LINE LINE},
    /* of one part */
    {"", NULL},
    {TEXT, NULL},
    {"نص " LINE TEXT "\n" LINE LINE TEXT " نص\n", NULL},
};

/* In turn, so that lengths stay, grow, shrink and vanish. */
static const struct {
	const char *leave;
	const char *confirm;
} values[] = {
    {"https://example.org/leave/aaaa", "https://example.org/c"},
    {"https://example.org/leave/bbbb", "https://example.org/d"},
    {"https://example.org/leave/b&b'", "https://example.org/d"},
    {"https://example.org/leave/bbbbb", "https://example.org/d"},
    {"", "https://example.org/d"},
    {"", ""},
    {"", "/"},
    {"https://example.org/leave/\r\n", "/"},
    {"https://example.org/leave/\x01\xd8\xa7", "/"},
    {"https://example.org/leave/aaaa", "https://example.org/c"},
    {"javascript:x", "/"},
    {"https://example.org/leave/cccc", "https://example.org/c"},
    {"https://example.org/leave/dddd", "https://example.org/e"},
};

static struct mime_body
body_of(const char *text, const char *html)
{
	return (struct mime_body){.text = text,
	    .text_len = strlen(text),
	    .html = html,
	    .html_len = html != NULL ? strlen(html) : 0,
	    .language = "ar",
	    .boundary = "=_b"};
}

static struct mould *
mould_of(const struct mime_body *body)
{
	struct err err = ERR_INIT;
	struct mould *mould = NULL;

	if (mould_new(&mould, body, &err) != 0)
		fail_msg("%s", err.msg);
	return mould;
}

static void
gives_what_the_long_way_gives(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		const struct mime_body body =
		    body_of(bodies[i].text, bodies[i].html);
		struct mould *mould = mould_of(&body);
		struct mould_cast last = {.layout = 0};
		struct str before;

		str_init(&before, MIME_MESSAGE_MAX);
		for (size_t k = 0; k < COUNT(values); k++) {
			const struct template_hole holes[] = {
			    {"unsubscribe_url", values[k].leave},
			    {"confirm_url", values[k].confirm}, {0}};
			const char *wrong =
			    cast_check(mould, &body, holes, &last, &before);

			if (*wrong != '\0')
				fail_msg(
				    "body %zu, value %zu: %s", i, k, wrong);
		}
		str_release(&before);
		mould_free(mould);
	}
}

/* The point of it: readers whose links are of one length share a layout, and
 * all before the first hole. */
static void
equal_lengths_share_a_layout(void **state)
{
	const struct mime_body body = body_of(LINE LINE "\n", LINE LINE HTML);
	static const struct {
		const char *value;
		unsigned layout;
	} steps[] = {{"/aa", 1}, {"/bb", 1}, {"/c", 2}, {"/d", 2}, {"/ee", 3},
	    {"/ff", 3}};
	struct mould *mould = mould_of(&body);

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		const struct template_hole holes[] = {
		    {"unsubscribe_url", steps[i].value}, {0}};
		struct err err = ERR_INIT;
		struct mould_cast cast;

		assert_int_equal(mould_fill(mould, holes, &cast, &err), 0);
		assert_int_equal(cast.layout, steps[i].layout);
		/* Two boundaries, four headers, and the digits but few. */
		assert_true(cast.fixed > cast.body_len - 40);
		assert_true(str_starts(cast.body, "--=_b\r\n"));
		assert_true(str_starts(cast.head, "MIME-Version: 1.0\r\n"));
	}
	mould_free(mould);
}

static void
refuses_what_the_long_way_refuses(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
	} cases[] = {
	    {"\x01", ERR_DATA},
	    {"a\x01tunsubscribe_url", ERR_DATA},
	    {"\x01\x01", ERR_DATA},
	    {"\x01t\x01", ERR_DATA},
	    {"\x01xunsubscribe_url\x01", ERR_DATA},
	    {"\x01tpassword\x01", ERR_SYSTEM},
	    {"\xd8", ERR_INPUT},
	    {"\xd8" TEXT "\xa7", ERR_INPUT},
	};
	const struct template_hole holes[] = {
	    {"unsubscribe_url", "https://example.org/"}, {0}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct mime_body body = body_of(cases[i].text, HTML);
		struct mould *mould = mould_of(&body);

		/* Again: it is refused for each reader. */
		for (int k = 0; k < 2; k++) {
			struct err err = ERR_INIT;
			struct mould_cast cast;

			if (mould_fill(mould, holes, &cast, &err) != -1)
				fail_msg("took row %zu", i);
			if (err.code != cases[i].code)
				fail_msg("row %zu: %s", i, err.msg);
		}
		mould_free(mould);
	}
	mould_free(NULL);
}

static void
refuses_a_bad_frame_or_too_much(void **state)
{
	const struct template_hole holes[] = {{0}};
	struct mime_body body = body_of("a", "b");
	struct mould *mould;
	struct mould_cast cast;
	struct err err = ERR_INIT;
	struct str large;

	(void)state;
	body.boundary = "a b";
	mould = mould_of(&body);
	assert_int_equal(mould_fill(mould, holes, &cast, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	mould_free(mould);

	str_init(&large, MIME_MESSAGE_MAX);
	for (int i = 0; i < 900000 / 55; i++)
		str_add(&large, LINE);
	body = body_of(large.data, "b");
	mould = mould_of(&body);
	assert_int_equal(mould_fill(mould, holes, &cast, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	mould_free(mould);
	str_release(&large);
}

/* xorshift: the same numbers on each run. */
static unsigned
draw(uint64_t *seed, unsigned below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (unsigned)(*seed % below);
}

static void
draw_body(struct str *out, uint64_t *seed)
{
	static const char *const bits[] = {"a", "\n", "\r", "\r\n", "ا", "😀",
	    HTML, TEXT, MORE, LINE, "0123456", "&<>", " ", "=", "--=_b"};
	unsigned n = draw(seed, 60);

	str_reset(out);
	for (unsigned i = 0; i < n; i++)
		str_add(out, bits[draw(seed, COUNT(bits))]);
}

static void
draw_value(struct str *out, uint64_t *seed)
{
	static const char *const bits[] = {"a", "b", "&", "%20", "\"", "ا"};
	unsigned n = draw(seed, 5) * 30;

	str_reset(out);
	if (draw(seed, 10) == 0)
		return;
	str_add(out, "https://example.org/");
	for (unsigned i = 0; i < n; i++)
		str_add(out, bits[draw(seed, draw(seed, 4) == 0 ? 6 : 2)]);
}

static void
any_body_and_any_values(void **state)
{
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
	struct str text, html, leave, confirm, before;

	(void)state;
	str_init(&text, MIME_MESSAGE_MAX);
	str_init(&html, MIME_MESSAGE_MAX);
	str_init(&leave, MIME_MESSAGE_MAX);
	str_init(&confirm, MIME_MESSAGE_MAX);
	str_init(&before, MIME_MESSAGE_MAX);
	for (int i = 0; i < 1500; i++) {
		struct mould_cast last = {.layout = 0};
		struct mime_body body;
		struct mould *mould;

		draw_body(&text, &seed);
		draw_body(&html, &seed);
		body = body_of(text.data, html.data);
		mould = mould_of(&body);
		for (int k = 0; k < 10; k++) {
			const char *wrong;

			if (k == 0 || draw(&seed, 3) == 0)
				draw_value(&confirm, &seed);
			if (k == 0 || draw(&seed, 3) == 0)
				draw_value(&leave, &seed);
			if (leave.len > 25 && draw(&seed, 2) == 0)
				leave.data[22] = (char)('c' + k);
			const struct template_hole holes[] = {
			    {"unsubscribe_url", leave.data},
			    {"confirm_url", confirm.data}, {0}};

			wrong = cast_check(mould, &body, holes, &last, &before);
			if (*wrong != '\0')
				fail_msg("body %d, value %d: %s", i, k, wrong);
		}
		mould_free(mould);
	}
	str_release(&text);
	str_release(&html);
	str_release(&leave);
	str_release(&confirm);
	str_release(&before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_what_the_long_way_gives),
	    cmocka_unit_test(equal_lengths_share_a_layout),
	    cmocka_unit_test(refuses_what_the_long_way_refuses),
	    cmocka_unit_test(refuses_a_bad_frame_or_too_much),
	    cmocka_unit_test(any_body_and_any_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
