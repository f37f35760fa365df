/* SPDX-License-Identifier: ISC */
#include "mail/mould.h"

#include "base/codec.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* As codec_base64_lines() writes them. */
#define LINE_DIGITS 76
#define LINE_SIZE   (LINE_DIGITS + 2)

#define PARTS 2 /* at most, in the order of the message: text, HTML */

/* What holes of one name and one way of escaping are filled with. */
struct value {
	const char *hole; /* in the source: the first of them */
	size_t size;
	struct str text;
	size_t laid; /* how long it was when the body was laid out */
};

struct hole {
	size_t at; /* in the source */
	size_t size;
	size_t value;
	size_t raw; /* in the raw text, where its value is not empty */
};

struct part {
	char *source;
	size_t len;
	struct hole *holes;
	size_t count;
	struct str raw; /* filled, with CRLF: what base64 is made of */
	size_t base64;  /* where that begins in the message */
};

struct mould {
	struct part parts[PARTS];
	size_t used; /* of the parts: there may be no HTML */
	struct value *values;
	size_t count;
	char *language, *boundary;
	struct str made, digits;
	size_t body; /* where it begins */
	size_t fixed;
	unsigned layout;
	bool laid; /* what was made last can be filled again */
};

/* Grows an array by one. */
static void *
grow(void *array, size_t count, size_t size)
{
	return reallocarray(array, count + 1, size);
}

/* The value that fills a hole, which may have its first hole here. */
static int
find_value(struct mould *mould, const char *hole, size_t size, size_t *out)
{
	struct value *values = mould->values;
	size_t i = 0;

	while (i < mould->count && (values[i].size != size ||
				       memcmp(values[i].hole, hole, size) != 0))
		i++;
	*out = i;
	if (i < mould->count)
		return 0;
	values = grow(values, mould->count, sizeof(*values));
	if (values == NULL)
		return -1;
	mould->values = values;
	values[mould->count] = (struct value){.hole = hole, .size = size};
	str_init(&values[mould->count].text, MIME_MESSAGE_MAX);
	mould->count++;
	return 0;
}

static int
find_holes(struct mould *mould, struct part *part)
{
	size_t done = 0;
	struct hole hole = {.at = 0};

	while (template_find_hole(
	    part->source + done, part->len - done, &hole.at, &hole.size)) {
		struct hole *holes =
		    grow(part->holes, part->count, sizeof(*holes));

		if (holes == NULL)
			return -1;
		part->holes = holes;
		hole.at += done;
		if (find_value(mould, part->source + hole.at, hole.size,
			&hole.value) != 0)
			return -1;
		part->holes[part->count++] = hole;
		done = hole.at + hole.size;
	}
	return 0;
}

static int
add_part(struct mould *mould, const char *source, size_t len)
{
	struct part *part = &mould->parts[mould->used++];

	str_init(&part->raw, 2 * MIME_MESSAGE_MAX);
	part->source = malloc(len + 1);
	if (part->source == NULL)
		return -1;
	memcpy(part->source, source, len);
	part->len = len;
	return find_holes(mould, part);
}

int
mould_new(struct mould **out, const struct mime_body *body, struct err *err)
{
	struct mould *mould = calloc(1, sizeof(*mould));

	if (mould == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	str_init(&mould->made, MIME_MESSAGE_MAX);
	str_init(&mould->digits, 2 * MIME_MESSAGE_MAX);
	mould->language = strdup(body->language);
	mould->boundary = strdup(body->boundary);
	if (add_part(mould, body->text, body->text_len) != 0 ||
	    (body->html != NULL &&
		add_part(mould, body->html, body->html_len) != 0) ||
	    mould->language == NULL || mould->boundary == NULL) {
		mould_free(mould);
		return err_set(err, ERR_SYSTEM, "out of memory");
	}
	*out = mould;
	return 0;
}

void
mould_free(struct mould *mould)
{
	if (mould == NULL)
		return;
	for (size_t i = 0; i < mould->used; i++) {
		free(mould->parts[i].source);
		free(mould->parts[i].holes);
		str_release(&mould->parts[i].raw);
	}
	for (size_t i = 0; i < mould->count; i++)
		str_release(&mould->values[i].text);
	free(mould->values);
	free(mould->language);
	free(mould->boundary);
	str_release(&mould->made);
	str_release(&mould->digits);
	free(mould);
}

static int
make_values(
    struct mould *mould, const struct template_hole *holes, struct err *err)
{
	for (size_t i = 0; i < mould->count; i++) {
		struct value *value = &mould->values[i];

		str_reset(&value->text);
		if (template_splice(&value->text, value->hole, value->size,
			holes, err) != 0)
			return -1;
	}
	return 0;
}

/* Such a value stays as it is where lines get their CRLF, and text that was
 * valid UTF-8 around another one is so around it. */
static bool
is_plain(const struct str *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] < 0x20 || text->data[i] > 0x7e)
			return false;
	}
	return true;
}

/* Whether all values fit where those before them were, or could be followed
 * by others that do. */
static bool
values_fit(const struct mould *mould, bool laid)
{
	for (size_t i = 0; i < mould->count; i++) {
		const struct value *value = &mould->values[i];

		if ((laid && value->text.len != value->laid) ||
		    !is_plain(&value->text))
			return false;
	}
	return true;
}

/* Where the digits begin, in the message, of a group of three bytes. */
static size_t
digits_at(const struct part *part, size_t raw)
{
	size_t digit = raw / 3 * 4;

	return part->base64 + digit / LINE_DIGITS * LINE_SIZE +
	       digit % LINE_DIGITS;
}

/* Makes the raw text of a part and finds where in it the holes are. Line ends
 * on both sides of an empty value meet; other values keep them apart. */
static void
place_holes(struct mould *mould, struct part *part, const struct str *filled)
{
	size_t done = 0;
	size_t shift = 0; /* may be below 0: it wraps around twice then */

	str_reset(&part->raw);
	for (size_t i = 0; i < part->count; i++) {
		struct hole *hole = &part->holes[i];
		const struct str *text = &mould->values[hole->value].text;
		size_t at = hole->at + shift;

		shift += text->len - hole->size;
		if (text->len == 0)
			continue;
		mime_crlf(&part->raw, filled->data + done, at - done);
		hole->raw = part->raw.len;
		str_add_bytes(&part->raw, text->data, text->len);
		done = at + text->len;
		at = digits_at(part, hole->raw) - mould->body;
		if (at < mould->fixed)
			mould->fixed = at;
	}
	mime_crlf(&part->raw, filled->data + done, filled->len - done);
}

/* What follows the next empty line: there is none inside base64. */
static size_t
skip_head(const struct mould *mould, size_t at)
{
	return (size_t)(strstr(mould->made.data + at, "\r\n\r\n") -
			mould->made.data) +
	       4;
}

static int
place_all(struct mould *mould, const struct str filled[PARTS], struct err *err)
{
	size_t at = skip_head(mould, 0);

	mould->body = at;
	mould->fixed = mould->made.len - at;
	for (size_t i = 0; i < mould->used; i++) {
		struct part *part = &mould->parts[i];

		/* A part that is alone has no head of its own. */
		if (mould->used > 1)
			at = skip_head(mould, at);
		part->base64 = at;
		place_holes(mould, part, &filled[i]);
		if (part->raw.bad)
			return err_set(err, ERR_SYSTEM, "out of memory");
	}
	for (size_t i = 0; i < mould->count; i++)
		mould->values[i].laid = mould->values[i].text.len;
	mould->layout++;
	mould->laid = values_fit(mould, false);
	return 0;
}

static int
lay_out(struct mould *mould, const struct template_hole *holes, struct err *err)
{
	struct str filled[PARTS];
	int rc = 0;

	mould->laid = false;
	str_reset(&mould->made);
	for (size_t i = 0; i < PARTS; i++) {
		str_init(&filled[i], MIME_MESSAGE_MAX);
		if (rc == 0 && i < mould->used) {
			rc = template_splice(&filled[i], mould->parts[i].source,
			    mould->parts[i].len, holes, err);
		}
	}
	if (rc == 0) {
		const struct mime_body body = {.text = filled[0].data,
		    .text_len = filled[0].len,
		    .html = mould->used > 1 ? filled[1].data : NULL,
		    .html_len = filled[1].len,
		    .language = mould->language,
		    .boundary = mould->boundary};

		rc = mime_body_add(&mould->made, &body, err);
	}
	if (rc == 0)
		rc = place_all(mould, filled, err);
	str_release(&filled[0]);
	str_release(&filled[1]);
	return rc;
}

/* Writes the groups of three bytes that a hole touches. */
static void
write_value(
    struct mould *mould, struct part *part, size_t at, const struct str *text)
{
	size_t from = at / 3 * 3;
	size_t to = (at + text->len + 2) / 3 * 3;

	if (to > part->raw.len)
		to = part->raw.len;
	memcpy(part->raw.data + at, text->data, text->len);
	str_reset(&mould->digits);
	codec_base64(&mould->digits, part->raw.data + from, to - from);
	for (size_t done = 0; done < mould->digits.len;) {
		size_t room = LINE_DIGITS - (from / 3 * 4 + done) % LINE_DIGITS;

		if (room > mould->digits.len - done)
			room = mould->digits.len - done;
		memcpy(mould->made.data + digits_at(part, from + done / 4 * 3),
		    mould->digits.data + done, room);
		done += room;
	}
}

static void
fill_again(struct mould *mould)
{
	for (size_t i = 0; i < mould->used; i++) {
		struct part *part = &mould->parts[i];

		for (size_t k = 0; k < part->count; k++) {
			const struct hole *hole = &part->holes[k];
			const struct str *text =
			    &mould->values[hole->value].text;

			if (text->len > 0)
				write_value(mould, part, hole->raw, text);
		}
	}
}

int
mould_fill(struct mould *mould, const struct template_hole *holes,
    struct mould_cast *out, struct err *err)
{
	if (make_values(mould, holes, err) != 0)
		return -1;
	if (mould->laid && values_fit(mould, true)) {
		fill_again(mould);
	} else if (lay_out(mould, holes, err) != 0) {
		return -1;
	}
	*out = (struct mould_cast){
	    .head = mould->made.data,
	    .head_len = mould->body - 2,
	    .body = mould->made.data + mould->body,
	    .body_len = mould->made.len - mould->body,
	    .layout = mould->layout,
	    .fixed = mould->fixed,
	};
	return 0;
}
