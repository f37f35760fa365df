/* SPDX-License-Identifier: ISC */
#include "flow/compose.h"

#include "base/confwords.h"
#include "base/token.h"
#include "flow/compose_line.h"
#include "flow/compose_values.h"
#include "mail/mime.h"
#include "mail/template.h"

#include <string.h>

/* Headers of a message besides its parts: some are each reader's own, and the
 * longest address and link go in here. */
#define HEAD_ROOM 3000

/* For a digest that is rendered again and again until it fits. */
#define STEPS (2 * TEMPLATE_STEPS)

/* A digest in the making. */
struct sheet {
	const struct kit *kit;
	const struct compose_issue *issue;
	struct kit_look look;
	const struct shelf_digest *digest;
	struct compose_values *values;
	struct compose_lines lines;
	struct str html, text;
	size_t size;  /* of the message */
	size_t steps; /* left for all that is rendered */
};

int
compose_digits(const struct kit *kit, const struct list *list, int digits,
    enum conf_digits *out, struct err *err)
{
	struct kit_look look;

	if (kit_look_of(kit, list, digits, &look, err) != 0)
		return -1;
	*out = look.style.date.digits;
	return 0;
}

static int
open_sheet(struct sheet *sheet, const struct kit *kit,
    const struct compose_issue *issue, struct err *err)
{
	*sheet = (struct sheet){.kit = kit, .issue = issue, .steps = STEPS};
	str_init(&sheet->lines.subject, 4096);
	str_init(&sheet->lines.preheader, 16384);
	str_init(&sheet->html, MIME_MESSAGE_MAX);
	str_init(&sheet->text, MIME_MESSAGE_MAX);
	if (issue->count > COMPOSE_ARTICLES)
		return err_set(err, ERR_SYSTEM, "too many articles");
	if (kit_look_of(kit, issue->list, issue->digits, &sheet->look, err) !=
		0 ||
	    kit_digest(kit, issue->list, &sheet->digest, err) != 0)
		return -1;
	sheet->look.style.steps = &sheet->steps;
	sheet->values =
	    compose_values_new(kit, issue, &sheet->look, sheet->digest);
	if (sheet->values == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	return 0;
}

static void
close_sheet(struct sheet *sheet)
{
	compose_values_free(sheet->values);
	str_release(&sheet->lines.subject);
	str_release(&sheet->lines.preheader);
	str_release(&sheet->html);
	str_release(&sheet->text);
}

/* ---- size */

/* A part in base64, in lines of 76; each line end in it becomes two bytes,
 * each hole a link. */
static size_t
encoded(const struct str *part, size_t link)
{
	size_t raw = part->len;
	size_t at = 0, size, done = 0;

	while (template_find_hole(
	    part->data + done, part->len - done, &at, &size)) {
		raw += link > size ? link - size : 0;
		done += at + size;
	}
	for (size_t i = 0; i < part->len; i++)
		raw += part->data[i] == '\n';
	raw = (raw + 2) / 3 * 4;
	return raw + (raw + 75) / 76 * 2;
}

static size_t
size_of(const struct sheet *sheet)
{
	size_t link = strlen(sheet->kit->conf->base_url) + strlen("/leave/") +
		      TOKEN_LINK_SIZE;

	return HEAD_ROOM + link + 2 * sheet->lines.subject.len +
	       encoded(&sheet->html, link) + encoded(&sheet->text, link);
}

/* ---- rendering */

/* Where the HTML alone is larger than `most`, no text is made. */
static int
render(struct sheet *sheet, const struct compose_extent *extent, size_t most,
    struct err *err)
{
	const struct template_value *values =
	    compose_values_digest(sheet->values, &sheet->lines, extent);
	const struct template_style *style = &sheet->look.style;

	str_reset(&sheet->html);
	str_reset(&sheet->text);
	if (sheet->issue->format == SUBSCRIPTION_HTML &&
	    template_render(
		&sheet->html, sheet->digest->html, values, style, err) != 0)
		return err_wrap(err, "digest.html");
	sheet->size = size_of(sheet);
	if (sheet->size > most)
		return 0;
	if (template_render(
		&sheet->text, sheet->digest->text, values, style, err) != 0)
		return err_wrap(err, "digest.txt");
	sheet->size = size_of(sheet);
	return 0;
}

/* What overflows is too large; other errors stay. 1 fits, 0, -1. */
static int
fits(struct sheet *sheet, const struct compose_extent *extent, size_t most,
    struct err *err)
{
	struct err why = ERR_INIT;

	if (render(sheet, extent, most, &why) == 0)
		return sheet->size <= most;
	if (sheet->html.bad || sheet->text.bad)
		return 0;
	*err = why;
	return -1;
}

/* The most articles that fit, titles alone. */
static int
fit_count(struct sheet *sheet, struct compose_extent *extent, struct err *err)
{
	size_t low = 0, high = extent->count; /* high does not fit */

	while (low + 1 < high) {
		int rc;

		extent->count = low + (high - low) / 2;
		rc = fits(sheet, extent, COMPOSE_MOST, err);
		if (rc < 0)
			return -1;
		*(rc > 0 ? &low : &high) = extent->count;
	}
	extent->count = low;
	return 0;
}

/* What articles say is cut shorter until the message is not large, then how
 * they begin; where titles alone are too much, there are fewer of them. */
static int
fit(struct sheet *sheet, struct err *err)
{
	static const struct {
		size_t body, excerpt;
	} steps[] = {
	    {COMPOSE_BODY, COMPOSE_EXCERPT},
	    {COMPOSE_BODY / 2, COMPOSE_EXCERPT},
	    {COMPOSE_BODY / 4, COMPOSE_EXCERPT},
	    {COMPOSE_BODY / 8, COMPOSE_EXCERPT},
	    {COMPOSE_BODY / 16, COMPOSE_EXCERPT},
	    {COMPOSE_BODY / 32, COMPOSE_EXCERPT},
	    {COMPOSE_BODY / 64, COMPOSE_EXCERPT},
	    {COMPOSE_BODY / 128, COMPOSE_EXCERPT},
	    {0, COMPOSE_EXCERPT},
	    {0, 200},
	    {0, 140},
	    {0, 90},
	    {0, 50},
	    {0, 0},
	};
	const bool bodies = compose_values_has_bodies(sheet->values);
	struct compose_extent extent = {.count = sheet->issue->count};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(steps) / sizeof(*steps); i++) {
		if (steps[i].body > 0 && !bodies)
			continue;
		extent.body = steps[i].body;
		extent.excerpt = steps[i].excerpt;
		rc = fits(sheet, &extent,
		    extent.excerpt > 0 ? COMPOSE_LARGE : COMPOSE_MOST, err);
	}
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (extent.count > 0 && fit_count(sheet, &extent, err) != 0)
		return -1;
	return render(sheet, &extent, SIZE_MAX, err);
}

static int
make_sheet(struct sheet *sheet, struct issue_body *out, struct err *err)
{
	if (compose_line_both(&sheet->lines, sheet->values, sheet->digest,
		&sheet->look.style, err) != 0 ||
	    fit(sheet, err) != 0)
		return -1;
	if (sheet->lines.subject.bad || sheet->html.bad || sheet->text.bad)
		return err_set(err, ERR_INPUT, "the digest is too long");
	(void)str_fit(out->language, sizeof(out->language),
	    confwords_language[sheet->look.language]);
	out->subject = str_take(&sheet->lines.subject);
	out->html = str_take(&sheet->html);
	out->text = str_take(&sheet->text);
	return 0;
}

int
compose_preview(const struct kit *kit, const struct compose_issue *issue,
    struct issue_body *out, struct err *err)
{
	struct sheet sheet;
	int rc = open_sheet(&sheet, kit, issue, err);

	if (rc == 0)
		rc = make_sheet(&sheet, out, err);
	close_sheet(&sheet);
	return rc;
}

int
compose_digest(const struct kit *kit, const struct compose_issue *issue,
    struct issue_body *out, struct err *err)
{
	struct issue_body body = {0};
	struct sheet sheet;
	int rc = open_sheet(&sheet, kit, issue, err);

	if (rc == 0)
		rc = make_sheet(&sheet, &body, err);
	if (rc == 0 && sheet.size > COMPOSE_MOST) {
		rc = err_set(err, ERR_CONFIG,
		    "the digest has %zu bytes without any article, and no more "
		    "than %d are sent: make its template shorter",
		    sheet.size, COMPOSE_MOST);
	}
	close_sheet(&sheet);
	if (rc == 0) {
		*out = body;
	} else {
		issue_body_release(&body);
	}
	return rc;
}

int
compose_show(const struct kit *kit, const struct issue_body *body,
    struct str *html, struct str *text, struct err *err)
{
	struct str link;
	int rc = 0;

	str_init(&link, 4096);
	str_addf(&link, "%s/leave/preview", kit->conf->base_url);
	const struct template_hole holes[] = {
	    {"unsubscribe_url", link.data}, {0}};

	if (html != NULL) {
		rc = template_splice(
		    html, body->html, strlen(body->html), holes, err);
	}
	if (rc == 0 && text != NULL) {
		rc = template_splice(
		    text, body->text, strlen(body->text), holes, err);
	}
	str_release(&link);
	return rc;
}
