/* SPDX-License-Identifier: ISC */
#include "mail/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct row {
	const char *name;
	const char *value;
	const char *header;
};

static const struct row plain[] = {
    {"Precedence", "bulk", "Precedence: bulk\r\n"},
    {"X", "", "X:\r\n"},
    {"X", "=?UTF-8?Q?as_it_is?=", "X: =?UTF-8?Q?as_it_is?=\r\n"},
    {"List-Unsubscribe",
	"<https://news.example.org/leave/"
	"ttttttttttttttttttttttttttttttttttttttttttttttt>, "
	"<mailto:bounce+vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv@"
	"example.org>",
	"List-Unsubscribe: "
	"<https://news.example.org/leave/"
	"ttttttttttttttttttttttttttttttttttttttttttttttt>,\r\n"
	" <mailto:bounce+vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv@"
	"example.org>\r\n"},
    {"Message-ID",
	"<mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm"
	"m>",
	"Message-ID:\r\n"
	" <"
	"mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm"
	">\r\n"},
    {"X",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	" b   c",
	"X: "
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	" b\r\n"
	"   c\r\n"},
    {"X",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaa  ",
	"X:\r\n"
	" aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaa  \r\n"},
    {"X",
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
	"X: "
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n"},
};

static const struct row texts[] = {
    {"Subject", "", "Subject:\r\n"},
    {"Subject", "News", "Subject: News\r\n"},
    {"Subject", "two  spaces", "Subject: two  spaces\r\n"},
    {"Subject",
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	"Subject: "
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r"
	"\n"},
    {"Subject",
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	"Subject:\r\n"
	" xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"\r\n"},
    {"Subject",
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"xxxxx",
	"Subject:\r\n"
	" xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"xxxxxx\r\n"},
    {"Subject",
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"xxxxxx",
	"Subject: "
	"=?UTF-8?B?eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4?=\r\n"
	" =?UTF-8?B?eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eA==?="
	"\r\n"},
    {"Subject",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb c "
	"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
	"dd e",
	"Subject: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n"
	" c "
	"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
	"dd\r\n"
	" e\r\n"},
    {"Subject", " edge", "Subject: =?UTF-8?B?IGVkZ2U=?=\r\n"},
    {"Subject", "edge ", "Subject: =?UTF-8?B?ZWRnZSA=?=\r\n"},
    {"Subject",
	"=?UTF-8?Q?x?=", "Subject: =?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=\r\n"},
    {"Subject", "a =? b", "Subject: =?UTF-8?B?YSA9PyBi?=\r\n"},
    {"Subject", "نشرة", "Subject: =?UTF-8?B?2YbYtNix2Kk=?=\r\n"},
    {"Subject", "عدد 12: \"خبر\"",
	"Subject: =?UTF-8?B?2LnYr9ivIDEyOiAi2K7YqNixIg==?=\r\n"},
    {"Subject", "ااااااااااااااااااا",
	"Subject: "
	"=?UTF-8?B?2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2Kc=?=\r\n"},
    {"Subject", "اااااااااااااااااااا",
	"Subject: "
	"=?UTF-8?B?2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2Kc=?=\r\n"
	" =?UTF-8?B?2Kc=?=\r\n"},
    {"Subject", "اااااااااااااااااااااااااااااااااااااااااااا",
	"Subject: "
	"=?UTF-8?B?2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2Kc=?=\r\n"
	" =?UTF-8?B?"
	"2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2Kc=?=\r\n"
	" =?UTF-8?B?2KfYp9in?=\r\n"},
    {"Subject", "بَّبَّبَّبَّبَّبَّبَّ",
	"Subject: "
	"=?UTF-8?B?2KjZjtmR2KjZjtmR2KjZjtmR2KjZjtmR2KjZjtmR2KjZjtmR?=\r\n"
	" =?UTF-8?B?2KjZjtmR?=\r\n"},
    {"Subject", "اااااااااااااااااابَx",
	"Subject: "
	"=?UTF-8?B?2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in?=\r\n"
	" =?UTF-8?B?2KjZjng=?=\r\n"},
    {"Subject", "xxxxxxxxxxxxxxxxxxxx👨‍👩‍👧‍👦y",
	"Subject: =?UTF-8?B?eHh4eHh4eHh4eHh4eHh4eHh4eHg=?=\r\n"
	" =?UTF-8?B?8J+RqOKAjfCfkanigI3wn5Gn4oCN8J+Rpnk=?=\r\n"},
    {"Subject", "xxxxxxxxxxxxxxxxxxxx🇸🇾🇸🇾🇸🇾",
	"Subject: "
	"=?UTF-8?B?eHh4eHh4eHh4eHh4eHh4eHh4eHjwn4e48J+HvvCfh7jwn4e+?=\r\n"
	" =?UTF-8?B?8J+HuPCfh74=?=\r\n"},
    {"Subject", "á́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́́",
	"Subject:\r\n"
	" =?UTF-8?B?"
	"YcyBzIHMgcyBzIHMgcyBzIHMgcyBzIHMgcyBzIHMgcyBzIHMgcyBzIHMgcyB?=\r\n"
	" =?UTF-8?B?"
	"zIHMgcyBzIHMgcyBzIHMgcyBzIHMgcyBzIHMgcyBzIHMgcyBzIHMgcyBzIE=?=\r\n"
	" =?UTF-8?B?zIHMgcyBzIHMgcyBzIHMgcyBzIHMgcyBzIHMgcyBzIE=?=\r\n"},
    {"Subject", "الموسوعة ثلاث مقالات جديدة",
	"Subject: "
	"=?UTF-8?B?2KfZhNmF2YjYs9mI2LnYqSDYq9mE2KfYqyDZhdmC2KfZhNin2Kog?=\r\n"
	" =?UTF-8?B?2KzYr9mK2K/YqQ==?=\r\n"},
    {"Subject", "كل اااااااااااااااااااا",
	"Subject: "
	"=?UTF-8?B?2YPZhCDYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in?=\r\n"
	" =?UTF-8?B?2KfYp9in?=\r\n"},
    {"X-NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN", "x",
	"X-NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN: "
	"x\r\n"},
    {"X-NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN",
	"a long value",
	"X-NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN: a "
	"long\r\n"
	" value\r\n"},
    {"X-NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN", "نشرة",
	"X-NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN:\r\n"
	" =?UTF-8?B?2YbYtNix2Kk=?=\r\n"},
};

static const struct {
	const char *name;
	const char *phrase;
	const char *angle;
	const char *header;
} phrases[] = {
    {"To", "", "a@example.org", "To: <a@example.org>\r\n"},
    {"From", "News", "a@example.org", "From: News <a@example.org>\r\n"},
    {"From", "The Daily News", "a@example.org",
	"From: The Daily News <a@example.org>\r\n"},
    {"From", "O'Brien + Co", "a@example.org",
	"From: O'Brien + Co <a@example.org>\r\n"},
    {"From", "J. Smith", "a@example.org",
	"From: \"J. Smith\" <a@example.org>\r\n"},
    {"From", "News, daily", "a@example.org",
	"From: \"News, daily\" <a@example.org>\r\n"},
    {"From", "a \"b\" \\ c", "a@example.org",
	"From: \"a \\\"b\\\" \\\\ c\" <a@example.org>\r\n"},
    {"From", "<b@example.org>", "a@example.org",
	"From: \"<b@example.org>\" <a@example.org>\r\n"},
    {"From", "two  spaces", "a@example.org",
	"From: \"two  spaces\" <a@example.org>\r\n"},
    {"From", " edges ", "a@example.org",
	"From: \" edges \" <a@example.org>\r\n"},
    {"From", " ", "a@example.org", "From: \" \" <a@example.org>\r\n"},
    {"From", "=?UTF-8?B?eA==?=", "a@example.org",
	"From: =?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?= <a@example.org>\r\n"},
    {"From", "النشرة", "a@example.org",
	"From: =?UTF-8?B?2KfZhNmG2LTYsdip?= <a@example.org>\r\n"},
    {"From", "جريدة \"اليوم\", حلب", "a@example.org",
	"From: =?UTF-8?B?2KzYsdmK2K/YqSAi2KfZhNmK2YjZhSIsINit2YTYqA==?=\r\n"
	" <a@example.org>\r\n"},
    {"From", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccccccccccccccccccccc",
	"a@example.org",
	"From: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccccccccccccccccccccc\r\n"
	" <a@example.org>\r\n"},
    {"From", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
	"a@example.org",
	"From: "
	"=?UTF-8?B?YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJi?="
	"\r\n"
	" =?UTF-8?B?YmJiYmJiYmJiYmJiYmJiYmJiYg==?= <a@example.org>\r\n"},
    {"From", "اااااااااااااااااااااااااااااا", "a@example.org",
	"From: "
	"=?UTF-8?B?2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in2KfYp9in?="
	"\r\n"
	" =?UTF-8?B?2KfYp9in2KfYp9in2KfYp9in?= <a@example.org>\r\n"},
    {"List-Id", "النشرة", "daily.news.example.org",
	"List-Id: =?UTF-8?B?2KfZhNmG2LTYsdip?= <daily.news.example.org>\r\n"},
    {"List-Id", "n",
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"x",
	"List-Id: n\r\n"
	" <"
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	">\r\n"},
    {"List-Id", "n",
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"xxxxxxxxxx",
	"List-Id: n\r\n"
	" <"
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"xxxxxxxxxx>\r\n"},
};

typedef int
writer(struct str *out, const char *name, const char *value, struct err *err);

static void
check_rows(const struct row *rows, size_t count, writer *write)
{
	for (size_t i = 0; i < count; i++) {
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, MIME_MESSAGE_MAX);
		str_add(&out, "Before: x\r\n");
		if (write(&out, rows[i].name, rows[i].value, &err) != 0)
			fail_msg("%s: %s", rows[i].value, err.msg);
		assert_string_equal(out.data + 11, rows[i].header);
		str_release(&out);
	}
}

static void
writes_plain_headers(void **state)
{
	(void)state;
	check_rows(plain, COUNT(plain), mime_header);
}

static void
writes_text(void **state)
{
	(void)state;
	check_rows(texts, COUNT(texts), mime_header_text);
}

static void
writes_phrases(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(phrases); i++) {
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, MIME_MESSAGE_MAX);
		if (mime_header_phrase(&out, phrases[i].name, phrases[i].phrase,
			phrases[i].angle, &err) != 0)
			fail_msg("%s: %s", phrases[i].phrase, err.msg);
		assert_string_equal(out.data, phrases[i].header);
		str_release(&out);
	}
}

/* A text of every length reads back as it was. */
static void
text_reads_back(void **state)
{
	static const char *const units[] = {"ا", "بَّ", "خبر ", "a", "a ", "é ",
	    "👨‍👩‍👧", "🇸🇾", "ﷺ", "=?"};

	(void)state;
	for (size_t i = 0; i < COUNT(units) * 60; i++) {
		struct err err = ERR_INIT;
		struct str value;
		struct str out;
		struct str flat;
		struct str back;
		const char *text;

		str_init(&value, 10000);
		str_init(&out, 10000);
		str_init(&flat, 10000);
		str_init(&back, 10000);
		for (size_t k = 0; k < i % 60; k++) {
			str_add(
			    &value, units[(i / 60 + k / 17) % COUNT(units)]);
		}
		assert_int_equal(
		    mime_header_text(&out, "Subject", value.data, &err), 0);
		assert_true(words_one_header(out.data, 76));
		words_unfold(&flat, out.data);
		text = flat.data + (*flat.data == ' ');
		assert_true(words_decode(&back, &text));
		str_add(&back, text);
		assert_string_equal(back.data, value.data);
		str_release(&value);
		str_release(&out);
		str_release(&flat);
		str_release(&back);
	}
}

/* Values that could end a line, here or where they are decoded. */
static const char *const hostile[] = {"a\r\nBcc: b@example.org", "a\nb", "a\rb",
    "a\tb", "\x01", "a\x1b[31m", "a\x7f", "a\xc2\x85z", "a\xc2\x9fz",
    "a\xe2\x80\xa8z", "a\xe2\x80\xa9z", "نشرة\r\nBcc: b", "نشرة\n", "\r\n",
    "a\xff", "\xc0\x8a", "\xed\xa0\x80", "\xe2\x80"};

static void
refuses_hostile_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++) {
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, 10000);
		assert_int_equal(mime_header(&out, "X", hostile[i], &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(
		    mime_header_text(&out, "X", hostile[i], &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(
		    mime_header_phrase(&out, "X", hostile[i], "a", &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(
		    mime_header_phrase(&out, "X", "a", hostile[i], &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(mime_header(&out, hostile[i], "x", &err), -1);
		assert_int_equal(
		    mime_header_text(&out, hostile[i], "x", &err), -1);
		assert_int_equal(
		    mime_header_phrase(&out, hostile[i], "x", "a", &err), -1);
		assert_int_equal(out.len, 0);
		assert_null(strpbrk(err.msg, "\r\n\x1b"));
		str_release(&out);
	}
}

static void
refuses_bad_names_and_angles(void **state)
{
	static const char *const names[] = {"", "a b", "a:", "a;b", "نشرة"};
	static const char *const angles[] = {
	    "", " ", "a b", "<a", "a>", "a><b", "نشرة"};
	struct err err = ERR_INIT;
	struct str out;
	char name[66];
	char word[1000];

	(void)state;
	str_init(&out, 10000);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(mime_header(&out, names[i], "x", &err), -1);
	for (size_t i = 0; i < COUNT(angles); i++) {
		assert_int_equal(
		    mime_header_phrase(&out, "X", "", angles[i], &err), -1);
	}
	assert_int_equal(mime_header(&out, "X", "نشرة", &err), -1);
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(mime_header(&out, name, "x", &err), -1);
	memset(word, 'x', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(mime_header(&out, "X", word, &err), -1);
	assert_int_equal(mime_header_phrase(&out, "X", "", word, &err), -1);
	assert_int_equal(out.len, 0);
	assert_int_equal(mime_header_text(&out, "X", word, &err), 0);
	str_release(&out);
}

static void
says_when_it_does_not_fit(void **state)
{
	struct mime_body body = {"a", 1, "b", 1, "ar", "b"};
	struct err err = ERR_INIT;
	struct str out;
	size_t whole;

	(void)state;
	str_init(&out, 5);
	assert_int_equal(mime_header(&out, "X", "12345", &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	str_reset(&out);
	assert_int_equal(mime_header_text(&out, "X", "نشرة", &err), -1);
	str_reset(&out);
	assert_int_equal(mime_header_phrase(&out, "X", "", "abcde", &err), -1);
	str_release(&out);
	str_init(&out, 1000);
	assert_int_equal(mime_body_add(&out, &body, &err), 0);
	whole = out.len;
	str_release(&out);
	for (size_t max = 0; max < whole; max++) {
		str_init(&out, max);
		assert_int_equal(mime_body_add(&out, &body, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		str_release(&out);
	}
}

#define HEAD                                                                   \
	"MIME-Version: 1.0\r\n"                                                \
	"Content-Language: ar\r\n"                                             \
	"Content-Type: multipart/alternative; boundary=\"=_b\"\r\n"            \
	"\r\n"                                                                 \
	"--=_b\r\n"                                                            \
	"Content-Type: text/plain; charset=utf-8\r\n"                          \
	"Content-Transfer-Encoding: base64\r\n"                                \
	"\r\n"
#define MIDDLE                                                                 \
	"--=_b\r\n"                                                            \
	"Content-Type: text/html; charset=utf-8\r\n"                           \
	"Content-Transfer-Encoding: base64\r\n"                                \
	"\r\n"
#define TAIL "--=_b--\r\n"
#define ALONE                                                                  \
	"MIME-Version: 1.0\r\n"                                                \
	"Content-Language: ar\r\n"                                             \
	"Content-Type: text/plain; charset=utf-8\r\n"                          \
	"Content-Transfer-Encoding: base64\r\n"                                \
	"\r\n"

static const struct {
	const char *text;
	const char *html;
	const char *message;
} bodies[] = {
    {"", "", HEAD MIDDLE TAIL},
    {"a", "<p>b", HEAD "YQ==\r\n" MIDDLE "PHA+Yg==\r\n" TAIL},
    {"a\nb\n", "<p>\n", HEAD "YQ0KYg0K\r\n" MIDDLE "PHA+DQo=\r\n" TAIL},
    {"a\r\nb\r\n", "\r\n", HEAD "YQ0KYg0K\r\n" MIDDLE "DQo=\r\n" TAIL},
    {"a\rb\r", "\n\r", HEAD "YQ0KYg0K\r\n" MIDDLE "DQoNCg==\r\n" TAIL},
    {"\n\n\r\n\r\r\n", "\r\r",
	HEAD "DQoNCg0KDQoNCg==\r\n" MIDDLE "DQoNCg==\r\n" TAIL},
    {"خبر\n", "<p dir=rtl>خبر</p>",
	HEAD "2K7YqNixDQo=\r\n" MIDDLE "PHAgZGlyPXJ0bD7Yrtio2LE8L3A+\r\n" TAIL},
    {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	HEAD "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4e"
	     "Hh4eHh4eHh4\r\n" MIDDLE "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4"
	     "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4\r\n"
	     "eA==\r\n" TAIL},
    {"", NULL, ALONE},
    {"خبر\n", NULL, ALONE "2K7YqNixDQo=\r\n"},
};

static void
writes_the_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct mime_body body = {.text = bodies[i].text,
		    .text_len = strlen(bodies[i].text),
		    .html = bodies[i].html,
		    .html_len =
			bodies[i].html != NULL ? strlen(bodies[i].html) : 0,
		    .language = "ar",
		    .boundary = "=_b"};
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, 10000);
		if (mime_body_add(&out, &body, &err) != 0)
			fail_msg("row %zu: %s", i, err.msg);
		assert_string_equal(out.data, bodies[i].message);
		str_release(&out);
	}
}

static void
folds_a_long_boundary(void **state)
{
	struct mime_body body = {"", 0, "", 0, "en-GB",
	    "123456789012345678901234567890123456789012345678901234567890"};
	struct err err = ERR_INIT;
	struct str out;

	(void)state;
	str_init(&out, 10000);
	assert_int_equal(mime_body_add(&out, &body, &err), 0);
	assert_non_null(strstr(out.data,
	    "\r\nContent-Language: en-GB\r\n"
	    "Content-Type: multipart/alternative;\r\n boundary=\"123"));
	str_release(&out);
}

static const struct {
	struct mime_body body;
	const char *says;
} bad_bodies[] = {
    {{"a", 1, "b", 1, "ar", ""}, "boundary"},
    {{"a", 1, "b", 1, "ar", "a b"}, "boundary"},
    {{"a", 1, "b", 1, "ar", "a\""}, "boundary"},
    {{"a", 1, "b", 1, "ar", "a\r\n"}, "boundary"},
    {{"a", 1, "b", 1, "ar",
	 "1234567890123456789012345678901234567890123456789012345678901"},
	"boundary"},
    {{"a", 1, "b", 1, "", "b"}, "language"},
    {{"a", 1, "b", 1, "ar;x", "b"}, "language"},
    {{"a", 1, "b", 1, "ar\r\nX: y", "b"}, "language"},
    {{"a\xff", 2, "b", 1, "ar", "b"}, "text part"},
    {{"a", 1, "\xd8", 1, "ar", "b"}, "html part"},
    {{"a\0b", 3, "b", 1, "ar", "b"}, "text part"},
    {{"a", MIME_MESSAGE_MAX + 1, "b", 1, "ar", "b"}, "text part"},
};

static void
refuses_bad_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_bodies); i++) {
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, 10000);
		assert_int_equal(
		    mime_body_add(&out, &bad_bodies[i].body, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		if (strstr(err.msg, bad_bodies[i].says) == NULL)
			fail_msg("row %zu: %s", i, err.msg);
		assert_int_equal(out.len, 0);
		str_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_plain_headers),
	    cmocka_unit_test(writes_text),
	    cmocka_unit_test(writes_phrases),
	    cmocka_unit_test(text_reads_back),
	    cmocka_unit_test(refuses_hostile_values),
	    cmocka_unit_test(refuses_bad_names_and_angles),
	    cmocka_unit_test(says_when_it_does_not_fit),
	    cmocka_unit_test(writes_the_parts),
	    cmocka_unit_test(folds_a_long_boundary),
	    cmocka_unit_test(refuses_bad_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
