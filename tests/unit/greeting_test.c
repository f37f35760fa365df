/* SPDX-License-Identifier: ISC */
#include "flow/greeting.h"

#include "stationery.h"

#define CONFIRM      "https://news.example.org/confirm/TOKEN"
#define LEAVE        "https://news.example.org/leave/SEAL"
#define BACK         "https://news.example.org/subscribe/daily"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct subscription reader = {.id = 42, .list_id = 1};

static void
render(const struct greeting_case *of, struct greeting *out)
{
	struct err err = ERR_INIT;

	greeting_init(out);
	if (greeting_render(press.kit, of, out, &err) != 0)
		fail_msg("%s", err.msg);
	assert_false(out->subject.bad || out->text.bad || out->html.bad);
}

static struct greeting_case
of_kind(enum outbox_kind kind)
{
	return (struct greeting_case){.kind = kind,
	    .list = &list,
	    .reader = &reader,
	    .confirm_url = CONFIRM,
	    .leave_url = LEAVE};
}

/* In both parts. */
static void
says(const struct greeting *greeting, const char *what, bool wanted)
{
	if ((strstr(greeting->text.data, what) != NULL) != wanted)
		fail_msg("%s: %s", what, greeting->text.data);
	if ((strstr(greeting->html.data, what) != NULL) != wanted)
		fail_msg("%s: %s", what, greeting->html.data);
}

static void
has_subject(
    const struct greeting *greeting, const struct list *its, const char *key)
{
	struct kit_look look;
	struct str subject;
	struct err err = ERR_INIT;

	assert_int_equal(kit_look(press.kit, its, &look, &err), 0);
	str_init(&subject, 1000);
	message_add(&subject, look.words->messages, key,
	    (const struct message_arg[]){{"list", its->title}, {0}});
	assert_string_equal(greeting->subject.data, subject.data);
	str_release(&subject);
}

#define TITLE "نشرة التجربة"

/* Both parts of each kind, in either language, lead where they should and
 * nowhere else. */
static void
each_kind_leads_where_it_should(void **state)
{
	static const char *const languages[] = {"ar", "en"};
	static const struct {
		enum outbox_kind kind;
		const char *subject;
		const char *has[3], *lacks[2];
	} cases[] = {
	    {OUTBOX_CONFIRM, "confirm_subject", {CONFIRM, TITLE, "دمشق"},
		{"/leave/", "/subscribe/"}},
	    {OUTBOX_WELCOME, "welcome_subject", {LEAVE, TITLE, "دمشق"},
		{"/confirm/", "/subscribe/"}},
	    {OUTBOX_GOODBYE, "goodbye_subject", {BACK, TITLE, "دمشق"},
		{"/confirm/", "/leave/"}},
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		struct greeting_case of = of_kind(cases[i / 2].kind);
		struct list own = list;
		struct greeting out;
		struct err err = ERR_INIT;

		assert_int_equal(list_look_set(&own.look, "language",
				     languages[i % 2], &err),
		    0);
		of.list = &own;
		render(&of, &out);
		has_subject(&out, &own, cases[i / 2].subject);
		for (size_t n = 0; n < 3; n++)
			says(&out, cases[i / 2].has[n], true);
		for (size_t n = 0; n < 2; n++)
			says(&out, cases[i / 2].lacks[n], false);
		says(&out, "\x01", false);
		says(&out, "{{", false);
		greeting_release(&out);
	}
}

static void
it_has_the_look_of_its_list(void **state)
{
	static const char *const look[][2] = {{"color", "#b3402a"},
	    {"logo_url", "https://img.example.org/logo.png"},
	    {"logo_width", "176"}, {"logo_height", "48"}};
	static const enum outbox_kind kinds[] = {
	    OUTBOX_CONFIRM, OUTBOX_WELCOME, OUTBOX_GOODBYE};
	struct list own = list;
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(look); i++) {
		assert_int_equal(
		    list_look_set(&own.look, look[i][0], look[i][1], &err), 0);
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct greeting_case of = of_kind(kinds[i]);
		struct greeting out;

		of.list = &own;
		render(&of, &out);
		for (size_t n = 0; n < COUNT(look); n++)
			assert_non_null(strstr(out.html.data, look[n][1]));
		assert_null(strstr(out.text.data, "img.example.org"));
		greeting_release(&out);
	}
}

static void
who_wants_text_gets_no_html(void **state)
{
	struct subscription plain = reader;
	struct greeting_case of = of_kind(OUTBOX_WELCOME);
	struct greeting both, alone;

	(void)state;
	render(&of, &both);
	plain.format = SUBSCRIPTION_TEXT;
	of.reader = &plain;
	render(&of, &alone);
	assert_int_equal(alone.html.len, 0);
	assert_string_equal(alone.text.data, both.text.data);
	greeting_release(&both);
	greeting_release(&alone);
}

/* Digits are the reader's, then the list's. */
static void
digits_are_the_readers(void **state)
{
	static const struct {
		const char *lists;
		int readers; /* one more than the enum */
		const char *hours;
	} cases[] = {
	    {"", 0, "٤٨"},
	    {"latn", 0, "48"},
	    {"", CONF_DIGITS_LATN + 1, "48"},
	    {"latn", CONF_DIGITS_ARAB + 1, "٤٨"},
	};
	struct err err = ERR_INIT;

	(void)state;
	press_own(
	    &press, "ar", "confirm.txt", "{{hours|number}} {{confirm_url}}\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct greeting_case of = of_kind(OUTBOX_CONFIRM);
		struct subscription who = reader;
		struct list its = list;
		struct greeting out;
		struct str wanted;

		assert_int_equal(
		    list_look_set(&its.look, "digits", cases[i].lists, &err),
		    0);
		who.digits = cases[i].readers;
		of.list = &its;
		of.reader = &who;
		render(&of, &out);
		str_init(&wanted, 1000);
		str_addf(&wanted, "%s %s\n", cases[i].hours, CONFIRM);
		assert_string_equal(out.text.data, wanted.data);
		str_release(&wanted);
		greeting_release(&out);
	}
}

static void
kinds_have_names(void **state)
{
	static const struct {
		const char *name;
		enum outbox_kind kind;
	} cases[] = {
	    {"confirm", OUTBOX_CONFIRM},
	    {"welcome", OUTBOX_WELCOME},
	    {"goodbye", OUTBOX_GOODBYE},
	};
	static const char *const none[] = {
	    "", "digest", "notice", "Welcome", "welcome ", "hello"};
	enum outbox_kind kind;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(greeting_kind(&kind, cases[i].name));
		assert_int_equal(kind, cases[i].kind);
	}
	for (size_t i = 0; i < COUNT(none); i++)
		assert_false(greeting_kind(&kind, none[i]));
}

static void
no_other_mail_greets(void **state)
{
	static const enum outbox_kind kinds[] = {OUTBOX_DIGEST, OUTBOX_NOTICE};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct greeting_case of = of_kind(kinds[i]);
		struct greeting out;
		struct err err = ERR_INIT;

		greeting_init(&out);
		assert_int_equal(
		    greeting_render(press.kit, &of, &out, &err), -1);
		assert_int_equal(err.code, ERR_SYSTEM);
		greeting_release(&out);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(each_kind_leads_where_it_should),
	    TEST(it_has_the_look_of_its_list),
	    TEST(who_wants_text_gets_no_html),
	    TEST(digits_are_the_readers),
	    TEST(kinds_have_names),
	    TEST(no_other_mail_greets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
