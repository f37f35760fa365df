/* SPDX-License-Identifier: ISC */
/*
 * confwrite - a first settings file, in which every setting appears.
 *
 * Pure.
 */
#ifndef NASHRA_BASE_CONFWRITE_H
#define NASHRA_BASE_CONFWRITE_H

#include "base/confparse.h"
#include "base/str.h"

void confwrite(struct str *out, const struct conf_table *table);

#endif
