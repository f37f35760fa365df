/* SPDX-License-Identifier: ISC */
/*
 * transfer - one document on its way: what is asked for, what is refused, and
 * what came. Speaks libcurl's easy handle; fetch drives it.
 */
#ifndef NASHRA_FEED_TRANSFER_H
#define NASHRA_FEED_TRANSFER_H

#include "base/err.h"
#include "base/str.h"
#include "feed/cidr.h"
#include "feed/fetch.h"

#include <stddef.h>
#include <stdint.h>

#define TRANSFER_AGENT_SIZE 256
#define TRANSFER_PATH_SIZE  1024

struct transfer;

struct transfer_rules {
	struct cidr allow[CONF_ITEMS];
	size_t allowed;
	size_t body_max;
	int64_t total_ms;
	char agent[TRANSFER_AGENT_SIZE];
	char ca_file[TRANSFER_PATH_SIZE]; /* "": the system's */
};

/* The rules must live as long. ERR_INPUT for a URL that is none. */
int transfer_new(struct transfer **out, const struct transfer_rules *rules,
    const struct fetch_request *request, struct err *err);
void transfer_free(struct transfer *transfer);

/* Makes the handle ready for the next hop. */
int transfer_hop(struct transfer *transfer, struct err *err);
/* After a hop that ended with libcurl's `code`: 1, another hop is to follow;
 * 0, the reply is there; -1. */
int transfer_end(struct transfer *transfer, int code, struct err *err);

const struct fetch_reply *transfer_reply(const struct transfer *transfer);
void *transfer_handle(const struct transfer *transfer); /* libcurl's */

#endif
