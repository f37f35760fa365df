/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/message.h"
#include "text/message_file.h"
#include "text/plural.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const char *const FILES[] = {
    [CONF_AR] = "templates/ar/messages", [CONF_EN] = "templates/en/messages"};

/* The shipped catalogue, as text. */
static void
slurp(struct str *out, enum conf_language language)
{
	char bytes[4096];
	size_t n;
	FILE *file = fopen(FILES[language], "r");

	assert_non_null(file);
	str_init(out, 1 << 20);
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		str_add_bytes(out, bytes, n);
	fclose(file);
}

static struct messages *
load(enum conf_language language)
{
	struct messages *messages = NULL;
	struct err err = ERR_INIT;
	struct str text;

	slurp(&text, language);
	if (message_parse(
		&messages, text.data, FILES[language], language, &err) != 0)
		fail_msg("%s", err.msg);
	str_release(&text);
	return messages;
}

static void
counting(void **state)
{
	static const struct {
		enum conf_language language;
		enum conf_digits digits;
		const char *key;
		int64_t n;
		const char *want;
	} cases[] = {
	    {CONF_AR, CONF_DIGITS_ARAB, "new_articles", 0,
		"لا مقالات جديدة هذه المرة"},
	    {CONF_AR, CONF_DIGITS_ARAB, "new_articles", 1, "وصلك مقال جديد"},
	    {CONF_AR, CONF_DIGITS_ARAB, "new_articles", 2,
		"وصلك مقالان جديدان"},
	    {CONF_AR, CONF_DIGITS_ARAB, "new_articles", 3,
		"وصلتك ٣ مقالات جديدة"},
	    {CONF_AR, CONF_DIGITS_LATN, "new_articles", 10,
		"وصلتك 10 مقالات جديدة"},
	    {CONF_AR, CONF_DIGITS_ARAB, "new_articles", 11,
		"وصلك ١١ مقالًا جديدًا"},
	    {CONF_AR, CONF_DIGITS_ARAB, "new_articles", 99,
		"وصلك ٩٩ مقالًا جديدًا"},
	    {CONF_AR, CONF_DIGITS_ARAB, "new_articles", 100,
		"وصلك ١٠٠ مقال جديد"},
	    {CONF_AR, CONF_DIGITS_ARAB, "new_articles", 103,
		"وصلتك ١٠٣ مقالات جديدة"},
	    {CONF_AR, CONF_DIGITS_ARAB, "new_articles", 1234,
		"وصلك ١٬٢٣٤ مقالًا جديدًا"},
	    {CONF_AR, CONF_DIGITS_ARAB, "articles", 2, "مقالان"},
	    {CONF_AR, CONF_DIGITS_ARAB, "articles", 5, "٥ مقالات"},
	    {CONF_AR, CONF_DIGITS_ARAB, "subject_more", 2, "ومقالان آخران"},
	    {CONF_AR, CONF_DIGITS_ARAB, "subject_more", 4, "و٤ مقالات أخرى"},
	    {CONF_EN, CONF_DIGITS_ARAB, "new_articles", 1,
		"One new article for you"},
	    {CONF_EN, CONF_DIGITS_ARAB, "new_articles", 1234,
		"1,234 new articles for you"},
	    {CONF_EN, CONF_DIGITS_LATN, "articles", 0, "0 articles"},
	    {CONF_EN, CONF_DIGITS_LATN, "articles", -1, "1 article"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct messages *messages = load(cases[i].language);
		struct str out;

		str_init(&out, 256);
		message_add_count(
		    &out, messages, cases[i].key, cases[i].n, cases[i].digits);
		assert_string_equal(out.data, cases[i].want);
		str_release(&out);
		message_free(messages);
	}
}

static void
arguments(void **state)
{
	static const struct message_arg list[] = {
	    {"list", "أخبار {n} {list}"}, {NULL, NULL}};
	static const struct message_arg other[] = {
	    {"title", "x"}, {NULL, NULL}};
	struct messages *messages = load(CONF_AR);
	struct str out;

	(void)state;
	str_init(&out, 256);
	/* what an argument holds is not looked at again */
	message_add(&out, messages, "confirm_subject", list);
	assert_string_equal(out.data, "تأكيد الاشتراك في «أخبار {n} {list}»");
	str_reset(&out);
	message_add(&out, messages, "confirm_subject", other);
	assert_string_equal(out.data, "تأكيد الاشتراك في «{list}»");
	str_reset(&out);
	message_add(&out, messages, "confirm_subject", NULL);
	assert_string_equal(out.data, "تأكيد الاشتراك في «{list}»");
	str_reset(&out);
	message_add(&out, messages, "subject", other);
	message_add(&out, messages, "confirm_button", NULL);
	assert_string_equal(out.data, "xتأكيد الاشتراك");
	str_release(&out);
	message_free(messages);
}

/* Parses the shipped catalogue with one line changed or added. */
static void
expect(enum conf_language language, const char *from, const char *to,
    const char *message)
{
	struct messages *messages = NULL;
	struct err err = ERR_INIT;
	struct str text;
	struct str changed;
	const char *at;

	slurp(&text, language);
	str_init(&changed, 1 << 20);
	at = strstr(text.data, from);
	assert_non_null(at);
	str_add_bytes(&changed, text.data, (size_t)(at - text.data));
	str_add(&changed, to);
	str_add(&changed, at + strlen(from));
	if (message == NULL) {
		assert_int_equal(message_parse(&messages, changed.data,
				     "messages", language, &err),
		    0);
	} else {
		assert_int_equal(message_parse(&messages, changed.data,
				     "messages", language, &err),
		    -1);
		assert_int_equal(err.code, ERR_CONFIG);
		if (strstr(err.msg, message) == NULL)
			fail_msg("'%s' does not say '%s'", err.msg, message);
		assert_null(messages);
	}
	message_free(messages);
	str_release(&changed);
	str_release(&text);
}

static const struct {
	enum conf_language language;
	const char *from, *to, *message; /* NULL: taken */
} strictness_cases[] = {
    {CONF_EN, "\nunsubscribe = Unsubscribe", "",
	"message 'unsubscribe' is missing: write \"unsubscribe = "
	"...\""},
    /* a form that lacks belongs behind those that are there */
    {CONF_EN, "\narticles.one = ", "\n# ",
	"messages:12: message 'articles.one' is missing: write "
	"\"articles.one = ...\", for 1"},
    {CONF_AR, "\nsubject_more.zero = ", "\n# ",
	"message 'subject_more.zero' is missing: write "
	"\"subject_more.zero = ...\", for 0"},
    {CONF_AR, "\narticles.many = {n} مقالًا\n", "\n",
	"message 'articles.many' is missing: write "
	"\"articles.many = ...\", for 11 to 99"},
    {CONF_EN, "unsubscribe =", "unsubscrib =",
	"messages:21: no message is called 'unsubscrib': did you mean "
	"'unsubscribe'?"},
    {CONF_EN, "unsubscribe =", "xxxxxxxxx =",
	"messages:21: no message is called 'xxxxxxxxx', so nothing says it: "
	"take the line out"},
    {CONF_EN, "unsubscribe =", "unsubscribe.one =",
	"messages:21: 'unsubscribe' does not count"},
    {CONF_EN, "\narticles.one =", "\narticles =",
	"'articles' counts, write a line per form"},
    {CONF_EN,
	"\narticles.one =", "\narticles.few =", "English has no form 'few'"},
    {CONF_EN, "\narticles.one =", "\narticles.One =", "line per form"},
    {CONF_EN, "\narticles.one =", "\narticles.one.x =", "line per form"},
    {CONF_EN, "\narticles.one =", "\n.one =", "no message is called '.one'"},
    {CONF_EN, "\narticles.one =",
	"\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aa"
	" =",
	"no message is called 'aaaa"},
    {CONF_EN, "unsubscribe =", "unsubscribe", "not \"key = sentence\""},
    {CONF_EN, "unsubscribe = Unsubscribe",
	"unsubscribe =", "'unsubscribe' is empty"},
    {CONF_EN, "\nunsubscribe =", "\nissue =",
	"messages:29: 'issue' is there twice: take this line out, or "
	"line 21"},
    /* arguments */
    {CONF_EN, "= Unsubscribe\n", "= Leave {list}\n",
	"'unsubscribe' has no argument {list}; it takes none"},
    {CONF_EN, "= {title}", "= {titel}",
	"'subject' has no argument {titel}; it takes title"},
    {CONF_EN, "= {title}", "= {n}", "no argument {n}"},
    {CONF_EN, "= {title}", "= {}", "no argument {}"},
    {CONF_EN, "= {title}", "= {title", "a brace without"},
    {CONF_EN, "= {title}", "= title}", "a brace without"},
    {CONF_EN, "= {title}", "= {{title}}", "a brace without"},
    {CONF_EN, "= {title}", "= {title} {title}", NULL},
    {CONF_EN, "= {title}", "= News", NULL},
    {CONF_EN, "\narticles.other = {n} articles", "\narticles.other = articles",
	"this form has no {n}"},
    {CONF_AR, "\narticles.few = {n} مقالات", "\narticles.few = مقالات",
	"this form has no {n}"},
    {CONF_AR, "\narticles.two = مقالان", "\narticles.two = مقالان ({n})", NULL},
    {CONF_AR, "\narticles.two = مقالان", "\narticles.two = {m}",
	"'articles' has no argument {m}; it takes n"},
    /* form of the file */
    {CONF_EN, "unsubscribe = Unsub", "  unsubscribe\t=\tUnsub", NULL},
    {CONF_EN, "unsubscribe = Unsubscribe", "unsubscribe = Unsubscribe \r",
	NULL},
    {CONF_EN, "unsubscribe = Unsub", "unsubscribe = Unsub = more", NULL},
    {CONF_EN, "# The messages", "\ufeff# The messages", NULL},
    {CONF_EN, "# The messages", "\n\n  # The messages", NULL},
    {CONF_EN, "# The messages", "The messages", "messages:1: not"},
    {CONF_EN, "Unsubscribe", "Unsub \xff", "messages:21: not UTF-8"},
};

static void
strictness(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(strictness_cases); i++) {
		expect(strictness_cases[i].language, strictness_cases[i].from,
		    strictness_cases[i].to, strictness_cases[i].message);
	}
}

static void
sentences_are_cleaned(void **state)
{
	struct messages *messages = NULL;
	struct err err = ERR_INIT;
	struct str text;
	struct str changed;
	struct str out;
	char *at;

	(void)state;
	slurp(&text, CONF_EN);
	str_init(&changed, 1 << 20);
	at = strstr(text.data, "Unsubscribe");
	*at = '\0';
	str_add(&changed, text.data);
	str_add(&changed, "Re\u202ead\t it\x01");
	str_add(&changed, at + strlen("Unsubscribe"));
	assert_int_equal(
	    message_parse(&messages, changed.data, "messages", CONF_EN, &err),
	    0);
	str_init(&out, 64);
	message_add(&out, messages, "unsubscribe", NULL);
	assert_string_equal(out.data, "Read it");
	str_release(&out);
	str_release(&changed);
	str_release(&text);
	message_free(messages);
}

static void
limits(void **state)
{
	struct messages *messages = NULL;
	struct err err = ERR_INIT;
	struct str text;

	(void)state;
	str_init(&text, 1 << 20);
	while (text.len < 300000)
		str_add(&text, "# a comment\n");
	assert_int_equal(
	    message_parse(&messages, text.data, "messages", CONF_EN, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	str_reset(&text);
	str_add(&text, "unsubscribe = ");
	while (text.len < 4000)
		str_add(&text, "read ");
	assert_int_equal(
	    message_parse(&messages, text.data, "messages", CONF_EN, &err), -1);
	assert_string_equal(
	    err.msg, "messages:1: 'unsubscribe' is longer than 2048 bytes");
	assert_int_equal(
	    message_parse(&messages, "", "messages", CONF_EN, &err), -1);
	assert_non_null(strstr(err.msg, "is missing"));
	str_release(&text);
}

static void
add_error(const struct err *err, void *arg)
{
	struct str *all = arg;

	const char *at = err->msg + strlen("m:");

	assert_int_equal(err->code, ERR_CONFIG);
	assert_true(str_starts(err->msg, "m:"));
	at += strspn(at, "0123456789");
	assert_true(str_starts(at, ": "));
	str_addf(all, "%s\n", at + 2);
}

/* Who asks is told of all errors, of each line once. */
static void
all_errors(void **state)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
	    {"\nissue = ", "\n= x\nissue =\n# "},
	    {"\narticles.one = ", "\narticles.few = "},
	    {"\nunsubscribe = ", "\n\xff"},
	    {"\nsubject = {title}", "\nsubject = {titel}"},
	};
	static const char *const want[] = {
	    "English has no form 'few': take the line out",
	    "'subject' has no argument {titel}; it takes title",
	    "not UTF-8: save the file as UTF-8",
	    "no message is called '', so nothing says it: take the line out",
	    "'issue' is empty: write the sentence behind the '='",
	    "message 'articles.one' is missing: write \"articles.one = "
	    "...\", for 1",
	    "message 'unsubscribe' is missing: write \"unsubscribe = ...\"",
	    NULL,
	};
	struct messages *messages = NULL;
	struct err err = ERR_INIT;
	struct str text;
	struct str all;
	struct str expected;

	(void)state;
	slurp(&text, CONF_EN);
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct str changed;
		char *at = strstr(text.data, changes[i].from);

		assert_non_null(at);
		str_init(&changed, 1 << 20);
		str_add_bytes(&changed, text.data, (size_t)(at - text.data));
		str_add(&changed, changes[i].to);
		str_add(&changed, at + strlen(changes[i].from));
		str_release(&text);
		text = changed;
	}
	str_init(&all, 1 << 16);
	str_init(&expected, 1 << 16);
	const struct message_listener listener = {add_error, &all};
	const struct message_file file = {"m", CONF_EN, &listener};

	assert_int_equal(message_check(&messages, text.data, &file, &err), -1);
	assert_null(messages);
	assert_string_equal(err.msg, "'m' has 7 errors");
	for (size_t i = 0; want[i] != NULL; i++)
		str_addf(&expected, "%s\n", want[i]);
	assert_string_equal(all.data, expected.data);
	str_release(&text);
	str_release(&all);
	str_release(&expected);
}

static void
unknown_key(const struct messages *messages, struct str *out)
{
	message_add(out, messages, "nosuch", NULL);
}

static void
key_that_counts(const struct messages *messages, struct str *out)
{
	message_add(out, messages, "articles", NULL);
}

static void
key_that_does_not(const struct messages *messages, struct str *out)
{
	message_add_count(out, messages, "subject", 1, CONF_DIGITS_LATN);
}

/* A key that is not there is a fault of ours; it ends the process. */
static void
faults(void **state)
{
	static void (*const cases[])(
	    const struct messages *messages, struct str *out) = {
	    unknown_key, key_that_counts, key_that_does_not};
	struct messages *messages = load(CONF_EN);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		pid_t pid = fork();
		int status = 0;

		if (pid == 0) {
			struct str out;

			(void)signal(SIGABRT, SIG_DFL);
			str_init(&out, 64);
			cases[i](messages, &out);
			_exit(0);
		}
		assert_true(pid > 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
	}
	message_free(messages);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counting),
	    cmocka_unit_test(arguments),
	    cmocka_unit_test(strictness),
	    cmocka_unit_test(sentences_are_cleaned),
	    cmocka_unit_test(all_errors),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
