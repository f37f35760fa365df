/* SPDX-License-Identifier: ISC */
/*
 * login - what a relay is logged in to by: a password, or an OAuth token, out
 * of the file that the settings name.
 *
 * A password is read once. A token expires: whoever renews it writes its file,
 * and each connection has what stands there when it is opened.
 */
#ifndef NASHRA_FLOW_LOGIN_H
#define NASHRA_FLOW_LOGIN_H

#include "base/conf.h"
#include "base/err.h"
#include "mail/smtp.h"

#include <stddef.h>

/* "" where there is none. ERR_CONFIG where the settings cannot work. */
int login_password(char *out, size_t size, const struct conf *conf,
    const struct conf_relay *relay, struct err *err);
/* For the connections opened from now on; does nothing where the relay has no
 * token. */
int login_token(struct smtp *smtp, const struct conf *conf,
    const struct conf_relay *relay, struct err *err);

#endif
