/* SPDX-License-Identifier: ISC */
/*
 * notice - the mail that tells the admin what stands still, and why.
 *
 * One mail for all that has been in trouble for a minute, and no more than
 * one an hour: trouble ends by itself, and the mail says so; all but that of
 * settings, which wait until somebody has them read again. It goes out through
 * the outbox as any other, where a way is left.
 */
#ifndef NASHRA_FLOW_NOTICE_H
#define NASHRA_FLOW_NOTICE_H

#include "base/err.h"
#include "base/str.h"
#include "flow/kit.h"
#include "store/db.h"

#include <stdint.h>

#define NOTICE_AFTER 60   /* s of trouble */
#define NOTICE_EVERY 3600 /* s from one to the next */

/* Queues one where there is something to tell and somebody to be told, in a
 * transaction of its own: 1, or 0. */
int
notice_tell(struct db *db, const struct kit *kit, int64_t now, struct err *err);

/* The finished message of a notice's row, signed where the kit has a key, for
 * kit->admin. Its envelope sender is "" (RFC 3834 3.3): it never comes back.
 * The text is what flow/notice_text made of it, html or not. Appends to out.
 * ERR_CONFIG where no admin is set any more. */
int notice_make(const struct kit *kit, const char *uuid, const char *text,
    int64_t now, struct str *out, struct err *err);

#endif
