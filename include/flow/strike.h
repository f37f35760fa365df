/* SPDX-License-Identifier: ISC */
/*
 * strike - refusals in a row: when one reader's answer is a domain's, and
 * when a domain's is the relay's.
 *
 * Pure, in the memory of one worker, bounded. A domain is against us after
 * STRIKE_POLICY refusals in a row, with nothing taken by it between; a relay,
 * where as many in a row are of several domains. What is taken ends the row.
 * A domain that is slow is treated alike, so that the grey-listing of a small
 * one changes nothing; a relay is slow where STRIKE_SLOW_RELAY of several
 * domains complain in a row.
 */
#ifndef NASHRA_FLOW_STRIKE_H
#define NASHRA_FLOW_STRIKE_H

#include "base/conf.h"
#include "flow/fault.h"
#include "mail/domain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STRIKE_DOMAINS    256
#define STRIKE_POLICY     3
#define STRIKE_SLOW       3
#define STRIKE_SLOW_RELAY 10
/* s in which what was under way when trouble began tells nothing new */
#define STRIKE_CALM 30

/* Domains with a row of refusals or complaints, or in trouble. */
struct strike_domain {
	char name[DOMAIN_SIZE];
	int refused, slow; /* in a row */
	bool down;         /* in trouble, */
	int64_t told;      /* as was last said then */
	uint64_t used;     /* larger is later */
};

struct strike_row {
	int count;
	bool several;           /* domains */
	char last[DOMAIN_SIZE]; /* of them */
};

struct strikes {
	struct strike_domain domains[STRIKE_DOMAINS];
	size_t count;
	uint64_t uses;
	struct strike_row refused[CONF_RELAYS], slow[CONF_RELAYS];
};

/* Through which relay, by its place in the settings; to which domain, as in
 * the address. */
struct strike {
	size_t relay;
	const char *domain;
};

/* flow/fault blames the domain's policy: who is in trouble now? Who already
 * is, is named again after STRIKE_CALM. */
enum fault strike_refused(
    struct strikes *strikes, const struct strike *strike, int64_t now);
/* flow/fault says that the domain asks for less: who is to slow down? `known`:
 * it has a pace of its own already, and does at once. */
enum fault
strike_slow(struct strikes *strikes, const struct strike *strike, bool known);
/* A message was taken. True where its domain was in trouble until now. */
bool strike_taken(struct strikes *strikes, const struct strike *strike);

/* The database has it that a domain is in trouble. */
void strike_down(struct strikes *strikes, const char *domain, int64_t now);
bool strike_is_down(const struct strikes *strikes, const char *domain);

#endif
