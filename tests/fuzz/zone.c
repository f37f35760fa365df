/* SPDX-License-Identifier: ISC */
#include "text/zone.h"
#include "text/zonerule.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_rule(const uint8_t *data, size_t len)
{
	char text[ZONERULE_MAX];
	struct zonerule rule;

	if (len >= sizeof(text))
		return;
	memcpy(text, data, len);
	text[len] = '\0';
	if (!zonerule_parse(&rule, text))
		return;
	for (int64_t at = -5000000000; at < 5000000000; at += 999999937) {
		int32_t offset = zonerule_offset(&rule, at);

		if (offset < -97200 || offset > 97200 ||
		    zonerule_change(&rule, at) <= at)
			abort();
	}
}

/* A file that is taken gives offsets within 27 hours, and changes that follow
 * each other with one offset between them. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct zone *zone = NULL;
	struct err err = ERR_INIT;
	int64_t at = -10000000000;

	check_rule(data, len);
	if (zone_parse(&zone, data, len, &err) != 0)
		return 0;
	for (int i = 0; i < 50 && at < 10000000000; i++) {
		int64_t next = zone_change(zone, at);
		int32_t offset = zone_offset(zone, at);

		if (next <= at || offset < -97200 || offset > 97200)
			abort();
		if (next == ZONE_NEVER || next > 10000000000)
			break;
		if (zone_offset(zone, next - 1) != offset)
			abort();
		at = next;
	}
	zone_free(zone);
	return 0;
}
