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

/* ERR_CONFIG where there is no such sentence, or where it counts and should
 * not, or the other way round; also where one that does not count has
 * arguments, which only the program can give. */
int template_sentence_check(const struct messages *messages, const char *key,
    bool counts, struct err *err);
/* Adds a sentence that does not count, checked first. */
int template_sentence_add(struct str *out, const struct messages *messages,
    const char *key, struct err *err);

#endif
