/* SPDX-License-Identifier: ISC */
#include "text/zone.h"

#include "base/str.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* RFC 9636 3.2: no zone is farther from UTC. */
#define FARTHEST (INT64_C(26) * 3600)

/* Names come from settings and become paths: nothing that leaves the folder
 * of zones. Those under "right/" count leap seconds, unlike the rest of us. */
static bool
name_ok(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_+-/";
	size_t n = strlen(name);

	return n > 0 && n < ZONE_NAME_MAX && strspn(name, letters) == n &&
	       name[0] != '/' && !str_starts(name, "right/");
}

/* The C library silently takes a file that is missing, or another, for UTC. */
static bool
is_zone(const char *path)
{
	char magic[4];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = read(fd, magic, sizeof(magic)) == sizeof(magic) &&
	     memcmp(magic, "TZif", sizeof(magic)) == 0;
	close(fd);
	return ok;
}

static int
use(const char *name, struct err *err)
{
	static char current[ZONE_NAME_MAX];
	char tz[sizeof(":" ZONE_FOLDER "/") + ZONE_NAME_MAX] = "UTC0";

	if (!name_ok(name)) {
		return err_set(err, ERR_CONFIG,
		    "'%.64s' is not the name of a time zone", name);
	}
	if (str_eq(name, current))
		return 0;
	if (!str_eq(name, "UTC")) {
		snprintf(tz, sizeof(tz), ":" ZONE_FOLDER "/%s", name);
		if (!is_zone(tz + 1)) {
			return err_set(err, ERR_CONFIG,
			    "no time zone '%s' in " ZONE_FOLDER
			    " (is tzdata installed?)",
			    name);
		}
	}
	if (setenv("TZ", tz, 1) != 0)
		return err_set(err, ERR_SYSTEM, "out of memory");
	tzset();
	(void)str_fit(current, sizeof(current), name);
	return 0;
}

bool
zone_ok(const char *name)
{
	struct err ignored = ERR_INIT;

	return use(name, &ignored) == 0;
}

int
zone_local(struct tm *out, int64_t when, const char *name, struct err *err)
{
	time_t t = (time_t)when;

	if (use(name, err) != 0)
		return -1;
	if (localtime_r(&t, out) == NULL) {
		return err_set(err, ERR_INPUT,
		    "moment '%lld' is in no year that can be counted",
		    (long long)when);
	}
	return 0;
}

/* What the clocks of the zone in use show, as a moment of UTC. */
static int64_t
shown(int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm = {0};

	(void)localtime_r(&t, &tm);
	return when + tm.tm_gmtoff;
}

/* mktime() will not do: of a midnight that is twice it may give either, and of
 * one that is skipped a moment before or after. */
int
zone_day(int64_t *out, const struct tm *day, const char *name, struct err *err)
{
	struct tm date = {.tm_year = day->tm_year,
	    .tm_mon = day->tm_mon,
	    .tm_mday = day->tm_mday};
	int64_t midnight = timegm(&date);
	int64_t before = midnight - FARTHEST;
	int64_t after = before;

	if (use(name, err) != 0)
		return -1;
	/* Wait for as long as the clocks lack; where they are put back on the
	 * way, once more. */
	while (shown(after) < midnight) {
		before = after;
		after += midnight - shown(after);
	}
	/* Where they are put forward on the way, that was too long. */
	while (after - before > 1) {
		int64_t middle = before + (after - before) / 2;

		if (shown(middle) < midnight) {
			before = middle;
		} else {
			after = middle;
		}
	}
	*out = after;
	return 0;
}
