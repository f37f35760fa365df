/* SPDX-License-Identifier: ISC */
/*
 * template_section - {{#name}}, {{^name}} and {{/name}} while building.
 *
 * For mail/template_build.c alone.
 */
#ifndef NASHRA_MAIL_TEMPLATE_SECTION_H
#define NASHRA_MAIL_TEMPLATE_SECTION_H

#include "mail/template_work.h"

int template_section_open(struct template_work *b,
    const struct template_tag *tag, enum template_node_kind kind);
/* A section may begin and end in a tag, but where it ends what follows must
 * mean the same whether it was rendered once, often or never. */
int
template_section_close(struct template_work *b, const struct template_tag *tag);

/* Of the sections that are open: the name of the innermost, and its end. */
const char *template_section_name(const struct template_work *b);
int template_section_end(struct template_work *b);

#endif
