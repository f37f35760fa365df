/* SPDX-License-Identifier: ISC */
/*
 * template_attribute - what a value may do in an attribute of HTML.
 *
 * For mail/template_place.c alone. Names are in lower case. Pure.
 */
#ifndef NASHRA_MAIL_TEMPLATE_ATTRIBUTE_H
#define NASHRA_MAIL_TEMPLATE_ATTRIBUTE_H

#include "mail/template_names.h"

#include <stdbool.h>

struct template_attribute {
	const char *tag;
	const char *name;
	const char *rel; /* what the tag's rel before it says; or "" */
	bool fresh;      /* nothing stands in it yet */
	bool refresh;    /* of a tag that has http-equiv */
};

/* Why a value of a type may not stand in it, to follow "a value cannot be made
 * safe"; NULL where it may. */
const char *template_attribute_refuses(
    const struct template_attribute *attribute, enum template_type type);
/* Whether it holds a link, and so only a url. */
bool template_attribute_link(const char *name);

#endif
