/* SPDX-License-Identifier: ISC */
/*
 * dial - how a relay is called: all that libcurl is told before it connects.
 *
 * Where to, how it is greeted, what is asked of TLS, and who logs in by what.
 * Of the ways to log in only those are let through that need nothing but a
 * name and a password, or a token: libcurl would rather try Kerberos or NTLM
 * where a relay names them too, and would answer a challenge with an empty
 * password where all that there is is a token. It tries one way, once.
 */
#ifndef NASHRA_MAIL_DIAL_H
#define NASHRA_MAIL_DIAL_H

#include "base/err.h"
#include "mail/smtp.h"

#include <stdbool.h>

struct dial {
	char *url;   /* with the EHLO argument as its path */
	char *where; /* host:port, for people */
	char *ca_file;
	char *user;
	char *secret;  /* password or token */
	bool by_token; /* `secret` is one */
	long use_ssl;  /* CURLUSESSL_... */
	bool verify;   /* the certificate, and the name in it */
	bool may_tls;  /* a connection may turn out to use it */
};

/* Zeroed, it can be released; so it can after a failure. */
int
dial_init(struct dial *dial, const struct smtp_relay *relay, struct err *err);
void dial_release(struct dial *dial);
/* For connections opened from now on. */
int dial_token(struct dial *dial, const char *token, struct err *err);
/* `easy` is a CURL handle; false where it takes one of the settings not. */
bool dial_apply(const struct dial *dial, void *easy);

#endif
