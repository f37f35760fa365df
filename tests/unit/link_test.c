/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define SAME         "="

/* "": refused; SAME: as it was. */
/* clang-format off */
static const struct {
	const char *url;
	const char *want;
} cleaning_cases[] = {
    /* taken */
    {"https://example.org", SAME},
    {"https://example.org/", SAME},
    {"http://example.org/a/b?c=d&e=%20f#g", SAME},
    {"https://example.org?x", SAME},
    {"https://example.org#x", SAME},
    {"https://example.org:8443/", SAME},
    {"https://example.org/~user/(a)!$'*,;=:@[x]", SAME},
    {"https://example.org/a//b", SAME},
    /* made the same */
    {"HTTPS://EXAMPLE.org/Path", "https://example.org/Path"},
    {"  https://example.org/ \n", "https://example.org/"},
    {"https://exa\nmple.org/a\tb\r", "https://example.org/ab"},
    {"\x01https://example.org/\x02", "https://example.org/"},
    {"//cdn.example.org/a.png", "https://cdn.example.org/a.png"},
    {"https://example.org/أستانا",
	"https://example.org/%D8%A3%D8%B3%D8%AA%D8%A7%D9%86%D8%A7"},
    {"https://example.org/a b?c d#e f", "https://example.org/a%20b?c%20d#e%20f"},
    {"https://example.org/\"<>`{|}^", "https://example.org/%22%3C%3E%60%7B%7C%7D%5E"},
    {"https://example.org/a\\b", "https://example.org/a%5Cb"},
    {"https://example.org/100%", "https://example.org/100%25"},
    {"https://example.org/%zz%4", "https://example.org/%25zz%254"},
    {"https://example.org/#a#b", "https://example.org/#a%23b"},
    {"https://example.org:0443/", "https://example.org:443/"},
    {"https://example.org:/", "https://example.org/"},
    {"https://example.org/\u202egpj.exe", "https://example.org/%E2%80%AEgpj.exe"},
    {"https://مثال.إختبار/", "https://xn--mgbh0fb.xn--kgbechtv/"},
    {"https://bücher.example/", "https://xn--bcher-kva.example/"},
    {"https://example。org/", "https://example.org/"},
    {"https://ＥＸＡＭＰＬＥ.org/", "https://example.org/"},
    /* mail */
    {"mailto:desk@example.org", SAME},
    {"MAILTO:Desk+x@example.org", "mailto:Desk+x@example.org"},
    {"mailto:desk@example.org?bcc=all@example.org&body=x", "mailto:desk@example.org"},
    {"mailto:", ""},
    {"mailto:?subject=x", ""},
    {"mailto:desk", ""},
    {"mailto:@example.org", ""},
    {"mailto:desk@", ""},
    {"mailto:a@b@example.org", ""},
    {"mailto:a@example.org,b@example.org", ""},
    {"mailto:a%0d%0aBcc:b@example.org", ""},
    {"mailto:a b@example.org", ""},
    {"mailto://desk@example.org", ""},
    {"mailto:\"<script>\"@example.org", ""},
    /* other schemes, however spelt */
    {"", ""},
    {"#", ""},
    {"/path", ""},
    {"path", ""},
    {"?x", ""},
    {"../x", ""},
    {"javascript:alert(1)", ""},
    {"JaVaScRiPt:alert(1)", ""},
    {" javascript:alert(1)", ""},
    {"java\nscript:alert(1)", ""},
    {"java\x01script:alert(1)", ""},
    {"\x01javascript:alert(1)", ""},
    {"javascript://example.org/%0aalert(1)", ""},
    {"javascript:https://example.org/", ""},
    {"\u00a0javascript:alert(1)", ""},
    {"jаvascript:alert(1)", ""},
    {"javascript&colon;alert(1)", ""},
    {"%6aavascript:alert(1)", ""},
    {"vbscript:x", ""},
    {"livescript:x", ""},
    {"data:text/html,<script>alert(1)</script>", ""},
    {"data:image/svg+xml;base64,AAAA", ""},
    {"blob:https://example.org/x", ""},
    {"filesystem:https://example.org/x", ""},
    {"view-source:https://example.org/", ""},
    {"about:blank", ""},
    {"file:///etc/passwd", ""},
    {"ftp://example.org/", ""},
    {"cid:part1", ""},
    {"tel:+963111", ""},
    {"intent://x#Intent;end", ""},
    {"ms-msdt:/id", ""},
    {"search-ms:query=x", ""},
    {"ws://example.org/", ""},
    {"https", ""},
    {"https:", ""},
    {"https:/", ""},
    {"https:example.org", ""},
    {"https:/example.org", ""},
    {"https:\\\\example.org", ""},
    {"\\\\example.org\\x", ""},
    {"/\\example.org", ""},
    {"https ://example.org", ""},
    /* hosts that are none, or not what they seem */
    {"https://", ""},
    {"https:///x", ""},
    {"https://?x", ""},
    {"https://:80/", ""},
    {"//", ""},
    {"https://user@example.org/", ""},
    {"https://example.org@evil.example/", ""},
    {"https://example.org:pw@evil.example/", ""},
    {"https://example.org\\@evil.example/", ""},
    {"https://example.org\\evil.example/", ""},
    {"https://exa mple.org/", ""},
    {"https://example.org%2f@evil.example/", ""},
    {"https://%65xample.org/", ""},
    {"https://example.org:99999/", ""},
    {"https://example.org:0/", ""},
    {"https://example.org:-1/", ""},
    {"https://example.org:80x/", ""},
    {"https://example.org:11111111111/", ""},
    {"https://<b>/", ""},
    {"https://\"onclick=x/", ""},
    {"https://exam\u202eple.org/", ""},
    {"https://exam\u200dple.org/", ""},
    {"https://xn--a/", ""},
    {"https://[::1/", ""},
    /* not of the public DNS, in whatever spelling */
    {"http://192.0.2.1/", ""},
    {"http://127.0.0.1/", ""},
    {"http://127.1/", ""},
    {"http://127.0.0.1./", ""},
    {"http://2130706433/", ""},
    {"http://0x7f000001/", ""},
    {"http://0x7f.0.0.0x1/", ""},
    {"http://0177.0.0.1/", ""},
    {"http://1.0x/", ""},
    {"http://١٢٧.٠.٠.١/", ""},
    {"http://①②⑦.⓪.⓪.①/", ""},
    {"http://169.254.169.254/latest/meta-data/", ""},
    {"http://[::1]/", ""},
    {"http://[2001:db8::1]:80/", ""},
    {"http://[::ffff:127.0.0.1]/", ""},
    {"http://localhost/", ""},
    {"http://LOCALHOST:8080/", ""},
    {"http://a.localhost./", ""},
    {"http://router/", ""},
    {"http://router./", ""},
    {"http://fritz.box/", SAME},
    {"http://nas.local/", ""},
    {"http://db.corp.internal/", ""},
    {"http://x.home.arpa/", ""},
    {"http://router.lan/", ""},
    {"http://notlocal.example/", SAME},
    {"http://mylocal/", ""},
    {"http://1.example/", SAME},
    {"http://0x7f.example/", SAME},
    {"https://example.org./", SAME},
    {"https://[javascript]/", ""},
    {"https://-/", ""},
    {"https://.../", ""},
    {"https://a..b/", ""},
    {"https://example.org/\x01", "https://example.org/"},
    {"https://example.org/\x01x", ""},
    {"https://example.org/\x7f", ""},
    {"https://example.org/\xff", ""},
};
/* clang-format on */

static void
cleaning(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cleaning_cases); i++) {
		const char *want = cleaning_cases[i].want;
		struct str out;
		bool ok;

		str_init(&out, 8192);
		ok = link_clean(&out, cleaning_cases[i].url, LINK_PAGE);
		if (str_eq(want, SAME))
			want = cleaning_cases[i].url;
		if (!str_eq(out.data, want) || ok != (*want != '\0')) {
			fail_msg("'%s' became '%s', not '%s'",
			    cleaning_cases[i].url, out.data, want);
		}
		str_release(&out);
	}
}

static void
images_are_of_the_web(void **state)
{
	struct str out;

	(void)state;
	str_init(&out, 64);
	assert_false(link_clean(&out, "mailto:a@example.org", LINK_IMAGE));
	assert_int_equal(out.len, 0);
	assert_true(link_clean(&out, "//example.org/a.png", LINK_IMAGE));
	assert_string_equal(out.data, "https://example.org/a.png");
	str_release(&out);
	/* asked for as soon as the mail is opened */
	assert_false(
	    link_clean(&out, "https://example.org:8443/a.png", LINK_IMAGE));
	assert_false(
	    link_clean(&out, "http://example.org:22/a.png", LINK_IMAGE));
	assert_false(link_clean(&out, "http://192.168.1.1/reboot", LINK_IMAGE));
	assert_true(
	    link_clean(&out, "https://example.org:443/a.png", LINK_IMAGE));
	str_release(&out);
}

#define BASE "https://a.example/b/c/d;p?q#f"

/* RFC 3986 5.4, and what browsers make of the rest; "": refused. */
static const struct {
	const char *base, *url, *want;
} resolving_cases[] = {
    {BASE, "g", "https://a.example/b/c/g"},
    {BASE, "./g", "https://a.example/b/c/g"},
    {BASE, "g/", "https://a.example/b/c/g/"},
    {BASE, "/g", "https://a.example/g"},
    {BASE, "//g.example", "https://g.example"},
    {BASE, "?y", "https://a.example/b/c/d;p?y"},
    {BASE, "g?y", "https://a.example/b/c/g?y"},
    {BASE, "#s", "https://a.example/b/c/d;p?q#s"},
    {BASE, "g#s", "https://a.example/b/c/g#s"},
    {BASE, ";x", "https://a.example/b/c/;x"},
    {BASE, "", ""},
    {BASE, " \n", ""},
    {BASE, ".", "https://a.example/b/c/"},
    {BASE, "./", "https://a.example/b/c/"},
    {BASE, "..", "https://a.example/b/"},
    {BASE, "../", "https://a.example/b/"},
    {BASE, "../g", "https://a.example/b/g"},
    {BASE, "../..", "https://a.example/"},
    {BASE, "../../g", "https://a.example/g"},
    {BASE, "../../../../g", "https://a.example/g"},
    {BASE, "/./g", "https://a.example/g"},
    {BASE, "/../g", "https://a.example/g"},
    {BASE, "g.", "https://a.example/b/c/g."},
    {BASE, "..g", "https://a.example/b/c/..g"},
    {BASE, "./../g", "https://a.example/b/g"},
    {BASE, "./g/.", "https://a.example/b/c/g/"},
    {BASE, "g/../h", "https://a.example/b/c/h"},
    {BASE, "g;x=1/../y", "https://a.example/b/c/y"},
    {BASE, "g?y/../x", "https://a.example/b/c/g?y/../x"},
    {BASE, "g#s/../x", "https://a.example/b/c/g#s/../x"},
    {BASE, "./a:b", "https://a.example/b/c/a:b"},
    {BASE, "a:b", ""},
    {BASE, "صورة.png", "https://a.example/b/c/%D8%B5%D9%88%D8%B1%D8%A9.png"},
    {BASE, "https://b.example/x", "https://b.example/x"},
    {BASE, "mailto:desk@example.org", "mailto:desk@example.org"},
    {"https://a.example", "g", "https://a.example/g"},
    {"https://a.example?q", "g", "https://a.example/g"},
    {"https://a.example:8443/x", "g", "https://a.example:8443/g"},
    /* no way to another scheme or host */
    {BASE, "javascript:alert(1)", ""},
    {BASE, "java\nscript:alert(1)", ""},
    {BASE, "\x01javascript:alert(1)", ""},
    {BASE, "data:text/html,x", ""},
    {BASE, "https:g", ""},
    {BASE, "//user@evil.example/", ""},
    {BASE, "\\\\evil.example/", ""},
    {BASE, "/\\evil.example/", ""},
    {BASE, "\t//evil.example/", "https://evil.example/"},
    {BASE, "/\t/evil.example/", "https://evil.example/"},
    {BASE,
	"/./"
	"/evil.example/",
	"https://a.example//evil.example/"},
    {BASE, "g\\h", "https://a.example/b/c/g%5Ch"},
    /* a base that is none */
    {"", "g", ""},
    {"", "/g", ""},
    {"", "#g", ""},
    {"mailto:desk@example.org", "g", ""},
    {"javascript:x", "g", ""},
    {"http://127.0.0.1/", "g", ""},
    {"https://user@a.example/", "g", ""},
};

static void
resolving(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(resolving_cases); i++) {
		struct str out;
		bool ok;

		str_init(&out, 8192);
		ok = link_resolve(&out, resolving_cases[i].base,
		    resolving_cases[i].url, LINK_PAGE);
		if (!str_eq(out.data, resolving_cases[i].want) ||
		    ok != (out.len > 0)) {
			fail_msg("'%s' became '%s'", resolving_cases[i].url,
			    out.data);
		}
		str_release(&out);
	}
}

/* As long as 2,048 bytes, before and after. */
static void
length(void **state)
{
	static const struct {
		const char *unit;
		size_t n;
		bool ok;
	} cases[] = {{"a", 2028, true}, {"a", 2029, false}, {" x", 507, true},
	    {" x", 508, false}, {"\n", 2028, true}, {"\n", 2029, false}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str url;
		struct str out;

		str_init(&url, 8192);
		str_init(&out, 8192);
		str_add(&url, "https://example.org/");
		for (size_t n = 0; n < cases[i].n; n++)
			str_add(&url, cases[i].unit);
		assert_int_equal(
		    link_clean(&out, url.data, LINK_PAGE), cases[i].ok);
		assert_int_equal(out.len > 0, cases[i].ok);
		str_release(&url);
		str_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cleaning),
	    cmocka_unit_test(images_are_of_the_web),
	    cmocka_unit_test(resolving),
	    cmocka_unit_test(length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
