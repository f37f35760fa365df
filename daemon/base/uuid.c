/* SPDX-License-Identifier: ISC */
#include "base/uuid.h"

#include <uuid/uuid.h>

void
uuid_new(char out[UUID_SIZE])
{
	uuid_t raw;

	uuid_generate_random(raw);
	uuid_unparse_lower(raw, out);
}

bool
uuid_to_bytes(unsigned char out[UUID_BYTES], const char *text)
{
	return uuid_parse(text, out) == 0;
}

void
uuid_from_bytes(char out[UUID_SIZE], const unsigned char in[UUID_BYTES])
{
	uuid_unparse_lower(in, out);
}
