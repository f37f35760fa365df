/* SPDX-License-Identifier: ISC */
/*
 * fault - whose a refusal is: the reader's, or the relay's or a domain's
 * against us.
 *
 * Pure. What a single answer says; flow/strike counts them.
 */
#ifndef NASHRA_FLOW_FAULT_H
#define NASHRA_FLOW_FAULT_H

#include "mail/smtp.h"

#include <stdbool.h>
#include <stddef.h>

enum fault { FAULT_NONE, FAULT_RELAY, FAULT_DOMAIN };

/* Who asks for less. `fresh`: the connection had carried nothing before; with
 * 421 one that had may just have had its fill of messages. */
enum fault fault_slow(const struct smtp_result *result, bool fresh);
/* Who will not have mail of ours, whoever it is to: policy, AUTH, TLS. With
 * FAULT_DOMAIN it may still be one reader's own doing, or the relay's: that
 * shows by what becomes of others. */
enum fault fault_policy(const struct smtp_result *result);

/* The answer as people are told of it: "454 4.7.0 TLS not available", or what
 * broke where there was none. */
void fault_words(char *out, size_t size, const struct smtp_result *result);

#endif
