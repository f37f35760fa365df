/* SPDX-License-Identifier: ISC */
#include "web/guard.h"

#include <string.h>

/* The client's bucket, or the one to give up for it: the bucket that is full
 * soonest, which after GUARD_BURST * GUARD_REFILL says nothing any more. */
static struct guard_bucket *
find_bucket(struct guard *guard, const struct client *client)
{
	struct guard_bucket *spare = &guard->buckets[0];

	for (size_t i = 0; i < GUARD_BUCKETS; i++) {
		struct guard_bucket *bucket = &guard->buckets[i];

		if (memcmp(bucket->key, client->key, CLIENT_KEY) == 0)
			return bucket;
		if (bucket->full < spare->full)
			spare = bucket;
	}
	memcpy(spare->key, client->key, CLIENT_KEY);
	spare->full = 0;
	return spare;
}

bool
guard_take(struct guard *guard, const struct client *client, int64_t now,
    int64_t *wait)
{
	const int64_t most = (int64_t)GUARD_BURST * GUARD_REFILL;
	struct guard_bucket *bucket = find_bucket(guard, client);

	if (bucket->full < now)
		bucket->full = now;
	/* The clock was set back: nobody waits longer than for a whole
	 * bucket. */
	if (bucket->full > now + most)
		bucket->full = now + most;
	if (bucket->full + GUARD_REFILL > now + most) {
		*wait = bucket->full + GUARD_REFILL - (now + most);
		return false;
	}
	bucket->full += GUARD_REFILL;
	return true;
}

enum guard_verdict
guard_form(const struct token_ring *ring, const char *trap,
    const char *shown_at, int64_t now)
{
	int64_t when;

	if (*trap != '\0')
		return GUARD_TRAP;
	if (*shown_at == '\0')
		return GUARD_PASS;
	if (!token_open_time(ring, &when, shown_at) ||
	    when > now - GUARD_FORM_MIN || when < now - GUARD_FORM_MAX)
		return GUARD_AGAIN;
	return GUARD_PASS;
}
