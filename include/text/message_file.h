/* SPDX-License-Identifier: ISC */
/*
 * message_file - the text of a catalogue becomes its sentences.
 *
 * Who wants a catalogue takes text/message.h. Strict, by the table of
 * text/message_keys.h. Pure.
 */
#ifndef NASHRA_TEXT_MESSAGE_FILE_H
#define NASHRA_TEXT_MESSAGE_FILE_H

#include "base/conf.h"
#include "base/err.h"
#include "text/message.h"
#include "text/plural.h"

/* By row of the table and form; a sentence that does not count is an "other".
 * NULL: not there (yet). */
typedef char *message_forms[PLURAL_FORMS];

struct message_file {
	const char *name; /* for errors */
	enum conf_language language;
	const struct message_listener *listener; /* or NULL */
};

/* Cuts the text up. ERR_CONFIG where there was an error; what is in `out` by
 * then is the caller's to free. */
int message_file_read(message_forms *out, char *text,
    const struct message_file *file, struct err *err);

/* The row of a key, or the number of rows. */
size_t message_file_row(const char *key);
/* The key that was meant by an unknown one, most likely, or NULL. */
const char *message_file_near(const char *key);

#endif
