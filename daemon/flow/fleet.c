/* SPDX-License-Identifier: ISC */
#include "flow/fleet.h"

#include "base/str.h"
#include "flow/choice.h"
#include "mail/address.h"

#define STUCK_WAIT 30 /* s */

int
fleet_init(
    struct fleet *fleet, const struct channel_parts *parts, struct err *err)
{
	const struct conf *conf = parts->conf;

	*fleet = (struct fleet){.hold = parts->hold};
	while (fleet->count < conf->relays) {
		struct channel *channel = &fleet->channels[fleet->count];

		if (channel_init(
			channel, parts, &conf->relay[fleet->count++], err) != 0)
			return -1;
		fleet->lanes += channel->count;
	}
	return 0;
}

void
fleet_release(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++)
		channel_release(&fleet->channels[i]);
}

/* ---- which relay */

typedef bool can_fn(const struct channel *channel, const struct meter_now *now);

/* Which channel that `can` gets the mail, or CHOICE_WAIT or CHOICE_NONE. */
static int
choose(const struct fleet *fleet, const struct fleet_mail *mail,
    const struct meter_now *now, can_fn *can)
{
	struct choice of[CONF_RELAYS];

	for (size_t i = 0; i < fleet->count; i++) {
		const struct channel *at = &fleet->channels[i];

		of[i] = (struct choice){
		    .rank = choice_rank(at->conf, mail->list, mail->domain),
		    .priority = at->conf->priority,
		    .weight = at->conf->weight,
		    .open = channel_usable(at, now->s) &&
			    meter_open(&at->meter, now, mail->digest),
		    .takes = can(at, now),
		    .load = (int64_t)channel_load(at)};
	}
	return choice_make(of, fleet->count);
}

static bool
can_take(const struct channel *channel, const struct meter_now *now)
{
	return channel_takes(channel, now) > 0;
}

static bool
can_open(const struct channel *channel, const struct meter_now *now)
{
	return channel_has_room(channel, now->s);
}

/* For whom it is enough to know that a relay would, some time. */
static bool
can_wait(const struct channel *channel, const struct meter_now *now)
{
	(void)channel;
	(void)now;
	return false;
}

bool
fleet_takes(const struct fleet *fleet, const struct fleet_mail *mail,
    const struct meter_now *now)
{
	return choose(fleet, mail, now, can_wait) != CHOICE_NONE;
}

bool
fleet_usable(const struct fleet *fleet, const struct meter_now *now)
{
	for (size_t i = 0; i < fleet->count; i++) {
		if (channel_usable(&fleet->channels[i], now->s))
			return true;
	}
	return false;
}

static struct fleet_mail
mail_of(const struct cargo *cargo)
{
	return (struct fleet_mail){.list = cargo->list.name,
	    .domain = address_domain(cargo->subscription.address),
	    .digest = cargo->row.kind == OUTBOX_DIGEST};
}

/* ---- before the transaction */

size_t
fleet_stuck(const struct fleet *fleet, const struct meter_now *now)
{
	const struct hold *hold = fleet->hold;
	size_t n = 0;

	for (size_t i = 0; i < hold->ready; i++) {
		struct fleet_mail mail = mail_of(hold->made[i]);

		hold->made[i]->stuck = !fleet_takes(fleet, &mail, now);
		n += hold->made[i]->stuck;
	}
	return n;
}

/* Of those that fleet_stuck() has found. */
int
fleet_put_off(struct fleet *fleet, struct db *db, const struct meter_now *now,
    struct err *err)
{
	const struct outbox_note note = {.due = now->s + STUCK_WAIT,
	    .relay = "",
	    .status = "",
	    .text = "no relay takes it for now"};
	const struct hold *hold = fleet->hold;

	for (size_t i = 0; i < hold->ready; i++) {
		struct outbox row = hold->made[i]->row;

		if (hold->made[i]->stuck &&
		    outbox_move(db, &row, OUTBOX_DEFER, &note, now->s, err) < 0)
			return -1;
	}
	return 0;
}

static void
forget_stuck(struct hold *hold)
{
	for (size_t i = hold->ready; i-- > 0;) {
		if (hold->made[i]->stuck)
			hold_empty(hold, hold_take(hold, i));
	}
}

/* What no relay can take for now is passed over, so that it is in nobody's
 * way until it is put off. */
void
fleet_load(struct fleet *fleet, const struct meter_now *now)
{
	struct hold *hold = fleet->hold;
	size_t takes = 0;
	size_t i = 0;

	for (size_t at = 0; at < fleet->count; at++)
		takes += channel_takes(&fleet->channels[at], now);
	if (takes > 0)
		hold_make(hold, takes, now->s);
	while (i < hold->ready && takes > 0) {
		struct fleet_mail mail = mail_of(hold->made[i]);
		int to = choose(fleet, &mail, now, can_take);

		if (to < 0) {
			i++;
			continue;
		}
		channel_pair(&fleet->channels[to], hold_take(hold, i));
		takes--;
	}
}

void
fleet_unload(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++)
		channel_unpair(&fleet->channels[i], SIZE_MAX);
}

/* By its address: under other settings it may have another name. */
static size_t
open_elsewhere(const struct fleet *former, const char *url)
{
	size_t n = 0;

	for (size_t i = 0; former != NULL && i < former->count; i++) {
		if (str_eq(former->channels[i].conf->url, url))
			n += former->channels[i].open;
	}
	return n;
}

void
fleet_open(struct fleet *fleet, const struct meter_now *now)
{
	struct hold *hold = fleet->hold;
	size_t coming = 0;

	for (size_t i = 0; i < fleet->count; i++) {
		struct channel *at = &fleet->channels[i];

		coming +=
		    at->lane_count[LANE_OPENING] + at->lane_count[LANE_IDLE];
		at->elsewhere = open_elsewhere(fleet->former, at->conf->url);
	}
	hold_make(hold, 1, now->s);
	for (size_t i = coming; i < hold_count(hold); i++) {
		struct fleet_mail mail;
		int to;

		/* Those not made yet are like the last that is. */
		if (hold->ready == 0)
			return;
		mail =
		    mail_of(hold->made[i < hold->ready ? i : hold->ready - 1]);
		to = choose(fleet, &mail, now, can_open);
		if (to < 0 || !channel_open(&fleet->channels[to]))
			return;
	}
}

void
fleet_close_idle(struct fleet *fleet, int64_t idle_ms)
{
	for (size_t i = 0; i < fleet->count; i++)
		channel_close_idle(&fleet->channels[i], idle_ms);
}

/* ---- within the transaction, and after it */

bool
fleet_has_news(const struct fleet *fleet)
{
	bool news = false;

	for (size_t i = 0; i < fleet->count; i++)
		news |= channel_has_news(&fleet->channels[i]);
	return news;
}

bool
fleet_gathers(const struct fleet *fleet)
{
	size_t there = 0;
	size_t out = 0;

	for (size_t i = 0; i < fleet->count; i++) {
		there += fleet->channels[i].lane_count[LANE_DONE];
		out += fleet->channels[i].lane_count[LANE_SENDING];
	}
	return there > 0 && there < out;
}

bool
fleet_busy(const struct fleet *fleet)
{
	bool busy = false;

	for (size_t i = 0; i < fleet->count; i++)
		busy |= channel_load(&fleet->channels[i]) > 0;
	return busy;
}

int
fleet_note(struct fleet *fleet, struct db *db, const struct meter_now *now,
    struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < fleet->count && rc == 0; i++)
		rc = channel_note(&fleet->channels[i], db, now, err);
	return rc;
}

int
fleet_note_results(struct fleet *fleet, struct db *db,
    const struct meter_now *now, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < fleet->count && rc == 0; i++)
		rc = channel_note_results(&fleet->channels[i], db, now, err);
	return rc;
}

void
fleet_proceed(struct fleet *fleet, const struct meter_now *now)
{
	forget_stuck(fleet->hold);
	for (size_t i = 0; i < fleet->count; i++)
		channel_proceed(&fleet->channels[i], now);
}

bool
fleet_wants_more(struct fleet *fleet)
{
	bool more = false;

	for (size_t i = 0; i < fleet->count; i++) {
		more |= fleet->channels[i].came_back;
		fleet->channels[i].came_back = false;
	}
	return more;
}

int64_t
fleet_patience(const struct fleet *fleet, const struct meter_now *now)
{
	int64_t least = -1;

	for (size_t i = 0; i < fleet->count; i++) {
		int64_t wait = meter_wait(&fleet->channels[i].meter, now);

		if (wait > 0 && (least < 0 || wait < least))
			least = wait;
	}
	return least;
}
