/* SPDX-License-Identifier: ISC */
#include "model/list.h"

#include "base/codec.h"
#include "base/str.h"
#include "text/point.h"

#include <string.h>

#define LOOK                                                                   \
	"language, digits, months, calendar, date_style, welcome, goodbye,"    \
	" template, color, logo_url, logo_width, logo_height"
#define COLUMNS                                                                \
	"id, name, title, sender, every, unknown_policy, archive, "            \
	"created, " LOOK

static const char SQL_ADD[] =
    "INSERT INTO list (name, title, sender, every, unknown_policy, archive,"
    " " LOOK ", created)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
    " ?15, ?16, ?17, ?18, ?19) ON CONFLICT (name) DO NOTHING";
static const char SQL_SAVE[] =
    "UPDATE list SET title = ?2, sender = ?3, every = ?4, unknown_policy = ?5,"
    " archive = ?6, (" LOOK ") = (?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
    " ?16, ?17, ?18)"
    " WHERE id = ?1";
static const char SQL_FIND[] = "SELECT " COLUMNS " FROM list WHERE name = ?1";
static const char SQL_GET[] = "SELECT " COLUMNS " FROM list WHERE id = ?1";
static const char SQL_EACH[] = "SELECT " COLUMNS " FROM list ORDER BY name";

static const char *const every_names[LIST_EVERIES] = {
    [LIST_INSTANT] = "instant",
    [LIST_DAY] = "day",
    [LIST_WEEK] = "week",
    [LIST_MONTH] = "month",
};

static const char *const unknown_names[] = {
    [LIST_RESEND] = "resend",
    [LIST_HOLD] = "hold",
    [LIST_SKIP] = "skip",
};

static const char *const archive_names[] = {
    [LIST_ARCHIVE_YES] = "yes",
    [LIST_ARCHIVE_NO] = "no",
};

static int
index_of(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(names[i], name))
			return (int)i;
	}
	return -1;
}

const char *
list_every_name(enum list_every every)
{
	return every_names[every];
}

bool
list_every_parse(enum list_every *out, const char *name)
{
	int at = index_of(every_names, LIST_EVERIES, name);

	if (at >= 0)
		*out = (enum list_every)at;
	return at >= 0;
}

const char *
list_unknown_name(enum list_unknown unknown)
{
	return unknown_names[unknown];
}

bool
list_unknown_parse(enum list_unknown *out, const char *name)
{
	int at = index_of(unknown_names, LIST_SKIP + 1, name);

	if (at >= 0)
		*out = (enum list_unknown)at;
	return at >= 0;
}

const char *
list_archive_name(enum list_archive archive)
{
	return archive_names[archive];
}

bool
list_archive_parse(enum list_archive *out, const char *name)
{
	int at = index_of(archive_names, LIST_ARCHIVE_NO + 1, name);

	if (at >= 0)
		*out = (enum list_archive)at;
	return at >= 0;
}

#define FIRST_OF_LOOK 8 /* columns, in the order of its keys */
#define TEXTS         (LIST_LOOK_KEYS - 2) /* before the logo's size */

static void
read_look(const struct db_row *row, struct list_look *out)
{
	for (size_t i = 0; list_look_key(i) != NULL; i++) {
		struct err ignored = ERR_INIT;
		const char *value = db_row_text(row, FIRST_OF_LOOK + (int)i);

		/* A number that is none is stored as 0. */
		if (i >= TEXTS && str_eq(value, "0"))
			value = "";
		if (list_look_set(out, list_look_key(i), value, &ignored) != 0)
			db_row_odd(row, FIRST_OF_LOOK + (int)i);
	}
}

static int
read_row(const struct db_row *row, void *arg)
{
	struct list *out = arg;

	*out = (struct list){.id = db_row_int(row, 0)};
	db_row_copy(row, 1, out->name, sizeof(out->name));
	db_row_copy(row, 2, out->title, sizeof(out->title));
	db_row_copy(row, 3, out->from, sizeof(out->from));
	(void)list_every_parse(&out->every, db_row_text(row, 4));
	(void)list_unknown_parse(&out->unknown, db_row_text(row, 5));
	if (!list_archive_parse(&out->archive, db_row_text(row, 6)))
		db_row_odd(row, 6);
	out->created = db_row_int(row, 7);
	read_look(row, &out->look);
	return 0;
}

/* The name stands in URLs, in List-Id and in shell commands. */
int
list_check_name(const char *name, struct err *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t n = strlen(name);

	if (n == 0 || n >= LIST_NAME_SIZE || strspn(name, letters) != n ||
	    strchr("-_.", name[0]) != NULL || name[n - 1] == '.' ||
	    strstr(name, "..") != NULL) {
		return err_set(err, ERR_INPUT,
		    "list name '%s': use letters, digits, '-', '_' and '.', "
		    "beginning with a letter or a digit",
		    name);
	}
	return 0;
}

int
list_check_title(const char *title, struct err *err)
{
	if (!codec_utf8_ok(title, strlen(title)))
		return err_set(err, ERR_INPUT, "the title is not valid UTF-8");
	if (!point_seen(title))
		return err_set(err, ERR_INPUT, "a list needs a title");
	for (; *title != '\0'; title++) {
		if ((unsigned char)*title < 0x20 || *title == 0x7f) {
			return err_set(err, ERR_INPUT,
			    "the title has a control character in it");
		}
	}
	return 0;
}

static int
check(const struct list *list, struct err *err)
{
	if (list_check_name(list->name, err) != 0 ||
	    list_check_title(list->title, err) != 0)
		return -1;
	return list_look_check(&list->look, err);
}

bool
list_same(const struct list *one, const struct list *other)
{
	return one->id == other->id && str_eq(one->name, other->name) &&
	       str_eq(one->title, other->title) &&
	       str_eq(one->from, other->from) && one->every == other->every &&
	       one->unknown == other->unknown &&
	       one->archive == other->archive &&
	       list_look_same(&one->look, &other->look);
}

#define PLAIN  6 /* values before those of the look */
#define VALUES (PLAIN + LIST_LOOK_KEYS)

/* All of a list, in one statement: the first value is its id or its name, and
 * what is added has `created` behind the others. */
static int
write_row(struct db *db, const char *sql, struct db_val first, bool added,
    const struct list *list, struct err *err)
{
	const struct list_look *look = &list->look;
	struct str text[TEXTS];
	struct db_val vals[VALUES + 1] = {first, db_text(list->title),
	    db_text(list->from), db_text(list_every_name(list->every)),
	    db_text(list_unknown_name(list->unknown)),
	    db_text(list_archive_name(list->archive)),
	    [VALUES] = db_int(list->created)};
	const struct db_args args = {vals, added ? VALUES + 1 : VALUES};
	int rc = check(list, err);

	for (size_t i = 0; i < TEXTS; i++) {
		str_init(&text[i], LIST_LOGO_SIZE);
		list_look_value(look, list_look_key(i), &text[i]);
		vals[PLAIN + i] = db_text(text[i].data);
	}
	vals[PLAIN + TEXTS] = db_int(look->logo_width);
	vals[PLAIN + TEXTS + 1] = db_int(look->logo_height);
	if (rc == 0)
		rc = db_run(db, sql, args, err);
	for (size_t i = 0; i < TEXTS; i++)
		str_release(&text[i]);
	return rc;
}

int
list_add(struct db *db, struct list *list, struct err *err)
{
	if (write_row(db, SQL_ADD, db_text(list->name), true, list, err) != 0)
		return -1;
	if (db_changes(db) == 0) {
		return err_set(
		    err, ERR_INPUT, "there is a list '%s' already", list->name);
	}
	list->id = db_last_id(db);
	return 0;
}

int
list_save(struct db *db, const struct list *list, struct err *err)
{
	return write_row(db, SQL_SAVE, db_int(list->id), false, list, err);
}

int
list_find(struct db *db, const char *name, struct list *out, struct err *err)
{
	return db_each(
	    db, SQL_FIND, DB_ARGS(db_text(name)), read_row, out, err);
}

int
list_get(struct db *db, int64_t id, struct list *out, struct err *err)
{
	return db_each(db, SQL_GET, DB_ARGS(db_int(id)), read_row, out, err);
}

int
list_need(struct db *db, const char *name, struct list *out, struct err *err)
{
	int found = list_find(db, name, out, err);

	if (found != 0)
		return found < 0 ? -1 : 0;
	return err_set(err, ERR_NOTFOUND,
	    "no list '%.64s': `nashra list ls` shows what there is", name);
}

struct each {
	list_fn *fn;
	void *arg;
};

static int
pass_row(const struct db_row *row, void *arg)
{
	const struct each *each = arg;
	struct list list;

	(void)read_row(row, &list);
	return each->fn(&list, each->arg);
}

int
list_each(struct db *db, list_fn *fn, void *arg, struct err *err)
{
	struct each each = {fn, arg};

	return db_each(db, SQL_EACH, DB_NO_ARGS, pass_row, &each, err) < 0 ? -1
									   : 0;
}
