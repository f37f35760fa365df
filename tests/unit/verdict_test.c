/* SPDX-License-Identifier: ISC */
#include "flow/verdict.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define YOUNG 100
#define OLD   VERDICT_AGE

static const struct {
	enum smtp_outcome outcome;
	enum smtp_phase phase;
	const char *status;
	int64_t age;
	enum list_unknown policy;
	enum outbox_event event;
	bool retry;
	bool bounced;
} cases[] = {
    {SMTP_SENT, SMTP_DOT, "2.0.0", YOUNG, LIST_RESEND, OUTBOX_ACCEPT, 0, 0},
    {SMTP_SENT, SMTP_DOT, "", OLD, LIST_HOLD, OUTBOX_ACCEPT, 0, 0},
    {SMTP_DEFERRED, SMTP_RCPT, "4.2.1", YOUNG, LIST_RESEND, OUTBOX_DEFER, 0, 0},
    {SMTP_DEFERRED, SMTP_BODY, "", YOUNG, LIST_SKIP, OUTBOX_DEFER, 0, 0},
    {SMTP_DEFERRED, SMTP_RCPT, "4.2.1", OLD, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_RELAY, SMTP_MAIL, "", YOUNG, LIST_RESEND, OUTBOX_DEFER, 0, 0},
    {SMTP_RELAY, SMTP_MAIL, "5.7.1", YOUNG, LIST_RESEND, OUTBOX_DEFER, 0, 0},
    {SMTP_RELAY, SMTP_MAIL, "", OLD, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_UNKNOWN, SMTP_DOT, "", YOUNG, LIST_RESEND, OUTBOX_LOSE, 1, 0},
    {SMTP_UNKNOWN, SMTP_DOT, "", OLD, LIST_RESEND, OUTBOX_LOSE, 0, 0},
    {SMTP_UNKNOWN, SMTP_DOT, "", YOUNG, LIST_HOLD, OUTBOX_LOSE, 0, 0},
    {SMTP_UNKNOWN, SMTP_DOT, "", YOUNG, LIST_SKIP, OUTBOX_LOSE, 0, 0},
    /* who is not there, and who is but will not take it */
    {SMTP_FAILED, SMTP_RCPT, "5.1.1", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 1},
    {SMTP_FAILED, SMTP_RCPT, "5.1.2", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 1},
    {SMTP_FAILED, SMTP_RCPT, "5.1.10", OLD, LIST_RESEND, OUTBOX_REFUSE, 0, 1},
    {SMTP_FAILED, SMTP_RCPT, "5.1.7", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_FAILED, SMTP_RCPT, "5.1.8", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_FAILED, SMTP_RCPT, "5.2.2", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_FAILED, SMTP_RCPT, "5.7.1", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_FAILED, SMTP_RCPT, "", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_FAILED, SMTP_DOT, "5.1.1", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_FAILED, SMTP_DOT, "5.7.26", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
};

static void
every_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct smtp_result result = {
		    .outcome = cases[i].outcome, .phase = cases[i].phase};
		struct verdict got;

		assert_true(str_fit(
		    result.status, sizeof(result.status), cases[i].status));
		got = verdict(&(struct verdict_case){.result = &result,
		    .attempts = 1,
		    .age = cases[i].age,
		    .policy = cases[i].policy});
		if (got.event != cases[i].event ||
		    got.retry != cases[i].retry ||
		    got.bounced != cases[i].bounced)
			fail_msg("case %zu: event %d retry %d bounced %d", i,
			    (int)got.event, got.retry, got.bounced);
		assert_int_equal(
		    got.wait > 0, got.event == OUTBOX_DEFER || got.retry);
	}
}

static void
a_relay_that_closes_between_messages_gets_the_next_at_once(void **state)
{
	static const struct {
		enum smtp_phase phase;
		int code;
		int64_t attempts;
		bool at_once;
	} closes[] = {
	    {SMTP_MAIL, 0, 1, true},
	    {SMTP_MAIL, 0, 2, true},
	    {SMTP_MAIL, 0, 3, false},
	    {SMTP_MAIL, 421, 1, false},
	    {SMTP_BODY, 0, 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(closes) / sizeof(*closes); i++) {
		const struct smtp_result result = {.outcome = SMTP_DEFERRED,
		    .phase = closes[i].phase,
		    .code = closes[i].code};
		struct verdict got = verdict(&(struct verdict_case){
		    .result = &result, .attempts = closes[i].attempts});

		assert_int_equal(got.event, OUTBOX_DEFER);
		assert_int_equal(got.wait == 0, closes[i].at_once);
	}
}

/* Each wait within 20 % of the table's, both ends reached, none too short
 * for an odd number of attempts. */
static void
waits_grow_and_spread(void **state)
{
	static const struct {
		int64_t attempts;
		int64_t about;
	} waits[] = {{-1, 60}, {0, 60}, {1, 60}, {2, 300}, {3, 900}, {4, 1800},
	    {5, 3600}, {6, 7200}, {7, 7200}, {INT64_MAX, 7200}};

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		int64_t least = INT64_MAX;
		int64_t most = 0;

		for (unsigned jitter = 0; jitter < 6000; jitter++) {
			int64_t wait = verdict_wait(waits[i].attempts, jitter);

			least = wait < least ? wait : least;
			most = wait > most ? wait : most;
		}
		assert_int_equal(least, waits[i].about * 8 / 10);
		assert_int_equal(most, waits[i].about * 12 / 10);
		assert_true(most < OUTBOX_WAIT_MAX);
		assert_in_range(verdict_wait(waits[i].attempts, UINT32_MAX),
		    (uint64_t)least, (uint64_t)most);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_case),
	    cmocka_unit_test(
		a_relay_that_closes_between_messages_gets_the_next_at_once),
	    cmocka_unit_test(waits_grow_and_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
