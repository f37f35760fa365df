/* SPDX-License-Identifier: ISC */
#include "flow/health.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "flow/fault.h"

#define LATELY_MS  60000
#define CROWDED_MS 30000 /* until one more connection is tried again */

int
health_init(
    struct health *health, struct db *db, const char *relay, struct err *err)
{
	*health = (struct health){.down = {.scope = TROUBLE_RELAY}};
	(void)str_fit(health->down.name, sizeof(health->down.name), relay);
	return trouble_find(db, &health->down, err) < 0 ? -1 : 0;
}

void
health_failed_text(struct health *health, const char *why)
{
	if (health->why[0] == '\0')
		str_cut(health->why, sizeof(health->why), why);
}

void
health_failed(struct health *health, const struct smtp_result *why)
{
	char text[TROUBLE_ERROR_SIZE];

	fault_words(text, sizeof(text), why);
	health_failed_text(health, text);
}

void
health_refused(
    struct health *health, const struct smtp_result *why, size_t others)
{
	int64_t now_ms = clock_mono_ms();

	if (others == 0 || health->worked_ms == 0 ||
	    now_ms - health->worked_ms > LATELY_MS) {
		health_failed(health, why);
		return;
	}
	if (health_room(health) != others) {
		log_line(LOG_INFO, "relay",
		    "name=%s state=crowded connections=%zu", health->down.name,
		    others);
	}
	health->room = others;
	health->crowded_until_ms = now_ms + CROWDED_MS;
}

size_t
health_room(const struct health *health)
{
	return clock_mono_ms() < health->crowded_until_ms ? health->room
							  : SIZE_MAX;
}

void
health_worked(struct health *health)
{
	health->worked_ms = clock_mono_ms();
	health->recovered = health->down.retry_at != 0;
}

bool
health_good(const struct health *health)
{
	return health->down.retry_at == 0 || health->recovered;
}

bool
health_usable(const struct health *health, int64_t now)
{
	return health_good(health) || trouble_due(&health->down, now);
}

bool
health_has_news(const struct health *health)
{
	return health->recovered || health->why[0] != '\0';
}

int
health_note(struct health *health, struct db *db, int64_t now, struct err *err)
{
	struct trouble down = health->down;

	int rc;

	if (health->recovered) {
		rc = trouble_over(db, down.scope, down.name, err);
		return rc < 0 ? -1 : 0;
	}
	if (health->why[0] == '\0')
		return 0;
	str_cut(down.error, sizeof(down.error), health->why);
	if (trouble_failed(db, &down, now, err) != 0)
		return -1;
	health->down = down;
	return 0;
}

void
health_proceed(struct health *health)
{
	if (health->recovered) {
		log_line(
		    LOG_INFO, "relay", "name=%s state=ok", health->down.name);
		health->down.retry_at = 0;
	} else if (health->why[0] != '\0') {
		log_line(LOG_WARN, "relay",
		    "name=%s state=down failures=%lld why=\"%s\"",
		    health->down.name, (long long)health->down.failures,
		    health->why);
	}
	health->recovered = false;
	health->why[0] = '\0';
}
