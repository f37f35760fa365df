/* SPDX-License-Identifier: ISC */
#include "mail/template_sentence.h"

#include "text/message_file.h"
#include "text/message_keys.h"

#include <string.h>

#define SENTENCE_MAX ((size_t)64 * 1024)

static const struct message_key *
find(const char *key)
{
	for (size_t i = 0; i < message_keys.count; i++) {
		if (str_eq(message_keys.rows[i].key, key))
			return &message_keys.rows[i];
	}
	return NULL;
}

/* An argument that nobody gives stays in its braces. */
static bool
has_arguments(const struct messages *messages, const struct message_key *row)
{
	struct str sentence;
	bool found;

	if (messages == NULL)
		return row->args != NULL && row->args[0] != '\0';
	str_init(&sentence, SENTENCE_MAX);
	message_add(&sentence, messages, row->key, NULL);
	found = strchr(sentence.data, '{') != NULL;
	str_release(&sentence);
	return found;
}

static int
unknown(const char *key, struct err *err)
{
	const char *near = message_file_near(key);

	if (near == NULL) {
		return err_set(
		    err, ERR_CONFIG, "no sentence '%s' in messages", key);
	}
	return err_set(err, ERR_CONFIG,
	    "no sentence '%s' in messages: did you mean '%s'?", key, near);
}

int
template_sentence_check(const struct messages *messages, const char *key,
    bool counts, struct err *err)
{
	const struct message_key *row = find(key);

	if (row == NULL)
		return unknown(key, err);
	if (row->counts != counts) {
		return err_set(err, ERR_CONFIG,
		    counts ? "sentence '%s' does not count: write {{t:%s}}"
			   : "sentence '%s' counts: write "
			     "{{number|plural:%s}}",
		    key, key);
	}
	if (!counts && has_arguments(messages, row)) {
		return err_set(err, ERR_CONFIG,
		    "sentence '%s' has arguments, which only the program can "
		    "give",
		    key);
	}
	return 0;
}

static int
check_before_use(const struct messages *messages, const char *key, bool counts,
    struct err *err)
{
	if (messages == NULL) {
		return err_set(err, ERR_CONFIG,
		    "no catalogue 'messages' was found to take the sentence "
		    "'%s' from",
		    key);
	}
	return template_sentence_check(messages, key, counts, err);
}

int
template_sentence_add(struct str *out, const struct messages *messages,
    const char *key, struct err *err)
{
	if (check_before_use(messages, key, false, err) != 0)
		return -1;
	message_add(out, messages, key, NULL);
	return 0;
}

int
template_sentence_count(struct str *out, const struct messages *messages,
    const struct template_sentence_of *of, struct err *err)
{
	if (check_before_use(messages, of->key, true, err) != 0)
		return -1;
	message_add_count(out, messages, of->key, of->number, of->digits);
	return 0;
}
