/* SPDX-License-Identifier: ISC */
#include "model/list_look.h"

#include "base/codec.h"
#include "base/confwords.h"
#include "base/url.h"

#include <string.h>

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define CAPITAL "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

struct kind;

struct row {
	const char *key;
	const struct kind *kind;
	size_t offset; /* in struct list_look */
	size_t size;   /* of a text; the most pixels */
	const char *const *words;
};

/* How values of a kind are read and shown. */
struct kind {
	bool (*set)(const struct row *row, void *field, const char *value);
	void (*show)(const struct row *row, const void *field, struct str *out);
	const char *takes; /* NULL: the row's words */
};

static bool
set_word(const struct row *row, void *field, const char *value)
{
	int *choice = field;
	int at = confwords_find(row->words, value);

	*choice = at + 1;
	return at >= 0 || value[0] == '\0';
}

static void
show_word(const struct row *row, const void *field, struct str *out)
{
	const int *choice = field;

	if (*choice > 0)
		str_add(out, row->words[*choice - 1]);
}

static bool
set_pixels(const struct row *row, void *field, const char *value)
{
	int64_t *pixels = field;

	*pixels = 0;
	return value[0] == '\0' ||
	       codec_int(pixels, value, 1, (int64_t)row->size);
}

static void
show_pixels(const struct row *row, const void *field, struct str *out)
{
	const int64_t *pixels = field;

	(void)row;
	if (*pixels > 0)
		str_addf(out, "%lld", (long long)*pixels);
}

/* It becomes a part of names of files. */
static bool
set_template(const struct row *row, void *field, const char *value)
{
	return value[strspn(value, LETTERS CAPITAL DIGITS "-_")] == '\0' &&
	       value[0] != '-' && value[0] != '_' &&
	       str_fit(field, row->size, value);
}

/* It stands in styles, where nothing but a color may come of it. */
static bool
set_color(const struct row *row, void *field, const char *value)
{
	bool color =
	    value[0] == '#' && strlen(value) == LIST_COLOR_SIZE - 1 &&
	    strspn(value + 1, DIGITS "abcdefABCDEF") == LIST_COLOR_SIZE - 2;

	return (color || value[0] == '\0') && str_fit(field, row->size, value);
}

static bool
set_url(const struct row *row, void *field, const char *value)
{
	static const char *const schemes[] = {"https://", "http://", NULL};
	static const char plain[] =
	    LETTERS CAPITAL DIGITS "-._~:/?#[]@!$&'()*+,;=%";
	char place[LIST_LOGO_SIZE];
	struct url url;

	str_cut(place, sizeof(place), value);
	place[strcspn(place, "?#")] = '\0';
	return (value[0] == '\0' || (url_split(&url, place, schemes) &&
					value[strspn(value, plain)] == '\0')) &&
	       str_fit(field, row->size, value);
}

static void
show_text(const struct row *row, const void *field, struct str *out)
{
	(void)row;
	str_add(out, field);
}

static const struct kind word = {set_word, show_word, NULL};
static const struct kind width = {set_pixels, show_pixels,
    "a number of pixels from 1 to 240, which a telephone has room for"};
static const struct kind height = {
    set_pixels, show_pixels, "a number of pixels from 1 to 600"};
static const struct kind template = {set_template, show_text,
    "classic, magazine, brief, or the NAME of your own digest-NAME.html"};
static const struct kind color = {
    set_color, show_text, "a color such as \"#0b4f8a\""};
static const struct kind url = {set_url, show_text,
    "an address such as \"https://news.example.org/logo.png\", in ASCII"};

#define L(field) offsetof(struct list_look, field)

/* clang-format off */
static const struct row rows[] = {
	{"language",    &word,     L(language),    0, confwords_language},
	{"digits",      &word,     L(digits),      0, confwords_digits},
	{"months",      &word,     L(months),      0, confwords_months},
	{"calendar",    &word,     L(calendar),    0, confwords_calendar},
	{"date_style",  &word,     L(date_style),  0, confwords_date_style},
	{"welcome",     &word,     L(welcome),     0, confwords_answer},
	{"goodbye",     &word,     L(goodbye),     0, confwords_answer},
	{"template",    &template, L(template),    LIST_TEMPLATE_SIZE, NULL},
	{"color",       &color,    L(color),       LIST_COLOR_SIZE, NULL},
	{"logo_url",    &url,      L(logo_url),    LIST_LOGO_SIZE, NULL},
	{"logo_width",  &width,    L(logo_width),  LIST_LOGO_WIDTH, NULL},
	{"logo_height", &height,   L(logo_height), LIST_LOGO_HEIGHT, NULL},
};
/* clang-format on */
#define ROWS (sizeof(rows) / sizeof(*rows))
_Static_assert(ROWS == LIST_LOOK_KEYS, "as the header says");

static const struct row *
find(const char *key)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (str_eq(rows[i].key, key))
			return &rows[i];
	}
	return NULL;
}

const char *
list_look_key(size_t i)
{
	return i < ROWS ? rows[i].key : NULL;
}

bool
list_look_has(const char *key)
{
	return find(key) != NULL;
}

static int
refuse(const struct row *row, const char *value, struct err *err)
{
	struct str takes;

	str_init(&takes, 1000);
	if (row->words != NULL) {
		confwords_list(&takes, row->words);
	} else {
		str_add(&takes, row->kind->takes);
	}
	(void)err_set(
	    err, ERR_INPUT, "%s '%.60s': use %s", row->key, value, takes.data);
	str_release(&takes);
	return -1;
}

int
list_look_set(
    struct list_look *look, const char *key, const char *value, struct err *err)
{
	const struct row *row = find(key);
	struct list_look made = *look;

	if (row == NULL) {
		return err_set(
		    err, ERR_INPUT, "a list has no setting '%.60s'", key);
	}
	if (!row->kind->set(row, (char *)&made + row->offset, value))
		return refuse(row, value, err);
	*look = made;
	return 0;
}

void
list_look_value(const struct list_look *look, const char *key, struct str *out)
{
	const struct row *row = find(key);

	if (row != NULL) {
		row->kind->show(row, (const char *)look + row->offset, out);
	}
}

int
list_look_check(const struct list_look *look, struct err *err)
{
	bool logo = look->logo_url[0] != '\0';

	/* Mail programs keep its place free while images are off. */
	if (logo && (look->logo_width == 0 || look->logo_height == 0)) {
		return err_set(err, ERR_INPUT,
		    "a logo needs its size: set logo_width and logo_height, "
		    "in pixels");
	}
	return 0;
}

bool
list_look_same(const struct list_look *one, const struct list_look *other)
{
	return one->language == other->language &&
	       one->digits == other->digits && one->months == other->months &&
	       one->calendar == other->calendar &&
	       one->date_style == other->date_style &&
	       one->welcome == other->welcome &&
	       one->goodbye == other->goodbye &&
	       str_eq(one->template, other->template) &&
	       str_eq(one->color, other->color) &&
	       str_eq(one->logo_url, other->logo_url) &&
	       one->logo_width == other->logo_width &&
	       one->logo_height == other->logo_height;
}
