/* SPDX-License-Identifier: ISC */
#include "flow/plate.h"

#include "stationery.h"

#include "mail/talk_check.h"

#define TEXT "\x01tunsubscribe_url\x01"
#define HTML "\x01hunsubscribe_url\x01"

static const struct subscription readers[] = {
    {.id = 42,
	.uuid = "11111111-2222-4333-8444-555555555555",
	.address = "reader@example.net"},
    {.id = 7,
	.uuid = "ffffffff-ffff-4fff-bfff-ffffffffffff",
	.address = "a-reader-with-a-long-name-and-more+of-it@a.long.name."
		   "that.passes.the.line.example.net"},
    {.id = INT64_MAX,
	.uuid = "00000000-0000-4000-8000-000000000000",
	.address = "a@b.example"},
    {.id = 42,
	.uuid = "11111111-2222-4333-8444-555555555555",
	.address = "reader@example.net"},
};

static struct letter
digest(void)
{
	return (struct letter){.kind = OUTBOX_DIGEST,
	    .list = &list,
	    .issue = &issue,
	    .body = &body,
	    .uuid = "",
	    .token = "",
	    .now = NOW};
}

static struct plate *
plate_of(const struct kit *kit, const struct letter *letter)
{
	struct err err = ERR_INIT;
	struct plate *plate = NULL;

	if (plate_new(&plate, kit, press.ring, letter, &err) != 0)
		fail_msg("%s", err.msg);
	return plate;
}

/* One letter both ways: the same bytes, or the same kind of refusal. */
static void
same(struct plate *plate, const struct kit *kit, const struct letter *letter)
{
	struct err want_err = ERR_INIT, got_err = ERR_INIT;
	struct str want, got;
	size_t fits;
	int rc;

	str_init(&want, MESSAGE_MAX);
	str_init(&got, MESSAGE_MAX);
	str_add(&got, "kept");
	rc = letter_make(kit, press.ring, letter, &want, &want_err);
	assert_int_equal(plate_print(plate, letter->subscription, letter->now,
			     &got, &fits, &got_err),
	    rc);
	if (rc == 0) {
		assert_true(fits > 0 && fits < want.len);
		assert_true(talk_fits(got.data + got.len - fits, fits));
		assert_int_equal(got.len, want.len + 4);
		assert_string_equal(got.data + 4, want.data);
	} else {
		assert_int_equal(got_err.code, want_err.code);
	}
	str_release(&want);
	str_release(&got);
}

static void
same_for_all(const struct kit *kit, struct letter letter)
{
	struct plate *plate = plate_of(kit, &letter);

	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
		letter.subscription = &readers[i];
		letter.now = NOW + (int64_t)i / 2 * 86400;
		same(plate, kit, &letter);
	}
	plate_free(plate);
}

static struct kit *
signing_kit(const char *key, struct conf **conf)
{
	struct err err = ERR_INIT;
	struct kit *kit = NULL;

	press_write(&press, "dkim.pem", key, 0600);
	*conf = press_conf(&press,
	    PRESS_MAIL "dkim {\n domain = example.org\n selector = nashra\n"
		       " key_file = \"dkim.pem\"\n}\n"
		       "time_zone = \"Asia/Damascus\"\n");
	if (kit_new(&kit, *conf, true, &err) != 0)
		fail_msg("%s", err.msg);
	return kit;
}

static void
prints_what_a_letter_says(void **state)
{
	(void)state;
	same_for_all(press.kit, digest());
}

/* RSA in PKCS#1 and Ed25519 (RFC 8032) give one signature for one text. */
static void
signs_what_a_letter_signs(void **state)
{
	static const char *const keys[] = {KEY, KEY_ED25519};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct letter letter = digest();
		struct err err = ERR_INIT;
		struct conf *conf;
		struct kit *kit = signing_kit(keys[i], &conf);
		struct plate *plate = plate_of(kit, &letter);
		struct str got;
		size_t fits;
		char *end;

		same_for_all(kit, letter);
		str_init(&got, MESSAGE_MAX);
		for (size_t k = 0; k < 2; k++) {
			str_reset(&got);
			assert_int_equal(plate_print(plate, &readers[k], NOW,
					     &got, &fits, &err),
			    0);
			end = strstr(got.data, "\r\nFrom:");
			assert_non_null(end);
			*end = '\0';
			assert_true(dkim_verify(got.data, end + 2));
		}
		str_release(&got);
		plate_free(plate);
		kit_free(kit);
		conf_free(conf);
	}
}

static const struct {
	const char *text;
	const char *html;
} bodies[] = {
    {"", "<p>"},
    {TEXT "\nfor those who want no HTML", ""},
    {"no hole", "<p>none</p>"},
    {TEXT, HTML},
    {TEXT "\r" TEXT "\n" TEXT, HTML HTML},
    {"one line\n\n\n" TEXT "\n", "<a href=\"" HTML "\">" HTML "</a>\r\n"},
    {"a hole of nobody: \x01tpassword\x01", HTML},
    {"a damaged hole: \x01", HTML},
    {"not UTF-8: \xff", HTML},
    {TEXT, "not UTF-8 either: \xd8" HTML "\xa7"},
};

static void
whatever_the_body_is(void **state)
{
	struct conf *conf;
	struct kit *kit = signing_kit(KEY_ED25519, &conf);

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		struct issue_body own = body;
		struct letter letter = digest();
		struct str text, html;

		str_init(&text, 1000);
		str_init(&html, 1000);
		str_add(&text, bodies[i].text);
		str_add(&html, bodies[i].html);
		own.text = text.data;
		own.html = html.data;
		letter.body = &own;
		same_for_all(press.kit, letter);
		same_for_all(kit, letter);
		str_release(&text);
		str_release(&html);
	}
	kit_free(kit);
	conf_free(conf);
}

/* A list's own sender and title; names too long for a line. */
static void
whatever_the_list_is(void **state)
{
	static const struct {
		const char *name;
		const char *title;
		const char *from;
	} lists[] = {
	    {"a", "", ""},
	    {"sport", "Sport", "Sport <sport@other.example>"},
	    {"x", "نشرة \"المساء\" الأسبوعية، وفيها كل ما كان في الأسبوع",
		"النشرة المسائية الأسبوعية الكبرى <b@c.example>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		struct letter letter = digest();
		struct list own = list;

		assert_true(str_fit(own.name, sizeof(own.name), lists[i].name));
		assert_true(
		    str_fit(own.title, sizeof(own.title), lists[i].title));
		assert_true(str_fit(own.from, sizeof(own.from), lists[i].from));
		letter.list = &own;
		same_for_all(press.kit, letter);
	}
}

/* It owns what it prints: all else may go or change. */
static void
outlives_what_it_was_made_from(void **state)
{
	struct issue_body own = {.subject = strdup(body.subject),
	    .html = strdup(body.html),
	    .text = strdup(body.text)};
	struct list own_list = list;
	struct issue own_issue = issue;
	struct letter letter = digest();
	struct plate *plate;

	(void)state;
	letter.body = &own;
	letter.list = &own_list;
	letter.issue = &own_issue;
	plate = plate_of(press.kit, &letter);
	issue_body_release(&own);
	memset(&own_list, 'x', sizeof(own_list));
	memset(&own_issue, 'x', sizeof(own_issue));
	letter = digest();
	letter.subscription = &readers[0];
	same(plate, press.kit, &letter);
	plate_free(plate);
}

/* What a letter refuses for all readers, a plate refuses once. */
static void
refuses_bad_headers(void **state)
{
	static const struct {
		const char *subject;
		const char *title;
		const char *from;
	} bad[] = {
	    {"x\r\nBcc: evil@example.net", "", ""},
	    {"\xff", "", ""},
	    {"x", "x\nBcc: evil@example.net", ""},
	    {"x", "", "nobody"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct issue_body own = body;
		struct list own_list = list;
		struct letter letter = digest();
		struct plate *plate = NULL;
		struct err want = ERR_INIT, got = ERR_INIT;
		struct str subject, message;

		str_init(&subject, 1000);
		str_init(&message, MESSAGE_MAX);
		str_add(&subject, bad[i].subject);
		own.subject = subject.data;
		assert_true(str_fit(
		    own_list.title, sizeof(own_list.title), bad[i].title));
		assert_true(
		    str_fit(own_list.from, sizeof(own_list.from), bad[i].from));
		letter.body = &own;
		letter.list = &own_list;
		letter.subscription = &readers[0];
		assert_int_equal(letter_make(press.kit, press.ring, &letter,
				     &message, &want),
		    -1);
		assert_int_equal(
		    plate_new(&plate, press.kit, press.ring, &letter, &got),
		    -1);
		assert_int_equal(got.code, want.code);
		assert_string_equal(got.msg, want.msg);
		assert_null(plate);
		str_release(&subject);
		str_release(&message);
	}
	plate_free(NULL);
}

/* A reader whose address cannot be written spoils no letter but his own. */
static void
one_bad_reader_spoils_nothing(void **state)
{
	struct subscription bad = readers[0];
	struct letter letter = digest();
	struct plate *plate = plate_of(press.kit, &letter);

	(void)state;
	assert_true(str_fit(
	    bad.address, sizeof(bad.address), "a@b.example>\r\nBcc: c"));
	for (int i = 0; i < 4; i++) {
		letter.subscription = i % 2 == 0 ? &readers[i] : &bad;
		same(plate, press.kit, &letter);
	}
	plate_free(plate);
}

/* At the limit of a message, to the byte. */
static void
the_limit_is_that_of_a_letter(void **state)
{
	struct issue_body own = body;
	struct letter letter = digest();
	struct str text, message;
	struct err err = ERR_INIT;
	size_t fits = 0;

	(void)state;
	str_init(&text, MIME_MESSAGE_MAX);
	str_init(&message, MESSAGE_MAX);
	own.html = (char[]){HTML};
	letter.body = &own;
	letter.subscription = &readers[0];
	while (text.len < MIME_MESSAGE_MAX / 78 * 57 - 2000)
		str_add(&text, "twenty octets a line");
	for (int i = 0; i < 2000 / 57; i++) {
		own.text = text.data;
		str_reset(&message);
		fits += letter_make(press.kit, press.ring, &letter, &message,
			    &err) == 0;
		same_for_all(press.kit, letter);
		str_add(&text,
		    "a line of 57 bytes, which is one line of base64, "
		    "no more");
	}
	assert_in_range(fits, 1, 2000 / 57 - 1);
	str_release(&text);
	str_release(&message);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(prints_what_a_letter_says),
	    cmocka_unit_test(signs_what_a_letter_signs),
	    cmocka_unit_test(whatever_the_body_is),
	    cmocka_unit_test(whatever_the_list_is),
	    cmocka_unit_test(outlives_what_it_was_made_from),
	    cmocka_unit_test(refuses_bad_headers),
	    cmocka_unit_test(one_bad_reader_spoils_nothing),
	    cmocka_unit_test(the_limit_is_that_of_a_letter),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
