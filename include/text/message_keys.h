/* SPDX-License-Identifier: ISC */
/*
 * message_keys - every key of the catalogue, and what its sentences may name.
 *
 * The one table that text/message reads a catalogue by. To add a sentence, add
 * its row here and its lines to templates/LANGUAGE/messages.
 */
#ifndef NASHRA_TEXT_MESSAGE_KEYS_H
#define NASHRA_TEXT_MESSAGE_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct message_key {
	const char *key;
	bool counts;      /* a form for each plural; it may name {n} too */
	const char *args; /* that may be named, apart by a space */
};

struct message_keys {
	const struct message_key *rows;
	size_t count;
};
extern const struct message_keys message_keys;

#endif
