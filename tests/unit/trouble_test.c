/* SPDX-License-Identifier: ISC */
#include "house.h"

#include "model/trouble.h"

#include <string.h>

static struct db *db;

static int
setup(void **state)
{
	(void)state;
	db = house_open();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

static struct trouble
about(enum trouble_scope scope, const char *name)
{
	struct trouble trouble = {.scope = scope};

	assert_true(str_fit(trouble.name, sizeof(trouble.name), name));
	str_cut(trouble.error, sizeof(trouble.error), "refused");
	return trouble;
}

static void
fails(struct trouble *trouble, int64_t now)
{
	struct err err = ERR_INIT;

	if (trouble_failed(db, trouble, now, &err) != 0)
		fail_msg("%s", err.msg);
}

/* Written down here a second time. */
static const struct {
	enum trouble_scope scope;
	const char *name, *is;
	int64_t first, most;
} scopes[] = {
    {TROUBLE_RELAY, "main", "relay", 1, 300},
    {TROUBLE_DOMAIN, "gmail.com", "domain", 60, 3600},
    {TROUBLE_CLOCK, "", "clock", 3, 3},
    {TROUBLE_SETTINGS, "", "settings", 60, 3600},
};
#define SCOPES (sizeof(scopes) / sizeof(*scopes))

static void
it_waits_longer_each_time_and_begins_anew(void **state)
{
	(void)state;
	assert_int_equal(SCOPES, TROUBLE_SCOPES);
	for (size_t i = 0; i < SCOPES; i++) {
		struct trouble it = about(scopes[i].scope, scopes[i].name);
		struct trouble found = it;
		struct err err = ERR_INIT;
		int64_t wait = scopes[i].first;

		assert_string_equal(
		    trouble_scope_name(scopes[i].scope), scopes[i].is);
		assert_int_equal(trouble_find(db, &found, &err), 0);
		assert_int_equal(trouble_over(db, it.scope, it.name, &err), 0);
		for (int64_t n = 0; n < 16; n++) {
			int64_t now = NOW + n * 5000;

			fails(&it, now);
			assert_int_equal(it.failures, n + 1);
			assert_int_equal(it.since, NOW);
			assert_int_equal(it.retry_at - now, wait);
			wait = wait * 2 < scopes[i].most ? wait * 2
							 : scopes[i].most;
		}
		assert_int_equal(wait, scopes[i].most);
		assert_int_equal(trouble_find(db, &found, &err), 1);
		assert_int_equal(found.failures, it.failures);
		assert_int_equal(found.since, it.since);
		assert_int_equal(found.retry_at, it.retry_at);
		assert_string_equal(found.error, "refused");
		assert_int_equal(trouble_over(db, it.scope, it.name, &err), 1);
		assert_int_equal(trouble_over(db, it.scope, it.name, &err), 0);
		fails(&it, NOW + 999);
		assert_int_equal(it.failures, 1);
		assert_int_equal(it.since, NOW + 999);
		assert_int_equal(it.retry_at, NOW + 999 + scopes[i].first);
	}
}

/* Nothing has begun tomorrow: that was noted by a clock that was set back. */
static void
it_has_not_begun_later_than_now(void **state)
{
	struct trouble relay = about(TROUBLE_RELAY, "main");
	struct err err = ERR_INIT;

	(void)state;
	fails(&relay, NOW + 86400);
	fails(&relay, NOW);
	assert_int_equal(relay.since, NOW);
	assert_int_equal(relay.failures, 2);
	fails(&relay, NOW + 60);
	assert_int_equal(relay.since, NOW);
	relay = about(TROUBLE_RELAY, "main");
	assert_int_equal(trouble_find(db, &relay, &err), 1);
	assert_int_equal(relay.since, NOW);
}

/* Who has failed for a year waits as long as who failed for a day. */
static void
however_often_it_failed(void **state)
{
	struct trouble relay = about(TROUBLE_RELAY, "main");
	struct err err = ERR_INIT;

	(void)state;
	fails(&relay, NOW);
	assert_int_equal(
	    db_run(db, "UPDATE trouble SET failures = 4000000000000000000",
		DB_NO_ARGS, &err),
	    0);
	fails(&relay, NOW);
	assert_int_equal(relay.retry_at, NOW + 300);
}

static void
its_time_comes_on_any_clock(void **state)
{
	static const struct {
		enum trouble_scope scope;
		int64_t in; /* s until the next try */
		bool due;
	} cases[] = {
	    {TROUBLE_RELAY, 0, true},
	    {TROUBLE_RELAY, -1, true},
	    {TROUBLE_RELAY, -999999, true},
	    {TROUBLE_RELAY, 1, false},
	    {TROUBLE_RELAY, 300, false},
	    {TROUBLE_RELAY, 301, true},
	    {TROUBLE_RELAY, 86400, true},
	    {TROUBLE_DOMAIN, 301, false},
	    {TROUBLE_DOMAIN, 3600, false},
	    {TROUBLE_DOMAIN, 3601, true},
	    {TROUBLE_CLOCK, 3, false},
	    {TROUBLE_CLOCK, 4, true},
	    {TROUBLE_SETTINGS, 0, true},
	};
	const struct trouble none = {.scope = TROUBLE_RELAY};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct trouble trouble = {
		    .scope = cases[i].scope, .retry_at = NOW + cases[i].in};

		assert_int_equal(trouble_due(&trouble, NOW), cases[i].due);
	}
	assert_true(trouble_due(&none, NOW));
}

/* A relay and a domain may have one name; each is alone in its trouble. */
static void
one_is_not_the_other(void **state)
{
	struct trouble relay = about(TROUBLE_RELAY, "example.org");
	struct trouble domain = about(TROUBLE_DOMAIN, "example.org");
	struct trouble other = about(TROUBLE_DOMAIN, "example.net");
	struct err err = ERR_INIT;

	(void)state;
	fails(&relay, NOW);
	fails(&relay, NOW);
	assert_int_equal(trouble_find(db, &domain, &err), 0);
	fails(&domain, NOW);
	assert_int_equal(domain.failures, 1);
	assert_int_equal(trouble_find(db, &other, &err), 0);
	assert_int_equal(
	    trouble_over(db, TROUBLE_RELAY, "example.org", &err), 1);
	assert_int_equal(trouble_find(db, &domain, &err), 1);
}

/* One mail to the admin, however long it lasts; another when it comes back. */
static void
it_is_told_once(void **state)
{
	struct trouble relay = about(TROUBLE_RELAY, "main");
	struct trouble domain = about(TROUBLE_DOMAIN, "main");
	struct err err = ERR_INIT;

	(void)state;
	fails(&relay, NOW);
	fails(&domain, NOW);
	assert_false(relay.told);
	assert_int_equal(trouble_told(db, &relay, &err), 0);
	for (int i = 0; i < 3; i++) {
		fails(&relay, NOW + i);
		assert_true(relay.told);
	}
	assert_int_equal(trouble_find(db, &relay, &err), 1);
	assert_true(relay.told);
	assert_int_equal(trouble_find(db, &domain, &err), 1);
	assert_false(domain.told);
	assert_int_equal(trouble_over(db, TROUBLE_RELAY, "main", &err), 1);
	fails(&relay, NOW + 9);
	assert_false(relay.told);
}

/* The newest reason is the one that counts; a name is as long as a host's. */
static void
texts_are_kept_whole(void **state)
{
	struct trouble relay = about(TROUBLE_RELAY, "main");
	struct trouble found;
	struct err err = ERR_INIT;

	(void)state;
	memset(relay.name, 'a', sizeof(relay.name) - 1);
	memset(relay.error, 'x', sizeof(relay.error) - 1);
	fails(&relay, NOW);
	found = relay;
	assert_int_equal(trouble_find(db, &found, &err), 1);
	assert_string_equal(found.name, relay.name);
	assert_string_equal(found.error, relay.error);
	str_cut(relay.error, sizeof(relay.error), "'; DROP TABLE trouble; --");
	fails(&relay, NOW);
	assert_int_equal(trouble_find(db, &found, &err), 1);
	assert_string_equal(found.error, relay.error);
}

struct seen {
	struct str names;
	int calls, most;
};

static int
note(const struct trouble *trouble, void *arg)
{
	struct seen *seen = arg;

	str_addf(&seen->names, "%s:%s ", trouble_scope_name(trouble->scope),
	    trouble->name);
	return ++seen->calls == seen->most;
}

static void
all_are_listed_the_oldest_first(void **state)
{
	struct trouble first = about(TROUBLE_SETTINGS, "");
	struct trouble second = about(TROUBLE_DOMAIN, "b.example");
	struct trouble third = about(TROUBLE_RELAY, "a");
	struct seen seen = {.most = -1};
	struct err err = ERR_INIT;

	(void)state;
	str_init(&seen.names, 1000);
	assert_int_equal(trouble_each(db, note, &seen, &err), 0);
	assert_int_equal(seen.calls, 0);
	fails(&third, NOW + 2);
	fails(&second, NOW + 1);
	fails(&first, NOW);
	fails(&third, NOW + 3);
	assert_int_equal(trouble_each(db, note, &seen, &err), 0);
	assert_string_equal(
	    seen.names.data, "settings: domain:b.example relay:a ");
	str_reset(&seen.names);
	seen = (struct seen){.names = seen.names, .most = 1};
	assert_int_equal(trouble_each(db, note, &seen, &err), 0);
	assert_string_equal(seen.names.data, "settings: ");
	str_release(&seen.names);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(it_waits_longer_each_time_and_begins_anew),
	    TEST(it_has_not_begun_later_than_now),
	    TEST(however_often_it_failed),
	    TEST(its_time_comes_on_any_clock),
	    TEST(one_is_not_the_other),
	    TEST(it_is_told_once),
	    TEST(texts_are_kept_whole),
	    TEST(all_are_listed_the_oldest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
