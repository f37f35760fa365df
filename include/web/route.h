/* SPDX-License-Identifier: ISC */
/*
 * route - which handler a method and a path belong to.
 *
 * Pure. Routes are rows of a table; a path that is in no row does not exist.
 * No route ever names a file.
 */
#ifndef NASHRA_WEB_ROUTE_H
#define NASHRA_WEB_ROUTE_H

#include "base/err.h"

#include <stddef.h>

#define ROUTE_ARG_SIZE   128
#define ROUTE_ALLOW_SIZE 64

struct visit;
/* 0 with the visit's answer filled, or -1; ERR_BUSY: call again soon. */
typedef int route_fn(struct visit *visit, struct err *err);

/* A '*' in a pattern stands for one segment that is not empty; a pattern has
 * at most two. A GET row also answers HEAD. */
struct route {
	const char *method;
	const char *pattern;
	route_fn *fn;
};

struct route_match {
	const struct route *route;
	char arg[ROUTE_ARG_SIZE];     /* what the first '*' stood for, or "" */
	char second[ROUTE_ARG_SIZE];  /* the second one, or "" */
	char allow[ROUTE_ALLOW_SIZE]; /* methods of this path, for Allow */
};

enum route_result { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };

/* `allow` is filled for all but ROUTE_NO_PATH. */
enum route_result route_find(struct route_match *out, const struct route *table,
    size_t rows, const char *method, const char *path);

#endif
