/* SPDX-License-Identifier: ISC */
/*
 * counter - the mailroom with one list and one reader of it, made anew for
 * each test by setup() and teardown().
 */
#ifndef NASHRA_TESTS_COUNTER_H
#define NASHRA_TESTS_COUNTER_H

#include "house.h"

#include "mailroom.h"

static struct db *db;
static struct list list;
static struct subscription reader;

static int
setup(void **state)
{
	(void)state;
	db = house_open();
	list = house_list(db, "daily");
	reader = house_reader(db, &list, "a@example.org", SUBSCRIPTION_ADD);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

#endif
