/* SPDX-License-Identifier: ISC */
/*
 * transcript - the sessions with the relays, written to a file on demand.
 *
 * Each line has the time, the process and the session, and what mail/trace
 * shows: "2026-11-24T05:47:06.123Z 4711.2 > MAIL FROM:<...>". It holds the
 * addresses of readers, so the file is its owner's alone.
 */
#ifndef NASHRA_FLOW_TRANSCRIPT_H
#define NASHRA_FLOW_TRANSCRIPT_H

#include "base/err.h"

/* For this process and those that it forks, until they end; adds to what the
 * file holds. "-" is standard error. Refuses a file that others may read. */
int transcript_open(const char *path, struct err *err);
void transcript_close(void);
/* Where one is open, once more by its name: the file may have been moved away
 * meanwhile. */
int transcript_reopen(struct err *err);

#endif
