/* SPDX-License-Identifier: ISC */
/*
 * manner - the language, digits and dates of a list: its own, or where it has
 * none, those of the settings.
 *
 * Pure.
 */
#ifndef NASHRA_FLOW_MANNER_H
#define NASHRA_FLOW_MANNER_H

#include "base/conf.h"
#include "model/list.h"
#include "text/date.h"

/* `list` NULL: of no list. */
enum conf_language
manner_language(const struct conf *conf, const struct list *list);
struct date_style
manner_dates(const struct conf *conf, const struct list *list);

#endif
