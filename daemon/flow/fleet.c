/* SPDX-License-Identifier: ISC */
#include "flow/fleet.h"

#include "base/str.h"
#include "flow/choice.h"

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
		fleet->lanes[fleet->count - 1] = channel->count;
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

static bool
is_open(const struct channel *channel, const struct meter_now *now, bool digest)
{
	return channel_usable(channel, now->s) &&
	       meter_open(&channel->meter, now, digest);
}

unsigned
fleet_relays(const struct fleet *fleet, const struct fleet_mail *mail,
    const struct meter_now *now)
{
	struct choice of[CONF_RELAYS];

	for (size_t i = 0; i < fleet->count; i++) {
		const struct channel *at = &fleet->channels[i];

		of[i] = (struct choice){
		    .rank = choice_rank(at->conf, mail->list, mail->domain),
		    .priority = at->conf->priority,
		    .open = is_open(at, now, mail->digest)};
	}
	return choice_set(of, fleet->count);
}

struct fleet_open
fleet_look(const struct fleet *fleet, const struct meter_now *now)
{
	struct fleet_open open = {0, 0};

	for (size_t i = 0; i < fleet->count; i++) {
		const struct channel *at = &fleet->channels[i];

		open.digests |= (unsigned)is_open(at, now, true) << i;
		open.others |= (unsigned)is_open(at, now, false) << i;
	}
	return open;
}

/* Who of a set gets the next message; -1: nobody can. */
static int
freest(const struct fleet *fleet, unsigned set, const size_t can[CONF_RELAYS])
{
	struct choice of[CONF_RELAYS];

	for (size_t i = 0; i < fleet->count; i++) {
		of[i] =
		    (struct choice){.weight = fleet->channels[i].conf->weight,
			.takes = can[i] > 0,
			.load = (int64_t)channel_load(&fleet->channels[i])};
	}
	return choice_make(of, fleet->count, set);
}

/* ---- before the transaction */

/* One whose relays are all busy is in nobody's way. */
void
fleet_load(struct fleet *fleet, const struct meter_now *now)
{
	struct hold *hold = fleet->hold;
	size_t takes[CONF_RELAYS] = {0};
	size_t all = 0;

	for (size_t i = 0; i < fleet->count; i++) {
		takes[i] = channel_takes(&fleet->channels[i], now);
		all += takes[i];
	}
	if (all > 0)
		hold_make(hold, takes, SIZE_MAX, now->s);
	for (size_t i = 0; i < hold->ready && all > 0;) {
		int to = freest(fleet, hold->made[i]->relays, takes);

		if (to < 0) {
			i++;
			continue;
		}
		channel_pair(&fleet->channels[to], hold_take(hold, i));
		takes[to]--;
		all--;
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

/* One of a set that is about to be free anyway is enough. */
static bool
awaits(unsigned set, size_t coming[CONF_RELAYS])
{
	for (size_t i = 0; i < CONF_RELAYS; i++) {
		if ((set & 1U << i) != 0 && coming[i] > 0) {
			coming[i]--;
			return true;
		}
	}
	return false;
}

void
fleet_open(struct fleet *fleet, const struct meter_now *now)
{
	struct hold *hold = fleet->hold;
	size_t coming[CONF_RELAYS] = {0};
	size_t room[CONF_RELAYS] = {0};
	size_t n = hold_count(hold);
	bool any = false;

	for (size_t i = 0; i < fleet->count; i++) {
		struct channel *at = &fleet->channels[i];

		coming[i] =
		    at->lane_count[LANE_OPENING] + at->lane_count[LANE_IDLE];
		at->elsewhere = open_elsewhere(fleet->former, at->conf->url);
		room[i] = channel_has_room(at, now->s);
		any |= room[i] > 0;
	}
	for (size_t i = 0; i < n && any; i++) {
		unsigned set = hold_relays(hold, i);
		int to = awaits(set, coming) ? -1 : freest(fleet, set, room);

		if (to < 0)
			continue;
		(void)channel_open(&fleet->channels[to]);
		room[to] = channel_has_room(&fleet->channels[to], now->s);
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
	bool some = false;

	for (size_t i = 0; i < fleet->count; i++) {
		const size_t *lanes = fleet->channels[i].lane_count;

		if (lanes[LANE_DONE] > 0 &&
		    lanes[LANE_DONE] >= lanes[LANE_SENDING])
			return false;
		some |= lanes[LANE_DONE] > 0;
	}
	return some;
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
