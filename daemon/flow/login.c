/* SPDX-License-Identifier: ISC */
#include "flow/login.h"

#include "base/url.h"

#include <stdio.h>
#include <string.h>

#define KEY_SIZE (URL_HOST_MAX + 32)
#define SIZE     16384 /* of a token; Microsoft's have thousands of octets */

int
login_password(char *out, size_t size, const struct conf *conf,
    const struct conf_relay *relay, struct err *err)
{
	bool by_password = relay->password_file[0] != '\0';
	char key[KEY_SIZE];

	out[0] = '\0';
	snprintf(key, sizeof(key), "relay.%s.token_file", relay->name);
	if (relay->token_file[0] != '\0' &&
	    (by_password || relay->user[0] == '\0')) {
		return conf_fail(err, conf, key,
		    "a token goes with a 'user', and in place of a "
		    "'password_file'");
	}
	snprintf(key, sizeof(key), "relay.%s.password_file", relay->name);
	if (!by_password)
		return 0;
	return conf_secret(conf, key, relay->password_file, out, size, err);
}

int
login_token(struct smtp *smtp, const struct conf *conf,
    const struct conf_relay *relay, struct err *err)
{
	char key[KEY_SIZE];
	char token[SIZE];
	int rc;

	if (relay->token_file[0] == '\0')
		return 0;
	snprintf(key, sizeof(key), "relay.%s.token_file", relay->name);
	if (conf_secret(
		conf, key, relay->token_file, token, sizeof(token), err) != 0)
		return -1;
	rc = smtp_set_token(smtp, token, err);
	explicit_bzero(token, sizeof(token));
	return rc;
}
