/* SPDX-License-Identifier: ISC */
#include "mail/address.h"

#include "base/codec.h"
#include "base/str.h"
#include "mail/domain.h"
#include "text/point.h"

#include <stddef.h>
#include <string.h>

#define LOCAL_MAX  64   /* RFC 5321 4.5.3.1.1 */
#define TYPED_MAX  1020 /* more than any address needs, in any script */
#define QUOTED_MAX 120  /* longer ones are not repeated in messages */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Characters that make it something else than one plain address. */
static const struct {
	unsigned point;
	const char *why;
} refused[] = {
    {'"', "quoted local parts are not taken"},
    {'\\', "a '\\' in it"},
    {'(', "comments in '()' are not taken"},
    {')', "comments in '()' are not taken"},
    {',', "a ',' in it: write one address only"},
    {';', "a ';' in it: write one address only"},
    {':', "a ':' in it: groups and source routes are not taken"},
    {'<', "a '<' inside it"},
    {'>', "a '>' inside it"},
    {'[', "address literals in '[]' are not taken: write a domain"},
    {']', "address literals in '[]' are not taken: write a domain"},
    {0x60c, "an Arabic comma in it: is a '.' meant?"},
    {0x61b, "an Arabic semicolon in it: write one address only"},
};

static const char LOCAL[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789.#$&'*+-/=?^_`{|}~";

/* A stretch of the text that somebody typed. */
struct span {
	const char *text;
	size_t len;
};

static bool
is_invisible(unsigned point)
{
	return point_is(point, POINT_SPACE) || point_is(point, POINT_MARK);
}

static void
trim(struct span *s)
{
	unsigned point;

	while (s->len > 0) {
		size_t n = point_next(s->text, &point);

		if (!is_invisible(point))
			break;
		s->text += n;
		s->len -= n;
	}
	while (s->len > 0) {
		size_t at = s->len - 1;

		while (((unsigned char)s->text[at] & 0xc0) == 0x80)
			at--;
		point_next(s->text + at, &point);
		if (!is_invisible(point))
			break;
		s->len = at;
	}
}

/* Drops what mail programs put around an address when it is copied. */
static void
unwrap(struct span *s)
{
	static const char scheme[] = "mailto:";

	trim(s);
	if (s->len >= 2 && s->text[0] == '<' && s->text[s->len - 1] == '>') {
		s->text++;
		s->len -= 2;
		trim(s);
	}
	if (s->len >= strlen(scheme) && str_starts_ci(s->text, scheme)) {
		s->text += strlen(scheme);
		s->len -= strlen(scheme);
		trim(s);
	}
}

static int
check_point(unsigned point, struct err *err)
{
	if (point_is(point, POINT_CONTROL))
		return err_set(err, ERR_INPUT, "a control character in it");
	if (point_is(point, POINT_SPACE))
		return err_set(err, ERR_INPUT, "white space inside it");
	if (!point_is(point, POINT_JOINER) && point_is(point, POINT_MARK)) {
		return err_set(err, ERR_INPUT,
		    "an invisible character (U+%04X) inside it: type it "
		    "again by hand",
		    point);
	}
	for (size_t i = 0; i < COUNT(refused); i++) {
		if (point == refused[i].point)
			return err_set(err, ERR_INPUT, "%s", refused[i].why);
	}
	return 0;
}

static int
check_points(const char *typed, struct err *err)
{
	unsigned point;
	size_t n;

	for (const char *p = typed; *p != '\0'; p += n) {
		n = point_next(p, &point);
		if (check_point(point, err) != 0)
			return -1;
	}
	return 0;
}

static int
check_local(char *local, struct err *err)
{
	size_t len;
	size_t good;

	point_map_digits(local);
	len = strlen(local);
	good = strspn(local, LOCAL);
	if (len == 0)
		return err_set(err, ERR_INPUT, "nothing before the '@'");
	if ((unsigned char)local[good] >= 0x80) {
		return err_set(err, ERR_INPUT,
		    "letters before the '@' that are not of a-z: such "
		    "addresses are not supported, use another one");
	}
	/* RFC 5321 allows % and !, but relays have read routes in them. */
	if (local[good] != '\0') {
		return err_set(err, ERR_INPUT,
		    "a '%c' before the '@' is not taken", local[good]);
	}
	if (len > LOCAL_MAX) {
		return err_set(err, ERR_INPUT,
		    "more than %d characters before the '@'", LOCAL_MAX);
	}
	if (local[0] == '.' || local[len - 1] == '.' ||
	    strstr(local, "..") != NULL) {
		return err_set(err, ERR_INPUT,
		    "before the '@' a '.' stands alone between two letters "
		    "only");
	}
	return 0;
}

static void
lower(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text + ('a' - 'A'));
	}
}

static bool
join(char *array, size_t size, const char *local, const char *domain)
{
	size_t n = strlen(local);

	if (n + 1 >= size || !str_fit(array, size, local))
		return false;
	array[n] = '@';
	return str_fit(array + n + 1, size - n - 1, domain);
}

/* `typed` is unwrapped, valid UTF-8, and at most TYPED_MAX bytes. */
static int
parse(struct address *out, char *typed, struct err *err)
{
	char *at = strchr(typed, '@');
	struct address made;
	struct domain domain;

	if (*typed == '\0') {
		return err_set(
		    err, ERR_INPUT, "empty: write one like name@example.org");
	}
	if (check_points(typed, err) != 0)
		return -1;
	if (at == NULL) {
		return err_set(err, ERR_INPUT,
		    "no '@' in it: write one like name@example.org");
	}
	*at++ = '\0';
	if (strchr(at, '@') != NULL)
		return err_set(err, ERR_INPUT, "more than one '@' in it");
	if (check_local(typed, err) != 0 || domain_parse(&domain, at, err) != 0)
		return -1;
	if (!join(made.wire, sizeof(made.wire), typed, domain.wire) ||
	    !join(made.shown, sizeof(made.shown), typed, domain.shown)) {
		return err_set(err, ERR_INPUT, "more than %d characters long",
		    ADDRESS_SIZE - 1);
	}
	memcpy(made.key, made.wire, sizeof(made.key));
	lower(made.key);
	*out = made;
	return 0;
}

/* Says which address, where a terminal can show it. */
static int
name_it(const char *typed, struct err *err)
{
	unsigned point;

	for (const char *p = typed; *p != '\0';) {
		p += point_next(p, &point);
		if (point_is(point, POINT_CONTROL) ||
		    point_is(point, POINT_MARK) || p - typed > QUOTED_MAX)
			return err_wrap(err, "address");
	}
	return err_wrap(err, "address '%s'", typed);
}

static int
parse_span(struct address *out, struct span span, struct err *err)
{
	char typed[TYPED_MAX + 1];
	char work[TYPED_MAX + 1];

	unwrap(&span);
	if (span.len > TYPED_MAX) {
		return err_set(err, ERR_INPUT,
		    "address: more than %d characters long", ADDRESS_SIZE - 1);
	}
	memcpy(typed, span.text, span.len);
	typed[span.len] = '\0';
	memcpy(work, typed, span.len + 1);
	if (parse(out, work, err) != 0)
		return name_it(typed, err);
	return 0;
}

int
address_parse(struct address *out, const char *typed, struct err *err)
{
	struct span span = {typed, strlen(typed)};

	if (!codec_utf8_ok(span.text, span.len))
		return err_set(err, ERR_INPUT, "address: not valid UTF-8");
	return parse_span(out, span, err);
}

bool
address_ok(const char *wire)
{
	struct address address;
	struct err err = ERR_INIT;

	return address_parse(&address, wire, &err) == 0 &&
	       str_eq(address.wire, wire);
}

const char *
address_domain(const char *wire)
{
	const char *at = strrchr(wire, '@');

	return at != NULL ? at + 1 : wire + strlen(wire);
}

/* The inside of "..." with its backslashes resolved. */
static int
unquote(char *name, struct span in, struct err *err)
{
	size_t len = 0;

	for (size_t i = 1; i < in.len; i++) {
		char c = in.text[i];

		if (c == '"' && i == in.len - 1) {
			name[len] = '\0';
			return 0;
		}
		if (c == '"')
			break;
		if (c == '\\' && ++i == in.len)
			break;
		if (len == ADDRESS_NAME_SIZE - 1) {
			return err_set(err, ERR_INPUT,
			    "mailbox: the name passes %d bytes",
			    ADDRESS_NAME_SIZE - 1);
		}
		name[len++] = in.text[i];
	}
	return err_set(err, ERR_INPUT,
	    "mailbox: quotes around the name must open before it and close "
	    "after it");
}

static int
unquoted(char *name, struct span in, struct err *err)
{
	/* RFC 5322 3.2.3 specials, but the dot of "A. Name". */
	static const char specials[] = "()<>[]:;@\\,\"";

	if (in.len >= ADDRESS_NAME_SIZE) {
		return err_set(err, ERR_INPUT,
		    "mailbox: the name passes %d bytes", ADDRESS_NAME_SIZE - 1);
	}
	memcpy(name, in.text, in.len);
	name[in.len] = '\0';
	if (strpbrk(name, specials) != NULL) {
		return err_set(err, ERR_INPUT,
		    "mailbox: a '%c' in the name: put the name in quotes",
		    *strpbrk(name, specials));
	}
	return 0;
}

static int
parse_name(char *name, struct span in, struct err *err)
{
	unsigned point;

	trim(&in);
	if ((in.len > 0 && in.text[0] == '"' ? unquote(name, in, err)
					     : unquoted(name, in, err)) != 0)
		return -1;
	for (const char *p = name; *p != '\0';) {
		p += point_next(p, &point);
		if (point_is(point, POINT_CONTROL)) {
			return err_set(err, ERR_INPUT,
			    "mailbox: a control character in the name");
		}
		if (point_is(point, POINT_MARK) &&
		    !point_is(point, POINT_JOINER)) {
			return err_set(err, ERR_INPUT,
			    "mailbox: an invisible character (U+%04X) in the "
			    "name",
			    point);
		}
	}
	return 0;
}

int
address_parse_mailbox(struct mailbox *out, const char *text, struct err *err)
{
	struct span all = {text, strlen(text)};
	struct span name = {text, 0};
	struct mailbox box = {.name = ""};

	if (!codec_utf8_ok(all.text, all.len))
		return err_set(err, ERR_INPUT, "mailbox: not valid UTF-8");
	trim(&all);
	if (all.len > 0 && all.text[all.len - 1] == '>') {
		size_t open = all.len;

		while (open > 0 && all.text[open - 1] != '<')
			open--;
		if (open == 0) {
			return err_set(err, ERR_INPUT,
			    "mailbox: a '>' without a '<' before it");
		}
		name = (struct span){all.text, open - 1};
		all = (struct span){all.text + open - 1, all.len - open + 1};
	}
	if (parse_name(box.name, name, err) != 0 ||
	    parse_span(&box.address, all, err) != 0)
		return -1;
	*out = box;
	return 0;
}
