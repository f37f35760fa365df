/* SPDX-License-Identifier: ISC */
#include "text/wide.h"

#include <stdlib.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

/* ICU counts in int32_t; normalising makes a text up to 18 times as long. */
#define WIDE_MAX (INT32_MAX / 18)

bool
wide_decode(struct wide *out, const char *text, size_t n)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t len = 0;

	*out = (struct wide){0};
	if (n > WIDE_MAX)
		return false;
	/* At most one unit a byte. */
	out->unit = malloc((n + 1) * sizeof(*out->unit));
	if (out->unit == NULL)
		return false;
	u_strFromUTF8WithSub(out->unit, (int32_t)n + 1, &len, text, (int32_t)n,
	    0xfffd, NULL, &status);
	out->len = len;
	return U_SUCCESS(status);
}

void
wide_release(struct wide *text)
{
	free(text->unit);
	*text = (struct wide){0};
}

bool
wide_encode(struct str *out, const struct wide *text)
{
	UErrorCode status = U_ZERO_ERROR;
	size_t size = (size_t)text->len * 3 + 1;
	char *bytes;
	int32_t n = 0;

	if (size > INT32_MAX)
		return false;
	bytes = malloc(size);
	if (bytes == NULL)
		return false;
	u_strToUTF8(bytes, (int32_t)size, &n, text->unit, text->len, &status);
	if (U_SUCCESS(status))
		str_add_bytes(out, bytes, (size_t)n);
	free(bytes);
	return U_SUCCESS(status);
}

int32_t
wide_next(const struct wide *text, int32_t *at)
{
	UChar32 point;

	U16_NEXT_UNSAFE(text->unit, *at, point);
	return point;
}

void
wide_put(struct wide *text, int32_t *len, int32_t point)
{
	U16_APPEND_UNSAFE(text->unit, *len, point);
}

static const UNormalizer2 *
normalizer(enum wide_form form, UErrorCode *status)
{
	return form == WIDE_COMPOSED ? unorm2_getNFCInstance(status)
				     : unorm2_getNFKCCasefoldInstance(status);
}

/* Most text is normal already. */
bool
wide_normalise(struct wide *text, enum wide_form form)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *to = normalizer(form, &status);
	uint16_t *unit;
	int32_t len;

	if (unorm2_isNormalized(to, text->unit, text->len, &status))
		return true;
	len = unorm2_normalize(to, text->unit, text->len, NULL, 0, &status);
	if (status != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(status))
		return false;
	status = U_ZERO_ERROR;
	unit = malloc(((size_t)len + 1) * sizeof(*unit));
	if (unit == NULL)
		return false;
	len =
	    unorm2_normalize(to, text->unit, text->len, unit, len + 1, &status);
	free(text->unit);
	*text = (struct wide){unit, len};
	return U_SUCCESS(status);
}
