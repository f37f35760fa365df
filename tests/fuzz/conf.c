/* SPDX-License-Identifier: ISC */
/*
 * Whatever the settings file holds: either it is refused with its name and a
 * line or a reason, or every value is one that it can have.
 */
#define _GNU_SOURCE
#include "base/conf.h"

#include "base/codec.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
hold(bool promise)
{
	if (!promise)
		abort();
}

static void
hold_text(const char *text)
{
	hold(text != NULL && codec_utf8_ok(text, strlen(text)));
	for (; *text != '\0'; text++)
		hold((unsigned char)*text >= ' ' && *text != 0x7f);
}

static void
hold_conf(const struct conf *conf)
{
	hold_text(conf->site_name);
	hold_text(conf->base_url);
	hold(!str_ends(conf->base_url, "/"));
	hold(conf->base_url[0] == '\0' ||
	     str_starts(conf->base_url, "https://") ||
	     str_starts(conf->base_url, "http://127.") ||
	     str_starts_ci(conf->base_url, "http://localhost") ||
	     str_starts(conf->base_url, "http://[::1]"));
	hold(conf->language == CONF_AR || conf->language == CONF_EN);
	hold(*conf->database == '/' || *conf->database == '\0');
	hold_text(conf->secrets);
	hold(conf->senders >= 1 && conf->senders <= 64);
	hold(conf->web.trusted_proxies.count <= CONF_ITEMS);
	for (size_t i = 0; i < conf->web.trusted_proxies.count; i++)
		hold_text(conf->web.trusted_proxies.item[i]);
	hold_text(conf->mail.from);
	hold_text(conf->mail.bounce);
	hold(conf->relays <= CONF_RELAYS && conf->domains <= CONF_DOMAINS);
	for (size_t i = 0; i < conf->relays; i++) {
		const struct conf_relay *relay = &conf->relay[i];

		hold_text(relay->name);
		hold(str_starts(relay->url, "smtp://") ||
		     str_starts(relay->url, "smtps://"));
		hold(relay->connections >= 1 && relay->connections <= 1000);
		hold(relay->rate >= 0 && relay->rate <= 1000000);
		hold(relay->weight >= 1 && relay->weight <= 1000);
		hold(relay->tls <= CONF_TLS_NONE);
	}
	for (size_t i = 0; i < conf->domains; i++) {
		hold(conf->domain[i].connections >= 1 &&
		     conf->domain[i].name[0] != '\0');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[32];
	struct err err = ERR_INIT;
	struct conf *conf = NULL;

	if (fd < 0) {
		fd = memfd_create("conf", MFD_CLOEXEC);
		hold(fd >= 0 && fchmod(fd, 0600) == 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	hold(ftruncate(fd, 0) == 0);
	hold(pwrite(fd, data, size, 0) == (ssize_t)size);
	if (conf_load(&conf, path, &err) == 0) {
		hold(err.code == ERR_NONE);
		hold_conf(conf);
		conf_free(conf);
	} else {
		hold(err.code == ERR_CONFIG && conf == NULL);
		hold(str_starts(err.msg, path) && err.msg[strlen(path)] == ':');
		/* What is quoted in it may be cut, and is clean all the same.
		 */
		for (const char *at = err.msg; *at != '\0'; at++)
			hold((unsigned char)*at >= ' ' || *at == '\t');
	}
	return 0;
}
