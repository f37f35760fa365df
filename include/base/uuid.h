/* SPDX-License-Identifier: ISC */
/*
 * uuid - names that are never given twice. The only code that speaks libuuid.
 */
#ifndef NASHRA_BASE_UUID_H
#define NASHRA_BASE_UUID_H

#include <stdbool.h>

#define UUID_BYTES 16
#define UUID_SIZE  37 /* "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx" and NUL */

/* A new random UUID (RFC 9562 5.4), lower case. */
void uuid_new(char out[UUID_SIZE]);

bool uuid_to_bytes(unsigned char out[UUID_BYTES], const char *text);
void uuid_from_bytes(char out[UUID_SIZE], const unsigned char in[UUID_BYTES]);

#endif
