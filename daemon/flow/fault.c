/* SPDX-License-Identifier: ISC */
#include "flow/fault.h"

#include "base/codec.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* RFC 3463 2: class, subject, detail. */
struct status {
	int64_t subject, detail; /* -1: none was given */
};

static struct status
status_of(const struct smtp_result *result)
{
	struct status out = {-1, -1};
	char text[sizeof(result->status)];
	char *detail;

	if (!str_fit(text, sizeof(text), result->status) || text[0] == '\0' ||
	    text[1] != '.')
		return out;
	detail = strchr(text + 2, '.');
	if (detail == NULL)
		return out;
	*detail++ = '\0';
	if (!codec_int(&out.subject, text + 2, 0, 999) ||
	    !codec_int(&out.detail, detail, 0, 999))
		return (struct status){-1, -1};
	return out;
}

/* X.1.x is about an address, X.2.x about a mailbox (RFC 3463 3). */
static bool
of_one_reader(struct status status)
{
	return status.subject == 1 || status.subject == 2;
}

static enum fault
slow_relay(const struct smtp_result *result, struct status status, bool fresh)
{
	/* RFC 5321 has no other code for "enough on this connection". */
	if (result->code == 421 && result->phase == SMTP_MAIL && !fresh &&
	    status.subject != 7)
		return FAULT_NONE;
	return FAULT_RELAY;
}

enum fault
fault_slow(const struct smtp_result *result, bool fresh)
{
	struct status status = status_of(result);

	if (result->outcome == SMTP_SENT)
		return FAULT_NONE;
	/* One that cannot be reached is in trouble, not slow. */
	if (result->code == 0) {
		return result->phase > SMTP_IDLE &&
			       str_eq(result->text, SMTP_LATE)
			   ? FAULT_RELAY
			   : FAULT_NONE;
	}
	if (result->code / 100 != 4 || result->phase == SMTP_IDLE)
		return FAULT_NONE;
	if (result->code == 421 || result->phase == SMTP_CONNECT ||
	    result->phase == SMTP_MAIL)
		return slow_relay(result, status, fresh);
	if (of_one_reader(status))
		return FAULT_NONE;
	if (result->phase == SMTP_RCPT)
		return FAULT_DOMAIN;
	/* X.6.x is about what the message is made of. */
	return status.subject == 6 ? FAULT_NONE : FAULT_RELAY;
}

/* ---- policy */

struct range {
	int64_t subject, from, to;
};

static bool
within(const struct range *ranges, size_t n, struct status status)
{
	for (size_t i = 0; i < n; i++) {
		if (status.subject == ranges[i].subject &&
		    status.detail >= ranges[i].from &&
		    status.detail <= ranges[i].to)
			return true;
	}
	return false;
}

/* The registry of RFC 5248, and what the large ones add to it. */
static const struct range ours[] = {
    {1, 7, 8},   /* the sender's address or domain */
    {7, 0, 999}, /* security or policy */
};
static const struct range theirs[] = {
    {7, 2, 2},     /* a list that is not for us */
    {7, 17, 19},   /* mailbox or domain has a new owner (RFC 7293) */
    {7, 123, 136}, /* Exchange: who may write to that mailbox or group */
};
/* Those about authentication do not pass by themselves, whatever the class;
 * X.7.28 does, which is about how much. */
static const struct range lasting[] = {
    {7, 20, 27},   /* DKIM, SPF, reverse DNS (RFC 7372), null MX */
    {7, 29, 32},   /* ARC, TLS, From (Gmail) */
    {7, 40, 40},   /* DMARC (Gmail) */
    {7, 515, 515}, /* all of these (Outlook) */
};

/* AUTH or TLS is wanted, or was refused (RFC 4954 6, RFC 3207 4). */
static bool
wants_auth(int code)
{
	static const int codes[] = {530, 534, 535, 538};

	for (size_t i = 0; i < COUNT(codes); i++) {
		if (code == codes[i])
			return true;
	}
	return false;
}

enum fault
fault_policy(const struct smtp_result *result)
{
	struct status status = status_of(result);

	if (result->outcome == SMTP_SENT || result->code < 400 ||
	    result->phase == SMTP_IDLE)
		return FAULT_NONE;
	if (result->code < 500) {
		if (!within(lasting, COUNT(lasting), status))
			return FAULT_NONE;
		return result->phase <= SMTP_MAIL ? FAULT_RELAY : FAULT_DOMAIN;
	}
	/* One message too large for it (RFC 1870 6.1) says nothing of others.
	 */
	if (status.subject == 3 && status.detail == 4)
		return FAULT_NONE;
	if (result->phase <= SMTP_MAIL || wants_auth(result->code))
		return FAULT_RELAY;
	if (within(theirs, COUNT(theirs), status) ||
	    !within(ours, COUNT(ours), status))
		return FAULT_NONE;
	return FAULT_DOMAIN;
}

void
fault_words(char *out, size_t size, const struct smtp_result *result)
{
	if (result->code == 0) {
		snprintf(out, size, "%s", result->text);
		return;
	}
	snprintf(out, size, "%d %s%s%s", result->code, result->status,
	    result->status[0] ? " " : "", result->text);
}
