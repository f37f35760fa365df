/* SPDX-License-Identifier: ISC */
#include "feed/item.h"

#include "feed/item_extra.h"
#include "feed/item_html.h"
#include "feed/stamp.h"
#include "text/bidi.h"
#include "text/html.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_RAW   65536  /* of a title, a name, an id, as it comes */
#define LINE_MAX_CLEAN 262144 /* the same, composed */
#define LINE_MAX_KEPT  1000   /* bytes, cut between characters */

/* clang-format off */
enum space { SPACE_OTHER, SPACE_RSS, SPACE_ATOM, SPACE_CONTENT, SPACE_DC, SPACE_MEDIA };
/* clang-format on */

typedef void field_fn(struct xmltext *xml, struct item_draft *draft, int rank);

static field_fn read_title, read_title_typed, read_link, read_link_atom,
    read_guid, read_id, read_author, read_person, read_date;

/* clang-format off */
static const struct {
	enum space space;
	const char *name;
	field_fn *fn;
	int rank;
	bool of_feed; /* read of the feed itself as well */
} fields[] = {
	{SPACE_RSS,     "title",       read_title,       1, true},
	{SPACE_RSS,     "link",        read_link,        4, true},
	{SPACE_RSS,     "guid",        read_guid,        1, false},
	{SPACE_RSS,     "description", item_html_read, 1, false},
	{SPACE_RSS,     "author",      read_author,      1, false},
	{SPACE_RSS,     "pubDate",     read_date,        4, false},
	{SPACE_RSS,     "category",    item_extra_section, 1, false},
	{SPACE_RSS,     "enclosure",   item_extra_picture, 2, false},
	{SPACE_MEDIA,   "content",     item_extra_picture, 3, false},
	{SPACE_MEDIA,   "thumbnail",   item_extra_picture, 1, false},
	{SPACE_CONTENT, "encoded",     item_html_read,    2, false},
	{SPACE_DC,      "creator",     read_author,      2, false},
	{SPACE_DC,      "date",        read_date,        3, false},
	{SPACE_ATOM,    "title",       read_title_typed, 1, true},
	{SPACE_ATOM,    "link",        read_link_atom,   3, true},
	{SPACE_ATOM,    "id",          read_id,          1, false},
	{SPACE_ATOM,    "summary",     item_html_read_typed,    1, false},
	{SPACE_ATOM,    "content",     item_html_read_typed,    2, false},
	{SPACE_ATOM,    "category",    item_extra_section, 1, false},
	{SPACE_ATOM,    "author",      read_person,      3, false},
	{SPACE_ATOM,    "published",   read_date,        4, false},
	{SPACE_ATOM,    "issued",      read_date,        4, false},
	{SPACE_ATOM,    "updated",     read_date,        2, false},
	{SPACE_ATOM,    "modified",    read_date,        2, false},
};

/* By what follows "http://" or "https://"; or by the prefix, where a feed
 * uses it and forgot to declare it. */
static const struct {
	const char *name, *prefix;
	enum space space;
} spaces[] = {
	{"www.w3.org/2005/Atom",                  "atom",    SPACE_ATOM},
	{"purl.org/atom/ns#",                     NULL,      SPACE_ATOM},
	{"purl.org/rss/1.0/",                     NULL,      SPACE_RSS},
	{"my.netscape.com/rdf/simple/0.9/",       NULL,      SPACE_RSS},
	{"channel.netscape.com/rdf/simple/0.9/",  NULL,      SPACE_RSS},
	{"backend.userland.com/rss",              NULL,      SPACE_RSS},
	{"backend.userland.com/rss2",             NULL,      SPACE_RSS},
	{"blogs.law.harvard.edu/tech/rss",        NULL,      SPACE_RSS},
	{"purl.org/rss/1.0/modules/content/",     "content", SPACE_CONTENT},
	{"purl.org/dc/elements/1.1/",             "dc",      SPACE_DC},
	{"search.yahoo.com/mrss/",                "media",   SPACE_MEDIA},
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void
item_init(struct item_draft *draft)
{
	*draft = (struct item_draft){0};
	str_init(&draft->guid, LINE_MAX_RAW);
	str_init(&draft->link, LINE_MAX_RAW);
	str_init(&draft->title, LINE_MAX_RAW);
	str_init(&draft->author, LINE_MAX_RAW);
	str_init(&draft->html[ITEM_SUMMARY], (size_t)HTML_MAX);
	str_init(&draft->html[ITEM_WHOLE], (size_t)HTML_MAX);
	str_init(&draft->section, LINE_MAX_RAW);
	str_init(&draft->image, LINE_MAX_RAW);
}

void
item_release(struct item_draft *draft)
{
	str_release(&draft->guid);
	str_release(&draft->link);
	str_release(&draft->title);
	str_release(&draft->author);
	str_release(&draft->html[ITEM_SUMMARY]);
	str_release(&draft->html[ITEM_WHOLE]);
	str_release(&draft->section);
	str_release(&draft->image);
}

/* Cleans one line of text; what is too long to be one is cut. */
static void
add_line(struct str *out, const struct str *raw)
{
	struct str clean;
	size_t n;

	str_init(&clean, LINE_MAX_CLEAN);
	bidi_clean_line(&clean, raw->data, raw->len);
	n = clean.len;
	if (n > LINE_MAX_KEPT) {
		n = LINE_MAX_KEPT;
		while (n > 0 && (clean.data[n] & 0xc0) == 0x80)
			n--;
		while (n > 0 && clean.data[n - 1] == ' ')
			n--;
	}
	str_reset(out);
	str_add_bytes(out, clean.data, n);
	str_release(&clean);
}

/* Tags and references with nothing between them, as "&nbsp;". */
static bool
is_bare_markup(const char *text)
{
	for (;;) {
		const char *close = ">";

		text += strspn(text, " \t\r\n");
		if (*text == '\0')
			return true;
		if (*text == '&') {
			close = ";";
		} else if (*text != '<') {
			return false;
		}
		text = strchr(text, *close);
		if (text == NULL)
			return false;
		text++;
	}
}

/* HTML is turned to text; what only looks like HTML stays. */
static void
add_title(struct str *out, struct str *raw, bool html)
{
	struct err ignored = ERR_INIT;
	struct str text;

	str_init(&text, LINE_MAX_CLEAN);
	if (html && strpbrk(raw->data, "<&") != NULL &&
	    html_to_text(&text, raw->data, raw->len, &ignored) == 0 &&
	    text.len > 0) {
		add_line(out, &text);
	} else if (!html || !is_bare_markup(raw->data)) {
		add_line(out, raw);
	}
	str_release(&text);
}

static void
read_title_as(struct xmltext *xml, struct item_draft *draft, const char *type)
{
	bool html = !str_eq(type, "text") && !str_eq(type, "text/plain");
	bool xhtml = str_eq(type, "xhtml");
	struct str raw;

	str_init(&raw, LINE_MAX_RAW);
	xmltext_read(xml, html && !xhtml ? XMLTEXT_HTML : XMLTEXT_PLAIN, &raw);
	if (draft->title.len == 0)
		add_title(&draft->title, &raw, html && !xhtml);
	str_release(&raw);
}

static void
read_title(struct xmltext *xml, struct item_draft *draft, int rank)
{
	(void)rank;
	read_title_as(xml, draft, "html");
}

/* RFC 4287 3.1.1: "text" where nothing is said. */
static void
read_title_typed(struct xmltext *xml, struct item_draft *draft, int rank)
{
	struct str type;

	(void)rank;
	str_init(&type, LINE_MAX_RAW);
	if (!xmltext_attribute(xml, "type", &type))
		str_add(&type, "text");
	read_title_as(xml, draft, type.data);
	str_release(&type);
}

static void
keep_link(struct xmltext *xml, struct item_draft *draft, int rank,
    const struct str *raw)
{
	struct str link;

	str_init(&link, LINE_MAX_RAW);
	if (!raw->bad) /* or its beginning would be another address */
		xmltext_link(xml, raw->data, &link);
	if (link.len > 0 && rank > draft->link_rank) {
		str_reset(&draft->link);
		str_add(&draft->link, link.data);
		draft->link_rank = rank;
	}
	str_release(&link);
}

static void
read_link(struct xmltext *xml, struct item_draft *draft, int rank)
{
	struct str raw;

	str_init(&raw, LINE_MAX_RAW);
	xmltext_read(xml, XMLTEXT_PLAIN, &raw);
	keep_link(xml, draft, rank, &raw);
	str_release(&raw);
}

/* RFC 4287 4.2.7.2: "alternate" where nothing is said. */
static void
read_link_atom(struct xmltext *xml, struct item_draft *draft, int rank)
{
	struct str rel, type, href;

	str_init(&rel, LINE_MAX_RAW);
	str_init(&type, LINE_MAX_RAW);
	str_init(&href, LINE_MAX_RAW);
	if (!xmltext_attribute(xml, "rel", &rel))
		str_add(&rel, "alternate");
	if (xmltext_attribute(xml, "type", &type) &&
	    strstr(type.data, "html") == NULL)
		rank--;
	if (str_eq(rel.data, "alternate") &&
	    xmltext_attribute(xml, "href", &href))
		keep_link(xml, draft, rank, &href);
	str_release(&rel);
	str_release(&type);
	str_release(&href);
}

static void
read_id(struct xmltext *xml, struct item_draft *draft, int rank)
{
	struct str raw, clean;

	(void)rank;
	str_init(&raw, LINE_MAX_RAW);
	str_init(&clean, LINE_MAX_KEPT);
	xmltext_read(xml, XMLTEXT_PLAIN, &raw);
	bidi_clean_line(&clean, raw.data, raw.len);
	/* Cut, two of them could become one. */
	if (draft->guid.len == 0 && !raw.bad && !clean.bad)
		str_add(&draft->guid, clean.data);
	str_release(&clean);
	str_release(&raw);
}

static void
read_guid(struct xmltext *xml, struct item_draft *draft, int rank)
{
	struct str link;

	str_init(&link, LINE_MAX_RAW);
	(void)xmltext_attribute(xml, "isPermaLink", &link);
	read_id(xml, draft, rank);
	/* RSS 2.0: the item's address, unless it says that it is not. */
	if (!str_eq(link.data, "false") &&
	    (str_starts_ci(draft->guid.data, "http://") ||
		str_starts_ci(draft->guid.data, "https://")))
		keep_link(xml, draft, 1, &draft->guid);
	str_release(&link);
}

/* RSS 2.0 has "address (name)": the name alone, an address is not ours to
 * pass on. */
static void
keep_author(struct item_draft *draft, int rank, struct str *raw)
{
	const char *open = strchr(raw->data, '(');
	struct str name;

	if (rank <= draft->author_rank)
		return;
	str_init(&name, LINE_MAX_RAW);
	if (strchr(raw->data, '@') == NULL) {
		add_line(&name, raw);
	} else if (open != NULL) {
		str_add_bytes(&name, open + 1, strcspn(open + 1, ")"));
	}
	if (name.len > 0) {
		add_line(&draft->author, &name);
		draft->author_rank = rank;
	}
	str_release(&name);
}

static void
read_author(struct xmltext *xml, struct item_draft *draft, int rank)
{
	struct str raw;

	str_init(&raw, LINE_MAX_RAW);
	xmltext_read(xml, XMLTEXT_PLAIN, &raw);
	keep_author(draft, rank, &raw);
	str_release(&raw);
}

static void
read_person(struct xmltext *xml, struct item_draft *draft, int rank)
{
	int depth = xmltext_enter(xml);

	while (xmltext_child(xml, depth)) {
		if (str_eq(xmltext_name(xml), "name"))
			read_author(xml, draft, rank);
	}
}

static void
read_date(struct xmltext *xml, struct item_draft *draft, int rank)
{
	int64_t when;
	struct str raw;

	str_init(&raw, LINE_MAX_RAW);
	xmltext_read(xml, XMLTEXT_PLAIN, &raw);
	if (rank > draft->date_rank && stamp_parse(&when, raw.data)) {
		draft->published = when;
		draft->date_rank = rank;
	}
	str_release(&raw);
}

static enum space
space_of(const char *uri, const char *name, bool atom)
{
	const char *colon = strchr(name, ':');
	const char *rest = strstr(uri, "://");

	for (size_t i = 0; i < COUNT(spaces); i++) {
		const char *prefix = spaces[i].prefix;

		if (rest != NULL && str_eq(rest + 3, spaces[i].name))
			return spaces[i].space;
		if (colon != NULL && prefix != NULL &&
		    strlen(prefix) == (size_t)(colon - name) &&
		    str_starts(name, prefix))
			return spaces[i].space;
	}
	if (*uri != '\0' || colon != NULL)
		return SPACE_OTHER;
	return atom ? SPACE_ATOM : SPACE_RSS;
}

void
item_read(
    struct xmltext *xml, struct item_draft *draft, bool atom, bool of_feed)
{
	const char *name = xmltext_name(xml);
	const char *colon = strchr(name, ':');
	enum space space = space_of(xmltext_namespace(xml), name, atom);

	if (colon != NULL)
		name = colon + 1;
	for (size_t i = 0; i < COUNT(fields); i++) {
		if (fields[i].space != space || !str_eq(fields[i].name, name) ||
		    (of_feed && !fields[i].of_feed))
			continue;
		fields[i].fn(xml, draft, fields[i].rank);
		return;
	}
}

int
item_take(struct parse_item *out, struct item_draft *draft, struct err *err)
{
	struct parse_item item = {0};
	struct str html;

	str_init(&html, PARSE_HTML_MAX);
	item_html_make(&html, draft);
	item.guid = str_take(&draft->guid);
	item.link = str_take(&draft->link);
	item.title = str_take(&draft->title);
	item.author = str_take(&draft->author);
	item.html = str_take(&html);
	item.section = str_take(&draft->section);
	item.image = str_take(&draft->image);
	item.image_width = draft->image_width;
	item.image_height = draft->image_height;
	item.published = draft->published;
	if (item.guid && item.link && item.title && item.author && item.html &&
	    item.section && item.image) {
		*out = item;
		return 0;
	}
	item_free(&item);
	return err_set(err, ERR_SYSTEM, "out of memory");
}

void
item_free(struct parse_item *item)
{
	free(item->guid);
	free(item->link);
	free(item->title);
	free(item->author);
	free(item->html);
	free(item->section);
	free(item->image);
}
