/* SPDX-License-Identifier: ISC */
#include "web/route.h"

#include "base/str.h"

#include <stdbool.h>
#include <string.h>

/* A segment for each '*', the same bytes elsewhere. */
static bool
match(char args[2][ROUTE_ARG_SIZE], const char *pattern, const char *path)
{
	size_t stars = 0;

	args[0][0] = args[1][0] = '\0';
	for (; *pattern != '\0'; pattern++) {
		size_t len = strcspn(path, "/");

		if (*pattern != '*') {
			if (*pattern != *path)
				return false;
			path++;
			continue;
		}
		if (stars == 2 || len == 0 || len >= ROUTE_ARG_SIZE)
			return false;
		memcpy(args[stars], path, len);
		args[stars++][len] = '\0';
		path += len;
	}
	return *path == '\0';
}

static void
add_method(struct str *allow, const char *method)
{
	if (allow->len > 0)
		str_add(allow, ", ");
	str_add(allow, method);
	if (str_eq(method, "GET"))
		str_add(allow, ", HEAD");
}

enum route_result
route_find(struct route_match *out, const struct route *table, size_t rows,
    const char *method, const char *path)
{
	const char *wanted = str_eq(method, "HEAD") ? "GET" : method;
	char args[2][ROUTE_ARG_SIZE];
	struct str allow;

	*out = (struct route_match){0};
	str_init(&allow, ROUTE_ALLOW_SIZE - 1);
	for (size_t i = 0; i < rows; i++) {
		if (!match(args, table[i].pattern, path))
			continue;
		add_method(&allow, table[i].method);
		if (out->route != NULL || !str_eq(table[i].method, wanted))
			continue;
		out->route = &table[i];
		memcpy(out->arg, args[0], sizeof(args[0]));
		memcpy(out->second, args[1], sizeof(args[1]));
	}
	(void)str_fit(out->allow, sizeof(out->allow), allow.data);
	str_release(&allow);
	if (out->route != NULL)
		return ROUTE_FOUND;
	return out->allow[0] != '\0' ? ROUTE_NO_METHOD : ROUTE_NO_PATH;
}
