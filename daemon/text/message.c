/* SPDX-License-Identifier: ISC */
#include "text/message.h"

#include "base/codec.h"
#include "text/bidi.h"
#include "text/date.h"
#include "text/message_keys.h"
#include "text/plural.h"

#include <stdlib.h>
#include <string.h>

#define CATALOGUE_MAX 262144
#define SENTENCE_MAX  2048
#define NAME_SIZE     48

/* What a language wants: the rule, the forms that it has, and those of them
 * that say nothing without their number. */
static const struct grammar {
	const char *name;
	enum plural (*rule)(uint64_t n);
	bool has[PLURAL_FORMS];
	bool wants_number[PLURAL_FORMS];
} GRAMMARS[] = {
    [CONF_AR] = {"Arabic", plural_ar, {true, true, true, true, true, true},
	{false, false, false, true, true, true}},
    [CONF_EN] = {"English", plural_en,
	{[PLURAL_ONE] = true, [PLURAL_OTHER] = true}, {[PLURAL_OTHER] = true}},
};

struct messages {
	enum conf_language language;
	/* By row and form; a sentence that does not count is an "other". */
	char *(*sentence)[PLURAL_FORMS];
};

static const struct message_key *
find_row(const char *key)
{
	for (size_t i = 0; i < message_keys.count; i++) {
		if (str_eq(message_keys.rows[i].key, key))
			return &message_keys.rows[i];
	}
	return NULL;
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
	if (row->counts && n == 1 && *name == 'n') {
		*has_number = true;
		return 0;
	}
	if (has_word(row->args, name, n))
		return 0;
	return err_set(err, ERR_CONFIG,
	    "'%s' has no argument {%.*s}; it takes %s%s", row->key,
	    (int)(n < NAME_SIZE ? n : NAME_SIZE), name, row->counts ? "n " : "",
	    *row->args || row->counts ? row->args : "none");
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
			    "'%s' has a brace without its other half",
			    row->key);
		}
		if (check_argument(row, at + 1, n, &has_number, err) != 0)
			return -1;
		at += n + 2;
		at += strcspn(at, "{}");
	}
	if (wants_number && !has_number) {
		return err_set(err, ERR_CONFIG,
		    "'%s' counts, but this form has no {n}", row->key);
	}
	return 0;
}

/* Splits "key.form" and finds both in the tables. */
static int
find_place(const struct message_key **row, enum plural *form,
    const struct grammar *grammar, const char *name, struct err *err)
{
	char key[NAME_SIZE] = "";
	const char *dot = strchr(name, '.');
	int wanted = 0;

	if (str_fit(key, sizeof(key), name) && dot != NULL)
		key[dot - name] = '\0';
	*row = find_row(key);
	if (*row == NULL) {
		return err_set(err, ERR_CONFIG, "no message is called '%s'",
		    *key ? key : name);
	}
	*form = PLURAL_OTHER;
	if (!(*row)->counts && dot != NULL) {
		return err_set(err, ERR_CONFIG,
		    "'%s' does not count, write it without '%s'", key, dot);
	}
	if (!(*row)->counts)
		return 0;
	while (dot != NULL && wanted < PLURAL_FORMS &&
	       !str_eq(plural_name((enum plural)wanted), dot + 1))
		wanted++;
	if (dot == NULL || wanted == PLURAL_FORMS) {
		return err_set(err, ERR_CONFIG,
		    "'%s' counts, write a line per form: %s.one, %s.other ...",
		    key, key, key);
	}
	if (!grammar->has[wanted]) {
		return err_set(err, ERR_CONFIG, "%s has no form '%s'",
		    grammar->name, dot + 1);
	}
	*form = (enum plural)wanted;
	return 0;
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

static int
parse_line(struct messages *messages, char *line, struct err *err)
{
	const struct grammar *grammar = &GRAMMARS[messages->language];
	const struct message_key *row = NULL;
	enum plural form = PLURAL_OTHER;
	struct str sentence;
	char **place;
	char *equals;
	int rc = -1;

	line = trim(line);
	if (*line == '\0' || *line == '#')
		return 0;
	equals = strchr(line, '=');
	if (equals == NULL)
		return err_set(err, ERR_CONFIG, "not \"key = sentence\"");
	*equals = '\0';
	if (find_place(&row, &form, grammar, trim(line), err) != 0)
		return -1;
	str_init(&sentence, SENTENCE_MAX);
	bidi_clean_line(&sentence, equals + 1, strlen(equals + 1));
	place = &messages->sentence[row - message_keys.rows][form];
	if (sentence.bad) {
		(void)err_set(err, ERR_CONFIG, "'%s' is longer than %d bytes",
		    row->key, SENTENCE_MAX);
	} else if (sentence.len == 0) {
		(void)err_set(err, ERR_CONFIG, "'%s' is empty", row->key);
	} else if (*place != NULL) {
		(void)err_set(err, ERR_CONFIG, "'%s' is there twice", line);
	} else if (check_sentence(row, sentence.data,
		       row->counts && grammar->wants_number[form], err) == 0) {
		rc = 0;
	}
	if (rc == 0)
		*place = str_take(&sentence);
	str_release(&sentence);
	return rc;
}

static int
check_complete(
    const struct messages *messages, const char *name, struct err *err)
{
	const struct grammar *grammar = &GRAMMARS[messages->language];

	for (size_t i = 0; i < message_keys.count; i++) {
		for (int form = 0; form < PLURAL_FORMS; form++) {
			bool counts = message_keys.rows[i].counts;
			bool wanted =
			    counts ? grammar->has[form] : form == PLURAL_OTHER;

			if (!wanted || messages->sentence[i][form] != NULL)
				continue;
			return err_set(err, ERR_CONFIG,
			    "%s: message '%s%s%s' is missing", name,
			    message_keys.rows[i].key, counts ? "." : "",
			    counts ? plural_name((enum plural)form) : "");
		}
	}
	return 0;
}

static int
parse_text(
    struct messages *messages, char *text, const char *name, struct err *err)
{
	int number = 1;

	for (char *line = text; line != NULL; number++) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end++ = '\0';
		if (!codec_utf8_ok(line, strlen(line))) {
			return err_set(
			    err, ERR_CONFIG, "%s:%d: not UTF-8", name, number);
		}
		if (parse_line(messages, line, err) != 0)
			return err_wrap(err, "%s:%d", name, number);
		line = end;
	}
	return check_complete(messages, name, err);
}

/* NULL only when there is no memory left. */
static struct messages *
make(enum conf_language language)
{
	struct messages *messages = calloc(1, sizeof(*messages));

	if (messages == NULL)
		return NULL;
	messages->language = language;
	messages->sentence =
	    calloc(message_keys.count, sizeof(*messages->sentence));
	if (messages->sentence == NULL) {
		free(messages);
		return NULL;
	}
	return messages;
}

int
message_parse(struct messages **out, const char *text, const char *name,
    enum conf_language language, struct err *err)
{
	struct messages *messages = NULL;
	struct str copy;
	int rc = -1;

	str_init(&copy, CATALOGUE_MAX);
	/* Some editors begin a file with a byte-order mark. */
	str_add(&copy, str_starts(text, "\ufeff") ? text + 3 : text);
	if (copy.bad) {
		(void)err_set(err, ERR_CONFIG, "%s: longer than %d bytes", name,
		    CATALOGUE_MAX);
		goto out;
	}
	messages = make(language);
	if (messages == NULL) {
		(void)err_set(err, ERR_SYSTEM, "out of memory");
		goto out;
	}
	rc = parse_text(messages, copy.data, name, err);
out:
	str_release(&copy);
	if (rc != 0) {
		message_free(messages);
		return -1;
	}
	*out = messages;
	return 0;
}

void
message_free(struct messages *messages)
{
	if (messages == NULL)
		return;
	for (size_t i = 0; i < message_keys.count; i++) {
		for (int form = 0; form < PLURAL_FORMS; form++)
			free(messages->sentence[i][form]);
	}
	free(messages->sentence);
	free(messages);
}

/* A key that is not in the table, or is used as what it is not, is a fault
 * that the first test of a page meets. */
static const char *
sentence_of(const struct messages *messages, const char *key, bool counts,
    enum plural form)
{
	const struct message_key *row = find_row(key);

	if (row == NULL || row->counts != counts)
		abort();
	return messages->sentence[row - message_keys.rows][form];
}

static const char *
value_of(const struct message_arg *args, const char *name, size_t n)
{
	for (; args != NULL && args->name != NULL; args++) {
		if (strlen(args->name) == n && memcmp(args->name, name, n) == 0)
			return args->value;
	}
	return NULL;
}

/* An argument that was not given stays visible, braces and all. */
static void
fill(struct str *out, const char *sentence, const struct message_arg *args)
{
	while (*sentence != '\0') {
		size_t n = strcspn(sentence, "{");
		const char *value;

		str_add_bytes(out, sentence, n);
		sentence += n;
		if (*sentence == '\0')
			return;
		n = strcspn(sentence, "}") + 1;
		value = value_of(args, sentence + 1, n - 2);
		if (value != NULL) {
			str_add(out, value);
		} else {
			str_add_bytes(out, sentence, n);
		}
		sentence += n;
	}
}

void
message_add(struct str *out, const struct messages *messages, const char *key,
    const struct message_arg *args)
{
	fill(out, sentence_of(messages, key, false, PLURAL_OTHER), args);
}

void
message_add_count(struct str *out, const struct messages *messages,
    const char *key, int64_t n, enum conf_digits digits)
{
	uint64_t count = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	enum plural form = GRAMMARS[messages->language].rule(count);
	struct message_arg args[] = {{"n", NULL}, {NULL, NULL}};
	struct str number;

	str_init(&number, 64);
	date_number(&number, n,
	    messages->language == CONF_AR ? digits : CONF_DIGITS_LATN);
	args[0].value = number.data;
	fill(out, sentence_of(messages, key, true, form), args);
	str_release(&number);
}

bool
message_has(const struct messages *messages, const char *key)
{
	(void)messages; /* loaded, it lacks none of the table's */
	return find_row(key) != NULL;
}

bool
message_counts(const char *key)
{
	const struct message_key *row = find_row(key);

	return row != NULL && row->counts;
}
