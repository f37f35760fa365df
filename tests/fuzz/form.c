/* SPDX-License-Identifier: ISC */
/*
 * form - any body: what is accepted keeps the promises of web/form.h, and
 * written out again it is the same form.
 */
#include "web/form.h"

#include "../held.h"
#include "base/codec.h"
#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>

static struct held urlencoded;
static struct held multipart;

static void
prepare(void)
{
	if (urlencoded.connection != NULL)
		return;
	if (!held_open(&urlencoded, "application/x-www-form-urlencoded") ||
	    !held_open(&multipart, "multipart/form-data; boundary=XyZ"))
		abort();
}

static void
check(const struct form *form)
{
	if (form->count == 0 || form->count > FORM_FIELDS)
		abort();
	for (size_t i = 0; i < form->count; i++) {
		const struct form_field *field = &form->fields[i];

		if (*field->name == '\0' ||
		    !codec_utf8_ok(field->name, strlen(field->name)) ||
		    !codec_utf8_ok(field->value, strlen(field->value)) ||
		    form_get(form, field->name) != field->value)
			abort();
	}
}

static void
check_again(const struct form *form)
{
	struct form again;
	struct err err = ERR_INIT;
	struct str body;

	str_init(&body, FORM_BODY);
	for (size_t i = 0; i < form->count; i++) {
		str_add(&body, i > 0 ? "&" : "");
		str_add_url(&body, form->fields[i].name);
		str_add(&body, "=");
		str_add_url(&body, form->fields[i].value);
	}
	if (!body.bad) {
		if (form_parse(&again, urlencoded.connection, body.data,
			body.len, &err) != 0 ||
		    again.count != form->count)
			abort();
		for (size_t i = 0; i < form->count; i++) {
			if (!str_eq(
				again.fields[i].name, form->fields[i].name) ||
			    !str_eq(
				again.fields[i].value, form->fields[i].value))
				abort();
		}
	}
	str_release(&body);
}

/* The first byte says which kind of body the others are. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct form form;
	struct err err = ERR_INIT;
	const struct held *held;

	if (size < 2)
		return 0;
	prepare();
	held = data[0] % 2 == 0 ? &urlencoded : &multipart;
	if (form_parse(&form, held->connection, (const char *)data + 1,
		size - 1, &err) != 0) {
		if (form.count != 0 || err.code != ERR_INPUT)
			abort();
		return 0;
	}
	check(&form);
	check_again(&form);
	return 0;
}
