/* SPDX-License-Identifier: ISC */
#include "feed/item_html.h"

#include "text/html.h"
#include "text/sanitise.h"
#include "text/sanitise_cut.h"

#define RAW_MAX 65536
#define ALL_MAX ((size_t)8 * HTML_MAX) /* before it is cut */

/* Of two of a rank, the first that has something. */
static void
keep_html(struct xmltext *xml, struct item_draft *draft, int rank,
    enum xmltext_form form)
{
	struct str *html = &draft->html[rank > 1 ? ITEM_WHOLE : ITEM_SUMMARY];
	struct str raw;

	str_init(&raw, (size_t)HTML_MAX);
	xmltext_read(xml, form, &raw);
	if (html->len == 0 && !raw.bad)
		str_add_bytes(html, raw.data, raw.len);
	str_release(&raw);
}

void
item_html_read(struct xmltext *xml, struct item_draft *draft, int rank)
{
	keep_html(xml, draft, rank, XMLTEXT_HTML);
}

/* RFC 4287 4.1.3.1; other types (images, XML) are no text to show. */
void
item_html_read_typed(struct xmltext *xml, struct item_draft *draft, int rank)
{
	static const struct {
		const char *type;
		enum xmltext_form form;
	} types[] = {
	    {"text", XMLTEXT_ESCAPED},
	    {"text/plain", XMLTEXT_ESCAPED},
	    {"xhtml", XMLTEXT_ESCAPED},
	    {"application/xhtml+xml", XMLTEXT_ESCAPED},
	    {"html", XMLTEXT_HTML},
	    {"text/html", XMLTEXT_HTML},
	};
	struct str type;

	str_init(&type, RAW_MAX);
	if (!xmltext_attribute(xml, "type", &type))
		str_add(&type, "text");
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (str_eq(types[i].type, type.data))
			keep_html(xml, draft, rank, types[i].form);
	}
	str_release(&type);
}

/* What cannot be sanitised is as good as nothing: the title remains. */
void
item_html_make(struct str *out, const struct item_draft *draft)
{
	for (int i = ITEM_WHOLE; i >= ITEM_SUMMARY && out->len == 0; i--) {
		struct err ignored = ERR_INIT;
		struct str all;

		str_init(&all, ALL_MAX);
		if (draft->html[i].len > 0 &&
		    sanitise_html(&all, draft->html[i].data, draft->html[i].len,
			draft->link.data, &ignored) == 0)
			sanitise_cut(out, all.data, out->max);
		str_release(&all);
	}
}
