/* SPDX-License-Identifier: ISC */
/*
 * domain - the name of a mail domain, in any script, as DNS knows it.
 *
 * Two labels or more, A-labels, lower case. Speaks libidn2. Pure.
 */
#ifndef NASHRA_MAIL_DOMAIN_H
#define NASHRA_MAIL_DOMAIN_H

#include "base/err.h"

#define DOMAIN_SIZE       254 /* RFC 1035 2.3.4, without the last dot */
#define DOMAIN_SHOWN_SIZE 444

struct domain {
	char wire[DOMAIN_SIZE];
	/* In U-labels, for people; as on the wire where that is too long. */
	char shown[DOMAIN_SHOWN_SIZE];
};

/* UTS 46, non-transitional. ERR_INPUT for what cannot be a domain, and for
 * a label that mixes scripts whose letters look alike. `typed` is valid
 * UTF-8. */
int domain_parse(struct domain *out, const char *typed, struct err *err);

#endif
