/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "mail/template_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define REST         "{{unsubscribe_url}}{{postal_address}}"
#define FILES        4
#define NOBODY       ":1:1: nothing uses a file of this name: "

struct file {
	const char *path; /* a '/' at its end makes a folder of it */
	const char *text; /* "-> path" makes a link, NULL a pipe */
};

/* What is wrong in a folder of files: each finding on a line, paths as they
 * are in the folder. */
static const struct {
	struct file files[FILES];
	const char *want;
} cases[] = {
    {{{"ar/digest-x.html", REST}, {"ar/digest-x.txt", REST}}, ""},
    {{{"digest-x.html", REST}, {"digest-x.txt", REST}}, ""},
    {{{"en/part.txt", "x"}}, ""},
    {{{"en/page.html", "{{oops}}"}, {"ar/page.html", "\n{{oups}}"}},
	"ar/page.html:2:1: unknown name 'oups': nashra-templates(7) has those "
	"of kind 'page'\n"
	"en/page.html:1:1: unknown name 'oops': nashra-templates(7) has those "
	"of kind 'page'\n"},
    /* both parts, under either name of the look that lists get by default */
    {{{"ar/digest.html", REST}},
	"ar/digest.html:1:1: its text part is missing: write 'digest.txt' "
	"beside it\n"},
    {{{"ar/digest.html", REST}, {"ar/digest-classic.txt", REST}}, ""},
    {{{"ar/digest-classic.html", REST}, {"ar/digest.txt", REST}}, ""},
    {{{"ar/digest-brief.html", REST}, {"ar/digest.txt", REST}},
	"ar/digest-brief.html:1:1: its text part is missing: write "
	"'digest-brief.txt' beside it\n"},
    {{{"ar/subject.txt", "{{t:issue}}"}}, ""},
    /* a partial that a shipped digest uses is checked with its names */
    {{{"ar/article-meta.html", "\n {{titel}}"}},
	"ar/article-meta.html:2:2: unknown name 'titel': did you mean "
	"'title'?\n"},
    {{{"ar/article.txt", "{{titel}}"}},
	"ar/article.txt:1:1: unknown name 'titel': did you mean 'title'?\n"},
    {{{"ar/mail-foot.html", "{{postal_address}}"}},
	""}, /* what lacks then is not in our file */
    {{{"ar/nobodys.html", "{{titel|date}}{{titel|x}}"}},
	"ar/nobodys.html:1:15: unknown filter 'x': there are number, date, "
	"plural, dir, iso and excerpt\n"},
    /* names that nearly are one */
    {{{"ar/digets-x.html", "x"}},
	"ar/digets-x.html" NOBODY "did you mean 'digest-x.html'?\n"},
    {{{"ar/welcom.txt", "x"}},
	"ar/welcom.txt" NOBODY "did you mean 'welcome.txt'?\n"},
    {{{"ar/confirm-2.html", "x"}},
	"ar/confirm-2.html" NOBODY "did you mean 'confirm.html'?\n"},
    {{{"ar/subject.html", "x"}},
	"ar/subject.html" NOBODY "call it 'subject.txt'\n"},
    {{{"ar/page.txt", "x"}}, "ar/page.txt" NOBODY "call it 'page.html'\n"},
    {{{"ar/README.txt", "x"}, {"ar/part.html", "x"}}, ""},
    {{{"ar/page.html", "x"}, {"page.html", "x"}},
	"page.html" NOBODY "it has to be in the folder of a language, 'ar' or "
	"'en'\n"},
    /* the catalogue, alone or beside others; what it lacks is said once */
    {{{"ar/messages", "x = y"}, {"ar/page.html", "{{t:no}}{{oops}}"}},
	"ar/messages:1:1: no message is called 'x', so nothing says it: take "
	"the line out\n..."
	"ar/page.html:1:1: no sentence 'no' in messages\n"
	"ar/page.html:1:9: unknown name 'oops': nashra-templates(7) has those "
	"of kind 'page'\n"},
    {{{"messages", "a\x01"}}, "messages:1:2: control character 0x01; take it "
			      "out\n"},
    /* what is no file, or not to be read */
    {{{"ar/page.html", NULL}},
	"ar/page.html:1:1: not a file of text: take it away\n"},
    {{{"ar/page.html/", ""}},
	"ar/page.html:1:1: not a file of text: take it away\n"},
    {{{"ar/page.html", "-> /dev/zero"}},
	"ar/page.html:1:1: not a file of text: take it away\n"},
    {{{"ar/page.html", "-> page.html"}},
	"ar/page.html:1:1: template '@/ar/page.html': Too many levels of "
	"symbolic links\n"},
    {{{"ar/page.html", "-> ../nowhere"}},
	"ar/page.html:1:1: template '@/ar/page.html': No such file or "
	"directory\n"},
    {{{"ar/messages", "-> nowhere"}},
	"ar/messages:1:1: template '@/ar/messages': No such file or "
	"directory\n"},
    {{{"ar/page.html", "-> ../real.txt"}, {"ar/../real.txt", "{{oops}}"}},
	"ar/page.html:1:1: unknown name 'oops': nashra-templates(7) has those "
	"of kind 'page'\n"
	"real.txt" NOBODY "it has to be in the folder of a language, 'ar' or "
	"'en'\n"},
    {{{"ar/page.html", "{{>p}}"}, {"ar/p.html", NULL}},
	"ar/p.html:1:1: not a file of text: take it away\n"},
    /* not templates, and no mistakes */
    {{{"ar/.page.html", "{{"}, {"ar/page.html~", "{{"}, {"ar/page.html", "x"}},
	""},
};

static void
make(const char *top, const struct file *file)
{
	size_t n = strlen(file->path);
	char path[256];
	FILE *to;

	(void)snprintf(path, sizeof(path), "%s/ar", top);
	if (str_starts(file->path, "ar/"))
		(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/en", top);
	if (str_starts(file->path, "en/"))
		(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/%s", top, file->path);
	if (file->text == NULL) {
		assert_int_equal(mkfifo(path, 0600), 0);
		return;
	}
	if (file->path[n - 1] == '/') {
		assert_int_equal(mkdir(path, 0700), 0);
		return;
	}
	if (str_starts(file->text, "-> ")) {
		assert_int_equal(symlink(file->text + strlen("-> "), path), 0);
		return;
	}
	to = fopen(path, "w");
	assert_non_null(to);
	assert_true(fputs(file->text, to) >= 0);
	assert_int_equal(fclose(to), 0);
}

static void
take_away(char *top)
{
	char *const paths[] = {top, NULL};
	FTS *all = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *entry;

	assert_non_null(all);
	while ((entry = fts_read(all)) != NULL) {
		if (entry->fts_info != FTS_D)
			assert_int_equal(remove(entry->fts_path), 0);
	}
	assert_int_equal(fts_close(all), 0);
}

struct heard {
	const char *top;
	struct str all;
};

/* The path of the folder is '@' in what is said. */
static void
hear(const struct template_finding *finding, void *arg)
{
	struct heard *heard = arg;
	size_t n = strlen(heard->top);
	const char *what = finding->what;
	const char *at = strstr(what, heard->top);

	assert_true(str_starts(finding->file, heard->top));
	str_addf(&heard->all, "%s:%u:%u: ", finding->file + n + 1,
	    finding->line, finding->column);
	if (at != NULL) {
		str_add_bytes(&heard->all, what, (size_t)(at - what));
		str_add(&heard->all, "@");
		what = at + n;
	}
	str_addf(&heard->all, "%s\n", what);
}

/* "..." stands for lines in between. */
static void
compare(const char *got, const char *want)
{
	const char *gap = strstr(want, "...");
	size_t n = gap != NULL ? (size_t)(gap - want) : 0;

	if (gap == NULL) {
		assert_string_equal(got, want);
		return;
	}
	assert_memory_equal(got, want, n);
	assert_true(str_ends(got, gap + strlen("...")));
}

static void
findings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char top[] = "/tmp/folder-XXXXXX";
		struct heard heard = {.top = top};
		struct err err = ERR_INIT;
		size_t files = 99;

		assert_non_null(mkdtemp(top));
		str_init(&heard.all, 1 << 16);
		for (size_t k = 0; k < FILES; k++) {
			if (cases[i].files[k].path != NULL)
				make(top, &cases[i].files[k]);
		}
		if (template_folder_check(
			top, "templates", hear, &heard, &files, &err) != 0)
			fail_msg("case %zu: %s", i, err.msg);
		compare(heard.all.data, cases[i].want);
		str_release(&heard.all);
		take_away(top);
	}
}

/* How many there are, and where there are none. */
static void
counts(void **state)
{
	char top[] = "/tmp/folder-XXXXXX";
	struct heard heard = {.top = top};
	struct err err = ERR_INIT;
	size_t files = 99;

	(void)state;
	assert_non_null(mkdtemp(top));
	str_init(&heard.all, 1 << 16);
	assert_int_equal(
	    template_folder_check(top, "templates", hear, &heard, &files, &err),
	    -1);
	assert_int_equal(err.code, ERR_NOTFOUND);
	assert_non_null(strstr(err.msg, "nor in its folders 'ar' and 'en'"));
	make(top, &(struct file){"ar/page.html", "x"});
	make(top, &(struct file){"en/page.html", "x"});
	/* a '/' at the end, and none of ours installed */
	str_add(&heard.all, top);
	str_add(&heard.all, "//");
	assert_int_equal(template_folder_check(heard.all.data, "/nowhere", hear,
			     &heard, &files, &err),
	    0);
	assert_int_equal(files, 2);
	assert_string_equal(heard.all.data + strlen(top), "//");
	make(top, &(struct file){"page", "x"});
	str_add(&heard.all, "page");
	assert_int_equal(template_folder_check(heard.all.data, "/nowhere", hear,
			     &heard, &files, &err),
	    -1);
	assert_int_equal(err.code, ERR_NOTFOUND);
	assert_non_null(strstr(err.msg, "page' is no folder: "));
	take_away(top);
	str_release(&heard.all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(findings),
	    cmocka_unit_test(counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
