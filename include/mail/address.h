/* SPDX-License-Identifier: ISC */
/*
 * address - what we accept as a mail address.
 *
 * Narrower than RFC 5321 on purpose: a dot-atom local part of ASCII, a domain
 * of two labels or more (mail/domain), no quoting, no literal, no comment, no
 * control byte, no '%' or '!'. Pure.
 */
#ifndef NASHRA_MAIL_ADDRESS_H
#define NASHRA_MAIL_ADDRESS_H

#include "base/err.h"

#include <stdbool.h>

#define ADDRESS_SIZE      255 /* RFC 5321 4.5.3.1.3: 256 with its <>; and NUL */
#define ADDRESS_NAME_SIZE 128

struct address {
	/* As it goes on the wire: local part as typed, domain in A-labels and
	 * lower case. */
	char wire[ADDRESS_SIZE];
	/* The key of uniqueness: the wire form with the local part in lower
	 * case too. */
	char key[ADDRESS_SIZE];
	/* For people: the domain in U-labels. May be longer than the wire. */
	char shown[ADDRESS_SIZE * 2];
};

/* Takes what a person typed: surrounding white space, invisible marks, <> and
 * "mailto:" are dropped; Arabic and Persian digits become 0-9; a domain in any
 * script becomes A-labels (UTS 46, non-transitional). ERR_INPUT says what is
 * wrong, in English; the web role words it for readers by itself. */
int address_parse(struct address *out, const char *typed, struct err *err);

/* True for what address_parse() would leave as it is in `wire`. */
bool address_ok(const char *wire);

/* A mailbox "Name <local@domain>" or a bare address: the `from` setting. The
 * name may be quoted and is UTF-8 without control characters. */
struct mailbox {
	char name[ADDRESS_NAME_SIZE]; /* "" where there is none */
	struct address address;
};
int
address_parse_mailbox(struct mailbox *out, const char *text, struct err *err);

/* The part after '@' of a wire address. */
const char *address_domain(const char *wire);

#endif
