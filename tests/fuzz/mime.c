/* SPDX-License-Identifier: ISC */
/* What mail/mime takes is one header, of lines that are not too long, and
 * reads back as what went in. */
#include "mail/mime.h"

#include "../unit/words.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
check_text(const char *value)
{
	struct err err = ERR_INIT;
	struct str out;
	struct str unfolded;
	struct str back;

	str_init(&out, MIME_MESSAGE_MAX);
	str_init(&unfolded, MIME_MESSAGE_MAX);
	str_init(&back, MIME_MESSAGE_MAX);
	if (mime_header_text(&out, "Subject", value, &err) == 0) {
		const char *text;

		must(words_one_header(out.data, 76));
		words_unfold(&unfolded, out.data);
		text = unfolded.data + (*unfolded.data == ' ');
		must(words_decode(&back, &text));
		str_add(&back, text);
		must(str_eq(back.data, value));
	} else {
		must(err.code == ERR_INPUT && out.len == 0);
	}
	str_release(&out);
	str_release(&unfolded);
	str_release(&back);
}

static void
check_phrase(const char *phrase)
{
	struct err err = ERR_INIT;
	struct str out;
	struct str unfolded;
	struct str back;

	str_init(&out, MIME_MESSAGE_MAX);
	str_init(&unfolded, MIME_MESSAGE_MAX);
	str_init(&back, MIME_MESSAGE_MAX);
	if (mime_header_phrase(&out, "From", phrase, "a@example.org", &err) ==
	    0) {
		const char *text;

		must(words_one_header(out.data, 76));
		words_unfold(&unfolded, out.data);
		text = unfolded.data + 1;
		must(words_phrase(&back, &text));
		must(str_eq(back.data, phrase));
		text += *text == ' ';
		must(str_eq(text, "<a@example.org>"));
	} else {
		must(err.code == ERR_INPUT && out.len == 0);
	}
	str_release(&out);
	str_release(&unfolded);
	str_release(&back);
}

static void
check_plain(const char *value)
{
	struct err err = ERR_INIT;
	struct str out;
	struct str unfolded;

	str_init(&out, MIME_MESSAGE_MAX);
	str_init(&unfolded, MIME_MESSAGE_MAX);
	if (mime_header(&out, "List-Unsubscribe", value, &err) == 0) {
		words_unfold(&unfolded, out.data);
		must(words_one_header(out.data, SIZE_MAX));
		must(str_eq(unfolded.data + (*unfolded.data == ' '), value));
	} else {
		must(err.code == ERR_INPUT && out.len == 0);
	}
	str_release(&out);
	str_release(&unfolded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mime_body body = {.text = (const char *)data,
	    .text_len = size,
	    .html = "",
	    .language = "ar",
	    .boundary = "b"};
	struct err err = ERR_INIT;
	struct str out;
	char *value = malloc(size + 1);

	must(value != NULL);
	memcpy(value, data, size);
	value[size] = '\0';
	check_text(value);
	check_phrase(value);
	check_plain(value);
	free(value);

	str_init(&out, MIME_MESSAGE_MAX);
	must((mime_body_add(&out, &body, &err) == 0) ==
	     (memchr(data, 0, size) == NULL &&
		 codec_utf8_ok((const char *)data, size)));
	str_release(&out);
	return 0;
}
