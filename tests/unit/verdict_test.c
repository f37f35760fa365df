/* SPDX-License-Identifier: ISC */
#include "flow/verdict.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define YOUNG OUTBOX_AGE
#define OLD   INT64_C(0)

static const struct {
	enum smtp_outcome outcome;
	enum smtp_phase phase;
	const char *status;
	int64_t left;
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
    {SMTP_FAILED, SMTP_RCPT, "5.1.4", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_FAILED, SMTP_RCPT, "5.2.2", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_FAILED, SMTP_RCPT, "5.7.2", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_FAILED, SMTP_RCPT, "", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_FAILED, SMTP_DOT, "5.1.1", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    {SMTP_FAILED, SMTP_DOT, "5.6.0", YOUNG, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
    /* policy, and that of others */
    {SMTP_FAILED, SMTP_RCPT, "5.7.1", YOUNG, LIST_RESEND, OUTBOX_DEFER, 0, 0},
    {SMTP_FAILED, SMTP_RCPT, "5.1.8", YOUNG, LIST_RESEND, OUTBOX_DEFER, 0, 0},
    {SMTP_FAILED, SMTP_DOT, "5.7.26", YOUNG, LIST_RESEND, OUTBOX_DEFER, 0, 0},
    {SMTP_FAILED, SMTP_DOT, "5.7.26", OLD, LIST_RESEND, OUTBOX_REFUSE, 0, 0},
};

static void
every_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct smtp_result result = {.outcome = cases[i].outcome,
		    .phase = cases[i].phase,
		    .code = cases[i].outcome == SMTP_FAILED ? 550 : 0};
		struct verdict got;

		assert_true(str_fit(
		    result.status, sizeof(result.status), cases[i].status));
		got = verdict(&(struct verdict_case){.result = &result,
		    .attempts = cases[i].left == OLD ? VERDICT_TRIES : 1,
		    .left = cases[i].left,
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
		struct verdict got =
		    verdict(&(struct verdict_case){.result = &result,
			.attempts = closes[i].attempts,
			.left = YOUNG});

		assert_int_equal(got.event, OUTBOX_DEFER);
		assert_int_equal(got.wait == 0, closes[i].at_once);
	}
}

/* Whatever ate the time of a row that was hardly tried, it gets its tries. What
 * may be there already is not sent again for that. */
static void
age_alone_is_no_reason_to_give_up(void **state)
{
	static const struct {
		enum smtp_outcome outcome;
		int64_t attempts, left;
		enum outbox_event event;
		bool retry;
	} ages[] = {
	    {SMTP_DEFERRED, 1, 1, OUTBOX_DEFER, false},
	    {SMTP_DEFERRED, 1, 0, OUTBOX_DEFER, false},
	    {SMTP_DEFERRED, 1, -86400, OUTBOX_DEFER, false},
	    {SMTP_DEFERRED, 1, INT64_MIN, OUTBOX_DEFER, false},
	    {SMTP_DEFERRED, VERDICT_TRIES - 1, -1, OUTBOX_DEFER, false},
	    {SMTP_DEFERRED, VERDICT_TRIES, -1, OUTBOX_REFUSE, false},
	    {SMTP_DEFERRED, VERDICT_TRIES, 1, OUTBOX_DEFER, false},
	    {SMTP_RELAY, 1, -1, OUTBOX_DEFER, false},
	    {SMTP_RELAY, VERDICT_TRIES, -1, OUTBOX_REFUSE, false},
	    {SMTP_UNKNOWN, 1, 1, OUTBOX_LOSE, true},
	    {SMTP_UNKNOWN, 1, -1, OUTBOX_LOSE, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ages) / sizeof(*ages); i++) {
		const struct smtp_result result = {
		    .outcome = ages[i].outcome, .phase = SMTP_RCPT};
		struct verdict got =
		    verdict(&(struct verdict_case){.result = &result,
			.attempts = ages[i].attempts,
			.left = ages[i].left,
			.policy = LIST_RESEND});

		if (got.event != ages[i].event || got.retry != ages[i].retry)
			fail_msg("case %zu: event %d", i, (int)got.event);
		assert_int_equal(
		    got.wait > 0, got.event == OUTBOX_DEFER || got.retry);
	}
}

/* Nothing is burnt while we are at fault; one reader's own refusal ends. */
static void
a_refusal_by_policy_is_believed_at_the_third_time(void **state)
{
	static const struct {
		const char *status;
		int code;
		int64_t attempts, left;
		bool trouble;
		enum outbox_event event;
	} refusals[] = {
	    {"5.7.1", 550, 1, 100, false, OUTBOX_DEFER},
	    {"5.7.1", 550, 2, 100, false, OUTBOX_DEFER},
	    {"5.7.1", 550, 3, 100, false, OUTBOX_REFUSE},
	    {"5.7.1", 550, 3, 100, true, OUTBOX_DEFER},
	    {"5.7.515", 550, 99, 100, true, OUTBOX_DEFER},
	    {"5.7.515", 550, 1, 0, true, OUTBOX_DEFER},
	    {"5.7.515", 550, VERDICT_TRIES, 0, true, OUTBOX_REFUSE},
	    {"", 530, 1, 100, false, OUTBOX_DEFER},
	    {"", 550, 1, 100, true, OUTBOX_REFUSE},
	    {"5.1.1", 550, 1, 100, true, OUTBOX_REFUSE},
	    {"", 0, 1, 100, true, OUTBOX_REFUSE}, /* never left the house */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		struct smtp_result result = {.outcome = SMTP_FAILED,
		    .phase = SMTP_RCPT,
		    .code = refusals[i].code};
		struct verdict got;

		assert_true(str_fit(
		    result.status, sizeof(result.status), refusals[i].status));
		got = verdict(&(struct verdict_case){.result = &result,
		    .attempts = refusals[i].attempts,
		    .left = refusals[i].left,
		    .trouble = refusals[i].trouble});
		if (got.event != refusals[i].event)
			fail_msg("case %zu: event %d", i, (int)got.event);
		assert_int_equal(
		    got.bounced, str_eq(refusals[i].status, "5.1.1"));
		assert_int_equal(got.wait > 0, got.event == OUTBOX_DEFER);
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
	    cmocka_unit_test(age_alone_is_no_reason_to_give_up),
	    cmocka_unit_test(a_refusal_by_policy_is_believed_at_the_third_time),
	    cmocka_unit_test(waits_grow_and_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
