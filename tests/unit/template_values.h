/* SPDX-License-Identifier: ISC */
/*
 * template_values - values for every name of every kind, for the tests of
 * mail/template*.c. Include cmocka.h first.
 */
#ifndef NASHRA_TESTS_TEMPLATE_VALUES_H
#define NASHRA_TESTS_TEMPLATE_VALUES_H

#include "mail/template.h"

#include <stdio.h>
#include <stdlib.h>

#define SHIPPED  "templates"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* What a digest template cannot be without, and what that renders to. */
#define REST     "{{unsubscribe_url}}{{postal_address}}"
#define REST_OUT "https://example.org/leave/abcدمشق"
/* Wednesday 22 January 2025, 12:00 in Damascus. */
#define WEDNESDAY 1737536400

#define TEXT(n, v)                                                             \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_TEXT, .text = (v)           \
	}
#define URL(n, v)                                                              \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_URL, .text = (v)            \
	}
#define COLOR(n, v)                                                            \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_COLOR, .text = (v)          \
	}
#define NUMBER(n, v)                                                           \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_NUMBER, .number = (v)       \
	}
#define BOOL(n, v)                                                             \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_BOOL, .number = (v)         \
	}
#define DATE(n, v)                                                             \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_DATE, .number = (v)         \
	}
#define LIST(n, v, c)                                                          \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_LIST, .items = (v),         \
		.count = (c)                                                   \
	}
#define END                                                                    \
	{                                                                      \
		.name = NULL                                                   \
	}

static const struct template_value article_1[] = {
    TEXT("title", "لغة C++ و<script>"),
    URL("url", "https://example.org/مقال?a=1&b=\"2\""),
    TEXT("author", "Sara A."),
    DATE("published", WEDNESDAY),
    TEXT("excerpt", "انتهاء الجولة \"العشرون\" في 2023 & ما بعدها"),
    BOOL("has_excerpt", 1),
    URL("image_url", "https://img.example/1.jpg"),
    NUMBER("image_width", 552),
    NUMBER("image_height", 310),
    BOOL("has_image", 1),
    TEXT("section", "C++"),
    BOOL("section_first", 1),
    END,
};
static const struct template_value article_2[] = {
    TEXT("title", "The end"),
    URL("url", ""),
    TEXT("author", ""),
    DATE("published", 0),
    TEXT("excerpt", ""),
    BOOL("has_excerpt", 0),
    URL("image_url", ""),
    NUMBER("image_width", 0),
    NUMBER("image_height", 0),
    BOOL("has_image", 0),
    TEXT("section", ""),
    BOOL("section_first", 0),
    END,
};
static const struct template_value article_3[] = {
    TEXT("title", "123"),
    URL("url", "http://example.org/3"),
    TEXT("author", "كاتبة"),
    DATE("published", WEDNESDAY),
    TEXT("excerpt", "نص"),
    BOOL("has_excerpt", 1),
    URL("image_url", "https://img.example/1.jpg"),
    NUMBER("image_width", 552),
    NUMBER("image_height", 310),
    BOOL("has_image", 1),
    TEXT("section", "C++"),
    BOOL("section_first", 1),
    END,
};
static const struct template_value *const articles[] = {
    article_1, article_2, article_3};

static const struct template_value digest[] = {
    TEXT("site_name", "الموسوعة"),
    URL("site_url", "https://example.org"),
    TEXT("list.title", "نشرة <الأسبوع>"),
    TEXT("list.name", "weekly"),
    COLOR("list.color", "#0a7d5A"),
    URL("list.logo_url", "https://img.example/logo.png"),
    NUMBER("list.logo_width", 160),
    NUMBER("list.logo_height", 40),
    TEXT("subject", "موضوع \"النشرة\""),
    TEXT("preheader", "ما يلي"),
    DATE("digest.date", WEDNESDAY),
    NUMBER("digest.number", 1234),
    NUMBER("article_count", 3),
    LIST("articles", articles, 3),
    NUMBER("more", 12),
    BOOL("has_more", 1),
    URL("more_url", "https://example.org/all"),
    URL("web_url", "https://example.org/archive/weekly/1234"),
    TEXT("why", "لأنك اشتركت"),
    TEXT("postal_address", "دمشق"),
    END,
};

static const struct template_value line[] = {
    TEXT("site_name", "الموسوعة"),
    TEXT("list.title", "نشرة <الأسبوع>"),
    TEXT("list.name", "weekly"),
    DATE("digest.date", WEDNESDAY),
    NUMBER("digest.number", 1234),
    NUMBER("article_count", 3),
    TEXT("title", "لغة C++ و<script>"),
    BOOL("title_ends", 0),
    NUMBER("others", 2),
    BOOL("has_others", 1),
    LIST("articles", articles, 3),
    LIST("next", articles + 1, 2),
    END,
};

static const struct template_value confirm[] = {
    TEXT("site_name", "الموسوعة"),
    URL("site_url", "https://example.org"),
    TEXT("list.title", "نشرة"),
    TEXT("list.name", "weekly"),
    COLOR("list.color", "#0a7d5A"),
    URL("list.logo_url", "https://img.example/logo.png"),
    NUMBER("list.logo_width", 160),
    NUMBER("list.logo_height", 40),
    TEXT("subject", "تأكيد"),
    TEXT("intro", "وصلنا طلب"),
    NUMBER("hours", 48),
    TEXT("postal_address", "دمشق"),
    END,
};

static const struct template_value welcome[] = {
    TEXT("site_name", "الموسوعة"),
    URL("site_url", "https://example.org"),
    TEXT("list.title", "نشرة"),
    TEXT("list.name", "weekly"),
    COLOR("list.color", "#0a7d5A"),
    URL("list.logo_url", "https://img.example/logo.png"),
    NUMBER("list.logo_width", 160),
    NUMBER("list.logo_height", 40),
    TEXT("subject", "أهلًا"),
    TEXT("intro", "اكتمل"),
    TEXT("postal_address", "دمشق"),
    END,
};

static const struct template_value goodbye[] = {
    TEXT("site_name", "الموسوعة"),
    URL("site_url", "https://example.org"),
    TEXT("list.title", "نشرة"),
    TEXT("list.name", "weekly"),
    COLOR("list.color", ""),
    URL("list.logo_url", ""),
    NUMBER("list.logo_width", 0),
    NUMBER("list.logo_height", 0),
    TEXT("subject", "وداعًا"),
    TEXT("intro", "انتهى"),
    URL("subscribe_url", "/subscribe/weekly"),
    TEXT("postal_address", "دمشق"),
    END,
};

static const struct template_value trouble_1[] = {
    TEXT("what", "خادم البريد «main» لا يقبل الرسائل:"),
    DATE("since", 1764000000), TEXT("name", "main"),
    TEXT("error", "535 5.7.8 <wrong> password & co"), TEXT("todo", "المطلوب"),
    END};
static const struct template_value trouble_2[] = {
    TEXT("what", "The clock is not steady:"), DATE("since", 1764000000),
    TEXT("name", ""), TEXT("error", ""), TEXT("todo", "NTP"), END};
static const struct template_value *const troubles[] = {trouble_1, trouble_2};

static const struct template_value notice[] = {
    TEXT("site_name", "الموسوعة"),
    URL("site_url", "https://example.org"),
    TEXT("subject", "رسائل متوقفة"),
    TEXT("intro", "تعذّر إرسال بعض الرسائل"),
    NUMBER("trouble_count", 2),
    LIST("troubles", troubles, 2),
    BOOL("mail_waits", 1),
    BOOL("settings_wait", 0),
    TEXT("reload_command", "systemctl reload nashra-web"),
    TEXT("status_command", "nashra status"),
    END,
};

static const struct template_value list_1[] = {TEXT("title", "One"),
    TEXT("name", "one"), URL("url", "/subscribe/one"), END};
static const struct template_value list_2[] = {TEXT("title", "اثنان"),
    TEXT("name", "two"), URL("url", "/subscribe/two"), END};
static const struct template_value *const lists[] = {list_1, list_2};
static const struct template_value every_1[] = {
    TEXT("value", "day"), TEXT("label", "يوميًا"), BOOL("chosen", 0), END};
static const struct template_value every_2[] = {
    TEXT("value", "week"), TEXT("label", "أسبوعيًا"), BOOL("chosen", 1), END};
static const struct template_value *const everies[] = {every_1, every_2};

static const struct template_value page[] = {
    TEXT("site_name", "الموسوعة"),
    URL("site_url", "https://example.org"),
    URL("home", "/"),
    TEXT("title", "<b>&\"'"),
    TEXT("text", "Tom & Jerry"),
    TEXT("note", "a\xe2\x80\xae"
		 "b\x01"
		 "c\xff"
		 "d"),
    BOOL("is_error", 0),
    TEXT("error", ""),
    TEXT("suggestion", ""),
    TEXT("list.title", "نشرة"),
    TEXT("list.name", "weekly"),
    LIST("lists", lists, 2),
    BOOL("has_form", 1),
    BOOL("has_button", 0),
    URL("action", "/subscribe/weekly"),
    TEXT("button", "اشتراك"),
    TEXT("email", "a\"><script>@example.org"),
    LIST("everies", everies, 2),
    TEXT("form_time", "t1m3"),
    URL("link", "https://example.org/a?b=1&c='2'"),
    TEXT("link_text", "C++"),
    TEXT("nonce", "n0nce"),
    END,
};

static const struct template_value front_1[] = {
    TEXT("title", "لغة C++ و<script>"),
    URL("url", "/archive/weekly/8"),
    DATE("date", WEDNESDAY),
    NUMBER("number", 8),
    NUMBER("article_count", 11),
    END,
};
static const struct template_value front_2[] = {
    TEXT("title", ""),
    URL("url", "/archive/weekly/7"),
    DATE("date", WEDNESDAY),
    NUMBER("number", 7),
    NUMBER("article_count", 0),
    END,
};
static const struct template_value *const fronts[] = {front_1, front_2};

static const struct template_value year_1[] = {
    TEXT("year", "٢٠٢٥"), LIST("issues", fronts, 2), END};
static const struct template_value year_2[] = {
    TEXT("year", "٢٠٢٤"), LIST("issues", fronts, 1), END};
static const struct template_value *const years[] = {year_1, year_2};

static const struct template_value archive[] = {
    TEXT("site_name", "الموسوعة"),
    URL("site_url", "https://example.org"),
    URL("home", "/"),
    URL("url", "https://example.org/archive/weekly"),
    TEXT("list.title", "نشرة <الأسبوع>"),
    TEXT("list.name", "weekly"),
    COLOR("list.color", "#0a7d5A"),
    URL("list.logo_url", "https://img.example/logo.png"),
    NUMBER("list.logo_width", 160),
    NUMBER("list.logo_height", 40),
    URL("subscribe_url", "/subscribe/weekly"),
    URL("feed_url", "/archive/weekly/feed.xml"),
    LIST("years", years, 2),
    URL("older_url", "/archive/weekly/6"),
    TEXT("nonce", "n0nce"),
    END,
};

static const struct template_value story_1[] = {
    TEXT("title", "لغة C++ و<script>"),
    URL("url", "https://example.org/1?a=1&b=\"2\""),
    TEXT("author", "Sara A."),
    DATE("published", WEDNESDAY),
    TEXT("excerpt", "انتهاء الجولة"),
    BOOL("has_excerpt", 1),
    {.name = "body",
	.type = TEMPLATE_TYPE_HTML,
	.text = "<p dir=\"rtl\">انتهاء <strong>الجولة</strong></p>"},
    BOOL("has_body", 1),
    URL("image_url", "https://img.example/1.jpg"),
    NUMBER("image_width", 552),
    NUMBER("image_height", 310),
    BOOL("has_image", 1),
    TEXT("section", "C++"),
    BOOL("section_first", 1),
    END,
};
static const struct template_value story_2[] = {
    TEXT("title", "The end"),
    URL("url", ""),
    TEXT("author", ""),
    DATE("published", 0),
    TEXT("excerpt", "Some <words>"),
    BOOL("has_excerpt", 1),
    {.name = "body", .type = TEMPLATE_TYPE_HTML, .text = ""},
    BOOL("has_body", 0),
    URL("image_url", ""),
    NUMBER("image_width", 0),
    NUMBER("image_height", 0),
    BOOL("has_image", 0),
    TEXT("section", ""),
    BOOL("section_first", 0),
    END,
};
static const struct template_value *const stories[] = {story_1, story_2};

static const struct template_value issue[] = {
    TEXT("site_name", "الموسوعة"),
    URL("site_url", "https://example.org"),
    URL("home", "/"),
    URL("url", "https://example.org/archive/weekly/1234"),
    TEXT("list.title", "نشرة <الأسبوع>"),
    TEXT("list.name", "weekly"),
    COLOR("list.color", ""),
    URL("list.logo_url", ""),
    NUMBER("list.logo_width", 0),
    NUMBER("list.logo_height", 0),
    URL("subscribe_url", "/subscribe/weekly"),
    URL("feed_url", "/archive/weekly/feed.xml"),
    URL("archive_url", "/archive/weekly"),
    DATE("digest.date", WEDNESDAY),
    NUMBER("digest.number", 1234),
    NUMBER("article_count", 5),
    LIST("articles", stories, 2),
    NUMBER("more", 3),
    BOOL("has_more", 1),
    TEXT("description", "لغة C++ · The \"end\""),
    URL("image_url", "https://img.example/1.jpg"),
    URL("previous_url", "/archive/weekly/1233"),
    URL("next_url", ""),
    TEXT("nonce", "n0nce"),
    END,
};

static const struct template_hole holes[] = {
    {"unsubscribe_url", "https://example.org/leave/abc"},
    {"confirm_url", "https://example.org/confirm/a?b&c"},
    {NULL, NULL},
};

static const struct template_value *const values[TEMPLATE_KINDS] = {
    [TEMPLATE_DIGEST] = digest,
    [TEMPLATE_SUBJECT] = line,
    [TEMPLATE_PREHEADER] = line,
    [TEMPLATE_CONFIRM] = confirm,
    [TEMPLATE_WELCOME] = welcome,
    [TEMPLATE_GOODBYE] = goodbye,
    [TEMPLATE_NOTICE] = notice,
    [TEMPLATE_PAGE] = page,
    [TEMPLATE_ARCHIVE] = archive,
    [TEMPLATE_ISSUE] = issue,
};

static inline struct template_style
style_of(enum conf_language language)
{
	static struct messages *messages[2];
	const struct template_dirs dirs = {
	    .own = "", .shipped = SHIPPED, .language = language};
	struct err err = ERR_INIT;

	if (messages[language] == NULL &&
	    template_messages(&messages[language], &dirs, &err) != 0)
		fail_msg("%s", err.msg);
	return (struct template_style){
	    .date = {.language = language, .zone = "Asia/Damascus"},
	    .messages = messages[language],
	};
}

/* Renders and splices; the caller frees. NULL where something failed. */
static inline char *
run(const struct template *template, const struct template_value *given,
    enum conf_language language, struct err *err)
{
	const struct template_style style = style_of(language);
	struct str rendered;
	struct str spliced;
	char *out = NULL;

	str_init(&rendered, 1024 * 1024);
	str_init(&spliced, 1024 * 1024);
	if (template_render(&rendered, template, given, &style, err) == 0 &&
	    template_splice(
		&spliced, rendered.data, rendered.len, holes, err) == 0)
		out = str_take(&spliced);
	str_release(&rendered);
	str_release(&spliced);
	return out;
}

static inline void
check_render(const char *text, const char *want, enum template_kind kind,
    enum template_mode mode)
{
	struct err err = ERR_INIT;
	struct template *template = NULL;
	char *got;

	if (template_parse(&template, text, "t", kind, mode, &err) != 0)
		fail_msg("%s: %s", text, err.msg);
	got = run(template, values[kind], CONF_AR, &err);
	if (got == NULL)
		fail_msg("%s: %s", text, err.msg);
	assert_string_equal(got, want);
	free(got);
	template_free(template);
}

struct render_case {
	const char *text;
	const char *want;
};

static inline void
check_renders(const struct render_case *cases, size_t count,
    enum template_kind kind, enum template_mode mode)
{
	char text[1024];
	char want[1024];

	for (size_t i = 0; i < count; i++) {
		bool rest = kind == TEMPLATE_DIGEST;

		(void)snprintf(text, sizeof(text), "%s%s", cases[i].text,
		    rest ? REST : "");
		(void)snprintf(want, sizeof(want), "%s%s", cases[i].want,
		    rest ? REST_OUT : "");
		check_render(text, want, kind, mode);
	}
}

struct error_case {
	const char *text;
	const char *want; /* the whole message */
};

static inline void
check_errors(const struct error_case *cases, size_t count,
    enum template_kind kind, enum template_mode mode)
{
	for (size_t i = 0; i < count; i++) {
		struct err err = ERR_INIT;
		struct template *template = NULL;

		if (template_parse(
			&template, cases[i].text, "t", kind, mode, &err) == 0)
			fail_msg("loaded: %s", cases[i].text);
		assert_null(template);
		assert_string_equal(err.msg, cases[i].want);
		assert_int_equal(err.code, ERR_CONFIG);
	}
}

#endif
