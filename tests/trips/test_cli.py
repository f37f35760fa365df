"""The command line: what --json promises, and what people read."""

import re
import subprocess

import pytest

from rig import feeds, web
from rig.site import BUILD
from rig.wait import until

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

KEYS = {
    ("list", "show", "news"): {"name", "title", "from", "every", "unknown",
                               "created"},
    ("list", "ls"): {"name", "title", "from", "every", "unknown", "created"},
    ("feed", "ls"): {"list", "url", "title", "next_poll", "last_ok",
                     "failures", "error"},
    ("feed", "poll", "news"): {"list", "url", "status", "new", "error"},
    ("subscriber", "show", "sara@example.net"): {"email", "subscriptions"},
    ("subscriber", "ls", "news"): {"email", "state", "every"},
    ("digest", "send", "news"): {"list", "every", "issue", "articles",
                                 "recipients", "result", "since"},
    ("digest", "status"): {
        "issue", "list", "number", "state", "every", "window_start", "frozen",
        "articles", "recipients", "queued", "leased", "started", "deferred",
        "sent", "failed", "unknown", "cancelled", "finished"},
    ("status",): {"schema", "database", "lists", "subscribers", "active",
                  "queue", "relays", "troubles", "paused", "feeds", "workers",
                  "dkim", "disk_free_mb"},
    ("version",): {"version"},
}


@pytest.fixture
def stocked(site):
    """A bit of everything."""
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.ask("omar@example.net")
    site.follow_feed(feeds.made(2))
    site.json("digest", "send", "news")
    return site


@pytest.mark.parametrize("words", KEYS, ids=" ".join)
def test_json_has_what_is_promised(stocked, words):
    said = stocked.json(*words)
    rows = said if isinstance(said, list) else [said]
    assert rows
    for row in rows:
        missing = KEYS[words] - set(row)
        assert not missing, (missing, row)
    people = stocked.run(*words).must(0)
    assert people.out.strip()
    assert "{" not in people.out


def test_values(stocked):
    listed = stocked.json("list", "show", "news")
    assert (listed["name"], listed["every"], listed["unknown"]) == (
        "news", "day", "resend")
    assert ISO.fullmatch(listed["created"])
    status = stocked.json("status")
    assert (status["lists"], status["subscribers"], status["active"]) == (
        1, 2, 1)
    assert status["queue"]["queued"] == 2
    assert status["dkim"] is True
    assert status["database"] == str(stocked.database)
    (row,) = stocked.json("digest", "status")
    assert (row["number"], row["articles"], row["recipients"], row["queued"],
            row["finished"]) == (1, 2, 1, 1, False)
    assert ISO.fullmatch(row["frozen"]) and ISO.fullmatch(row["window_start"])
    for what in (row["issue"], "news"):
        (one,) = stocked.json("digest", "status", what)
        assert (one["issue"], one["state"]) == (row["issue"], "sending")
        assert (one["first_start"], one["last_end"], one["per_second"],
                one["trouble"]) == (None, None, 0, []), one
    readers = {r["email"]: r for r in stocked.json(
        "subscriber", "ls", "news")}
    assert readers["sara@example.net"]["state"] == "active"
    assert readers["omar@example.net"]["state"] == "pending"


def test_a_title_comes_in_clean(site):
    site.add_list()
    site.run("list", "set", "news",
             "title=\u200f\u202e نشرة\u00a0C++\u200e\ufeff\u2066 الأسبوع").must(0)
    assert site.json("list", "show", "news")["title"] == (
        "نشرة C++\u200e الأسبوع")
    site.run("list", "set", "news", "title=\u202e\u200f").must(65, "title")


def test_worker_is_in_status(site):
    work = site.start("work")
    (worker,) = until(lambda: site.json("status")["workers"], "no worker")
    assert worker["pid"] == work.pid
    assert ISO.fullmatch(worker["since"])
    work.stop()
    assert site.json("status")["workers"] == []


def test_added_twice_stays_one(site):
    site.add_list()
    for _ in range(2):
        site.run("subscriber", "add", "news", "Sara@Example.NET").must(0)
        site.run("subscriber", "add", "news", "sara@example.net").must(0)
    assert len(site.json("subscriber", "ls", "news")) == 1
    shown = site.json("subscriber", "show", "sara@EXAMPLE.net")
    assert shown["subscriptions"][0]["state"] == "active"
    assert shown["subscriptions"][0]["consent"][0]["source"] == "admin"


def test_who_left_is_not_added_back_by_the_admin(site):
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.start("web")
    site.start("work")
    site.first_digest()
    link = site.sink.one("sara@example.net").unsubscribe()
    web.post(link, {"List-Unsubscribe": "One-Click"})
    site.run("subscriber", "add", "news", "sara@example.net").must(65)
    assert site.state("sara@example.net") == "left"
    site.ask("sara@example.net")


def test_from_of_a_list(site):
    site.add_list(**{"from": "نشرة الرياضة <sport@example.org>"})
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.start("work")
    site.first_digest()
    sender = site.sink.one("sara@example.net")["From"].addresses[0]
    assert sender.addr_spec == "sport@example.org"
    assert sender.display_name == "نشرة الرياضة"


def test_settings_by_environment(site):
    """NASHRA_CONFIG, where --config is not given."""
    env = {**site.env(), "NASHRA_CONFIG": str(site.conf)}
    done = subprocess.run([BUILD / "nashra", "list", "ls"], env=env,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_dkim_dns_is_a_record(site):
    said = site.run("dkim", "dns").must(0).out
    assert "nashra._domainkey.example.org" in said
    assert "v=DKIM1" in said and "p=" in said
    document = site.json("dkim", "dns")
    assert "nashra._domainkey.example.org" in str(document)


def test_english_site(make_site):
    site = make_site(change={"language": "en"})
    site.add_list(title="The news")
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.start("web")
    site.start("work")
    site.first_digest(articles=2)
    mail = site.sink.one("sara@example.net")
    assert mail["Content-Language"] == "en"
    assert 'dir="ltr"' in mail.html and 'lang="en"' in mail.html
    assert re.search("2 new articles", mail.text), mail.text[:200]
    page = site.page("/subscribe/news")
    html = next(a for tag, a in page.tags if tag == "html")
    assert (html["lang"], html["dir"]) == ("en", "ltr")
