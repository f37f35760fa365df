"""Mails of welcome and goodbye, and the one that tells the admin of trouble."""

import sqlite3

import dkim
import pytest

from conftest import SAMPLE_DAY
from rig import feeds, web
from rig.mail import Mail, Sink
from rig.wait import free_port, until

SARA, OMAR = "sara@example.net", "omar@example.net"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def news(dated):
    """A list with both roles running, and a clock to move."""
    dated.add_list()
    dated.start("web")
    dated.work = dated.start("work")
    return dated


def confirm(site, email):
    """By the link in the last mail, three times over."""
    link = site.sink.mails(email)[-1].links("confirm")[0]
    for _ in range(3):
        assert web.post(link, {}).status == 200
    assert site.state(email) == "active"


def comes(site, email):
    had = len(site.sink.mails(email))
    site.subscribe(email)
    until(lambda: len(site.sink.mails(email)) > had, "no confirm mail")
    confirm(site, email)


def welcomed(site, email, times=1):
    until(lambda: len(site.sink.welcomes(email)) >= times, "no welcome")
    found = site.sink.welcomes(email)
    assert len(found) == times
    return found[-1]


def all_done(site):
    """Nothing is left of what was queued."""
    def waits():
        return not site.rows(
            "SELECT 1 FROM outbox WHERE state NOT IN"
            " ('sent', 'failed', 'unknown', 'cancelled')")
    until(waits, lambda: str(site.rows("SELECT * FROM outbox")))


def is_signed(site, mail):
    record = site.run("dkim", "dns").must(0).out
    key = "".join(record.split('"')[1::2]).encode()
    return dkim.verify(mail.raw, dnsfunc=lambda name, timeout=5: key)


# Welcome


def test_who_confirms_is_welcomed_once(news):
    comes(news, SARA)
    mail = welcomed(news, SARA)
    assert "نشرة الأخبار" in mail["Subject"]
    assert mail["From"].addresses[0].addr_spec == "news@example.org"
    assert mail["List-Id"].endswith("<news.example.org>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "ar"
    assert mail.sender.startswith("bounce+")
    assert is_signed(news, mail)
    for part in (mail.text, mail.html):
        assert "نشرة الأخبار" in part
        assert "شارع بغداد" in part
    assert mail.links("leave") == [mail.unsubscribe()]
    # Whoever comes after it in the queue has theirs: there is no second one.
    comes(news, OMAR)
    welcomed(news, OMAR)
    all_done(news)
    assert len(news.sink.mails(SARA)) == 2

    for _ in range(2):
        assert web.post(mail.unsubscribe(), ONE_CLICK).status == 200
        assert news.state(SARA) == "left"
    assert news.state(OMAR) == "active"


def test_whom_the_admin_adds_is_not_welcomed(news):
    news.run("subscriber", "add", "news", OMAR).must(0)
    comes(news, SARA)
    welcomed(news, SARA)
    assert not news.sink.mails(OMAR)


@pytest.mark.parametrize("site_says, list_says, mails", [
    (None, None, 1), ("no", None, 0), ("no", "yes", 1), (None, "no", 0)])
def test_settings_and_lists_may_say_no(make_site, site_says, list_says, mails):
    change = {"mail": {"welcome": site_says}} if site_says else None
    site = make_site(clock=SAMPLE_DAY, change=change)
    site.add_list()
    if list_says:
        shown = site.json("list", "set", "news", f"welcome={list_says}")
        assert shown["welcome"] == list_says
        assert shown["goodbye"] == ""
    site.start()
    comes(site, SARA)
    all_done(site)
    assert len(site.sink.welcomes(SARA)) == mails
    assert len(site.sink.mails(SARA)) == 1 + mails


def test_settings_are_words(site):
    site.add_list()
    for wrong in ("welcome=maybe", "goodbye=true"):
        site.run("list", "set", "news", wrong).must(65, "use no or yes")
    site.settings({"mail": {"goodbye": "perhaps"}})
    site.run("list", "ls").must(78, "mail.goodbye", "yes")


def test_a_welcome_is_in_the_language_and_look_of_its_list(news):
    news.run("list", "set", "news", "language=en", "color=#b3402a",
             "title=This week").must(0)
    comes(news, SARA)
    mail = welcomed(news, SARA)
    assert mail["Subject"] == "Welcome to “This week”"
    assert mail["Content-Language"] == "en"
    assert '<html lang="en" dir="ltr"' in mail.html
    assert "#b3402a" in mail.html


def test_who_wants_text_gets_text(news):
    news.subscribe(SARA)
    until(lambda: news.sink.mails(SARA), "no confirm mail")
    news.run("subscriber", "set", "news", SARA, "format=text").must(0)
    confirm(news, SARA)
    mail = welcomed(news, SARA)
    assert mail.message.get_content_type() == "text/plain"
    assert mail.html is None and mail.links("leave")


# Deaths


def test_a_welcome_outlives_the_workers(news):
    """Queued with the confirmation: a worker that was not there sends it."""
    news.subscribe(SARA)
    news.sink.one(SARA)
    all_done(news)
    news.work.kill()
    confirm(news, SARA)
    assert not news.sink.welcomes(SARA)
    news.start("work")
    welcomed(news, SARA)
    all_done(news)
    assert len(news.sink.mails(SARA)) == 2


@pytest.mark.parametrize("policy, copies", [("resend", 2), ("skip", 1)])
def test_a_worker_that_dies_with_a_welcome_in_hand(news, policy, copies):
    """Handed over and not answered: as the list says, and under one name."""
    news.run("list", "set", "news", f"unknown={policy}").must(0)
    news.subscribe(SARA)
    news.sink.one(SARA)
    all_done(news)
    news.sink.rules(delay=3)
    confirm(news, SARA)
    welcomed(news, SARA)
    news.work.kill()
    news.sink.rules()
    news.start("work")
    comes(news, OMAR)
    welcomed(news, OMAR)
    all_done(news)
    found = news.sink.welcomes(SARA)
    assert len(found) == copies
    assert len({mail["Message-ID"] for mail in found}) == 1


# Goodbye


@pytest.fixture
def polite(news):
    """Two readers of a list that says goodbye."""
    news.run("list", "set", "news", "goodbye=yes").must(0)
    for email in (SARA, OMAR):
        comes(news, email)
        welcomed(news, email)
    return news


def test_no_goodbye_unless_it_is_asked_for(news):
    comes(news, SARA)
    link = welcomed(news, SARA).unsubscribe()
    assert web.post(link, ONE_CLICK).status == 200
    comes(news, OMAR)
    all_done(news)
    assert len(news.sink.mails(SARA)) == 2


@pytest.mark.parametrize("form", [ONE_CLICK, {}])
def test_who_leaves_is_told_goodbye_once(polite, form):
    link = polite.sink.welcomes(SARA)[0].unsubscribe()
    for _ in range(3):
        reply = web.post(link, form)
        assert reply.status == 200 and "Location" not in reply.headers
        assert polite.state(SARA) == "left"
    until(lambda: polite.sink.goodbyes(SARA), "no goodbye")
    all_done(polite)
    (mail,) = polite.sink.goodbyes(SARA)
    assert "نشرة الأخبار" in mail["Subject"]
    assert mail["List-Id"].endswith("<news.example.org>")
    assert mail["List-Subscribe"] == f"<{polite.url}/subscribe/news>"
    assert mail["List-Unsubscribe"] is None
    assert mail["Auto-Submitted"] == "auto-generated"
    assert is_signed(polite, mail)
    assert not mail.links("leave")
    assert mail.links("subscribe") == [f"{polite.url}/subscribe/news"]
    assert web.get(mail.links("subscribe")[0]).form
    assert not polite.sink.goodbyes(OMAR)


def test_one_click_waits_for_no_mail(polite):
    """Answered at once, whatever keeps the goodbye from going out."""
    polite.work.kill()
    link = polite.sink.welcomes(SARA)[0].unsubscribe()
    assert web.post_multipart(link, ONE_CLICK).status == 200
    assert polite.state(SARA) == "left"
    polite.start("work")
    until(lambda: polite.sink.goodbyes(SARA), "no goodbye")


def test_who_left_gets_the_goodbye_and_no_digest(polite):
    polite.follow_feed(feeds.made(1))
    polite.work.stop()
    assert polite.json("digest", "send", "news")["recipients"] == 2
    link = polite.sink.welcomes(SARA)[0].unsubscribe()
    assert web.post(link, ONE_CLICK).status == 200
    polite.start("work")
    polite.finished()
    all_done(polite)
    assert len(polite.sink.digests(OMAR)) == 1
    assert len(polite.sink.goodbyes(SARA)) == 1
    assert not polite.sink.digests(SARA)


def test_a_goodbye_is_tried_again(polite):
    """Its reader is not one any more, and gets it nevertheless."""
    polite.sink.rules(data=[["sara", "451 4.3.0 later"]])
    link = polite.sink.welcomes(SARA)[0].unsubscribe()
    web.post(link, ONE_CLICK)
    until(lambda: polite.sink.goodbyes(SARA), "no goodbye")
    until(lambda: polite.rows("SELECT 1 FROM outbox WHERE kind = 'goodbye'"
                              " AND state = 'deferred'"), "not deferred")
    polite.sink.rules()
    polite.clock.forward(hours=1)
    until(lambda: len(polite.sink.goodbyes(SARA)) == 2, polite.work.log)
    all_done(polite)
    first, second = polite.sink.goodbyes(SARA)
    assert first["Message-ID"] == second["Message-ID"]


def test_who_comes_and_goes_is_not_flooded(polite):
    link = polite.sink.welcomes(SARA)[0].unsubscribe()
    web.post(link, ONE_CLICK)
    until(lambda: polite.sink.goodbyes(SARA), "no goodbye")
    polite.clock.forward(hours=1)
    comes(polite, SARA)
    welcomed(polite, SARA, times=2)
    web.post(link, ONE_CLICK)
    assert polite.state(SARA) == "left"
    all_done(polite)
    assert len(polite.sink.goodbyes(SARA)) == 1


def test_who_is_back_is_not_told_goodbye(polite):
    """It could not go out before its reader was a reader again."""
    polite.sink.rules(mail="451 4.3.0 later")
    link = polite.sink.welcomes(SARA)[0].unsubscribe()
    web.post(link, ONE_CLICK)
    polite.work.stop()
    polite.sink.rules()
    # A confirm mail of the same queue goes first where the goodbye waits.
    database = sqlite3.connect(polite.database)
    with database:
        database.execute("UPDATE outbox SET state = 'deferred',"
                         " due = due + 3600 WHERE kind = 'goodbye'")
    database.close()
    polite.start("work")
    comes(polite, SARA)
    welcomed(polite, SARA, times=2)
    polite.clock.forward(hours=2)
    comes(polite, "late@example.net")
    welcomed(polite, "late@example.net")
    all_done(polite)
    assert not polite.sink.goodbyes(SARA)


# The mail to the admin


@pytest.mark.parametrize("language, subject, word", [
    ("ar", "رسائل متوقفة: مشكلة واحدة", "خادم البريد «main»"),
    ("en", "Mail is waiting: 1 problem", "The mail server “main”")],
    ids=["ar", "en"])
def test_the_admin_is_told(make_site, tmp_path, language, subject, word):
    """By another relay, once one has been gone for a minute."""
    (tmp_path / "sink").mkdir()
    sink = Sink(tmp_path / "sink")
    site = make_site(change={
        "language": language, "mail": {"admin": "admin@example.org"},
        "relay main": {"url": f"smtp://127.0.0.1:{free_port()}",
                       "tls": "none"},
        "relay spare": {"url": f"smtp://127.0.0.1:{sink.port}",
                        "tls": "none", "priority": 1}})
    try:
        site.add_list()
        work = site.start("work")
        site.ask(SARA)
        until(lambda: site.json("status")["troubles"], work.log)
        database = sqlite3.connect(site.database)
        with database:
            database.execute("UPDATE trouble SET since = since - 60")
        database.close()
        mail = sink.one("admin@example.org")
        assert mail["Subject"] == subject
        assert mail.sender == "<>"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Content-Language"] == language
        assert is_signed(site, mail)
        assert mail["List-Id"] == "<_notices.example.org>"
        assert mail["List-Unsubscribe"] is None
        for part in (mail.text, mail.html):
            assert word in part
            assert "127.0.0.1" in part
            assert "nashra status" in part
        assert f'<html lang="{language}"' in mail.html
    finally:
        sink.clean()


# What they look like


@pytest.mark.parametrize("kind, room", [
    ("confirm", "confirm"), ("welcome", "leave"), ("goodbye", "subscribe")])
def test_a_preview_is_the_mail(site, tmp_path, kind, room):
    """Of nobody, and of no consequence."""
    site.add_list()
    before = site.dump()
    said = site.json("mail", "preview", "news", kind,
                     "--html", tmp_path / "html", "--text", tmp_path / "text",
                     "--eml", tmp_path / "eml")
    assert (said["list"], said["mail"]) == ("news", kind)
    raw = (tmp_path / "eml").read_bytes()
    mail = Mail({"sender": "", "recipients": [""],
                 "content": raw.decode("latin-1")})
    assert mail["Subject"] == said["subject"]
    assert mail["To"].addresses[0].addr_spec == "reader@example.org"
    assert len(mail.links(room)) == 1 and is_signed(site, mail)
    assert mail.text.replace("\r", "") == (tmp_path / "text").read_text("utf-8")
    assert mail.html.replace("\r", "") == (tmp_path / "html").read_text("utf-8")
    shown = site.run("mail", "preview", "news", kind).must(0).out
    assert shown.startswith(said["subject"] + "\n\n")
    assert site.dump() == before


def test_previews_of_what_is_not_there(site):
    site.add_list()
    site.run("mail", "preview", "news", "hello").must(64, "welcome or goodbye")
    site.run("mail", "preview", "none", "welcome").must(66, "none")
    site.run("mail", "preview", "news").must(64)
