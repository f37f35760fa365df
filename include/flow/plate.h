/* SPDX-License-Identifier: ISC */
/*
 * plate - the letters of one digest: what all readers get is made once.
 *
 * Prints, byte for byte, what letter_make() writes for the same reader and
 * the same second. Holds copies of all that it was made from but the kit and
 * the ring: about five times the size of the body.
 */
#ifndef NASHRA_FLOW_PLATE_H
#define NASHRA_FLOW_PLATE_H

#include "base/err.h"
#include "base/str.h"
#include "base/token.h"
#include "flow/kit.h"
#include "flow/letter.h"
#include "model/subscription.h"

#include <stdint.h>

struct plate;

/* Of `digest`, the list, the issue and the body matter. Kit and ring are
 * borrowed for as long as the plate lives. */
int plate_new(struct plate **out, const struct kit *kit,
    const struct token_ring *ring, const struct letter *digest,
    struct err *err);
void plate_free(struct plate *plate);

/* One reader's letter. Appends to out, where so many octets at the end are as
 * talk_fits() has it. */
int plate_print(struct plate *plate, const struct subscription *reader,
    int64_t now, struct str *out, size_t *fits, struct err *err);

#endif
