/* SPDX-License-Identifier: ISC */
/*
 * confkeys - every section and every setting: kind, default, limits, help.
 *
 * The one table that base/conf reads a file by, `nashra init` writes a first
 * one from, and nashra.conf(5) is compared with.
 */
#ifndef NASHRA_BASE_CONFKEYS_H
#define NASHRA_BASE_CONFKEYS_H

#include "base/confparse.h"

extern const struct conf_table confkeys;

#endif
