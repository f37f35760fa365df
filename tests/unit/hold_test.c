/* SPDX-License-Identifier: ISC */
#include "flow/hold.h"

#include "press.h"

#include "model/outbox_add.h"
#include "model/outbox_queue.h"

#define ME    "11111111-1111-4111-8111-111111111111"
#define LANES 3

static struct press press;
static struct cargo_cache cache;
static struct hold hold;
static struct list list;
static struct cargo_slip slips[CARGO_SLIPS];

static int
setup(void **state)
{
	const char *more = PRESS_MAIL;
	struct err err = ERR_INIT;

	(void)state;
	press_open(&press, more);
	cache = (struct cargo_cache){0};
	const struct cargo_parts parts = {.db = press.db,
	    .kit = press.kit,
	    .ring = press.ring,
	    .cache = &cache};

	assert_int_equal(hold_init(&hold, &parts, LANES, &err), 0);
	list = house_list(press.db, "daily");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	hold_release(&hold);
	cargo_cache_release(&cache);
	press_close(&press);
	return 0;
}

/* So many rows of a digest, and of confirm mails, leased by us. */
static size_t
lease(int digests, int confirms)
{
	struct outbox rows[CARGO_SLIPS];
	struct outbox_queue queue = {.issue_id = -1};
	struct err err = ERR_INIT;
	int n = 0;

	for (int i = 0; i < digests + confirms; i++) {
		char address[40];
		struct subscription sub;

		snprintf(address, sizeof(address), "r%d@example.net", i);
		sub = house_reader(press.db, &list, address,
		    i < digests ? SUBSCRIPTION_ADD : SUBSCRIPTION_ASK);
		if (i < digests)
			continue;
		assert_int_equal(
		    outbox_add_confirm(press.db, sub.id, NOW, &err), 0);
	}
	if (digests > 0) {
		(void)house_article(press.db, &list, "مقال");
		(void)press_freeze(&press, "daily", "", NOW);
	}
	while (outbox_queue_next(press.db, &queue, &err) == 1) {
		const struct outbox_queue_claim claim = {
		    .owner = ME, .queue = &queue, .max = CARGO_SLIPS - n};

		n += outbox_queue_claim(press.db, &claim, rows + n, &err);
	}
	for (int i = 0; i < n; i++) {
		assert_int_equal(
		    cargo_slip_fill(&slips[i], press.db, &rows[i], &err), 0);
		slips[i].relays = 1;
	}
	return (size_t)n;
}

/* Until so many are ready for the first relay. */
static void
make(size_t ready)
{
	hold_make(&hold, (const size_t[CONF_RELAYS]){ready}, SIZE_MAX, NOW);
}

static bool
lacks(size_t ready)
{
	return hold_lacks(&hold, (const size_t[CONF_RELAYS]){ready});
}

#define IN(state) "SELECT count(*) FROM outbox WHERE state = '" state "'"

static void
messages_are_as_many_as_asked_for(void **state)
{
	size_t n = lease(20, 0);

	(void)state;
	hold_put(&hold, slips, n);
	assert_int_equal(hold_count(&hold), 20);
	assert_true(lacks(1));
	make(2);
	assert_int_equal(hold.ready, 2);
	assert_int_equal(hold_count(&hold), 20);
	assert_false(lacks(2));
	assert_true(lacks(3));
	/* never more than there is room for, whatever is asked */
	make(1000);
	assert_int_equal(hold.ready, 2 * LANES + 1);
	assert_false(lacks(1000));
	assert_int_equal(hold_count(&hold), 20);
	for (size_t i = 1; i < hold.ready; i++)
		assert_true(hold.made[i - 1]->row.id < hold.made[i]->row.id);
}

static void
they_are_made_in_portions(void **state)
{
	const size_t want[CONF_RELAYS] = {4};

	(void)state;
	hold_put(&hold, slips, lease(6, 0));
	hold_make(&hold, want, 3, NOW);
	assert_int_equal(hold.ready, 3);
	assert_true(hold_lacks(&hold, want));
	hold_make(&hold, want, 3, NOW);
	assert_int_equal(hold.ready, 4);
	assert_false(hold_lacks(&hold, want));
}

/* Twelve rows are for the first relay, then come two for either and three for
 * the second one. */
static void
one_relay_waits_for_no_other(void **state)
{
	size_t n = lease(17, 0);
	size_t tally[CONF_RELAYS];
	struct cargo *cargo;
	int64_t last = 0;

	(void)state;
	for (size_t i = 12; i < n; i++)
		slips[i].relays = i < 14 ? 3 : 2;
	hold_put(&hold, slips, n);
	hold_tally(&hold, tally);
	assert_int_equal(tally[0], 14);
	assert_int_equal(tally[1], 5);
	hold_make(&hold, (const size_t[CONF_RELAYS]){2, 3}, SIZE_MAX, NOW);
	assert_int_equal(hold.ready, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(hold_relays(&hold, i), "\1\1\3\3\2"[i]);
	assert_int_equal(hold_relays(&hold, 5), 1);
	assert_int_equal(hold_relays(&hold, n - 1), 2);
	hold_tally(&hold, tally);
	assert_int_equal(tally[0], 14);
	assert_int_equal(tally[1], 5);
	/* what one of them got is made up for, what the other has stays */
	cargo = hold_take(&hold, 3);
	hold_empty(&hold, cargo);
	hold_make(&hold, (const size_t[CONF_RELAYS]){2, 3}, SIZE_MAX, NOW);
	assert_int_equal(hold.ready, 5);
	assert_int_equal(hold_relays(&hold, 4), 2);
	/* in the order in which they came */
	hold_make(&hold, (const size_t[CONF_RELAYS]){9, 9}, SIZE_MAX, NOW);
	for (size_t i = 0; i < hold_count(&hold); i++) {
		if (hold_relays(&hold, i) != 1)
			continue;
		cargo = i < hold.ready ? hold.made[i] : NULL;
		if (cargo == NULL)
			break;
		assert_true(cargo->row.id > last);
		last = cargo->row.id;
	}
	assert_true(last > 0);
}

static void
urgent_mail_overtakes(void **state)
{
	size_t n = lease(6, 3);
	size_t first = 0;

	(void)state;
	/* mail of no issue is leased first; here it comes last */
	while (slips[first].row.kind != OUTBOX_DIGEST)
		first++;
	hold_put(&hold, slips + first, n - first);
	make(2);
	hold_put(&hold, slips, first);
	make(4);
	assert_int_equal(hold.ready, 4);
	assert_int_equal(hold.made[0]->row.kind, OUTBOX_CONFIRM);
	assert_int_equal(hold.made[1]->row.kind, OUTBOX_CONFIRM);
	assert_true(hold.made[0]->row.id < hold.made[1]->row.id);
	assert_int_equal(hold.made[2]->row.kind, OUTBOX_DIGEST);
}

static void
what_is_taken_comes_back(void **state)
{
	struct cargo *one;
	struct cargo *other;

	(void)state;
	hold_put(&hold, slips, lease(5, 0));
	make(3);
	one = hold_take(&hold, 1);
	assert_int_equal(hold.ready, 2);
	assert_int_equal(hold_count(&hold), 4);
	hold_untake(&hold, one);
	assert_ptr_equal(hold.made[0], one);
	other = hold_take(&hold, 0);
	assert_ptr_equal(other, one);
	hold_empty(&hold, other);
	assert_int_equal(hold.empties + hold.ready, hold.size);
	make(4);
	assert_int_equal(hold.ready, 4);
	assert_int_equal(hold_count(&hold), 4);
}

static void
a_spoilt_one_stops_at_itself(void **state)
{
	size_t n = lease(4, 0);

	(void)state;
	slips[1].row.body_id = 999;
	hold_put(&hold, slips, n);
	make(4);
	assert_int_equal(hold.ready, 1);
	assert_non_null(hold.spoilt);
	assert_int_equal(hold.spoilt->row.id, slips[1].row.id);
	assert_string_equal(hold.why.msg, "its body is gone");
	/* it is looked at before others are made */
	make(4);
	assert_int_equal(hold.ready, 1);
	hold_empty(&hold, hold.spoilt);
	hold.spoilt = NULL;
	make(4);
	assert_int_equal(hold.ready, 3);
}

static void
a_digest_in_it_is_seen(void **state)
{
	size_t n = lease(2, 2);

	(void)state;
	assert_false(hold_has_digest(&hold));
	/* the confirm mails are leased first */
	hold_put(&hold, slips, 2);
	assert_false(hold_has_digest(&hold));
	make(2);
	assert_false(hold_has_digest(&hold));
	hold_put(&hold, slips + 2, n - 2);
	assert_true(hold_has_digest(&hold));
	make(4);
	assert_true(hold_has_digest(&hold));
	/* wherever it stands: one that was taken and comes back is first */
	hold_untake(&hold, hold_take(&hold, 3));
	hold_empty(&hold, hold_take(&hold, 3));
	assert_true(hold_has_digest(&hold));
	hold_empty(&hold, hold_take(&hold, 0));
	assert_int_equal(hold.ready, 2);
	assert_false(hold_has_digest(&hold));
}

static void
all_of_it_goes_back(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	hold_put(&hold, slips, lease(9, 1));
	make(4);
	assert_int_equal(house_value(press.db, IN("leased")), 10);
	assert_int_equal(hold_give_back(&hold, press.db, &err), 0);
	/* until the commit it is still in hand */
	assert_int_equal(hold_count(&hold), 10);
	hold_clear(&hold);
	assert_int_equal(hold_count(&hold), 0);
	assert_int_equal(hold.empties, hold.size);
	assert_int_equal(house_value(press.db, IN("queued")), 10);
	assert_int_equal(
	    house_value(press.db, "SELECT max(attempts) FROM outbox"), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(messages_are_as_many_as_asked_for),
	    TEST(they_are_made_in_portions),
	    TEST(one_relay_waits_for_no_other),
	    TEST(urgent_mail_overtakes),
	    TEST(what_is_taken_comes_back),
	    TEST(a_spoilt_one_stops_at_itself),
	    TEST(a_digest_in_it_is_seen),
	    TEST(all_of_it_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
