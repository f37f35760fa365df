/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "unit/template_values.h"

#include <string.h>

struct shipped {
	const char *file;
	enum template_kind kind;
};

static const struct shipped shipped[] = {
    {"digest-classic.html", TEMPLATE_DIGEST},
    {"digest-classic.txt", TEMPLATE_DIGEST},
    {"confirm.html", TEMPLATE_CONFIRM},
    {"confirm.txt", TEMPLATE_CONFIRM},
    {"digest-magazine.html", TEMPLATE_DIGEST},
    {"digest-magazine.txt", TEMPLATE_DIGEST},
    {"digest-brief.html", TEMPLATE_DIGEST},
    {"digest-brief.txt", TEMPLATE_DIGEST},
    {"welcome.html", TEMPLATE_WELCOME},
    {"welcome.txt", TEMPLATE_WELCOME},
    {"goodbye.html", TEMPLATE_GOODBYE},
    {"goodbye.txt", TEMPLATE_GOODBYE},
    {"notice.html", TEMPLATE_NOTICE},
    {"notice.txt", TEMPLATE_NOTICE},
    {"archive.html", TEMPLATE_ARCHIVE},
    {"archive-issue.html", TEMPLATE_ISSUE},
    {"page.html", TEMPLATE_PAGE},
};
enum { ARCHIVE = 14, ISSUE, PAGE }; /* among them */

static char *
render_shipped(const struct shipped *one, enum conf_language language)
{
	const struct template_dirs dirs = {
	    .own = "", .shipped = SHIPPED, .language = language};
	struct template *template = NULL;
	struct err err = ERR_INIT;
	char *got = NULL;

	if (template_load(&template, &dirs, one->file, one->kind, &err) == 0)
		got = run(template, values[one->kind], language, &err);
	if (got == NULL)
		fail_msg("%s: %s", one->file, err.msg);
	template_free(template);
	return got;
}

static void
test_shipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shipped); i++) {
		free(render_shipped(&shipped[i], CONF_AR));
		free(render_shipped(&shipped[i], CONF_EN));
	}
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* A copy of the tag that begins at `text`, which the caller frees. */
static char *
copy_tag(const char *text)
{
	return strndup(text, strcspn(text, ">"));
}

/* What mail clients need, whatever is in the mail. */
static void
check_mail(const char *html, const char *dir, const char *side)
{
	static const char *const never[] = {"<bdi", "text-align:start",
	    "text-align:end", "-inline", "justify", "<script", "var(--", "rem;",
	    "letter-spacing:1", "text-transform", "float", "{{", "\x01"};
	char say_dir[64];
	char say_direction[64];
	char say_align[64];
	char say_text_align[64];

	(void)snprintf(say_dir, sizeof(say_dir), "dir=\"%s\"", dir);
	(void)snprintf(
	    say_direction, sizeof(say_direction), "direction:%s", dir);
	(void)snprintf(say_align, sizeof(say_align), "align=\"%s\"", side);
	(void)snprintf(
	    say_text_align, sizeof(say_text_align), "text-align:%s", side);
	for (size_t i = 0; i < COUNT(never); i++) {
		if (strstr(html, never[i]) != NULL)
			fail_msg("%s in the mail", never[i]);
	}
	for (const char *at = html; (at = strchr(at, '<')) != NULL; at++) {
		char *tag = copy_tag(at);
		bool text = strstr(tag, "font-size") != NULL;

		if (str_starts(tag, "<html") || str_starts(tag, "<table"))
			assert_non_null(strstr(tag, say_dir));
		if (str_starts(tag, "<body") ||
		    str_starts(tag, "<div role=\"article\"")) {
			assert_non_null(strstr(tag, say_dir));
			assert_non_null(strstr(tag, say_direction));
			assert_non_null(strstr(tag, say_text_align));
		}
		if (str_starts(tag, "<table"))
			assert_non_null(strstr(tag, "role=\"presentation\""));
		if (str_starts(tag, "<td") && text) {
			assert_non_null(strstr(tag, say_dir));
			assert_non_null(strstr(tag, say_direction));
			assert_non_null(strstr(tag, say_align));
			assert_non_null(strstr(tag, say_text_align));
			assert_non_null(strstr(tag, "letter-spacing:0"));
			assert_non_null(
			    strstr(tag, "mso-line-height-rule:exactly"));
			/* Not beside a direction: it draws a line. */
			assert_null(strstr(tag, "px 24px"));
		}
		if (str_starts(tag, "<a "))
			assert_null(strstr(tag, "dir="));
		free(tag);
	}
	assert_int_equal(count(html, "<h1"), 1);
	assert_int_equal(count(html, "<style>"), 4); /* one for mso alone */
	assert_int_equal(count(html, "<table"), count(html, "</table"));
	assert_int_equal(count(html, "<td"), count(html, "</td"));
	assert_int_equal(count(html, "<p"), count(html, "</p>"));
	assert_int_equal(count(html, "<span"), count(html, "</span>"));
}

static void
test_shipped_mails(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARCHIVE; i++) {
		const struct shipped *one = &shipped[i];
		char *ar, *en;

		if (!str_ends(one->file, ".html"))
			continue;
		ar = render_shipped(one, CONF_AR);
		en = render_shipped(one, CONF_EN);

		check_mail(ar, "rtl", "right");
		check_mail(en, "ltr", "left");
		free(ar);
		free(en);
	}
}

static void
test_shipped_digest(void **state)
{
	static const char *const html[] = {
	    "<html lang=\"ar\" dir=\"rtl\"",
	    ">وصلتك ٣ مقالات جديدة<",
	    "الأربعاء ٢٢ / يناير / ٢٠٢٥",
	    "href=\"https://example.org/leave/abc\"",
	    "<span dir=\"rtl\">لغة <span dir=\"ltr\">C++</span> و&lt;script",
	    "script&gt;</span></a></h2>",
	    "<span dir=\"ltr\">Sara A.</span>",
	    ";\"><span dir=\"ltr\">The end</span></h2>",
	    "دمشق",
	    "لأنك اشتركت",
	    "aria-label=\"موضوع &quot;النشرة&quot;\"",
	};
	static const char text[] =
	    "وصلتك ٣ مقالات جديدة\n\n"
	    "نشرة <الأسبوع>\n"
	    "الأربعاء ٢٢ / يناير / ٢٠٢٥ · العدد ١٬٢٣٤\n\n"
	    "* لغة C++ و<script>\n"
	    "Sara A.\n"
	    "الأربعاء ٢٢ / يناير / ٢٠٢٥\n\n"
	    "انتهاء الجولة \"العشرون\" في 2023 & ما بعدها\n\n"
	    "https://example.org/%D9%85%D9%82%D8%A7%D9%84?a=1&b=%222%22\n\n\n"
	    "* The end\n\n\n"
	    "* 123\n"
	    "كاتبة\n"
	    "الأربعاء ٢٢ / يناير / ٢٠٢٥\n\n"
	    "نص\n\n"
	    "http://example.org/3\n\n\n"
	    "١٢ مقالًا آخر في هذا العدد\n"
	    "https://example.org/all\n\n"
	    "-- \n"
	    "لأنك اشتركت\n\n"
	    "عرض في المتصفح\n"
	    "https://example.org/archive/weekly/1234\n\n"
	    "إلغاء الاشتراك\n"
	    "https://example.org/leave/abc\n\n"
	    "الموسوعة\n"
	    "https://example.org\n\n"
	    "دمشق\n";
	char *got = render_shipped(&shipped[0], CONF_AR);

	(void)state;
	for (size_t i = 0; i < COUNT(html); i++) {
		if (strstr(got, html[i]) == NULL)
			fail_msg("not in the digest: %s", html[i]);
	}
	assert_true(str_starts(got, "<!doctype html>\n"));
	assert_int_equal(count(got, "<h2"), 3);
	free(got);
	got = render_shipped(&shipped[1], CONF_AR);
	assert_string_equal(got, text);
	free(got);
}

static void
must_have(const char *got, const char *const *wanted, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strstr(got, wanted[i]) == NULL)
			fail_msg("'%s' is not in:\n%s", wanted[i], got);
	}
	assert_null(strstr(got, " style=\""));
	assert_null(strstr(got, "<script"));
	assert_non_null(strstr(got, "<style nonce=\"n0nce\">"));
}

static void
test_shipped_archive(void **state)
{
	static const char *const index[] = {
	    "<link rel=\"canonical\" "
	    "href=\"https://example.org/archive/weekly\">",
	    "<svg class=\"band\" fill=\"#0a7d5A\"",
	    "src=\"https://img.example/logo.png\" alt=\"الموسوعة\" "
	    "width=\"160\"",
	    ">٢٠٢٥</h2>",
	    ">٢٠٢٤</h2>",
	    "<a href=\"/archive/weekly/8\"><span dir=\"rtl\">لغة <span "
	    "dir=\"ltr\">C++</span> و&lt;script",
	    "العدد ٨ · الأربعاء ٢٢ / يناير / ٢٠٢٥ · ١١ مقالًا",
	    "<a href=\"/archive/weekly/7\">العدد ٧</a>",
	    "· لا مقالات</span>",
	    "<a href=\"/archive/weekly/6\">أعداد أقدم</a>",
	    "<a href=\"/subscribe/weekly\">اشتراك</a>",
	};
	static const char *const sheet[] = {
	    "<title>نشرة &lt;الأسبوع&gt; · العدد ١٬٢٣٤ · الموسوعة</title>",
	    "<meta name=\"description\" content=\"لغة C++ · The "
	    "&quot;end&quot;\">",
	    "<meta property=\"og:image\" "
	    "content=\"https://img.example/1.jpg\">",
	    "<link rel=\"prev\" href=\"/archive/weekly/1233\">",
	    "<svg class=\"band\" viewBox",
	    ">الموسوعة</span></a></p>",
	    "العدد ١٬٢٣٤ · الأربعاء ٢٢ / يناير / ٢٠٢٥ · ٥ مقالات",
	    "<div class=\"body\" dir=\"rtl\">\n<p dir=\"rtl\">انتهاء "
	    "<strong>الجولة</strong></p>\n</div>",
	    "<p dir=\"ltr\"><span dir=\"ltr\">Some &lt;words&gt;</span></p>",
	    "<p class=\"more\">٣ مقالات أخرى في هذا العدد</p>",
	    "<a href=\"/archive/weekly/1233\" rel=\"prev\">العدد السابق</a>",
	    "<a href=\"/archive/weekly\">كل الأعداد</a>",
	};
	char *got = render_shipped(&shipped[ARCHIVE], CONF_AR);

	(void)state;
	must_have(got, index, COUNT(index));
	assert_int_equal(count(got, "<ul>"), 2);
	assert_int_equal(count(got, "class=\"issue\""), 3);
	free(got);
	got = render_shipped(&shipped[ISSUE], CONF_AR);
	must_have(got, sheet, COUNT(sheet));
	assert_int_equal(count(got, "<article>"), 2);
	assert_int_equal(count(got, "rel=\"next\""), 0);
	assert_int_equal(count(got, "انتهاء"), 1);
	free(got);
}

static void
test_shipped_page(void **state)
{
	static const struct template_value failed[] = {
	    BOOL("is_error", 1), TEXT("error", "عنوان غير صحيح"), END};
	struct template_value given[COUNT(page)];
	const struct template_dirs dirs = {
	    .own = "", .shipped = SHIPPED, .language = CONF_AR};
	struct template *template = NULL;
	struct err err = ERR_INIT;
	char *got = render_shipped(&shipped[PAGE], CONF_AR);

	(void)state;
	assert_non_null(strstr(got, "<form method=\"post\" action=\""
				    "/subscribe/weekly\" novalidate>"));
	assert_non_null(strstr(got, "type=\"email\" dir=\"ltr\" "
				    "value=\"a&quot;&gt;&lt;script&gt;"));
	assert_non_null(strstr(got, "<style nonce=\"n0nce\">"));
	assert_non_null(strstr(
	    got, "<option value=\"week\" selected=\"selected\">أسبوعيًا"));
	assert_int_equal(count(got, "<ul>"), 1);
	assert_int_equal(count(got, "<select"), 1);
	assert_int_equal(count(got, "<button"), 1);
	assert_null(strstr(got, "role=\"alert\""));
	assert_null(strstr(got, " style=\""));
	assert_null(strstr(got, "<script"));
	free(got);
	memcpy(given, page, sizeof(page));
	for (size_t i = 0; given[i].name != NULL; i++) {
		for (size_t j = 0; failed[j].name != NULL; j++) {
			if (str_eq(given[i].name, failed[j].name))
				given[i] = failed[j];
		}
	}
	assert_int_equal(
	    template_load(&template, &dirs, "page.html", TEMPLATE_PAGE, &err),
	    0);
	got = run(template, given, CONF_AR, &err);
	assert_non_null(got);
	assert_non_null(strstr(got, "role=\"alert\"><p><a href=\"#email\">"));
	assert_non_null(strstr(got, "aria-describedby=\"email-example "
				    "email-error\" aria-invalid=\"true\">"));
	free(got);
	template_free(template);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shipped),
	    cmocka_unit_test(test_shipped_mails),
	    cmocka_unit_test(test_shipped_digest),
	    cmocka_unit_test(test_shipped_archive),
	    cmocka_unit_test(test_shipped_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
