/* SPDX-License-Identifier: ISC */
#include "mail/domain.h"

#include "base/str.h"
#include "text/point.h"

#include <idn2.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LABEL_MAX 63   /* RFC 1035 2.3.4 */
#define TYPED_MAX 1020 /* more than any domain needs, in any script */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Scripts whose letters pass for one another: a label uses one of them. */
enum script { LATIN, GREEK, CYRILLIC, ARMENIAN, CHEROKEE };
static const struct {
	unsigned first;
	unsigned last;
	enum script script;
} letters[] = {
    {'A', 'Z', LATIN},
    {'a', 'z', LATIN},
    {0xc0, 0x24f, LATIN},
    {0x1e00, 0x1eff, LATIN},
    {0x370, 0x3ff, GREEK},
    {0x1f00, 0x1fff, GREEK},
    {0x400, 0x52f, CYRILLIC},
    {0x1c80, 0x1c8f, CYRILLIC},
    {0x2de0, 0x2dff, CYRILLIC},
    {0xa640, 0xa69f, CYRILLIC},
    {0x530, 0x58f, ARMENIAN},
    {0x13a0, 0x13ff, CHEROKEE},
    {0xab70, 0xabbf, CHEROKEE},
};

static const char LABEL[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

/* A domain in its final form: letters, digits and hyphens, lower case. */
static int
check_labels(const char *domain, struct err *err)
{
	const char *top = strrchr(domain, '.');

	for (const char *label = domain;; label++) {
		size_t n = strspn(label, LABEL);
		char end = label[n];

		if (end != '\0' && end != '.') {
			return err_set(err, ERR_INPUT,
			    "a '%c' cannot be in a domain",
			    end > ' ' && end <= '~' ? end : ' ');
		}
		if (n == 0) {
			return err_set(err, ERR_INPUT,
			    "a '.' too many in the domain, or nothing there");
		}
		if (n > LABEL_MAX) {
			return err_set(err, ERR_INPUT,
			    "a part of the domain passes %d characters",
			    LABEL_MAX);
		}
		if (label[0] == '-' || label[n - 1] == '-') {
			return err_set(err, ERR_INPUT,
			    "a part of the domain begins or ends with '-'");
		}
		label += n;
		if (end == '\0')
			break;
	}
	if (top == NULL) {
		return err_set(err, ERR_INPUT,
		    "the domain needs a '.', as in name@example.org");
	}
	/* RFC 3696 2: so that an IPv4 address is no domain. */
	if (strspn(top + 1, "0123456789") == strlen(top + 1)) {
		return err_set(
		    err, ERR_INPUT, "the domain ends in digits alone");
	}
	return 0;
}

static int
check_scripts(const char *shown, struct err *err)
{
	unsigned seen = 0;
	unsigned point = 0;

	for (const char *p = shown; *p != '\0';) {
		p += point_next(p, &point);
		if (point == '.')
			seen = 0;
		for (size_t i = 0; i < COUNT(letters); i++) {
			if (point >= letters[i].first &&
			    point <= letters[i].last)
				seen |= 1u << letters[i].script;
		}
		if ((seen & (seen - 1)) != 0) {
			return err_set(err, ERR_INPUT,
			    "letters of two scripts that look alike in one "
			    "part of the domain");
		}
	}
	return 0;
}

static bool
needs_idn(const char *domain)
{
	for (const char *p = domain; *p != '\0'; p++) {
		bool begins = p == domain || p[-1] == '.';

		if ((unsigned char)*p >= 0x80 ||
		    (begins && str_starts_ci(p, "xn--")))
			return true;
	}
	return false;
}

static int
lookup(char wire[DOMAIN_SIZE], const char *domain, int flags, struct err *err)
{
	uint8_t *ascii = NULL;
	int rc = idn2_lookup_u8((const uint8_t *)domain, &ascii,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | flags);

	if (rc != IDN2_OK) {
		rc = err_set(err, ERR_INPUT, "the domain cannot exist: %s",
		    idn2_strerror(rc));
	} else if (!str_fit(wire, DOMAIN_SIZE, (const char *)ascii)) {
		rc = err_set(err, ERR_INPUT, "the domain is too long");
	}
	idn2_free(ascii);
	return rc;
}

/* UTS 46, there and back. Told IDN2_USE_STD3_ASCII_RULES, libidn2 drops
 * forbidden ASCII without a word (a_b.org became ab.org); not told, it takes
 * A-labels whose letters it would not make. So it is told the second time
 * only, when check_labels() has seen what the first one gave. */
static int
convert(struct domain *out, const char *domain, struct err *err)
{
	char again[DOMAIN_SIZE];
	char *unicode = NULL;
	int rc;

	if (lookup(out->wire, domain, 0, err) != 0 ||
	    check_labels(out->wire, err) != 0 ||
	    lookup(again, out->wire, IDN2_USE_STD3_ASCII_RULES, err) != 0)
		return -1;
	if (!str_eq(again, out->wire) ||
	    idn2_to_unicode_8z8z(out->wire, &unicode, 0) != IDN2_OK) {
		rc = err_set(err, ERR_INPUT,
		    "the domain cannot exist: it has no one form in DNS");
		goto out;
	}
	/* For people only, so the other form will do where it is so long. */
	if (!str_fit(out->shown, DOMAIN_SHOWN_SIZE, unicode))
		(void)str_fit(out->shown, DOMAIN_SHOWN_SIZE, out->wire);
	rc = check_scripts(unicode, err);
out:
	idn2_free(unicode);
	return rc;
}

static void
lower(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text + ('a' - 'A'));
	}
}

/* Every label by itself, since it may be right in one and not in another. */
static void
map_digits(char *domain)
{
	char mapped[TYPED_MAX + 1];
	size_t len = 0;

	for (char *label = domain; label != NULL;) {
		char *dot = strchr(label, '.');

		if (dot != NULL)
			*dot++ = '\0';
		point_map_digits(label);
		len += (size_t)snprintf(mapped + len, sizeof(mapped) - len,
		    "%s%s", label, dot != NULL ? "." : "");
		label = dot;
	}
	memcpy(domain, mapped, len + 1);
}

int
domain_parse(struct domain *out, const char *typed, struct err *err)
{
	char work[TYPED_MAX + 1];
	struct domain domain = {.wire = ""};

	if (!str_fit(work, sizeof(work), typed))
		return err_set(err, ERR_INPUT, "the domain is too long");
	map_digits(work);
	if (needs_idn(work)) {
		if (convert(&domain, work, err) != 0)
			return -1;
	} else {
		if (!str_fit(domain.wire, sizeof(domain.wire), work)) {
			return err_set(
			    err, ERR_INPUT, "the domain is too long");
		}
		lower(domain.wire);
		(void)str_fit(domain.shown, sizeof(domain.shown), domain.wire);
	}
	if (check_labels(domain.wire, err) != 0)
		return -1;
	*out = domain;
	return 0;
}
