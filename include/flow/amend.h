/* SPDX-License-Identifier: ISC */
/*
 * amend - reads something, changes it and saves it, with nobody between.
 *
 * Whoever saves a whole row would else undo what another has changed of it
 * since it was read.
 */
#ifndef NASHRA_FLOW_AMEND_H
#define NASHRA_FLOW_AMEND_H

#include "base/err.h"
#include "store/db.h"

/* What is to be done; -1 with err set undoes it. */
typedef int amend_fn(void *arg, struct err *err);
int amend(struct db *db, amend_fn *fn, void *arg, struct err *err);

#endif
