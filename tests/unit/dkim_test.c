/* SPDX-License-Identifier: ISC */
#include "mail/dkim.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dkim_keys.h"
#include "dkim_verify.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NOW INT64_C(1528637909)

static const char MESSAGE[] =
    "From: Joe SixPack  <joe@football.example.com>\r\n"
    "To:Suzie Q\r\n"
    "\t<suzie@shopping.example.net>\r\n"
    "SUBJECT :  Is dinner\t ready? \r\n"
    "X-Twice: one\r\n"
    "X-Twice: two\r\n"
    "Received: from nowhere\r\n"
    "\r\n"
    "Hi. \r\n"
    "\r\n"
    "We lost  the game.\tAre you hungry yet?\r\n"
    "\r\n"
    "Joe.\r\n"
    "\r\n"
    "\r\n";

/* bh= is the one of RFC 6376 A.2; b= was made by openssl dgst -sign over a
 * canonical form that was written by hand. */
static const char SIGNATURE[] =
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; s=brisbane; t=1528637909;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; "
    "h=X-Twice:X-Twice:SUBJECT:\r\n"
    " To:From:From:Subject:To:Date:Reply-To:List-Unsubscribe:\r\n"
    " List-Unsubscribe-Post; "
    "b=dtetfJ2VjssS08R5XQtWSDbT+9ycgls3VyBdOUgv3twImEsddU\r\n"
    " CaOMD3B+8WZ95bdan1stsJ5L5onyTAYrQqlt4iYLNd4nQ+7xTO9uDq8N1sd6ejy4BWfuNB/"
    "BkAq\r\n"
    " E41wlDMDYZXf1i30hluKgOA45ZNya5XOP+uGp6geWUqy9M=\r\n";

static struct dkim *
signer(const char *pem)
{
	struct err err = ERR_INIT;
	struct dkim *dkim = NULL;

	if (dkim_new(&dkim, pem, strlen(pem), "football.example.com",
		"brisbane", &err) != 0)
		fail_msg("%s", err.msg);
	return dkim;
}

static void
signs_the_known_message(void **state)
{
	static const char *const keys[] = {KEY, KEY_PKCS1};

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct dkim *dkim = signer(keys[i]);
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, 4096);
		str_add(&out, "kept");
		if (dkim_sign(
			&out, dkim, MESSAGE, strlen(MESSAGE), NOW, &err) != 0)
			fail_msg("%s", err.msg);
		assert_string_equal(out.data + 4, SIGNATURE);
		str_release(&out);
		dkim_free(dkim);
	}
}

static void
writes_the_record(void **state)
{
	static const struct {
		const char *pem;
		const char *record;
	} cases[] = {{KEY, RECORD}, {KEY_ED25519, RECORD_ED25519}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dkim *dkim = signer(cases[i].pem);
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, 4096);
		assert_int_equal(dkim_dns(&out, dkim, &err), 0);
		assert_string_equal(out.data, cases[i].record);
		str_release(&out);
		str_init(&out, 20);
		assert_int_equal(dkim_dns(&out, dkim, &err), -1);
		str_release(&out);
		dkim_free(dkim);
	}
}

static const struct {
	const char *pem;
	const char *domain;
	const char *selector;
	const char *says;
} bad_settings[] = {
    {"", "example.org", "s", "private key"},
    {"rubbish", "example.org", "s", "private key"},
    {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
	"example.org", "s", "private key"},
    {KEY_PUBLIC, "example.org", "s", "private key"},
    {KEY_ENCRYPTED, "example.org", "s", "without a password"},
    {KEY_768, "example.org", "s", "768 bits"},
    {KEY_PSS, "example.org", "s", "another kind than RSA and Ed25519"},
    {KEY, "", "s", "domain"},
    {KEY, "localhost", "s", "domain 'localhost'"},
    {KEY, "example.org;", "s", "domain"},
    {KEY, "exam\nple.org", "s", "domain"},
    {KEY, "\xff.org", "s", "UTF-8"},
    {KEY, "example.org", "", "selector"},
    {KEY, "example.org", "a..b", "selector"},
    {KEY, "example.org", ".a", "selector"},
    {KEY, "example.org", "a.", "selector"},
    {KEY, "example.org", "a b", "selector"},
    {KEY, "example.org", "a;b", "selector"},
    {KEY, "example.org", "a\r\nb", "selector"},
    {KEY, "example.org",
	"0123456789012345678901234567890123456789012345678901234567890123",
	"selector"},
};

static void
refuses_bad_settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_settings); i++) {
		struct err err = ERR_INIT;
		struct dkim *dkim = NULL;

		if (dkim_new(&dkim, bad_settings[i].pem,
			strlen(bad_settings[i].pem), bad_settings[i].domain,
			bad_settings[i].selector, &err) != -1)
			fail_msg("took row %zu", i);
		if (strstr(err.msg, bad_settings[i].says) == NULL)
			fail_msg("row %zu: %s", i, err.msg);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_null(dkim);
	}
	dkim_free(NULL);
}

static void
takes_a_domain_in_any_script(void **state)
{
	struct err err = ERR_INIT;
	struct dkim *dkim = NULL;
	struct str out;

	(void)state;
	str_init(&out, 4096);
	assert_int_equal(
	    dkim_new(&dkim, KEY, strlen(KEY), "مثال.إختبار", "s.2025", &err),
	    0);
	assert_int_equal(
	    dkim_sign(&out, dkim, MESSAGE, strlen(MESSAGE), NOW, &err), 0);
	assert_non_null(strstr(out.data, " d=xn--mgbh0fb.xn--kgbechtv;"));
	assert_non_null(strstr(out.data, " s=s.2025;"));
	str_release(&out);
	dkim_free(dkim);
}

static const char *const messages[] = {
    MESSAGE,
    "From: a@example.org\r\n\r\n",
    "From:a@example.org\r\n\r\nx",
    "from \t : \t a@example.org \t\r\n\r\n\r\n\r\n",
    "FROM:\r\n a@example.org\r\n \t \r\n\tx\r\n\r\n \r\n\t\r\n",
    "From: a\r\nFrom: b\r\nSubject:\r\nSubject: \r\nX-A: 1\r\nx-a: 2\r\n"
    "X-A: 3\r\n\r\n.\r\n..\r\n",
    "X-With-A-Name-That-Is-As-Long-As-It-May-Be-And-Not-A-Byte-Longer-Than-"
    "This: x\r\nFrom: a\r\n\r\n",
    "Received: x\r\nReturn-Path: <>\r\nDKIM-Signature: v=1; b=xx; h=y\r\n"
    "From: a\r\nList-Unsubscribe: <https://example.org/>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n",
};

static void
verify_all(const char *pem)
{
	struct dkim *dkim = signer(pem);

	for (size_t i = 0; i < COUNT(messages); i++) {
		struct err err = ERR_INIT;
		struct str out;
		size_t longest = 0;

		str_init(&out, 4096);
		if (dkim_sign(&out, dkim, messages[i], strlen(messages[i]),
			NOW + (int64_t)i, &err) != 0)
			fail_msg("row %zu: %s", i, err.msg);
		if (!dkim_verify(out.data, messages[i]))
			fail_msg("row %zu: %s", i, out.data);
		for (const char *p = out.data; *p != '\0';) {
			size_t n = strcspn(p, "\r");

			longest = n > longest ? n : longest;
			p += n + 2;
		}
		assert_in_range(longest, 60, 76);
		assert_null(strstr(out.data, "Received"));
		str_release(&out);
	}
	dkim_free(dkim);
}

static void
verifies(void **state)
{
	(void)state;
	verify_all(KEY);
	verify_all(KEY_ED25519);
}

/* RFC 8463 3: and what it signs is small. */
static void
an_ed25519_signature_says_so(void **state)
{
	struct dkim *dkim = signer(KEY_ED25519);
	struct err err = ERR_INIT;
	struct str out;

	(void)state;
	str_init(&out, 4096);
	assert_int_equal(
	    dkim_sign(&out, dkim, MESSAGE, strlen(MESSAGE), NOW, &err), 0);
	assert_true(
	    str_starts(out.data, "DKIM-Signature: v=1; a=ed25519-sha256; c="));
	assert_non_null(strstr(
	    out.data, " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;"));
	str_release(&out);
	dkim_free(dkim);
}

static const struct {
	const char *body;
	int taken;
} bodies[] = {
    {"", 1},
    {"x\r\n", 1},
    {"--b\r\n\r\nabcd\r\n", 1},
    {" a b\r\n\r\n\r\nc\r\n", 1},
    {"a  b\r\n", 0},
    {"a \r\n", 0},
    {"a\tb\r\n", 0},
    {"a\r\n\r\n", 0},
    {"a", 0},
    {"\r\n", 0},
};

/* Hashed in two pieces, wherever the cut is, a body gives the signature that
 * it gives in one; and what is not canonical is not taken. */
static void
a_stem_changes_nothing(void **state)
{
	static const char head[] = "From: a@example.org\r\nTo: b\r\n\r\n";
	struct dkim *dkim = signer(KEY_ED25519);

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct err err = ERR_INIT;
		struct dkim_parts parts = {
		    .body = bodies[i].body, .body_len = strlen(bodies[i].body)};
		struct canon_message split;
		struct dkim_stem *stem = NULL;
		struct str whole, want, got;

		str_init(&whole, 4096);
		str_init(&want, 4096);
		str_init(&got, 4096);
		str_add(&whole, head);
		str_add(&whole, bodies[i].body);
		assert_int_equal(
		    canon_split(&split, head, strlen(head), &err), 0);
		assert_int_equal(
		    dkim_sign(&want, dkim, whole.data, whole.len, NOW, &err),
		    0);
		parts.head = &split;
		for (size_t cut = 0; cut <= parts.body_len; cut++) {
			int rc = dkim_stem_new(
			    &stem, bodies[i].body, parts.body_len, cut, &err);

			assert_int_equal(rc, bodies[i].taken);
			parts.stem = stem;
			str_reset(&got);
			assert_int_equal(
			    dkim_sign_parts(&got, dkim, &parts, NOW, &err), 0);
			assert_string_equal(got.data, want.data);
			dkim_stem_free(stem);
			stem = NULL;
		}
		canon_release(&split);
		str_release(&whole);
		str_release(&want);
		str_release(&got);
	}
	dkim_free(dkim);
}

/* None of these can be added later, not even where there is none now. */
static void
one_more_header_breaks_it(void **state)
{
	static const char *const added[] = {"From: x\r\n", "Subject: x\r\n",
	    "To: x\r\n", "Date: x\r\n", "Reply-To: x\r\n",
	    "List-Unsubscribe: x\r\n", "List-Unsubscribe-Post: x\r\n"};
	struct dkim *dkim = signer(KEY);

	(void)state;
	for (size_t i = 0; i < COUNT(added); i++) {
		struct err err = ERR_INIT;
		struct str out;
		struct str more;

		str_init(&out, 4096);
		str_init(&more, 4096);
		assert_int_equal(
		    dkim_sign(&out, dkim, MESSAGE, strlen(MESSAGE), NOW, &err),
		    0);
		assert_true(dkim_verify(out.data, MESSAGE));
		str_add(&more, added[i]);
		str_add(&more, MESSAGE);
		assert_false(dkim_verify(out.data, more.data));
		str_reset(&more);
		str_add_bytes(&more, MESSAGE,
		    (size_t)(strstr(MESSAGE, "\r\n\r\n") - MESSAGE) + 2);
		str_add(&more, added[i]);
		str_add(&more, strstr(MESSAGE, "\r\n\r\n") + 2);
		assert_false(dkim_verify(out.data, more.data));
		str_release(&out);
		str_release(&more);
	}
	dkim_free(dkim);
}

static const struct {
	const char *message;
	int64_t now;
	const char *says;
} bad_messages[] = {
    {"", NOW, "no empty line"},
    {"From: a", NOW, "no empty line"},
    {"From: a\r\n", NOW, "no empty line"},
    {"From: a\n\nx", NOW, "stands alone"},
    {"From: a\r\n\r\nx\ny\r\n", NOW, "stands alone"},
    {"From: a\r\n\r\nx\r", NOW, "stands alone"},
    {"From: a\r\n\r\nx\ry", NOW, "stands alone"},
    {"\r\nFrom: a\r\n", NOW, "no 'From'"},
    {"Subject: a\r\n\r\n", NOW, "no 'From'"},
    {"From a\r\n\r\n", NOW, "header 1 "},
    {" From: a\r\n\r\n", NOW, "header 1 "},
    {"From: a\r\nx\r\n\r\n", NOW, "header 2 "},
    {"From: a\r\n:x\r\n\r\n", NOW, "header 2 "},
    {"From: a\r\nX;Y: x\r\n\r\n", NOW, "header 2 "},
    {"From: a\r\nX Y: x\r\n\r\n", NOW, "header 2 "},
    {"From: a\r\n\xd8\xa7: x\r\n\r\n", NOW, "header 2 "},
    {"From: a\r\nX-With-A-Name-That-Is-As-Long-As-It-May-Be-And-Then-A-Byte-"
     "Longer-Than-That: x\r\n\r\n",
	NOW, "header 2 "},
    {"From: a\r\n\r\n", -1, "1970"},
};

static void
refuses_bad_messages(void **state)
{
	struct dkim *dkim = signer(KEY);

	(void)state;
	for (size_t i = 0; i < COUNT(bad_messages); i++) {
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, 4096);
		if (dkim_sign(&out, dkim, bad_messages[i].message,
			strlen(bad_messages[i].message), bad_messages[i].now,
			&err) != -1)
			fail_msg("took row %zu", i);
		if (strstr(err.msg, bad_messages[i].says) == NULL)
			fail_msg("row %zu: %s", i, err.msg);
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(out.len, 0);
		str_release(&out);
	}
	dkim_free(dkim);
}

static void
says_when_it_does_not_fit(void **state)
{
	struct dkim *dkim = signer(KEY);
	struct err err = ERR_INIT;
	struct str out;

	(void)state;
	str_init(&out, 100);
	assert_int_equal(
	    dkim_sign(&out, dkim, MESSAGE, strlen(MESSAGE), NOW, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	str_release(&out);
	dkim_free(dkim);
}

static void
makes_keys(void **state)
{
	static const unsigned bad[] = {0, 512, 1023, 4097, 100000};
	struct err err = ERR_INIT;
	struct dkim *dkim;
	struct str pem;
	struct str out;

	(void)state;
	str_init(&pem, 8192);
	str_init(&out, 8192);
	assert_int_equal(dkim_key_new(&pem, 1024, &err), 0);
	assert_true(str_starts(pem.data, "-----BEGIN PRIVATE KEY-----\n"));
	dkim = signer(pem.data);
	assert_int_equal(
	    dkim_sign(&out, dkim, MESSAGE, strlen(MESSAGE), NOW, &err), 0);
	assert_false(
	    dkim_verify(out.data, MESSAGE)); /* not the key of RECORD */
	dkim_free(dkim);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(dkim_key_new(&pem, bad[i], &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
	}
	str_release(&pem);
	str_release(&out);
	str_init(&pem, 10);
	assert_int_equal(dkim_key_new(&pem, 1024, &err), -1);
	str_release(&pem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signs_the_known_message),
	    cmocka_unit_test(writes_the_record),
	    cmocka_unit_test(refuses_bad_settings),
	    cmocka_unit_test(takes_a_domain_in_any_script),
	    cmocka_unit_test(verifies),
	    cmocka_unit_test(an_ed25519_signature_says_so),
	    cmocka_unit_test(a_stem_changes_nothing),
	    cmocka_unit_test(one_more_header_breaks_it),
	    cmocka_unit_test(refuses_bad_messages),
	    cmocka_unit_test(says_when_it_does_not_fit),
	    cmocka_unit_test(makes_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
