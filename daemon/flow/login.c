/* SPDX-License-Identifier: ISC */
#include "flow/login.h"

#include "base/url.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

_Static_assert((int)CONF_TLS_REQUIRED == (int)SMTP_TLS_REQUIRED &&
		   (int)CONF_TLS_NONE == (int)SMTP_TLS_NONE,
    "base/conf and mail/smtp spell the TLS modes alike");

int
login_smtp(struct smtp **out, const struct login *login,
    const struct smtp_events *events, struct err *err)
{
	const struct conf_relay *conf = login->relay;
	char password[512] = "";
	char key[KEY_SIZE];
	const struct smtp_relay relay = {.url = conf->url,
	    .tls = (enum smtp_tls)conf->tls,
	    .ca_file = conf->ca_file,
	    .user = conf->user,
	    .password = password,
	    .by_token = conf->token_file[0] != '\0',
	    .hello = login->hello};
	int rc;

	snprintf(key, sizeof(key), "relay.%s.ca_file", conf->name);
	if (conf->ca_file[0] != '\0' && access(conf->ca_file, R_OK) != 0) {
		return conf_fail(err, login->conf, key,
		    "'%s' cannot be read: %s", conf->ca_file, strerror(errno));
	}
	if (login_password(
		password, sizeof(password), login->conf, conf, err) != 0)
		return -1;
	rc = smtp_new(out, login->loop, &relay, events, err);
	explicit_bzero(password, sizeof(password));
	if (rc != 0)
		return err_wrap(err, "relay '%s'", conf->name);
	if (conf->timeout > 0)
		smtp_cap_patience(*out, conf->timeout * 1000);
	return 0;
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
