/* SPDX-License-Identifier: ISC */
#include "web/form.h"

#include "base/codec.h"
#include "base/str.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <string.h>

/* Room for the longest name with every byte of it escaped, and for a boundary
 * twice (RFC 2046 5.1.1: 70 characters). */
#define PROCESSOR_BUFFER 1024

enum kind { KIND_OTHER, KIND_URLENCODED, KIND_MULTIPART };

static const struct {
	const char *type;
	enum kind kind;
} kinds[] = {
    {MHD_HTTP_POST_ENCODING_FORM_URLENCODED, KIND_URLENCODED},
    {MHD_HTTP_POST_ENCODING_MULTIPART_FORMDATA, KIND_MULTIPART},
};

/* The post processor looks at the first letters only and would take
 * "multipart/form-database". */
static enum kind
find_kind(struct MHD_Connection *connection)
{
	const char *type = MHD_lookup_connection_value(
	    connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);

	for (size_t i = 0; type != NULL && i < sizeof(kinds) / sizeof(kinds[0]);
	     i++) {
		size_t len = strlen(kinds[i].type);

		if (str_starts_ci(type, kinds[i].type) &&
		    strchr("; \t", type[len]) != NULL)
			return kinds[i].kind;
	}
	return KIND_OTHER;
}

/* "%zz" stays as it is in some readers and ends the text in others, and "%00"
 * hides what follows: no browser sends either. */
static bool
escapes_ok(const char *body, size_t len)
{
	static const char hex[] = "0123456789ABCDEFabcdef";

	for (size_t i = 0; i < len; i++) {
		if (body[i] != '%')
			continue;
		if (len - i < 3 || strchr(hex, body[i + 1]) == NULL ||
		    strchr(hex, body[i + 2]) == NULL ||
		    memcmp(body + i + 1, "00", 2) == 0)
			return false;
	}
	return true;
}

/* Appends and leaves a NUL behind; false where it does not fit. */
static bool
append(struct form *form, const char *bytes, size_t len)
{
	if (len >= sizeof(form->text) - form->used)
		return false;
	memcpy(form->text + form->used, bytes, len);
	form->used += len;
	form->text[form->used] = '\0';
	return true;
}

static bool
add_field(struct form *form, const char *name)
{
	struct form_field *field = &form->fields[form->count];

	if (form->count == FORM_FIELDS || *name == '\0' ||
	    strlen(name) > FORM_NAME)
		return false;
	for (size_t i = 0; i < form->count; i++) {
		if (str_eq(form->fields[i].name, name))
			return false;
	}
	if (form->count > 0)
		form->used++; /* keep the NUL of the last value */
	field->name = form->text + form->used;
	if (!append(form, name, strlen(name)))
		return false;
	form->used++;
	field->value = form->text + form->used;
	form->count++;
	return append(form, "", 0);
}

/* A value comes in one piece or more; offset 0 is a new field. MHD_NO stops
 * the processor. */
static enum MHD_Result
/* NOLINTNEXTLINE(readability-function-size): the library's signature */
take(void *arg, enum MHD_ValueKind kind, const char *key, const char *filename,
    const char *content_type, const char *transfer_encoding, const char *data,
    uint64_t offset, size_t size)
{
	struct form *form = arg;

	(void)kind;
	(void)content_type;
	if (key == NULL || filename != NULL || transfer_encoding != NULL)
		return MHD_NO;
	if (offset == 0 && !add_field(form, key))
		return MHD_NO;
	if (size > 0 && !append(form, data, size))
		return MHD_NO;
	return MHD_YES;
}

static bool
run_processor(struct form *form, struct MHD_Connection *connection,
    const char *body, size_t len)
{
	struct MHD_PostProcessor *processor =
	    MHD_create_post_processor(connection, PROCESSOR_BUFFER, take, form);
	bool ok;

	if (processor == NULL)
		return false;
	ok = MHD_post_process(processor, body, len) == MHD_YES;
	return MHD_destroy_post_processor(processor) == MHD_YES && ok;
}

static int
parse(struct form *form, struct MHD_Connection *connection, const char *body,
    size_t len, struct err *err)
{
	enum kind kind = find_kind(connection);

	if (kind == KIND_OTHER)
		return err_set(err, ERR_INPUT, "body is not a form");
	if (len > FORM_BODY)
		return err_set(err, ERR_INPUT, "form is too long");
	if (memchr(body, '\0', len) != NULL ||
	    (kind == KIND_URLENCODED && !escapes_ok(body, len)))
		return err_set(err, ERR_INPUT, "form has a bad escape or NUL");
	/* Of a body that never comes to its first boundary the processor says
	 * that all is well. */
	if (!run_processor(form, connection, body, len) || form->count == 0) {
		return err_set(err, ERR_INPUT,
		    "form is cut short, has a field twice, a file, or not 1 "
		    "to %d fields",
		    FORM_FIELDS);
	}
	for (size_t i = 0; i < form->count; i++) {
		const struct form_field *field = &form->fields[i];

		if (!codec_utf8_ok(field->name, strlen(field->name)) ||
		    !codec_utf8_ok(field->value, strlen(field->value)))
			return err_set(err, ERR_INPUT, "form is not UTF-8");
	}
	return 0;
}

int
form_parse(struct form *out, struct MHD_Connection *connection,
    const char *body, size_t len, struct err *err)
{
	*out = (struct form){0};
	if (len == 0)
		return 0;
	if (parse(out, connection, body, len, err) != 0) {
		*out = (struct form){0};
		return -1;
	}
	return 0;
}

const char *
form_get(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++) {
		if (str_eq(form->fields[i].name, name))
			return form->fields[i].value;
	}
	return "";
}
