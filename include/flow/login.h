/* SPDX-License-Identifier: ISC */
/*
 * login - how the settings would have a relay reached, and logged in to by a
 * password, or an OAuth token, out of the file that they name.
 *
 * A password is read once. A token expires: whoever renews it writes its file,
 * and each connection has what stands there when it is opened.
 */
#ifndef NASHRA_FLOW_LOGIN_H
#define NASHRA_FLOW_LOGIN_H

#include "base/conf.h"
#include "base/err.h"
#include "base/loop.h"
#include "mail/smtp.h"

#include <stddef.h>

struct login {
	struct loop *loop;
	const struct conf *conf;
	const struct conf_relay *relay;
	const char *hello; /* what to call ourselves */
};

/* "" where there is none. ERR_CONFIG where the settings cannot work. */
int login_password(char *out, size_t size, const struct conf *conf,
    const struct conf_relay *relay, struct err *err);
/* Likewise. */
int login_smtp(struct smtp **out, const struct login *login,
    const struct smtp_events *events, struct err *err);
/* For the connections opened from now on; does nothing where the relay has no
 * token. */
int login_token(struct smtp *smtp, const struct conf *conf,
    const struct conf_relay *relay, struct err *err);

#endif
