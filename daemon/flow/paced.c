/* SPDX-License-Identifier: ISC */
#include "flow/paced.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

struct pace
paced_pace(const struct conf *conf, const char *domain, int64_t *connections)
{
	struct pace pace = {
	    .scope = PACE_DOMAIN, .name = domain, .day = PACE_NO_DAY};

	*connections = 0;
	for (size_t i = 0; i < conf->domains; i++) {
		if (!str_eq(conf->domain[i].name, domain))
			continue;
		pace.rate = conf->domain[i].rate;
		*connections = conf->domain[i].connections;
	}
	return pace;
}

static int
ensure(struct db *db, const struct conf *conf, const char *domain,
    const struct pace_now *clock, struct err *err)
{
	int64_t connections;
	const struct pace pace = paced_pace(conf, domain, &connections);

	return pace_ensure(db, &pace, clock, err);
}

int
paced_ensure(struct db *db, const struct conf *conf,
    const struct pace_now *clock, struct err *err)
{
	if (pace_prune(db, clock, err) != 0)
		return -1;
	for (size_t i = 0; i < conf->domains; i++) {
		if (ensure(db, conf, conf->domain[i].name, clock, err) != 0)
			return -1;
	}
	for (size_t i = 0; i < conf->relays; i++) {
		const struct conf_items *domains = &conf->relay[i].domains;

		for (size_t j = 0; j < domains->count; j++) {
			if (ensure(db, conf, domains->item[j], clock, err) != 0)
				return -1;
		}
	}
	return 0;
}

static int
note_domain(const char *domain, void *arg)
{
	struct paced *paced = arg;

	(void)str_fit(paced->names[paced->count], OUTBOX_PACE_SIZE, domain);
	return ++paced->count == PACED_MAX;
}

int
paced_read(struct paced *out, struct db *db, struct err *err)
{
	out->count = 0;
	return pace_each_domain(db, note_domain, out, err);
}

static int
compare_name(const void *name, const void *entry)
{
	return memcmp(name, entry, strlen(name) + 1);
}

bool
paced_has(const struct paced *paced, const char *domain)
{
	return bsearch(domain, paced->names, paced->count, OUTBOX_PACE_SIZE,
		   compare_name) != NULL;
}
