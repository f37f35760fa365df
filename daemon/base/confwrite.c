/* SPDX-License-Identifier: ISC */
#include "base/confwrite.h"

/* What a first settings file shows where there is no default to show. */
static const struct {
	const char *section, *name, *text;
	bool live; /* set, not commented out */
} samples[] = {
    {"", "site_name", "نشرة", true},
    {"", "base_url", "http://127.0.0.1:8025", true},
    {"", "secrets", "/var/lib/nashra/secrets", false},
    {"mail", "from", "نشرة <news@example.org>", false},
    {"mail", "bounce", "bounce@example.org", false},
    {"mail", "admin", "admin@example.org", false},
    {"dkim", "domain", "example.org", false},
    {"dkim", "key_file", "keys/dkim.pem", false},
    {"relay", "url", "smtp://127.0.0.1:25", true},
    {"bounce_mailbox", "url", "imaps://mail.example.org", false},
};

static void
write_setting(struct str *out, const struct setting *row, bool comment)
{
	const char *indent = *row->section != '\0' ? "\t" : "";
	const char *text = row->fallback;
	bool bare = row->kind == NUMBER || row->kind == WORD;
	const char *quote = bare ? "" : "\"";
	bool live = false;

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		if (str_eq(samples[i].section, row->section) &&
		    str_eq(samples[i].name, row->name)) {
			text = samples[i].text;
			live = samples[i].live;
		}
	}
	str_addf(out, "%s%s# %s\n", comment ? "#" : "", indent, row->help);
	str_addf(out, "%s%s%s%s = ", comment ? "#" : "", indent,
	    live || comment ? "" : "#", row->name);
	if (row->kind == ITEMS && *text == '\0') {
		str_add(out, "{}\n");
	} else if (row->kind == ITEMS) {
		str_addf(out, "{\"%s\"}\n", text);
	} else {
		str_addf(out, "%s%s%s\n", quote, text, quote);
	}
}

static void
write_section(struct str *out, const struct conf_table *table,
    const struct section *section)
{
	const char *title = section->title;
	const char *mark = section->optional ? "#" : "";

	str_addf(out, "\n# %s.\n", section->help);
	if (*section->name != '\0') {
		str_addf(out, "%s%s %s%s%s{\n", mark, section->name,
		    title ? "\"" : "", title ? title : "", title ? "\" " : "");
	}
	for (size_t i = 0; i < table->setting_count; i++) {
		const struct setting *row = &table->settings[i];

		if (str_eq(row->section, section->name))
			write_setting(out, row, section->optional);
	}
	if (*section->name != '\0')
		str_addf(out, "%s}\n", mark);
}

void
confwrite(struct str *out, const struct conf_table *table)
{
	str_add(out,
	    "# Settings of nashra; nashra.conf(5) explains them.\n"
	    "# What is commented out shows the default or an example.\n");
	for (size_t i = 0; i < table->section_count; i++)
		write_section(out, table, &table->sections[i]);
}
