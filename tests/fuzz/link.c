/* SPDX-License-Identifier: ISC */
#include "text/link.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A URL that is taken has one of three beginnings and holds nothing but
 * visible ASCII without a quote, an angle or a backslash, no '@' before its
 * path; and it is taken again, as it is. What is not taken adds nothing. */
static void
check(const char *url, enum link_use use)
{
	struct str out;
	struct str again;

	str_init(&out, 1 << 20);
	str_init(&again, 1 << 20);
	if (!link_clean(&out, url, use)) {
		if (out.len != 0 || out.bad)
			abort();
		return;
	}
	if (!link_clean(&again, out.data, use) || !str_eq(again.data, out.data))
		abort();
	for (size_t i = 0; i < out.len; i++) {
		if (out.data[i] <= ' ' || out.data[i] >= 0x7f ||
		    strchr("\"<>\\`{}|^", out.data[i]) != NULL)
			abort();
	}
	if (str_starts(out.data, "http://") ||
	    str_starts(out.data, "https://")) {
		const char *host = strstr(out.data, "//") + 2;
		size_t n = strcspn(host, "/?#");

		if (n == 0 || memchr(host, '@', n) != NULL ||
		    memchr(host, '%', n) != NULL)
			abort();
	} else if (!str_starts(out.data, "mailto:") || use != LINK_PAGE) {
		abort();
	}
	str_release(&out);
	str_release(&again);
}

/* One URL relative to the other: what comes of it is taken, as it is; and what
 * names no host of its own stays on that of the page. */
static void
check_relative(const char *base, const char *url)
{
	struct str out;
	struct str again;

	str_init(&out, 1 << 20);
	str_init(&again, 1 << 20);
	if (!link_resolve(&out, base, url, LINK_PAGE)) {
		if (out.len != 0 || out.bad)
			abort();
	} else if (!link_clean(&again, out.data, LINK_PAGE) ||
		   !str_eq(again.data, out.data)) {
		abort();
	}
	if (str_starts(url, "/") && strchr(url, ':') == NULL &&
	    strpbrk(url, "\t\r\n") == NULL && url[1] != '/' && out.len > 0) {
		str_reset(&again);
		if (!link_clean(&again, base, LINK_PAGE) ||
		    strcspn(out.data + 8, "/?#") !=
			strcspn(again.data + 8, "/?#") ||
		    memcmp(out.data, again.data,
			8 + strcspn(again.data + 8, "/?#")) != 0)
			abort();
	}
	str_release(&out);
	str_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *url = calloc(1, len + 1);

	if (url == NULL)
		abort();
	if (len > 0)
		memcpy(url, data, len);
	check(url, LINK_PAGE);
	check(url, LINK_IMAGE);
	check(url, LINK_SOURCE);
	check_relative("https://example.org/a/b/../c?d#e", url);
	check_relative("http://example.org", url);
	check_relative(url, "../f");
	check_relative(url, "/f?g");
	free(url);
	return 0;
}
