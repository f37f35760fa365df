/* SPDX-License-Identifier: ISC */
#include "mail/wire_fault.h"

#include "base/str.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define TEXT_SIZE 512

/* What is said after the text of a row. */
enum more {
	NOTHING,
	ERRNO,  /* in words */
	DETAIL, /* libcurl's text */
	STAGE,  /* how far the dialogue had come */
};

static const struct {
	CURLcode code;
	enum more more;
	const char *text;
} rows[] = {
    {CURLE_COULDNT_RESOLVE_HOST, NOTHING, "no address was found for that name"},
    {CURLE_COULDNT_CONNECT, ERRNO, "no connection"},
    {CURLE_OPERATION_TIMEDOUT, STAGE, "did not answer in time"},
    {CURLE_PEER_FAILED_VERIFICATION, DETAIL, "its certificate does not verify"},
    {CURLE_SSL_CACERT_BADFILE, DETAIL, "ca_file cannot be used"},
    {CURLE_SSL_CONNECT_ERROR, DETAIL, "TLS failed"},
    {CURLE_USE_SSL_FAILED, NOTHING,
	"it offers no STARTTLS, which 'tls' asks for"},
    {CURLE_RECV_ERROR, STAGE, "hung up"},
    {CURLE_SEND_ERROR, STAGE, "hung up"},
    {CURLE_GOT_NOTHING, STAGE, "hung up"},
    {CURLE_WEIRD_SERVER_REPLY, STAGE, "what it says is not SMTP"},
};

/* libcurl's prefixes say what the row has said. */
static const char *
plain(const char *detail)
{
	static const char *const prefixes[] = {
	    "SSL certificate problem: ", "SSL: "};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (str_starts(detail, prefixes[i]))
			detail += strlen(prefixes[i]);
	}
	return detail;
}

static const char *
stage(const struct wire_fault *fault)
{
	if (fault->replies == 0)
		return "before its greeting";
	switch (fault->last->code) {
	case 220:
		return fault->replies == 1 ? "after its greeting"
					   : "in the TLS handshake";
	case 250: return "after EHLO";
	case 334: return "in the middle of the login";
	default: return "";
	}
}

/* A relay tells in a challenge why it refuses a token; libcurl, for XOAUTH2,
 * does not wait for the reply behind it. */
static void
say_login(struct str *out, const struct wire_fault *fault)
{
	if (fault->last->code == 334) {
		str_addf(out, "it refuses the %s",
		    fault->by_token ? "token: it may have expired" : "login");
		return;
	}
	str_addf(out, "it offers no way to log in that we know (%s)",
	    fault->by_token ? "OAUTHBEARER, XOAUTH2"
			    : "PLAIN, LOGIN, CRAM-MD5");
}

static void
say_row(struct str *out, const struct wire_fault *fault, size_t row)
{
	const char *detail = plain(fault->detail);

	str_add(out, rows[row].text);
	switch (rows[row].more) {
	case NOTHING: break;
	case ERRNO:
		if (fault->errnum != 0)
			str_addf(out, ": %s", strerror(fault->errnum));
		break;
	case DETAIL:
		if (*detail != '\0')
			str_addf(out, ": %s", detail);
		break;
	case STAGE:
		if (*stage(fault) != '\0')
			str_addf(out, ", %s", stage(fault));
		break;
	}
}

void
wire_fault_say(char *out, size_t size, const struct wire_fault *fault)
{
	size_t count = sizeof(rows) / sizeof(*rows);
	size_t row = 0;
	struct str text;

	str_init(&text, TEXT_SIZE);
	str_addf(&text, "%s: ", fault->where);
	while (row < count && (int)rows[row].code != fault->code)
		row++;
	if (fault->code == CURLE_LOGIN_DENIED) {
		say_login(&text, fault);
	} else if (row < count) {
		say_row(&text, fault, row);
	} else if (*fault->detail != '\0') {
		str_add(&text, fault->detail);
	} else {
		str_add(&text, curl_easy_strerror((CURLcode)fault->code));
	}
	reply_clean(out, size, text.data, text.len);
	str_release(&text);
}

void
wire_fault_say_broken(char *out, size_t size, int errnum)
{
	snprintf(out, size, "the connection to the relay broke%s%s",
	    errnum != 0 ? ": " : "", errnum != 0 ? strerror(errnum) : "");
}
