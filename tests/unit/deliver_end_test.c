/* SPDX-License-Identifier: ISC */
#include "flow/deliver.h"

#include "depot.h"

#include "model/worker.h"

#include <signal.h>
#include <sys/wait.h>

/* ---- stopping */

static void
draining_finishes_what_is_under_way(void **state)
{
	(void)state;
	begin("connections = 2");
	digest_to(9);
	office.fn = hold_the_dot;
	work();
	until(two_wait);
	assert_true(count(LEASED) > 0);
	assert_false(deliver_drained(deliver));
	meanwhile();
	/* what had not started goes back to whoever stays */
	assert_int_equal(count(QUEUED), 7);
	assert_int_equal(count(STARTED), 2);
	assert_false(deliver_drained(deliver));
	office_go_on(&office, OFFICE_DOT);
	for (int i = 0; i < TURNS && !deliver_drained(deliver); i++)
		turn();
	assert_true(deliver_drained(deliver));
	assert_int_equal(count(SENT), 2);
	deliver_tick(deliver, now + 1);
	meanwhile();
	assert_int_equal(count(QUEUED), 7);
	assert_int_equal(office.mails, 2);
	deliver_free(deliver, now);
	assert_int_equal(count("SELECT count(*) FROM worker"), 0);
	/* and whoever stays has them */
	office.fn = NULL;
	work();
	until(all_final);
	each_got(9, 1);
}

/* As under new settings: one begins while the other finishes, and a relay sees
 * no more connections than it may have. */
static void
two_keep_to_the_connections_of_one(void **state)
{
	struct deliver *former;

	(void)state;
	begin("connections = 2");
	digest_to(9);
	office.fn = hold_the_dot;
	work();
	until(two_wait);
	former = deliver;
	work();
	deliver_beside(deliver, former);
	assert_false(deliver_drained(former));
	deliver_turn(former, now);
	meanwhile();
	assert_int_equal(office.opened, 2);
	office.fn = NULL;
	office_go_on(&office, OFFICE_DOT);
	for (int i = 0; i < TURNS && !deliver_drained(former); i++) {
		turn();
		deliver_turn(former, now);
	}
	assert_true(deliver_drained(former));
	deliver_beside(deliver, NULL);
	deliver_free(former, now);
	deliver_tick(deliver, now + 1);
	until(all_final);
	each_got(9, 1);
	assert_int_equal(office.most, 2);
	meanwhile();
	assert_true(deliver_idle(deliver));
}

static void
what_is_cut_is_uncertain_and_noted_so(void **state)
{
	(void)state;
	begin("connections = 2");
	digest_to(9);
	office.fn = hold_the_dot;
	work();
	until(two_wait);
	deliver_free(deliver, now);
	deliver = NULL;
	assert_int_equal(count(QUEUED), 7);
	assert_int_equal(count(DEFERRED " AND uncertain = 1"), 2);
	assert_int_equal(count(OWNED), 0);
	assert_int_equal(count("SELECT count(*) FROM worker"), 0);
	work();
}

/* A database that was busy to the end does not make a known result an
 * uncertain one. */
static void
what_is_known_at_the_end_is_written(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("connections = 1");
	digest_to(2);
	office.fn = hold_the_dot;
	work();
	until(one_waits);
	assert_int_equal(db_begin(other, &err), 0);
	office_go_on(&office, OFFICE_DOT);
	meanwhile();
	assert_int_equal(count(STARTED), 1);
	db_rollback(other);
	deliver_free(deliver, now);
	assert_int_equal(count(SENT), 1);
	assert_int_equal(count(QUEUED), 1);
	assert_int_equal(count(OWNED), 0);
	work();
}

/* ---- death */

/* A worker of its own in a child: nothing of ours is touched there. */
static pid_t
child_works(void)
{
	pid_t pid = fork();
	struct err err = ERR_INIT;
	struct loop *its_loop;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (loop_new(&its_loop, &err) != 0)
		_exit(1);
	loop = its_loop;
	deliver = worker_on(press_db(&press));
	for (;;)
		turn();
}

static void
kill_9_loses_nobody(void **state)
{
	enum { READERS = 40, CONNECTIONS = 3 };
	struct err err = ERR_INIT;
	int twice = 0;
	pid_t pid;

	(void)state;
	begin("connections = 3");
	digest_to(READERS);
	db_close(db);
	db_close(other);
	db = other = NULL;
	pid = child_works();
	while (office.mails < READERS / 2)
		assert_int_equal(loop_turn(loop, 1000, &err), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	press.db = db = press_db(&press);
	other = press_db(&press);
	assert_true(count(OWNED) > 0);
	assert_true(count(STARTED) <= CONNECTIONS);
	work();
	assert_int_equal(count(STARTED), 0);
	until(all_final);
	assert_int_equal(count(SENT), READERS);
	for (int i = 0; i < READERS; i++) {
		char name[64];
		int got;

		reader_name(i, name);
		got = office_got(&office, name);
		assert_true(got == 1 || got == 2);
		twice += got == 2;
	}
	assert_true(twice <= CONNECTIONS);
}

/* Who was taken for dead while it slept leases nothing under its old name:
 * nobody would ever look for those rows again. */
static void
who_was_taken_for_dead_leases_nothing(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("connections = 1");
	work();
	meanwhile();
	assert_int_equal(
	    db_run(other, "DELETE FROM worker", DB_NO_ARGS, &err), 0);
	digest_to(5);
	office.fn = hold_the_dot;
	deliver_tick(deliver, now + 1);
	meanwhile();
	assert_int_equal(count(OWNED), 0);
	assert_int_equal(count(QUEUED), 5);
	office.fn = NULL;
	now += WORKER_BEAT;
	deliver_tick(deliver, now);
	until(all_final);
	each_got(5, 1);
	assert_int_equal(count("SELECT count(*) FROM worker"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(draining_finishes_what_is_under_way),
	    TEST(two_keep_to_the_connections_of_one),
	    TEST(what_is_known_at_the_end_is_written),
	    TEST(what_is_cut_is_uncertain_and_noted_so),
	    TEST(kill_9_loses_nobody),
	    TEST(who_was_taken_for_dead_leases_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
