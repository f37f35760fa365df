/* SPDX-License-Identifier: ISC */
#include "flow/plate.h"

#include "flow/letter_head.h"
#include "mail/canon.h"
#include "mail/mould.h"
#include "mail/talk_check.h"

#include <stdlib.h>
#include <string.h>

#define LINK_MAX ((size_t)4096)

struct plate {
	const struct kit *kit;
	const struct token_ring *ring;
	struct list list;
	struct issue issue;
	char *subject;
	struct mould *mould;
	/* Each row's header of letter_head_digest, where it is everybody's. */
	struct str heads[LETTER_HEAD_MAX];
	struct str head, leave; /* of the letter at hand */
	/* Of the bodies of this layout: */
	unsigned layout;
	bool fits;              /* talk_fits() */
	struct dkim_stem *stem; /* if there can be one */
};

static struct letter
letter_of(
    const struct plate *plate, const struct subscription *reader, int64_t now)
{
	return (struct letter){.kind = OUTBOX_DIGEST,
	    .list = &plate->list,
	    .subscription = reader,
	    .issue = &plate->issue,
	    .now = now};
}

static int
make_mould(
    struct plate *plate, const struct issue_body *source, struct err *err)
{
	struct letter letter = letter_of(plate, NULL, 0);
	struct mime_body body;
	struct str boundary;
	int rc;

	letter.body = source;
	str_init(&boundary, 60);
	letter_frame(plate->kit, &letter, &boundary, &body);
	body.text = source->text;
	body.text_len = strlen(source->text);
	if (source->html[0] != '\0')
		body.html = source->html;
	body.html_len = strlen(source->html);
	rc = mould_new(&plate->mould, &body, err);
	str_release(&boundary);
	return rc;
}

static int
make_heads(struct plate *plate, struct err *err)
{
	const struct letter letter = letter_of(plate, NULL, 0);
	const struct letter_head_input in = {.kit = plate->kit,
	    .mail = &letter,
	    .subject = plate->subject,
	    .leave = ""};
	const struct letter_head *head = letter_head_digest;

	for (size_t i = 0; head[i].name != NULL; i++) {
		if (!head[i].personal &&
		    head[i].add(&plate->heads[i], head[i].name, &in, err) != 0)
			return -1;
	}
	return 0;
}

int
plate_new(struct plate **out, const struct kit *kit,
    const struct token_ring *ring, const struct letter *digest, struct err *err)
{
	struct plate *plate = calloc(1, sizeof(*plate));

	if (plate == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	plate->kit = kit;
	plate->ring = ring;
	plate->list = *digest->list;
	plate->issue = *digest->issue;
	str_init(&plate->head, MIME_MESSAGE_MAX);
	str_init(&plate->leave, LINK_MAX);
	for (size_t i = 0; i < LETTER_HEAD_MAX; i++)
		str_init(&plate->heads[i], MIME_MESSAGE_MAX);
	plate->subject = strdup(digest->body->subject);
	if (plate->subject == NULL) {
		(void)err_set(err, ERR_SYSTEM, "out of memory");
		goto undo;
	}
	if (make_heads(plate, err) != 0 ||
	    make_mould(plate, digest->body, err) != 0)
		goto undo;
	*out = plate;
	return 0;
undo:
	plate_free(plate);
	return -1;
}

void
plate_free(struct plate *plate)
{
	if (plate == NULL)
		return;
	dkim_stem_free(plate->stem);
	mould_free(plate->mould);
	for (size_t i = 0; i < LETTER_HEAD_MAX; i++)
		str_release(&plate->heads[i]);
	str_release(&plate->head);
	str_release(&plate->leave);
	free(plate->subject);
	free(plate);
}

static int
add_heads(struct plate *plate, const struct letter *letter, struct err *err)
{
	const struct letter_head_input in = {.kit = plate->kit,
	    .mail = letter,
	    .subject = plate->subject,
	    .leave = plate->leave.data};
	const struct letter_head *head = letter_head_digest;

	for (size_t i = 0; head[i].name != NULL; i++) {
		const struct str *same = &plate->heads[i];

		str_add_bytes(&plate->head, same->data, same->len);
		if (head[i].personal &&
		    head[i].add(&plate->head, head[i].name, &in, err) != 0)
			return -1;
	}
	return 0;
}

static int
take_layout(struct plate *plate, const struct mould_cast *cast, struct err *err)
{
	if (plate->layout == cast->layout)
		return 0;
	dkim_stem_free(plate->stem);
	plate->stem = NULL;
	if (plate->kit->dkim != NULL &&
	    dkim_stem_new(
		&plate->stem, cast->body, cast->body_len, cast->fixed, err) < 0)
		return -1;
	plate->fits = talk_fits(cast->body, cast->body_len);
	plate->layout = cast->layout;
	return 0;
}

static int
sign(struct plate *plate, const struct mould_cast *cast, int64_t now,
    struct str *out, struct err *err)
{
	struct dkim_parts parts = {
	    .body = cast->body, .body_len = cast->body_len};
	struct canon_message head;
	int rc;

	if (canon_split(&head, plate->head.data, plate->head.len, err) != 0)
		return -1;
	parts.head = &head;
	parts.stem = plate->stem;
	rc = dkim_sign_parts(out, plate->kit->dkim, &parts, now, err);
	canon_release(&head);
	return rc;
}

int
plate_print(struct plate *plate, const struct subscription *reader, int64_t now,
    struct str *out, size_t *fits, struct err *err)
{
	const struct letter letter = letter_of(plate, reader, now);
	struct mould_cast cast;

	str_reset(&plate->head);
	str_reset(&plate->leave);
	letter_leave(plate->kit, plate->ring, reader, &plate->leave);
	const struct template_hole holes[] = {
	    {"unsubscribe_url", plate->leave.data}, {0}};

	if (mould_fill(plate->mould, holes, &cast, err) != 0 ||
	    take_layout(plate, &cast, err) != 0 ||
	    add_heads(plate, &letter, err) != 0)
		return -1;
	/* The empty line too. */
	str_add_bytes(&plate->head, cast.head, cast.head_len + 2);
	if (plate->head.bad ||
	    plate->head.len + cast.body_len > MIME_MESSAGE_MAX)
		return err_set(err, ERR_INPUT, "the message is too long");
	if (plate->kit->dkim != NULL && sign(plate, &cast, now, out, err) != 0)
		return -1;
	str_add_bytes(out, plate->head.data, plate->head.len);
	str_add_bytes(out, cast.body, cast.body_len);
	if (out->bad)
		return err_set(err, ERR_INPUT, "the message is too long");
	*fits = plate->fits ? cast.body_len : 0;
	return 0;
}
