/* SPDX-License-Identifier: ISC */
#include "mail/template_sentence.h"

#include <string.h>

#define SENTENCE_MAX ((size_t)64 * 1024)

int
template_sentence_check(const struct messages *messages, const char *key,
    bool counts, struct err *err)
{
	struct str sentence;
	int rc = 0;

	if (!message_has(messages, key)) {
		return err_set(
		    err, ERR_CONFIG, "no sentence '%s' in messages", key);
	}
	if (message_counts(key) != counts) {
		return err_set(err, ERR_CONFIG,
		    counts ? "sentence '%s' does not count: {{t:%s}}"
			   : "sentence '%s' counts: {{number|plural:%s}}",
		    key, key);
	}
	if (counts)
		return 0;
	/* An argument that nobody gives stays in its braces. */
	str_init(&sentence, SENTENCE_MAX);
	message_add(&sentence, messages, key, NULL);
	if (strchr(sentence.data, '{') != NULL) {
		rc = err_set(err, ERR_CONFIG,
		    "sentence '%s' has arguments, which only the program can "
		    "give",
		    key);
	}
	str_release(&sentence);
	return rc;
}

int
template_sentence_add(struct str *out, const struct messages *messages,
    const char *key, struct err *err)
{
	if (template_sentence_check(messages, key, false, err) != 0)
		return -1;
	message_add(out, messages, key, NULL);
	return 0;
}
