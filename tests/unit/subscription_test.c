/* SPDX-License-Identifier: ISC */
#include "house.h"

#include "model/consent.h"
#include "model/optin.h"

#include <string.h>

#define P  SUBSCRIPTION_PENDING
#define A  SUBSCRIPTION_ACTIVE
#define L  SUBSCRIPTION_LEFT
#define B  SUBSCRIPTION_BOUNCED
#define C  SUBSCRIPTION_COMPLAINED
#define NO (-1)

/* Written down here a second time, from what readers were promised. */
static const int wanted[SUBSCRIPTION_STATES][SUBSCRIPTION_EVENTS] = {
    /* ASK CONFIRM ADD LEAVE BOUNCE COMPLAIN */
    [P] = {P, A, A, L, B, C},
    [A] = {A, A, A, L, B, C},
    [L] = {P, NO, NO, L, L, C},
    [B] = {P, NO, A, L, B, C},
    [C] = {P, NO, NO, C, C, C},
};

static const char *const names[] = {
    "pending", "active", "left", "bounced", "complained"};

static void
set_state(struct db *db, const struct subscription *sub, int state)
{
	struct err err = ERR_INIT;

	assert_int_equal(
	    db_run(db, "UPDATE subscription SET state = ?2 WHERE id = ?1",
		DB_ARGS(db_int(sub->id), db_text(names[state])), &err),
	    0);
}

static void
every_state_and_event(void **state)
{
	struct db *db = house_open();
	struct list list = house_list(db, "daily");
	struct subscription sub =
	    house_reader(db, &list, "a@example.org", SUBSCRIPTION_ASK);

	(void)state;
	for (int from = 0; from < SUBSCRIPTION_STATES; from++) {
		for (int event = 0; event < SUBSCRIPTION_EVENTS; event++) {
			struct err err = ERR_INIT;
			int want = wanted[from][event];
			int got;

			set_state(db, &sub, from);
			assert_int_equal(
			    subscription_get(db, sub.id, &sub, &err), 1);
			assert_int_equal(sub.state, from);
			got = subscription_move(db, &sub,
			    (enum subscription_event)event, NOW + 1, &err);
			if (want == NO) {
				assert_int_equal(got, -1);
				assert_int_equal(err.code, ERR_INPUT);
				assert_non_null(strstr(err.msg, names[from]));
				want = from;
			} else {
				assert_int_equal(got, want != from);
			}
			assert_int_equal(
			    subscription_get(db, sub.id, &sub, &err), 1);
			assert_int_equal(sub.state, want);
			assert_string_equal(
			    subscription_state_name(sub.state), names[want]);
		}
	}
	db_close(db);
}

/* A state that changed under our hands is not overwritten. */
static void
a_stale_copy_moves_nothing(void **state)
{
	struct db *db = house_open();
	struct list list = house_list(db, "daily");
	struct subscription sub =
	    house_reader(db, &list, "a@example.org", SUBSCRIPTION_ADD);
	struct err err = ERR_INIT;

	(void)state;
	set_state(db, &sub, L);
	assert_int_equal(
	    subscription_move(db, &sub, SUBSCRIPTION_BOUNCE, NOW, &err), -1);
	assert_int_equal(err.code, ERR_TEMP);
	assert_int_equal(subscription_get(db, sub.id, &sub, &err), 1);
	assert_int_equal(sub.state, L);
	db_close(db);
}

static int
count_rows(const struct subscription *sub, void *arg)
{
	(void)sub;
	++*(int *)arg;
	return 0;
}

static void
found_by_what_names_it(void **state)
{
	struct db *db = house_open();
	struct list one = house_list(db, "one");
	struct list two = house_list(db, "two");
	struct subscription sub =
	    house_reader(db, &one, "a@example.org", SUBSCRIPTION_ADD);
	struct subscription other, again;
	struct err err = ERR_INIT;
	int64_t n;
	int rows = 0;

	(void)state;
	(void)house_reader(db, &one, "b@example.org", SUBSCRIPTION_ASK);
	other = house_reader(db, &two, "a@example.org", SUBSCRIPTION_ADD);
	assert_string_not_equal(sub.uuid, other.uuid);
	assert_int_equal(sub.subscriber_id, other.subscriber_id);
	assert_int_equal(
	    subscription_find_uuid(db, other.uuid, &again, &err), 1);
	assert_int_equal(again.id, other.id);
	assert_string_equal(again.address, "a@example.org");
	assert_int_equal(subscription_find_uuid(db, "no", &again, &err), 0);
	assert_int_equal(subscription_ensure(db, &again, one.id,
			     sub.subscriber_id, NOW + 9, &err),
	    0);
	assert_string_equal(again.uuid, sub.uuid);
	assert_int_equal(
	    subscription_each_of_list(db, one.id, count_rows, &rows, &err), 0);
	assert_int_equal(rows, 2);
	assert_int_equal(subscription_each_of_subscriber(
			     db, sub.subscriber_id, count_rows, &rows, &err),
	    0);
	assert_int_equal(rows, 4);
	assert_int_equal(
	    subscription_count(db, SUBSCRIPTION_ACTIVE, &n, &err), 0);
	assert_int_equal(n, 2);
	db_close(db);
}

/* Who chose nothing follows the list; who chose is counted where they are. */
static void
the_audience_of_a_cadence(void **state)
{
	struct db *db = house_open();
	struct list list = house_list(db, "daily");
	struct subscription sub =
	    house_reader(db, &list, "a@example.org", SUBSCRIPTION_ADD);
	struct err err = ERR_INIT;
	int64_t n;

	(void)state;
	(void)house_reader(db, &list, "b@example.org", SUBSCRIPTION_ADD);
	(void)house_reader(db, &list, "c@example.org", SUBSCRIPTION_ASK);
	assert_int_equal(
	    subscription_audience(db, list.id, LIST_DAY, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(
	    subscription_set_every(db, &sub, LIST_WEEK, NOW, &err), 0);
	assert_int_equal(
	    subscription_audience(db, list.id, LIST_DAY, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(
	    subscription_audience(db, list.id, LIST_WEEK, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(subscription_get(db, sub.id, &sub, &err), 1);
	assert_int_equal(sub.every, LIST_WEEK);
	assert_int_equal(subscription_set_every(db, &sub, -1, NOW, &err), 0);
	assert_int_equal(subscription_get(db, sub.id, &sub, &err), 1);
	assert_int_equal(sub.every, -1);
	db_close(db);
}

static void
tokens_are_for_one_thing_and_once(void **state)
{
	struct db *db = house_open();
	struct list list = house_list(db, "daily");
	struct subscription sub =
	    house_reader(db, &list, "a@example.org", SUBSCRIPTION_ASK);
	struct optin_new optin = {.hash = "h1",
	    .purpose = OPTIN_CONFIRM,
	    .subscription_id = sub.id,
	    .expires = NOW + 60};
	struct err err = ERR_INIT;
	struct optin found;

	(void)state;
	assert_int_equal(optin_add(db, &optin, NOW, &err), 0);
	optin.hash = "h2";
	assert_int_equal(optin_add(db, &optin, NOW, &err), 0);
	assert_int_equal(optin_find(db, "h1", OPTIN_CONFIRM, &found, &err), 1);
	assert_int_equal(found.subscription_id, sub.id);
	assert_int_equal(found.expires, NOW + 60);
	assert_int_equal(found.spent, 0);
	assert_int_equal(optin_find(db, "h1", "leave", &found, &err), 0);
	assert_int_equal(optin_find(db, "h3", OPTIN_CONFIRM, &found, &err), 0);
	assert_int_equal(optin_spend(db, sub.id, NOW + 5, &err), 0);
	assert_int_equal(optin_spend(db, sub.id, NOW + 9, &err), 0);
	assert_int_equal(optin_find(db, "h2", OPTIN_CONFIRM, &found, &err), 1);
	assert_int_equal(found.spent, NOW + 5);
	db_close(db);
}

static int
check_consent(const struct consent *consent, void *arg)
{
	int *seen = arg;

	if (++*seen == 1) {
		assert_string_equal(consent->event, "ask");
		assert_string_equal(consent->wording, "أوافق");
		assert_string_equal(consent->client, "192.0.2.1");
	} else {
		assert_string_equal(consent->event, "confirm");
		assert_int_equal(consent->at, NOW + 1);
	}
	return 0;
}

static void
consent_is_kept_in_order(void **state)
{
	struct db *db = house_open();
	struct list list = house_list(db, "daily");
	struct subscription sub =
	    house_reader(db, &list, "a@example.org", SUBSCRIPTION_ASK);
	struct consent consent = {.subscription_id = sub.id,
	    .event = "ask",
	    .source = "form",
	    .wording = "أوافق",
	    .client = "192.0.2.1",
	    .at = NOW};
	struct err err = ERR_INIT;
	int seen = 0;

	(void)state;
	assert_int_equal(consent_add(db, &consent, &err), 0);
	consent.event = "confirm";
	consent.at = NOW + 1;
	assert_int_equal(consent_add(db, &consent, &err), 0);
	assert_int_equal(
	    consent_each(db, sub.id, check_consent, &seen, &err), 0);
	assert_int_equal(seen, 2);
	db_close(db);
}

/* The domain of the wire address decides in which queue mail waits; an address
 * that is known keeps its first spelling. */
static void
a_subscriber_has_a_domain(void **state)
{
	static const struct {
		const char *address, *key, *domain;
		int made;
	} cases[] = {
	    {"Sara@example.org", "sara@example.org", "example.org", 1},
	    {"sara@EXAMPLE.ORG", "sara@example.org", "example.org", 0},
	    {"a.b+c@xn--mgbh0fb.example", "a.b+c@xn--mgbh0fb.example",
		"xn--mgbh0fb.example", 1},
	};
	struct db *db = house_open();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct subscriber who = {0};
		struct err err = ERR_INIT;
		int64_t n;

		assert_true(str_fit(
		    who.address, sizeof(who.address), cases[i].address));
		assert_true(str_fit(who.key, sizeof(who.key), cases[i].key));
		assert_int_equal(
		    subscriber_ensure(db, &who, NOW, &err), cases[i].made);
		assert_int_equal(
		    db_value(db,
			"SELECT count(*) FROM subscriber"
			" WHERE id = ?1 AND domain = ?2",
			DB_ARGS(db_int(who.id), db_text(cases[i].domain)), &n,
			&err),
		    1);
		assert_int_equal(n, 1);
	}
	db_close(db);
}

static int
add_taste(const struct subscription_taste *taste, void *arg)
{
	str_addf(arg, "%d %s %lld\n", taste->digits,
	    subscription_format_name(taste->format), (long long)taste->readers);
	return 0;
}

static void
tastes_are_kept_and_counted(void **state)
{
	static const struct {
		const char *address;
		int every, digits;
		enum subscription_format format;
	} cases[] = {
	    {"t1@example.org", -1, 0, SUBSCRIPTION_HTML},
	    {"t2@example.org", LIST_DAY, 2, SUBSCRIPTION_HTML},
	    {"t3@example.org", -1, 2, SUBSCRIPTION_TEXT},
	    {"t4@example.org", LIST_WEEK, 1, SUBSCRIPTION_TEXT},
	    {"t5@example.org", -1, 0, SUBSCRIPTION_HTML},
	};
	struct db *db = house_open();
	struct list own = house_list(db, "tastes");
	struct subscription found;
	struct err err = ERR_INIT;
	struct str all;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct subscription sub =
		    house_reader(db, &own, cases[i].address, SUBSCRIPTION_ADD);

		/* nobody has chosen anything before they do */
		assert_int_equal(sub.digits, 0);
		assert_int_equal(sub.format, SUBSCRIPTION_HTML);
		sub.every = cases[i].every;
		sub.digits = cases[i].digits;
		sub.format = cases[i].format;
		if (i == 0 || i == 4)
			continue;
		assert_int_equal(subscription_save_taste(db, &sub, &err), 0);
		assert_int_equal(subscription_find(db, own.id,
				     sub.subscriber_id, &found, &err),
		    1);
		assert_int_equal(found.every, cases[i].every);
		assert_int_equal(found.digits, cases[i].digits);
		assert_int_equal(found.format, cases[i].format);
		assert_int_equal(found.changed, sub.changed);
	}
	str_init(&all, 1000);
	assert_int_equal(subscription_each_taste(
			     db, own.id, LIST_DAY, add_taste, &all, &err),
	    0);
	assert_string_equal(all.data, "0 html 2\n2 html 1\n2 text 1\n");
	str_reset(&all);
	assert_int_equal(subscription_each_taste(
			     db, own.id, LIST_WEEK, add_taste, &all, &err),
	    0);
	assert_string_equal(all.data, "1 text 1\n");
	str_release(&all);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_state_and_event),
	    cmocka_unit_test(a_stale_copy_moves_nothing),
	    cmocka_unit_test(found_by_what_names_it),
	    cmocka_unit_test(tastes_are_kept_and_counted),
	    cmocka_unit_test(the_audience_of_a_cadence),
	    cmocka_unit_test(tokens_are_for_one_thing_and_once),
	    cmocka_unit_test(consent_is_kept_in_order),
	    cmocka_unit_test(a_subscriber_has_a_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
