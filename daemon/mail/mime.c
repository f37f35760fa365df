/* SPDX-License-Identifier: ISC */
#include "mail/mime.h"

#include "base/codec.h"
#include "text/grapheme.h"
#include "text/point.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE         76  /* RFC 2047 2: a line that holds encoded words */
#define LINE_HARD    998 /* RFC 5322 2.1.1 */
#define WORD         75  /* RFC 2047 2: an encoded word */
#define WORD_OPEN    "=?UTF-8?B?"
#define WORD_CLOSE   "?="
#define WORD_FRAME   (sizeof(WORD_OPEN WORD_CLOSE) - 1)
#define NAME_LEN     64
#define PLAIN_PHRASE 60 /* longer ones are encoded: a line holds any part */
#define ANGLE_LEN    900
#define BOUNDARY_LEN 60
#define LANGUAGE_LEN 35 /* RFC 5646 4.4.1 */

#define ALNUM                                                                  \
	"abcdefghijklmnopqrstuvwxyz"                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                           \
	"0123456789"

/* RFC 5322 3.2.3, and the space between two atoms. */
static const char ATOMS[] = ALNUM "!#$%&'*+-/=?^_`{|}~ ";

static bool
holds_only(const char *text, const char *set, size_t max)
{
	size_t n = strspn(text, set);

	return n > 0 && n <= max && text[n] == '\0';
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < 0x20 || *text > 0x7e)
			return false;
	}
	return true;
}

/* The longest word, with the spaces before it: what no fold makes shorter. */
static size_t
longest_piece(const char *text)
{
	size_t longest = 0;

	while (*text != '\0') {
		size_t n = strspn(text, " ");

		n += strcspn(text + n, " ");
		if (n > longest)
			longest = n;
		text += n;
	}
	return longest;
}

/* RFC 5322 2.2 allows more in a name, but nobody uses it. */
static int
check_name(const char *name, struct err *err)
{
	if (!holds_only(name, ALNUM "-", NAME_LEN)) {
		return err_set(err, ERR_INPUT,
		    "header: a name is 1 to %d letters, digits and '-'",
		    NAME_LEN);
	}
	return 0;
}

/* Whatever could end a line, here or in the program that decodes it. */
static int
check_text(const char *name, const char *text, struct err *err)
{
	unsigned point;

	if (!codec_utf8_ok(text, strlen(text))) {
		return err_set(
		    err, ERR_INPUT, "header '%s': not valid UTF-8", name);
	}
	while (*text != '\0') {
		text += point_next(text, &point);
		if (point_is(point, POINT_CONTROL)) {
			return err_set(err, ERR_INPUT,
			    "header '%s': a control character (U+%04X) in it",
			    name, point);
		}
	}
	return 0;
}

static void
add_name(struct str *out, const char *name)
{
	str_add(out, name);
	str_add(out, ":");
}

static int
finish(struct str *out, const char *name, struct err *err)
{
	str_add(out, "\r\n");
	if (out->bad) {
		return err_set(
		    err, ERR_INPUT, "header '%s': message is too long", name);
	}
	return 0;
}

/* Adds a space and the words of text, and folds at a space where the line
 * would pass 76. Right after the name it folds only where that helps: some
 * programs take an empty first line amiss. */
static void
add_folded(struct str *out, size_t column, const char *text)
{
	for (size_t lead = 1; *text != '\0'; lead = 0) {
		size_t gap = strspn(text, " ");
		size_t n = gap + strcspn(text + gap, " ");
		bool helps = lead == 0 || n < LINE;

		/* A line of white space alone would be RFC 5322 obs-FWS. */
		if (column + lead + n > LINE && n > gap && helps) {
			str_add(out, "\r\n");
			column = 0;
		}
		str_add_bytes(out, " ", lead);
		str_add_bytes(out, text, n);
		column += lead + n;
		text += n;
	}
}

/* How many bytes an encoded word can hold that begins, after a space, at
 * this column. */
static size_t
word_room(size_t column)
{
	size_t length = column < LINE - 1 ? LINE - 1 - column : 0;

	if (length > WORD)
		length = WORD;
	return length > WORD_FRAME ? (length - WORD_FRAME) / 4 * 3 : 0;
}

/* Text on its way into encoded words. */
struct words {
	const char *text;
	size_t len;
	struct grapheme *graphemes;
};

/* The end of the piece that begins at `at` and fits into one word on this
 * column; `at` where none does and a fresh line would hold more. */
static size_t
word_end(const struct words *words, size_t at, size_t column)
{
	size_t most = at + word_room(column);
	size_t end = grapheme_before(words->graphemes, most);

	if (end == words->len)
		return end;
	if (end <= at && column > 0)
		return at;
	if (end <= at) {
		/* A grapheme that no line holds: between code points. */
		while (((unsigned char)words->text[most] & 0xc0) == 0x80)
			most--;
		return most;
	}
	/* Some programs show a space where two words meet: let it be where
	 * there is one anyway, if that does not waste half a line. */
	for (size_t space = end; space > at + (end - at) / 2; space--) {
		if (words->text[space - 1] == ' ' &&
		    grapheme_before(words->graphemes, space) == space)
			return space;
	}
	return end;
}

/* Adds text as encoded words, a line each; `column` moves on. */
static int
add_encoded(struct str *out, size_t *column, const char *text, struct err *err)
{
	struct words words = {.text = text, .len = strlen(text)};
	size_t at = 0;

	if (grapheme_new(&words.graphemes, text, words.len, err) != 0)
		return -1;
	while (at < words.len) {
		size_t end = word_end(&words, at, *column);
		size_t chars = (end - at + 2) / 3 * 4;

		if (end > at) {
			str_add(out, " " WORD_OPEN);
			codec_base64(out, text + at, end - at);
			str_add(out, WORD_CLOSE);
			*column += 1 + WORD_FRAME + chars;
		}
		if (end < words.len) {
			str_add(out, "\r\n");
			*column = 0;
		}
		at = end;
	}
	grapheme_free(words.graphemes);
	return 0;
}

int
mime_header(
    struct str *out, const char *name, const char *value, struct err *err)
{
	if (check_name(name, err) != 0)
		return -1;
	if (!is_ascii(value)) {
		return err_set(err, ERR_INPUT,
		    "header '%s': something other than printable ASCII in it",
		    name);
	}
	if (strlen(name) + 2 + longest_piece(value) > LINE_HARD) {
		return err_set(err, ERR_INPUT,
		    "header '%s': a word that no line can hold", name);
	}
	add_name(out, name);
	add_folded(out, strlen(name) + 1, value);
	return finish(out, name, err);
}

/* Text that goes as it is: no line gets too long and no reader takes a part
 * of it for an encoded word, nor loses white space at its ends. */
static bool
is_plain(const char *text)
{
	size_t len = strlen(text);

	return is_ascii(text) && strstr(text, "=?") == NULL &&
	       longest_piece(text) < LINE &&
	       (len == 0 || (text[0] != ' ' && text[len - 1] != ' '));
}

int
mime_header_text(
    struct str *out, const char *name, const char *value, struct err *err)
{
	size_t column = strlen(name) + 1;

	if (check_name(name, err) != 0 || check_text(name, value, err) != 0)
		return -1;
	if (is_plain(value))
		return mime_header(out, name, value, err);
	add_name(out, name);
	if (add_encoded(out, &column, value, err) != 0)
		return -1;
	return finish(out, name, err);
}

/* An ASCII phrase as atoms or as a quoted string (RFC 5322 3.2.4). */
static void
add_phrase(struct str *out, const char *phrase)
{
	bool atoms = holds_only(phrase, ATOMS, PLAIN_PHRASE) &&
		     phrase[0] != ' ' && strstr(phrase, "  ") == NULL &&
		     phrase[strlen(phrase) - 1] != ' ';

	if (atoms) {
		str_add(out, phrase);
		return;
	}
	str_add(out, "\"");
	for (; *phrase != '\0'; phrase++) {
		if (*phrase == '"' || *phrase == '\\')
			str_add(out, "\\");
		str_add_bytes(out, phrase, 1);
	}
	str_add(out, "\"");
}

static int
add_mailbox(struct str *out, const char *name, const char *phrase,
    const char *angle, struct err *err)
{
	size_t column = strlen(name) + 1;
	struct str text;
	int rc = 0;

	str_init(&text, PLAIN_PHRASE);
	if (*phrase != '\0') {
		add_phrase(&text, phrase);
		str_add(&text, " ");
	}
	if (!is_ascii(phrase) || strstr(phrase, "=?") != NULL || text.bad) {
		rc = add_encoded(out, &column, phrase, err);
		str_reset(&text);
	}
	text.max = MIME_MESSAGE_MAX;
	str_addf(&text, "<%s>", angle);
	add_folded(out, column, text.data);
	str_release(&text);
	return rc;
}

int
mime_header_phrase(struct str *out, const char *name, const char *phrase,
    const char *angle, struct err *err)
{
	if (check_name(name, err) != 0 || check_text(name, phrase, err) != 0)
		return -1;
	if (*angle == '\0' || !is_ascii(angle) ||
	    strpbrk(angle, " <>") != NULL || strlen(angle) > ANGLE_LEN) {
		return err_set(err, ERR_INPUT,
		    "header '%s': what goes between '<' and '>' is empty, too "
		    "long, or holds a space, a bracket or something other than "
		    "ASCII",
		    name);
	}
	add_name(out, name);
	if (add_mailbox(out, name, phrase, angle, err) != 0)
		return -1;
	return finish(out, name, err);
}

void
mime_crlf(struct str *out, const char *text, size_t len)
{
	size_t begin = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\r' && text[i] != '\n')
			continue;
		str_add_bytes(out, text + begin, i - begin);
		str_add(out, "\r\n");
		if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')
			i++;
		begin = i + 1;
	}
	str_add_bytes(out, text + begin, len - begin);
}

static void
add_text(struct str *out, const char *text, size_t len)
{
	struct str lines;

	str_init(&lines, 2 * len);
	mime_crlf(&lines, text, len);
	codec_base64_lines(out, lines.data, lines.len);
	out->bad = out->bad || lines.bad;
	str_release(&lines);
}

static int
check_body(const char *part, const char *text, size_t len, struct err *err)
{
	if (len > MIME_MESSAGE_MAX) {
		return err_set(err, ERR_INPUT, "the %s part passes %zu bytes",
		    part, MIME_MESSAGE_MAX);
	}
	if (memchr(text, '\0', len) != NULL || !codec_utf8_ok(text, len)) {
		return err_set(
		    err, ERR_INPUT, "the %s part is not valid UTF-8", part);
	}
	return 0;
}

static void
add_part(struct str *out, const struct mime_body *body, bool html)
{
	str_addf(out,
	    "--%s\r\nContent-Type: text/%s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n",
	    body->boundary, html ? "html" : "plain");
	add_text(out, html ? body->html : body->text,
	    html ? body->html_len : body->text_len);
}

static int
add_plain(struct str *out, const struct mime_body *body, struct err *err)
{
	if (mime_header(
		out, "Content-Type", "text/plain; charset=utf-8", err) != 0 ||
	    mime_header(out, "Content-Transfer-Encoding", "base64", err) != 0)
		return -1;
	str_add(out, "\r\n");
	add_text(out, body->text, body->text_len);
	return 0;
}

static int
add_alternative(struct str *out, const struct mime_body *body, struct err *err)
{
	char type[128];

	(void)snprintf(type, sizeof(type),
	    "multipart/alternative; boundary=\"%s\"", body->boundary);
	if (mime_header(out, "Content-Type", type, err) != 0)
		return -1;
	str_add(out, "\r\n");
	/* RFC 2046 5.1.4: the plainest first, the preferred last. */
	add_part(out, body, false);
	add_part(out, body, true);
	str_addf(out, "--%s--\r\n", body->boundary);
	return 0;
}

static int
check_frame(const struct mime_body *body, struct err *err)
{
	/* RFC 2046 5.1.1, less the space. */
	static const char bchars[] = ALNUM "'()+_,-./:=?";

	if (!holds_only(body->boundary, bchars, BOUNDARY_LEN)) {
		return err_set(err, ERR_INPUT,
		    "not a boundary of 1 to %d letters, digits and %s",
		    BOUNDARY_LEN, "'()+_,-./:=?");
	}
	if (!holds_only(body->language, ALNUM "-", LANGUAGE_LEN)) {
		return err_set(err, ERR_INPUT,
		    "not a language tag of letters, digits and '-'");
	}
	return 0;
}

int
mime_body_add(struct str *out, const struct mime_body *body, struct err *err)
{
	bool html = body->html != NULL;

	if (check_frame(body, err) != 0 ||
	    check_body("text", body->text, body->text_len, err) != 0 ||
	    (html &&
		check_body("html", body->html, body->html_len, err) != 0) ||
	    mime_header(out, "MIME-Version", "1.0", err) != 0 ||
	    mime_header(out, "Content-Language", body->language, err) != 0 ||
	    (html ? add_alternative(out, body, err)
		  : add_plain(out, body, err)) != 0)
		return -1;
	if (out->bad)
		return err_set(err, ERR_INPUT, "the message is too long");
	return 0;
}
