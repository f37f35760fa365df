/* SPDX-License-Identifier: ISC */
/*
 * compose - what a digest costs: rendered once, then for each reader spliced,
 * encoded and signed, beside one RSA-2048 signature alone.
 *
 * Arguments: TEMPLATES (a folder), ROUNDS. For each size and phase a line
 * with the least CPU time of the rounds. With COUNTED in place of ROUNDS each
 * phase runs once, in counted(): for callgrind, whose figures compose.py puts
 * beside these.
 */
#include "flow/compose.h"
#include "desk.h"

#include "base/codec.h"
#include "flow/letter_head.h"
#include "flow/plate.h"
#include "mail/canon.h"
#include "mail/mould.h"

#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW          INT64_C(1764000000)
#define READERS      16 /* in a run of what each of them costs */
#define MOST         60

static struct desk desk;
static const struct list list = {
    .id = 1, .name = "daily", .title = "مقالات الأسبوع"};
static const struct issue issue = {
    .id = 9, .uuid = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", .list_id = 1};
static struct subscription reader = {
    .uuid = "11111111-2222-4333-8444-555555555555",
    .address = "reader@example.net"};

static char titles[MOST][160];
static char link_of[] = "https://news.example.org/syria/aleppo-railway";
static char author[] = "ليلى الحموي";
static char section[] = "سوريا";
static char none[] = "";
static char text[] =
    "أعلنت المؤسسة العامة للخطوط الحديدية تسيير أول رحلة تجريبية للركاب بين "
    "حلب ودمشق، بعد انقطاع دام ثلاثة عشر عامًا. وانطلق القطار عند الساعة "
    "السادسة صباحًا من محطة بغداد في حلب، وعلى متنه 180 راكبًا من المهندسين "
    "والفنيين. وتقول المهندسة Sara A. (فريق الصيانة) إن الأعوام 2020-2023 "
    "كانت الأصعب، وإن الخط صار جاهزًا.";
static struct compose_article articles[MOST];
static size_t article_count;

/* What the phases hand on. */
static struct issue_body body;
static struct str leave, html, plain, message, out;
static struct mould *mould;
static struct mould_cast cast;
static struct dkim_stem *stem;
static struct plate *plate;

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

/* Another one each time, as a queue has them. */
static void
next_reader(void)
{
	static const char digits[] = "0123456789abcdef";
	static size_t n;

	n++;
	reader.id = 1000000 + (int64_t)n % 1000000;
	for (size_t i = 0; i < 6; i++)
		reader.uuid[i] = digits[(n >> (4 * i)) & 15];
}

/* The phases. Once for a body: */

static void
render(struct err *err)
{
	const struct compose_issue in = {.list = &list,
	    .number = 47,
	    .date = NOW,
	    .articles = articles,
	    .count = article_count,
	    .total = article_count};

	issue_body_release(&body);
	desk_must(compose_digest(desk.kit, &in, &body, err), err);
}

static void
frame(struct mime_body *in, struct str *boundary)
{
	const struct letter letter = digest();

	str_init(boundary, 60);
	letter_frame(desk.kit, &letter, boundary, in);
}

/* After render(). */
static void
make_mould(struct err *err)
{
	struct mime_body in;
	struct str boundary;

	mould_free(mould);
	frame(&in, &boundary);
	in.text = body.text;
	in.text_len = strlen(body.text);
	in.html = body.html;
	in.html_len = strlen(body.html);
	desk_must(mould_new(&mould, &in, err), err);
	str_release(&boundary);
}

static void
make_plate(struct err *err)
{
	const struct letter letter = digest();
	size_t fits;

	plate_free(plate);
	desk_must(plate_new(&plate, desk.kit, desk.ring, &letter, err), err);
	str_reset(&out);
	desk_must(plate_print(plate, &reader, NOW, &out, &fits, err), err);
}

/* For each reader: */

static void
seal(struct err *err)
{
	(void)err;
	next_reader();
	str_reset(&leave);
	letter_leave(desk.kit, desk.ring, &reader, &leave);
}

static void
fill(struct err *err)
{
	const struct template_hole holes[] = {
	    {"unsubscribe_url", leave.data}, {0}};

	desk_must(mould_fill(mould, holes, &cast, err), err);
}

static void
splice(struct err *err)
{
	seal(err);
	fill(err);
}

static void
add_heads(struct err *err)
{
	const struct letter letter = digest();
	const struct letter_head_input in = {.kit = desk.kit,
	    .mail = &letter,
	    .subject = body.subject,
	    .leave = leave.data};

	str_reset(&message);
	desk_must(letter_head_add(&message, letter_head_digest, &in, err), err);
	str_add_bytes(&message, cast.head, cast.head_len + 2);
}

static void
sign(struct err *err)
{
	struct dkim_parts parts = {
	    .body = cast.body, .body_len = cast.body_len, .stem = stem};
	struct canon_message head;

	desk_must(canon_split(&head, message.data, message.len, err), err);
	parts.head = &head;
	str_reset(&out);
	desk_must(dkim_sign_parts(&out, desk.kit->dkim, &parts, NOW, err), err);
	canon_release(&head);
}

static void
print(struct err *err)
{
	size_t fits;

	next_reader();
	str_reset(&out);
	desk_must(plate_print(plate, &reader, NOW, &out, &fits, err), err);
}

/* The same from scratch, as it is without mould and plate: */

static void
splice_all(struct err *err)
{
	const struct template_hole holes[] = {
	    {"unsubscribe_url", leave.data}, {0}};

	str_reset(&html);
	str_reset(&plain);
	desk_must(
	    template_splice(&html, body.html, strlen(body.html), holes, err),
	    err);
	desk_must(
	    template_splice(&plain, body.text, strlen(body.text), holes, err),
	    err);
}

static void
encode_all(struct err *err)
{
	struct mime_body in;
	struct str boundary;

	frame(&in, &boundary);
	in.text = plain.data;
	in.text_len = plain.len;
	in.html = html.data;
	in.html_len = html.len;
	str_reset(&message);
	desk_must(mime_body_add(&message, &in, err), err);
	str_release(&boundary);
}

static void
make_letter(struct err *err)
{
	const struct letter letter = digest();

	next_reader();
	str_reset(&out);
	desk_must(letter_make(desk.kit, desk.ring, &letter, &out, err), err);
}

/* All of a letter but its signature. */
static void
print_unsigned(struct err *err)
{
	struct dkim *dkim = desk.kit->dkim;

	desk.kit->dkim = NULL;
	print(err);
	desk.kit->dkim = dkim;
}

static void
rsa(struct err *err)
{
	static unsigned char hash[DKIM_KEY_HASH];
	unsigned char raw[DKIM_KEY_RAW];
	size_t len;

	hash[0]++;
	desk_must(dkim_key_sign(desk.key, raw, &len, hash, err), err);
}

static const struct phase {
	const char *name;
	void (*run)(struct err *err);
	int times; /* in one measure */
} phases[] = {
    {"rsa", rsa, 4 * READERS},
    {"render", render, 1},
    {"first", make_plate, 1},
    {"splice", splice, READERS},
    {"unsigned", print_unsigned, READERS},
    {"sign", sign, READERS},
    {"letter", print, READERS},
    {"scratch-splice", splice_all, READERS},
    {"scratch-encode", encode_all, READERS},
    {"scratch-letter", make_letter, READERS},
};

static void
repeat(const struct phase *phase)
{
	struct err err = ERR_INIT;

	for (int i = 0; i < phase->times; i++)
		phase->run(&err);
}

/* By its name callgrind knows when to count. */
void counted(const struct phase *phase);
__attribute__((noinline)) void
counted(const struct phase *phase)
{
	repeat(phase);
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
timed(const struct phase *phase, int64_t rounds)
{
	double least = 1e9;

	for (int64_t round = 0; round < rounds; round++) {
		double start = seconds();
		double took;

		repeat(phase);
		took = (seconds() - start) * 1e6 / phase->times;
		least = took < least ? took : least;
	}
	return least;
}

/* What each phase finds before it, as it does with a second reader. */
static void
warm_up(void)
{
	struct err err = ERR_INIT;

	render(&err);
	make_mould(&err);
	make_plate(&err);
	splice(&err);
	dkim_stem_free(stem);
	desk_must(
	    dkim_stem_new(&stem, cast.body, cast.body_len, cast.fixed, &err),
	    &err);
	add_heads(&err);
	sign(&err);
	print(&err);
	splice_all(&err);
	rsa(&err);
}

static void
measure(const struct phase *phase, int64_t rounds)
{
	if (rounds == 0) {
		counted(phase);
		printf("%zu %s %d\n", article_count, phase->name, phase->times);
		return;
	}
	printf(
	    "%zu %s %.3f\n", article_count, phase->name, timed(phase, rounds));
}

static void
make_articles(void)
{
	for (size_t i = 0; i < MOST; i++) {
		snprintf(titles[i], sizeof(titles[i]),
		    "قطار حلب – دمشق يعود إلى السكة بعد انقطاع طويل (%zu)",
		    i + 1);
		articles[i] = (struct compose_article){.title = titles[i],
		    .link = link_of,
		    .author = author,
		    .body = text,
		    .section = section,
		    .image_url = none,
		    .published = NOW - 3600};
	}
}

int
main(int argc, char **argv)
{
	static const size_t sizes[] = {10, 20, MOST};
	static struct str *const texts[] = {
	    &leave, &html, &plain, &message, &out};
	int64_t rounds = 50;

	if (argc > 2 && str_eq(argv[2], "COUNTED")) {
		rounds = 0;
	} else if (argc > 2 && !codec_int(&rounds, argv[2], 1, 1000000)) {
		desk_fail("usage: compose [TEMPLATES [ROUNDS|COUNTED]]");
	}
	desk_open(&desk, argc > 1 ? argv[1] : "templates");
	make_articles();
	for (size_t i = 0; i < COUNT(texts); i++)
		str_init(texts[i], MIME_MESSAGE_MAX);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		article_count = sizes[i];
		warm_up();
		printf("%zu octets %zu\n", article_count, out.len);
		for (size_t k = 0; k < COUNT(phases); k++)
			measure(&phases[k], rounds);
	}
	for (size_t i = 0; i < COUNT(texts); i++)
		str_release(texts[i]);
	issue_body_release(&body);
	dkim_stem_free(stem);
	mould_free(mould);
	plate_free(plate);
	desk_close(&desk);
	return 0;
}
