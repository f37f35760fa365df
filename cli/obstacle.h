/* SPDX-License-Identifier: ISC */
/*
 * obstacle - why an issue stands still, or goes slowly, in words.
 */
#ifndef NASHRA_CLI_OBSTACLE_H
#define NASHRA_CLI_OBSTACLE_H

#include "base/str.h"
#include "cli.h"
#include "model/outbox_list.h"

#include <stdbool.h>
#include <stdint.h>

#define OBSTACLE_SIZE 640

struct obstacle {
	bool stops;     /* nothing moves, as far as anybody can tell */
	int64_t wait_s; /* until it may be over; 0: nobody can tell */
	char text[OBSTACLE_SIZE]; /* "": there is none */
};

/* What a person can do something about comes first. */
int obstacle_find(struct cli *cli, int64_t issue_id,
    const struct outbox_list_counts *counts, struct obstacle *out,
    struct err *err);
/* "waits 4 min: relay main: ...". */
void obstacle_words(struct str *out, const struct obstacle *obstacle);

#endif
