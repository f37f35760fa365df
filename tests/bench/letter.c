/* SPDX-License-Identifier: ISC */
/*
 * letter - what one reader of a digest costs: the letter made from scratch
 * (flow/letter) and printed from a plate (flow/plate), beside each other.
 * Argument: MILLISECONDS for each figure.
 */
#include "base/clock.h"
#include "base/codec.h"
#include "flow/plate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW          INT64_C(1764000000)
#define ROUNDS       10

#define HOLE(mode) "\x01" mode "unsubscribe_url\x01"

static char subject[] = "نشرة الموسوعة اليومية، العدد الثالث";
static char base_url[] = "https://news.example.org";
static struct conf conf = {.base_url = base_url};
static struct kit kit = {.conf = &conf};
static struct token_ring *ring;
static const struct list list = {
    .id = 1, .name = "daily", .title = "نشرة التجربة"};
static const struct issue issue = {
    .id = 9, .uuid = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", .list_id = 1};
static struct issue_body body;
static struct subscription reader = {
    .uuid = "11111111-2222-4333-8444-555555555555",
    .address = "reader@example.net"};
static struct str message;
static struct plate *plate;

static void
fail(const char *what)
{
	fprintf(stderr, "letter: %s\n", what);
	exit(1);
}

static struct letter
digest(void)
{
	return (struct letter){.kind = OUTBOX_DIGEST,
	    .list = &list,
	    .subscription = &reader,
	    .issue = &issue,
	    .body = &body,
	    .now = NOW};
}

static void
by_letter(struct err *err)
{
	const struct letter letter = digest();

	if (letter_make(&kit, ring, &letter, &message, err) != 0)
		fail(err->msg);
}

static void
by_plate(struct err *err)
{
	size_t fits;

	if (plate_print(plate, &reader, NOW, &message, &fits, err) != 0)
		fail(err->msg);
}

/* Another reader each time, as a queue has them. */
static void
next_reader(int64_t n)
{
	static const char digits[] = "0123456789abcdef";

	reader.id = 1000000 + n % 1000000;
	for (size_t i = 0; i < 6; i++)
		reader.uuid[i] = digits[(n >> (4 * i)) & 15];
}

static double
seconds(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* Microseconds of CPU each: the least of some rounds, as the machine may be
 * doing something else too. */
static double
measure(void (*run)(struct err *err), double limit)
{
	struct err err = ERR_INIT;
	double least = 1e9;
	int64_t n = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double start = seconds();
		int64_t first = n;
		double took;

		do {
			for (int i = 0; i < 16; i++) {
				next_reader(n++);
				str_reset(&message);
				run(&err);
			}
			took = seconds() - start;
		} while (took < limit / ROUNDS);
		took = took * 1e6 / (double)(n - first);
		least = took < least ? took : least;
	}
	return least;
}

/* A body that makes a message of that size. A quarter of it is text, as in our
 * digests; text and HTML end with the link. */
static void
fill_body(size_t message_size)
{
	size_t size = message_size * 57 / 78 - 800;
	static const char line[] = "خبر من أخبار اليوم، وسطر من سطوره.\n";
	struct str text, html;

	str_init(&text, size);
	str_init(&html, size);
	while (text.len + sizeof(line) < size / 4)
		str_add(&text, line);
	while (html.len + sizeof(line) < size - size / 4 - 60)
		str_add(&html, line);
	str_add(&text, HOLE("t") "\n");
	str_add(&html, "<p><a href=\"" HOLE("h") "\">x</a></p>\n");
	free(body.text);
	free(body.html);
	body.text = str_take(&text);
	body.html = str_take(&html);
	body.subject = subject;
}

static void
load_ring(void)
{
	char folder[] = "/tmp/nashra-bench-XXXXXX";
	struct err err = ERR_INIT;
	struct str path;

	if (mkdtemp(folder) == NULL)
		fail("no folder in /tmp");
	str_init(&path, 100);
	str_addf(&path, "%s/ring", folder);
	if (token_ring_create(path.data, &err) != 0 ||
	    token_ring_load(&ring, path.data, &err) != 0)
		fail(err.msg);
	unlink(path.data);
	rmdir(folder);
	str_release(&path);
}

/* A key for this run alone; Ed25519 ones are made by hand of any 32 bytes
 * (RFC 8410 7). */
static struct dkim *
new_key(const char *kind)
{
	unsigned char der[48] = "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b"
				"\x65\x70\x04\x22\x04\x20";
	struct err err = ERR_INIT;
	struct dkim *dkim = NULL;
	struct str pem;

	str_init(&pem, 16384);
	if (str_eq(kind, "unsigned"))
		return NULL;
	if (str_eq(kind, "rsa-2048")) {
		(void)dkim_key_new(&pem, 2048, &err);
	} else {
		token_random(der + 16, 32);
		str_add(&pem, "-----BEGIN PRIVATE KEY-----\n");
		codec_base64(&pem, der, sizeof(der));
		str_add(&pem, "\n-----END PRIVATE KEY-----\n");
	}
	if (dkim_new(&dkim, pem.data, pem.len, "example.org", "bench", &err) !=
	    0)
		fail(err.msg);
	str_release(&pem);
	return dkim;
}

static void
compare(const char *name, double limit)
{
	const struct letter letter = digest();
	struct err err = ERR_INIT;
	double slow, fast;

	if (plate_new(&plate, &kit, ring, &letter, &err) != 0)
		fail(err.msg);
	slow = measure(by_letter, limit);
	fast = measure(by_plate, limit);
	printf("  %6zu bytes, %-8s %8.1f us from scratch, %7.1f from a plate: "
	       "1 to %.2f\n",
	    message.len, name, slow, fast, fast / slow);
	plate_free(plate);
}

int
main(int argc, char **argv)
{
	static const size_t sizes[] = {20000, 60000};
	static const char *const kinds[] = {"unsigned", "ed25519", "rsa-2048"};
	struct dkim *keys[COUNT(kinds)];
	struct err err = ERR_INIT;
	int64_t ms = 1000;

	if (argc > 1 && !codec_int(&ms, argv[1], 1, 3600000))
		fail("usage: letter [MILLISECONDS]");
	if (address_parse_mailbox(
		&kit.from, "النشرة <news@example.org>", &err) != 0)
		fail(err.msg);
	load_ring();
	str_init(&message, MIME_MESSAGE_MAX);
	for (size_t k = 0; k < COUNT(kinds); k++)
		keys[k] = new_key(kinds[k]);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		fill_body(sizes[i]);
		for (size_t k = 0; k < COUNT(kinds); k++) {
			kit.dkim = keys[k];
			compare(kinds[k], (double)ms / 1000);
		}
	}
	for (size_t k = 0; k < COUNT(kinds); k++)
		dkim_free(keys[k]);
	free(body.text);
	free(body.html);
	str_release(&message);
	token_ring_free(ring);
	return 0;
}
