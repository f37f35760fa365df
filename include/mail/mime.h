/* SPDX-License-Identifier: ISC */
/*
 * mime - write a message: headers, encoded words, base64 parts.
 *
 * Pure. Everything goes through one header encoder, which refuses control
 * characters, so no value can end a line or start another. Lines end in CRLF.
 */
#ifndef NASHRA_MAIL_MIME_H
#define NASHRA_MAIL_MIME_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

#define MIME_MESSAGE_MAX ((size_t)1024 * 1024)

/* "Name: value\r\n" with value as it is: ASCII that we made. Folded at white
 * space where a line would pass 76 characters. ERR_INPUT for a control
 * character, a byte past 0x7e, or a word that makes a line pass 998. */
int mime_header(
    struct str *out, const char *name, const char *value, struct err *err);
/* Unstructured UTF-8 (Subject): RFC 2047 B words where it is not plain ASCII,
 * each at most 75 characters, split between graphemes, lines at most 76. */
int mime_header_text(
    struct str *out, const char *name, const char *value, struct err *err);
/* A phrase and an angle part: From, To, List-Id. `phrase` may be "". */
int mime_header_phrase(struct str *out, const char *name, const char *phrase,
    const char *angle, struct err *err);

/* Appends text with each of its line ends, LF, CR or CRLF, as CRLF: RFC 2045
 * 6.8 wants it so inside base64. */
void mime_crlf(struct str *out, const char *text, size_t len);

/* The rest of a message, from "MIME-Version" to its end: text and html as
 * multipart/alternative, or text/plain where there is no html; base64, charset
 * utf-8, CRLF line ends inside. `boundary` is ASCII of the caller's, 1 to 60
 * characters. Content-Language is `language` ("ar"). */
struct mime_body {
	const char *text;
	size_t text_len;
	const char *html; /* NULL: there is none */
	size_t html_len;
	const char *language;
	const char *boundary;
};
int
mime_body_add(struct str *out, const struct mime_body *body, struct err *err);

#endif
