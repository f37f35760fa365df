/* SPDX-License-Identifier: ISC */
#include "mail/template_scope.h"

#include "base/str.h"

#include <string.h>

/* "a.b": none of its parts is empty; "." is the value of a section itself. */
static bool
well_formed(const char *name)
{
	size_t n = strlen(name);

	return str_eq(name, ".") ||
	       (name[0] != '.' && name[n - 1] != '.' &&
		   strstr(name, "..") == NULL && strchr(name, '@') == NULL);
}

static const struct template_name *
find_any(const struct template_scope *scope, struct template_spot spot,
    const char *name, struct err *err)
{
	const struct template_name *loop =
	    template_names_find(template_names_loop(), name);

	if (loop != NULL && scope->depth > 0)
		return loop;
	if (well_formed(name))
		return template_names_any();
	(void)template_source_fail(err, spot,
	    loop != NULL ? "no name '%s' outside of a list"
			 : "'%s' is no name: write one like a.b",
	    name);
	return NULL;
}

static const struct template_name *
find(const struct template_scope *scope, const char *name)
{
	const struct template_name *row = NULL;

	for (size_t i = scope->depth; row == NULL && i > 0; i--) {
		const struct template_name *names = scope->in[i - 1].names;

		if (names != NULL && name[0] == '@')
			names = template_names_loop();
		if (names != NULL)
			row = template_names_find(names, name);
	}
	return row != NULL ? row
			   : template_names_find(scope->kind->names, name);
}

/* The name that was meant, in any of the tables that can be seen. */
static const struct template_name *
meant(const struct template_scope *scope, const char *name)
{
	const struct template_name *row = NULL;

	for (size_t i = scope->depth; row == NULL && i > 0; i--) {
		if (scope->in[i - 1].names != NULL) {
			row = template_names_near(scope->in[i - 1].names, name);
		}
	}
	return row != NULL ? row
			   : template_names_near(scope->kind->names, name);
}

static void
unknown_loop(struct template_spot spot, const char *name, struct err *err)
{
	(void)template_source_fail(err, spot,
	    template_names_find(template_names_loop(), name) != NULL
		? "no name '%s' outside of a list"
		: "unknown name '%s': a list has @first, @last and @index",
	    name);
}

/* The list whose items have a name. */
static const struct template_name *
list_with(const struct template_name *names, const char *name)
{
	for (; names->name != NULL; names++) {
		if (names->type == TEMPLATE_TYPE_LIST &&
		    template_names_find(names->fields, name) != NULL)
			return names;
	}
	return NULL;
}

/* "list", where "list.title" is meant; "articles.title", where that is a name
 * of the items. */
static const struct template_name *
other_part(const struct template_name *names, const char *name)
{
	size_t n = strcspn(name, ".");

	for (; names->name != NULL; names++) {
		bool head = strcspn(names->name, ".") == n &&
			    memcmp(names->name, name, n) == 0;

		if (head && names->type == TEMPLATE_TYPE_LIST)
			return names;
		if (head && name[n] == '\0')
			return names;
	}
	return NULL;
}

/* Habits of other languages, and names in the wrong place. False: it is none
 * of them. */
static bool
misplaced(const struct template_scope *scope, struct template_spot spot,
    const char *name, struct err *err)
{
	const struct template_name *names = scope->kind->names;
	const struct template_name *list = list_with(names, name);
	const struct template_name *part = other_part(names, name);

	if (str_eq(name, "else")) {
		(void)template_source_fail(err, spot,
		    "unknown name 'else': close the section and open the other "
		    "one, {{/name}}{{^name}}");
	} else if (list != NULL) {
		(void)template_source_fail(err, spot,
		    "unknown name '%s' here: it belongs inside of {{#%s}}",
		    name, list->name);
	} else if (part != NULL && part->type == TEMPLATE_TYPE_LIST) {
		(void)template_source_fail(err, spot,
		    "unknown name '%s': '%s' is a list, write "
		    "{{#%s}}{{%s}}{{/%s}}",
		    name, part->name, part->name, name + strcspn(name, ".") + 1,
		    part->name);
	} else if (part != NULL) {
		(void)template_source_fail(err, spot,
		    "unknown name '%s': did you mean '%s'?", name, part->name);
	} else {
		return false;
	}
	return true;
}

static void
unknown(const struct template_scope *scope, struct template_spot spot,
    const char *name, struct err *err)
{
	const struct template_name *near;

	if (name[0] == '@') {
		unknown_loop(spot, name, err);
		return;
	}
	if (misplaced(scope, spot, name, err))
		return;
	near = meant(scope, name);
	if (near != NULL) {
		(void)template_source_fail(err, spot,
		    "unknown name '%s': did you mean '%s'?", name, near->name);
		return;
	}
	(void)template_source_fail(err, spot,
	    "unknown name '%s': nashra-templates(7) has those of kind '%s'",
	    name, scope->kind->name);
}

const struct template_name *
template_scope_find(const struct template_scope *scope,
    struct template_spot spot, const char *name, struct err *err)
{
	const struct template_name *row;

	if (scope->kind->names == NULL)
		return find_any(scope, spot, name, err);
	row = find(scope, name);
	for (size_t i = 0; row == NULL && i < scope->depth; i++) {
		if (scope->in[i].blind)
			row = template_names_any();
	}
	if (row == NULL)
		unknown(scope, spot, name, err);
	return row;
}

int
template_scope_type(enum template_type *out, const struct template_name *name,
    const struct template_expression *expression, enum template_mode mode,
    struct template_spot spot, struct err *err)
{
	enum template_type type = name->type;

	for (size_t i = 0; i < expression->filters; i++) {
		const struct template_filter *filter =
		    expression->calls[i].filter;

		if (type != filter->from && type != TEMPLATE_TYPE_ANY) {
			return template_source_fail(err, spot,
			    "filter '%s' does not go with '%s': it takes %s, "
			    "and this is %s",
			    filter->name, expression->name,
			    template_names_type(filter->from),
			    template_names_type(type));
		}
		type = template_filter_to(filter, mode);
	}
	if (type == TEMPLATE_TYPE_BOOL || type == TEMPLATE_TYPE_LIST) {
		return template_source_fail(err, spot,
		    "'%s' cannot be printed, only be a section: {{#%s}}",
		    expression->name, expression->name);
	}
	if (type == TEMPLATE_TYPE_DATE) {
		return template_source_fail(err, spot,
		    "'%s' needs the filter 'date': {{%s|date}}",
		    expression->name, expression->name);
	}
	*out = type;
	return 0;
}
