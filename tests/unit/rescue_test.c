/* SPDX-License-Identifier: ISC */
#include "flow/rescue.h"

#include "press.h"

#include "base/lock.h"
#include "mailroom.h"

#include <signal.h>
#include <sys/wait.h>

#define DEAD "dddddddd-dddd-4ddd-8ddd-dddddddddddd"

static struct press press;
static struct db *db;
static struct list list;
static struct subscription reader;
static char host[WORKER_HOST_SIZE];
static char locks[PRESS_PATH];

static int
setup(void **state)
{
	(void)state;
	press_open(&press, PRESS_MAIL);
	db = press.db;
	list = house_list(db, "daily");
	reader = house_reader(db, &list, "a@example.org", SUBSCRIPTION_ADD);
	press_path(&press, "nashra.db-workers", locks);
	return gethostname(host, sizeof(host) - 1);
}

static int
teardown(void **state)
{
	(void)state;
	press_close(&press);
	return 0;
}

static struct rescue
join(int64_t now)
{
	struct rescue self;
	struct err err = ERR_INIT;

	if (rescue_join(&self, db, press.conf->database, now, &err) != 0)
		fail_msg("%s", err.msg);
	return self;
}

static void
leave(struct rescue *self, int64_t now)
{
	struct err err = ERR_INIT;

	if (rescue_leave(self, db, now, &err) != 0)
		fail_msg("%s", err.msg);
}

static int
dead(struct rescue *self, int64_t now)
{
	struct err err = ERR_INIT;
	int n = rescue_dead(self, db, now, &err);

	if (n < 0)
		fail_msg("%s", err.msg);
	return n;
}

/* A worker of our making, of whom only the row is there. */
static void
ghost(const char *uuid, const char *of_host, int64_t heartbeat)
{
	struct worker worker = {.pid = 1, .started = NOW};
	struct err err = ERR_INIT;

	worker.heartbeat = heartbeat;
	assert_true(str_fit(worker.uuid, sizeof(worker.uuid), uuid));
	assert_true(str_fit(worker.host, sizeof(worker.host), of_host));
	assert_int_equal(worker_add(db, &worker, &err), 0);
}

/* A confirm or digest row in the hands of a worker. */
static int64_t
row(const char *owner, const char *kind, const char *state)
{
	int64_t id = mailroom_confirm(db, &reader);
	struct err err = ERR_INIT;

	assert_int_equal(
	    db_run(db,
		"UPDATE outbox SET kind = ?2, state = ?3, owner = ?4,"
		" attempts = 1, list_id = CASE ?2 WHEN 'notice' THEN NULL"
		" ELSE list_id END, subscription_id = CASE ?2 WHEN 'notice'"
		" THEN NULL ELSE subscription_id END WHERE id = ?1",
		DB_ARGS(db_int(id), db_text(kind), db_text(state),
		    db_text(owner[0] ? owner : NULL)),
		&err),
	    0);
	return id;
}

static int
copy_text(const struct db_row *from, void *arg)
{
	assert_true(str_fit(arg, 64, db_row_text(from, 0)));
	return 0;
}

static void
assert_state(int64_t id, const char *wanted)
{
	struct err err = ERR_INIT;
	char state[64] = "";

	assert_int_equal(db_each(db, "SELECT state FROM outbox WHERE id = ?1",
			     DB_ARGS(db_int(id)), copy_text, state, &err),
	    1);
	assert_string_equal(state, wanted);
}

#define WORKERS "SELECT count(*) FROM worker"
#define OWNED   "SELECT count(*) FROM outbox WHERE owner IS NOT NULL"

static void
who_joins_is_known_and_holds_its_lock(void **state)
{
	struct rescue self = join(NOW);
	struct rescue other = join(NOW);
	struct err err = ERR_INIT;

	(void)state;
	assert_string_equal(self.self.host, host);
	assert_int_equal(self.self.pid, getpid());
	assert_string_not_equal(self.self.uuid, other.self.uuid);
	assert_int_equal(house_value(db, WORKERS), 2);
	assert_int_equal(lock_held(locks, lock_slot(self.self.uuid), &err), 1);
	assert_int_equal(dead(&self, NOW + 999999), 0);
	assert_int_equal(house_value(db, WORKERS), 2);
	leave(&other, NOW);
	assert_int_equal(other.lock, -1);
	assert_int_equal(lock_held(locks, lock_slot(other.self.uuid), &err), 0);
	assert_int_equal(house_value(db, WORKERS), 1);
	leave(&self, NOW);
	assert_int_equal(house_value(db, WORKERS), 0);
}

static void
what_a_dead_one_had_goes_back(void **state)
{
	struct rescue self = join(NOW);
	int64_t leased[2], mine, done, started;

	(void)state;
	ghost(DEAD, host, NOW);
	leased[0] = row(DEAD, "digest", "leased");
	leased[1] = row(DEAD, "confirm", "leased");
	started = row(DEAD, "digest", "started");
	mine = row(self.self.uuid, "digest", "leased");
	done = row("", "digest", "sent");
	assert_int_equal(dead(&self, NOW + 1), 3);
	assert_state(leased[0], "queued");
	assert_state(leased[1], "queued");
	assert_state(started, "deferred");
	assert_state(mine, "leased");
	assert_state(done, "sent");
	assert_int_equal(house_value(db, WORKERS), 1);
	assert_int_equal(
	    house_value(db,
		"SELECT count(*) FROM outbox WHERE state = 'deferred'"
		" AND uncertain = 1 AND owner IS NULL AND due = 1764000001"
		" AND reply_text = 'the worker that was sending it died'"),
	    1);
	/* and that was all */
	assert_int_equal(dead(&self, NOW + 1), 0);
	leave(&self, NOW);
	assert_state(mine, "queued");
}

static void
what_had_started_follows_the_policy(void **state)
{
	static const struct {
		const char *policy, *kind;
		int64_t age;
		const char *becomes;
	} cases[] = {
	    {"resend", "digest", 0, "deferred"},
	    {"hold", "digest", 0, "unknown"},
	    {"skip", "digest", 0, "unknown"},
	    {"resend", "confirm", 0, "deferred"},
	    {"hold", "confirm", 0, "deferred"},
	    {"skip", "confirm", 0, "deferred"},
	    {"resend", "digest", OUTBOX_AGE - 1, "deferred"},
	    {"resend", "digest", OUTBOX_AGE, "unknown"},
	    {"resend", "confirm", OUTBOX_AGE, "unknown"},
	    {"hold", "confirm", OUTBOX_AGE + 1, "unknown"},
	    {"resend", "welcome", 0, "deferred"},
	    {"skip", "welcome", 0, "unknown"},
	    {"hold", "welcome", 0, "unknown"},
	    /* of no list */
	    {"skip", "notice", 0, "deferred"},
	};
	struct rescue self = join(NOW);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t now = NOW + cases[i].age;
		struct err err = ERR_INIT;
		int64_t id;

		ghost(DEAD, host, now);
		assert_int_equal(
		    db_run(db, "UPDATE list SET unknown_policy = ?1",
			DB_ARGS(db_text(cases[i].policy)), &err),
		    0);
		id = row(DEAD, cases[i].kind, "started");
		assert_int_equal(dead(&self, now), 1);
		assert_state(id, cases[i].becomes);
		assert_int_equal(
		    db_run(db, "DELETE FROM outbox WHERE uncertain = 1",
			DB_NO_ARGS, &err),
		    0);
		assert_int_equal(db_changes(db), 1);
	}
	leave(&self, NOW);
}

/* A mail that was out when its reader left is not sent once more. */
static void
who_left_meanwhile_gets_no_second_try(void **state)
{
	static const struct {
		enum subscription_event event;
		const char *becomes;
	} cases[] = {
	    {SUBSCRIPTION_CONFIRM, "deferred"},
	    {SUBSCRIPTION_LEAVE, "cancelled"},
	    {SUBSCRIPTION_COMPLAIN, "cancelled"},
	};
	struct rescue self = join(NOW);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;
		int64_t id = row(DEAD, "digest", "started");

		ghost(DEAD, host, NOW);
		assert_true(subscription_move(
				db, &reader, cases[i].event, NOW, &err) >= 0);
		assert_int_equal(dead(&self, NOW + 1), 1);
		assert_state(id, cases[i].becomes);
	}
	leave(&self, NOW);
}

static void
many_rows_go_back_batch_by_batch(void **state)
{
	static const int counts[] = {0, 1, 255, 256, 257, 300, 512};
	struct rescue self = join(NOW);
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		ghost(DEAD, host, NOW);
		assert_int_equal(db_begin(db, &err), 0);
		for (int n = 0; n < counts[i]; n++)
			(void)row(DEAD, "digest", n % 3 ? "leased" : "started");
		assert_int_equal(db_commit(db, &err), 0);
		assert_int_equal(dead(&self, NOW), counts[i]);
		assert_int_equal(house_value(db, OWNED), 0);
		assert_int_equal(house_value(db, WORKERS), 1);
		assert_int_equal(
		    house_value(db, "SELECT count(*) FROM outbox"), counts[i]);
		assert_int_equal(
		    db_run(db, "DELETE FROM outbox", DB_NO_ARGS, &err), 0);
	}
	leave(&self, NOW);
}

/* However old its heartbeat is: a stopped process is not a dead one. */
static void
one_of_this_host_lives_as_long_as_its_lock(void **state)
{
	struct rescue self = join(NOW);
	struct err err = ERR_INIT;
	int64_t id = row(DEAD, "digest", "leased");
	int ready[2];
	char byte;
	pid_t pid;
	int fd;

	(void)state;
	ghost(DEAD, host, NOW - 999999);
	/* held by another descriptor */
	fd = lock_take(locks, lock_slot(DEAD), &err);
	assert_true(fd >= 0);
	assert_int_equal(dead(&self, NOW), 0);
	assert_state(id, "leased");
	close(fd);
	/* held by another process */
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (lock_take(locks, lock_slot(DEAD), &err) < 0 ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	assert_int_equal(dead(&self, NOW), 0);
	assert_state(id, "leased");
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(dead(&self, NOW), 1);
	assert_state(id, "queued");
	leave(&self, NOW);
}

static void
one_of_another_host_lives_by_its_heartbeat(void **state)
{
	static const struct {
		int64_t silent;
		bool dead;
	} cases[] = {{0, false}, {WORKER_BEAT, false}, {WORKER_LEASE, false},
	    {WORKER_LEASE + 1, true}, {WORKER_LEASE * 100, true},
	    /* a clock that goes behind */
	    {-1, false}, {-1000, false}};
	struct rescue self = join(NOW);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;
		int64_t id;

		ghost(DEAD, "elsewhere.example", NOW - cases[i].silent);
		id = row(DEAD, "digest", "leased");
		assert_int_equal(dead(&self, NOW), cases[i].dead);
		assert_state(id, cases[i].dead ? "queued" : "leased");
		(void)worker_remove(db, DEAD, &err);
		assert_int_equal(
		    db_run(db, "DELETE FROM outbox", DB_NO_ARGS, &err), 0);
	}
	leave(&self, NOW);
}

/* Right after our clock has jumped, theirs may be right; who is of this host
 * has a lock to tell by. */
static void
nobody_afar_is_dead_by_a_clock_that_jumped(void **state)
{
	struct rescue self = join(NOW);
	struct err err = ERR_INIT;
	int64_t id;

	(void)state;
	ghost(DEAD, "elsewhere.example", NOW);
	id = row(DEAD, "digest", "leased");
	self.unsure = true;
	assert_int_equal(dead(&self, NOW + 86400), 0);
	assert_state(id, "leased");
	/* by the next beat it is seen to live */
	assert_int_equal(worker_beat(db, DEAD, NOW + 86404, &err), 1);
	self.unsure = false;
	assert_int_equal(dead(&self, NOW + 86405), 0);
	assert_int_equal(worker_remove(db, DEAD, &err), 0);
	ghost(DEAD, host, NOW + 86405);
	self.unsure = true;
	assert_int_equal(dead(&self, NOW + 86405), 1);
	assert_state(id, "queued");
	leave(&self, NOW);
}

static void
the_heart_beats_every_few_seconds(void **state)
{
	static const struct {
		int64_t at;
		int64_t written;
	} cases[] = {{NOW, NOW}, {NOW + WORKER_BEAT - 1, NOW},
	    {NOW + WORKER_BEAT, NOW + WORKER_BEAT},
	    {NOW + WORKER_BEAT + 1, NOW + WORKER_BEAT}, {NOW + 100, NOW + 100},
	    /* a clock that was set back */
	    {NOW - 50, NOW - 50}, {NOW - 46, NOW - 50}, {NOW - 45, NOW - 45}};
	struct rescue self = join(NOW);

	(void)state;
	(void)row(self.self.uuid, "digest", "leased");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(rescue_beat(&self, db, cases[i].at, &err), 0);
		assert_int_equal(
		    house_value(db, "SELECT heartbeat FROM worker"),
		    cases[i].written);
	}
	leave(&self, NOW);
}

/* Holding nothing, or what is others', it beats slowly; rows of its own in
 * whatever state make it beat at the next look. */
static void
who_holds_nothing_beats_slowly(void **state)
{
	static const struct {
		const char *row; /* its state, from then on */
		bool own;
		int64_t at;
		int64_t written;
	} cases[] = {
	    {NULL, true, NOW + WORKER_BEAT, NOW},
	    {NULL, true, NOW + WORKER_IDLE_BEAT - 1, NOW},
	    {NULL, true, NOW + WORKER_IDLE_BEAT, NOW + WORKER_IDLE_BEAT},
	    {NULL, true, NOW + 30, NOW + 20},
	    {"leased", false, NOW + 31, NOW + 20},
	    {"leased", true, NOW + 32, NOW + 32},
	    {NULL, true, NOW + 33, NOW + 32},
	    {NULL, true, NOW + 37, NOW + 37},
	    /* a clock that was set back */
	    {NULL, true, NOW - 50, NOW - 50},
	};
	struct rescue self = join(NOW);

	(void)state;
	_Static_assert(WORKER_IDLE_BEAT < WORKER_LEASE, "or it dies of it");
	_Static_assert(WORKER_BEAT == 5 && WORKER_IDLE_BEAT == 20, "as above");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;

		if (cases[i].row != NULL) {
			(void)row(cases[i].own ? self.self.uuid : DEAD,
			    "digest", cases[i].row);
		}
		assert_int_equal(rescue_beat(&self, db, cases[i].at, &err), 0);
		assert_int_equal(
		    house_value(db, "SELECT heartbeat FROM worker"),
		    cases[i].written);
	}
	leave(&self, NOW);
}

/* It looks, though it would not write yet. */
static void
who_is_idle_and_forgotten_finds_out_soon(void **state)
{
	struct rescue self = join(NOW);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(worker_remove(db, self.self.uuid, &err), 0);
	assert_int_equal(rescue_beat(&self, db, NOW + WORKER_BEAT, &err), 1);
	assert_int_equal(house_value(db, WORKERS), 1);
	leave(&self, NOW);
}

/* Its rows are others' by then. */
static void
who_was_taken_for_dead_joins_anew(void **state)
{
	struct rescue self = join(NOW);
	struct worker before = self.self;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(worker_remove(db, before.uuid, &err), 0);
	assert_int_equal(rescue_beat(&self, db, NOW + 4, &err), 0);
	assert_int_equal(rescue_beat(&self, db, NOW + 60, &err), 1);
	assert_string_not_equal(self.self.uuid, before.uuid);
	assert_int_equal(house_value(db, WORKERS), 1);
	assert_int_equal(
	    house_value(db, "SELECT heartbeat FROM worker"), NOW + 60);
	assert_int_equal(lock_held(locks, lock_slot(self.self.uuid), &err), 1);
	assert_int_equal(lock_held(locks, lock_slot(before.uuid), &err), 0);
	assert_int_equal(rescue_beat(&self, db, NOW + 65, &err), 0);
	leave(&self, NOW);
}

/* Busy is not dead: nothing is lost by asking again. */
static void
a_busy_database_is_asked_again(void **state)
{
	struct rescue self = join(NOW);
	struct worker before = self.self;
	struct db *other = press_db(&press);
	struct err err = ERR_INIT;
	int64_t id = row(DEAD, "digest", "leased");

	(void)state;
	ghost(DEAD, host, NOW);
	assert_int_equal(db_begin(other, &err), 0);
	assert_int_equal(rescue_beat(&self, db, NOW + 60, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	err = ERR_INIT;
	assert_int_equal(rescue_dead(&self, db, NOW + 60, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	db_rollback(other);
	assert_int_equal(rescue_beat(&self, db, NOW + 60, &err), 0);
	assert_string_equal(self.self.uuid, before.uuid);
	assert_int_equal(dead(&self, NOW + 60), 1);
	assert_state(id, "queued");
	leave(&self, NOW);
	db_close(other);
}

static void
who_leaves_gives_back_what_it_had(void **state)
{
	struct rescue self = join(NOW);
	int64_t leased = row(self.self.uuid, "digest", "leased");
	int64_t started = row(self.self.uuid, "digest", "started");

	(void)state;
	leave(&self, NOW + 1);
	assert_state(leased, "queued");
	assert_state(started, "deferred");
	assert_int_equal(house_value(db, OWNED), 0);
	assert_int_equal(house_value(db, WORKERS), 0);
}

/* However many live, the dead one is found. */
static void
the_dead_are_found_among_many(void **state)
{
	struct rescue self = join(NOW);
	int64_t id = row(DEAD, "digest", "leased");
	char uuid[UUID_SIZE];

	(void)state;
	for (int i = 0; i < 100; i++) {
		uuid_new(uuid);
		ghost(uuid, "elsewhere.example", NOW);
	}
	ghost(DEAD, host, NOW);
	assert_int_equal(dead(&self, NOW), 1);
	assert_state(id, "queued");
	/* and when they all are: with time, every one */
	for (int i = 0; i < 10; i++)
		(void)dead(&self, NOW + 999);
	assert_int_equal(house_value(db, WORKERS), 1);
	leave(&self, NOW);
}

/* Two that look at once: each row goes back once. */
static void
two_rescuers_take_back_once(void **state)
{
	struct rescue self = join(NOW);
	struct rescue other = join(NOW);
	int64_t id = row(DEAD, "digest", "started");

	(void)state;
	ghost(DEAD, host, NOW);
	assert_int_equal(dead(&other, NOW), 1);
	assert_int_equal(dead(&self, NOW), 0);
	assert_state(id, "deferred");
	assert_int_equal(house_value(db, "SELECT uncertain FROM outbox"), 1);
	leave(&self, NOW);
	leave(&other, NOW);
}

/* ---- a message that workers die of */

/* A worker that had the row in hand has died. */
static void
died_with(struct rescue *self, int64_t id)
{
	ghost(DEAD, host, NOW);
	mailroom_put(db, id, OUTBOX_LEASED, DEAD);
	assert_int_equal(dead(self, NOW + 7), 1);
}

static void
who_kills_again_and_again_is_given_up(void **state)
{
	static const struct {
		enum outbox_state state;
		const char *pace;
		int64_t faults;
	} after[OUTBOX_FAULTS] = {
	    {OUTBOX_QUEUED, "", 1},
	    {OUTBOX_QUEUED, OUTBOX_SUSPECT, 2},
	    {OUTBOX_QUEUED, OUTBOX_SUSPECT, 3},
	    {OUTBOX_QUEUED, OUTBOX_SUSPECT, 4},
	    {OUTBOX_FAILED, OUTBOX_SUSPECT, 5},
	};
	struct rescue self = join(NOW);
	int64_t id = mailroom_confirm(db, &reader);

	(void)state;
	for (int i = 0; i < OUTBOX_FAULTS; i++) {
		struct outbox found;

		died_with(&self, id);
		found = mailroom_get(db, id);
		assert_int_equal(found.state, after[i].state);
		assert_string_equal(found.pace, after[i].pace);
		assert_int_equal(found.faults, after[i].faults);
	}
	assert_int_equal(
	    house_value(db,
		"SELECT count(*) FROM outbox WHERE state = 'failed'"
		" AND finished = 1764000007 AND attempts = 0 AND relay = ''"
		" AND owner IS NULL AND reply_text = 'the worker died 5 times"
		" while it had this message in hand'"),
	    1);
	/* it is not the reader's fault */
	assert_int_equal(house_value(db, "SELECT count(*) FROM subscription"
					 " WHERE state = 'active'"),
	    1);
	leave(&self, NOW);
}

/* One that leaves by itself gives back what is as good as before. */
static void
who_leaves_casts_no_doubt(void **state)
{
	struct rescue self = join(NOW);
	int64_t id = mailroom_confirm(db, &reader);

	(void)state;
	for (int i = 0; i < 2 * OUTBOX_FAULTS; i++) {
		struct rescue other = join(NOW);

		mailroom_put(db, id, OUTBOX_LEASED, other.self.uuid);
		leave(&other, NOW);
		mailroom_state(db, id, OUTBOX_QUEUED);
		assert_int_equal(mailroom_get(db, id).faults, 0);
		assert_string_equal(mailroom_get(db, id).pace, "");
	}
	leave(&self, NOW);
}

static void
a_start_clears_it(void **state)
{
	struct rescue self = join(NOW);
	int64_t id = mailroom_confirm(db, &reader);
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct outbox taken;

		for (int n = 0; n < OUTBOX_FAULTS - 1; n++)
			died_with(&self, id);
		assert_int_equal(
		    mailroom_claim(db, ME, 0, OUTBOX_SUSPECT, &taken, 1), 1);
		assert_int_equal(
		    outbox_move(db, &taken, OUTBOX_START, NULL, NOW, &err), 1);
		assert_int_equal(mailroom_get(db, id).faults, 0);
		assert_string_equal(mailroom_get(db, id).pace, "");
	}
	leave(&self, NOW);
}

/* A fault of composing and a death are both ours. */
static void
faults_of_all_kinds_add_up(void **state)
{
	const struct outbox_note fault = {
	    .due = NOW, .fault = true, .relay = "", .status = "", .text = "x"};
	struct rescue self = join(NOW);
	int64_t id = mailroom_confirm(db, &reader);
	struct outbox taken;
	struct err err = ERR_INIT;

	(void)state;
	mailroom_put(db, id, OUTBOX_LEASED, ME);
	taken = mailroom_get(db, id);
	assert_int_equal(
	    outbox_move(db, &taken, OUTBOX_DEFER, &fault, NOW, &err), 1);
	died_with(&self, id);
	assert_string_equal(mailroom_get(db, id).pace, OUTBOX_SUSPECT);
	assert_int_equal(mailroom_get(db, id).faults, 2);
	leave(&self, NOW);
}

/* A worker as flow/deliver is one: suspects alone, the others eight at a time;
 * it dies of the poison. Returns true where it lived. */
static bool
work(int64_t poison)
{
	struct outbox_queue at = {.issue_id = -1};
	struct outbox rows[8];
	struct err err = ERR_INIT;
	int n;

	n = mailroom_claim(db, DEAD, 0, OUTBOX_SUSPECT, rows, 1);
	if (n == 0 && outbox_queue_next(db, &at, &err) == 1)
		n = mailroom_claim(db, DEAD, at.issue_id, at.pace, rows, 8);
	for (int i = 0; i < n; i++) {
		if (rows[i].id == poison)
			return false;
		assert_int_equal(
		    outbox_move(db, &rows[i], OUTBOX_START, NULL, NOW, &err),
		    1);
		assert_int_equal(
		    outbox_move(db, &rows[i], OUTBOX_ACCEPT, NULL, NOW, &err),
		    1);
	}
	return true;
}

/* Wherever in the queue it stands: it takes five workers with it, and every
 * other message goes out. */
static void
poison_stops_nothing(void **state)
{
	(void)state;
	for (int place = 0; place < 20; place++) {
		struct rescue self = join(NOW);
		struct err err = ERR_INIT;
		int64_t poison = 0;
		int deaths = 0;

		for (int i = 0; i < 20; i++) {
			int64_t id = mailroom_confirm(db, &reader);

			poison = i == place ? id : poison;
		}
		for (int turn = 0; turn < 60; turn++) {
			ghost(DEAD, host, NOW);
			deaths += !work(poison);
			(void)dead(&self, NOW);
		}
		assert_int_equal(deaths, OUTBOX_FAULTS);
		mailroom_state(db, poison, OUTBOX_FAILED);
		assert_int_equal(house_value(db, "SELECT count(*) FROM outbox"
						 " WHERE state = 'sent'"),
		    19);
		assert_int_equal(
		    db_run(db, "DELETE FROM outbox", DB_NO_ARGS, &err), 0);
		leave(&self, NOW);
	}
}

/* One that kills while it is being sent goes on at once a few times, since
 * most deaths are nobody's message's fault, and then with waits. */
static void
one_that_is_lost_often_has_to_wait(void **state)
{
	static const struct {
		int64_t attempts;
		bool at_once;
	} cases[] = {{1, true}, {2, true}, {4, true}, {5, false}, {50, false}};
	struct rescue self = join(NOW);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t id = mailroom_confirm(db, &reader);
		struct err err = ERR_INIT;
		int64_t due;

		ghost(DEAD, host, NOW);
		mailroom_put(db, id, OUTBOX_STARTED, DEAD);
		assert_int_equal(
		    db_run(db, "UPDATE outbox SET attempts = ?2 WHERE id = ?1",
			DB_ARGS(db_int(id), db_int(cases[i].attempts)), &err),
		    0);
		assert_int_equal(dead(&self, NOW), 1);
		mailroom_state(db, id, OUTBOX_DEFERRED);
		due = house_value(db, "SELECT due FROM outbox");
		assert_int_equal(due == NOW, cases[i].at_once);
		assert_true(due <= NOW + OUTBOX_WAIT_MAX);
		assert_int_equal(
		    db_run(db, "DELETE FROM outbox", DB_NO_ARGS, &err), 0);
	}
	leave(&self, NOW);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(who_joins_is_known_and_holds_its_lock),
	    TEST(what_a_dead_one_had_goes_back),
	    TEST(what_had_started_follows_the_policy),
	    TEST(who_left_meanwhile_gets_no_second_try),
	    TEST(many_rows_go_back_batch_by_batch),
	    TEST(one_of_this_host_lives_as_long_as_its_lock),
	    TEST(one_of_another_host_lives_by_its_heartbeat),
	    TEST(nobody_afar_is_dead_by_a_clock_that_jumped),
	    TEST(the_heart_beats_every_few_seconds),
	    TEST(who_holds_nothing_beats_slowly),
	    TEST(who_is_idle_and_forgotten_finds_out_soon),
	    TEST(who_was_taken_for_dead_joins_anew),
	    TEST(a_busy_database_is_asked_again),
	    TEST(who_leaves_gives_back_what_it_had),
	    TEST(the_dead_are_found_among_many),
	    TEST(two_rescuers_take_back_once),
	    TEST(who_kills_again_and_again_is_given_up),
	    TEST(who_leaves_casts_no_doubt),
	    TEST(a_start_clears_it),
	    TEST(faults_of_all_kinds_add_up),
	    TEST(poison_stops_nothing),
	    TEST(one_that_is_lost_often_has_to_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
