/* SPDX-License-Identifier: ISC */
#include "mail/template_attribute.h"

#include "base/str.h"

#include <stddef.h>

enum kind { KIND_TEXT, KIND_URL, KIND_STYLE, KIND_NEVER };

/* Attributes that are more than text. Those that begin with "on" never take
 * a value either. */
static const struct {
	const char *name;
	enum kind kind;
} attributes[] = {
    {"href", KIND_URL},
    {"src", KIND_URL},
    {"action", KIND_URL},
    {"formaction", KIND_URL},
    {"cite", KIND_URL},
    {"poster", KIND_URL},
    {"background", KIND_URL},
    {"data", KIND_URL},
    {"longdesc", KIND_URL},
    {"lowsrc", KIND_URL},
    {"dynsrc", KIND_URL},
    {"usemap", KIND_URL},
    {"manifest", KIND_URL},
    {"ping", KIND_URL},
    {"profile", KIND_URL},
    {"xlink:href", KIND_URL},
    {"icon", KIND_URL},
    {"itemid", KIND_URL},
    {"datasrc", KIND_URL},
    {"style", KIND_STYLE},
    {"srcdoc", KIND_NEVER},
    {"srcset", KIND_NEVER},
    {"imagesrcset", KIND_NEVER},
    {"http-equiv", KIND_NEVER},
    {"codebase", KIND_NEVER},
    {"classid", KIND_NEVER},
    {"archive", KIND_NEVER},
    {"attributionsrc", KIND_NEVER},
    {"xml:base", KIND_NEVER},
    {"code", KIND_NEVER},
    {"rel", KIND_NEVER},
};

/* What these link to runs, or all other links rest on it. */
static const char *const loaders[] = {
    "script", "iframe", "frame", "embed", "object", "applet", "base", "portal"};

/* What a <link> may say of a place that it only names. */
static const char *const relations[] = {"alternate", "author", "canonical",
    "help", "icon", "license", "next", "prev", "search"};

static enum kind
kind_of(const char *name)
{
	if (str_starts(name, "on"))
		return KIND_NEVER;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++) {
		if (str_eq(attributes[i].name, name))
			return attributes[i].kind;
	}
	return KIND_TEXT;
}

static bool
among(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(words[i], word))
			return true;
	}
	return false;
}

static const char *
link_refuses(
    const struct template_attribute *attribute, enum template_type type)
{
	if (str_eq(attribute->tag, "link") &&
	    !among(relations, sizeof(relations) / sizeof(*relations),
		attribute->rel)) {
		return "in a <link> that may load a style: write "
		       "rel=\"canonical\", next, prev, alternate or icon "
		       "before it, or write it out";
	}
	if (among(
		loaders, sizeof(loaders) / sizeof(*loaders), attribute->tag)) {
		return "in a link of <script>, <iframe>, <base> or the like: "
		       "write it out";
	}
	if (type != TEMPLATE_TYPE_URL && type != TEMPLATE_TYPE_HOLE_URL &&
	    type != TEMPLATE_TYPE_ANY) {
		return "that is no url inside a link: use a name that holds a "
		       "url";
	}
	return attribute->fresh ? NULL
				: "after the start of a link: the value has to "
				  "be the whole link";
}

const char *
template_attribute_refuses(
    const struct template_attribute *attribute, enum template_type type)
{
	if (type == TEMPLATE_TYPE_HTML) {
		return "with tags inside an attribute: use it without the "
		       "filter, or between tags";
	}
	if (attribute->refresh && str_eq(attribute->name, "content")) {
		return "inside the content of an http-equiv: write it out";
	}
	if (str_eq(attribute->tag, "param") && str_eq(attribute->name, "value"))
		return "inside the value of a <param>: write it out";
	switch (kind_of(attribute->name)) {
	case KIND_STYLE:
		/* Digits and a '#' can end no declaration. */
		if (type == TEMPLATE_TYPE_COLOR || type == TEMPLATE_TYPE_NUMBER)
			return NULL;
		return "that is no color or number inside a style attribute: "
		       "write it out";
	case KIND_NEVER:
		return "inside an event or source-list attribute: write it "
		       "out";
	case KIND_URL: return link_refuses(attribute, type);
	case KIND_TEXT: break;
	}
	return NULL;
}

bool
template_attribute_link(const char *name)
{
	return kind_of(name) == KIND_URL;
}
