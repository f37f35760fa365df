/* SPDX-License-Identifier: ISC */
/*
 * template_any - what a value is good for whose type nobody promised.
 *
 * Values of generic templates, and of JSON for all of them. Pure.
 */
#ifndef NASHRA_MAIL_TEMPLATE_ANY_H
#define NASHRA_MAIL_TEMPLATE_ANY_H

#include "mail/template_render.h"

#include <stdbool.h>
#include <stdint.h>

#define TEMPLATE_ANY_ROOM 32

/* A value as a filter or a place wants it (TEXT, NUMBER or DATE); `room` is
 * for the digits of a number. False where it cannot be that. */
bool template_any_as(struct template_value *out, char room[TEMPLATE_ANY_ROOM],
    const struct template_value *value, enum template_type wanted);

/* ISO 8601: "2025-01-22", "2025-01-22T09:00Z", "2025-01-22T12:00:00+03:00".
 * Without an hour it is midnight; without a zone, UTC. */
bool template_any_moment(int64_t *out, const char *text);

#endif
