/* SPDX-License-Identifier: ISC */
#include "cli.h"
#include "flow/setup.h"

#include <stdio.h>
#include <string.h>

#define TXT_STRING 255

/* As a zone file has it: a string of a TXT record holds 255 octets at most,
 * and several are read as one (RFC 7208 3.3). */
static void
print_zone_line(const char *name, const char *value)
{
	printf("%s. IN TXT (", name);
	for (size_t at = 0; at < strlen(value); at += TXT_STRING)
		printf(" \"%.*s\"", TXT_STRING, value + at);
	puts(" )");
}

static int
print_record(struct cli *cli, const char *made, struct err *err)
{
	struct str name, value;
	int rc;

	str_init(&name, 512);
	str_init(&value, 4096);
	rc = setup_dns(cli->conf, &name, &value, err);
	if (rc == 0 && cli->json) {
		struct doc *doc = doc_object();

		doc_text(doc, "key_file", cli->conf->dkim.key_file);
		doc_text(doc, "name", name.data);
		doc_text(doc, "type", "TXT");
		doc_text(doc, "value", value.data);
		doc_print(doc);
		doc_free(doc);
	} else if (rc == 0) {
		if (made != NULL)
			printf("wrote %s; publish this record:\n", made);
		print_zone_line(name.data, value.data);
	}
	str_release(&name);
	str_release(&value);
	return rc;
}

static int
run_new(struct cli *cli, struct err *err)
{
	int made = setup_key(cli->conf, err);

	if (made < 0)
		return -1;
	if (made == 0) {
		return err_set(err, ERR_INPUT,
		    "there is a key in '%s' already: move it away first",
		    cli->conf->dkim.key_file);
	}
	return print_record(cli, cli->conf->dkim.key_file, err);
}

static int
run_dns(struct cli *cli, struct err *err)
{
	return print_record(cli, NULL, err);
}

/* clang-format off */
const struct command cmd_dkim[] = {
	{"dkim new", "", "make a signing key where there is none", run_new,
	    CLI_CONF, 0, 0, {NULL}},
	{"dkim dns", "", "print the DNS record of the signing key", run_dns,
	    CLI_CONF, 0, 0, {NULL}},
	{.name = NULL},
};
/* clang-format on */
