"""Bad input: the right exit status, a message that says where, no traces."""

import shutil
import socket
import sqlite3

import pytest

from rig import feeds
from rig.site import ROOT
from rig.wait import free_port

USAGE, DATA, NOINPUT, IOERR, TEMP, NOPERM, CONFIG = 64, 65, 66, 74, 75, 77, 78


# The settings


BAD_SETTINGS = [
    ("unknown setting", 'colour = "red"', "colour"),
    ("unknown section", 'pigeon {\n\tspeed = 3\n}', "pigeon"),
    ("unknown in a section", 'web {\n\tlisten = "127.0.0.1:1"\n\tport = 5\n}',
     "port"),
    ("a word for a number", "senders = many", "senders"),
    ("a number out of range", "senders = 0", "senders"),
    ("a word that is none of them", 'language = "fr"', "language"),
    ("TLS misspelled", 'relay extra {\n\ttls = "require"\n}', "tls"),
    ("no SMTP address", 'relay extra {\n\turl = "http://127.0.0.1"\n}',
     "url"),
    ("too many connections", "relay extra {\n\tconnections = 99999\n}",
     "connections"),
    ("dkim without key_file", 'dkim {\n\tdomain = "example.org"\n}', "dkim"),
    ("plain http in public", 'base_url = "http://news.example.org"',
     "base_url"),
    ("an open quote", 'site_name = "الموسوعة', None),
    ("an open section", "arabic {", None),
]


@pytest.mark.parametrize(
    "lines, word", [(l, w) for _, l, w in BAD_SETTINGS],
    ids=[name for name, _, _ in BAD_SETTINGS])
def test_settings(site, lines, word):
    site.add_list()
    before = site.dump()
    good = site.conf.read_text(encoding="utf-8")
    # In place of what was there: twice is another mistake.
    key = lines.split()[0]
    section = lines.rstrip().endswith("}")
    if section and key in site.tree:
        site.settings({key: None})
        good = site.conf.read_text(encoding="utf-8")
    elif not section:
        good = "".join(l for l in good.splitlines(True)
                       if not l.startswith(key + " ="))
    site.conf.write_text(good + lines + "\n", encoding="utf-8")
    first = good.count("\n") + 1
    last = first + lines.count("\n") + 1
    for result in (site.run("list", "ls"), site.run("digest", "send", "news"),
                   site.run_daemon("web"), site.run_daemon()):
        result.must(CONFIG, *([word] if word else []))
        said = [n for n in range(1, last + 1)
                if f"{site.conf}:{n}:" in result.err]
        assert said and (first <= said[0] <= last), str(result)
    assert site.dump() == before


@pytest.mark.parametrize("section, key, value", [
    (None, "time_zone", "Mars/Olympus"), ("mail", "from", "not an address"),
    ("mail", "bounce", "nobody"), ("web", "listen", "nowhere"),
    ("web", "listen", "127.0.0.1:99999"),
])
def test_settings_that_mean_nothing(site, section, key, value):
    """Right by their form; refused by who would have to use them."""
    site.add_list()
    site.follow_feed(feeds.made(1))
    before = site.dump()
    site.settings({section: {key: value}} if section else {key: value})
    line = f"{site.conf}:{site.line_of(key)}:"
    if section != "web":
        site.run("digest", "send", "news").must(CONFIG, line, value)
        site.run("digest", "preview", "news").must(CONFIG, line, value)
    site.run_daemon().must(CONFIG, line, value)
    assert site.dump() == before


def test_settings_file_that_is_not_there(site, tmp_path):
    site.conf = tmp_path / "nowhere.conf"
    result = site.run("list", "ls")
    assert result.code in (NOINPUT, CONFIG), str(result)
    assert str(site.conf) in result.err
    assert not site.conf.exists()


def test_version_needs_no_settings(site, tmp_path):
    site.conf = tmp_path / "nowhere.conf"
    assert site.json("version")["version"]


# Keys and secrets


def test_missing_key_file(site):
    site.add_list()
    site.key.unlink()
    line = f"{site.conf}:{site.line_of('key_file')}:"
    site.run_daemon("work").must(CONFIG, line, str(site.key))
    site.run("dkim", "dns").must(CONFIG, line, str(site.key))
    assert not site.key.exists()
    # The web role has no business with it.
    site.start("web")


def test_key_file_that_others_may_read(site):
    site.key.chmod(0o644)
    result = site.run_daemon("work")
    assert result.code in (NOPERM, CONFIG), str(result)
    assert str(site.key) in result.err


def test_key_file_that_is_no_key(site):
    site.key.write_text("-----BEGIN PRIVATE KEY-----\nnot one\n")
    result = site.run_daemon("work")
    assert result.code == CONFIG, str(result)
    assert str(site.key) in result.err


def test_dkim_new_leaves_a_key_alone(site):
    before = site.key.read_bytes()
    result = site.run("dkim", "new")
    assert result.code != 0 and str(site.key) in result.err, str(result)
    assert site.key.read_bytes() == before
    site.key.unlink()
    site.run("dkim", "new").must(0)
    assert site.key.stat().st_mode & 0o777 == 0o600
    assert site.key.read_bytes() != before


def test_missing_password_file(site):
    missing = site.root / "password"
    site.settings({"relay main": {"user": "nashra",
                                  "password_file": missing}})
    line = f"{site.conf}:{site.line_of('password_file')}:"
    site.run_daemon("work").must(CONFIG, line, str(missing))
    missing.write_text("s3cret\n")
    missing.chmod(0o644)
    result = site.run_daemon("work")
    assert result.code in (NOPERM, CONFIG), str(result)
    assert str(missing) in result.err and "s3cret" not in result.err


@pytest.mark.parametrize("role", ["web", "work"])
def test_secrets_that_others_may_read(site, role):
    site.secrets.chmod(0o644)
    result = site.run_daemon(role)
    assert result.code in (NOPERM, CONFIG), str(result)
    assert str(site.secrets) in result.err


@pytest.mark.parametrize("content", [b"", b"garbage\n", b"1 abcd\n",
                                     b"1 " + b"z" * 64 + b"\n",
                                     b"900 " + b"a" * 64 + b"\n"])
def test_secrets_that_are_none(site, content):
    site.secrets.write_bytes(content)
    site.secrets.chmod(0o600)
    result = site.run_daemon("web")
    assert result.code == CONFIG, str(result)
    assert str(site.secrets) in result.err


def test_missing_secrets(site):
    """Making new ones in silence would kill every link that is out."""
    site.secrets.unlink()
    result = site.run_daemon("web")
    assert result.code in (NOINPUT, CONFIG), str(result)
    assert str(site.secrets) in result.err and "init" in result.err
    assert not site.secrets.exists()


# The database


COMMANDS = [("list", "ls"), ("status",), ("digest", "send", "news"),
            ("subscriber", "add", "news", "sara@example.net")]


def test_missing_database(make_site):
    site = make_site(init=False)
    for words in COMMANDS:
        result = site.run(*words)
        assert result.code in (NOINPUT, CONFIG), str(result)
        assert str(site.database) in result.err and "init" in result.err
    result = site.run_daemon("web")
    assert result.code in (NOINPUT, CONFIG), str(result)
    assert not site.database.exists()


@pytest.mark.parametrize("content", [
    b"\x00\x17garbage" * 2000, b"SQLite format 3\0" + b"\xff" * 8000,
    "ليست قاعدة بيانات".encode()], ids=["noise", "header", "text"])
def test_damaged_database(site, content):
    for path in site.database.parent.glob("nashra.db*"):
        path.unlink()
    site.database.write_bytes(content)
    site.database.chmod(0o600)
    for words in (("init",), *COMMANDS):
        site.run(*words).must(IOERR, str(site.database))
    site.run_daemon("web").must(IOERR, str(site.database))
    assert site.database.read_bytes() == content


def test_database_of_another_program(site):
    for path in site.database.parent.glob("nashra.db*"):
        path.unlink()
    db = sqlite3.connect(site.database)
    db.execute("CREATE TABLE recipe (name TEXT)")
    db.commit()
    db.close()
    before = site.database.read_bytes()
    for words in (("init",), *COMMANDS):
        site.run(*words).must(IOERR, str(site.database))
    assert site.database.read_bytes() == before


def test_database_of_a_newer_nashra(site):
    site.add_list()
    db = sqlite3.connect(site.database)
    db.execute("PRAGMA user_version = 999")
    db.execute("UPDATE meta SET value = '9.8.7' WHERE key = 'version'")
    db.commit()
    db.close()
    before = site.dump()
    for words in (("init",), *COMMANDS):
        site.run(*words).must(IOERR, str(site.database), "9.8.7", "999")
    site.run_daemon("work").must(IOERR, str(site.database), "9.8.7")
    assert site.dump() == before


def test_database_that_is_a_folder(site):
    for path in site.database.parent.glob("nashra.db*"):
        path.unlink()
    site.database.mkdir()
    result = site.run("list", "ls")
    assert result.code != 0 and str(site.database) in result.err, str(result)


def test_init_makes_what_is_missing(site):
    key = site.key.read_bytes()
    site.key.unlink()
    said = site.json("init")
    assert str(site.key) in str(said)
    assert site.key.read_bytes() != key
    assert site.key.stat().st_mode & 0o777 == 0o600
    site.run("dkim", "dns").must(0)


def test_init_again_changes_nothing(site):
    site.add_list()
    before = site.dump()
    files = {p: p.read_bytes() for p in
             (site.conf, site.secrets, site.key)}
    said = site.run("init").must(0)
    assert str(site.secrets) in said.out + said.err
    assert site.dump() == before
    assert files == {p: p.read_bytes() for p in files}
    assert site.database.stat().st_mode & 0o007 == 0
    assert site.secrets.stat().st_mode & 0o777 == 0o600


# Templates


BAD_TEMPLATES = [
    ("digest-classic.html", "<p>{{nonsense}}</p>\n{{unsubscribe_url}}", 1),
    ("digest-classic.html", "<p>\n<style>{{site_name}}</style>{{unsubscribe_url}}", 2),
    ("digest-classic.txt", "\n\n{{#articles}}\n{{title}}\n", 3),
]


@pytest.mark.parametrize("name, text, line", BAD_TEMPLATES)
def test_template(site, name, text, line):
    site.add_list()
    own = site.root / "templates"
    shutil.copytree(ROOT / "templates", own)
    site.settings({"templates": own})
    (own / "ar" / name).write_text(text, encoding="utf-8")
    site.follow_feed(feeds.made(1))
    result = site.run("digest", "preview", "news")
    result.must(CONFIG)
    assert f"{name}:{line}:" in result.err, str(result)
    site.run("digest", "send", "news").must(CONFIG)
    assert site.json("digest", "status") == []


# Names of lists, and words on the command line


def test_list_that_does_not_exist(site):
    site.add_list()
    before = site.dump()
    url = "http://127.0.0.1:9/feed.xml"
    for words in (("list", "show", "noone"), ("feed", "add", "noone", url),
                  ("feed", "poll", "noone"), ("feed", "ls", "noone"),
                  ("subscriber", "add", "noone", "sara@example.net"),
                  ("subscriber", "ls", "noone"),
                  ("digest", "preview", "noone"),
                  ("digest", "send", "noone")):
        site.run(*words).must(NOINPUT, "noone")
        result = site.run("--json", *words).must(NOINPUT, "noone")
        assert "{" not in result.out, "half a document"
    site.run("digest", "status", "77").must(NOINPUT, "77")
    site.run("subscriber", "show", "sara@example.net").must(
        NOINPUT, "sara@example.net")
    assert site.dump() == before


BAD_LISTS = [
    (("news", "--title", "ثانية"), DATA),          # taken
    (("a b", "--title", "x"), DATA),
    (("../etc", "--title", "x"), DATA),
    (("قائمة", "--title", "x"), DATA),
    (("a" * 100, "--title", "x"), DATA),
    (("", "--title", "x"), DATA),
    (("two", "--title", ""), DATA),
    (("two", "--title", "x\r\nBcc: y@example.net"), DATA),
    (("two", "--title", "ع" * 300), DATA),
    (("two", "--title", "x", "--from", "no address"), DATA),
    (("two", "--title", "x", "--every", "hour"), None),
    (("two", "--title", "x", "--unknown", "maybe"), None),
    (("two",), None),
    ((), USAGE),
    (("two", "three", "--title", "x"), USAGE),
    (("two", "--title"), USAGE),
    (("two", "--title", "x", "--colour", "red"), USAGE),
]


def test_list_add(site):
    site.add_list()
    before = site.dump()
    for words, code in BAD_LISTS:
        result = site.run("list", "add", *words)
        assert result.code in ([code] if code else [USAGE, DATA]), str(result)
        assert result.err.strip()
    assert site.dump() == before


def test_commands_that_are_none(site):
    for words in ((), ("frobnicate",), ("list",), ("list", "frobnicate"),
                  ("list", "ls", "extra"), ("--colour",), ("digest",),
                  ("version", "extra"), ("subscriber", "add", "news"),
                  ("feed", "add", "news"), ("digest", "send")):
        site.run(*words).must(USAGE)
    for words in (("frobnicate",), ("--colour",), ("web", "work")):
        site.run_daemon(*words).must(USAGE)


def test_addresses(site):
    site.add_list()
    before = site.dump()
    for address in ("", "sara", "sara@", "@example.net", "sara@example",
                    "a b@example.net", "sara@@example.net",
                    "sara@example.net\nBcc: x@example.net",
                    "sara@example.net,omar@example.net",
                    "Sara <sara@example.net>", "قارئ@example.net",
                    "a" * 65 + "@example.net", "sara@[127.0.0.1]"):
        site.run("subscriber", "add", "news", address).must(DATA)
        site.run("subscriber", "add", "news", address, "--confirm").must(DATA)
    result = site.run("subscriber", "add", "news", "sara@example.net",
                      "--every", "hour")
    assert result.code in (USAGE, DATA), str(result)
    assert site.dump() == before


# Feeds


NO_FEEDS = {
    "html": "<!doctype html><html><title>صيانة</title><p>نعود قريبًا</html>",
    "empty": "",
    "text": "ليس هذا ملف خلاصات",
    "json": '{"version": "https://jsonfeed.org/version/1.1", "items": []}',
    "other-xml": "<?xml version='1.0'?><recipes><recipe/></recipes>",
    "broken": "<?xml version='1.0'?><rss version='2.0'><channel><title>x"
              "</titel></channel></rss>",
    "noise": "\x00\x01\x02\x03" * 100,
    "laughs": "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a 'ha'>"
              "<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
              "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>"
              "<!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;'>"
              "<!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;'>"
              "<!ENTITY f '&e;&e;&e;&e;&e;&e;&e;&e;'>"
              "<!ENTITY g '&f;&f;&f;&f;&f;&f;&f;&f;'>]>"
              "<rss version='2.0'><channel><title>&g;</title></channel>",
}


@pytest.mark.parametrize("kind", NO_FEEDS)
def test_what_is_not_a_feed(site, kind):
    site.add_list()
    before = site.dump()
    url = site.feeds.put(NO_FEEDS[kind].encode())
    result = site.run("feed", "add", "news", url, "--send-existing")
    result.must(DATA, url)
    if kind == "html":
        assert "HTML" in result.err
    assert site.dump() == before


def test_feed_that_cannot_be_reached(site):
    site.add_list()
    before = site.dump()
    missing = site.feeds.put(b"x").replace("news.xml", "nothing.xml")
    dead = f"http://127.0.0.1:{free_port()}/news.xml"
    for url in (missing, dead):
        result = site.run("feed", "add", "news", url)
        assert result.code in (69, TEMP), str(result)
        assert url in result.err
    assert "404" in site.run("feed", "add", "news", missing).err
    assert site.dump() == before
    site.run("feed", "add", "news", dead, "--no-check").must(0)
    (listed,) = site.json("feed", "ls", "news")
    assert listed["url"] == dead


def test_feed_addresses(site):
    site.add_list()
    before = site.dump()
    for url in ("", "news.xml", "ftp://127.0.0.1/x", "file:///etc/passwd",
                "gopher://127.0.0.1/", "http://", "http://127.0.0.1:99999/",
                "http://127.0.0.1/ x", "javascript:alert(1)"):
        for more in ((), ("--no-check",)):
            result = site.run("feed", "add", "news", url, *more)
            assert result.code in (USAGE, DATA, 69), str(result)
    assert site.dump() == before


def test_feed_added_twice(site):
    site.add_list()
    url = site.feeds.put(feeds.rss(feeds.made(2)))
    site.run("feed", "add", "news", url).must(0)
    before = site.dump()
    result = site.run("feed", "add", "news", url, "--send-existing")
    result.must(DATA, url)
    assert site.dump() == before


# Places


def test_port_that_is_taken(site):
    with socket.create_server(("127.0.0.1", site.port)):
        result = site.run_daemon("web")
        assert result.code in (71, CONFIG), str(result)
        assert str(site.port) in result.err


def test_preview_into_a_folder_that_is_not_there(site, tmp_path):
    site.add_list()
    site.follow_feed(feeds.made(1))
    target = tmp_path / "nowhere" / "d.html"
    result = site.run("digest", "preview", "news", "--html", target)
    assert result.code != 0 and str(target) in result.err, str(result)
