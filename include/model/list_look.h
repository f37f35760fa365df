/* SPDX-License-Identifier: ISC */
/*
 * list_look - what a list has of its own where the settings have it for all:
 * language, digits, dates, welcome and goodbye mails, template, color, logo.
 *
 * A part of model/list, which stores it. Pure.
 */
#ifndef NASHRA_MODEL_LIST_LOOK_H
#define NASHRA_MODEL_LIST_LOOK_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIST_TEMPLATE_SIZE 33   /* of digest-NAME.html */
#define LIST_COLOR_SIZE    8    /* "#rrggbb" */
#define LIST_LOGO_SIZE     1025 /* bytes of its URL */
#define LIST_LOGO_WIDTH    240  /* pixels: more are cut off on a telephone */
#define LIST_LOGO_HEIGHT   600
#define LIST_LOOK_KEYS     12

/* Zeroed, all of it is as the settings say. */
struct list_look {
	/* One more than the value of the enum (base/conf.h). */
	int language, digits, months, calendar, date_style;
	int welcome, goodbye; /* whether such a mail is sent */
	char template[LIST_TEMPLATE_SIZE];
	char color[LIST_COLOR_SIZE];
	char logo_url[LIST_LOGO_SIZE];
	int64_t logo_width, logo_height; /* of a logo: both */
};

/* Keys, in the order in which people are shown them, and which are the names
 * of the columns; NULL past the last. */
const char *list_look_key(size_t i);
bool list_look_has(const char *key);
/* ERR_INPUT: no such key, or a value that it does not take; "" is back to the
 * settings. `list_look_value` appends it as it would be set. */
int list_look_set(struct list_look *look, const char *key, const char *value,
    struct err *err);
void
list_look_value(const struct list_look *look, const char *key, struct str *out);
/* Whether the parts fit each other: ERR_INPUT. */
int list_look_check(const struct list_look *look, struct err *err);
bool list_look_same(const struct list_look *one, const struct list_look *other);

#endif
