/* SPDX-License-Identifier: ISC */
/*
 * wait - stay until no message of an issue is left to send.
 *
 * On a terminal one line that moves; elsewhere a line now and then. Says in
 * words why it stands still, where it does.
 */
#ifndef NASHRA_CLI_WAIT_H
#define NASHRA_CLI_WAIT_H

#include "cli.h"
#include "model/outbox_list.h"

/* ERR_TEMP where SIGINT has ended the wait: the sending goes on. */
int wait_for_issue(struct cli *cli, int64_t issue_id,
    struct outbox_list_counts *out, struct err *err);

#endif
