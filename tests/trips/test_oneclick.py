"""Leaving: RFC 8058 one-click, the page, and silence afterwards."""

import pytest

from rig import feeds, web
from rig.wait import until


@pytest.fixture
def read(site):
    """Two readers who have got their first digest."""
    site.add_list()
    for name in ("sara", "omar"):
        site.run("subscriber", "add", "news", f"{name}@example.net").must(0)
    site.start("web")
    site.start("work")
    site.first_digest()
    return site


@pytest.mark.parametrize("post", [web.post, web.post_multipart])
def test_one_click_leaves_at_once(read, post):
    link = read.sink.one("sara@example.net").unsubscribe()
    mail = read.sink.one("sara@example.net")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for _ in range(2):
        reply = post(link, {"List-Unsubscribe": "One-Click"})
        assert reply.status == 200, (reply.status, reply.body)
        assert "Location" not in reply.headers
        assert "Set-Cookie" not in reply.headers
        assert read.state("sara@example.net") == "left"
    assert read.state("omar@example.net") == "active"


def test_one_click_takes_back_what_was_asked_for(read):
    """For whom somebody else may have asked: no goodbye to who never came, and
    the link to confirm by is dead."""
    read.ask("huda@example.net")
    mail = read.sink.one("huda@example.net")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert web.get(mail.unsubscribe()).status == 200
    assert read.state("huda@example.net") == "pending"
    for _ in range(2):
        reply = web.post(mail.unsubscribe(),
                         {"List-Unsubscribe": "One-Click"})
        assert reply.status == 200, (reply.status, reply.body)
        assert read.state("huda@example.net") == "left"
    web.post(mail.links("confirm")[0], {})
    assert read.state("huda@example.net") == "left"
    read.ask("huda@example.net")
    until(lambda: len(read.sink.mails("huda@example.net")) == 2,
          "no second one")
    assert read.state("huda@example.net") == "pending"
    assert not read.sink.goodbyes("huda@example.net")


def test_looking_at_the_leave_link_changes_nothing(read):
    mail = read.sink.one("sara@example.net")
    for link in {mail.unsubscribe(), *mail.links("leave")}:
        for _ in range(3):
            assert web.head(link).status == 200
            assert web.get(link).status == 200
    assert read.state("sara@example.net") == "active"


def test_leaving_by_the_page(read):
    page = web.get(read.sink.one("sara@example.net").links("leave")[0])
    assert "إلغاء" in page.text
    done = page.form.send()
    if done.status == 303:
        done = done.follow()
    assert done.status == 200
    assert read.state("sara@example.net") == "left"
    sources = [e["source"] for e in read.json(
        "subscriber", "show", "sara@example.net")
        ["subscriptions"][0]["consent"]]
    assert sources[-1] == "page"


def test_post_without_the_key_is_not_one_click(read):
    """A bare POST is the page's button; both leave, and both say so."""
    link = read.sink.one("sara@example.net").unsubscribe()
    assert web.post(link, {}).status in (200, 303)
    assert read.state("sara@example.net") == "left"


def test_reader_who_left_gets_nothing(dated):
    site = dated
    site.add_list()
    for name in ("sara", "omar"):
        site.run("subscriber", "add", "news", f"{name}@example.net").must(0)
    site.start("web")
    site.start("work")
    site.first_digest()
    link = site.sink.one("sara@example.net").unsubscribe()
    web.post(link, {"List-Unsubscribe": "One-Click"})

    site.clock.forward(days=1)
    site.feeds.put(feeds.rss(feeds.made(2)))
    site.run("feed", "poll", "news").must(0)
    sent = site.json("digest", "send", "news")
    assert (sent["result"], sent["recipients"]) == ("frozen", 1)
    site.finished()
    assert len(site.sink.mails("omar@example.net")) == 2
    assert len(site.sink.mails("sara@example.net")) == 1


def test_leaving_one_list_leaves_the_other_alone(read):
    read.add_list("second", "نشرة ثانية")
    read.run("subscriber", "add", "second", "sara@example.net").must(0)
    link = read.sink.one("sara@example.net").unsubscribe()
    web.post(link, {"List-Unsubscribe": "One-Click"})
    assert read.state("sara@example.net", "news") == "left"
    assert read.state("sara@example.net", "second") == "active"


def test_leaving_cancels_what_is_queued(dated):
    site = dated
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.start("web")
    work = site.start("work")
    site.first_digest()
    link = site.sink.one("sara@example.net").unsubscribe()
    work.stop()

    site.clock.forward(days=1)
    site.feeds.put(feeds.rss(feeds.made(2)))
    site.run("feed", "poll", "news").must(0)
    assert site.json("digest", "send", "news")["recipients"] == 1
    web.post(link, {"List-Unsubscribe": "One-Click"})
    until(lambda: site.issue()["cancelled"] == 1, "not cancelled")
    assert site.issue()["finished"]

    # Someone else's mail shows that the work role is at work.
    site.start("work")
    site.subscribe("omar@example.net")
    site.sink.one("omar@example.net")
    assert len(site.sink.mails("sara@example.net")) == 1
