/* SPDX-License-Identifier: ISC */
#include "text/message.h"
#include "base/codec.h"
#include "base/str.h"
#include "text/bidi.h"
#include "text/message_file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The shipped catalogue less its last line, which the input replaces, so that
 * what it does to one message decides whether all are taken. */
static const char *
rest(void)
{
	static char text[65536];
	FILE *file;
	size_t n;

	if (text[0] != '\0')
		return text;
	file = fopen("templates/ar/messages", "r");
	if (file == NULL)
		abort();
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	while (n > 0 && text[n - 1] == '\n')
		n--;
	while (n > 0 && text[n - 1] != '\n')
		n--;
	text[n] = '\0';
	return text;
}

struct told {
	size_t count;
	struct err first;
};

static void
tell(const struct err *err, void *arg)
{
	struct told *told = arg;

	if (err->code != ERR_CONFIG || !str_starts(err->msg, "m:"))
		abort();
	if (told->count++ == 0)
		told->first = *err;
}

/* Who asks for all errors is told of the one that ends a reading first, and of
 * none where there is none. */
static void
check_all_errors(const char *text, const struct err *wrong)
{
	struct told told = {.count = 0};
	const struct message_listener listener = {tell, &told};
	const struct message_file file = {"m", CONF_AR, &listener};
	struct messages *messages = NULL;
	struct err err = ERR_INIT;
	int rc = message_check(&messages, text, &file, &err);

	if ((rc == 0) != (wrong == NULL) || (rc == 0) != (told.count == 0) ||
	    (rc == 0) != (messages != NULL))
		abort();
	if (wrong != NULL && !str_eq(told.first.msg, wrong->msg))
		abort();
	message_free(messages);
}

/* A catalogue that is taken has all of its messages, clean and on one line;
 * one that is refused is so for the operator to mend. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const keys[] = {
	    "page_error_prefix", "unsubscribe", "subject", "page_left_text"};
	struct messages *messages = NULL;
	struct err err = ERR_INIT;
	struct str text;
	struct str out;
	struct str clean;

	str_init(&text, 1 << 20);
	str_init(&out, 1 << 20);
	str_init(&clean, 1 << 20);
	str_add(&text, rest());
	if (len > 0 && data[0] % 2 == 0)
		str_add(&text, "page_error_prefix = ");
	str_add_bytes(&text, data, len);
	if (message_parse(&messages, text.data, "m", CONF_AR, &err) != 0) {
		if (err.code != ERR_CONFIG || !str_starts(err.msg, "m:") ||
		    !codec_utf8_ok(err.msg, strlen(err.msg)) ||
		    messages != NULL)
			abort();
		check_all_errors(text.data, &err);
		goto out;
	}
	check_all_errors(text.data, NULL);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		str_reset(&out);
		str_reset(&clean);
		message_add(&out, messages, keys[i], NULL);
		bidi_clean_line(&clean, out.data, out.len);
		if (out.len == 0 || !str_eq(out.data, clean.data))
			abort();
	}
	for (int64_t n = -2; n < 120; n++) {
		str_reset(&out);
		message_add_count(
		    &out, messages, "new_articles", n, CONF_DIGITS_ARAB);
		if (out.len == 0 || strchr(out.data, '{') != NULL)
			abort();
	}
out:
	message_free(messages);
	str_release(&text);
	str_release(&out);
	str_release(&clean);
	return 0;
}
