/* SPDX-License-Identifier: ISC */
#include "flow/letter.h"

#include "stationery.h"

#include "base/codec.h"
#include "mail/mime.h"

static const struct subscription reader = {.id = 42,
    .list_id = 1,
    .uuid = "11111111-2222-4333-8444-555555555555",
    .address = "reader@example.net"};
#define ROW   "99999999-8888-4777-8666-555555555555"
#define TOKEN "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

static struct letter
digest(void)
{
	return (struct letter){.kind = OUTBOX_DIGEST,
	    .list = &list,
	    .subscription = &reader,
	    .issue = &issue,
	    .body = &body,
	    .uuid = "",
	    .token = "",
	    .now = NOW};
}

static struct letter
confirm(void)
{
	return (struct letter){.kind = OUTBOX_CONFIRM,
	    .list = &list,
	    .subscription = &reader,
	    .uuid = ROW,
	    .token = TOKEN,
	    .now = NOW};
}

static struct letter
greeting(enum outbox_kind kind)
{
	struct letter letter = confirm();

	letter.kind = kind;
	letter.token = "";
	return letter;
}

static void
make_with(const struct kit *kit, const struct letter *letter, struct str *out)
{
	struct err err = ERR_INIT;

	str_init(out, MESSAGE_MAX);
	if (letter_make(kit, press.ring, letter, out, &err) != 0)
		fail_msg("%s", err.msg);
	assert_false(out->bad);
}

/* Cuts a finished message after its headers. */
static char *
headers_of(const struct str *message)
{
	const char *end = strstr(message->data, "\r\n\r\n");

	assert_non_null(end);
	return strndup(message->data, (size_t)(end - message->data) + 2);
}

/* What a base64 part of that type says, decoded. */
static char *
part(const struct str *message, const char *type)
{
	const char *at = strstr(message->data, type);
	struct str digits;
	unsigned char *bytes;
	size_t n;

	assert_non_null(at);
	assert_non_null(strstr(at, "Content-Transfer-Encoding: base64"));
	at = strstr(at, "\r\n\r\n") + 4;
	str_init(&digits, MESSAGE_MAX);
	for (; *at != '-' && *at != '='; at++) {
		char c = *at == '+' ? '-' : *at == '/' ? '_' : *at;

		if (*at != '\r' && *at != '\n')
			str_add_bytes(&digits, &c, 1);
	}
	n = digits.len * 6 / 8;
	bytes = calloc(1, n + 1);
	assert_non_null(bytes);
	assert_true(codec_base64url_decode(bytes, n, digits.data));
	str_release(&digits);
	return (char *)bytes;
}

/* %s is the leave link. */
static const char DIGEST_HEADERS[] =
    "From: =?UTF-8?B?2KfZhNmG2LTYsdip?= <news@example.org>\r\n"
    "To: <reader@example.net>\r\n"
    "Subject: =?UTF-8?B?2LnZhtmI2KfZhiDYp9mE2YXZgtin2YQ=?=\r\n"
    "Date: Mon, 24 Nov 2025 16:00:00 +0000\r\n"
    "Message-ID: <aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee.42@example.org>\r\n"
    "List-Id: =?UTF-8?B?2YbYtNix2Kkg2KfZhNiq2KzYsdio2Kk=?= "
    "<daily.example.org>\r\n"
    "List-Unsubscribe: <%s>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    "List-Archive: <https://news.example.org/archive/daily>\r\n"
    "Precedence: bulk\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Language: ar\r\n"
    "Content-Type: multipart/alternative;\r\n"
    " boundary=\"=_aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee\"\r\n";

/* A list's answer to one reader: RFC 2369 4, RFC 3834 5. Not bulk. */
static const char CONFIRM_HEADERS[] =
    "From: =?UTF-8?B?2KfZhNmG2LTYsdip?= <news@example.org>\r\n"
    "To: <reader@example.net>\r\n"
    "Subject: =?UTF-8?B?2KrYo9mD2YrYryDYp9mE2KfYtNiq2LHYp9mDINmB2Yog?=\r\n"
    " =?UTF-8?B?wqvZhti02LHYqSDYp9mE2KrYrNix2KjYqcK7?=\r\n"
    "Date: Mon, 24 Nov 2025 16:00:00 +0000\r\n"
    "Message-ID: <" ROW ".42@example.org>\r\n"
    "List-Id: =?UTF-8?B?2YbYtNix2Kkg2KfZhNiq2KzYsdio2Kk=?= "
    "<daily.example.org>\r\n"
    "List-Unsubscribe: <%s>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    "List-Post: NO\r\n"
    "Auto-Submitted: auto-generated\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Language: ar\r\n"
    "Content-Type: multipart/alternative;\r\n"
    " boundary=\"=_" ROW "\"\r\n";

static void
leave_link(struct str *out)
{
	unsigned char uuid[UUID_BYTES];
	char seal[TOKEN_LINK_SIZE];

	assert_true(uuid_to_bytes(uuid, reader.uuid));
	token_seal(press.ring, seal, TOKEN_LEAVE, uuid);
	str_addf(out, "https://news.example.org/leave/%s", seal);
}

static void
a_digest_has_these_headers(void **state)
{
	const struct letter letter = digest();
	struct str message, link, wanted;
	char *headers;

	(void)state;
	make_with(press.kit, &letter, &message);
	str_init(&link, 500);
	str_init(&wanted, 5000);
	leave_link(&link);
	str_addf(&wanted, DIGEST_HEADERS, link.data);
	headers = headers_of(&message);
	assert_string_equal(headers, wanted.data);
	free(headers);
	str_release(&link);
	str_release(&wanted);
	str_release(&message);
}

static void
a_list_that_is_not_public_has_no_archive(void **state)
{
	struct list secret = list;
	struct letter letter = digest();
	struct str message;

	(void)state;
	secret.archive = LIST_ARCHIVE_NO;
	letter.list = &secret;
	make_with(press.kit, &letter, &message);
	assert_null(strstr(message.data, "List-Archive"));
	assert_non_null(strstr(message.data, "\r\nPrecedence: bulk\r\n"));
	str_release(&message);
}

static void
a_confirm_mail_has_these_headers(void **state)
{
	const struct letter letter = confirm();
	struct str message, link, wanted;
	char *headers;

	(void)state;
	make_with(press.kit, &letter, &message);
	str_init(&link, 500);
	str_init(&wanted, 5000);
	leave_link(&link);
	str_addf(&wanted, CONFIRM_HEADERS, link.data);
	headers = headers_of(&message);
	assert_string_equal(headers, wanted.data);
	free(headers);
	str_release(&link);
	str_release(&wanted);
	str_release(&message);
}

/* A list's mail to one reader: RFC 2369 4, RFC 3834 5. The first %s is its
 * subject, the second the ways to leave or to come back. */
#define GREETING_HEADERS                                                       \
	"From: =?UTF-8?B?2KfZhNmG2LTYsdip?= <news@example.org>\r\n"            \
	"To: <reader@example.net>\r\n"                                         \
	"%s"                                                                   \
	"Date: Mon, 24 Nov 2025 16:00:00 +0000\r\n"                            \
	"Message-ID: <" ROW ".42@example.org>\r\n"                             \
	"List-Id: =?UTF-8?B?2YbYtNix2Kkg2KfZhNiq2KzYsdio2Kk=?= "               \
	"<daily.example.org>\r\n"                                              \
	"%s"                                                                   \
	"List-Post: NO\r\n"                                                    \
	"Precedence: bulk\r\n"                                                 \
	"Auto-Submitted: auto-generated\r\n"                                   \
	"MIME-Version: 1.0\r\n"                                                \
	"Content-Language: ar\r\n"                                             \
	"Content-Type: multipart/alternative;\r\n"                             \
	" boundary=\"=_" ROW "\"\r\n"

static void
has_headers(const struct letter *letter, const char *key, const char *ways)
{
	struct str message, title, subject, wanted;
	struct err err = ERR_INIT;
	char *headers;

	make_with(press.kit, letter, &message);
	str_init(&title, 500);
	str_init(&subject, 500);
	str_init(&wanted, 5000);
	message_add(&title, press.kit->messages, key,
	    (const struct message_arg[]){{"list", list.title}, {0}});
	assert_int_equal(
	    mime_header_text(&subject, "Subject", title.data, &err), 0);
	str_addf(&wanted, GREETING_HEADERS, subject.data, ways);
	headers = headers_of(&message);
	assert_string_equal(headers, wanted.data);
	free(headers);
	str_release(&title);
	str_release(&subject);
	str_release(&wanted);
	str_release(&message);
}

static void
a_greeting_has_these_headers(void **state)
{
	const struct letter welcome = greeting(OUTBOX_WELCOME);
	const struct letter goodbye = greeting(OUTBOX_GOODBYE);
	struct str ways;

	(void)state;
	str_init(&ways, 5000);
	str_add(&ways, "List-Unsubscribe: <");
	leave_link(&ways);
	str_add(&ways,
	    ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
	    "List-Archive: <https://news.example.org/archive/daily>\r\n");
	has_headers(&welcome, "welcome_subject", ways.data);
	has_headers(&goodbye, "goodbye_subject",
	    "List-Subscribe: <https://news.example.org/subscribe/daily>\r\n");
	str_release(&ways);
}

static void
a_greeting_is_alone_for_who_wants_text(void **state)
{
	static const enum outbox_kind kinds[] = {
	    OUTBOX_CONFIRM, OUTBOX_WELCOME, OUTBOX_GOODBYE};
	struct subscription plain = reader;

	(void)state;
	plain.format = SUBSCRIPTION_TEXT;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct letter letter = greeting(kinds[i]);
		struct str message;

		letter.subscription = &plain;
		make_with(press.kit, &letter, &message);
		assert_non_null(strstr(message.data,
		    "Content-Type: text/plain; charset=utf-8\r\n"));
		assert_null(strstr(message.data, "multipart"));
		assert_null(strstr(message.data, "text/html"));
		str_release(&message);
	}
}

static size_t
times(const char *where, const char *what)
{
	size_t n = 0;

	for (; (where = strstr(where, what)) != NULL; where += strlen(what))
		n++;
	return n;
}

/* The reader's own link stands in the header, the text and the HTML, once
 * each, and opens to this subscription, for leaving alone. */
static void
the_leave_link_is_the_readers(void **state)
{
	const struct letter letter = digest();
	unsigned char uuid[UUID_BYTES], opened[UUID_BYTES];
	struct str message, link;
	char *parts[2];
	const char *seal;

	(void)state;
	make_with(press.kit, &letter, &message);
	str_init(&link, 500);
	leave_link(&link);
	parts[0] = part(&message, "text/plain");
	parts[1] = part(&message, "text/html");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(times(parts[i], link.data), 1);
		assert_int_equal(times(parts[i], "/leave/"), 1);
		assert_null(strchr(parts[i], '\x01'));
		free(parts[i]);
	}
	assert_int_equal(times(message.data, link.data), 1);
	seal = strrchr(link.data, '/') + 1;
	assert_true(uuid_to_bytes(uuid, reader.uuid));
	assert_true(token_open(press.ring, opened, TOKEN_LEAVE, seal));
	assert_memory_equal(opened, uuid, UUID_BYTES);
	assert_false(token_open(press.ring, opened, TOKEN_PREFER, seal));
	str_release(&link);
	str_release(&message);
}

/* A token is in the mail and its two parts once each, in the link, and it is
 * all that differs between two mails of the same row. */
static void
the_token_is_where_it_must_be_and_nowhere_else(void **state)
{
	const struct letter letter = confirm();
	struct str message;
	char *parts[2];
	char *headers;

	(void)state;
	make_with(press.kit, &letter, &message);
	headers = headers_of(&message);
	assert_null(strstr(headers, TOKEN));
	free(headers);
	parts[0] = part(&message, "text/plain");
	parts[1] = part(&message, "text/html");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(times(parts[i], TOKEN), 1);
		assert_int_equal(
		    times(parts[i], "https://news.example.org/confirm/" TOKEN),
		    1);
		assert_null(strstr(parts[i], "/leave/"));
		assert_null(strchr(parts[i], '\x01'));
		free(parts[i]);
	}
	str_release(&message);
}

/* A form is a way to have mail sent to a stranger: what its visitor typed is
 * in the envelope and in To, and nowhere else in the mail. */
static void
a_confirm_mail_says_nothing_of_its_visitor(void **state)
{
	struct subscription visitor = reader;
	struct letter letter = confirm();
	struct str first, second;
	char *ends[2];

	(void)state;
	make_with(press.kit, &letter, &first);
	assert_true(str_fit(visitor.address, sizeof(visitor.address),
	    "win-a-prize-at-evil.example@example.net"));
	letter.subscription = &visitor;
	make_with(press.kit, &letter, &second);
	assert_int_equal(times(second.data, "win-a-prize"), 1);
	ends[0] = strstr(first.data, "Subject:");
	ends[1] = strstr(second.data, "Subject:");
	assert_string_equal(ends[0], ends[1]);
	str_release(&first);
	str_release(&second);
}

static void
one_header(const struct str *message, const char *name, char out[200])
{
	const char *at = strstr(message->data, name);
	size_t n;

	assert_non_null(at);
	assert_true(at == message->data || at[-1] == '\n');
	n = strcspn(at, "\r");
	assert_true(n < 200);
	memcpy(out, at, n);
	out[n] = '\0';
}

/* However often and whenever a row is made into a mail, it has one name; and
 * no other row has it. */
static void
a_row_has_one_message_id(void **state)
{
	struct letter letters[] = {digest(), digest(), confirm(), confirm(),
	    digest(), digest(), greeting(OUTBOX_WELCOME),
	    greeting(OUTBOX_WELCOME)};
	struct subscription other = reader;
	struct issue next = issue;
	char id[8][200];

	(void)state;
	letters[1].now = NOW + 86400;
	letters[3].now = NOW + 86400;
	letters[3].token = "another-token";
	other.id = 43;
	letters[4].subscription = &other;
	assert_true(str_fit(next.uuid, sizeof(next.uuid),
	    "aaaaaaaa-bbbb-4ccc-8ddd-ffffffffffff"));
	letters[5].issue = &next;
	letters[6].uuid = "99999999-8888-4777-8666-444444444444";
	letters[7].uuid = letters[6].uuid;
	letters[7].now = NOW + 86400;
	for (int i = 0; i < 8; i++) {
		struct str message;

		make_with(press.kit, &letters[i], &message);
		one_header(&message, "Message-ID:", id[i]);
		str_release(&message);
	}
	assert_string_equal(id[0], id[1]);
	assert_string_equal(id[2], id[3]);
	assert_string_equal(id[6], id[7]);
	assert_string_not_equal(id[2], id[6]);
	assert_string_not_equal(id[0], id[2]);
	assert_string_not_equal(id[0], id[4]);
	assert_string_not_equal(id[0], id[5]);
}

/* The envelope sender names the row to whoever has the ring, and to nobody
 * else; it is a valid address, whatever a mail system does to its case. */
static void
the_sender_opens_to_the_row(void **state)
{
	const struct letter letters[] = {digest(), confirm()};
	unsigned char uuid[UUID_BYTES], opened[UUID_BYTES];

	(void)state;
	assert_true(uuid_to_bytes(uuid, reader.uuid));
	for (int i = 0; i < 2; i++) {
		char sender[ADDRESS_SIZE], again[ADDRESS_SIZE];
		char seal[ADDRESS_SIZE];
		uint32_t number = 77;
		size_t n;

		letter_sender(press.kit, press.ring, &letters[i], sender);
		letter_sender(press.kit, press.ring, &letters[i], again);
		assert_string_equal(sender, again);
		assert_true(str_starts(sender, "bounce+"));
		assert_true(str_ends(sender, "@example.org"));
		assert_true(strcspn(sender, "@") <= 64);
		assert_true(address_ok(sender));
		assert_true(str_fit(seal, sizeof(seal), sender + 7));
		seal[strcspn(seal, "@")] = '\0';
		assert_true(token_open_verp(press.ring, opened, &number, seal));
		assert_memory_equal(opened, uuid, UUID_BYTES);
		assert_int_equal(number, i == 0 ? 9 : 0);
		n = strspn(seal, "abcdefghijklmnopqrstuvwxyz234567");
		assert_int_equal(n, strlen(seal));
		seal[0] = seal[0] == 'a' ? 'b' : 'a';
		assert_false(
		    token_open_verp(press.ring, opened, &number, seal));
	}
}

/* A list may have a sender of its own; names and bounces stay ours. */
static void
a_list_may_have_its_own_sender(void **state)
{
	struct list own = list;
	struct letter letter = digest();
	struct err err = ERR_INIT;
	struct str message;
	char header[200];

	(void)state;
	letter.list = &own;
	assert_true(
	    str_fit(own.from, sizeof(own.from), "Sport <sport@other.example>"));
	make_with(press.kit, &letter, &message);
	one_header(&message, "From:", header);
	assert_string_equal(header, "From: Sport <sport@other.example>");
	one_header(&message, "Message-ID:", header);
	assert_non_null(strstr(header, "@example.org>"));
	str_release(&message);

	assert_true(str_fit(own.from, sizeof(own.from), "nobody"));
	str_init(&message, MESSAGE_MAX);
	assert_int_equal(
	    letter_make(press.kit, press.ring, &letter, &message, &err), -1);
	assert_non_null(strstr(err.msg, "sender of list 'daily'"));
	str_release(&message);
}

/* Titles come from people and feeds. None of them ends a header. */
static void
no_title_makes_a_header(void **state)
{
	static const char *const titles[] = {"x\r\nBcc: evil@example.net",
	    "x\nBcc: evil@example.net", "x\rBcc: evil@example.net",
	    "x\r\n\r\nBcc: evil@example.net", "\x01 x", "x\x7f"};

	(void)state;
	for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++) {
		struct issue_body hostile = body;
		struct list named = list;
		struct letter letters[] = {digest(), digest(), confirm()};
		struct str subject;

		str_init(&subject, 1000);
		str_add(&subject, titles[i]);
		hostile.subject = subject.data;
		assert_true(
		    str_fit(named.title, sizeof(named.title), titles[i]));
		letters[0].body = &hostile;
		letters[1].list = &named;
		letters[2].list = &named;
		for (int j = 0; j < 3; j++) {
			struct err err = ERR_INIT;
			struct str message;

			str_init(&message, MESSAGE_MAX);
			if (letter_make(press.kit, press.ring, &letters[j],
				&message, &err) == 0)
				assert_null(strstr(message.data, "\nBcc:"));
			else
				assert_int_equal(err.code, ERR_INPUT);
			str_release(&message);
		}
		str_release(&subject);
	}
}

/* "C++" with the mark that holds its signs, and a name that would turn round
 * what a mail program writes behind it. */
static void
no_header_has_a_mark(void **state)
{
	static const char marked[] = "\u200flugha \u202eC++\u200e\u2066!";
	struct issue_body turned = body;
	struct list named = list;
	struct letter letter = digest();
	struct err err = ERR_INIT;
	struct str subject;
	struct str message;

	(void)state;
	str_init(&subject, 1000);
	str_init(&message, MESSAGE_MAX);
	str_add(&subject, marked);
	turned.subject = subject.data;
	assert_true(str_fit(named.title, sizeof(named.title), marked));
	letter.body = &turned;
	letter.list = &named;
	assert_int_equal(
	    letter_make(press.kit, press.ring, &letter, &message, &err), 0);
	assert_non_null(strstr(message.data, "\r\nSubject: lugha C++!\r\n"));
	assert_non_null(strstr(message.data, "\r\nList-Id: lugha C++! <"));
	str_release(&subject);
	str_release(&message);
}

/* RFC 5322 2.1.1, RFC 5321 4.5.3.1.6: CRLF alone, and no line too long. */
static void
lines_are_those_of_mail(void **state)
{
	const struct letter letters[] = {digest(), confirm()};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct str message;

		make_with(press.kit, &letters[i], &message);
		for (const char *p = message.data; *p != '\0';) {
			size_t n = strcspn(p, "\r\n");

			assert_true(n <= 998);
			assert_true(p[n] == '\r' && p[n + 1] == '\n');
			for (size_t j = 0; j < n; j++)
				assert_true(p[j] >= ' ' && p[j] <= '~');
			p += n + 2;
		}
		str_release(&message);
	}
}

/* With a key, the signature comes first and covers what RFC 8058 wants; what
 * follows is, byte for byte, the mail without one. */
static void
a_signed_mail_is_the_mail_with_its_signature(void **state)
{
	static const char *const covered[] = {"from", "to", "subject", "date",
	    "message-id", "list-id", "list-unsubscribe",
	    "list-unsubscribe-post", "mime-version", "content-type"};
	const struct letter letters[] = {digest(), confirm()};
	struct conf *conf;
	struct kit *kit;
	struct err err = ERR_INIT;

	(void)state;
	press_write(&press, "dkim.pem", KEY, 0600);
	conf = press_conf(&press,
	    PRESS_MAIL "dkim {\n domain = example.org\n selector = nashra\n"
		       " key_file = \"dkim.pem\"\n}\n"
		       "time_zone = \"Asia/Damascus\"\n");
	if (kit_new(&kit, conf, true, &err) != 0)
		fail_msg("%s", err.msg);
	for (int i = 0; i < 2; i++) {
		struct str plain, signed_mail, flat;
		char names[1000];
		size_t n;

		make_with(press.kit, &letters[i], &plain);
		make_with(kit, &letters[i], &signed_mail);
		assert_true(str_starts(signed_mail.data, "DKIM-Signature:"));
		assert_true(str_ends(signed_mail.data, plain.data));
		n = signed_mail.len - plain.len;
		signed_mail.data[n] = '\0';
		str_init(&flat, 10000);
		squeeze(&flat, signed_mail.data, n);
		tag(names, sizeof(names), flat.data, " d=");
		assert_string_equal(names, "example.org");
		tag(names, sizeof(names), flat.data, " s=");
		assert_string_equal(names, "nashra");
		assert_true(dkim_verify(signed_mail.data, plain.data));
		tag(names, sizeof(names), flat.data, " h=");
		for (size_t j = 0; names[j] != '\0'; j++) {
			if (names[j] >= 'A' && names[j] <= 'Z')
				names[j] = (char)(names[j] + 32);
		}
		for (size_t j = 0; j < sizeof(covered) / sizeof(*covered);
		     j++) {
			if (strstr(names, covered[j]) == NULL &&
			    !(i == 1 && str_starts(covered[j], "list-")))
				fail_msg("%s is not in %s", covered[j], names);
		}
		if (i == 1)
			assert_non_null(strstr(names, "auto-submitted"));
		str_release(&flat);
		str_release(&plain);
		str_release(&signed_mail);
	}
	kit_free(kit);
	conf_free(conf);
}

/* A body that does not fit is an error, not half a mail. */
static void
too_large_a_mail_is_refused(void **state)
{
	struct issue_body large = body;
	struct letter letter = digest();
	struct err err = ERR_INIT;
	struct str message, text;

	(void)state;
	str_init(&text, MIME_MESSAGE_MAX * 2);
	for (int i = 0; i < 900000 / 20; i++)
		str_add(&text, "twenty octets a line");
	large.text = text.data;
	letter.body = &large;
	str_init(&message, MESSAGE_MAX);
	assert_int_equal(
	    letter_make(press.kit, press.ring, &letter, &message, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	str_release(&text);
	str_release(&message);
}

/* A body with a hole that nobody can fill is not sent with the hole in it. */
static void
a_foreign_hole_is_refused(void **state)
{
	struct issue_body strange = body;
	struct letter letter = digest();
	struct err err = ERR_INIT;
	struct str message;

	(void)state;
	strange.text = (char[]){"\x01tpassword\x01"};
	letter.body = &strange;
	str_init(&message, MESSAGE_MAX);
	assert_int_equal(
	    letter_make(press.kit, press.ring, &letter, &message, &err), -1);
	assert_true(err.code != ERR_NONE);
	str_release(&message);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_digest_has_these_headers),
	    cmocka_unit_test(a_list_that_is_not_public_has_no_archive),
	    cmocka_unit_test(a_confirm_mail_has_these_headers),
	    cmocka_unit_test(a_greeting_has_these_headers),
	    cmocka_unit_test(a_greeting_is_alone_for_who_wants_text),
	    cmocka_unit_test(the_leave_link_is_the_readers),
	    cmocka_unit_test(the_token_is_where_it_must_be_and_nowhere_else),
	    cmocka_unit_test(a_confirm_mail_says_nothing_of_its_visitor),
	    cmocka_unit_test(a_row_has_one_message_id),
	    cmocka_unit_test(the_sender_opens_to_the_row),
	    cmocka_unit_test(a_list_may_have_its_own_sender),
	    cmocka_unit_test(no_title_makes_a_header),
	    cmocka_unit_test(no_header_has_a_mark),
	    cmocka_unit_test(lines_are_those_of_mail),
	    cmocka_unit_test(a_signed_mail_is_the_mail_with_its_signature),
	    cmocka_unit_test(too_large_a_mail_is_refused),
	    cmocka_unit_test(a_foreign_hole_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
