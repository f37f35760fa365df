/* SPDX-License-Identifier: ISC */
/*
 * schema_steps - the SQL of each step, from one version to the next.
 *
 * Of store/schema, which takes them and says what they are.
 */
#ifndef NASHRA_STORE_SCHEMA_STEPS_H
#define NASHRA_STORE_SCHEMA_STEPS_H

#define SCHEMA_STEPS 3

/* Statements, ended by NULL; the first makes version 1. */
extern const char *const *const schema_steps[SCHEMA_STEPS];

#endif
