/* SPDX-License-Identifier: ISC */
#include "mail/dial.h"

#include "base/str.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define WHERE_MAX 300

static const char HOST[] = "abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			   "0123456789.-:[]";

/* In libcurl's order, which it tries them in whatever ours is: CRAM-MD5, PLAIN,
 * LOGIN; OAUTHBEARER, XOAUTH2. */
static const char BY_PASSWORD[] = "AUTH=CRAM-MD5;AUTH=PLAIN;AUTH=LOGIN";
static const char BY_TOKEN[] = "AUTH=OAUTHBEARER;AUTH=XOAUTH2";

static bool
split_url(CURLU *parts, const char *url)
{
	char *path = NULL;
	char *user = NULL;
	bool ok;

	ok = (str_starts(url, "smtp://") || str_starts(url, "smtps://")) &&
	     curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	     curl_url_get(parts, CURLUPART_USER, &user, 0) != CURLUE_OK &&
	     curl_url_get(parts, CURLUPART_PATH, &path, 0) == CURLUE_OK &&
	     str_eq(path, "/");
	curl_free(path);
	curl_free(user);
	return ok;
}

static char *
host_and_port(CURLU *parts)
{
	char *host = NULL;
	char *port = NULL;
	struct str where;

	str_init(&where, WHERE_MAX);
	if (curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
		CURLUE_OK)
		str_addf(&where, "%s:%s", host, port);
	curl_free(host);
	curl_free(port);
	return str_take(&where);
}

/* libcurl takes the EHLO argument from the path of the URL. */
static int
set_url(struct dial *dial, const struct smtp_relay *relay, struct err *err)
{
	CURLU *parts = curl_url();
	char *url = NULL;
	int rc = -1;

	if (parts == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if (!split_url(parts, relay->url)) {
		err_set(err, ERR_CONFIG,
		    "relay url '%s' is not smtp://host:port or "
		    "smtps://host:port",
		    strchr(relay->url, '@') != NULL ? "(it names a user)"
						    : relay->url);
		goto out;
	}
	if (relay->hello[strspn(relay->hello, HOST)] != '\0') {
		err_set(err, ERR_CONFIG,
		    "'%s' is not a host name to greet the relay with",
		    relay->hello);
		goto out;
	}
	if (curl_url_set(parts, CURLUPART_PATH, relay->hello, 0) != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_URL, &url, 0) != CURLUE_OK ||
	    (dial->url = strdup(url)) == NULL ||
	    (dial->where = host_and_port(parts)) == NULL) {
		err_set(err, ERR_SYSTEM, "out of memory");
		goto out;
	}
	rc = 0;
out:
	curl_free(url);
	curl_url_cleanup(parts);
	return rc;
}

/* A password never goes out in the clear where TLS was asked for: with one to
 * send, opportunistic TLS is a must as well, only unverified. */
static void
set_tls(struct dial *dial, const struct smtp_relay *relay)
{
	bool smtps = str_starts(relay->url, "smtps:");

	dial->verify = smtps || relay->tls == SMTP_TLS_REQUIRED;
	dial->may_tls = smtps || relay->tls != SMTP_TLS_NONE;
	if (relay->tls == SMTP_TLS_NONE) {
		dial->use_ssl = CURLUSESSL_NONE;
	} else if (relay->tls == SMTP_TLS_REQUIRED || relay->user[0] != '\0') {
		dial->use_ssl = CURLUSESSL_ALL;
	} else {
		dial->use_ssl = CURLUSESSL_TRY;
	}
}

int
dial_init(struct dial *dial, const struct smtp_relay *relay, struct err *err)
{
	*dial = (struct dial){.by_token = relay->by_token};
	set_tls(dial, relay);
	if (set_url(dial, relay, err) != 0)
		return -1;
	dial->ca_file = strdup(relay->ca_file);
	dial->user = strdup(relay->user);
	dial->secret = strdup(relay->by_token ? "" : relay->password);
	if (dial->ca_file == NULL || dial->user == NULL || dial->secret == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	return 0;
}

static void
forget_secret(struct dial *dial)
{
	if (dial->secret != NULL)
		explicit_bzero(dial->secret, strlen(dial->secret));
	free(dial->secret);
	dial->secret = NULL;
}

void
dial_release(struct dial *dial)
{
	forget_secret(dial);
	free(dial->user);
	free(dial->ca_file);
	free(dial->where);
	free(dial->url);
	*dial = (struct dial){.url = NULL};
}

int
dial_token(struct dial *dial, const char *token, struct err *err)
{
	char *copy;

	if (str_eq(dial->secret, token))
		return 0;
	copy = strdup(token);
	if (copy == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	forget_secret(dial);
	dial->secret = copy;
	return 0;
}

#define SET(easy, option, value)                                               \
	(curl_easy_setopt((easy), (option), (value)) != CURLE_OK)

bool
dial_apply(const struct dial *dial, void *easy)
{
	bool bad = false;

	bad |= SET(easy, CURLOPT_URL, dial->url);
	bad |= SET(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	bad |= SET(easy, CURLOPT_PROXY, "");
	bad |= SET(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	bad |= SET(easy, CURLOPT_USE_SSL, dial->use_ssl);
	bad |= SET(easy, CURLOPT_SSL_VERIFYPEER, dial->verify ? 1L : 0L);
	bad |= SET(easy, CURLOPT_SSL_VERIFYHOST, dial->verify ? 2L : 0L);
	if (dial->ca_file[0] != '\0') {
		bad |= SET(easy, CURLOPT_CAINFO, dial->ca_file);
		/* The system's folder would count as well. */
		bad |= SET(easy, CURLOPT_CAPATH, NULL);
	}
	if (dial->user[0] == '\0')
		return !bad;
	bad |= SET(easy, CURLOPT_USERNAME, dial->user);
	bad |= SET(easy, CURLOPT_LOGIN_OPTIONS,
	    dial->by_token ? BY_TOKEN : BY_PASSWORD);
	if (dial->by_token) {
		bad |= SET(easy, CURLOPT_XOAUTH2_BEARER, dial->secret);
	} else {
		bad |= SET(easy, CURLOPT_PASSWORD, dial->secret);
	}
	return !bad;
}
