/* SPDX-License-Identifier: ISC */
/*
 * Whatever comes as a feed: what is read of it is clean, whole and bounded.
 */
#include "feed/parse.h"

#include "base/codec.h"
#include "base/str.h"
#include "feed/stamp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
hold(bool promise)
{
	if (!promise)
		abort();
}

/* UTF-8 without controls and without marks that turn what follows. */
static void
hold_clean(const char *text)
{
	hold(text != NULL && codec_utf8_ok(text, strlen(text)));
	for (; *text != '\0'; text++) {
		hold((unsigned char)*text >= ' ' || *text == '\n' ||
		     *text == '\t');
		hold(*text != 0x7f);
		hold(!str_starts(text, "\xe2\x80\xae") &&
		     !str_starts(text, "\xe2\x81\xa6"));
	}
}

static void
hold_line(const char *text)
{
	hold_clean(text);
	hold(strchr(text, '\n') == NULL && strstr(text, "  ") == NULL);
	hold(!str_starts(text, " ") && !str_ends(text, " "));
	hold(strlen(text) <= 1000);
}

static void
hold_link(const char *link)
{
	hold(*link == '\0' || str_starts_ci(link, "http://") ||
	     str_starts_ci(link, "https://"));
	for (; *link != '\0'; link++) {
		hold(*link > ' ' && *link < 0x7f &&
		     strchr("\"<>\\^`{|}", *link) == NULL);
	}
}

static void
hold_feed(const struct parse_feed *feed)
{
	hold(feed->count <= PARSE_ITEMS_MAX);
	hold_line(feed->title);
	hold_link(feed->link);
	for (size_t i = 0; i < feed->count; i++) {
		const struct parse_item *item = &feed->items[i];

		hold_line(item->guid);
		hold_line(item->title);
		hold_line(item->author);
		hold_link(item->link);
		hold_clean(item->html);
		hold(item->title[0] != '\0' || item->link[0] != '\0');
		hold(item->published >= 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {"", "text/xml; charset=utf-8",
	    "text/xml; charset=windows-1256", "application/rss+xml"};
	const char *type = size > 0 ? types[data[0] % 4] : "";
	struct err err = ERR_INIT;
	struct parse_feed feed = {0};
	char *text;
	int64_t when;

	if (size == 0)
		return 0;
	if (parse_feed(&feed, (const char *)data + 1, size - 1,
		"https://news.example.org/feed", type, &err) == 0) {
		hold(err.code == ERR_NONE);
		hold_feed(&feed);
	} else {
		hold(err.code == ERR_DATA && err.msg[0] != '\0');
		hold(feed.items == NULL);
	}
	parse_feed_release(&feed);

	text = malloc(size + 1);
	hold(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (stamp_parse(&when, text))
		hold(when > -200000 && when < INT64_C(253402400000));
	free(text);
	return 0;
}
