/* SPDX-License-Identifier: ISC */
/* Whatever the body and the values are, a mould gives what the long way
 * gives, filled for the first time or again. Lines of the input: the values,
 * in pairs, up to an empty line; then the text, and the HTML, parted by a byte
 * of 0x02. '~' stands for a mark. */
#include "mail/mould.h"

#include "../unit/cast.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VALUES 8

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Cuts off the values; returns what is behind them. */
static char *
take_values(char *text, const char *values[VALUES])
{
	size_t n = 0;

	while (n < VALUES && *text != '\n') {
		char *end = strchr(text, '\n');

		if (end == NULL)
			break;
		*end = '\0';
		values[n++] = text;
		text = end + 1;
	}
	while (n < VALUES)
		values[n++] = "https://example.org/";
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *values[VALUES];
	struct mime_body body = {.language = "ar", .boundary = "b"};
	struct mould_cast last = {.layout = 0};
	struct mould *mould = NULL;
	struct err err = ERR_INIT;
	struct str before;
	char *copy = malloc(size + 1);
	char *cut;

	must(copy != NULL);
	for (size_t i = 0; i < size; i++)
		copy[i] = data[i] == '~' ? '\x01' : (char)data[i];
	copy[size] = '\0';
	body.text = take_values(copy, values);
	body.text_len = strlen(body.text);
	cut = memchr(body.text, 2, body.text_len);
	if (cut != NULL)
		body.text_len = (size_t)(cut - body.text);
	body.html = cut != NULL ? cut + 1 : "\x01hunsubscribe_url\x01";
	if (body.html[0] == '\0')
		body.html = NULL; /* text alone */
	body.html_len = body.html != NULL ? strlen(body.html) : 0;
	str_init(&before, MIME_MESSAGE_MAX);
	must(mould_new(&mould, &body, &err) == 0);
	for (size_t i = 0; i < VALUES; i++) {
		const struct template_hole holes[] = {
		    {"unsubscribe_url", values[i]},
		    {"confirm_url", values[(i + 1) / 2]}, {0}};

		must(*cast_check(mould, &body, holes, &last, &before) == '\0');
	}
	mould_free(mould);
	str_release(&before);
	free(copy);
	return 0;
}
