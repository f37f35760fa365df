/* SPDX-License-Identifier: ISC */
#include "mail/template_bidi.h"

#include "text/isolate.h"

#include <string.h>

#define WORD_MAX 64 /* bytes of a word that are looked at */
#define RLM      "\u200f"
#define LRM      "\u200e"

enum bidi_dir
template_bidi_dir(const char *text, enum bidi_dir document)
{
	int balance = 0; /* above 0: more words run left to right */

	if (document == BIDI_RTL && bidi_first(text) == BIDI_RTL)
		return BIDI_RTL;
	while (*text != '\0') {
		size_t n = strcspn(text, " \n");
		size_t len = n < WORD_MAX ? n : WORD_MAX - 1;
		char word[WORD_MAX];

		memcpy(word, text, len);
		word[len] = '\0';
		balance += bidi_first(word) == BIDI_LTR;
		balance -= bidi_first(word) == BIDI_RTL;
		text += n;
		text += strspn(text, " \n");
	}
	if (balance == 0)
		return document;
	return balance > 0 ? BIDI_LTR : BIDI_RTL;
}

void
template_bidi_html(struct str *out, const char *text, enum bidi_dir document)
{
	bool rtl = template_bidi_dir(text, document) == BIDI_RTL;

	str_add(out, rtl ? "<span dir=\"rtl\">" : "<span dir=\"ltr\">");
	if (rtl) {
		isolate_html(out, text);
	} else {
		str_add_html(out, text);
	}
	str_add(out, "</span>");
}

void
template_bidi_text(struct str *out, const char *text, enum bidi_dir document)
{
	enum bidi_dir first = bidi_first(text);
	enum bidi_dir dir = template_bidi_dir(text, document);

	if (first != BIDI_NEUTRAL && first != dir)
		str_add(out, dir == BIDI_RTL ? RLM : LRM);
	str_add(out, text);
}
