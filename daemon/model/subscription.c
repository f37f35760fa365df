/* SPDX-License-Identifier: ISC */
#include "model/subscription.h"

#include "base/confwords.h"
#include "base/str.h"

#define READ                                                                   \
	"SELECT id, uuid, list_id, subscriber_id, state, every, created,"      \
	" changed, address, digits, format FROM reader"

static const char SQL_ADD[] =
    "INSERT INTO subscription"
    " (uuid, list_id, subscriber_id, state, every, created, changed)"
    " VALUES (?1, ?2, ?3, 'pending', NULL, ?4, ?4)"
    " ON CONFLICT (list_id, subscriber_id) DO NOTHING";
static const char SQL_OF[] = READ " WHERE list_id = ?1 AND subscriber_id = ?2";
static const char SQL_GET[] = READ " WHERE id = ?1";
static const char SQL_FIND_UUID[] = READ " WHERE uuid = ?1";
static const char SQL_OF_LIST[] = READ " WHERE list_id = ?1 ORDER BY id";
static const char SQL_OF_SUBSCRIBER[] =
    READ " WHERE subscriber_id = ?1 ORDER BY id";
static const char SQL_MOVE[] =
    "UPDATE subscription SET state = ?3, changed = ?4"
    " WHERE id = ?1 AND state = ?2";
static const char SQL_EVERY[] =
    "UPDATE subscription SET every = ?2, changed = ?3 WHERE id = ?1";
static const char SQL_TASTE[] =
    "UPDATE subscription SET every = ?2, digits = ?3, format = ?4"
    " WHERE id = ?1";
static const char SQL_TASTES[] =
    "SELECT digits, format, count(*) FROM audience_taste"
    " WHERE list_id = ?1 AND every = ?2"
    " GROUP BY digits, format ORDER BY digits, format";
static const char SQL_AUDIENCE[] =
    "SELECT count(*) FROM audience WHERE list_id = ?1 AND every = ?2";
static const char SQL_IN_STATE[] =
    "SELECT count(*) FROM subscription WHERE state = ?1";

static const char *const names[SUBSCRIPTION_STATES] = {
    [SUBSCRIPTION_PENDING] = "pending",
    [SUBSCRIPTION_ACTIVE] = "active",
    [SUBSCRIPTION_LEFT] = "left",
    [SUBSCRIPTION_BOUNCED] = "bounced",
    [SUBSCRIPTION_COMPLAINED] = "complained",
};

static const char *const formats[SUBSCRIPTION_FORMATS] = {
    [SUBSCRIPTION_HTML] = "html",
    [SUBSCRIPTION_TEXT] = "text",
};

/* clang-format off */
#define NO   (-1)
#define PEND SUBSCRIPTION_PENDING
#define ACTI SUBSCRIPTION_ACTIVE
#define LEFT SUBSCRIPTION_LEFT
#define BOUN SUBSCRIPTION_BOUNCED
#define COMP SUBSCRIPTION_COMPLAINED
/* The whole life of a subscription: next[state][event], NO where forbidden.
 * Who left or complained comes back by their own tap alone: ASK, CONFIRM. */
static const int next[SUBSCRIPTION_STATES][SUBSCRIPTION_EVENTS] = {
	/*                             ASK   CONFIRM ADD   LEAVE BOUNCE COMPLAIN */
	[SUBSCRIPTION_PENDING]    = { PEND, ACTI,   ACTI, LEFT, BOUN,  COMP },
	[SUBSCRIPTION_ACTIVE]     = { ACTI, ACTI,   ACTI, LEFT, BOUN,  COMP },
	[SUBSCRIPTION_LEFT]       = { PEND, NO,     NO,   LEFT, LEFT,  COMP },
	[SUBSCRIPTION_BOUNCED]    = { PEND, NO,     ACTI, LEFT, BOUN,  COMP },
	[SUBSCRIPTION_COMPLAINED] = { PEND, NO,     NO,   COMP, COMP,  COMP },
};
/* clang-format on */

const char *
subscription_state_name(enum subscription_state state)
{
	return names[state];
}

const char *
subscription_format_name(enum subscription_format format)
{
	return formats[format];
}

bool
subscription_format_parse(enum subscription_format *out, const char *name)
{
	for (int i = 0; i < SUBSCRIPTION_FORMATS; i++) {
		if (!str_eq(formats[i], name))
			continue;
		*out = (enum subscription_format)i;
		return true;
	}
	return false;
}

static enum subscription_state
state_of(const struct db_row *row, int col)
{
	for (int i = 0; i < SUBSCRIPTION_STATES; i++) {
		if (str_eq(names[i], db_row_text(row, col)))
			return (enum subscription_state)i;
	}
	db_row_odd(row, col);
	return SUBSCRIPTION_LEFT;
}

static int
digits_of(const struct db_row *row, int col)
{
	const char *word = db_row_text(row, col);
	int at = confwords_find(confwords_digits, word);

	if (at < 0 && word[0] != '\0')
		db_row_odd(row, col);
	return at + 1;
}

/* "" where none was ever chosen. */
static enum subscription_format
format_of(const struct db_row *row, int col)
{
	enum subscription_format format = SUBSCRIPTION_HTML;
	const char *word = db_row_text(row, col);

	if (word[0] != '\0' && !subscription_format_parse(&format, word))
		db_row_odd(row, col);
	return format;
}

static int
read_row(const struct db_row *row, void *arg)
{
	struct subscription *out = arg;
	enum list_every every;

	*out = (struct subscription){.id = db_row_int(row, 0)};
	db_row_copy(row, 1, out->uuid, sizeof(out->uuid));
	out->list_id = db_row_int(row, 2);
	out->subscriber_id = db_row_int(row, 3);
	out->state = state_of(row, 4);
	out->every =
	    list_every_parse(&every, db_row_text(row, 5)) ? (int)every : -1;
	out->created = db_row_int(row, 6);
	out->changed = db_row_int(row, 7);
	db_row_copy(row, 8, out->address, sizeof(out->address));
	out->digits = digits_of(row, 9);
	out->format = format_of(row, 10);
	return 0;
}

int
subscription_ensure(struct db *db, struct subscription *out, int64_t list_id,
    int64_t subscriber_id, int64_t now, struct err *err)
{
	char uuid[UUID_SIZE];
	int made;

	uuid_new(uuid);
	if (db_run(db, SQL_ADD,
		DB_ARGS(db_text(uuid), db_int(list_id), db_int(subscriber_id),
		    db_int(now)),
		err) != 0)
		return -1;
	made = db_changes(db) > 0;
	if (db_each(db, SQL_OF, DB_ARGS(db_int(list_id), db_int(subscriber_id)),
		read_row, out, err) < 0)
		return -1;
	return made;
}

int
subscription_get(
    struct db *db, int64_t id, struct subscription *out, struct err *err)
{
	return db_each(db, SQL_GET, DB_ARGS(db_int(id)), read_row, out, err);
}

int
subscription_find_uuid(
    struct db *db, const char *uuid, struct subscription *out, struct err *err)
{
	return db_each(
	    db, SQL_FIND_UUID, DB_ARGS(db_text(uuid)), read_row, out, err);
}

int
subscription_find(struct db *db, int64_t list_id, int64_t subscriber_id,
    struct subscription *out, struct err *err)
{
	return db_each(db, SQL_OF,
	    DB_ARGS(db_int(list_id), db_int(subscriber_id)), read_row, out,
	    err);
}

int
subscription_move(struct db *db, struct subscription *sub,
    enum subscription_event event, int64_t now, struct err *err)
{
	int to = next[sub->state][event];

	if (to == NO) {
		return err_set(err, ERR_INPUT,
		    "the state is '%s': only the reader can change that, by "
		    "subscribing again",
		    names[sub->state]);
	}
	if (to == (int)sub->state)
		return 0;
	if (db_run(db, SQL_MOVE,
		DB_ARGS(db_int(sub->id), db_text(names[sub->state]),
		    db_text(names[to]), db_int(now)),
		err) != 0)
		return -1;
	if (db_changes(db) != 1)
		return err_set(err, ERR_TEMP, "the subscription has changed");
	sub->state = (enum subscription_state)to;
	sub->changed = now;
	return 1;
}

int
subscription_set_every(struct db *db, struct subscription *sub, int every,
    int64_t now, struct err *err)
{
	const char *name =
	    every < 0 ? NULL : list_every_name((enum list_every)every);

	if (db_run(db, SQL_EVERY,
		DB_ARGS(db_int(sub->id), db_text(name), db_int(now)), err) != 0)
		return -1;
	sub->every = every;
	sub->changed = now;
	return 0;
}

int
subscription_save_taste(
    struct db *db, const struct subscription *sub, struct err *err)
{
	const char *every = sub->every < 0
				? NULL
				: list_every_name((enum list_every)sub->every);
	const char *digits =
	    sub->digits > 0 ? confwords_digits[sub->digits - 1] : "";

	return db_run(db, SQL_TASTE,
	    DB_ARGS(db_int(sub->id), db_text(every), db_text(digits),
		db_text(formats[sub->format])),
	    err);
}

struct each {
	subscription_fn *fn;
	void *arg;
};

static int
pass_row(const struct db_row *row, void *arg)
{
	const struct each *each = arg;
	struct subscription sub;

	(void)read_row(row, &sub);
	return each->fn(&sub, each->arg);
}

int
subscription_each_of_list(struct db *db, int64_t list_id, subscription_fn *fn,
    void *arg, struct err *err)
{
	struct each each = {fn, arg};
	int rows = db_each(
	    db, SQL_OF_LIST, DB_ARGS(db_int(list_id)), pass_row, &each, err);

	return rows < 0 ? -1 : 0;
}

int
subscription_each_of_subscriber(struct db *db, int64_t subscriber_id,
    subscription_fn *fn, void *arg, struct err *err)
{
	struct each each = {fn, arg};
	int rows = db_each(db, SQL_OF_SUBSCRIBER,
	    DB_ARGS(db_int(subscriber_id)), pass_row, &each, err);

	return rows < 0 ? -1 : 0;
}

struct each_taste {
	subscription_taste_fn *fn;
	void *arg;
};

static int
pass_taste(const struct db_row *row, void *arg)
{
	const struct each_taste *each = arg;
	const struct subscription_taste taste = {.digits = digits_of(row, 0),
	    .format = format_of(row, 1),
	    .readers = db_row_int(row, 2)};

	return each->fn(&taste, each->arg);
}

int
subscription_each_taste(struct db *db, int64_t list_id, enum list_every every,
    subscription_taste_fn *fn, void *arg, struct err *err)
{
	struct each_taste each = {fn, arg};
	int rows = db_each(db, SQL_TASTES,
	    DB_ARGS(db_int(list_id), db_text(list_every_name(every))),
	    pass_taste, &each, err);

	return rows < 0 ? -1 : 0;
}

int
subscription_audience(struct db *db, int64_t list_id, enum list_every every,
    int64_t *out, struct err *err)
{
	int rows = db_value(db, SQL_AUDIENCE,
	    DB_ARGS(db_int(list_id), db_text(list_every_name(every))), out,
	    err);

	return rows < 0 ? -1 : 0;
}

int
subscription_count(
    struct db *db, enum subscription_state state, int64_t *out, struct err *err)
{
	int rows = db_value(
	    db, SQL_IN_STATE, DB_ARGS(db_text(names[state])), out, err);

	return rows < 0 ? -1 : 0;
}
