/* SPDX-License-Identifier: ISC */
/*
 * setup - make what is missing: database, secrets, signing key.
 *
 * Nothing that exists is touched, but for a database of an older schema,
 * which is brought up to date.
 */
#ifndef NASHRA_FLOW_SETUP_H
#define NASHRA_FLOW_SETUP_H

#include "base/conf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

/* Each returns 1 where it made something, 0 where it was there, -1. A folder
 * that is missing is made too, mode 0700, one level deep. */
int setup_database(const struct conf *conf, int64_t now, struct err *err);
int setup_secrets(const struct conf *conf, struct err *err);
/* The key of the settings' dkim section: RSA, 2048 bits, mode 0600. Without
 * such a section it is ERR_CONFIG. */
int setup_key(const struct conf *conf, struct err *err);

/* The name and the value of the DNS record (TXT) that the key needs. */
int setup_dns(const struct conf *conf, struct str *name, struct str *value,
    struct err *err);

#endif
