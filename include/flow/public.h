/* SPDX-License-Identifier: ISC */
/*
 * public - the addresses under which everybody may read a list.
 *
 * Pure. Where a list keeps its issues to itself, they are ""; so is that of an
 * issue without a number.
 */
#ifndef NASHRA_FLOW_PUBLIC_H
#define NASHRA_FLOW_PUBLIC_H

#include "base/conf.h"
#include "base/str.h"
#include "model/list.h"

#include <stdint.h>

/* Append the address of all issues, and that of one. */
void public_archive(
    struct str *out, const struct conf *conf, const struct list *list);
void public_issue(struct str *out, const struct conf *conf,
    const struct list *list, int64_t number);

#endif
