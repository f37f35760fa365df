/* SPDX-License-Identifier: ISC */
/*
 * What each recipient costs: once the first ones were served, filling the
 * holes of a body asks for no memory. The linker puts our malloc() and its
 * kin in the place of the library's (see the Makefile).
 */
#include "base/str.h"
#include "mail/mould.h"
#include "mail/template_hole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

static size_t asked;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);

void *
__wrap_malloc(size_t size)
{
	asked++;
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	asked++;
	return __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	asked++;
	return __real_realloc(old, size);
}

void *
__wrap_reallocarray(void *old, size_t count, size_t size)
{
	asked++;
	return __real_reallocarray(old, count, size);
}

#define NAMES 2

/* A body of 22 KB, as many a digest, with holes all over it. */
static void
body(struct str *out, char mode)
{
	str_init(out, 1 << 20);
	for (int i = 0; i < 100; i++) {
		for (int k = 0; k < 10; k++)
			str_add(out, "وصلتك ٣ مقالات ");
		if (i % 10 == 0)
			str_addf(out, "\x01%cunsubscribe_url\x01", mode);
		if (i % 30 == 0)
			str_addf(out, "\x01%cpreferences_url\x01", mode);
	}
}

/* Of one length, as tokens are; '&' and '"' are to be escaped. */
static void
fill(struct template_hole holes[NAMES + 1], char urls[NAMES][64], unsigned row)
{
	static const char *const names[NAMES] = {
	    "unsubscribe_url", "preferences_url"};

	memset(holes, 0, (NAMES + 1) * sizeof(*holes));
	for (int i = 0; i < NAMES; i++) {
		(void)snprintf(urls[i], 64, "https://example.org/%d?a&t=%08x\"",
		    i, row * 2654435761u);
		holes[i] = (struct template_hole){names[i], urls[i]};
	}
}

static void
a_spliced_body_needs_no_memory(void **state)
{
	static const char modes[] = {'h', 't'};

	(void)state;
	for (size_t i = 0; i < sizeof(modes); i++) {
		struct err err = ERR_INIT;
		struct str shared;
		struct str out;
		size_t before = 0;

		body(&shared, modes[i]);
		str_init(&out, 1 << 20);
		for (unsigned row = 0; row < 1000; row++) {
			struct template_hole holes[NAMES + 1];
			char urls[NAMES][64];

			fill(holes, urls, row);
			str_reset(&out);
			assert_int_equal(template_splice(&out, shared.data,
					     shared.len, holes, &err),
			    0);
			if (row == 0)
				before = asked;
		}
		assert_true(before > 0);
		assert_int_equal(asked - before, 0);
		assert_true(out.len > shared.len);
		str_release(&shared);
		str_release(&out);
	}
}

static void
an_encoded_body_needs_no_memory(void **state)
{
	struct err err = ERR_INIT;
	struct mould *mould = NULL;
	struct str text;
	struct str html;
	size_t before = 0;

	(void)state;
	body(&text, 't');
	body(&html, 'h');
	const struct mime_body whole = {.text = text.data,
	    .text_len = text.len,
	    .html = html.data,
	    .html_len = html.len,
	    .language = "ar",
	    .boundary = "=_nashra"};

	assert_int_equal(mould_new(&mould, &whole, &err), 0);
	for (unsigned row = 0; row < 1000; row++) {
		struct template_hole holes[NAMES + 1];
		struct mould_cast cast;
		char urls[NAMES][64];

		fill(holes, urls, row);
		assert_int_equal(mould_fill(mould, holes, &cast, &err), 0);
		assert_true(cast.body_len > text.len + html.len);
		/* The second one is the first that is not laid out anew. */
		if (row == 1)
			before = asked;
	}
	assert_int_equal(asked - before, 0);
	mould_free(mould);
	str_release(&text);
	str_release(&html);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_spliced_body_needs_no_memory),
	    cmocka_unit_test(an_encoded_body_needs_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
