/* SPDX-License-Identifier: ISC */
#include "flow/choice.h"

#include "base/str.h"

static bool
names(const struct conf_items *items, const char *what)
{
	for (size_t i = 0; i < items->count; i++) {
		if (str_eq(items->item[i], what))
			return true;
	}
	return false;
}

int
choice_rank(
    const struct conf_relay *relay, const char *list, const char *domain)
{
	bool its_list = names(&relay->lists, list);
	bool its_domain = names(&relay->domains, domain);

	if ((relay->lists.count > 0 && !its_list && list[0] != '\0') ||
	    (relay->domains.count > 0 && !its_domain))
		return -1;
	return its_list + its_domain;
}

/* Below 0: a comes before b; 0: they share. */
static int
compare(const struct choice *a, const struct choice *b)
{
	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	return (a->priority > b->priority) - (a->priority < b->priority);
}

/* With one more message, the one would have less to do for its weight. */
static bool
is_freer(const struct choice *a, const struct choice *b)
{
	return (a->load + 1) * b->weight < (b->load + 1) * a->weight;
}

unsigned
choice_set(const struct choice *of, size_t n)
{
	const struct choice *best = NULL;
	unsigned set = 0;

	for (size_t i = 0; i < n; i++) {
		if (of[i].rank >= 0 && of[i].open &&
		    (best == NULL || compare(&of[i], best) < 0))
			best = &of[i];
	}
	for (size_t i = 0; best != NULL && i < n; i++) {
		if (of[i].open && compare(&of[i], best) == 0)
			set |= 1U << i;
	}
	return set;
}

int
choice_make(const struct choice *of, size_t n, unsigned set)
{
	const struct choice *found = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct choice *at = &of[i];

		if ((set & 1U << i) != 0 && at->takes &&
		    (found == NULL || is_freer(at, found)))
			found = at;
	}
	return found != NULL ? (int)(found - of) : -1;
}
