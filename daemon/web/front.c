/* SPDX-License-Identifier: ISC */
#include "web/front.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/token.h"
#include "flow/kit.h"
#include "web/door.h"
#include "web/pages.h"
#include "web/server.h"

#include <stdlib.h>

#define LEAVE_MS 30000 /* that a former server's visitors may take */
#define LOOK_MS  100   /* between two looks whether one has drained */

/* A server under one reading of the settings. */
struct desk {
	struct conf *conf;
	struct token_ring *ring;
	struct server *server; /* NULL: there is none */
};

struct front {
	struct role_parts parts;
	struct desk now, former; /* which answers what it has begun */
	int64_t leave_by_ms;
	bool ending;
};

int
front_check(const struct conf *conf, struct err *err)
{
	struct pages *pages = NULL;

	if (door_check(conf, err) != 0 || pages_load(&pages, conf, err) != 0)
		return -1;
	pages_free(pages);
	return 0;
}

/* All but the settings, which are whose they were. */
static void
desk_end(struct desk *desk)
{
	server_free(desk->server);
	token_ring_free(desk->ring);
}

/* Returns as server_new() does. */
static int
desk_begin(struct desk *out, const struct front *front, struct conf *conf,
    struct err *err)
{
	struct desk desk = {.conf = conf};
	struct server_parts parts = {.loop = front->parts.loop,
	    .conf = conf,
	    .db = front->parts.db,
	    .former = front->now.server};
	int rc = -1;

	if (kit_check(conf, err) != 0 ||
	    token_ring_load(&desk.ring, conf->secrets, err) != 0)
		goto undo;
	parts.ring = desk.ring;
	rc = server_new(&desk.server, &parts, err);
	if (rc < 0)
		goto undo;
	*out = desk;
	return rc;
undo:
	desk_end(&desk);
	return -1;
}

static int
front_begin(void **out, const struct role_parts *parts, struct conf *conf,
    struct err *err)
{
	struct front *front = calloc(1, sizeof(*front));

	if (front == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	front->parts = *parts;
	if (desk_begin(&front->now, front, conf, err) != 0) {
		free(front);
		return -1;
	}
	log_line(LOG_INFO, "start", "listen=%s", conf->web.listen);
	*out = front;
	return 0;
}

static int
front_change(void *arg, struct conf *conf, struct err *err)
{
	struct front *front = arg;
	struct desk fresh;
	int rc = desk_begin(&fresh, front, conf, err);

	if (rc < 0)
		return -1;
	front->former = front->now;
	front->now = fresh;
	front->leave_by_ms = clock_mono_ms() + LEAVE_MS;
	return rc;
}

static bool
front_changing(const void *arg)
{
	const struct front *front = arg;

	return front->former.server != NULL;
}

static void
front_turn(void *arg)
{
	struct front *front = arg;
	struct desk *former = &front->former;

	if (former->server == NULL || (!server_left(former->server) &&
					  clock_mono_ms() < front->leave_by_ms))
		return;
	desk_end(former);
	conf_free(former->conf);
	*former = (struct desk){0};
}

static int64_t
front_patience(const void *arg)
{
	const struct front *front = arg;
	int64_t left = front->leave_by_ms - clock_mono_ms();

	if (front->ending)
		return LOOK_MS;
	if (front->former.server == NULL)
		return -1;
	return left > 0 ? left : 0;
}

static bool
front_drained(void *arg)
{
	struct front *front = arg;

	front->ending = true;
	return server_drained(front->now.server) &&
	       (front->former.server == NULL ||
		   server_drained(front->former.server));
}

static void
front_end(void *arg)
{
	struct front *front = arg;
	struct desk *desks[] = {&front->former, &front->now};

	for (size_t i = 0; i < 2; i++) {
		desk_end(desks[i]);
		conf_free(desks[i]->conf);
	}
	free(front);
}

const struct role_kind front_kind = {
    .name = "web",
    .trouble = "web",
    .many = false,
    .begin = front_begin,
    .change = front_change,
    .changing = front_changing,
    .turn = front_turn,
    .patience = front_patience,
    .drained = front_drained,
    .end = front_end,
};
