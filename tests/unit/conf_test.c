/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/conf.h"
#include "base/str.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONG_SIZE 307200

static char folder[64];
static char file[128];
static char secret[128];

static void
put(const char *path, const char *text, mode_t mode)
{
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static struct conf *
good(const char *text)
{
	struct err err = ERR_INIT;
	struct conf *conf = NULL;

	put(file, text, 0640);
	if (conf_load(&conf, file, &err) != 0)
		fail_msg("'%s': %s", text, err.msg);
	assert_int_equal(err.code, ERR_NONE);
	return conf;
}

/* What stands after the path of the file. */
static const struct {
	const char *text;
	const char *message;
} bad[] = {
    /* names */
    {"sendrs = 1", ":1: no such option 'sendrs'"},
    {"senders = 1\n\n\nfoo = 2\n", ":4: no such option 'foo'"},
    {"web {\n\n listn = \"x\"\n}", ":3: no such option 'listn'"},
    {"relay main {\n uri = x\n}", ":2: no such option 'uri'"},
    {"wep { }", ":1: no such option 'wep'"},
    {"web { mail { } }", ":1: no such option 'mail'"},
    {"listen = x", ":1: no such option 'listen'"},
    {"web { senders = 2 }", ":1: no such option 'senders'"},
    {"SENDERS = 2", ":1: no such option 'SENDERS'"},
    {"\"web|listen\" = x", ":1: no such option 'listen'"},
    {"\"web|trusted_proxies\" = {x}", ":1: no such option 'trusted_proxies'"},
    {"\"\" = x", ":1: cannot be understood"},
    {"include(\"/etc/passwd\")",
	":1: a text with such a character needs quotes"},
    {"include = x", ":1: no such option 'include'"},
    {"\"include\" = \"/etc/passwd\"", ":1: no such option 'include'"},
    /* syntax */
    {"senders", ":1: premature end of file"},
    {"senders =", ":1: premature end of file"},
    {"senders 2", ":1: missing equal sign after option 'senders'"},
    {"senders == 2", ":1: unexpected token '='"},
    {"senders = }", ":1: unexpected token '}'"},
    {"senders = {2}", ":1: unexpected token '{'"},
    {"senders += 2", ":1: attempt to append to non-list option 'senders'"},
    {"= 2", ":1: unexpected token '='"},
    {"\n}", ":2: unexpected closing brace"},
    {"web = 3", ":1: missing opening brace for section 'web'"},
    {"web \"x\" { }", ":1: missing opening brace for section 'web'"},
    {"relay { }", ":1: missing title for section 'relay'"},
    {"\nweb {\n listen = x\n", ":2: this brace is never closed"},
    {"feeds {\n allow_addresses = {\"a\", \n",
	":1: this brace is never closed"},
    {"web { trusted_proxies = {a b} }", ":1: unexpected token 'b'"},
    {"web { trusted_proxies = {,} }", ":1: unexpected token ','"},
    {"site_name = \"a\nbase_url = \"x\"",
	":1: a text must end on the line it begins on"},
    {"\nsite_name = \"abc", ":2: this text has no closing quote"},
    {"site_name = 'abc", ":1: this text has no closing quote"},
    {"site_name = 'abc\\", ":1: this text has no closing quote"},
    {"site_name = \"abc\\", ":1: only '\"' and '\\' may follow a backslash"},
    {"site_name = \"a\\nb\"", ":1: only '\"' and '\\' may follow a backslash"},
    {"site_name = \"\\x1b\"", ":1: only '\"' and '\\' may follow a backslash"},
    {"site_name = \"\\999\"", ":1: only '\"' and '\\' may follow a backslash"},
    {"site_name = \"a\\\nb\"", ":1: only '\"' and '\\' may follow a backslash"},
    {"site_name = 'a\\\nb'", ":1: a text must end on the line it begins on"},
    {"\n/* open\n\n", ":2: this comment has no end"},
    {"site_name = \"${HOME}\"", ":1: '${' is not read from the environment"},
    {"site_name = ${HOME}", ":1: '${' is not read from the environment"},
    {"site_name = a*b", ":1: a text with such a character needs quotes"},
    {"site_name = a|b", ":1: a text with such a character needs quotes"},
    {"site_name = + b", ":1: a text with such a character needs quotes"},
    {"/* one */\n/* two\n*/\nfoo = 1", ":4: no such option 'foo'"},
    {"# one\n// two\nfoo = 1", ":3: no such option 'foo'"},
    /* bytes */
    {"\n\nsite_name = \"\xff\"", ":3: is not valid UTF-8"},
    {"# \xc3\x28", ":1: is not valid UTF-8"},
    {"site_name = \"\xed\xa0\x80\"", ":1: is not valid UTF-8"},
    {"site_name = \"a\x01"
     "b\"",
	":1: holds a control character"},
    {"\nsite_name = \"\x1b[31m\"", ":2: holds a control character"},
    {"site_name = \"a\x7f\"", ":1: holds a control character"},
    {"site_name = \"a\xc2\x85\"", ":1: holds a control character"},
    {"site_name = \"a\rb\"", ":1: holds a control character"},
    {"site_name = \"a\tb\"", ":1: site_name: holds a control character"},
    /* numbers */
    {"senders = many",
	":1: senders: 'many' is not a whole number from 1 to 64"},
    {"senders = 0", ":1: senders: '0' is not a whole number from 1 to 64"},
    {"senders = 65", ":1: senders: '65' is not a whole number from 1 to 64"},
    {"senders = -1", ":1: senders: '-1' is not a whole number from 1 to 64"},
    {"senders = 1.5", ":1: senders: '1.5' is not a whole number from 1 to 64"},
    {"senders = 0x10",
	":1: senders: '0x10' is not a whole number from 1 to 64"},
    {"senders = \"\"", ":1: senders: '' is not a whole number from 1 to 64"},
    {"senders = \"1 \"",
	":1: senders: '1 ' is not a whole number from 1 to 64"},
    {"senders = ٣", ":1: senders: '٣' is not a whole number from 1 to 64"},
    {"senders = 99999999999999999999",
	":1: senders: '99999999999999999999' is not a whole number from 1 to "
	"64"},
    {"relay a {\nconnections = 0\n}",
	":2: relay.a.connections: '0' is not a whole number from 1 to 1000"},
    {"relay a { connections = 1001 }",
	":1: relay.a.connections: '1001' is not a whole number from 1 to "
	"1000"},
    {"relay a { rate = 1000001 }",
	":1: relay.a.rate: '1000001' is not a whole number from 0 to "
	"1000000"},
    {"relay a { weight = 0 }",
	":1: relay.a.weight: '0' is not a whole number from 1 to 1000"},
    {"domain \"gmail.com\" {\n\n rate = x }",
	":3: domain.gmail.com.rate: 'x' is not a whole number from 0 to "
	"1000000"},
    {"domain \"gmail.com\" { connections = 0 }",
	":1: domain.gmail.com.connections: '0' is not a whole number from 1 "
	"to 1000"},
    /* words */
    {"language = fr", ":1: language: 'fr' is not ar or en"},
    {"language = AR", ":1: language: 'AR' is not ar or en"},
    {"language = \"\"", ":1: language: '' is not ar or en"},
    {"relay a { tls = yes }",
	":1: relay.a.tls: 'yes' is not required, opportunistic or none"},
    {"arabic {\n digits = hindi\n}",
	":2: arabic.digits: 'hindi' is not arab or latn"},
    {"arabic { months = syria }",
	":1: arabic.months: 'syria' is not standard, levant, maghreb or "
	"morocco"},
    {"arabic { calendar = hijri }",
	":1: arabic.calendar: 'hijri' is not gregorian, umalqura or dual"},
    {"arabic { date_style = short }",
	":1: arabic.date_style: 'short' is not site, long or dual"},
    /* addresses */
    {"base_url = \"http://news.example.org\"",
	":1: base_url: 'http://news.example.org' must begin with https:// "
	"(http serves loopback only)"},
    {"base_url = http://128.0.0.1",
	":1: base_url: 'http://128.0.0.1' must begin with https:// (http "
	"serves loopback only)"},
    {"base_url = \"http://127.0.0.1.example.org\"",
	":1: base_url: 'http://127.0.0.1.example.org' must begin with "
	"https:// (http serves loopback only)"},
    {"base_url = \"http://localhost.example.org\"",
	":1: base_url: 'http://localhost.example.org' must begin with "
	"https:// (http serves loopback only)"},
    {"base_url = \"http://127.0.0.1@evil.example\"",
	":1: base_url: 'http://127.0.0.1@evil.example' is not an address such "
	"as https://news.example.org"},
    {"base_url = \"http://[::2]\"",
	":1: base_url: 'http://[::2]' must begin with https:// (http serves "
	"loopback only)"},
    {"base_url = \"\"",
	":1: base_url: '' is not an address such as https://news.example.org"},
    {"base_url = news.example.org",
	":1: base_url: 'news.example.org' is not an address such as "
	"https://news.example.org"},
    {"base_url = \"ftp://a\"",
	":1: base_url: 'ftp://a' is not an address such as "
	"https://news.example.org"},
    {"base_url = \"https://\"",
	":1: base_url: 'https://' is not an address such as "
	"https://news.example.org"},
    {"base_url = \"https://a?b\"",
	":1: base_url: 'https://a?b' is not an address such as "
	"https://news.example.org"},
    {"base_url = \"https://a/b c\"",
	":1: base_url: 'https://a/b c' is not an address such as "
	"https://news.example.org"},
    {"base_url = \"https://a:0\"",
	":1: base_url: 'https://a:0' is not an address such as "
	"https://news.example.org"},
    {"base_url = \"https://a:65536\"",
	":1: base_url: 'https://a:65536' is not an address such as "
	"https://news.example.org"},
    {"base_url = \"https://a:\"",
	":1: base_url: 'https://a:' is not an address such as "
	"https://news.example.org"},
    {"base_url = \"https://[::1\"",
	":1: base_url: 'https://[::1' is not an address such as "
	"https://news.example.org"},
    {"base_url = \"https://الموسوعة.example\"",
	":1: base_url: 'https://الموسوعة.example' is not an address such as "
	"https://news.example.org"},
    {"relay a { url = \"127.0.0.1:25\" }",
	":1: relay.a.url: '127.0.0.1:25' is not an address of the form "
	"host:port after smtp:// or smtps://"},
    {"relay a { url = \"\" }",
	":1: relay.a.url: '' is not an address of the form host:port after "
	"smtp:// or smtps://"},
    {"relay a { url = \"smtp://a/b\" }",
	":1: relay.a.url: 'smtp://a/b' is not an address of the form "
	"host:port after smtp:// or smtps://"},
    {"relay a { url = \"smtp://u:p@a\" }",
	":1: relay.a.url: 'smtp://u:p@a' is not an address of the form "
	"host:port after smtp:// or smtps://"},
    {"bounce_mailbox { url = \"https://a\" }",
	":1: bounce_mailbox.url: 'https://a' is not an address of the form "
	"host:port after imaps://, imap://, pop3s:// or pop3://"},
    /* lists */
    {"feeds { allow_addresses = {\"\"} }",
	":1: feeds.allow_addresses: has an empty entry"},
    {"feeds { allow_addresses = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,"
     "18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33} }",
	":1: feeds.allow_addresses: has more than 32 entries"},
    /* twice */
    {"senders = 1\nsenders = 2\n", ":2: senders: is set already in line 1"},
    {"web { listen = a\n listen = b\n }",
	":2: web.listen: is set already in line 1"},
    {"relay a { rate = 1\n rate = 1 }",
	":2: relay.a.rate: is set already in line 1"},
    {"web { }\nweb { }\n", ":2: web: is set already in line 1"},
    {"web { listen = a }\nweb { listen = b }\n",
	":2: web.listen: is set already in line 1"},
    {"relay a { }\nrelay a { }", ":2: found duplicate title 'a'"},
    {"domain a.b { }\ndomain \"a.b\" { }", ":2: found duplicate title 'a.b'"},
    {"feeds { allow_addresses = {a}\nallow_addresses = {b} }",
	":2: feeds.allow_addresses: is set already in line 1"},
    /* titles */
    {"relay \"\" { }",
	":1: '' is no name for a relay: a-z, 0-9, '-', '_' and '.' may stand "
	"in it"},
    {"relay Main {\n}",
	":2: 'Main' is no name for a relay: a-z, 0-9, '-', '_' and '.' may "
	"stand in it"},
    {"domain \"Gmail.com\" { }",
	":1: 'Gmail.com' is no name for a domain: a-z, 0-9, '-', '_' and '.' "
	"may stand in it"},
    {"domain \"a b\" { }",
	":1: 'a b' is no name for a domain: a-z, 0-9, '-', '_' and '.' may "
	"stand in it"},
    {"relay a{} relay b{} relay c{} relay d{} relay e{} relay f{} relay g{}\n"
     "relay h{}\nrelay i{}",
	":3: there is room for 8 relay sections only"},
    /* what a section cannot do without */
    {"\ndkim {\n selector = a\n}", ":4: dkim: 'domain' is missing"},
    {"dkim { domain = example.org }", ":1: dkim: 'key_file' is missing"},
    {"bounce_mailbox { user = a }", ":1: bounce_mailbox: 'url' is missing"},
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = ERR_INIT;
		struct conf *conf = NULL;
		char expected[sizeof(err.msg)];

		put(file, bad[i].text, 0640);
		snprintf(
		    expected, sizeof(expected), "%s%s", file, bad[i].message);
		if (conf_load(&conf, file, &err) != -1)
			fail_msg("taken: %s", bad[i].text);
		assert_string_equal(err.msg, expected);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_null(conf);
		/* An error leaves nothing behind in libconfuse's scanner. */
		conf_free(good("senders = 2"));
	}
}

static void
test_defaults(void **state)
{
	struct conf *conf = good("");
	char text[160];

	(void)state;
	assert_string_equal(conf->path, file);
	assert_string_equal(conf->site_name, "");
	assert_string_equal(conf->base_url, "");
	assert_int_equal(conf->language, CONF_AR);
	assert_string_equal(conf->database, "/var/lib/nashra/nashra.db");
	assert_string_equal(conf->secrets, "/var/lib/nashra/secrets");
	assert_string_equal(conf->templates, NASHRA_TEMPLATES);
	assert_string_equal(conf->time_zone, "UTC");
	assert_int_equal(conf->senders, 1);
	assert_string_equal(conf->web.listen, "127.0.0.1:8025");
	assert_int_equal(conf->web.trusted_proxies.count, 1);
	assert_string_equal(conf->web.trusted_proxies.item[0], "127.0.0.1");
	assert_string_equal(conf->mail.from, "");
	assert_string_equal(conf->mail.bounce, "");
	assert_string_equal(conf->mail.postal_address, "");
	assert_string_equal(conf->mail.admin, "");
	assert_int_equal(conf->relays, 0);
	assert_int_equal(conf->domains, 0);
	assert_string_equal(conf->dkim.domain, "");
	assert_string_equal(conf->dkim.selector, "nashra");
	assert_string_equal(conf->dkim.key_file, "");
	assert_int_equal(conf->arabic.digits, CONF_DIGITS_ARAB);
	assert_int_equal(conf->arabic.months, CONF_MONTHS_STANDARD);
	assert_int_equal(conf->arabic.calendar, CONF_CALENDAR_GREGORIAN);
	assert_int_equal(conf->arabic.date_style, CONF_DATE_SITE);
	assert_string_equal(conf->bounce_mailbox.url, "");
	assert_string_equal(conf->bounce_mailbox.user, "");
	assert_string_equal(conf->bounce_mailbox.password_file, "");
	assert_int_equal(conf->feeds.allow_addresses.count, 0);
	conf_free(conf);

	conf = good("relay r { }\ndomain example.org { }\n"
		    "web { trusted_proxies = {} }\ndatabase = n.db\n");
	assert_int_equal(conf->relays, 1);
	assert_string_equal(conf->relay[0].name, "r");
	assert_string_equal(conf->relay[0].url, "smtp://127.0.0.1:25");
	assert_int_equal(conf->relay[0].tls, CONF_TLS_REQUIRED);
	assert_string_equal(conf->relay[0].user, "");
	assert_string_equal(conf->relay[0].password_file, "");
	assert_string_equal(conf->relay[0].ca_file, "");
	assert_int_equal(conf->relay[0].connections, 20);
	assert_int_equal(conf->relay[0].rate, 0);
	assert_int_equal(conf->relay[0].weight, 1);
	assert_int_equal(conf->domains, 1);
	assert_string_equal(conf->domain[0].name, "example.org");
	assert_int_equal(conf->domain[0].rate, 0);
	assert_int_equal(conf->domain[0].connections, 1000);
	assert_int_equal(conf->web.trusted_proxies.count, 0);
	snprintf(text, sizeof(text), "%s/secrets", folder);
	assert_string_equal(conf->secrets, text);
	conf_free(conf);
}

static const char whole[] =
    "\xef\xbb\xbf# settings\r\n"
    "site_name  = \"الموسوعة\" // the site\r\n"
    "base_url   = https://news.example.org:8443/a/ /* with a slash */\n"
    "language   = \"en\"\n"
    "database   = db/nashra.db\n"
    "secrets    = '/etc/nashra/secrets'\n"
    "templates  = \"../templates\"\n"
    "time_zone  = Asia/Damascus\n"
    "senders    = 64\n"
    "web  { listen = \"unix:/run/nashra/web.sock\"\n"
    "       trusted_proxies = {\"127.0.0.1\", \"10.0.0.0/8\"}\n"
    "       trusted_proxies += {::1} }\n"
    "mail { from = \"\\\"النشرة\\\" <news@example.org>\"\n"
    "       postal_address = 'دمشق، \"المزة\" \\\\ص.ب 1'\n"
    "       admin = admin@example.org }\n"
    "relay main { url = \"smtps://[::1]:465\" tls = none user = u\n"
    "       password_file = pass ca_file = /etc/ca connections = 1000\n"
    "       rate = 1000000 weight = 1000 per_day = 20000\n"
    "       lists = {\"daily\", sport} domains = {} }\n"
    "relay \"second.one\" { tls = opportunistic }\n"
    "domain \"gmail.com\" { rate = 20  connections = 5 }\n"
    "dkim { domain = example.org selector = s1 key_file = keys/dkim.pem }\n"
    "arabic { digits = latn months = levant calendar = dual\n"
    "         date_style = long }\n"
    "bounce_mailbox { url = imaps://mail.example.org/INBOX user = b\n"
    "         password_file = p }\n"
    "feeds { allow_addresses = \"127.0.0.1\" }\n"
    "#";

static void
test_whole(void **state)
{
	struct conf *conf = good(whole);
	char text[160];

	(void)state;
	assert_string_equal(conf->site_name, "الموسوعة");
	assert_string_equal(conf->base_url, "https://news.example.org:8443/a");
	assert_int_equal(conf->language, CONF_EN);
	snprintf(text, sizeof(text), "%s/db/nashra.db", folder);
	assert_string_equal(conf->database, text);
	assert_string_equal(conf->secrets, "/etc/nashra/secrets");
	snprintf(text, sizeof(text), "%s/../templates", folder);
	assert_string_equal(conf->templates, text);
	assert_string_equal(conf->time_zone, "Asia/Damascus");
	assert_int_equal(conf->senders, 64);
	assert_string_equal(conf->web.listen, "unix:/run/nashra/web.sock");
	assert_int_equal(conf->web.trusted_proxies.count, 3);
	assert_string_equal(conf->web.trusted_proxies.item[1], "10.0.0.0/8");
	assert_string_equal(conf->web.trusted_proxies.item[2], "::1");
	assert_string_equal(conf->mail.from, "\"النشرة\" <news@example.org>");
	assert_string_equal(conf->mail.bounce, "news@example.org");
	assert_string_equal(
	    conf->mail.postal_address, "دمشق، \"المزة\" \\ص.ب 1");
	assert_string_equal(conf->mail.admin, "admin@example.org");
	assert_int_equal(conf->relays, 2);
	assert_string_equal(conf->relay[0].name, "main");
	assert_string_equal(conf->relay[0].url, "smtps://[::1]:465");
	assert_int_equal(conf->relay[0].tls, CONF_TLS_NONE);
	assert_string_equal(conf->relay[0].user, "u");
	snprintf(text, sizeof(text), "%s/pass", folder);
	assert_string_equal(conf->relay[0].password_file, text);
	assert_string_equal(conf->relay[0].ca_file, "/etc/ca");
	assert_int_equal(conf->relay[0].connections, 1000);
	assert_int_equal(conf->relay[0].rate, 1000000);
	assert_int_equal(conf->relay[0].weight, 1000);
	assert_int_equal(conf->relay[0].lists.count, 2);
	assert_string_equal(conf->relay[0].lists.item[1], "sport");
	assert_int_equal(conf->relay[0].domains.count, 0);
	assert_int_equal(conf->relay[0].per_day, 20000);
	assert_string_equal(conf->relay[1].name, "second.one");
	assert_int_equal(conf->relay[1].tls, CONF_TLS_OPPORTUNISTIC);
	assert_string_equal(conf->domain[0].name, "gmail.com");
	assert_int_equal(conf->domain[0].rate, 20);
	assert_int_equal(conf->domain[0].connections, 5);
	assert_string_equal(conf->dkim.domain, "example.org");
	assert_string_equal(conf->dkim.selector, "s1");
	assert_int_equal(conf->arabic.digits, CONF_DIGITS_LATN);
	assert_int_equal(conf->arabic.months, CONF_MONTHS_LEVANT);
	assert_int_equal(conf->arabic.calendar, CONF_CALENDAR_DUAL);
	assert_int_equal(conf->arabic.date_style, CONF_DATE_LONG);
	assert_string_equal(
	    conf->bounce_mailbox.url, "imaps://mail.example.org/INBOX");
	assert_int_equal(conf->feeds.allow_addresses.count, 1);
	conf_free(conf);
}

static const struct {
	const char *text, *base_url;
} base_urls[] = {
    {"base_url = http://127.0.0.1:8025", "http://127.0.0.1:8025"},
    {"base_url = http://127.255.0.9/", "http://127.255.0.9"},
    {"base_url = http://localhost", "http://localhost"},
    {"base_url = \"http://[::1]:80//\"", "http://[::1]:80"},
    {"base_url = https://a/%D8%AE", "https://a/%D8%AE"},
    {"base_url = https://xn--mgba.example", "https://xn--mgba.example"},
};

static void
test_base_url(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(base_urls) / sizeof(base_urls[0]); i++) {
		struct conf *conf = good(base_urls[i].text);

		assert_string_equal(conf->base_url, base_urls[i].base_url);
		conf_free(conf);
	}
}

static void
test_bounce_default(void **state)
{
	static const struct {
		const char *text, *bounce;
	} cases[] = {
	    {"mail { from = \"a@b.example\" }", "a@b.example"},
	    {"mail { from = \"ن <a@b.example>\" }", "a@b.example"},
	    {"mail { from = \"ن <a@b.example>\" bounce = c@d.example }",
		"c@d.example"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf *conf = good(cases[i].text);

		assert_string_equal(conf->mail.bounce, cases[i].bounce);
		conf_free(conf);
	}
}

static void
load_fails(const char *path, enum err_code code, const char *message)
{
	struct err err = ERR_INIT;
	struct conf *conf = NULL;
	char expected[sizeof(err.msg)];

	assert_int_equal(conf_load(&conf, path, &err), -1);
	snprintf(
	    expected, sizeof(expected), "%s%s", path ? path : file, message);
	assert_string_equal(err.msg, expected);
	assert_int_equal(err.code, code);
}

static void
test_file(void **state)
{
	char other[160];
	char *long_text = calloc(1, LONG_SIZE);

	(void)state;
	assert_non_null(long_text);
	snprintf(other, sizeof(other), "%s/none.conf", folder);
	load_fails(
	    other, ERR_CONFIG, ": no such file ('nashra init' makes one)");
	load_fails(folder, ERR_CONFIG, ": is not a file");
	put(file, "senders = 1", 0660);
	load_fails(file, ERR_CONFIG, ": others may write it: chmod go-w");
	put(file, "senders = 1", 0642);
	load_fails(file, ERR_CONFIG, ": others may write it: chmod go-w");
	if (geteuid() == 0) {
		put(file, "senders = 1", 0640);
		assert_int_equal(chown(file, 12345, 12345), 0);
		load_fails(file, ERR_CONFIG,
		    ": belongs to another user: chown it to root");
	}
	memset(long_text, '#', LONG_SIZE - 1);
	put(file, long_text, 0640);
	load_fails(file, ERR_CONFIG, ": is too long");
	free(long_text);

	assert_int_equal(setenv("NASHRA_CONFIG", other, 1), 0);
	put(other, "senders = x", 0600);
	put(file, "senders = 3", 0600);
	{
		struct err err = ERR_INIT;
		struct conf *conf = NULL;

		assert_int_equal(conf_load(&conf, NULL, &err), -1);
		assert_non_null(strstr(err.msg, "none.conf:1: senders: "));
		assert_int_equal(conf_load(&conf, file, &err), 0);
		assert_int_equal(conf->senders, 3);
		conf_free(conf);
	}
	unsetenv("NASHRA_CONFIG");
	(void)unlink(other);
}

/* A relative name of the file: what is in it is relative to its folder. */
static void
test_relative(void **state)
{
	struct err err = ERR_INIT;
	struct conf *conf = NULL;
	char here[PATH_MAX];
	char there[PATH_MAX];
	char text[PATH_MAX + 32];

	(void)state;
	put(file, "database = a.db", 0600);
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(folder), 0);
	assert_non_null(getcwd(there, sizeof(there)));
	assert_int_equal(conf_load(&conf, "nashra.conf", &err), 0);
	snprintf(text, sizeof(text), "%s/a.db", there);
	assert_string_equal(conf->database, text);
	assert_string_equal(conf->path, "nashra.conf");
	conf_free(conf);
	assert_int_equal(conf_load(&conf, "./nashra.conf", &err), 0);
	snprintf(text, sizeof(text), "%s/./a.db", there);
	assert_string_equal(conf->database, text);
	conf_free(conf);
	assert_int_equal(chdir(here), 0);
}

static void
test_fail(void **state)
{
	struct conf *conf = good("\nrelay main {\n\n user = a\n}\n"
				 "mail {\n from = b\n}\nsenders = 2");
	static const struct {
		const char *key, *message;
	} cases[] = {
	    {"relay.main.user", ":4: relay.main.user: x 7"},
	    {"relay.main", ":5: relay.main: x 7"},
	    {"relay.main.url", ": relay.main.url: x 7"},
	    {"mail.from", ":7: mail.from: x 7"},
	    {"mail", ":8: mail: x 7"},
	    {"senders", ":9: senders: x 7"},
	    {"database", ": database: x 7"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = ERR_INIT;
		char text[256];

		assert_int_equal(
		    conf_fail(&err, conf, cases[i].key, "x %d", 7), -1);
		snprintf(text, sizeof(text), "%s%s", file, cases[i].message);
		assert_string_equal(err.msg, text);
		assert_int_equal(err.code, ERR_CONFIG);
	}
	conf_free(conf);
}

static const struct {
	const char *content; /* NULL: there is no file */
	mode_t mode;
	const char *secret;  /* NULL: refused */
	const char *message; /* past the path of the secret */
} secrets[] = {
    {"s3cret", 0600, "s3cret", NULL},
    {"s3cret\n", 0400, "s3cret", NULL},
    {"s3cret\r\n", 0600, "s3cret", NULL},
    {" with space ", 0600, " with space ", NULL},
    {"سر", 0600, "سر", NULL},
    {"123456789012345", 0600, "123456789012345", NULL},
    {"1234567890123456", 0600, NULL, "' is longer than 15 bytes"},
    {"", 0600, NULL, "' is empty"},
    {"\n", 0600, NULL, "' is empty"},
    {"a\nb\n", 0600, NULL, "' holds more than one line of text"},
    {"a\n\n", 0600, NULL, "' holds more than one line of text"},
    {"a\x01", 0600, NULL, "' holds more than one line of text"},
    {"s3cret", 0644, NULL, "' others may read it: chmod 600"},
    {"s3cret", 0604, NULL, "' others may read it: chmod 600"},
    {"s3cret", 0602, NULL, "' others may read it: chmod 600"},
    {NULL, 0, NULL, "' cannot be read: No such file or directory"},
};

static void
test_secret(void **state)
{
	struct conf *conf = good("relay m {\n password_file = secret\n}");
	const char *path = conf->relay[0].password_file;
	const char *key = "relay.m.password_file";
	char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		struct err err = ERR_INIT;
		char text[512];
		int got;

		(void)unlink(secret);
		if (secrets[i].content != NULL)
			put(secret, secrets[i].content, secrets[i].mode);
		got = conf_secret(conf, key, path, out, sizeof(out), &err);
		if (secrets[i].secret != NULL) {
			assert_int_equal(got, 0);
			assert_string_equal(out, secrets[i].secret);
			continue;
		}
		assert_int_equal(got, -1);
		snprintf(text, sizeof(text), "%s:2: %s: '%s%s", file, key, path,
		    secrets[i].message);
		assert_string_equal(err.msg, text);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_string_equal(out, "");
	}
	conf_free(conf);
}

static void
test_credentials(void **state)
{
	struct conf *conf = good("relay m { password_file = secret }");
	struct err err = ERR_INIT;
	char given[160];
	char path[256];
	char out[16];

	(void)state;
	put(secret, "from file", 0600);
	snprintf(given, sizeof(given), "%s/given", folder);
	assert_int_equal(mkdir(given, 0700), 0);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", given, 1), 0);
	assert_int_equal(
	    conf_secret(conf, "relay.m.password_file",
		conf->relay[0].password_file, out, sizeof(out), &err),
	    0);
	assert_string_equal(out, "from file");
	/* systemd guards its folder; the mode there may show a group. */
	snprintf(path, sizeof(path), "%s/secret", given);
	put(path, "given\n", 0440);
	assert_int_equal(
	    conf_secret(conf, "relay.m.password_file",
		conf->relay[0].password_file, out, sizeof(out), &err),
	    0);
	assert_string_equal(out, "given");
	assert_int_equal(conf_secret(conf, "relay.m.password_file", "", out,
			     sizeof(out), &err),
	    -1);
	assert_non_null(strstr(err.msg, "relay.m.password_file: is not set"));
	unsetenv("CREDENTIALS_DIRECTORY");
	(void)unlink(path);
	(void)rmdir(given);
	conf_free(conf);
}

static void
test_create(void **state)
{
	struct err err = ERR_INIT;
	struct conf *conf = NULL;
	struct stat st;
	char path[160];
	char missing[160];

	(void)state;
	snprintf(path, sizeof(path), "%s/new.conf", folder);
	snprintf(missing, sizeof(missing), "%s/no/new.conf", folder);
	assert_int_equal(conf_create(path, &err), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(conf_create(path, &err), 0);
	assert_int_equal(conf_load(&conf, path, &err), 0);
	assert_string_equal(conf->base_url, "http://127.0.0.1:8025");
	assert_int_equal(conf->relays, 1);
	conf_free(conf);
	put(path, "mine", 0600);
	assert_int_equal(conf_create(path, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(conf_create(missing, &err), -1);
	assert_int_equal(err.code, ERR_NOTFOUND);
	(void)unlink(path);
}

/* Every setting of the first file, with its comment mark taken away, loads:
 * what it shows as a default or an example is right. */
static void
test_created_whole(void **state)
{
	struct err err = ERR_INIT;
	struct conf *conf;
	char path[160];
	static char text[65536];
	struct str live;
	char *line;
	FILE *in;

	(void)state;
	snprintf(path, sizeof(path), "%s/new.conf", folder);
	assert_int_equal(conf_create(path, &err), 1);
	in = fopen(path, "r");
	assert_non_null(in);
	str_init(&live, sizeof(text));
	while (fgets(text, sizeof(text), in) != NULL) {
		line = text + strspn(text, "\t");
		if (line[0] == '#' && line[1] != ' ') {
			str_add(&live, line + 1);
		} else {
			str_add(&live, text);
		}
	}
	fclose(in);
	conf = good(live.data);
	assert_string_equal(conf->mail.from, "نشرة <news@example.org>");
	assert_string_equal(
	    conf->bounce_mailbox.url, "imaps://mail.example.org");
	assert_int_equal(conf->domains, 1);
	assert_int_equal(conf->relay[0].connections, 20);
	conf_free(conf);
	str_release(&live);
	(void)unlink(path);
}

static int
set_up(void **state)
{
	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	unsetenv("NASHRA_CONFIG");
	snprintf(folder, sizeof(folder), "/tmp/nashra-conf-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(file, sizeof(file), "%s/nashra.conf", folder);
	snprintf(secret, sizeof(secret), "%s/secret", folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(file);
	(void)unlink(secret);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_base_url),
	    cmocka_unit_test(test_bounce_default),
	    cmocka_unit_test(test_file),
	    cmocka_unit_test(test_relative),
	    cmocka_unit_test(test_fail),
	    cmocka_unit_test(test_secret),
	    cmocka_unit_test(test_credentials),
	    cmocka_unit_test(test_create),
	    cmocka_unit_test(test_created_whole),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
