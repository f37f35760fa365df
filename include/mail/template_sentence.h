/* SPDX-License-Identifier: ISC */
/*
 * template_sentence - the sentences of the catalogue that templates name.
 *
 * For mail/template*.c alone. Pure.
 */
#ifndef NASHRA_MAIL_TEMPLATE_SENTENCE_H
#define NASHRA_MAIL_TEMPLATE_SENTENCE_H

#include "base/err.h"
#include "base/str.h"
#include "text/message.h"

#include <stdbool.h>
#include <stdint.h>

/* ERR_CONFIG where there is no such sentence, or where it counts and should
 * not, or the other way round; also where one that does not count has
 * arguments, which only the program can give. `messages` NULL: any catalogue
 * that can be loaded. */
int template_sentence_check(const struct messages *messages, const char *key,
    bool counts, struct err *err);
/* Adds a sentence that does not count, checked first. */
int template_sentence_add(struct str *out, const struct messages *messages,
    const char *key, struct err *err);

struct template_sentence_of {
	const char *key;
	int64_t number;
	enum conf_digits digits;
};
/* The same of one that counts. */
int template_sentence_count(struct str *out, const struct messages *messages,
    const struct template_sentence_of *of, struct err *err);

#endif
