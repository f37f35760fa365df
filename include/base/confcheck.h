/* SPDX-License-Identifier: ISC */
/*
 * confcheck - whether the text of one setting is a value that it can have.
 *
 * Pure. The table of settings itself is conf.c's.
 */
#ifndef NASHRA_BASE_CONFCHECK_H
#define NASHRA_BASE_CONFCHECK_H

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

/* A RELAY_URL ends after the port, a MAILBOX_URL may name a folder. */
enum setting_kind {
	TEXT,
	PATH,
	NUMBER,
	WORD,
	ITEMS,
	BASE_URL,
	RELAY_URL,
	MAILBOX_URL
};

struct setting {
	const char *section; /* "" at the top */
	const char *name;
	enum setting_kind kind;
	size_t at; /* in struct conf, conf_relay or conf_domain */
	const char *fallback;
	int64_t min, max;
	const char *const
	    *words; /* of WORD, its default first; of URLs, the schemes */
	const char *help;
};

/* Adds what is wrong with the text, or nothing. */
void
confcheck_value(struct str *why, const struct setting *row, const char *text);
/* Of a word among a row's; -1 where it is none of them. */
int confcheck_word(const struct setting *row, const char *text);

#endif
