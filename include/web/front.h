/* SPDX-License-Identifier: ISC */
/*
 * front - the web role: the public pages, by settings that may change.
 *
 * Under other settings a new server accepts beside the former one, which
 * answers what was begun with it. One listener is handed on, so that nobody is
 * refused.
 */
#ifndef NASHRA_WEB_FRONT_H
#define NASHRA_WEB_FRONT_H

#include "flow/role.h"

extern const struct role_kind front_kind;

/* What is wrong with the settings and the pages. */
int front_check(const struct conf *conf, struct err *err);

#endif
