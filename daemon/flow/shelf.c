/* SPDX-License-Identifier: ISC */
#include "flow/shelf.h"

#include "base/str.h"
#include "model/list_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LANGUAGES 2
#define FILE_SIZE (LIST_TEMPLATE_SIZE + 32)

struct look {
	struct look *next;
	enum conf_language language;
	char name[LIST_TEMPLATE_SIZE];
	struct shelf_digest digest;
};

struct shelf {
	const struct conf *conf;
	struct shelf_words *words[LANGUAGES];
	struct look *looks;
};

static struct template_dirs
dirs_of(const struct shelf *shelf, enum conf_language language)
{
	struct template_dirs dirs = template_dirs_of(shelf->conf);

	dirs.language = language;
	return dirs;
}

int
shelf_new(struct shelf **out, const struct conf *conf, struct err *err)
{
	struct shelf *shelf = calloc(1, sizeof(*shelf));

	if (shelf == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	shelf->conf = conf;
	*out = shelf;
	return 0;
}

static void
free_words(struct shelf_words *words)
{
	if (words == NULL)
		return;
	for (size_t i = 0; i < SHELF_MAILS; i++) {
		template_free(words->mails[i].html);
		template_free(words->mails[i].text);
	}
	message_free(words->messages);
	free(words);
}

static void
free_look(struct look *look)
{
	template_free(look->digest.html);
	template_free(look->digest.text);
	template_free(look->digest.subject);
	template_free(look->digest.preheader);
	free(look);
}

void
shelf_free(struct shelf *shelf)
{
	struct look *next;

	if (shelf == NULL)
		return;
	for (size_t i = 0; i < LANGUAGES; i++)
		free_words(shelf->words[i]);
	for (struct look *look = shelf->looks; look != NULL; look = next) {
		next = look->next;
		free_look(look);
	}
	free(shelf);
}

/* Their files, by name. */
static const struct {
	const char *html, *text;
	enum template_kind kind;
} mails[SHELF_MAILS] = {
    [SHELF_CONFIRM] = {"confirm.html", "confirm.txt", TEMPLATE_CONFIRM},
    [SHELF_WELCOME] = {"welcome.html", "welcome.txt", TEMPLATE_WELCOME},
    [SHELF_GOODBYE] = {"goodbye.html", "goodbye.txt", TEMPLATE_GOODBYE},
    [SHELF_NOTICE] = {"notice.html", "notice.txt", TEMPLATE_NOTICE},
};

static int
load_words(struct shelf_words *words, const struct template_dirs *dirs,
    struct err *err)
{
	if (template_messages(&words->messages, dirs, err) != 0)
		return -1;
	for (size_t i = 0; i < SHELF_MAILS; i++) {
		struct shelf_parts *parts = &words->mails[i];

		if (template_load(&parts->html, dirs, mails[i].html,
			mails[i].kind, err) != 0 ||
		    template_load(&parts->text, dirs, mails[i].text,
			mails[i].kind, err) != 0)
			return -1;
	}
	return 0;
}

int
shelf_words(struct shelf *shelf, enum conf_language language,
    const struct shelf_words **out, struct err *err)
{
	const struct template_dirs dirs = dirs_of(shelf, language);
	struct shelf_words *words = shelf->words[language];

	if (words == NULL) {
		words = calloc(1, sizeof(*words));
		if (words == NULL)
			return err_set(err, ERR_SYSTEM, "out of memory");
		if (load_words(words, &dirs, err) != 0) {
			free_words(words);
			return -1;
		}
		shelf->words[language] = words;
	}
	*out = words;
	return 0;
}

/* The parts of a look: what its files are called. */
struct part {
	const char *base, *ending;
	enum template_kind kind;
	bool shared; /* without a name where there is none with it */
};

enum { HTML, TEXT, SUBJECT, PREHEADER, PARTS };
static const struct part parts[PARTS] = {
    [HTML] = {"digest", ".html", TEMPLATE_DIGEST, false},
    [TEXT] = {"digest", ".txt", TEMPLATE_DIGEST, false},
    [SUBJECT] = {"subject", ".txt", TEMPLATE_SUBJECT, true},
    [PREHEADER] = {"preheader", ".txt", TEMPLATE_PREHEADER, true},
};

static int
load_part(struct template **out, const char *name, const struct part *part,
    const struct template_dirs *dirs, struct err *err)
{
	bool shared = part->shared || str_eq(name, SHELF_DEFAULT);
	char named[FILE_SIZE], plain[FILE_SIZE];
	const char *const files[] = {named, shared ? plain : NULL, NULL};
	const char *file;

	(void)snprintf(
	    named, sizeof(named), "%s-%s%s", part->base, name, part->ending);
	(void)snprintf(plain, sizeof(plain), "%s%s", part->base, part->ending);
	file = template_find(dirs, files);
	return template_load(
	    out, dirs, file != NULL ? file : named, part->kind, err);
}

static struct look *
find_look(struct shelf *shelf, enum conf_language language, const char *name)
{
	struct look *look = shelf->looks;

	while (look != NULL &&
	       (look->language != language || !str_eq(look->name, name)))
		look = look->next;
	return look;
}

static struct look *
load_look(struct shelf *shelf, enum conf_language language, const char *name,
    struct err *err)
{
	const struct template_dirs dirs = dirs_of(shelf, language);
	struct look *look = calloc(1, sizeof(*look));

	if (look == NULL) {
		(void)err_set(err, ERR_SYSTEM, "out of memory");
		return NULL;
	}
	look->language = language;
	str_cut(look->name, sizeof(look->name), name);
	struct template **const to[PARTS] = {[HTML] = &look->digest.html,
	    [TEXT] = &look->digest.text,
	    [SUBJECT] = &look->digest.subject,
	    [PREHEADER] = &look->digest.preheader};

	for (size_t i = 0; i < PARTS; i++) {
		if (load_part(to[i], look->name, &parts[i], &dirs, err) != 0) {
			free_look(look);
			return NULL;
		}
	}
	look->next = shelf->looks;
	shelf->looks = look;
	return look;
}

int
shelf_digest(struct shelf *shelf, enum conf_language language, const char *name,
    const struct shelf_digest **out, struct err *err)
{
	struct look *look;

	if (name[0] == '\0')
		name = SHELF_DEFAULT;
	look = find_look(shelf, language, name);
	if (look == NULL)
		look = load_look(shelf, language, name, err);
	if (look == NULL)
		return -1;
	*out = &look->digest;
	return 0;
}
