/* SPDX-License-Identifier: ISC */
#include "text/zone.h"

#include "base/str.h"
#include "text/zonerule.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX    65536
#define HEADER_SIZE 44
#define CACHE       8
#define TYPES_MAX   256
#define OFFSET_MAX  93600 /* 26 hours; RFC 9636 3.2: -25 to 26 */

struct zone {
	char name[ZONE_NAME_MAX];
	size_t changes;
	size_t types;
	int64_t at[ZONE_CHANGES];
	unsigned char type[ZONE_CHANGES]; /* from at[i] on */
	int32_t offset[TYPES_MAX];
	bool has_rule; /* what holds after the last change */
	struct zonerule rule;
};

static int64_t
big_endian(const unsigned char *bytes, size_t n)
{
	uint64_t value = (bytes[0] & 0x80) ? UINT64_MAX : 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | bytes[i];
	return (int64_t)value;
}

/* RFC 9636 3.1: the counts of a header, in the order of the file. */
struct counts {
	size_t isut, isstd, leap, time, type, chars;
};

static bool
read_header(struct counts *counts, const unsigned char *bytes, size_t len)
{
	size_t *field[] = {&counts->isut, &counts->isstd, &counts->leap,
	    &counts->time, &counts->type, &counts->chars};

	if (len < HEADER_SIZE || memcmp(bytes, "TZif", 4) != 0 ||
	    bytes[4] < '2')
		return false;
	for (size_t i = 0; i < sizeof(field) / sizeof(*field); i++) {
		int64_t n = big_endian(bytes + 20 + 4 * i, 4);

		if (n < 0 || n > FILE_MAX)
			return false;
		*field[i] = (size_t)n;
	}
	return true;
}

/* How long the block after a header is, with times of `size` bytes. */
static size_t
block_size(const struct counts *counts, size_t size)
{
	return counts->time * (size + 1) + counts->type * 6 + counts->chars +
	       counts->leap * (size + 4) + counts->isstd + counts->isut;
}

static bool
read_block(
    struct zone *zone, const struct counts *counts, const unsigned char *bytes)
{
	const unsigned char *indexes = bytes + counts->time * 8;
	const unsigned char *types = indexes + counts->time;

	/* A file that counts leap seconds is not in UTC. */
	if (counts->time > ZONE_CHANGES || counts->type == 0 ||
	    counts->type > TYPES_MAX || counts->leap != 0)
		return false;
	zone->changes = counts->time;
	zone->types = counts->type;
	for (size_t i = 0; i < counts->time; i++) {
		zone->at[i] = big_endian(bytes + 8 * i, 8);
		zone->type[i] = indexes[i];
		if (indexes[i] >= counts->type ||
		    (i > 0 && zone->at[i] <= zone->at[i - 1]))
			return false;
	}
	for (size_t i = 0; i < counts->type; i++) {
		int64_t offset = big_endian(types + 6 * i, 4);

		if (offset < -OFFSET_MAX || offset > OFFSET_MAX)
			return false;
		zone->offset[i] = (int32_t)offset;
	}
	return true;
}

/* RFC 9636 3.3: a newline, a rule as in POSIX TZ or nothing, a newline. */
static bool
read_footer(struct zone *zone, const unsigned char *bytes, size_t len)
{
	char text[ZONERULE_MAX];
	const unsigned char *end;
	size_t n;

	if (len < 2 || bytes[0] != '\n')
		return false;
	end = memchr(bytes + 1, '\n', len - 1);
	if (end == NULL)
		return false;
	n = (size_t)(end - bytes - 1);
	if (n >= sizeof(text) || memchr(bytes + 1, '\0', n) != NULL)
		return false;
	memcpy(text, bytes + 1, n);
	text[n] = '\0';
	zone->has_rule = n > 0;
	return n == 0 || zonerule_parse(&zone->rule, text);
}

static bool
read_file(struct zone *zone, const unsigned char *bytes, size_t len)
{
	struct counts counts;
	size_t skip;
	size_t size;

	if (!read_header(&counts, bytes, len))
		return false;
	skip = HEADER_SIZE + block_size(&counts, 4);
	if (skip > len || !read_header(&counts, bytes + skip, len - skip))
		return false;
	skip += HEADER_SIZE;
	size = block_size(&counts, 8);
	return size <= len - skip && read_block(zone, &counts, bytes + skip) &&
	       read_footer(zone, bytes + skip + size, len - skip - size);
}

int
zone_parse(
    struct zone **out, const unsigned char *bytes, size_t len, struct err *err)
{
	struct zone *zone = calloc(1, sizeof(*zone));

	if (zone == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if (!read_file(zone, bytes, len)) {
		free(zone);
		return err_set(err, ERR_DATA, "not a time-zone file");
	}
	*out = zone;
	return 0;
}

void
zone_free(struct zone *zone)
{
	free(zone);
}

/* Names come from settings and become paths: nothing that leaves the folder
 * of zones. */
static bool
name_ok(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_+-/";
	size_t n = strlen(name);

	return n > 0 && n < ZONE_NAME_MAX && strspn(name, letters) == n &&
	       name[0] != '/';
}

/* Reads the whole file, or returns -1. */
static ssize_t
slurp(unsigned char *bytes, size_t size, const char *path)
{
	struct stat st;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= (off_t)size)
		n = read(fd, bytes, size);
	close(fd);
	return n;
}

static int
load(struct zone **out, const char *name, struct err *err)
{
	char path[sizeof(ZONE_FOLDER) + 1 + ZONE_NAME_MAX];
	unsigned char bytes[FILE_MAX];
	struct str text;
	ssize_t n;
	bool fits;

	if (str_eq(name, "UTC")) {
		*out = calloc(1, sizeof(**out));
		if (*out == NULL)
			return err_set(err, ERR_SYSTEM, "out of memory");
		(*out)->types = 1;
		return 0;
	}
	if (!name_ok(name)) {
		return err_set(err, ERR_CONFIG,
		    "'%.64s' is not the name of a time zone", name);
	}
	str_init(&text, sizeof(path));
	str_addf(&text, "%s/%s", ZONE_FOLDER, name);
	fits = !text.bad && str_fit(path, sizeof(path), text.data);
	str_release(&text);
	n = fits ? slurp(bytes, sizeof(bytes), path) : -1;
	if (n < 0) {
		return err_set(err, ERR_CONFIG,
		    "no time zone '%s' in " ZONE_FOLDER
		    " (is tzdata installed?)",
		    name);
	}
	if (zone_parse(out, bytes, (size_t)n, err) != 0) {
		err->code = ERR_CONFIG;
		return err_wrap(err, "time zone '%s'", name);
	}
	return 0;
}

int
zone_get(const struct zone **out, const char *name, struct err *err)
{
	static struct zone *cache[CACHE];
	static size_t next;
	struct zone *zone;

	for (size_t i = 0; i < CACHE; i++) {
		if (cache[i] != NULL && str_eq(cache[i]->name, name)) {
			*out = cache[i];
			return 0;
		}
	}
	if (load(&zone, name, err) != 0)
		return -1;
	(void)str_fit(zone->name, sizeof(zone->name), name);
	zone_free(cache[next]);
	cache[next] = zone;
	next = (next + 1) % CACHE;
	*out = zone;
	return 0;
}

/* How many changes are at or before `when`. */
static size_t
changes_until(const struct zone *zone, int64_t when)
{
	size_t low = 0;
	size_t high = zone->changes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->at[middle] <= when) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

int32_t
zone_offset(const struct zone *zone, int64_t when)
{
	size_t past = changes_until(zone, when);

	if (past == zone->changes && zone->has_rule)
		return zonerule_offset(&zone->rule, when);
	/* RFC 9636 3.2: type 0 holds before the first change. */
	return zone->offset[past == 0 ? 0 : zone->type[past - 1]];
}

int64_t
zone_change(const struct zone *zone, int64_t when)
{
	size_t past = changes_until(zone, when);

	if (past < zone->changes)
		return zone->at[past];
	return zone->has_rule ? zonerule_change(&zone->rule, when) : ZONE_NEVER;
}
