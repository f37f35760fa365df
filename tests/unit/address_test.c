/* SPDX-License-Identifier: ISC */
#include "mail/address.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define X32 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X64 X32 X32
#define X63 X32 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
/* 1 + 1 + 63 + 1 + 63 + 1 + 63 + 1 + 56 + 4 */
#define D249                                                                   \
	X63 "." X63 "." X63 "." X32 "xxxxxxxxxxxxxxxxxxxxx"                    \
	    ".org"

static const struct {
	const char *typed;
	const char *wire;
	const char *key;
	const char *shown;
} taken[] = {
    {"a@example.org", "a@example.org", "a@example.org", "a@example.org"},
    {"Sara.Ali@Example.ORG", "Sara.Ali@example.org", "sara.ali@example.org",
	"Sara.Ali@example.org"},
    {"first.last+tag@mail.example.org", "first.last+tag@mail.example.org",
	"first.last+tag@mail.example.org", "first.last+tag@mail.example.org"},
    {"o'brien@example.org", "o'brien@example.org", "o'brien@example.org",
	"o'brien@example.org"},
    {"-@e.org", "-@e.org", "-@e.org", "-@e.org"},
    {"#$&'*+-/=?^_`{|}~@example.org", "#$&'*+-/=?^_`{|}~@example.org",
	"#$&'*+-/=?^_`{|}~@example.org", "#$&'*+-/=?^_`{|}~@example.org"},
    {"1@2.3.com", "1@2.3.com", "1@2.3.com", "1@2.3.com"},
    {"a@ab--cd.org", "a@ab--cd.org", "a@ab--cd.org", "a@ab--cd.org"},
    {X64 "@example.org", X64 "@example.org", X64 "@example.org",
	X64 "@example.org"},
    {"a@" X63 ".org", "a@" X63 ".org", "a@" X63 ".org", "a@" X63 ".org"},
    {"abcd@" D249, "abcd@" D249, "abcd@" D249, "abcd@" D249},
    /* What a clipboard puts around it. */
    {"  a@example.org\r\n", "a@example.org", "a@example.org", "a@example.org"},
    {"\xc2\xa0"
     "a@example.org"
     "\xe3\x80\x80",
	"a@example.org", "a@example.org", "a@example.org"},
    {"\xe2\x80\x8f \xe2\x80\x8e"
     "a@example.org\xef\xbb\xbf\xe2\x80\x8b\xe2\x81\xa0",
	"a@example.org", "a@example.org", "a@example.org"},
    {"\xe2\x80\xab"
     "a@example.org\xe2\x80\xac\xd8\x9c",
	"a@example.org", "a@example.org", "a@example.org"},
    {"<a@example.org>", "a@example.org", "a@example.org", "a@example.org"},
    {" < a@example.org > ", "a@example.org", "a@example.org", "a@example.org"},
    {"mailto:a@example.org", "a@example.org", "a@example.org", "a@example.org"},
    {"<MAILTO: a@example.org>", "a@example.org", "a@example.org",
	"a@example.org"},
    {"\xe2\x80\x8f<\xe2\x80\x8fmailto:\xe2\x80\x8f"
     "a@example.org\xe2\x80\x8f>\xe2\x80\x8f",
	"a@example.org", "a@example.org", "a@example.org"},
    {"mailto@example.org", "mailto@example.org", "mailto@example.org",
	"mailto@example.org"},
    /* A keyboard set to Arabic or Persian digits. */
    {"sara٢٠@example.com", "sara20@example.com", "sara20@example.com",
	"sara20@example.com"},
    {"sara@example۹.com", "sara@example9.com", "sara@example9.com",
	"sara@example9.com"},
    /* Domains in other scripts. */
    {"sara@مثال.إختبار", "sara@xn--mgbh0fb.xn--kgbechtv",
	"sara@xn--mgbh0fb.xn--kgbechtv", "sara@مثال.إختبار"},
    {"Sara@XN--MGBH0FB.xn--kgbechtv", "Sara@xn--mgbh0fb.xn--kgbechtv",
	"sara@xn--mgbh0fb.xn--kgbechtv", "Sara@مثال.إختبار"},
    {"a@مثال٢.com", "a@xn--mgbh0fb2m.com", "a@xn--mgbh0fb2m.com",
	"a@مثال٢.com"},
    {"a@faß.de", "a@xn--fa-hia.de", "a@xn--fa-hia.de", "a@faß.de"},
    {"a@BÜCHER.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example",
	"a@bücher.example"},
    {"a@ex。org", "a@ex.org", "a@ex.org", "a@ex.org"},
    {"a@ｅｘ.org", "a@ex.org", "a@ex.org", "a@ex.org"},
    {"a@пример.рф", "a@xn--e1afmkfd.xn--p1ai", "a@xn--e1afmkfd.xn--p1ai",
	"a@пример.рф"},
    {"a@例え.jp", "a@xn--r8jz45g.jp", "a@xn--r8jz45g.jp", "a@例え.jp"},
    /* RFC 5892 A.1: a non-joiner between joining letters. */
    {"a@نامه\xe2\x80\x8cای.com", "a@xn--mgba3gch31f060k.com",
	"a@xn--mgba3gch31f060k.com", "a@نامه\xe2\x80\x8cای.com"},
};

static void
takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(taken); i++) {
		struct err err = ERR_INIT;
		struct address address;

		if (address_parse(&address, taken[i].typed, &err) != 0)
			fail_msg("%s: %s", taken[i].typed, err.msg);
		assert_string_equal(address.wire, taken[i].wire);
		assert_string_equal(address.key, taken[i].key);
		assert_string_equal(address.shown, taken[i].shown);
		assert_true(address_ok(address.wire));
		assert_int_equal(address_ok(taken[i].typed),
		    str_eq(taken[i].typed, taken[i].wire));
	}
}

static const struct {
	const char *typed;
	const char *says; /* a part of the message */
} refused[] = {
    {"", "empty"},
    {" \xe2\x80\x8f ", "empty"},
    {"<>", "empty"},
    {"mailto:", "empty"},
    {"a", "no '@'"},
    {"example.org", "no '@'"},
    {"@", "nothing before"},
    {"@example.org", "nothing before"},
    {"a@", "domain"},
    {"a@localhost", "needs a '.'"},
    {"sara@example", "needs a '.'"},
    {"a@example.org.", "'.' too many"},
    {"a@.example.org", "'.' too many"},
    {"a@example..org", "'.' too many"},
    {"a@.", "'.' too many"},
    {"sara.@example.com", "stands alone"},
    {".a@example.org", "stands alone"},
    {"a..b@example.org", "stands alone"},
    {".@example.org", "stands alone"},
    {"a@-example.org", "'-'"},
    {"a@example-.org", "'-'"},
    {"a@exa_mple.org", "'_'"},
    {"a@exa~mple.org", "'~'"},
    {"a@example.org?subject=x", "'?'"},
    {"a@example.org/", "'/'"},
    {"a@b@example.org", "more than one '@'"},
    {"a@@example.org", "more than one '@'"},
    {"\"a b\"@example.org", "quoted"},
    {"\"a@b\"@example.org", "quoted"},
    {"\"a\"@example.org", "quoted"},
    {"a(comment)@example.org", "comments"},
    {"a@example.org(comment)", "comments"},
    {"a@(comment)example.org", "comments"},
    {"@a.org,@b.org:c@d.org", "','"},
    {"@a.org:c@d.org", "source routes"},
    {"user%other.org@example.org", "'%'"},
    {"other.org!user@example.org", "'!'"},
    {"a@example.org,b@example.org", "','"},
    {"a@example.org;b@example.org", "';'"},
    {"a@example.org b@example.org", "white space"},
    {"undisclosed:a@example.org;", "groups"},
    {"Sara <a@example.org>", "white space"},
    {"Sara<a@example.org>", "'<'"},
    {"<<a@example.org>>", "'<'"},
    {"<a@example.org", "'<'"},
    {"a@example.org>", "'>'"},
    {"a\\@example.org", "'\\'"},
    {"a@[127.0.0.1]", "literals"},
    {"a@[IPv6:::1]", "literals"},
    {"a@127.0.0.1", "digits alone"},
    {"a@example.1", "digits alone"},
    {"a@example.١", "digits alone"},
    {"a@0x7f.1", "digits alone"},
    /* Bytes that could end a line or begin another. */
    {"a@example.org\r\nBcc: b@example.org", "control"},
    {"a@example.org>\r\nRCPT TO:<b@example.org", "'>'"},
    {"a@exa\nmple.org", "control"},
    {"a\r@example.org", "control"},
    {"a\t@example.org", "control"},
    {"a\x01@example.org", "control"},
    {"\x1b[31ma@example.org", "control"},
    {"a@example.org\x7f", "control"},
    {"a\xc2\x85@example.org", "control"},
    {"a\xe2\x80\xa8@example.org", "control"},
    {"a @example.org", "white space"},
    {"a@ example.org", "white space"},
    {"a\xc2\xa0@example.org", "white space"},
    {"a@exam\xe3\x80\x80ple.org", "white space"},
    {"a\xe2\x80\x8f@example.org", "U+200F"},
    {"a@exam\xe2\x80\x8bple.org", "U+200B"},
    {"a@exam\xc2\xadple.org", "U+00AD"},
    {"a@exam\xef\xbb\xbfple.org", "U+FEFF"},
    {"a@exam\xe2\x80\xaeple.org", "U+202E"},
    {"a@exam\xe2\x80\x8dple.org", "cannot exist"},
    {"a\xe2\x80\x8d@example.org", "not of a-z"},
    {"mailto:mailto:a@example.org", "':'"},
    {"a\xff@example.org", "UTF-8"},
    {"a@\xc0\xae.org", "UTF-8"},
    {"a@\xed\xa0\x80.org", "UTF-8"},
    {"a@example.org\xe2\x80", "UTF-8"},
    /* Other alphabets before the '@', and a keyboard left in Arabic. */
    {"قارئ@example.com", "not of a-z"},
    {"قارئ٢@example.com", "not of a-z"},
    {"josé@example.com", "not of a-z"},
    {"سشقش@لةشهم.ؤخة", "not of a-z"},
    /* What no registry sells. */
    {"sara@example،com", "Arabic comma"},
    {"sara@example؛com", "Arabic semicolon"},
    {"sara@xn--examplecom-r0m", "cannot exist"},
    {"sara@xn--examplecom-r0m.com", "cannot exist"},
    {"a@xn--zz.org", "cannot exist"},
    {"a@xn--.org", "cannot exist"},
    {"a@xn--a.org", "cannot exist"},
    {"a@مـثال.org", "cannot exist"},
    {"a@example٢م.com", "cannot exist"},
    {"a@☃.net", "cannot exist"},
    {"a@xn--n3h.net", "cannot exist"},
    {"a@xn--xn-fa-hia.de", "cannot exist"}, /* holds U+00AF */
    {"a@a\xe2\x84\x80.org", "'/'"},         /* U+2100 maps to a/c */
    {"a@a\xef\xbd\x9c.org", "'|'"},
    {"a@a\xef\xbc\xa0.org", "'@'"}, /* U+FF20 maps to @ */
    {"a@١.com.\xd9\xa1.", "'.' too many"},
    {"a@а\x70\x70le.com", "two scripts"},
    {"a@xn--pple-43d.com", "two scripts"},
    {"a@exαmple.com", "two scripts"},
    /* Lengths. */
    {"x" X64 "@example.org", "64 characters"},
    {"a@x" X63 ".org", "63 characters"},
    {"abcde@xx" D249, "63 characters"},
    {"abcdef@" D249, "254 characters"},
    {X64 "@" D249, "254 characters"},
    {"a@" X63 "." X63 "." X63 "." X63 ".org", "too long"},
};

static void
refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct err err = ERR_INIT;
		struct address address = {.wire = "kept"};

		if (address_parse(&address, refused[i].typed, &err) != -1)
			fail_msg("took %s", refused[i].typed);
		if (strstr(err.msg, refused[i].says) == NULL)
			fail_msg("%s: %s", refused[i].typed, err.msg);
		assert_int_equal(err.code, ERR_INPUT);
		assert_string_equal(address.wire, "kept");
		assert_null(strpbrk(err.msg, "\r\n\x1b\x01"));
		assert_false(address_ok(refused[i].typed));
	}
}

static void
refuses_what_is_huge(void **state)
{
	struct err err = ERR_INIT;
	struct address address;
	struct str typed;

	(void)state;
	str_init(&typed, 200000);
	for (int i = 0; i < 50000; i++)
		str_add(&typed, "a");
	str_add(&typed, "@example.org");
	assert_int_equal(address_parse(&address, typed.data, &err), -1);
	str_reset(&typed);
	for (int i = 0; i < 50000; i++)
		str_add(&typed, " ");
	str_add(&typed, "a@example.org");
	for (int i = 0; i < 50000; i++)
		str_add(&typed, "\t");
	assert_int_equal(address_parse(&address, typed.data, &err), 0);
	assert_string_equal(address.wire, "a@example.org");
	str_release(&typed);
}

/* A message names the address only where a terminal can show it. */
static void
names_the_address(void **state)
{
	struct err err = ERR_INIT;
	struct address address;

	(void)state;
	assert_int_equal(address_parse(&address, " a@b ", &err), -1);
	assert_string_equal(err.msg,
	    "address 'a@b': the domain needs a '.', as in name@example.org");
	assert_int_equal(address_parse(&address, "a@b\x1b[2J.org", &err), -1);
	assert_string_equal(err.msg, "address: a control character in it");
}

static void
long_domain_is_shown_as_on_the_wire(void **state)
{
	struct err err = ERR_INIT;
	struct address address;
	struct str typed;

	/* Repeats are short in punycode and long in UTF-8. */
	(void)state;
	str_init(&typed, 1024);
	str_add(&typed, "a@");
	for (int label = 0; label < 6; label++) {
		for (int i = 0; i < 31; i++)
			str_add(&typed, "𠀀");
		str_add(&typed, ".");
	}
	str_add(&typed, "org");
	assert_int_equal(address_parse(&address, typed.data, &err), 0);
	assert_string_equal(address.shown, address.wire);
	str_release(&typed);
}

static const struct {
	const char *text;
	const char *name;
	const char *wire;
} mailboxes[] = {
    {"news@example.org", "", "news@example.org"},
    {" <news@example.org> ", "", "news@example.org"},
    {"News <news@example.org>", "News", "news@example.org"},
    {"النشرة <news@example.org>", "النشرة", "news@example.org"},
    {"  The   News  <news@example.org>", "The   News", "news@example.org"},
    {"News<news@example.org>", "News", "news@example.org"},
    {"\"News, daily\" <news@example.org>", "News, daily", "news@example.org"},
    {"\"a \\\"b\\\" \\\\ c\" <news@example.org>", "a \"b\" \\ c",
	"news@example.org"},
    {"\"a <b@c.org>\" <news@example.org>", "a <b@c.org>", "news@example.org"},
    {"\"\" <news@example.org>", "", "news@example.org"},
    {"J. Smith <news@example.org>", "J. Smith", "news@example.org"},
    {"O'Brien <news@example.org>", "O'Brien", "news@example.org"},
    {"نامه\xe2\x80\x8cای <news@example.org>", "نامه\xe2\x80\x8cای",
	"news@example.org"},
    {"\xe2\x80\x8fالنشرة\xe2\x80\x8f <news@مثال.إختبار>", "النشرة",
	"news@xn--mgbh0fb.xn--kgbechtv"},
    {X63 X63 "x <a@example.org>", X63 X63 "x", "a@example.org"},
    {"\"" X63 X63 "x\" <a@example.org>", X63 X63 "x", "a@example.org"},
};

static void
takes_mailboxes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mailboxes); i++) {
		struct err err = ERR_INIT;
		struct mailbox box;

		if (address_parse_mailbox(&box, mailboxes[i].text, &err) != 0)
			fail_msg("%s: %s", mailboxes[i].text, err.msg);
		assert_string_equal(box.name, mailboxes[i].name);
		assert_string_equal(box.address.wire, mailboxes[i].wire);
	}
}

static const char *const bad_mailboxes[] = {"", "News", "News <>", "News <a>",
    "News news@example.org", "News <news@example.org", "news@example.org>",
    "A <a@example.org>, B <b@example.org>", "News, daily <a@example.org>",
    "a@b.org <a@example.org>", "\"News <a@example.org>",
    "\"News\" x <a@example.org>", "\"News\\\" <a@example.org>",
    "Ne\"ws <a@example.org>", "News (x) <a@example.org>",
    "News: <a@example.org>", "News\r\nBcc: x <a@example.org>",
    "\"News\r\nBcc: x\" <a@example.org>", "Ne\x01ws <a@example.org>",
    "Ne\xe2\x80\xa8ws <a@example.org>", "Ne\xc2\x85ws <a@example.org>",
    "Ne\xe2\x80\xaews <a@example.org>", "\xff <a@example.org>",
    X64 X64 " <a@example.org>", "\"" X64 X64 "\" <a@example.org>",
    "News <a@example.org> x", "<x> <a@example.org>", "News <قارئ@example.org>"};

static void
refuses_mailboxes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_mailboxes); i++) {
		struct err err = ERR_INIT;
		struct mailbox box = {.name = "kept"};

		if (address_parse_mailbox(&box, bad_mailboxes[i], &err) != -1)
			fail_msg("took %s", bad_mailboxes[i]);
		assert_int_equal(err.code, ERR_INPUT);
		assert_string_equal(box.name, "kept");
		assert_null(strpbrk(err.msg, "\r\n\x1b\x01"));
	}
}

static void
gives_the_domain(void **state)
{
	(void)state;
	assert_string_equal(address_domain("a@example.org"), "example.org");
	assert_string_equal(address_domain("a"), "");
	assert_string_equal(address_domain(""), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(refuses_what_is_huge),
	    cmocka_unit_test(names_the_address),
	    cmocka_unit_test(long_domain_is_shown_as_on_the_wire),
	    cmocka_unit_test(takes_mailboxes),
	    cmocka_unit_test(refuses_mailboxes),
	    cmocka_unit_test(gives_the_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
