/* SPDX-License-Identifier: ISC */
/*
 * choice - which of several relays takes a message.
 *
 * Pure. A message goes to a relay that names its list or domain, before those
 * that do not; among them to the smallest priority; among those to the least
 * busy for its weight. One that is down, has used up its day or is out of its
 * hours is passed over; one that is only busy is waited for.
 */
#ifndef NASHRA_FLOW_CHOICE_H
#define NASHRA_FLOW_CHOICE_H

#include "base/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much a relay is meant for that mail: 2 where it names its list and its
 * domain, 1 for either, 0; -1: not at all. Lists are not asked of mail of no
 * list (""), or of one that is not known yet. */
int choice_rank(
    const struct conf_relay *relay, const char *list, const char *domain);

/* A relay as it is now. */
struct choice {
	int64_t priority, weight;
	int64_t load; /* messages that it has on their way */
	int rank;
	bool open;  /* not down, not full for today, within its hours */
	bool takes; /* a message at once */
};

/* Those that share such messages, a bit for each place; 0: none takes them. */
unsigned choice_set(const struct choice *of, size_t n);
/* The place of the one in a set that gets the next; -1: all of them are
 * busy. */
int choice_make(const struct choice *of, size_t n, unsigned set);

#endif
