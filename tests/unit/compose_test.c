/* SPDX-License-Identifier: ISC */
#include "flow/compose.h"

#include "press.h"

#include "text/html.h"

static struct press press;
static struct list list = {.name = "daily", .title = "نشرة التجربة"};

/* Nothing here needs a database. */
static int
open_press(struct press *out, const char *more)
{
	struct err err = ERR_INIT;

	press_folder(out);
	out->conf = press_conf(out, more);
	if (kit_new(&out->kit, out->conf, false, &err) != 0)
		fail_msg("%s", err.msg);
	return 0;
}

static int
setup(void **state)
{
	(void)state;
	return open_press(&press, "time_zone = \"Asia/Damascus\"\n" PRESS_MAIL);
}

static int
teardown(void **state)
{
	(void)state;
	press_close(&press);
	return 0;
}

#define N COMPOSE_ARTICLES

static char titles[N][40];
static char address[] = "https://news.example.org/a";
static char author[] = "سارة";
static char text[] = "نص المقال.";
static char none[] = "";
static struct compose_article articles[N];

/* The same digest again and again, but for what a test changes in it. */
static struct compose_issue
issue_of(size_t n)
{
	for (size_t i = 0; i < N; i++) {
		snprintf(titles[i], sizeof(titles[i]), "العنوان %zu", i + 1);
		articles[i] = (struct compose_article){.title = titles[i],
		    .link = address,
		    .author = author,
		    .body = text,
		    .section = none,
		    .image_url = none,
		    .published = NOW - 3600};
	}
	return (struct compose_issue){.list = &list,
	    .number = 7,
	    .date = NOW,
	    .articles = articles,
	    .count = n < N ? n : N,
	    .total = n};
}

static struct issue_body
composed(const struct compose_issue *issue)
{
	struct issue_body body = {0};
	struct err err = ERR_INIT;

	if (compose_digest(press.kit, issue, &body, &err) != 0)
		fail_msg("%s", err.msg);
	return body;
}

static void
must_have(const char *where, const char *what)
{
	if (strstr(where, what) == NULL)
		fail_msg("'%s' is not in:\n%s", what, where);
}

static size_t
times(const char *where, const char *what)
{
	size_t n = 0;

	for (; (where = strstr(where, what)) != NULL; where += strlen(what))
		n++;
	return n;
}

/* What there is no room for is one counted line; nothing is passed over in
 * silence (all of it: compose_size_test). */
static void
what_is_not_shown_is_counted(void **state)
{
	struct compose_issue issue = issue_of(N + 100);
	struct issue_body body = composed(&issue);

	(void)state;
	must_have(body.html, "وصلك ٣٠٠ مقال جديد");
	must_have(body.subject, "و٢٩٩ مقالًا آخر");
	assert_true(times(body.html, "<h2") < N);
	assert_int_equal(times(body.html, " في هذا العدد</a>"), 1);
	issue_body_release(&body);
	issue = issue_of(20);
	body = composed(&issue);
	assert_int_equal(times(body.html, "<h2"), 20);
	assert_int_equal(times(body.text, "آخر"), 0);
	issue_body_release(&body);
}

#define ISSUE_PAGE "https://news.example.org/archive/daily/7"

/* Where the rest is, and the whole in a browser: on the issue's page, where
 * it has one. */
static void
the_issue_has_a_page_where_it_is_public(void **state)
{
	static const struct {
		enum list_archive archive;
		int64_t number;
		size_t views, rest; /* links to the page, to the site */
	} cases[] = {
	    {LIST_ARCHIVE_YES, 7, 2, 1},
	    {LIST_ARCHIVE_NO, 7, 0, 2},
	    {LIST_ARCHIVE_YES, 0, 0, 2},
	};
	struct compose_issue issue = issue_of(N + 100);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct issue_body body;

		list.archive = cases[i].archive;
		issue.number = cases[i].number;
		body = composed(&issue);
		assert_int_equal(times(body.html, "href=\"" ISSUE_PAGE "\""),
		    cases[i].views);
		assert_int_equal(
		    times(body.text, "\n" ISSUE_PAGE "\n"), cases[i].views);
		assert_int_equal(
		    times(body.text, "\nhttps://news.example.org\n"),
		    cases[i].rest);
		assert_int_equal(
		    times(body.html, ">عرض في المتصفح<"), cases[i].views / 2);
		assert_int_equal(
		    times(body.text, "\nعرض في المتصفح\n"), cases[i].views / 2);
		issue_body_release(&body);
	}
	list.archive = LIST_ARCHIVE_YES;
}

/* The six forms of Arabic, in the text and in the HTML. */
static void
the_sentence_counts_as_arabic_does(void **state)
{
	static const struct {
		size_t n;
		const char *sentence;
	} cases[] = {
	    {0, "لا مقالات جديدة هذه المرة"},
	    {1, "وصلك مقال جديد"},
	    {2, "وصلك مقالان جديدان"},
	    {3, "وصلتك ٣ مقالات جديدة"},
	    {10, "وصلتك ١٠ مقالات جديدة"},
	    {11, "وصلك ١١ مقالًا جديدًا"},
	    {99, "وصلك ٩٩ مقالًا جديدًا"},
	    {100, "وصلك ١٠٠ مقال جديد"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compose_issue issue = issue_of(cases[i].n);
		struct issue_body body = composed(&issue);
		struct str line;

		must_have(body.html, cases[i].sentence);
		/* the first line of the text, and all of it */
		str_init(&line, 1000);
		str_addf(&line, "%s\n", cases[i].sentence);
		if (!str_starts(body.text, line.data))
			fail_msg("%s", body.text);
		str_release(&line);
		issue_body_release(&body);
	}
}

static void
the_subject_is_the_first_title_and_how_many_more(void **state)
{
	static const struct {
		size_t n;
		const char *subject;
	} cases[] = {
	    {0, "نشرة التجربة"},
	    {1, "العنوان 1"},
	    {2, "العنوان 1، ومقال آخر"},
	    {3, "العنوان 1، ومقالان آخران"},
	    {4, "العنوان 1، و٣ مقالات أخرى"},
	    {11, "العنوان 1، و١٠ مقالات أخرى"},
	    {12, "العنوان 1، و١١ مقالًا آخر"},
	    {100, "العنوان 1، و٩٩ مقالًا آخر"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compose_issue issue = issue_of(cases[i].n);
		struct issue_body body = composed(&issue);

		assert_string_equal(body.subject, cases[i].subject);
		issue_body_release(&body);
	}
}

static void
a_long_title_is_cut_in_the_subject_alone(void **state)
{
	struct compose_issue issue = issue_of(2);
	struct issue_body body;
	struct str title;

	(void)state;
	str_init(&title, 4096);
	for (int i = 0; i < 40; i++)
		str_add(&title, "كلمة ");
	str_add(&title, "الأخيرة");
	articles[0].title = title.data;
	body = composed(&issue);
	assert_true(strlen(body.subject) < 200);
	must_have(body.subject, "…");
	assert_true(str_ends(body.subject, "… ومقال آخر"));
	must_have(body.html, "الأخيرة");
	must_have(body.text, "الأخيرة");
	issue_body_release(&body);
	str_release(&title);
}

/* No comma after a mark that ends the title already. */
static void
a_title_that_ends_needs_no_comma(void **state)
{
	static const struct {
		const char *title, *subject;
	} cases[] = {
	    {"ماذا جرى؟", "ماذا جرى؟ ومقال آخر"},
	    {"ماذا بعد…", "ماذا بعد… ومقال آخر"},
	    {"هدف قاتل!", "هدف قاتل! ومقال آخر"},
	    {"Why?", "Why? ومقال آخر"},
	    {"It works.", "It works. ومقال آخر"},
	    {"«ماذا جرى؟»", "«ماذا جرى؟»، ومقال آخر"},
	    {"لغة C++", "لغة C++، ومقال آخر"},
	    {"", "نشرة التجربة، ومقال آخر"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compose_issue issue = issue_of(2);
		struct issue_body body;
		char title[64];

		snprintf(title, sizeof(title), "%s", cases[i].title);
		articles[0].title = title;
		body = composed(&issue);
		assert_string_equal(body.subject, cases[i].subject);
		issue_body_release(&body);
	}
}

/* Every title, author, date and excerpt stands in both parts, in the order
 * given; links too. */
static void
text_and_html_say_the_same(void **state)
{
	static const char *const said[] = {"العنوان 1", "العنوان 2",
	    "العنوان 3", "سارة", "نص المقال.", "https://news.example.org/a",
	    "نشرة التجربة", "موقع التجربة", "ص.ب ١٢، دمشق",
	    "الاثنين ٢٤ / نوفمبر / ٢٠٢٥", "وصلتك ٣ مقالات جديدة",
	    "وصلتك هذه الرسالة لاشتراكك في «نشرة التجربة».", "إلغاء الاشتراك"};
	struct compose_issue issue = issue_of(3);
	struct issue_body body = composed(&issue);
	const char *html = body.html;
	const char *at = body.text;
	struct err err = ERR_INIT;
	struct str plain;

	(void)state;
	str_init(&plain, 1000000);
	assert_int_equal(
	    html_to_text(&plain, body.html, strlen(body.html), &err), 0);
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
		must_have(body.html, said[i]);
		must_have(body.text, said[i]);
		if (!str_starts(said[i], "https:"))
			must_have(plain.data, said[i]);
	}
	/* the preheader names the later titles before the first article */
	html = strstr(html, "<h2");
	for (size_t i = 0; i < 3; i++) {
		assert_non_null(html);
		html = strstr(html, said[i]);
		at = strstr(at, said[i]);
		assert_non_null(html);
		assert_non_null(at);
	}
	assert_int_equal(times(body.html, "نص المقال."), 3);
	assert_int_equal(times(body.text, "نص المقال."), 3);
	str_release(&plain);
	issue_body_release(&body);
}

static void
the_body_is_right_to_left_from_the_start(void **state)
{
	struct compose_issue issue = issue_of(1);
	struct issue_body body = composed(&issue);

	(void)state;
	must_have(body.html, "<html lang=\"ar\" dir=\"rtl\"");
	must_have(body.html, "<body class=\"bg\" dir=\"rtl\"");
	issue_body_release(&body);
}

/* What feeds say is text, wherever it stands. */
static void
hostile_words_stay_words(void **state)
{
	static const struct {
		const char *title;
		const char *never; /* in the HTML */
		const char *shown; /* there */
	} cases[] = {
	    {"<script>alert(1)</script>", "<script>alert",
		"&lt;script&gt;alert(1)&lt;/script&gt;"},
	    {"</a></h2><img src=x onerror=y>", "<img src=x", "&lt;img src=x"},
	    {"a & b &amp; c", "b &amp; c", "a &amp; b &amp;amp; c"},
	    {"\"quoted\" 'too'", "\"quoted\"", "&quot;quoted&quot;"},
	    {"{{unsubscribe_url}}", NULL, "{{unsubscribe_url}}"},
	    {"{{#articles}} {{site_name}}", NULL,
		"{{#articles}} {{site_name}}"},
	    {"<!-- --> ]]>", "<!-- -->", "&lt;!-- --&gt; ]]&gt;"},
	    {"<b>عنوان</b>", "<b>عنوان", "&lt;b&gt;عنوان&lt;/b&gt;"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compose_issue issue = issue_of(2);
		struct issue_body body;
		struct str html, plain;
		struct err err = ERR_INIT;
		struct str copy;

		str_init(&copy, 1000);
		str_add(&copy, cases[i].title);
		articles[0].title = copy.data;
		articles[0].body = copy.data;
		articles[0].author = copy.data;
		articles[1].title = copy.data;
		body = composed(&issue);
		str_init(&html, 1000000);
		str_init(&plain, 1000000);
		/* with its holes filled, as a reader has it */
		assert_int_equal(
		    compose_show(press.kit, &body, &html, &plain, &err), 0);
		if (cases[i].never != NULL &&
		    strstr(html.data, cases[i].never) != NULL)
			fail_msg("%s stands as it is", cases[i].never);
		must_have(html.data, cases[i].shown);
		assert_true(times(html.data, cases[i].shown) >= 4);
		if (times(plain.data, cases[i].title) < 4)
			fail_msg("%s: %s", cases[i].title, plain.data);
		must_have(body.subject, cases[i].title);
		str_release(&copy);
		str_release(&html);
		str_release(&plain);
		issue_body_release(&body);
	}
}

/* The byte that marks a hole in a rendered body cannot be brought in: there
 * is one leave link, and it is ours. */
static void
nobody_makes_a_hole(void **state)
{
	static char title[] = "\x01hunsubscribe_url\x01 \x01tconfirm_url\x01";
	struct compose_issue issue = issue_of(1);
	struct issue_body body;
	struct err err = ERR_INIT;
	struct str html, plain;

	(void)state;
	articles[0].title = articles[0].author = articles[0].body = title;
	body = composed(&issue);
	str_init(&html, 1000000);
	str_init(&plain, 1000000);
	assert_int_equal(
	    compose_show(press.kit, &body, &html, &plain, &err), 0);
	assert_int_equal(times(html.data, "/leave/preview"), 1);
	assert_int_equal(times(plain.data, "/leave/preview"), 1);
	assert_null(strchr(html.data, '\x01'));
	assert_null(strchr(plain.data, '\x01'));
	str_release(&html);
	str_release(&plain);
	issue_body_release(&body);
}

/* The parser of feeds lets none of these through (feed/parse.h); if one came
 * in by another door, it is refused by name, not passed on. */
static void
hostile_links_are_refused(void **state)
{
	static const char *const links[] = {"javascript:alert(1)",
	    "JavaScript:alert(1)", "data:text/html,x", "vbscript:x",
	    "file:///etc/passwd", "//evil.example.net", "/\\evil.example.net",
	    "news", " https://news.example.org/"};

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		struct compose_issue issue = issue_of(1);
		struct issue_body body = {0};
		struct err err = ERR_INIT;
		struct str copy;

		str_init(&copy, 1000);
		str_add(&copy, links[i]);
		articles[0].link = copy.data;
		assert_int_equal(
		    compose_digest(press.kit, &issue, &body, &err), -1);
		assert_int_equal(err.code, ERR_DATA);
		must_have(err.msg, links[i]);
		assert_null(body.html);
		str_release(&copy);
	}
}

static void
links_cannot_end_their_attribute(void **state)
{
	static const struct {
		const char *link, *html, *text;
	} cases[] = {
	    {"https://a.example/?x=1&y=2",
		"href=\"https://a.example/?x=1&amp;y=2\"",
		"\nhttps://a.example/?x=1&y=2\n"},
	    {"https://a.example/\"onclick=\"x",
		"href=\"https://a.example/%22onclick=%22x\"",
		"\nhttps://a.example/%22onclick=%22x\n"},
	    {"https://a.example/<b>", "href=\"https://a.example/%3Cb%3E\"",
		"\nhttps://a.example/%3Cb%3E\n"},
	    {"https://a.example/ا", "href=\"https://a.example/%D8%A7\"",
		"\nhttps://a.example/%D8%A7\n"},
	    {"https://a.example/\r\nBcc: x",
		"href=\"https://a.example/%0D%0ABcc:%20x\"",
		"\nhttps://a.example/%0D%0ABcc:%20x\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compose_issue issue = issue_of(1);
		struct issue_body body;
		struct str copy;

		str_init(&copy, 1000);
		str_add(&copy, cases[i].link);
		articles[0].link = copy.data;
		body = composed(&issue);
		must_have(body.html, cases[i].html);
		must_have(body.text, cases[i].text);
		issue_body_release(&body);
		str_release(&copy);
	}
}

static void
what_is_missing_leaves_no_gap(void **state)
{
	struct compose_issue issue = issue_of(1);
	struct issue_body body;

	(void)state;
	articles[0].author = none;
	articles[0].link = none;
	articles[0].body = none;
	articles[0].published = 0;
	body = composed(&issue);
	assert_null(strstr(body.html, " · </p>"));
	assert_null(strstr(body.html, "1970"));
	assert_null(strstr(body.text, "١٩٧٠"));
	must_have(body.text, "العنوان 1");
	issue_body_release(&body);
}

static void
english_is_english(void **state)
{
	static const struct {
		size_t n;
		const char *sentence;
	} cases[] = {{1, "1"}, {2, "2"}, {100, "100"}};
	struct press english;
	struct err err = ERR_INIT;

	(void)state;
	(void)open_press(&english,
	    "language = en\ntime_zone = \"Asia/Damascus\"\n" PRESS_MAIL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compose_issue issue = issue_of(cases[i].n);
		struct issue_body body = {0};

		assert_int_equal(
		    compose_digest(english.kit, &issue, &body, &err), 0);
		must_have(body.html, "<html lang=\"en\"");
		must_have(body.html, "Monday, 24 November 2025");
		must_have(body.text, "Monday, 24 November 2025");
		if (cases[i].n > 1)
			must_have(body.text, cases[i].sentence);
		issue_body_release(&body);
	}
	press_close(&english);
}

/* The settings of a house show: digits, months, calendar. */
static void
dates_and_digits_are_those_of_the_settings(void **state)
{
	static const struct {
		const char *arabic;
		const char *date;
		const char *sentence;
	} cases[] = {
	    {"digits = latn", "الاثنين 24 / نوفمبر / 2025",
		"وصلتك 3 مقالات جديدة"},
	    {"months = levant", "تشرين الثاني", "وصلتك ٣ مقالات جديدة"},
	    {"calendar = umalqura", "١٤٤٧", "وصلتك ٣ مقالات جديدة"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compose_issue issue = issue_of(3);
		struct issue_body body = {0};
		struct err err = ERR_INIT;
		struct press own;
		char more[600];

		snprintf(more, sizeof(more),
		    "time_zone = \"Asia/Damascus\"\narabic { %s }\n%s",
		    cases[i].arabic, PRESS_MAIL);
		(void)open_press(&own, more);
		assert_int_equal(
		    compose_digest(own.kit, &issue, &body, &err), 0);
		must_have(body.html, cases[i].date);
		must_have(body.text, cases[i].date);
		must_have(body.text, cases[i].sentence);
		issue_body_release(&body);
		press_close(&own);
	}
}

/* What the list has of its own wins, one by one. */
static void
a_list_has_its_own_ways(void **state)
{
	static const struct {
		const char *key, *value;
		const char *html, *sentence;
	} cases[] = {
	    {"digits", "latn", "الاثنين 24 / نوفمبر / 2025",
		"وصلتك 3 مقالات جديدة"},
	    {"digits", "arab", "الاثنين ٢٤ / نوفمبر / ٢٠٢٥",
		"وصلتك ٣ مقالات جديدة"},
	    {"months", "levant", "تشرين الثاني", "وصلتك ٣ مقالات جديدة"},
	    {"calendar", "umalqura", "١٤٤٧", "وصلتك ٣ مقالات جديدة"},
	    {"date_style", "dual", "الموافق", "وصلتك ٣ مقالات جديدة"},
	    {"language", "en", "<html lang=\"en\"", "3 new articles"},
	    {"template", "classic", "<html lang=\"ar\"",
		"وصلتك ٣ مقالات جديدة"},
	};
	struct list own = list;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compose_issue issue = issue_of(3);
		struct issue_body body;
		struct err err = ERR_INIT;

		own.look = (struct list_look){.language = 0};
		assert_int_equal(list_look_set(&own.look, cases[i].key,
				     cases[i].value, &err),
		    0);
		issue.list = &own;
		body = composed(&issue);
		must_have(body.html, cases[i].html);
		must_have(body.text, cases[i].sentence);
		issue_body_release(&body);
	}
}

static void
a_reader_has_digits_and_a_format(void **state)
{
	static const struct {
		int digits;
		enum subscription_format format;
		const char *sentence;
	} cases[] = {
	    {0, SUBSCRIPTION_HTML, "وصلتك ٣ مقالات جديدة"},
	    {CONF_DIGITS_ARAB + 1, SUBSCRIPTION_HTML, "وصلتك ٣ مقالات جديدة"},
	    {CONF_DIGITS_LATN + 1, SUBSCRIPTION_HTML, "وصلتك 3 مقالات جديدة"},
	    {CONF_DIGITS_LATN + 1, SUBSCRIPTION_TEXT, "وصلتك 3 مقالات جديدة"},
	    {0, SUBSCRIPTION_TEXT, "وصلتك ٣ مقالات جديدة"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compose_issue issue = issue_of(3);
		struct issue_body body;

		issue.digits = cases[i].digits;
		issue.format = cases[i].format;
		body = composed(&issue);
		assert_true(str_starts(body.text, cases[i].sentence));
		if (cases[i].format == SUBSCRIPTION_HTML)
			must_have(body.html, cases[i].sentence);
		assert_int_equal(
		    body.html[0] == '\0', cases[i].format == SUBSCRIPTION_TEXT);
		issue_body_release(&body);
	}
}

/* With the titles that the subject does not have; the only one of them brings
 * how its article begins. */
static void
the_preheader_goes_on(void **state)
{
	static const struct {
		size_t n;
		const char *preheader;
	} cases[] = {
	    {0, ">></div>"},
	    {1, ">نص المقال.</div>"},
	    {2, ">العنوان 2 · نص المقال.</div>"},
	    {3, ">العنوان 2 · العنوان 3</div>"},
	    {30, "العنوان 11 · العنوان 12…</div>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compose_issue issue = issue_of(cases[i].n);
		struct issue_body body = composed(&issue);
		const char *want = cases[i].preheader;

		must_have(body.html, want[1] == '>' ? want + 1 : want);
		issue_body_release(&body);
	}
}

/* Outlook for Windows shows a picture as large as its attributes say. */
static void
pictures_fit_the_column(void **state)
{
	static char picture[] = "https://img.example/a.jpg";
	static const struct {
		int64_t width, height;
		const char *shown;
	} cases[] = {
	    {0, 0, " width=\"552\" style"},
	    {300, 200, " width=\"300\" height=\"200\""},
	    {552, 300, " width=\"552\" height=\"300\""},
	    {1104, 600, " width=\"552\" height=\"300\""},
	    {1200, 0, " width=\"552\" style"},
	    {400, 1600, " width=\"200\" height=\"800\""},
	    {2208, 8000, " width=\"220\" height=\"800\""},
	};
	struct list own = list;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    list_look_set(&own.look, "template", "magazine", &err), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compose_issue issue = issue_of(1);
		struct issue_body body;

		issue.list = &own;
		articles[0].image_url = picture;
		articles[0].image_width = cases[i].width;
		articles[0].image_height = cases[i].height;
		body = composed(&issue);
		must_have(body.html, cases[i].shown);
		issue_body_release(&body);
	}
}

static void
too_many_articles_are_refused(void **state)
{
	struct compose_issue issue = issue_of(N);
	struct issue_body body = {0};
	struct err err = ERR_INIT;

	(void)state;
	issue.count = N + 1; /* more than there is room for */
	assert_int_equal(compose_digest(press.kit, &issue, &body, &err), -1);
	assert_null(body.html);
	assert_int_equal(err.code, ERR_SYSTEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_not_shown_is_counted),
	    cmocka_unit_test(the_issue_has_a_page_where_it_is_public),
	    cmocka_unit_test(the_sentence_counts_as_arabic_does),
	    cmocka_unit_test(the_subject_is_the_first_title_and_how_many_more),
	    cmocka_unit_test(a_long_title_is_cut_in_the_subject_alone),
	    cmocka_unit_test(a_title_that_ends_needs_no_comma),
	    cmocka_unit_test(text_and_html_say_the_same),
	    cmocka_unit_test(the_body_is_right_to_left_from_the_start),
	    cmocka_unit_test(hostile_words_stay_words),
	    cmocka_unit_test(nobody_makes_a_hole),
	    cmocka_unit_test(hostile_links_are_refused),
	    cmocka_unit_test(links_cannot_end_their_attribute),
	    cmocka_unit_test(a_list_has_its_own_ways),
	    cmocka_unit_test(a_reader_has_digits_and_a_format),
	    cmocka_unit_test(the_preheader_goes_on),
	    cmocka_unit_test(what_is_missing_leaves_no_gap),
	    cmocka_unit_test(english_is_english),
	    cmocka_unit_test(dates_and_digits_are_those_of_the_settings),
	    cmocka_unit_test(pictures_fit_the_column),
	    cmocka_unit_test(too_many_articles_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
