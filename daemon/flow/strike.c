/* SPDX-License-Identifier: ISC */
#include "flow/strike.h"

#include "base/str.h"

/* ---- the domains */

static struct strike_domain *
find(struct strikes *strikes, const char *name)
{
	for (size_t i = 0; i < strikes->count; i++) {
		struct strike_domain *at = &strikes->domains[i];

		if (str_eq(at->name, name)) {
			at->used = ++strikes->uses;
			return at;
		}
	}
	return NULL;
}

/* Where there is no room: the one that nothing was heard of for the longest,
 * of those in trouble only where all are. Their trouble is in the database. */
static struct strike_domain *
oldest(struct strikes *strikes)
{
	struct strike_domain *found = strikes->domains;

	for (size_t i = 1; i < strikes->count; i++) {
		struct strike_domain *at = &strikes->domains[i];

		if (at->down != found->down ? found->down
					    : at->used < found->used)
			found = at;
	}
	return found;
}

static struct strike_domain *
have(struct strikes *strikes, const char *name)
{
	struct strike_domain *at = find(strikes, name);

	if (at != NULL)
		return at;
	at = strikes->count < STRIKE_DOMAINS
		 ? &strikes->domains[strikes->count++]
		 : oldest(strikes);
	*at = (struct strike_domain){.used = ++strikes->uses};
	str_cut(at->name, sizeof(at->name), name);
	return at;
}

static void
forget(struct strikes *strikes, struct strike_domain *at)
{
	struct strike_domain *last = &strikes->domains[--strikes->count];

	if (at != last)
		*at = *last;
}

/* ---- the relays */

static void
lengthen(struct strike_row *row, const char *domain)
{
	row->several =
	    row->several || (row->count > 0 && !str_eq(row->last, domain));
	row->count++;
	str_cut(row->last, sizeof(row->last), domain);
}

static void
begin_anew(struct strike_row *row)
{
	row->count = 0;
	row->several = false;
}

/* ---- what is heard */

enum fault
strike_refused(
    struct strikes *strikes, const struct strike *strike, int64_t now)
{
	struct strike_row *row = &strikes->refused[strike->relay];
	struct strike_domain *at = have(strikes, strike->domain);
	int64_t past = now - at->told;

	at->refused++;
	/* What it goes on to refuse says nothing of the relay. */
	if (!at->down)
		lengthen(row, strike->domain);
	if (row->several && row->count >= STRIKE_POLICY)
		return FAULT_RELAY;
	if (at->refused < STRIKE_POLICY && !at->down)
		return FAULT_NONE;
	if (at->down && past >= 0 && past < STRIKE_CALM)
		return FAULT_NONE;
	if (!at->down)
		begin_anew(row);
	at->down = true;
	at->told = now;
	return FAULT_DOMAIN;
}

enum fault
strike_slow(struct strikes *strikes, const struct strike *strike, bool known)
{
	struct strike_row *row = &strikes->slow[strike->relay];

	lengthen(row, strike->domain);
	if (row->several && row->count >= STRIKE_SLOW_RELAY)
		return FAULT_RELAY;
	if (known)
		return FAULT_DOMAIN;
	return ++have(strikes, strike->domain)->slow >= STRIKE_SLOW
		   ? FAULT_DOMAIN
		   : FAULT_NONE;
}

bool
strike_taken(struct strikes *strikes, const struct strike *strike)
{
	struct strike_domain *at;
	bool down;

	begin_anew(&strikes->refused[strike->relay]);
	begin_anew(&strikes->slow[strike->relay]);
	at = strikes->count > 0 ? find(strikes, strike->domain) : NULL;
	if (at == NULL)
		return false;
	down = at->down;
	forget(strikes, at);
	return down;
}

void
strike_down(struct strikes *strikes, const char *domain, int64_t now)
{
	struct strike_domain *at = have(strikes, domain);

	if (!at->down)
		at->told = now - STRIKE_CALM;
	at->down = true;
}

bool
strike_is_down(const struct strikes *strikes, const char *domain)
{
	for (size_t i = 0; i < strikes->count; i++) {
		if (strikes->domains[i].down &&
		    str_eq(strikes->domains[i].name, domain))
			return true;
	}
	return false;
}
