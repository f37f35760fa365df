/* SPDX-License-Identifier: ISC */
#include "mail/template_filter.h"

#include "base/codec.h"
#include "mail/template_bidi.h"
#include "mail/template_sentence.h"
#include "text/excerpt.h"

#define EXCERPT_MAX 10000

static int
apply_number(
    struct str *out, const struct template_filter_input *in, struct err *err)
{
	(void)err;
	date_number(out, in->number,
	    in->style->date.language == CONF_AR ? in->style->date.digits
						: CONF_DIGITS_LATN);
	return 0;
}

/* The argument of date: none is as the settings say. */
static bool
find_date_style(enum conf_date_style *out, const char *argument)
{
	static const char *const words[] = {[CONF_DATE_SITE] = "site",
	    [CONF_DATE_LONG] = "long",
	    [CONF_DATE_DUAL] = "dual"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!str_eq(argument, words[i]))
			continue;
		*out = (enum conf_date_style)i;
		return true;
	}
	return argument[0] == '\0';
}

static int
apply_date(
    struct str *out, const struct template_filter_input *in, struct err *err)
{
	struct date_style style = in->style->date;

	(void)find_date_style(&style.style, in->argument);
	return date_format(out, in->number, &style, err);
}

static int
apply_plural(
    struct str *out, const struct template_filter_input *in, struct err *err)
{
	const struct template_sentence_of of = {
	    in->argument, in->number, in->style->date.digits};

	return template_sentence_count(out, in->style->messages, &of, err);
}

static enum bidi_dir
document(const struct template_filter_input *in)
{
	return in->style->date.language == CONF_AR ? BIDI_RTL : BIDI_LTR;
}

static int
apply_dir(
    struct str *out, const struct template_filter_input *in, struct err *err)
{
	bool rtl = template_bidi_dir(in->text, document(in)) == BIDI_RTL;

	(void)err;
	str_add(out, rtl ? "rtl" : "ltr");
	return 0;
}

static int
apply_iso(
    struct str *out, const struct template_filter_input *in, struct err *err)
{
	(void)err;
	if (in->mode == TEMPLATE_HTML) {
		template_bidi_html(out, in->text, document(in));
	} else {
		template_bidi_text(out, in->text, document(in));
	}
	return 0;
}

static int
apply_excerpt(
    struct str *out, const struct template_filter_input *in, struct err *err)
{
	int64_t n;

	if (!codec_int(&n, in->argument, 1, EXCERPT_MAX)) {
		return err_set(err, ERR_SYSTEM, "excerpt of '%s' characters",
		    in->argument);
	}
	excerpt_make(out, in->text, (size_t)n);
	return 0;
}

static const struct template_filter filters[] = {
    {"number", TEMPLATE_TYPE_NUMBER, TEMPLATE_TYPE_TEXT, TEMPLATE_ARGUMENT_NONE,
	4, apply_number},
    {"date", TEMPLATE_TYPE_DATE, TEMPLATE_TYPE_TEXT, TEMPLATE_ARGUMENT_DATE,
	200, apply_date},
    {"plural", TEMPLATE_TYPE_NUMBER, TEMPLATE_TYPE_TEXT, TEMPLATE_ARGUMENT_KEY,
	50, apply_plural},
    {"dir", TEMPLATE_TYPE_TEXT, TEMPLATE_TYPE_TEXT, TEMPLATE_ARGUMENT_NONE, 4,
	apply_dir},
    {"iso", TEMPLATE_TYPE_TEXT, TEMPLATE_TYPE_HTML, TEMPLATE_ARGUMENT_NONE, 4,
	apply_iso},
    {"excerpt", TEMPLATE_TYPE_TEXT, TEMPLATE_TYPE_TEXT, TEMPLATE_ARGUMENT_COUNT,
	20, apply_excerpt},
};

const struct template_filter *
template_filter_find(const char *name)
{
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		if (str_eq(filters[i].name, name))
			return &filters[i];
	}
	return NULL;
}

bool
template_filter_argument_ok(
    const struct template_filter *filter, const char *argument)
{
	enum conf_date_style style;
	int64_t n;

	switch (filter->argument) {
	case TEMPLATE_ARGUMENT_DATE: return find_date_style(&style, argument);
	case TEMPLATE_ARGUMENT_COUNT:
		return codec_int(&n, argument, 1, EXCERPT_MAX);
	case TEMPLATE_ARGUMENT_KEY: return argument[0] != '\0';
	case TEMPLATE_ARGUMENT_NONE: break;
	}
	return argument[0] == '\0';
}

const char *
template_filter_names(void)
{
	return "number, date, plural, dir, iso and excerpt";
}

const char *
template_filter_takes(const struct template_filter *filter)
{
	switch (filter->argument) {
	case TEMPLATE_ARGUMENT_DATE: return "it takes 'site', 'long' or 'dual'";
	case TEMPLATE_ARGUMENT_COUNT:
		return "it takes a number from 1 to 10000, as in excerpt:280";
	case TEMPLATE_ARGUMENT_KEY:
		return "it takes the key of a sentence that counts, as in "
		       "plural:articles";
	case TEMPLATE_ARGUMENT_NONE: break;
	}
	return "it stands alone";
}

enum template_type
template_filter_to(
    const struct template_filter *filter, enum template_mode mode)
{
	if (filter->to == TEMPLATE_TYPE_HTML && mode == TEMPLATE_TEXT)
		return TEMPLATE_TYPE_TEXT;
	return filter->to;
}
