"""What a list has of its own, what a reader has chosen, and how large it all
may get."""

import email
import email.policy

import dkim
import pytest

from rig import feeds
from rig.site import ROOT
from test_digest import published_key

INPUT, USAGE, NONE = 65, 64, 66
READERS = {"sara": (), "omar": ("digits=latn",), "lina": ("format=text",),
           "adam": ("digits=latn", "format=text")}
TEN = {"": "وصلتك ١٠ مقالات جديدة", "digits=latn": "وصلتك 10 مقالات جديدة"}


def test_each_reader_gets_what_they_chose(dated):
    site = dated
    site.add_list()
    for name, chosen in READERS.items():
        who = f"{name}@example.net"
        site.run("subscriber", "add", "news", who).must(0)
        if chosen:
            site.run("subscriber", "set", "news", who, *chosen).must(0)
    site.follow_feed(feeds.sample())
    site.start("work")
    site.json("digest", "send", "news")
    site.finished()
    resolver = published_key(site)
    for name, chosen in READERS.items():
        (mail,) = site.sink.mails(f"{name}@example.net")
        digits = "digits=latn" if "digits=latn" in chosen else ""
        assert mail.text.startswith(TEN[digits]), name
        assert dkim.verify(mail.raw, dnsfunc=resolver), name
        assert mail["Content-Language"] == "ar"
        assert mail.unsubscribe() in mail.text.replace("\n", " ")
        if "format=text" in chosen:
            assert mail.message.get_content_type() == "text/plain", name
            assert mail.message.get_content_charset() == "utf-8"
        else:
            assert mail.message.get_content_type() == "multipart/alternative"
            assert TEN[digits] in mail.html
    # One body a choice; the same headers, whatever the body is.
    (sara,), (lina,) = (site.sink.mails(f"{n}@example.net")
                        for n in ("sara", "lina"))
    heads = [[h for h in mail.message.keys() if not h.startswith("Content-")]
             for mail in (sara, lina)]
    assert heads[0] == heads[1]
    assert sara["Subject"] == lina["Subject"]


def test_a_list_speaks_another_language(dated):
    site = dated
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.run("list", "set", "news", "language=en", "color=#7a1f1f",
             "title=The news").must(0)
    site.follow_feed(feeds.made(3))
    site.start("work")
    site.json("digest", "send", "news")
    site.run("subscriber", "add", "news", "asks@example.net",
             "--confirm").must(0)
    site.finished()
    (mail,) = site.sink.mails("sara@example.net")
    assert mail["Content-Language"] == "en"
    assert '<html lang="en" dir="ltr"' in mail.html
    assert "3 new articles" in mail.text.splitlines()[0]
    asked = site.sink.one("asks@example.net")
    assert asked["Content-Language"] == "en"
    assert '<html lang="en" dir="ltr"' in asked.html


def test_what_is_frozen_keeps_its_language(dated):
    """The list is told another one between the freeze and the sending."""
    site = dated
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.follow_feed(feeds.made(3))
    site.json("digest", "send", "news")
    site.run("list", "set", "news", "language=en").must(0)
    site.start("work")
    site.finished()
    mail = site.sink.one("sara@example.net")
    assert mail["Content-Language"] == "ar"
    assert '<html lang="ar" dir="rtl"' in mail.html


@pytest.mark.parametrize("words, status, said", [
    (("digits=roman",), INPUT, "arab or latn"),
    (("language=",), 0, ""),
    (("template=nowhere",), INPUT, "digest-nowhere.html"),
    (("template=../x",), INPUT, "template"),
    (("color=red",), INPUT, "#0b4f8a"),
    (("logo_url=https://x.example/l.png",), INPUT, "logo_width"),
    (("logo_url=https://x.example/l.png", "logo_width=9", "logo_height=9"),
     0, ""),
    (("logo_url=https://x.example/l.png", "logo_width=240",
      "logo_height=600"), 0, ""),
    (("logo_url=https://x.example/l.png", "logo_width=241",
      "logo_height=40"), INPUT, "from 1 to 240"),
    (("logo_height=601",), INPUT, "from 1 to 600"),
    (("size=1",), INPUT, "date_style"),
    (("size",), USAGE, "KEY=VALUE"),
    (("every=hourly",), INPUT, "instant"),
    (("title=",), INPUT, "title"),
])
def test_settings_of_a_list(site, words, status, said):
    site.add_list()
    before = site.json("list", "show", "news")
    result = site.run("list", "set", "news", *words)
    assert result.code == status, str(result)
    assert said in result.err
    after = site.json("list", "show", "news")
    wanted = dict(before)
    if status == 0:
        wanted.update(word.split("=", 1) for word in words)
    assert after == wanted


@pytest.mark.parametrize("words, status", [
    (("news", "sara@example.net", "format=pdf"), INPUT),
    (("news", "sara@example.net", "colour=red"), INPUT),
    (("news", "nobody@example.net", "format=text"), NONE),
    (("other", "sara@example.net", "format=text"), NONE),
    (("news", "sara@example.net", "every=week", "digits=latn"), 0),
])
def test_settings_of_a_reader(site, words, status):
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    result = site.run("subscriber", "set", *words)
    assert result.code == status, str(result)
    (one,) = site.json("subscriber", "show", "sara@example.net")[
        "subscriptions"]
    assert (one["every"], one["digits"]) == (
        ("week", "latn") if status == 0 else ("day", ""))
    assert one["format"] == "html"


def test_a_busy_week_is_not_cut_off(dated, tmp_path):
    site = dated
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.follow_feed(feeds.made(150))
    eml = tmp_path / "d.eml"
    site.run("digest", "preview", "news", "--eml", eml).must(0)
    assert eml.stat().st_size <= 95000
    message = email.message_from_bytes(eml.read_bytes(),
                                       policy=email.policy.default)
    text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text.startswith("وصلك ١٥٠ مقالًا جديدًا")
    assert " في هذا العدد\n" in text
    site.start("work")
    assert site.json("digest", "send", "news")["articles"] == 150
    site.finished()
    (mail,) = site.sink.mails("sara@example.net")
    assert len(mail.raw) <= 95000


def link_shipped(folder):
    """All that is shipped: nothing is installed where tests run."""
    for file in (ROOT / "templates" / "ar").iterdir():
        (folder / file.name).symlink_to(file)


def test_own_looks_win_file_by_file(make_site, tmp_path):
    own = tmp_path / "own" / "ar"
    own.mkdir(parents=True)
    site = make_site(change={"templates": tmp_path / "own"})
    link_shipped(own)
    (own / "digest-night.html").write_text(
        "<p>ليل {{list.color}} {{unsubscribe_url}} {{postal_address}}</p>\n",
        "utf-8")
    (own / "digest-night.txt").write_text(
        "ليل {{unsubscribe_url}} {{postal_address}}\n", "utf-8")
    (own / "subject-night.txt").write_text("{{list.title}} ليلًا\n", "utf-8")
    site.add_list()
    site.run("list", "set", "news", "template=night", "color=#000001").must(0)
    said = site.run("digest", "preview", "news", "--html", "-").must(0).out
    assert "ليل #000001" in said
    assert site.json("digest", "preview", "news")["subject"].endswith("ليلًا")
    (own / "subject-night.txt").write_text(
        "{{#has_others}}{{title}}{{/has_others}}\n", "utf-8")
    assert site.json("digest", "preview", "news")["subject"] == "نشرة الأخبار"
    (own / "digest-night.txt").write_text("{{nothing}}\n", "utf-8")
    site.run("digest", "preview", "news").must(78, "digest-night.txt:1:")
