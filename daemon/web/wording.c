/* SPDX-License-Identifier: ISC */
#include "web/wording.h"

#include <stdlib.h>

#define LANGUAGES 2

struct wording {
	const struct conf *conf;
	struct wording_set *sets[LANGUAGES];
};

int
wording_new(struct wording **out, const struct conf *conf, struct err *err)
{
	struct wording *wording = calloc(1, sizeof(*wording));

	if (wording == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	wording->conf = conf;
	*out = wording;
	return 0;
}

static void
free_set(struct wording_set *set)
{
	if (set == NULL)
		return;
	template_free(set->page);
	template_free(set->archive);
	template_free(set->issue);
	message_free(set->messages);
	free(set);
}

void
wording_free(struct wording *wording)
{
	if (wording == NULL)
		return;
	for (size_t i = 0; i < LANGUAGES; i++)
		free_set(wording->sets[i]);
	free(wording);
}

static int
load(struct wording_set *set, const struct template_dirs *dirs, struct err *err)
{
	if (template_messages(&set->messages, dirs, err) != 0 ||
	    template_load(&set->page, dirs, "page.html", TEMPLATE_PAGE, err) !=
		0 ||
	    template_load(&set->archive, dirs, "archive.html", TEMPLATE_ARCHIVE,
		err) != 0)
		return -1;
	return template_load(
	    &set->issue, dirs, "archive-issue.html", TEMPLATE_ISSUE, err);
}

int
wording_in(struct wording *wording, enum conf_language language,
    const struct wording_set **out, struct err *err)
{
	struct template_dirs dirs = template_dirs_of(wording->conf);
	struct wording_set *set = wording->sets[language];

	dirs.language = language;
	if (set == NULL) {
		set = calloc(1, sizeof(*set));
		if (set == NULL)
			return err_set(err, ERR_SYSTEM, "out of memory");
		if (load(set, &dirs, err) != 0) {
			free_set(set);
			return -1;
		}
		wording->sets[language] = set;
	}
	*out = set;
	return 0;
}
