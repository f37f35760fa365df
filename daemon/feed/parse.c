/* SPDX-License-Identifier: ISC */
#include "feed/parse.h"

#include "base/str.h"
#include "feed/decode.h"
#include "feed/item.h"
#include "feed/xmltext.h"

#include <stdlib.h>
#include <string.h>

struct reading {
	struct xmltext *xml;
	struct parse_feed *feed;
	struct item_draft about; /* the feed itself */
	bool atom;
	bool known; /* the root is a feed's */
	bool again; /* the second try */
};

/* What follows is grown by doubling: feeds have ten items, or a thousand. */
static int
make_room(struct parse_feed *feed, struct err *err)
{
	size_t n = feed->count;
	struct parse_item *items;

	if (n != 0 && (n < 16 || (n & (n - 1)) != 0))
		return 0;
	items =
	    realloc(feed->items, (n < 16 ? 16 : 2 * n) * sizeof(*feed->items));
	if (items == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	feed->items = items;
	return 0;
}

static int
keep_item(struct parse_feed *feed, struct item_draft *draft, struct err *err)
{
	if (feed->count == PARSE_ITEMS_MAX ||
	    (draft->title.len == 0 && draft->link.len == 0)) {
		feed->dropped++;
		return 0;
	}
	if (make_room(feed, err) != 0 ||
	    item_take(&feed->items[feed->count], draft, err) != 0)
		return -1;
	feed->count++;
	return 0;
}

static bool
at_item(const struct reading *reading)
{
	const char *name = xmltext_name(reading->xml);

	return str_eq(name, "item") || str_eq(name, "entry");
}

/* An item that broke off is left for the next time. Where an end tag is
 * missing, the items that follow are found inside. */
static int
read_item(struct reading *reading, struct err *err)
{
	struct xmltext *xml = reading->xml;
	int depth = xmltext_enter(xml);
	struct item_draft draft;
	bool kept = false;
	int failed = 0;

	item_init(&draft);
	while (!failed && xmltext_child(xml, depth)) {
		if (!reading->again || !at_item(reading)) {
			item_read(xml, &draft, reading->atom, false);
			continue;
		}
		if (!kept)
			failed = keep_item(reading->feed, &draft, err);
		kept = true;
		if (!failed)
			failed = read_item(reading, err);
	}
	if (!failed && !kept && !xmltext_broken(xml))
		failed = keep_item(reading->feed, &draft, err);
	item_release(&draft);
	return failed;
}

/* <channel>, Atom's <feed>, or RSS 1.0's <RDF>, whose items stand beside the
 * channel. */
static int
read_channel(struct reading *reading, int depth, struct err *err)
{
	struct xmltext *xml = reading->xml;

	while (xmltext_child(xml, depth)) {
		const char *name = xmltext_name(xml);
		int failed = 0;

		if (at_item(reading)) {
			failed = read_item(reading, err);
		} else if (str_eq(name, "channel") && depth == 0) {
			failed = read_channel(reading, xmltext_enter(xml), err);
		} else {
			item_read(xml, &reading->about, reading->atom, true);
		}
		if (failed)
			return -1;
	}
	return 0;
}

static const struct {
	const char *root;
	bool atom;
} roots[] = {{"rss", false}, {"RDF", false}, {"feed", true}};

static int
read_root(struct reading *reading, struct err *err)
{
	struct xmltext *xml = reading->xml;
	const char *name;

	if (!xmltext_child(xml, -1))
		return 0;
	name = xmltext_name(xml);
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (!str_eq(name, roots[i].root))
			continue;
		reading->known = true;
		reading->atom = roots[i].atom;
		return read_channel(reading, xmltext_enter(xml), err);
	}
	if (str_eq_ci(name, "html"))
		return err_set(err, ERR_DATA, "an HTML page, not a feed");
	if (!reading->again) /* a warning in tags may stand before the feed */
		return 0;
	return err_set(
	    err, ERR_DATA, "an XML document '%.60s', not a feed", name);
}

/* Nothing of a document that broke before its first item is news. */
static int
check_broken(const struct reading *reading, struct err *err)
{
	const char *error = xmltext_error(reading->xml);

	if (reading->known && (reading->feed->count > 0 || error == NULL))
		return 0;
	return err_set(err, ERR_DATA, "%s, %s",
	    reading->known ? "a feed without a whole item"
			   : "neither RSS nor Atom",
	    error != NULL ? error : "it ends too soon");
}

static int
take_about(struct reading *reading, struct err *err)
{
	struct parse_feed *feed = reading->feed;

	feed->title = str_take(&reading->about.title);
	feed->link = str_take(&reading->about.link);
	if (feed->title == NULL || feed->link == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	return 0;
}

/* One try: 1 where the document was read, 0 where it is not well-formed, which
 * the second try passes over. */
static int
read_feed(struct parse_feed *feed, const struct str *text, const char *base,
    bool again, struct err *err)
{
	static const char *const whole[] = {"item", "entry", NULL};
	struct reading reading = {.feed = feed, .again = again};
	int done =
	    again ? xmltext_open_broken(&reading.xml, text, base, whole, err)
		  : xmltext_open(&reading.xml, text, base, err);

	if (done != 0)
		return -1;
	item_init(&reading.about);
	done = read_root(&reading, err);
	/* What follows the root has to be read to be found sound. */
	if (done == 0 && !xmltext_broken(reading.xml))
		(void)xmltext_child(reading.xml, -1);
	if (done == 0 && again)
		done = check_broken(&reading, err);
	if (done == 0)
		done = take_about(&reading, err);
	if (done == 0)
		done = again || (reading.known && !xmltext_broken(reading.xml));
	item_release(&reading.about);
	xmltext_close(reading.xml);
	return done;
}

/* What is not XML at all, told by its first bytes. */
static const struct {
	const char *begin, *what;
} strangers[] = {
    {"<!doctype html", "an HTML page, not a feed"},
    {"<html", "an HTML page, not a feed"},
    {"{", "JSON, not a feed"},
    {"[", "JSON, not a feed"},
    {"%PDF", "a PDF file, not a feed"},
};

static int
check_kind(const struct str *text, struct err *err)
{
	const char *at = text->data;

	if (text->len == 0)
		return err_set(err, ERR_DATA, "an empty document, not a feed");
	while (str_starts(at, "<!--") || str_starts(at, "<?")) {
		const char *mark = at[1] == '?' ? "?>" : "-->";
		const char *end = strstr(at, mark);

		if (end == NULL)
			break;
		at = end + strlen(mark);
		at += strspn(at, " \t\r\n");
	}
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		if (str_starts_ci(at, strangers[i].begin))
			return err_set(err, ERR_DATA, "%s", strangers[i].what);
	}
	return 0;
}

/* Servers put warnings before a feed, and statistics after it: the second try
 * looks at what stands between the tags of the root alone. */
static void
trim(struct str *text)
{
	static const struct {
		const char *begin, *end;
	} tags[] = {{"<rss", "</rss>"}, {"<feed", "</feed>"},
	    {"<rdf:RDF", "</rdf:RDF>"}};
	char *begin = NULL;
	char *end = NULL;
	char *next;
	size_t i = 0;

	while (i < sizeof(tags) / sizeof(tags[0]) && begin == NULL)
		begin = strstr(text->data, tags[i++].begin);
	if (begin == NULL)
		return;
	for (char *at = text->data; at < begin; at++) {
		if (*at != '\n') /* lines keep their numbers */
			*at = ' ';
	}
	for (next = begin; (next = strstr(next, tags[i - 1].end)) != NULL;)
		end = next += strlen(tags[i - 1].end);
	if (end != NULL)
		memset(end, ' ', (size_t)(text->data + text->len - end));
}

int
parse_feed(struct parse_feed *out, const char *bytes, size_t len,
    const char *base, const char *content_type, struct err *err)
{
	struct parse_feed feed = {0};
	struct str text;
	int done = -1;

	str_init(&text, DECODE_MAX);
	if (decode_xml(&text, &feed.repaired, bytes, len, content_type, err) ==
		0 &&
	    check_kind(&text, err) == 0)
		done = read_feed(&feed, &text, base, false, err);
	if (done == 0) {
		parse_feed_release(&feed);
		feed.repaired = true;
		trim(&text);
		done = read_feed(&feed, &text, base, true, err);
	}
	str_release(&text);
	if (done < 0) {
		parse_feed_release(&feed);
		return -1;
	}
	*out = feed;
	return 0;
}

void
parse_feed_release(struct parse_feed *feed)
{
	for (size_t i = 0; i < feed->count; i++)
		item_free(&feed->items[i]);
	free(feed->items);
	free(feed->title);
	free(feed->link);
	*feed = (struct parse_feed){0};
}
