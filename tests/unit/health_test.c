/* SPDX-License-Identifier: ISC */
#include "flow/health.h"

#include "house.h"

static struct db *db;
static struct health health;

static int
setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	db = house_open();
	assert_int_equal(health_init(&health, db, "main", &err), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

static void
write_down(int64_t now)
{
	struct err err = ERR_INIT;

	assert_int_equal(health_note(&health, db, now, &err), 0);
	health_proceed(&health);
}

static void
it_goes_down_and_comes_back(void **state)
{
	const struct smtp_result why = {.outcome = SMTP_RELAY,
	    .code = 454,
	    .status = "4.7.0",
	    .text = "TLS not available"};
	const struct smtp_result later = {
	    .outcome = SMTP_RELAY, .text = "another"};

	(void)state;
	assert_true(health_good(&health));
	assert_false(health_has_news(&health));
	health_failed(&health, &why);
	health_failed(&health, &later);
	assert_true(health_has_news(&health));
	/* until it is written, nothing has changed */
	assert_true(health_good(&health));
	write_down(NOW);
	assert_false(health_good(&health));
	assert_false(health_has_news(&health));
	assert_false(health_usable(&health, NOW));
	assert_true(health_usable(&health, NOW + 1));
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM trouble WHERE scope = 'relay'"
			    " AND name = 'main'"
			    " AND error = '454 4.7.0 TLS not available'"),
	    1);
	health_worked(&health);
	assert_true(health_good(&health));
	write_down(NOW + 1);
	assert_true(health_good(&health));
	assert_int_equal(house_value(db, "SELECT count(*) FROM trouble"), 0);
}

/* What works takes no more connections than it wants. */
static void
it_has_room_for_so_many(void **state)
{
	const struct smtp_result why = {
	    .outcome = SMTP_RELAY, .code = 421, .text = "too many connections"};

	(void)state;
	assert_int_equal(health_room(&health), SIZE_MAX);
	health_refused(&health, &why, 3); /* it never worked */
	assert_true(health_has_news(&health));
	assert_int_equal(health_room(&health), SIZE_MAX);
	health_worked(&health);
	write_down(NOW);
	health_refused(&health, &why, 3);
	assert_false(health_has_news(&health));
	assert_int_equal(health_room(&health), 3);
	health_refused(&health, &why, 2);
	assert_int_equal(health_room(&health), 2);
	health_refused(&health, &why, 0); /* nothing works beside it */
	assert_true(health_has_news(&health));
}

static void
it_waits_longer_each_time(void **state)
{
	static const int64_t waits[] = {
	    1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};
	int64_t now = NOW;

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		health_failed_text(&health, "refused");
		write_down(now);
		assert_false(health_usable(&health, now + waits[i] - 1));
		assert_true(health_usable(&health, now + waits[i]));
		now += waits[i];
	}
}

/* A second process, or a later life, knows what the first has noted. */
static void
it_is_what_the_database_says(void **state)
{
	struct health other;
	struct err err = ERR_INIT;

	(void)state;
	health_failed_text(&health, "refused");
	write_down(NOW);
	assert_int_equal(health_init(&other, db, "main", &err), 0);
	assert_false(health_good(&other));
	assert_int_equal(health_init(&other, db, "second", &err), 0);
	assert_true(health_good(&other));
}

/* The work of a relay that works is no news. */
static void
working_is_no_news(void **state)
{
	(void)state;
	health_worked(&health);
	assert_false(health_has_news(&health));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(it_goes_down_and_comes_back),
	    TEST(it_has_room_for_so_many),
	    TEST(it_waits_longer_each_time),
	    TEST(it_is_what_the_database_says),
	    TEST(working_is_no_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
