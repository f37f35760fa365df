/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/clock.h"
#include "base/str.h"
#include "feed/transfer.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BODY_MAX     100000
#define BYTES(text)  text, sizeof(text) - 1

/* Who answers each request with the same bytes and hangs up, or without them
 * says nothing: it takes turns with libcurl in this one thread. */
struct peer {
	int listener, fd;
	int port;
	const char *reply;
	size_t len, sent;
	char request[8192];
	size_t got;
};

static void
peer_open(struct peer *peer)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);

	*peer = (struct peer){.fd = -1};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(peer->listener, (struct sockaddr *)&address, sizeof(address)),
	    0);
	assert_int_equal(listen(peer->listener, 8), 0);
	assert_int_equal(
	    getsockname(peer->listener, (struct sockaddr *)&address, &size), 0);
	peer->port = ntohs(address.sin_port);
}

static void
peer_hang_up(struct peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
}

static void
peer_close(struct peer *peer)
{
	peer_hang_up(peer);
	close(peer->listener);
}

static void
peer_listen(struct peer *peer)
{
	ssize_t n = recv(peer->fd, peer->request + peer->got,
	    sizeof(peer->request) - 1 - peer->got, MSG_DONTWAIT);

	if (n <= 0)
		return;
	peer->got += (size_t)n;
	peer->request[peer->got] = '\0';
}

static void
peer_turn(struct peer *peer, bool called)
{
	ssize_t n;

	if (peer->fd < 0 && called) {
		peer->fd = accept(peer->listener, NULL, NULL);
		peer->got = peer->sent = 0;
		peer->request[0] = '\0';
	}
	if (peer->fd < 0)
		return;
	peer_listen(peer);
	if (peer->reply == NULL || strstr(peer->request, "\r\n\r\n") == NULL)
		return;
	n = send(peer->fd, peer->reply + peer->sent, peer->len - peer->sent,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0)
		peer->sent += (size_t)n;
	if (peer->sent == peer->len)
		peer_hang_up(peer);
}

/* One hop, to its end: what libcurl says of it. */
static int
run_hop(struct transfer *transfer, struct peer *peer)
{
	CURLM *multi = curl_multi_init();
	CURLMsg *message = NULL;
	int running = 1;
	int left;
	int code;

	assert_int_equal(
	    curl_multi_add_handle(multi, transfer_handle(transfer)), 0);
	while (message == NULL) {
		struct curl_waitfd fds[] = {
		    {peer->fd < 0 ? peer->listener : peer->fd, CURL_WAIT_POLLIN,
			0}};

		assert_int_equal(curl_multi_perform(multi, &running), 0);
		message = curl_multi_info_read(multi, &left);
		if (message != NULL)
			break;
		assert_int_equal(curl_multi_poll(multi, fds, 1, 20, NULL), 0);
		peer_turn(peer, fds[0].revents != 0);
	}
	code = (int)message->data.result;
	(void)curl_multi_remove_handle(multi, transfer_handle(transfer));
	(void)curl_multi_cleanup(multi);
	peer_hang_up(peer);
	return code;
}

static struct transfer_rules
loopback_rules(void)
{
	struct transfer_rules rules = {
	    .allowed = 1,
	    .body_max = BODY_MAX,
	    .total_ms = 60000,
	    .agent = "nashra/test",
	};

	assert_true(cidr_parse(&rules.allow[0], "127.0.0.1"));
	return rules;
}

/* What one request to the peer comes to: as transfer_end() says it. */
struct outcome {
	int done;
	struct err err;
	struct fetch_reply reply;
	char body[256]; /* its beginning */
	char request[8192];
};

/* `shown`: the address that the transfer goes by, where it is not the peer's:
 * so that there is an https without a certificate. */
static void
ask(struct outcome *outcome, const char *shown, const char *reply, size_t len)
{
	struct transfer_rules rules = loopback_rules();
	struct transfer *transfer = NULL;
	struct peer peer;
	char url[64];
	const struct fetch_request request = {
	    shown != NULL ? shown : url, "", ""};
	size_t n;

	*outcome = (struct outcome){.err = ERR_INIT};
	peer_open(&peer);
	peer.reply = reply;
	peer.len = len;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/feed", peer.port);
	assert_int_equal(
	    transfer_new(&transfer, &rules, &request, &outcome->err), 0);
	assert_int_equal(transfer_hop(transfer, &outcome->err), 0);
	assert_int_equal(
	    curl_easy_setopt(transfer_handle(transfer), CURLOPT_URL, url), 0);
	outcome->done =
	    transfer_end(transfer, run_hop(transfer, &peer), &outcome->err);
	outcome->reply = *transfer_reply(transfer);
	n = outcome->reply.len < sizeof(outcome->body) - 1
		? outcome->reply.len
		: sizeof(outcome->body) - 1;
	if (n > 0)
		memcpy(outcome->body, outcome->reply.body, n);
	outcome->reply.body = NULL;
	memcpy(outcome->request, peer.request, sizeof(peer.request));
	transfer_free(transfer);
	peer_close(&peer);
}

/* The head of a reply; what is kept of it. */
static const struct {
	const char *head;
	int status;
	const char *type, *etag, *modified;
} heads[] = {
    {"HTTP/1.1 200 OK\r\n", 200, "", "", ""},
    {"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nETag: \"1\"\r\n"
     "Last-Modified: x\r\n",
	200, "text/xml", "\"1\"", "x"},
    {"HTTP/1.0 404\r\nCONTENT-TYPE:text/html \t\r\netag:\t W/\"1\"\r\n", 404,
	"text/html", "W/\"1\"", ""},
    {"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n", 304, "", "\"1\"", ""},
    {"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nETag: \"2\"\r\n", 200, "", "\"2\"", ""},
    {"HTTP/1.1 200 OK\r\nETag:\r\nX-ETag: 3\r\nETagged: 4\r\n", 200, "", "",
	""},
    /* what a reply says before the one that counts */
    {"HTTP/1.1 100 Continue\r\nETag: \"1\"\r\n\r\nHTTP/1.1 200 OK\r\n", 200, "",
	"", ""},
    {"HTTP/1.1 103 Early Hints\r\nETag: \"1\"\r\nContent-Encoding: gzip\r\n"
     "\r\nHTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nETag: \"2\"\r\n",
	200, "", "\"2\"", ""},
    /* a header that looks like the beginning of a reply is none */
    {"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nHTTP/1.1: 404\r\n", 200, "", "\"1\"",
	""},
    {"HTTP/1.1 200 OK\r\nX: HTTP/1.1 404\r\nETag: a\x01\x7f\xff\r\n", 200, "",
	"a\x01\x7f\xff", ""},
};

static void
test_heads(void **state)
{
	struct str reply;

	(void)state;
	str_init(&reply, 65536);
	for (size_t i = 0; i < COUNT(heads); i++) {
		struct outcome got;

		str_reset(&reply);
		str_addf(&reply, "%sContent-Length: 0\r\n\r\n", heads[i].head);
		ask(&got, NULL, reply.data, reply.len);
		if (got.done != 0)
			fail_msg("%s: %s", heads[i].head, got.err.msg);
		assert_int_equal(got.reply.status, heads[i].status);
		assert_string_equal(got.reply.content_type, heads[i].type);
		assert_string_equal(got.reply.etag, heads[i].etag);
		assert_string_equal(got.reply.last_modified, heads[i].modified);
		assert_int_equal(got.reply.len, 0);
	}
	str_release(&reply);
}

/* A value is kept whole or not at all. */
static void
test_head_lengths(void **state)
{
	static const struct {
		size_t space, letters, kept;
	} lengths[] = {
	    {1, 255, 255},
	    {1, 256, 0},
	    {200, 255, 255},
	    {300, 255, 0},
	    {600, 1, 0},
	    {1, 50000, 0},
	};
	struct str reply;

	(void)state;
	str_init(&reply, 200000);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct outcome got;

		str_reset(&reply);
		str_addf(
		    &reply, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag:");
		for (size_t j = 0; j < lengths[i].space; j++)
			str_add(&reply, " ");
		for (size_t j = 0; j < lengths[i].letters; j++)
			str_add(&reply, "e");
		str_add(&reply, "\r\n\r\n");
		ask(&got, NULL, reply.data, reply.len);
		assert_int_equal(got.done, 0);
		assert_int_equal(strlen(got.reply.etag), lengths[i].kept);
	}
	str_release(&reply);
}

/* The header goes with the request, or, where it could be two, not at all. */
static const struct {
	const char *etag, *modified;
	const char *sent, *unsent;
} conditions[] = {
    {"", "", "\r\nUser-Agent: nashra/test\r\n", "\r\nIf-"},
    {"\"1\"", "", "\r\nIf-None-Match: \"1\"\r\n", "If-Modified-Since"},
    {"", "x y", "\r\nIf-Modified-Since: x y\r\n", "If-None-Match"},
    {"W/\"1\"", "x", "\r\nIf-None-Match: W/\"1\"\r\n", "X-Evil"},
    {"*", "x", "\r\nIf-Modified-Since: x\r\n", "X-Evil"},
    {"\"\xd8\xae\"", "", "\r\nIf-None-Match: \"\xd8\xae\"\r\n", "X-Evil"},
    {"1\r\nX-Evil: 1", "x", "\r\nIf-Modified-Since: x\r\n", "X-Evil"},
    {"1\nX-Evil: 1", "x", "\r\nIf-Modified-Since: x\r\n", "X-Evil"},
    {"1\rX-Evil: 1", "x", "\r\nIf-Modified-Since: x\r\n", "X-Evil"},
    {"\n", "x", "\r\nIf-Modified-Since: x\r\n", "If-None-Match"},
    {"1\t", "x", "\r\nIf-Modified-Since: x\r\n", "If-None-Match"},
    {"1\x7f", "x", "\r\nIf-Modified-Since: x\r\n", "If-None-Match"},
    {"1\x1b", "x", "\r\nIf-Modified-Since: x\r\n", "If-None-Match"},
    {"1", "x\r\n\r\nGET /evil HTTP/1.1", "\r\nIf-None-Match: 1\r\n", "evil"},
    {"1", "x\v", "\r\nIf-None-Match: 1\r\n", "If-Modified-Since"},
};

static void
request_with(char out[8192], const char *etag, const char *modified)
{
	static const char reply[] = "HTTP/1.1 304 Not Modified\r\n\r\n";
	struct transfer_rules rules = loopback_rules();
	struct transfer *transfer = NULL;
	struct err err = ERR_INIT;
	struct peer peer;
	char url[64];
	const struct fetch_request request = {url, etag, modified};

	peer_open(&peer);
	peer.reply = reply;
	peer.len = sizeof(reply) - 1;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", peer.port);
	assert_int_equal(transfer_new(&transfer, &rules, &request, &err), 0);
	assert_int_equal(transfer_hop(transfer, &err), 0);
	assert_int_equal(
	    transfer_end(transfer, run_hop(transfer, &peer), &err), 0);
	assert_int_equal(transfer_reply(transfer)->status, 304);
	memcpy(out, peer.request, sizeof(peer.request));
	transfer_free(transfer);
	peer_close(&peer);
}

static void
test_conditions(void **state)
{
	static char request[8192];
	char longest[FETCH_HEADER_SIZE * 2];

	(void)state;
	for (size_t i = 0; i < COUNT(conditions); i++) {
		request_with(
		    request, conditions[i].etag, conditions[i].modified);
		if (strstr(request, conditions[i].sent) == NULL)
			fail_msg("%zu: not sent: %s", i, request);
		if (strstr(request, conditions[i].unsent) != NULL)
			fail_msg("%zu: sent: %s", i, request);
		assert_non_null(strstr(request, "\r\nAccept: application/rss"));
		assert_null(strstr(request, "Authorization"));
	}
	/* as long as one that is kept, and longer than a line */
	memset(longest, 'e', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	request_with(request, longest, "");
	assert_null(strstr(request, "If-None-Match"));
	longest[FETCH_HEADER_SIZE - 1] = '\0';
	request_with(request, "", longest);
	assert_non_null(strstr(request, longest));
}

/* `https`: the transfer went by an https address. */
static const struct {
	const char *head;
	bool https;
	int done;
	const char
	    *text; /* the address it goes on to; or the message's begin */
} redirects[] = {
    {"301 x\r\nLocation: http://a.example/x", false, 1, "http://a.example/x"},
    {"302 x\r\nLocation: http://a.example", false, 1, "http://a.example/"},
    {"303 x\r\nLocation: http://a.example/", false, 1, "http://a.example/"},
    {"307 x\r\nLocation: https://a.example/", false, 1, "https://a.example/"},
    {"308 x\r\nLocation: http://a.example/\xd8\xae", false, 1,
	"http://a.example/\xd8\xae"},
    {"301 x\r\nLocation: HTTPS://a.example/", true, 1, "https://a.example/"},
    {"301 x\r\nLocation: https://a.example:8443/", true, 1,
	"https://a.example:8443/"},
    /* no redirect, whatever it says */
    {"200 x\r\nLocation: http://a.example/", false, 0, ""},
    {"201 x\r\nLocation: http://a.example/", false, 0, ""},
    {"300 x\r\nLocation: http://a.example/", false, 0, ""},
    {"304 x\r\nLocation: http://a.example/", false, 0, ""},
    {"404 x\r\nLocation: file:///etc/passwd", false, 0, ""},
    {"302 x", false, 0, ""},
    {"302 x\r\nLocation:", false, 0, ""},
    /* from what is private to what is not */
    {"301 x\r\nLocation: http://a.example/", true, -1,
	"it redirects from https to http, to 'http://a.example/'"},
    {"308 x\r\nLocation: HTTP://a.example/", true, -1,
	"it redirects from https to http, to 'http://a.example/'"},
    {"302 x\r\nLocation: hTtP://127.0.0.1/", true, -1,
	"it redirects from https to http, to 'http://127.0.0.1/'"},
    /* to what is not the web */
    {"302 x\r\nLocation: file:///etc/passwd", false, -1,
	"it redirects: 'file:///etc/passwd' is neither http nor https"},
    {"302 x\r\nLocation: gopher://127.0.0.1:25/_HELO", true, -1,
	"it redirects: 'gopher://127.0.0.1:25/_HELO' is neither"},
    {"302 x\r\nLocation: dict://127.0.0.1:11211/stats", false, -1,
	"it redirects: 'dict://"},
    {"302 x\r\nLocation: smb://a.example/", false, -1, "it redirects: 'smb:"},
    {"302 x\r\nLocation: http://a.example:99999/", false, -1, "it redirects: "},
    {"302 x\r\nLocation: http://[::1/", false, -1, "it redirects: "},
    {"302 x\r\nLocation: http://a.example/a b", false, -1,
	"it redirects: 'http://a.example/a b' is no address"},
};

static void
test_redirects(void **state)
{
	struct str reply;

	(void)state;
	str_init(&reply, 65536);
	for (size_t i = 0; i < COUNT(redirects); i++) {
		struct outcome got;

		str_reset(&reply);
		str_addf(&reply, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n",
		    redirects[i].head);
		ask(&got, redirects[i].https ? "https://s.example/" : NULL,
		    reply.data, reply.len);
		if (got.done != redirects[i].done) {
			fail_msg("%s: %d %s %s", redirects[i].head, got.done,
			    got.err.msg, got.reply.url);
		}
		if (got.done == 1)
			assert_string_equal(got.reply.url, redirects[i].text);
		if (got.done == 0)
			assert_true(str_ends(got.reply.url, "/feed"));
		if (got.done != -1)
			continue;
		assert_int_equal(got.err.code, ERR_PERM);
		if (!str_starts(got.err.msg, redirects[i].text))
			fail_msg("%s: %s", redirects[i].head, got.err.msg);
	}
	str_release(&reply);
}

/* An address that is longer than can be kept is refused and not cut. */
static void
test_long_redirect(void **state)
{
	static const char head[] = "HTTP/1.1 302 x\r\nContent-Length: 0\r\n"
				   "Location: ";
	struct outcome got;
	struct str reply;

	(void)state;
	str_init(&reply, 65536);
	str_add(&reply, head);
	str_add(&reply, "http://a.example/");
	while (reply.len < sizeof(head) - 1 + FETCH_URL_SIZE - 1)
		str_add(&reply, "a");
	str_add(&reply, "\r\n\r\n");
	ask(&got, NULL, reply.data, reply.len);
	assert_int_equal(got.done, 1);
	assert_int_equal(strlen(got.reply.url), FETCH_URL_SIZE - 1);
	reply.len -= 4;
	str_add(&reply, "a\r\n\r\n");
	ask(&got, NULL, reply.data, reply.len);
	assert_int_equal(got.done, -1);
	assert_int_equal(got.err.code, ERR_PERM);
	assert_string_equal(
	    got.err.msg, "it redirects: the address is too long");
	str_release(&reply);
}

/* Hop by hop: the sixth redirect is one too many; what an earlier hop said is
 * not said of the last. */
static void
test_hops(void **state)
{
	static const char there[] =
	    "HTTP/1.1 302 x\r\nLocation: /next\r\nETag: \"1\"\r\n"
	    "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n";
	static const char here[] =
	    "HTTP/1.1 200 x\r\nContent-Encoding: identity\r\n"
	    "Content-Length: 4\r\n\r\nhere";

	(void)state;
	for (int hops = 0; hops <= FETCH_REDIRECTS + 1; hops++) {
		struct transfer_rules rules = loopback_rules();
		struct transfer *transfer = NULL;
		struct err err = ERR_INIT;
		struct peer peer;
		char url[64];
		const struct fetch_request request = {url, "", ""};
		int turns = 0;
		int done = 1;

		peer_open(&peer);
		snprintf(url, sizeof(url), "http://127.0.0.1:%d/", peer.port);
		assert_int_equal(
		    transfer_new(&transfer, &rules, &request, &err), 0);
		while (done == 1) {
			peer.reply = turns < hops ? there : here;
			peer.len = strlen(peer.reply);
			assert_int_equal(transfer_hop(transfer, &err), 0);
			done = transfer_end(
			    transfer, run_hop(transfer, &peer), &err);
			turns++;
		}
		if (hops <= FETCH_REDIRECTS) {
			const struct fetch_reply *reply =
			    transfer_reply(transfer);

			assert_int_equal(done, 0);
			assert_int_equal(turns, hops + 1);
			assert_int_equal(reply->len, 4);
			assert_memory_equal(reply->body, "here", 4);
			assert_string_equal(reply->etag, "");
		} else {
			assert_int_equal(done, -1);
			assert_int_equal(turns, FETCH_REDIRECTS + 1);
			assert_int_equal(err.code, ERR_PERM);
			assert_string_equal(
			    err.msg, "it redirects more than 5 times");
		}
		transfer_free(transfer);
		peer_close(&peer);
	}
}

/* Bits as RFC 1951 3.1.1 puts them into bytes. */
struct bits {
	struct str *out;
	unsigned held, count;
};

static void
add_bits(struct bits *bits, unsigned value, unsigned n)
{
	bits->held |= value << bits->count;
	for (bits->count += n; bits->count >= 8; bits->count -= 8) {
		unsigned char byte = bits->held & 0xff;

		str_add_bytes(bits->out, &byte, 1);
		bits->held >>= 8;
	}
}

/* A Huffman code, which begins with its highest bit. */
static void
add_code(struct bits *bits, unsigned code, unsigned n)
{
	while (n-- > 0)
		add_bits(bits, code >> n & 1, 1);
}

/* RFC 1952 8, of `n` letters x. */
static uint32_t
crc_of(size_t n)
{
	uint32_t crc = 0xffffffff;

	while (n-- > 0) {
		crc ^= 'x';
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* `n` letters x as gzip (RFC 1952): one letter, and a copy of 258 of them in
 * 13 bits (RFC 1951 3.2.6) as often as it fits. */
static void
pack(struct str *out, size_t n)
{
	struct bits bits = {.out = out};
	const uint32_t trailer[] = {crc_of(n), (uint32_t)n};
	size_t left = n;

	str_add_bytes(out, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
	add_bits(&bits, 3, 3); /* the last block; fixed codes */
	while (left > 0 && (left == n || left % 258 != 0)) {
		add_code(&bits, 0x30 + 'x', 8);
		left--;
	}
	for (; left > 0; left -= 258) {
		add_code(&bits, 0xc5, 8);
		add_code(&bits, 0, 5);
	}
	add_code(&bits, 0, 7); /* the end */
	add_bits(&bits, 0, 7); /* the last byte full */
	bits.held = bits.count = 0;
	for (int i = 0; i < 8; i++)
		add_bits(&bits, trailer[i / 4] >> 8 * (i % 4) & 0xff, 8);
}

#define SPACES_64                                                              \
	"                                                                "
#define SPACES_512                                                             \
	SPACES_64 SPACES_64 SPACES_64 SPACES_64 SPACES_64 SPACES_64 SPACES_64  \
	    SPACES_64

static const char too_large[] = "it is larger than 100000 bytes";
static const char twice[] = "it is compressed twice";

/* The body is `size` letters, packed or not. */
static const struct {
	const char *head;
	size_t size;
	bool packed;
	enum err_code code;
	const char *message; /* NULL: it is taken */
} sizes[] = {
    {"", 0, false, ERR_NONE, NULL},
    {"", BODY_MAX, false, ERR_NONE, NULL},
    {"", BODY_MAX + 1, false, ERR_TEMP, too_large},
    {"Content-Encoding: gzip\r\n", BODY_MAX, true, ERR_NONE, NULL},
    {"Content-Encoding: gzip\r\n", BODY_MAX + 1, true, ERR_TEMP, too_large},
    {"Content-Encoding: gzip\r\n", 8000000, true, ERR_TEMP, too_large},
    {"content-encoding:x-gzip\r\n", 8000000, true, ERR_TEMP, too_large},
    {"Content-Encoding: gzip\r\n", 100, false, ERR_TEMP, ""},
    {"Content-Encoding: rot13\r\n", 100, false, ERR_TEMP, ""},
    {"Content-Encoding: identity\r\n", 100, false, ERR_NONE, NULL},
    {"Content-Encoding: gzip, gzip\r\n", 100, true, ERR_PERM, twice},
    {"Content-Encoding: gzip,gzip,gzip\r\n", 100, true, ERR_PERM, twice},
    {"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", 100, true,
	ERR_PERM, twice},
    {"Content-Encoding: gzip\r\nCONTENT-ENCODING: gzip\r\n", 100, true,
	ERR_PERM, twice},
    /* the same, hidden */
    {"Content-Encoding: gzip\r\nHTTP/1.1: x\r\nContent-Encoding: gzip\r\n", 100,
	2, ERR_PERM, twice},
    {"Content-Encoding: gzip, " SPACES_512 "gzip\r\n", 100, true, ERR_PERM,
	twice},
    {"Content-Encoding: " SPACES_512 "gzip, gzip\r\n", 100, true, ERR_PERM,
	twice},
};

static void
test_sizes(void **state)
{
	struct str reply;

	(void)state;
	str_init(&reply, 8388608);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct outcome got;

		str_reset(&reply);
		str_addf(&reply, "HTTP/1.1 200 OK\r\n%s\r\n", sizes[i].head);
		for (size_t j = 0; j < sizes[i].size && !sizes[i].packed; j++)
			str_add(&reply, "x");
		if (sizes[i].packed)
			pack(&reply, sizes[i].size);
		ask(&got, NULL, reply.data, reply.len);
		if (got.done != (sizes[i].message == NULL ? 0 : -1))
			fail_msg("%zu: %d %s", i, got.done, got.err.msg);
		if (got.done == 0) {
			assert_int_equal(got.reply.len, sizes[i].size);
			assert_int_equal(
			    strspn(got.body, "x"), strlen(got.body));
			continue;
		}
		assert_int_equal(got.err.code, sizes[i].code);
		if (!str_starts(got.err.msg, sizes[i].message))
			fail_msg("%zu: %s", i, got.err.msg);
		assert_int_not_equal(got.err.msg[0], '\0');
	}
	str_release(&reply);
}

/* What is no reply; or not all of one. */
static const struct {
	const char *reply;
	size_t len;
} broken[] = {
    {BYTES("")},
    {BYTES("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")},
    {BYTES("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")},
    {BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab")},
    {BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")},
    {BYTES("HTTP/1.1 200 OK\r\nETag: a\0b\r\n\r\nx")},
    {BYTES("hello")},
    {BYTES("ICY 200 OK\r\n\r\n")},
    {BYTES("HTTP/9.9 200 OK\r\n\r\n")},
    {BYTES("\0\xff\xfe\r\n\r\n")},
};

static void
test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct outcome got;

		ask(&got, NULL, broken[i].reply, broken[i].len);
		if (got.done != -1)
			fail_msg("%zu: %d: %s", i, got.done, got.body);
		assert_int_equal(got.err.code, ERR_TEMP);
		assert_int_not_equal(got.err.msg[0], '\0');
	}
}

/* The trailer of a reply in chunks takes nothing back. */
static void
test_trailer(void **state)
{
	static const char reply[] =
	    "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nTransfer-Encoding: chunked\r\n"
	    "\r\n2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n";
	struct outcome got;

	(void)state;
	ask(&got, NULL, reply, sizeof(reply) - 1);
	assert_int_equal(got.done, 0);
	assert_string_equal(got.body, "ab");
	assert_string_equal(got.reply.etag, "\"1\"");
}

/* Codes of libcurl, in words of ours. */
static void
test_codes(void **state)
{
	static const struct {
		int code;
		const char *message;
	} codes[] = {
	    {CURLE_OPERATION_TIMEDOUT, "it takes too long ("},
	    {CURLE_COULDNT_CONNECT, "Couldn't connect to server"},
	    {CURLE_COULDNT_RESOLVE_HOST, "Couldn't resolve host name"},
	    {CURLE_GOT_NOTHING, "Server returned nothing"},
	    {CURLE_OUT_OF_MEMORY, "Out of memory"},
	};
	struct transfer_rules rules = loopback_rules();
	const struct fetch_request request = {"http://a.example/", "", ""};

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		struct transfer *transfer = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(
		    transfer_new(&transfer, &rules, &request, &err), 0);
		assert_int_equal(transfer_hop(transfer, &err), 0);
		assert_int_equal(
		    transfer_end(transfer, codes[i].code, &err), -1);
		assert_int_equal(err.code, ERR_TEMP);
		if (!str_starts(err.msg, codes[i].message))
			fail_msg("%d: %s", codes[i].code, err.msg);
		transfer_free(transfer);
	}
	transfer_free(NULL);
}

/* Not even with a rule that allows its neighbour. */
static void
test_refused(void **state)
{
	struct transfer_rules rules = loopback_rules();
	struct transfer *transfer = NULL;
	struct err err = ERR_INIT;
	struct peer peer;
	char url[64];
	const struct fetch_request request = {url, "", ""};

	(void)state;
	assert_true(cidr_parse(&rules.allow[0], "127.0.0.2"));
	peer_open(&peer);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", peer.port);
	assert_int_equal(transfer_new(&transfer, &rules, &request, &err), 0);
	assert_int_equal(transfer_hop(transfer, &err), 0);
	assert_int_equal(
	    transfer_end(transfer, run_hop(transfer, &peer), &err), -1);
	assert_int_equal(err.code, ERR_PERM);
	assert_string_equal(err.msg,
	    "address '127.0.0.1' is not public: name it in "
	    "'feeds.allow_addresses' if it is meant");
	assert_string_equal(peer.request, "");
	transfer_free(transfer);
	peer_close(&peer);
}

/* Time is for all hops together. */
static void
test_deadline(void **state)
{
	struct transfer_rules rules = loopback_rules();
	struct transfer *transfer = NULL;
	struct err err = ERR_INIT;
	struct peer peer;
	char url[64];
	const struct fetch_request request = {url, "", ""};

	(void)state;
	rules.total_ms = -1;
	peer_open(&peer);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", peer.port);
	assert_int_equal(transfer_new(&transfer, &rules, &request, &err), 0);
	assert_int_equal(transfer_hop(transfer, &err), 0);
	assert_int_equal(
	    transfer_end(transfer, run_hop(transfer, &peer), &err), -1);
	assert_int_equal(err.code, ERR_TEMP);
	assert_true(str_starts(err.msg, "it takes too long ("));
	transfer_free(transfer);
	peer_close(&peer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_heads),
	    cmocka_unit_test(test_head_lengths),
	    cmocka_unit_test(test_conditions),
	    cmocka_unit_test(test_redirects),
	    cmocka_unit_test(test_long_redirect),
	    cmocka_unit_test(test_hops),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_trailer),
	    cmocka_unit_test(test_codes),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_deadline),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
