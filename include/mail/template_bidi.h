/* SPDX-License-Identifier: ISC */
/*
 * template_bidi - a text of either direction, set into a mail or page.
 *
 * For mail/template*.c alone. Takes clean text (text/bidi.h). Pure.
 */
#ifndef NASHRA_MAIL_TEMPLATE_BIDI_H
#define NASHRA_MAIL_TEMPLATE_BIDI_H

#include "base/str.h"
#include "text/bidi.h"

/* The direction that more of its words have; `document`, where no side has
 * more. The first strong character alone (UAX 9 P2) would turn an Arabic
 * title around that happens to begin with a Latin name. In an Arabic document
 * one that begins in Arabic is Arabic, however many Latin names follow. */
enum bidi_dir template_bidi_dir(const char *text, enum bidi_dir document);

/* <span dir="...">text</span>, escaped. Inside of a right-to-left text what
 * ends or begins with a sign ("C++", "@name", "+963 11 123") has a span of its
 * own: in Arabic the sign would move to its other side. */
void
template_bidi_html(struct str *out, const char *text, enum bidi_dir document);

/* The text. Readers of plain text go by the first strong character of a line:
 * where that would mislead them, a mark (RLM or LRM) comes before it. */
void
template_bidi_text(struct str *out, const char *text, enum bidi_dir document);

#endif
