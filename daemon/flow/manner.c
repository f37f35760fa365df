/* SPDX-License-Identifier: ISC */
#include "flow/manner.h"

static const struct list_look plain;

/* One more than the value of an enum, or 0. */
static int
own_or(int own, int settings)
{
	return own > 0 ? own - 1 : settings;
}

enum conf_language
manner_language(const struct conf *conf, const struct list *list)
{
	return (enum conf_language)own_or(
	    list != NULL ? list->look.language : 0, (int)conf->language);
}

struct date_style
manner_dates(const struct conf *conf, const struct list *list)
{
	const struct list_look *look = list != NULL ? &list->look : &plain;
	enum conf_language language = manner_language(conf, list);
	int digits = own_or(look->digits, (int)conf->arabic.digits);
	int months = own_or(look->months, (int)conf->arabic.months);
	int calendar = own_or(look->calendar, (int)conf->arabic.calendar);
	int style = own_or(look->date_style, (int)conf->arabic.date_style);

	return (struct date_style){.language = language,
	    .digits = language == CONF_AR ? (enum conf_digits)digits
					  : CONF_DIGITS_LATN,
	    .months = (enum conf_months)months,
	    .calendar = (enum conf_calendar)calendar,
	    .style = (enum conf_date_style)style,
	    .zone = conf->time_zone};
}
