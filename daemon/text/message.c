/* SPDX-License-Identifier: ISC */
#include "text/message.h"

#include "text/date.h"
#include "text/message_file.h"
#include "text/message_keys.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CATALOGUE_MAX 262144

struct messages {
	enum conf_language language;
	message_forms *sentence; /* one for each row of message_keys */
};

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
message_check(struct messages **out, const char *text,
    const struct message_file *file, struct err *err)
{
	struct messages *messages = NULL;
	struct str copy;
	char none[1] = "";
	int rc = -1;

	str_init(&copy, CATALOGUE_MAX);
	/* Some editors begin a file with a byte-order mark. */
	str_add(&copy, str_starts(text, "\ufeff") ? text + 3 : text);
	if (copy.bad) {
		(void)err_set(err, ERR_CONFIG,
		    "%s:1: longer than %d bytes, which no catalogue is",
		    file->name, CATALOGUE_MAX);
		goto out;
	}
	messages = make(file->language);
	if (messages == NULL) {
		(void)err_set(err, ERR_SYSTEM, "out of memory");
		goto out;
	}
	/* The data of an empty string is nobody's to write to. */
	rc = message_file_read(
	    messages->sentence, copy.len > 0 ? copy.data : none, file, err);
out:
	str_release(&copy);
	if (rc != 0) {
		message_free(messages);
		return -1;
	}
	*out = messages;
	return 0;
}

int
message_parse(struct messages **out, const char *text, const char *name,
    enum conf_language language, struct err *err)
{
	const struct message_file file = {.name = name, .language = language};

	return message_check(out, text, &file, err);
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
	size_t row = message_file_row(key);

	if (row == message_keys.count ||
	    message_keys.rows[row].counts != counts)
		abort();
	return messages->sentence[row][form];
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
	enum plural form =
	    messages->language == CONF_AR ? plural_ar(count) : plural_en(count);
	struct message_arg args[] = {{"n", NULL}, {NULL, NULL}};
	struct str number;

	str_init(&number, 64);
	date_number(&number, n,
	    messages->language == CONF_AR ? digits : CONF_DIGITS_LATN);
	args[0].value = number.data;
	fill(out, sentence_of(messages, key, true, form), args);
	str_release(&number);
}
