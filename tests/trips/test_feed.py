"""Feeds: what is there is seeded, what is new is found, 304 is honoured."""

import json

import pytest

from rig import feeds
from rig.wait import until

KINDS = {"rss": feeds.rss, "atom": feeds.atom}


@pytest.mark.parametrize("kind", KINDS)
def test_add_seeds_what_is_there(site, kind):
    site.add_list()
    url = site.feeds.put(KINDS[kind](feeds.sample()))
    added = site.json("feed", "add", "news", url)
    assert (added["list"], added["url"]) == ("news", url)
    assert added["title"] == feeds.TITLE
    assert (added["seeded"], added["new"]) == (10, 0)
    sent = site.json("digest", "send", "news")
    assert sent["result"] == "nothing-new", sent


@pytest.mark.parametrize("kind", KINDS)
def test_add_may_count_what_is_there_as_new(site, kind):
    site.add_list()
    url = site.feeds.put(KINDS[kind](feeds.sample()))
    added = site.json("feed", "add", "news", url, "--send-existing")
    assert (added["seeded"], added["new"]) == (0, 10)
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    sent = site.json("digest", "send", "news")
    assert (sent["result"], sent["articles"]) == ("frozen", 10), sent


@pytest.mark.parametrize("kind", KINDS)
def test_poll_finds_what_is_new_and_honours_304(site, kind):
    site.add_list()
    url = site.feeds.put(KINDS[kind](feeds.made(3)))
    site.run("feed", "add", "news", url).must(0)
    assert site.feeds.statuses() == [200]

    (polled,) = site.json("feed", "poll", "news")
    assert (polled["status"], polled["new"]) == ("not-modified", 0)
    assert site.feeds.statuses() == [200, 304]

    site.feeds.put(KINDS[kind](feeds.made(5)))
    (polled,) = site.json("feed", "poll", "news")
    assert (polled["status"], polled["new"]) == ("ok", 2)
    (polled,) = site.json("feed", "poll")
    assert (polled["status"], polled["new"]) == ("not-modified", 0)
    assert site.feeds.statuses() == [200, 304, 200, 304]


def test_etag_is_honoured(site):
    site.add_list()
    server = site.feed_server(etag=True)
    url = server.put(feeds.rss(feeds.made(2)))
    site.run("feed", "add", "news", url).must(0)
    (polled,) = site.json("feed", "poll", "news")
    assert polled["status"] == "not-modified"
    assert server.statuses() == [200, 304]
    server.put(feeds.rss(feeds.made(3)))
    (polled,) = site.json("feed", "poll", "news")
    assert (polled["status"], polled["new"]) == ("ok", 1)


def test_same_items_with_another_body_are_not_new(site):
    """Identity is the guid; a corrected article is not a second one."""
    site.add_list()
    articles = feeds.made(3)
    url = site.feeds.put(feeds.rss(articles))
    site.run("feed", "add", "news", url).must(0)
    articles[0].paragraphs = ("نص مصحح.",)
    articles[0].title += " (تحديث)"
    site.feeds.put(feeds.rss(articles))
    (polled,) = site.json("feed", "poll", "news")
    assert (polled["status"], polled["new"]) == ("ok", 0)


def test_identity_without_guid_is_the_link(site):
    site.add_list()
    bare = feeds.rss(feeds.made(3))
    lines = [l for l in bare.split(b"\n") if b"<guid" not in l]
    url = site.feeds.put(b"\n".join(lines))
    added = site.json("feed", "add", "news", url)
    assert added["seeded"] == 3
    bare = feeds.rss(feeds.made(4))
    lines = [l for l in bare.split(b"\n") if b"<guid" not in l]
    site.feeds.put(b"\n".join(lines))
    (polled,) = site.json("feed", "poll", "news")
    assert polled["new"] == 1


def test_item_without_title_is_called_by_its_text(site):
    site.add_list()
    articles = feeds.made(1)
    articles[0].title = " "
    site.follow_feed(articles)
    preview = site.run("digest", "preview", "news").must(0)
    assert "* نص قصير 1." in preview.out, str(preview)


def test_feed_that_dies_and_comes_back(site):
    site.add_list()
    url = site.feeds.put(feeds.rss(feeds.made(1)))
    site.run("feed", "add", "news", url).must(0)
    (site.feeds.folder / "news.xml").unlink()
    result = site.run("--json", "feed", "poll", "news")
    (polled,) = json.loads(result.out)
    assert polled["status"] == "failed" and "404" in polled["error"]
    (listed,) = site.json("feed", "ls", "news")
    assert listed["failures"] == 1 and listed["error"]
    assert site.json("status")["feeds"], "a failing feed is in status"
    site.feeds.put(feeds.rss(feeds.made(2)))
    (polled,) = site.json("feed", "poll", "news")
    assert (polled["status"], polled["new"]) == ("ok", 1)
    (listed,) = site.json("feed", "ls")
    assert listed["failures"] == 0 and not listed["error"]
    assert not site.json("status")["feeds"]


def test_broken_later_keeps_what_was(site):
    """A feed that turns into something else loses nothing."""
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    url = site.feeds.put(feeds.rss(feeds.made(1)))
    site.run("feed", "add", "news", url).must(0)
    site.feeds.put(feeds.rss(feeds.made(2)))
    site.run("feed", "poll", "news").must(0)
    site.feeds.put("<!doctype html><title>صيانة</title><p>نعود قريبًا".encode())
    (polled,) = json.loads(site.run("--json", "feed", "poll", "news").out)
    assert polled["status"] == "failed"
    sent = site.json("digest", "send", "news")
    assert (sent["result"], sent["articles"]) == ("frozen", 1)


def test_daemon_polls_by_itself(dated):
    dated.add_list()
    url = dated.feeds.put(feeds.rss(feeds.made(1)))
    dated.run("feed", "add", "news", url).must(0)
    dated.feeds.put(feeds.rss(feeds.made(3)))
    dated.start("work")
    dated.clock.forward(hours=2)
    until(lambda: dated.feeds.statuses() == [200, 200],
          "the work role did not poll")
    until(lambda: dated.run("digest", "preview", "news").code == 0, "preview")
    dated.run("subscriber", "add", "news", "sara@example.net").must(0)
    until(lambda: dated.json("digest", "send", "news")["articles"] == 2,
          "the new articles are not there")


def test_loopback_is_refused_unless_allowed(make_site):
    site = make_site(change={"feeds": None})
    site.add_list()
    url = site.feeds.put(feeds.rss(feeds.made(1)))
    result = site.run("feed", "add", "news", url)
    assert result.code != 0 and "127.0.0.1" in result.err, str(result)
    assert site.feeds.statuses() == []
    assert site.json("feed", "ls", "news") == []
