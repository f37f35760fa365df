/* SPDX-License-Identifier: ISC */
/*
 * depot - what the tests of deliver stand on: a worker, the office that it
 * sends to, and anybody else's look at the database. Made anew for each test
 * by setup(), begin() and teardown(); the clock is `now`.
 */
#ifndef NASHRA_TESTS_DEPOT_H
#define NASHRA_TESTS_DEPOT_H

#include "press.h"

#include "flow/deliver.h"
#include "model/outbox_list.h"
#include "model/subscription.h"
#include "office.h"

static struct loop *loop;
static struct office office;
static struct press press;
static struct db *db;    /* the worker's */
static struct db *other; /* anybody else's */
static struct list list;
static struct deliver *deliver;
static struct steady steady;
static int64_t now;

#define TURNS   4000
#define TURN_MS 15

static inline int
setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(loop_new(&loop, &err), 0);
	office_open(&office, loop);
	steady = (struct steady){.until_ms = 0};
	now = NOW;
	return 0;
}

/* The rest: with a relay that is so. */
static inline void
begin(const char *relay)
{
	char more[2000];
	struct err err = ERR_INIT;

	snprintf(more, sizeof(more),
	    "relay main {\n url = \"smtp://127.0.0.1:%d\"\n tls = none\n"
	    "%s\n}\n" PRESS_MAIL,
	    office.port, relay);
	press_open(&press, more);
	db = press.db;
	other = press_db(&press);
	list = house_list(db, "daily");
	deliver = NULL;
	assert_int_equal(err.code, ERR_NONE);
}

static inline struct deliver *
worker_on(struct db *its_db)
{
	const struct deliver_parts parts = {.loop = loop,
	    .conf = press.conf,
	    .db = its_db,
	    .kit = press.kit,
	    .ring = press.ring,
	    .hello = "worker.example",
	    .steady = &steady};
	struct deliver *out = NULL;
	struct err err = ERR_INIT;

	if (deliver_new(&out, &parts, now, &err) != 0)
		fail_msg("%s", err.msg);
	return out;
}

static inline void
work(void)
{
	deliver = worker_on(db);
}

static inline int
teardown(void **state)
{
	(void)state;
	deliver_free(deliver, now);
	office_close(&office);
	db_close(other);
	press_close(&press);
	loop_free(loop);
	return 0;
}

static inline void
turn(void)
{
	struct err err = ERR_INIT;
	int64_t ms = deliver_patience(deliver);

	assert_int_equal(
	    loop_turn(loop, ms < 0 || ms > TURN_MS ? TURN_MS : ms, &err), 0);
	deliver_turn(deliver, now);
}

/* Goes round until it is so. */
static inline void
until(bool (*so)(void))
{
	deliver_turn(deliver, now);
	for (int i = 0; i < TURNS; i++) {
		if (so())
			return;
		turn();
	}
	fail_msg("after %d turns it is not so", TURNS);
}

/* The same, while the clock goes on: what was slowed down is under way again
 * only as time passes. */
static inline void
until_later(bool (*there)(void))
{
	for (int n = 0; n < TURNS && !there(); n++) {
		now++;
		deliver_tick(deliver, now);
		turn();
	}
	assert_true(there());
}

/* Goes round for a while; for what must not happen. */
static inline void
meanwhile(void)
{
	for (int i = 0; i < 40; i++)
		turn();
}

static inline int64_t
count(const char *what)
{
	return house_value(other, what);
}

#define ALL      "SELECT count(*) FROM outbox"
#define SENT     ALL " WHERE state = 'sent'"
#define QUEUED   ALL " WHERE state = 'queued'"
#define LEASED   ALL " WHERE state = 'leased'"
#define STARTED  ALL " WHERE state = 'started'"
#define DEFERRED ALL " WHERE state = 'deferred'"
#define FAILED   ALL " WHERE state = 'failed'"
#define UNKNOWN  ALL " WHERE state = 'unknown'"
#define OWNED    ALL " WHERE owner IS NOT NULL"
#define RELAYS   "SELECT count(*) FROM trouble"

static inline bool
all_final(void)
{
	struct outbox_list_counts counts;
	struct err err = ERR_INIT;

	assert_int_equal(outbox_list_count(other, 0, &counts, &err), 0);
	return outbox_list_final(&counts);
}

static inline bool
none_in_hand(void)
{
	return count(OWNED) == 0;
}

static inline bool
relay_is_down(void)
{
	return count(RELAYS) == 1 && count(OWNED) == 0;
}

static inline bool
one_waits(void)
{
	return office_waiting(&office) == 1;
}

static inline bool
two_wait(void)
{
	return office_waiting(&office) == 2;
}

static inline void
reader_name(int i, char out[64])
{
	snprintf(out, 64, "reader-%03d@example.net", i);
}

/* A digest to that many. */
static inline void
digest_to(int readers)
{
	struct err err = ERR_INIT;
	char name[64];

	assert_int_equal(db_begin(db, &err), 0);
	for (int i = 0; i < readers; i++) {
		reader_name(i, name);
		(void)house_reader(db, &list, name, SUBSCRIPTION_ADD);
	}
	(void)house_article(db, &list, "مقال");
	assert_int_equal(db_commit(db, &err), 0);
	assert_int_equal(
	    press_freeze(&press, "daily", "", now).issue.recipients, readers);
}

static inline void
each_got(int readers, int n)
{
	char name[64];

	for (int i = 0; i < readers; i++) {
		reader_name(i, name);
		assert_int_equal(office_got(&office, name), n);
	}
}

static inline int
copy_text(const struct db_row *row, void *arg)
{
	assert_true(str_fit(arg, 300, db_row_text(row, 0)));
	return 1;
}

/* The state of a reader's row, as anybody else sees it. */
static inline void
state_of(const char *address, char out[300])
{
	struct err err = ERR_INIT;

	assert_int_equal(db_each(other,
			     "SELECT o.state FROM outbox o JOIN subscription s"
			     " ON s.id = o.subscription_id JOIN subscriber p"
			     " ON p.id = s.subscriber_id WHERE p.address = ?1",
			     DB_ARGS(db_text(address)), copy_text, out, &err),
	    1);
}

static inline const char *
hold_the_dot(struct office_desk *desk, enum office_point point, void *arg)
{
	(void)desk;
	(void)arg;
	return point == OFFICE_DOT ? "~" : NULL;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
