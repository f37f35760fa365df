/* SPDX-License-Identifier: ISC */
#include "flow/judge.h"

#include "base/str.h"
#include "flow/paced.h"
#include "model/trouble.h"

struct judge
judge_result(struct strikes *strikes, const struct judge_case *of)
{
	const struct strike *strike = &of->strike;
	struct judge judge = {
	    .slow = fault_slow(of->result, of->fresh),
	    .down = fault_policy(of->result),
	    .paced = of->paced,
	    .sent = of->result->outcome == SMTP_SENT,
	};

	if (judge.slow == FAULT_DOMAIN)
		judge.slow = strike_slow(strikes, strike, of->paced);
	if (judge.down == FAULT_DOMAIN)
		judge.down = strike_refused(strikes, strike, of->now);
	if (judge.sent)
		judge.over = strike_taken(strikes, strike);
	judge.trouble =
	    judge.down != FAULT_NONE || strike_is_down(strikes, strike->domain);
	return judge;
}

static int
note_down(
    struct db *db, const struct judge_case *of, int64_t now, struct err *err)
{
	struct trouble trouble = {.scope = TROUBLE_DOMAIN};

	(void)str_fit(trouble.name, sizeof(trouble.name), of->strike.domain);
	fault_words(trouble.error, sizeof(trouble.error), of->result);
	return trouble_failed(db, &trouble, now, err);
}

int
judge_note(const struct judge *judge, const struct judge_case *of,
    const struct conf *conf, struct db *db, const struct meter_now *now,
    struct err *err)
{
	int64_t connections;
	struct pace pace = paced_pace(conf, of->strike.domain, &connections);

	if (judge->slow == FAULT_DOMAIN &&
	    pace_slow(db, &pace, &now->at, 0, err) < 0)
		return -1;
	if (judge->down == FAULT_DOMAIN &&
	    (pace_ensure(db, &pace, &now->at, err) != 0 ||
		note_down(db, of, now->s, err) != 0))
		return -1;
	if (judge->over &&
	    trouble_over(db, TROUBLE_DOMAIN, of->strike.domain, err) < 0)
		return -1;
	if (judge->sent && judge->paced &&
	    pace_good(db, &pace, &now->at, 1, err) < 0)
		return -1;
	return 0;
}
