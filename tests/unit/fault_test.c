/* SPDX-License-Identifier: ISC */
#include "flow/fault.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NONE         FAULT_NONE
#define RELAY        FAULT_RELAY
#define DOMAIN       FAULT_DOMAIN

static void
who_asks_for_less(void **state)
{
	static const struct {
		enum smtp_outcome outcome;
		enum smtp_phase phase;
		int code;
		const char *status, *text;
		bool fresh;
		enum fault who;
	} cases[] = {
	    {SMTP_SENT, SMTP_DOT, 250, "2.0.0", "", true, NONE},
	    /* the whole relay */
	    {SMTP_RELAY, SMTP_CONNECT, 421, "4.3.2", "", true, RELAY},
	    {SMTP_RELAY, SMTP_CONNECT, 450, "4.7.1", "", true, RELAY},
	    {SMTP_RELAY, SMTP_CONNECT, 454, "4.7.0", "", true, RELAY},
	    {SMTP_RELAY, SMTP_MAIL, 450, "", "", false, RELAY},
	    {SMTP_RELAY, SMTP_MAIL, 451, "4.3.0", "", false, RELAY},
	    {SMTP_RELAY, SMTP_MAIL, 452, "4.3.1", "", false, RELAY},
	    {SMTP_RELAY, SMTP_MAIL, 421, "4.7.28", "", false, RELAY},
	    {SMTP_RELAY, SMTP_MAIL, 421, "", "", true, RELAY},
	    {SMTP_RELAY, SMTP_RCPT, 421, "4.2.1", "", false, RELAY},
	    {SMTP_RELAY, SMTP_DOT, 421, "", "", false, RELAY},
	    {SMTP_DEFERRED, SMTP_DATA, 451, "", "", false, RELAY},
	    {SMTP_DEFERRED, SMTP_DOT, 450, "4.7.1", "", false, RELAY},
	    {SMTP_DEFERRED, SMTP_DOT, 451, "4.4.2", "", false, RELAY},
	    {SMTP_DEFERRED, SMTP_DOT, 452, "4.5.3", "", false, RELAY},
	    {SMTP_DEFERRED, SMTP_DOT, 454, "", "Throttling", false, RELAY},
	    {SMTP_DEFERRED, SMTP_BODY, 452, "4.3.1", "", false, RELAY},
	    {SMTP_DEFERRED, SMTP_MAIL, 0, "", SMTP_LATE, false, RELAY},
	    {SMTP_DEFERRED, SMTP_RCPT, 0, "", SMTP_LATE, false, RELAY},
	    {SMTP_UNKNOWN, SMTP_DOT, 0, "", SMTP_LATE, false, RELAY},
	    /* the domain of the recipient */
	    {SMTP_DEFERRED, SMTP_RCPT, 450, "", "", false, DOMAIN},
	    {SMTP_DEFERRED, SMTP_RCPT, 450, "4.7.1", "", false, DOMAIN},
	    {SMTP_DEFERRED, SMTP_RCPT, 451, "4.7.1", "Greylisted", true,
		DOMAIN},
	    {SMTP_DEFERRED, SMTP_RCPT, 452, "4.3.1", "", false, DOMAIN},
	    {SMTP_DEFERRED, SMTP_RCPT, 454, "4.4.5", "", false, DOMAIN},
	    /* one reader, or one message */
	    {SMTP_DEFERRED, SMTP_RCPT, 450, "4.2.0", "", false, NONE},
	    {SMTP_DEFERRED, SMTP_RCPT, 450, "4.2.1", "", false, NONE},
	    {SMTP_DEFERRED, SMTP_RCPT, 452, "4.2.2", "full", false, NONE},
	    {SMTP_DEFERRED, SMTP_RCPT, 450, "4.1.1", "", false, NONE},
	    {SMTP_DEFERRED, SMTP_DOT, 452, "4.2.2", "full", false, NONE},
	    {SMTP_DEFERRED, SMTP_DOT, 450, "4.1.2", "", false, NONE},
	    {SMTP_DEFERRED, SMTP_DOT, 451, "4.6.0", "", false, NONE},
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.1.1", "", false, NONE},
	    {SMTP_FAILED, SMTP_DOT, 550, "5.7.1", "", false, NONE},
	    {SMTP_RELAY, SMTP_MAIL, 550, "", "", true, NONE},
	    /* a limit of messages per connection; a relay that went to sleep;
	     * one that cannot be reached */
	    {SMTP_RELAY, SMTP_MAIL, 421, "", "", false, NONE},
	    {SMTP_RELAY, SMTP_MAIL, 421, "4.5.0", "too many", false, NONE},
	    {SMTP_DEFERRED, SMTP_MAIL, 0, "", "closed", false, NONE},
	    {SMTP_RELAY, SMTP_IDLE, 421, "4.4.2", "", false, NONE},
	    {SMTP_RELAY, SMTP_IDLE, 0, "", SMTP_LATE, false, NONE},
	    {SMTP_RELAY, SMTP_CONNECT, 0, "", "no route", true, NONE},
	    {SMTP_RELAY, SMTP_CONNECT, 0, "", SMTP_LATE, true, NONE},
	    {SMTP_DEFERRED, SMTP_BODY, 0, "", "closed", false, NONE},
	    {SMTP_UNKNOWN, SMTP_DOT, 0, "", "closed", false, NONE},
	    {SMTP_RELAY, SMTP_RCPT, 0, "", "not a reply", false, NONE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct smtp_result result = {.outcome = cases[i].outcome,
		    .phase = cases[i].phase,
		    .code = cases[i].code};
		enum fault who;

		assert_true(str_fit(
		    result.status, sizeof(result.status), cases[i].status));
		assert_true(
		    str_fit(result.text, sizeof(result.text), cases[i].text));
		who = fault_slow(&result, cases[i].fresh);
		if (who != cases[i].who)
			fail_msg("case %zu: %d", i, (int)who);
	}
}

static void
who_is_against_us(void **state)
{
	static const struct {
		enum smtp_outcome outcome;
		enum smtp_phase phase;
		int code;
		const char *status;
		enum fault who;
	} cases[] = {
	    {SMTP_SENT, SMTP_DOT, 250, "2.7.0", NONE},
	    /* AUTH, TLS, the sender */
	    {SMTP_RELAY, SMTP_CONNECT, 535, "5.7.8", RELAY},
	    {SMTP_RELAY, SMTP_CONNECT, 554, "", RELAY},
	    {SMTP_RELAY, SMTP_MAIL, 530, "5.7.0", RELAY},
	    {SMTP_RELAY, SMTP_MAIL, 553, "5.1.8", RELAY},
	    {SMTP_RELAY, SMTP_MAIL, 421, "4.7.27", RELAY},
	    {SMTP_FAILED, SMTP_RCPT, 530, "", RELAY},
	    {SMTP_FAILED, SMTP_RCPT, 538, "5.7.11", RELAY},
	    /* policy */
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.7.1", DOMAIN},
	    {SMTP_FAILED, SMTP_RCPT, 554, "5.7.1", DOMAIN},
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.1.8", DOMAIN},
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.1.7", DOMAIN},
	    {SMTP_FAILED, SMTP_DATA, 554, "5.7.0", DOMAIN},
	    {SMTP_FAILED, SMTP_BODY, 552, "5.7.0", DOMAIN},
	    {SMTP_FAILED, SMTP_DOT, 550, "5.7.25", DOMAIN},
	    {SMTP_FAILED, SMTP_DOT, 550, "5.7.26", DOMAIN},
	    {SMTP_FAILED, SMTP_DOT, 550, "5.7.27", DOMAIN},
	    {SMTP_FAILED, SMTP_DOT, 550, "5.7.29", DOMAIN},
	    {SMTP_FAILED, SMTP_DOT, 550, "5.7.30", DOMAIN},
	    {SMTP_FAILED, SMTP_DOT, 550, "5.7.515", DOMAIN},
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.7.606", DOMAIN},
	    {SMTP_DEFERRED, SMTP_DOT, 451, "4.7.23", DOMAIN},
	    {SMTP_RELAY, SMTP_DOT, 421, "4.7.27", DOMAIN},
	    {SMTP_RELAY, SMTP_DOT, 421, "4.7.32", DOMAIN},
	    {SMTP_RELAY, SMTP_RCPT, 421, "4.7.40", DOMAIN},
	    /* too much, or too soon */
	    {SMTP_RELAY, SMTP_DOT, 421, "4.7.28", NONE},
	    {SMTP_RELAY, SMTP_DOT, 421, "4.7.0", NONE},
	    {SMTP_DEFERRED, SMTP_RCPT, 450, "4.7.1", NONE},
	    {SMTP_RELAY, SMTP_MAIL, 421, "", NONE},
	    {SMTP_RELAY, SMTP_CONNECT, 421, "4.7.0", NONE},
	    /* one reader */
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.1.1", NONE},
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.1.6", NONE},
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.1.10", NONE},
	    {SMTP_FAILED, SMTP_RCPT, 552, "5.2.2", NONE},
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.7.2", NONE},
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.7.17", NONE},
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.7.18", NONE},
	    {SMTP_FAILED, SMTP_DOT, 550, "5.7.124", NONE},
	    {SMTP_FAILED, SMTP_DOT, 550, "5.7.133", NONE},
	    {SMTP_FAILED, SMTP_DOT, 550, "5.7.136", NONE},
	    {SMTP_FAILED, SMTP_RCPT, 550, "", NONE},
	    {SMTP_FAILED, SMTP_DOT, 554, "", NONE},
	    {SMTP_FAILED, SMTP_DOT, 554, "5.6.0", NONE},
	    {SMTP_FAILED, SMTP_DOT, 552, "5.3.4", NONE},
	    /* nothing was said */
	    {SMTP_FAILED, SMTP_CONNECT, 0, "", NONE},
	    {SMTP_RELAY, SMTP_CONNECT, 0, "", NONE},
	    {SMTP_UNKNOWN, SMTP_DOT, 0, "", NONE},
	    {SMTP_RELAY, SMTP_IDLE, 521, "5.7.0", NONE},
	    /* nothing that can be read */
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.7", NONE},
	    {SMTP_FAILED, SMTP_RCPT, 550, "5..1", NONE},
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.7.", NONE},
	    {SMTP_FAILED, SMTP_RCPT, 550, "5.7.x", NONE},
	    {SMTP_FAILED, SMTP_RCPT, 550, "7.1", NONE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct smtp_result result = {.outcome = cases[i].outcome,
		    .phase = cases[i].phase,
		    .code = cases[i].code};
		enum fault who;

		assert_true(str_fit(
		    result.status, sizeof(result.status), cases[i].status));
		who = fault_policy(&result);
		if (who != cases[i].who)
			fail_msg("case %zu: %d", i, (int)who);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_asks_for_less),
	    cmocka_unit_test(who_is_against_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
