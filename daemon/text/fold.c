/* SPDX-License-Identifier: ISC */
#include "text/fold.h"

#include "text/bidi.h"
#include "text/wide.h"

#include <unicode/uchar.h>

/* Dropping a mark brings letters together that compose, which may bring a
 * mark again. No text that was tried took more than two rounds. */
#define ROUNDS_MAX 8

#define TATWEEL 0x640

/* What is written for each other, and the one that is kept: the letter of an
 * Arabic keyboard. Hamza on its own line is a letter like others. */
static const struct {
	int32_t from;
	int32_t to;
} LETTERS[] = {
    {0x622, 0x627}, /* آ alef with madda */
    {0x623, 0x627}, /* أ alef with hamza above */
    {0x624, 0x648}, /* ؤ waw with hamza */
    {0x625, 0x627}, /* إ alef with hamza below */
    {0x626, 0x64a}, /* ئ yeh with hamza */
    {0x629, 0x647}, /* ة teh marbuta */
    {0x649, 0x64a}, /* ى alef maksura */
    {0x671, 0x627}, /* ٱ alef wasla */
    {0x672, 0x627}, /* ٲ alef with wavy hamza above */
    {0x673, 0x627}, /* ٳ alef with wavy hamza below */
    {0x6a9, 0x643}, /* ک Persian and Urdu kaf */
    {0x6aa, 0x643}, /* ڪ swash kaf */
    {0x6be, 0x647}, /* ھ heh doachashmee */
    {0x6c0, 0x647}, /* ۀ heh with yeh above */
    {0x6c1, 0x647}, /* ہ Urdu heh */
    {0x6c2, 0x647}, /* ۂ Urdu heh with hamza */
    {0x6c3, 0x647}, /* ۃ Urdu teh marbuta */
    {0x6cc, 0x64a}, /* ی Persian and Urdu yeh */
    {0x6d2, 0x64a}, /* ے Urdu yeh barree */
    {0x6d3, 0x64a}, /* ۓ yeh barree with hamza */
    {0x6d5, 0x647}, /* ە Kurdish and Uyghur ae */
};

static int32_t
letter(int32_t point)
{
	for (size_t i = 0; i < sizeof(LETTERS) / sizeof(*LETTERS); i++) {
		if (LETTERS[i].from == point)
			return LETTERS[i].to;
	}
	return point;
}

static bool
is_dropped(int32_t point)
{
	return point == TATWEEL ||
	       (U_GET_GC_MASK(point) & (U_GC_M_MASK | U_GC_CF_MASK)) != 0;
}

/* Returns whether any character was changed. */
static bool
filter(struct wide *text)
{
	bool changed = false;
	bool space = false;
	int32_t len = 0;
	int32_t i = 0;

	while (i < text->len) {
		int32_t was = wide_next(text, &i);
		int32_t point = letter(was);

		if (is_dropped(point)) {
			changed = true;
			continue;
		}
		if (u_isdigit(point))
			point = '0' + u_charDigitValue(point);
		if (!u_isalnum(point)) {
			space = true;
			continue;
		}
		if (space && len > 0)
			wide_put(text, &len, ' ');
		space = false;
		wide_put(text, &len, point);
		changed |= point != was;
	}
	text->len = len;
	return changed;
}

void
fold_text(struct str *out, const char *text, size_t n)
{
	struct str clean;
	struct wide wide;
	bool done;

	/* Cleaned first: its limit on piles of marks keeps the forms of ICU
	 * from taking the square of their height. */
	str_init(&clean, 3 * n); /* no byte becomes more */
	bidi_clean_line(&clean, text, n);
	done = wide_decode(&wide, clean.data, clean.len) && !clean.bad;
	for (int i = 0; done && i < ROUNDS_MAX; i++) {
		done = wide_normalise(&wide, WIDE_CASELESS);
		if (!done || !filter(&wide))
			break;
	}
	if (!done || !wide_encode(out, &wide))
		out->bad = true;
	wide_release(&wide);
	str_release(&clean);
}
