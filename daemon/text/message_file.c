/* SPDX-License-Identifier: ISC */
#include "text/message_file.h"

#include "base/codec.h"
#include "base/near.h"
#include "text/bidi.h"
#include "text/message_keys.h"

#include <stdlib.h>
#include <string.h>

#define SENTENCE_MAX 2048
#define NAME_SIZE    48

/* What a language wants: the forms that it has, what each is for, and those of
 * them that say nothing without their number. */
static const struct grammar {
	const char *name;
	const char *counts[PLURAL_FORMS]; /* NULL: there is no such form */
	bool wants_number[PLURAL_FORMS];
} GRAMMARS[] = {
    [CONF_AR] = {"Arabic",
	{"0", "1", "2", "3 to 10, 103 and the like", "11 to 99",
	    "100, 101, 102 and the like"},
	{false, false, false, true, true, true}},
    [CONF_EN] = {"English", {[PLURAL_ONE] = "1", [PLURAL_OTHER] = "all but 1"},
	{[PLURAL_OTHER] = true}},
};

typedef unsigned line_numbers[PLURAL_FORMS];

struct reading {
	const struct message_file *file;
	message_forms *sentence;
	line_numbers
	    *line;       /* where each was said, right or wrong; 0: nowhere */
	unsigned number; /* of the line that is read */
	size_t errors;   /* that were told of */
	struct err *err;
};

size_t
message_file_row(const char *key)
{
	size_t i = 0;

	while (i < message_keys.count && !str_eq(message_keys.rows[i].key, key))
		i++;
	return i;
}

/* After an error in a line: true where it ends the reading; else it has been
 * told of. */
static bool
gives_up(struct reading *r, unsigned line)
{
	const struct message_listener *listener = r->file->listener;

	(void)err_wrap(r->err, "%s:%u", r->file->name, line);
	if (listener == NULL)
		return true;
	listener->error(r->err, listener->arg);
	r->errors++;
	*r->err = ERR_INIT;
	return false;
}

/* True where `name`, of n bytes, is a word of `words`. */
static bool
has_word(const char *words, const char *name, size_t n)
{
	while (*words != '\0') {
		size_t len = strcspn(words, " ");

		if (len == n && memcmp(words, name, n) == 0)
			return true;
		words += len + strspn(words + len, " ");
	}
	return false;
}

static int
check_argument(const struct message_key *row, const char *name, size_t n,
    bool *has_number, struct err *err)
{
	const char *more = row->args;

	if (row->counts && n == 1 && *name == 'n') {
		*has_number = true;
		return 0;
	}
	if (has_word(row->args, name, n))
		return 0;
	if (*more == '\0' && !row->counts)
		more = "none";
	return err_set(err, ERR_CONFIG,
	    "'%s' has no argument {%.*s}; it takes %s%s%s", row->key,
	    (int)(n < NAME_SIZE ? n : NAME_SIZE), name, row->counts ? "n" : "",
	    row->counts && *more ? " " : "", more);
}

/* Braces hold names of arguments and nothing else. */
static int
check_sentence(const struct message_key *row, const char *sentence,
    bool wants_number, struct err *err)
{
	const char *at = sentence + strcspn(sentence, "{}");
	bool has_number = false;

	while (*at != '\0') {
		size_t n = strcspn(at + 1, "{}");

		if (*at == '}' || at[1 + n] != '}') {
			return err_set(err, ERR_CONFIG,
			    "'%s' has a brace without its other half; they "
			    "hold the name of an argument and nothing else",
			    row->key);
		}
		if (check_argument(row, at + 1, n, &has_number, err) != 0)
			return -1;
		at += n + 2;
		at += strcspn(at, "{}");
	}
	if (wants_number && !has_number) {
		return err_set(err, ERR_CONFIG,
		    "'%s' counts, but this form has no {n}: write it where "
		    "the number goes",
		    row->key);
	}
	return 0;
}

const char *
message_file_near(const char *key)
{
	struct near near = {.word = NULL};

	for (size_t i = 0; i < message_keys.count; i++)
		near_try(&near, key, message_keys.rows[i].key);
	return near.word;
}

static int
unknown(const char *key, struct err *err)
{
	const char *near = message_file_near(key);

	if (near != NULL) {
		return err_set(err, ERR_CONFIG,
		    "no message is called '%s': did you mean '%s'?", key, near);
	}
	return err_set(err, ERR_CONFIG,
	    "no message is called '%s', so nothing says it: take the line out",
	    key);
}

/* The form that a name has behind its dot; NULL: it has none. */
static int
find_form(enum plural *form, const struct grammar *grammar,
    const struct message_key *row, const char *dot, struct err *err)
{
	int wanted = 0;

	if (!row->counts && dot != NULL) {
		return err_set(err, ERR_CONFIG,
		    "'%s' does not count, write it without '%s'", row->key,
		    dot);
	}
	*form = PLURAL_OTHER;
	if (!row->counts)
		return 0;
	while (dot != NULL && wanted < PLURAL_FORMS &&
	       !str_eq(plural_name((enum plural)wanted), dot + 1))
		wanted++;
	if (dot == NULL || wanted == PLURAL_FORMS) {
		return err_set(err, ERR_CONFIG,
		    "'%s' counts, write a line per form: %s.one, %s.other ...",
		    row->key, row->key, row->key);
	}
	if (grammar->counts[wanted] == NULL) {
		return err_set(err, ERR_CONFIG,
		    "%s has no form '%s': take the line out", grammar->name,
		    dot + 1);
	}
	*form = (enum plural)wanted;
	return 0;
}

/* Splits "key.form" and finds both in the tables. */
static int
find_place(size_t *row, enum plural *form, const struct grammar *grammar,
    const char *name, struct err *err)
{
	char key[NAME_SIZE] = "";
	const char *dot = strchr(name, '.');

	if (str_fit(key, sizeof(key), name) && dot != NULL)
		key[dot - name] = '\0';
	*row = message_file_row(key);
	if (*row == message_keys.count)
		return unknown(*key ? key : name, err);
	return find_form(form, grammar, &message_keys.rows[*row], dot, err);
}

static char *
trim(char *text)
{
	size_t n;

	text += strspn(text, " \t");
	n = strlen(text);
	while (n > 0 && strchr(" \t\r", text[n - 1]) != NULL)
		n--;
	text[n] = '\0';
	return text;
}

/* What stands behind the '=' of a row and form. */
static int
take_sentence(struct reading *r, size_t row, enum plural form, const char *text)
{
	const struct grammar *grammar = &GRAMMARS[r->file->language];
	const struct message_key *key = &message_keys.rows[row];
	struct str sentence;
	int rc = -1;

	str_init(&sentence, SENTENCE_MAX);
	bidi_clean_line(&sentence, text, strlen(text));
	if (sentence.bad) {
		(void)err_set(r->err, ERR_CONFIG,
		    "'%s' is longer than %d bytes", key->key, SENTENCE_MAX);
	} else if (sentence.len == 0) {
		(void)err_set(r->err, ERR_CONFIG,
		    "'%s' is empty: write the sentence behind the '='",
		    key->key);
	} else {
		rc = check_sentence(key, sentence.data,
		    key->counts && grammar->wants_number[form], r->err);
	}
	if (rc == 0)
		r->sentence[row][form] = str_take(&sentence);
	str_release(&sentence);
	return rc;
}

static int
read_line(struct reading *r, char *line)
{
	enum plural form = PLURAL_OTHER;
	size_t row = 0;
	char *equals;

	if (!codec_utf8_ok(line, strlen(line))) {
		return err_set(
		    r->err, ERR_CONFIG, "not UTF-8: save the file as UTF-8");
	}
	line = trim(line);
	if (*line == '\0' || *line == '#')
		return 0;
	equals = strchr(line, '=');
	if (equals == NULL) {
		return err_set(r->err, ERR_CONFIG,
		    "not \"key = sentence\", and no comment: those begin with "
		    "'#'");
	}
	*equals = '\0';
	line = trim(line);
	if (find_place(
		&row, &form, &GRAMMARS[r->file->language], line, r->err) != 0)
		return -1;
	if (r->line[row][form] != 0) {
		return err_set(r->err, ERR_CONFIG,
		    "'%s' is there twice: take this line out, or line %u", line,
		    r->line[row][form]);
	}
	r->line[row][form] = r->number;
	return take_sentence(r, row, form, equals + 1);
}

/* Where the next form of a row belongs: behind those that it has. */
static unsigned
place_of(const struct reading *r, size_t row)
{
	unsigned line = 0;

	for (int form = 0; form < PLURAL_FORMS; form++) {
		if (r->line[row][form] > line)
			line = r->line[row][form];
	}
	return line > 0 ? line : r->number;
}

static int
check_row(struct reading *r, size_t row)
{
	const struct grammar *grammar = &GRAMMARS[r->file->language];
	const struct message_key *key = &message_keys.rows[row];

	for (int form = 0; form < PLURAL_FORMS; form++) {
		const char *dot = key->counts ? "." : "";
		const char *name =
		    key->counts ? plural_name((enum plural)form) : "";
		bool wanted = key->counts ? grammar->counts[form] != NULL
					  : form == PLURAL_OTHER;

		if (!wanted || r->line[row][form] != 0)
			continue;
		(void)err_set(r->err, ERR_CONFIG,
		    "message '%s%s%s' is missing: write \"%s%s%s = ...\"%s%s",
		    key->key, dot, name, key->key, dot, name,
		    key->counts ? ", for " : "",
		    key->counts ? grammar->counts[form] : "");
		if (gives_up(r, place_of(r, row)))
			return -1;
	}
	return 0;
}

static int
read_all(struct reading *r, char *text)
{
	for (char *line = text; line != NULL;) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end++ = '\0';
		if (*line != '\0' || end != NULL)
			r->number++;
		if (read_line(r, line) != 0 && gives_up(r, r->number))
			return -1;
		line = end;
	}
	for (size_t row = 0; row < message_keys.count; row++) {
		if (check_row(r, row) != 0)
			return -1;
	}
	return 0;
}

int
message_file_read(message_forms *out, char *text,
    const struct message_file *file, struct err *err)
{
	struct reading r = {.file = file, .sentence = out, .err = err};
	int rc;

	r.line = calloc(message_keys.count, sizeof(*r.line));
	if (r.line == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	rc = read_all(&r, text);
	free(r.line);
	if (rc != 0 || r.errors == 0)
		return rc;
	return err_set(err, ERR_CONFIG, "'%s' has %zu error%s", file->name,
	    r.errors, r.errors == 1 ? "" : "s");
}
