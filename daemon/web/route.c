/* SPDX-License-Identifier: ISC */
#include "web/route.h"

#include "base/str.h"

#include <stdbool.h>
#include <string.h>

/* The same bytes up to the '*', one segment, the same bytes to the end. */
static bool
match(char arg[ROUTE_ARG_SIZE], const char *pattern, const char *path)
{
	const char *star = strchr(pattern, '*');
	size_t head;
	size_t len;

	arg[0] = '\0';
	if (star == NULL)
		return str_eq(pattern, path);
	head = (size_t)(star - pattern);
	if (strlen(path) < head || memcmp(pattern, path, head) != 0)
		return false;
	len = strcspn(path + head, "/");
	if (len == 0 || len >= ROUTE_ARG_SIZE ||
	    !str_eq(star + 1, path + head + len))
		return false;
	memcpy(arg, path + head, len);
	arg[len] = '\0';
	return true;
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
	char arg[ROUTE_ARG_SIZE];
	struct str allow;

	*out = (struct route_match){0};
	str_init(&allow, ROUTE_ALLOW_SIZE - 1);
	for (size_t i = 0; i < rows; i++) {
		if (!match(arg, table[i].pattern, path))
			continue;
		add_method(&allow, table[i].method);
		if (out->route != NULL || !str_eq(table[i].method, wanted))
			continue;
		out->route = &table[i];
		memcpy(out->arg, arg, sizeof(arg));
	}
	(void)str_fit(out->allow, sizeof(out->allow), allow.data);
	str_release(&allow);
	if (out->route != NULL)
		return ROUTE_FOUND;
	return out->allow[0] != '\0' ? ROUTE_NO_METHOD : ROUTE_NO_PATH;
}
