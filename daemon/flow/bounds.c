/* SPDX-License-Identifier: ISC */
#include "flow/bounds.h"

#define SURE 2 /* times: once may be an accident */

void
bounds_refused(struct bounds *bounds, size_t others, int64_t now_ms)
{
	bounds->connections = others;
	bounds->more_at_ms = now_ms + BOUNDS_MORE_MS;
}

void
bounds_let_in(struct bounds *bounds, size_t open, int64_t now_ms)
{
	if (bounds->connections == 0 || open <= bounds->connections)
		return;
	bounds->connections = 2 * open;
	bounds->more_at_ms = now_ms + BOUNDS_MORE_MS;
}

bool
bounds_admit(const struct bounds *bounds, size_t open, int64_t now_ms)
{
	return bounds->connections == 0 || open < bounds->connections ||
	       (open == bounds->connections && now_ms >= bounds->more_at_ms);
}

void
bounds_ended(struct bounds *bounds, int64_t carried, int64_t now_ms)
{
	if (carried <= 0)
		return;
	bounds->ended = carried == bounds->messages ? bounds->ended + 1 : 1;
	bounds->messages = carried;
	bounds->fill_at_ms = now_ms + BOUNDS_FILL_MS;
}

int64_t
bounds_fill(const struct bounds *bounds, int64_t most, int64_t now_ms)
{
	if (bounds->ended < SURE || now_ms >= bounds->fill_at_ms)
		return most;
	return most > 0 && most < bounds->messages ? most : bounds->messages;
}
