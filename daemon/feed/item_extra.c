/* SPDX-License-Identifier: ISC */
#include "feed/item_extra.h"

#include "base/codec.h"
#include "text/bidi.h"
#include "text/link.h"

#include <string.h>

#define SPECK   16 /* pixels */
#define RAW_MAX 65536

void
item_extra_section(struct xmltext *xml, struct item_draft *draft, int rank)
{
	struct str raw, clean;

	(void)rank;
	str_init(&raw, RAW_MAX);
	str_init(&clean, RAW_MAX);
	if (!xmltext_attribute(xml, "label", &raw) &&
	    !xmltext_attribute(xml, "term", &raw))
		xmltext_read(xml, XMLTEXT_PLAIN, &raw);
	bidi_clean_line(&clean, raw.data, raw.len);
	if (draft->section.len == 0 && !raw.bad &&
	    clean.len <= ITEM_SECTION_MAX)
		str_add_bytes(&draft->section, clean.data, clean.len);
	str_release(&raw);
	str_release(&clean);
}

/* 0 where nothing is said, or nothing that can be. */
static int64_t
pixels(struct xmltext *xml, const char *name)
{
	int64_t n = 0;
	struct str text;

	str_init(&text, RAW_MAX);
	if (!xmltext_attribute(xml, name, &text) ||
	    !codec_int(&n, text.data, 1, ITEM_PIXELS_MAX))
		n = 0;
	str_release(&text);
	return n;
}

/* By the kind it is said to be; where nothing is said, of a thumbnail, it is
 * one. No SVG: hardly any mail program shows it. */
static bool
is_picture(struct xmltext *xml, const char *url)
{
	struct str type, medium;
	bool picture;

	str_init(&type, RAW_MAX);
	str_init(&medium, RAW_MAX);
	(void)xmltext_attribute(xml, "type", &type);
	(void)xmltext_attribute(xml, "medium", &medium);
	picture = (str_starts_ci(type.data, "image/") ||
		      str_eq(medium.data, "image") ||
		      str_ends(xmltext_name(xml), "thumbnail")) &&
		  !str_starts_ci(type.data, "image/svg") &&
		  !str_ends(url, ".svg");
	str_release(&type);
	str_release(&medium);
	return picture;
}

/* Said to be so small, it is no picture of an article but a mark, or there to
 * count who reads. */
static bool
is_speck(int64_t width, int64_t height)
{
	return (width > 0 && width < SPECK) || (height > 0 && height < SPECK);
}

void
item_extra_picture(struct xmltext *xml, struct item_draft *draft, int rank)
{
	struct str raw, whole, url;

	str_init(&raw, RAW_MAX);
	str_init(&whole, RAW_MAX);
	str_init(&url, RAW_MAX);
	if (xmltext_attribute(xml, "url", &raw))
		xmltext_link(xml, raw.data, &whole);
	(void)link_clean(&url, whole.data, LINK_IMAGE);
	if (rank > draft->image_rank && url.len > 0 &&
	    url.len <= ITEM_URL_MAX && is_picture(xml, url.data) &&
	    !is_speck(pixels(xml, "width"), pixels(xml, "height"))) {
		str_reset(&draft->image);
		str_add_bytes(&draft->image, url.data, url.len);
		draft->image_width = pixels(xml, "width");
		draft->image_height = pixels(xml, "height");
		draft->image_rank = rank;
	}
	str_release(&raw);
	str_release(&whole);
	str_release(&url);
}
