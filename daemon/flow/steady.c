/* SPDX-License-Identifier: ISC */
#include "flow/steady.h"

#include "base/log.h"
#include "base/str.h"
#include "flow/notice.h"
#include "model/trouble.h"

#include <stddef.h>

#define SECOND INT64_C(1000)

/* Each jump begins the time anew in which the clock is to go evenly. What goes
 * by the first of them: digests wait no longer for a clock that goes on
 * jumping, and somebody is told of that one. */
static void
jumped(struct steady *steady, int64_t mono_ms)
{
	if (steady->until_ms == 0) {
		steady->held = true;
		steady->most_ms = mono_ms + STEADY_MOST * SECOND;
		steady->quiet_ms = mono_ms + NOTICE_AFTER * SECOND;
	}
	steady->until_ms = mono_ms + TROUBLE_STEADY * SECOND;
}

int
steady_begin(struct steady *steady, struct clock_pair look, struct db *db,
    struct err *err)
{
	struct trouble left = {.scope = TROUBLE_CLOCK};
	int found = trouble_find(db, &left, err);

	*steady = (struct steady){.until_ms = 0};
	(void)clock_jump(&steady->watch, look, STEADY_JUMP_MS);
	if (found == 1)
		jumped(steady, look.mono_ms);
	return found < 0 ? -1 : 0;
}

/* What is over by now. */
static bool
pass_time(struct steady *steady, int64_t mono_ms)
{
	bool was_held = steady->held;

	if (steady->until_ms != 0 && mono_ms >= steady->until_ms) {
		log_line(LOG_INFO, "clock", "state=steady");
		steady->until_ms = 0;
		steady->owed = true;
	}
	steady->held =
	    was_held && steady->until_ms != 0 && mono_ms < steady->most_ms;
	if (mono_ms >= steady->quiet_ms)
		steady->quiet_ms = 0;
	return was_held && !steady->held;
}

bool
steady_look(struct steady *steady, struct clock_pair look)
{
	int64_t jump = clock_jump(&steady->watch, look, STEADY_JUMP_MS);

	if (jump == 0)
		return pass_time(steady, look.mono_ms);
	log_line(LOG_WARN, "clock", "jumped_by=%lld", (long long)jump / 1000);
	steady->jump_ms = jump;
	steady->owed = true;
	jumped(steady, look.mono_ms);
	(void)pass_time(steady, look.mono_ms);
	return true;
}

bool
steady_held(const struct steady *steady)
{
	return steady != NULL && steady->held;
}

bool
steady_quiet(const struct steady *steady)
{
	return steady != NULL && steady->quiet_ms != 0;
}

/* "3 h": in the largest unit of which it is two or more, rounded. */
static void
add_span(struct str *out, int64_t s)
{
	static const struct {
		int64_t s;
		const char *name;
	} units[] = {{86400, "days"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	size_t i = 0;

	while (i < 3 && s / units[i].s < 2)
		i++;
	str_addf(out, "%lld %s", (long long)((s + units[i].s / 2) / units[i].s),
	    units[i].name);
}

static void
put_words(struct trouble *out, int64_t jump_ms)
{
	int64_t s = jump_ms / 1000;
	struct str text;

	str_init(&text, sizeof(out->error));
	str_addf(&text, "it went %s by ", s < 0 ? "back" : "forward");
	add_span(&text, s < 0 ? -s : s);
	str_addf(&text,
	    ": digests wait until it has gone evenly for %d seconds, %d "
	    "at most",
	    TROUBLE_STEADY, STEADY_MOST);
	str_cut(out->error, sizeof(out->error), text.data);
	str_release(&text);
}

/* Within the transaction. */
static int
note(const struct steady *steady, struct db *db, int64_t now, struct err *err)
{
	struct trouble trouble = {.scope = TROUBLE_CLOCK};

	if (steady->until_ms == 0) {
		return trouble_over(db, trouble.scope, trouble.name, err) < 0
			   ? -1
			   : 0;
	}
	put_words(&trouble, steady->jump_ms);
	return trouble_failed(db, &trouble, now, err);
}

int
steady_note(struct steady *steady, struct db *db, int64_t now, struct err *err)
{
	if (!steady->owed)
		return 0;
	if (db_begin(db, err) != 0)
		return -1;
	if (note(steady, db, now, err) != 0 || db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	steady->owed = false;
	return 0;
}
