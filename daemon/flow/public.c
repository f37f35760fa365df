/* SPDX-License-Identifier: ISC */
#include "flow/public.h"

void
public_archive(
    struct str *out, const struct conf *conf, const struct list *list)
{
	if (list->archive != LIST_ARCHIVE_YES)
		return;
	str_addf(out, "%s/archive/", conf->base_url);
	str_add_url(out, list->name);
}

void
public_issue(struct str *out, const struct conf *conf, const struct list *list,
    int64_t number)
{
	if (list->archive != LIST_ARCHIVE_YES || number < 1)
		return;
	public_archive(out, conf, list);
	str_addf(out, "/%lld", (long long)number);
}
