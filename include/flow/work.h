/* SPDX-License-Identifier: ISC */
/*
 * work - the work role: mail goes out, feeds are polled.
 *
 * It looks for what is due each second while there is something to do. With
 * nothing to do it rests: it looks every five seconds, and as soon as another
 * process has written to the database. Under other settings a new shift begins
 * beside the one that finishes what it has in hand.
 */
#ifndef NASHRA_FLOW_WORK_H
#define NASHRA_FLOW_WORK_H

#include "flow/role.h"

extern const struct role_kind work_kind;

#endif
