/* SPDX-License-Identifier: ISC */
#include "base/confcheck.h"

#include "base/codec.h"
#include "base/url.h"

#include <string.h>

#define TEXT_MAX 1000

/* NULL, or what is wrong with the text. */
static const char *
text_trouble(const char *text)
{
	size_t len = strlen(text);

	if (len > TEXT_MAX)
		return "is too long";
	if (!codec_utf8_ok(text, len))
		return "is not valid UTF-8";
	for (const char *at = text; *at != '\0'; at++) {
		unsigned char c = (unsigned char)*at;

		if (c < ' ' || c == 0x7f ||
		    (c == 0xc2 && (unsigned char)at[1] < 0xa0))
			return "holds a control character";
	}
	return NULL;
}

int
confcheck_word(const struct setting *row, const char *text)
{
	for (int i = 0; row->words[i] != NULL; i++) {
		if (str_eq(row->words[i], text))
			return i;
	}
	return -1;
}

static void
word_list(struct str *out, const char *const *words)
{
	str_add(out, words[0]);
	for (size_t i = 1; words[i] != NULL; i++)
		str_addf(out, "%s%s", words[i + 1] ? ", " : " or ", words[i]);
}

static void
check_number(struct str *why, const struct setting *row, const char *text)
{
	int64_t number;

	if (!codec_int(&number, text, row->min, row->max)) {
		str_addf(why, "'%s' is not a whole number from %lld to %lld",
		    text, (long long)row->min, (long long)row->max);
	}
}

static void
check_word(struct str *why, const struct setting *row, const char *text)
{
	if (confcheck_word(row, text) >= 0)
		return;
	str_addf(why, "'%s' is not ", text);
	word_list(why, row->words);
}

static void
check_base_url(struct str *why, const struct setting *row, const char *text)
{
	static const char *const schemes[] = {"https://", "http://", NULL};
	struct url url;

	(void)row;
	if (!url_split(&url, text, schemes)) {
		str_addf(why,
		    "'%s' is not an address such as https://news.example.org",
		    text);
	} else if (url.scheme == 1 && !url_is_loopback(&url)) {
		str_addf(why,
		    "'%s' must begin with https:// (http serves "
		    "loopback only)",
		    text);
	}
}

static void
check_url(struct str *why, const struct setting *row, const char *text)
{
	struct url url;
	bool ok = url_split(&url, text, row->words);

	/* A mailbox may name its folder, a relay has none. */
	if (ok && row->kind == RELAY_URL)
		ok = url.rest[0] == '\0' || url.rest[1] == '\0';
	if (ok || (*text == '\0' && *row->fallback == '\0'))
		return;
	str_addf(
	    why, "'%s' is not an address of the form host:port after ", text);
	word_list(why, row->words);
}

static void
check_item(struct str *why, const struct setting *row, const char *text)
{
	(void)row;
	if (*text == '\0')
		str_add(why, "has an empty entry");
}

typedef void
check_fn(struct str *why, const struct setting *row, const char *text);

static check_fn *const checks[] = {
    [TEXT] = NULL,
    [PATH] = NULL,
    [NUMBER] = check_number,
    [WORD] = check_word,
    [ITEMS] = check_item,
    [BASE_URL] = check_base_url,
    [RELAY_URL] = check_url,
    [MAILBOX_URL] = check_url,
};

void
confcheck_value(struct str *why, const struct setting *row, const char *text)
{
	const char *trouble = text_trouble(text);

	if (trouble != NULL) {
		str_add(why, trouble);
	} else if (checks[row->kind] != NULL) {
		checks[row->kind](why, row, text);
	}
}
