/* SPDX-License-Identifier: ISC */
#include "feed/transfer.h"

#include "base/clock.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECT_MS        15000L
#define SLOW_BYTES        50L /* a second, over SLOW_SECONDS: given up */
#define SLOW_SECONDS      20L
#define REQUEST_LINE_SIZE (FETCH_HEADER_SIZE + 32)

static const char accept_types[] =
    "application/rss+xml, application/atom+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5";

struct transfer {
	const struct transfer_rules *rules;
	CURL *easy;
	struct curl_slist *headers;
	int64_t deadline; /* clock_mono_ms() */
	int redirects;
	int encodings;  /* Content-Encoding, of this hop */
	bool in_header; /* behind its first line */
	bool too_long;
	char refused[CIDR_TEXT_SIZE];  /* the address that was, or "" */
	char trouble[CURL_ERROR_SIZE]; /* as libcurl says it */
	struct str body;
	struct fetch_reply reply;
};

/* Bytes after decompression, however few came over the wire. */
static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct transfer *transfer = arg;

	n *= size;
	if (n > transfer->rules->body_max - transfer->body.len) {
		transfer->too_long = true;
		return 0;
	}
	str_add_bytes(&transfer->body, bytes, n);
	return transfer->body.bad ? 0 : n;
}

static const char *
header_value(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (!str_starts_ci(line, name) || line[n] != ':')
		return NULL;
	line += n + 1;
	return line + strspn(line, " \t");
}

/* A stack of encodings is a bomb's way to grow in steps. */
static void
count_encodings(struct transfer *transfer, const char *value)
{
	transfer->encodings++;
	for (; *value != '\0'; value++)
		transfer->encodings += *value == ',';
}

static size_t
on_header(char *bytes, size_t size, size_t n, void *arg)
{
	struct transfer *transfer = arg;
	struct fetch_reply *reply = &transfer->reply;
	const struct {
		const char *name;
		char *value;
	} kept[] = {
	    {"Content-Type", reply->content_type},
	    {"ETag", reply->etag},
	    {"Last-Modified", reply->last_modified},
	};
	char line[FETCH_HEADER_SIZE * 2] = "";
	const char *value;
	size_t len = n *= size;
	bool whole;

	while (len > 0 && strchr(" \t\r\n", bytes[len - 1]) != NULL)
		len--;
	whole = len < sizeof(line) && memchr(bytes, '\0', len) == NULL;
	memcpy(line, bytes, len < sizeof(line) ? len : sizeof(line) - 1);
	if (!transfer->in_header && str_starts(line, "HTTP/")) {
		/* of a new reply, after a 1xx; not of a trailer */
		for (size_t i = 0; i < 3; i++)
			kept[i].value[0] = '\0';
		transfer->encodings = 0;
	}
	transfer->in_header = len > 0;
	for (size_t i = 0; i < 3 && whole; i++) {
		value = header_value(line, kept[i].name);
		if (value != NULL)
			(void)str_fit(kept[i].value, FETCH_HEADER_SIZE, value);
	}
	value = header_value(line, "Content-Encoding");
	if (value != NULL)
		count_encodings(transfer, value);
	/* What was not read to its end may hold another one. */
	transfer->encodings += value != NULL && !whole;
	return transfer->encodings > 1 ? 0 : n;
}

static bool
address_ok(
    const struct transfer_rules *rules, const unsigned char ip[CIDR_BYTES])
{
	for (size_t i = 0; i < rules->allowed; i++) {
		if (cidr_holds(&rules->allow[i], ip))
			return true;
	}
	return !cidr_special(ip);
}

/* The address that is about to be connected to, whatever the name said when
 * somebody looked it up before: a name may change its answer. */
static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = arg;
	unsigned char ip[CIDR_BYTES];

	if (purpose != CURLSOCKTYPE_IPCXN || !cidr_address(ip, &address->addr))
		return CURL_SOCKET_BAD;
	if (!address_ok(transfer->rules, ip)) {
		cidr_text(transfer->refused, ip);
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);
}

static void
add_header(struct transfer *transfer, const char *name, const char *value)
{
	char line[REQUEST_LINE_SIZE];
	struct curl_slist *grown;
	int n = snprintf(line, sizeof(line), "%s: %s", name, value);

	/* What once came from a server goes back as it was, or not at all. */
	for (const char *at = value; *at != '\0'; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return;
	}
	if (*value == '\0' || n < 0 || (size_t)n >= sizeof(line))
		return;
	grown = curl_slist_append(transfer->headers, line);
	if (grown != NULL)
		transfer->headers = grown;
}

static int
prepare(struct transfer *transfer)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
	    {CURLOPT_NOSIGNAL, 1},
	    {CURLOPT_QUICK_EXIT, 1},
	    {CURLOPT_FOLLOWLOCATION, 0},
	    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
	    {CURLOPT_SSL_VERIFYPEER, 1},
	    {CURLOPT_SSL_VERIFYHOST, 2},
	    {CURLOPT_HTTP09_ALLOWED, 0},
	    {CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS},
	    {CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES},
	    {CURLOPT_LOW_SPEED_TIME, SLOW_SECONDS},
	};
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
	    {CURLOPT_PROTOCOLS_STR, "http,https"},
	    {CURLOPT_PROXY, ""}, /* not even the environment's */
	    {CURLOPT_ACCEPT_ENCODING, ""},
	    {CURLOPT_USERAGENT, transfer->rules->agent},
	};
	CURL *easy = transfer->easy;
	bool bad = false;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		bad |= curl_easy_setopt(
			   easy, numbers[i].option, numbers[i].value) != 0;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		bad |= curl_easy_setopt(
			   easy, texts[i].option, texts[i].value) != 0;
	}
	if (transfer->rules->ca_file[0] != '\0') {
		bad |= curl_easy_setopt(
			   easy, CURLOPT_CAINFO, transfer->rules->ca_file) != 0;
	}
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) != 0;
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) != 0;
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) != 0;
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) != 0;
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open) != 0;
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer) != 0;
	bad |=
	    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->trouble) != 0;
	bad |=
	    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers) != 0;
	return bad ? -1 : 0;
}

int
transfer_hop(struct transfer *transfer, struct err *err)
{
	int64_t left = transfer->deadline - clock_mono_ms();

	str_reset(&transfer->body);
	transfer->trouble[0] = '\0';
	transfer->refused[0] = '\0';
	transfer->encodings = 0;
	transfer->in_header = false;
	if (curl_easy_setopt(
		transfer->easy, CURLOPT_URL, transfer->reply.url) != 0 ||
	    curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS,
		(long)(left > 1 ? left : 1)) != 0)
		return err_set(err, ERR_SYSTEM, "out of memory");
	return 0;
}

/* The scheme of an http or https URL that libcurl understands as we do. */
static int
check_url(const char *url, bool *https, struct err *err)
{
	CURLU *parts = curl_url();
	char *scheme = NULL;
	int failed = 0;

	if (parts == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if (strlen(url) >= FETCH_URL_SIZE) {
		failed = err_set(err, ERR_INPUT, "the address is too long");
	} else if (curl_url_set(parts, CURLUPART_URL, url,
		       CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
		   curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) !=
		       CURLUE_OK) {
		failed = err_set(err, ERR_INPUT, "'%.200s' is no address", url);
	} else if (!str_eq(scheme, "http") && !str_eq(scheme, "https")) {
		failed = err_set(
		    err, ERR_INPUT, "'%.200s' is neither http nor https", url);
	} else {
		*https = str_eq(scheme, "https");
	}
	curl_free(scheme);
	curl_url_cleanup(parts);
	return failed;
}

/* 1: on to the next hop; 0: this reply is the last. */
static int
redirect(struct transfer *transfer, struct err *err)
{
	int status = transfer->reply.status;
	char *next = NULL;
	bool was_https = false;
	bool https = false;

	if (status < 301 || status > 308 || status == 304 ||
	    curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &next) !=
		0 ||
	    next == NULL)
		return 0;
	if (++transfer->redirects > FETCH_REDIRECTS) {
		return err_set(err, ERR_PERM, "it redirects more than %d times",
		    FETCH_REDIRECTS);
	}
	if (check_url(next, &https, err) != 0 ||
	    check_url(transfer->reply.url, &was_https, err) != 0) {
		err->code = ERR_PERM;
		return err_wrap(err, "it redirects");
	}
	if (was_https && !https) {
		return err_set(err, ERR_PERM,
		    "it redirects from https to http, to '%.200s'", next);
	}
	(void)str_fit(transfer->reply.url, FETCH_URL_SIZE, next);
	return 1;
}

static int
explain(const struct transfer *transfer, CURLcode code, struct err *err)
{
	const char *text = transfer->trouble;

	if (transfer->too_long) {
		return err_set(err, ERR_TEMP, "it is larger than %zu bytes",
		    transfer->rules->body_max);
	}
	if (transfer->encodings > 1)
		return err_set(err, ERR_PERM, "it is compressed twice");
	if (code == CURLE_COULDNT_CONNECT && transfer->refused[0] != '\0') {
		return err_set(err, ERR_PERM,
		    "address '%s' is not public: name it in "
		    "'feeds.allow_addresses' if it is meant",
		    transfer->refused);
	}
	if (code == CURLE_OPERATION_TIMEDOUT) {
		return err_set(
		    err, ERR_TEMP, "it takes too long (%.200s)", text);
	}
	if (*text == '\0')
		text = curl_easy_strerror(code);
	return err_set(err, ERR_TEMP, "%.300s", text);
}

int
transfer_end(struct transfer *transfer, int code, struct err *err)
{
	long status = 0;

	if (code != CURLE_OK)
		return explain(transfer, (CURLcode)code, err);
	(void)curl_easy_getinfo(
	    transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	transfer->reply.status = (int)status;
	transfer->reply.body = transfer->body.data;
	transfer->reply.len = transfer->body.len;
	return redirect(transfer, err);
}

const struct fetch_reply *
transfer_reply(const struct transfer *transfer)
{
	return &transfer->reply;
}

void *
transfer_handle(const struct transfer *transfer)
{
	return transfer->easy;
}

int
transfer_new(struct transfer **out, const struct transfer_rules *rules,
    const struct fetch_request *request, struct err *err)
{
	struct transfer *transfer;
	bool https;

	if (check_url(request->url, &https, err) != 0)
		return -1;
	transfer = calloc(1, sizeof(*transfer));
	if (transfer == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	transfer->rules = rules;
	transfer->easy = curl_easy_init();
	transfer->deadline = clock_mono_ms() + rules->total_ms;
	str_init(&transfer->body, rules->body_max + 1);
	(void)str_fit(transfer->reply.url, FETCH_URL_SIZE, request->url);
	add_header(transfer, "Accept", accept_types);
	add_header(transfer, "If-None-Match", request->etag);
	add_header(transfer, "If-Modified-Since", request->last_modified);
	if (transfer->easy == NULL || prepare(transfer) != 0) {
		transfer_free(transfer);
		return err_set(err, ERR_SYSTEM, "out of memory");
	}
	*out = transfer;
	return 0;
}

void
transfer_free(struct transfer *transfer)
{
	if (transfer == NULL)
		return;
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->headers);
	str_release(&transfer->body);
	free(transfer);
}
