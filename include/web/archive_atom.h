/* SPDX-License-Identifier: ISC */
/*
 * archive_atom - the newest issues of a list as an Atom feed (RFC 4287).
 *
 * Of web/archive. Pure once the catalogue is loaded (web/pages).
 */
#ifndef NASHRA_WEB_ARCHIVE_ATOM_H
#define NASHRA_WEB_ARCHIVE_ATOM_H

#include "base/err.h"
#include "base/str.h"
#include "web/archive_view.h"
#include "web/pages.h"

#define ARCHIVE_ATOM_TYPE "application/atom+xml; charset=utf-8"

/* Appends it; without an issue it is as old as the list. */
int archive_atom(struct str *out, const struct pages *pages,
    const struct archive_index *index, struct err *err);

#endif
