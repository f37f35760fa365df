/* SPDX-License-Identifier: ISC */
/*
 * dress - sanitised HTML as it stands in a mail, with its looks inline.
 *
 * What text/sanitise gives has no style, and mail programs have their own idea
 * of each element. Here every block says its direction three times (attribute,
 * direction, text-align), its margins, and where it is indented: on the right
 * for what runs from there; in Arabic "C++" keeps its signs (text/isolate).
 * Pictures are no wider than the column, long words break. Type and color come
 * from where it stands, but for those of links, which have the class "l" for
 * dark colors, as ours have. Pure.
 */
#ifndef NASHRA_TEXT_DRESS_H
#define NASHRA_TEXT_DRESS_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define DRESS_WIDTH 552 /* pixels that a mail's column has for a picture */

/* Of what sanitise_html() gave, and of nothing else. `rtl`: the mail runs from
 * the right, and so does what has no direction of its own. */
void dress_html(struct str *out, const char *html, bool rtl);
/* The same for a page, which has its looks in a style sheet: its words keep
 * their signs, and nothing else is changed. */
void dress_page(struct str *out, const char *html, bool rtl);

#endif
