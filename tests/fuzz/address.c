/* SPDX-License-Identifier: ISC */
/* What mail/address takes can break neither a header nor the SMTP dialogue,
 * and does not change when it is parsed again. */
#include "mail/address.h"

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
check(const struct address *address)
{
	struct err err = ERR_INIT;
	struct address again;

	for (const char *p = address->wire; *p != '\0'; p++) {
		must(*p > ' ' && *p <= '~' &&
		     strchr("\"<>(),:;[]\\", *p) == NULL);
	}
	must(strlen(address->wire) <= 254);
	must(strchr(address->wire, '@') == strrchr(address->wire, '@'));
	must(strchr(address->wire, '@') - address->wire <= 64);
	must(strchr(address_domain(address->wire), '.') != NULL);
	must(str_eq_ci(address->wire, address->key));
	must(strpbrk(address->key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL);
	must(strpbrk(address->shown, " \r\n\t\"<>") == NULL);
	must(address_ok(address->wire) && address_ok(address->key));
	must(address_parse(&again, address->wire, &err) == 0);
	must(str_eq(again.wire, address->wire));
	must(str_eq(again.key, address->key));
	must(str_eq(again.shown, address->shown));
	must(address_parse(&again, address->shown, &err) == 0);
	must(str_eq(again.wire, address->wire));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	struct address address;
	struct mailbox box;
	char *typed = malloc(size + 1);

	must(typed != NULL);
	memcpy(typed, data, size);
	typed[size] = '\0';
	if (address_parse(&address, typed, &err) == 0) {
		check(&address);
	} else {
		must(err.code == ERR_INPUT && err.msg[0] != '\0');
	}
	if (address_parse_mailbox(&box, typed, &err) == 0) {
		check(&box.address);
		must(strpbrk(box.name, "\r\n\t\x7f") == NULL);
	}
	free(typed);
	return 0;
}
