/* SPDX-License-Identifier: ISC */
/*
 * site - what each address of ours does.
 *
 * Owns the table of routes. Knows requests and answers, but no HTTP library:
 * what acts goes through flow/, what is shown comes from web/pages.
 */
#ifndef NASHRA_WEB_SITE_H
#define NASHRA_WEB_SITE_H

#include "base/conf.h"
#include "base/err.h"
#include "base/token.h"
#include "store/db.h"
#include "web/answer.h"
#include "web/client.h"
#include "web/form.h"
#include "web/guard.h"
#include "web/pages.h"
#include "web/route.h"

#include <stdbool.h>
#include <stdint.h>

/* Borrows what it points at. */
struct site {
	const struct conf *conf;
	struct db *db;
	const struct token_ring *ring;
	const struct pages *pages;
	struct guard guard;
};

/* One request. The same visit comes again where the database was busy. */
struct visit {
	struct site *site;
	const char *method;
	const char *path;
	const struct form *form; /* without fields where none was sent */
	bool form_bad;           /* what was sent is not a form */
	struct client client;
	int64_t now;
	bool counted; /* by the guard, on an earlier try */
	char arg[ROUTE_ARG_SIZE], second[ROUTE_ARG_SIZE];
	char form_time[TOKEN_TIME_SIZE];
	struct answer answer;
};

void visit_init(struct visit *visit, struct site *site);
void visit_release(struct visit *visit);

/* Answers: 0 with the answer filled, whatever it says; -1 with ERR_BUSY, and
 * nothing has happened. */
int site_answer(struct visit *visit, struct err *err);
/* Fills the answer with the page that explains a status of 400 or more. */
void site_refuse(struct visit *visit, unsigned status);
/* The same as a page of a list. */
void
site_refuse_of(struct visit *visit, unsigned status, const struct list *list);

#endif
