"""The digest: sent once, and what arrives, read by parsers of others."""

import datetime
import email
import email.policy
import html as entities
import re
import subprocess

import dkim
import pytest

from conftest import DAMASCUS, SAMPLE_DAY
from rig import feeds, mail as mails
from rig.site import BUILD, ROOT

ASTANA = ROOT.parent / "shared" / "data" / "article-astana.txt"
SAMPLE_DATE = "الأربعاء ٢٢ / يناير / ٢٠٢٥"
MARKS = re.compile("[\u064b-\u0652]")


@pytest.fixture
def sent(dated):
    """One reader, the ten sample articles, sent at noon of SAMPLE_DAY."""
    dated.add_list()
    dated.run("subscriber", "add", "news", "sara@example.net").must(0)
    dated.follow_feed(feeds.sample())
    dated.start("work")
    dated.json("digest", "send", "news")
    dated.finished()
    return dated


def digest(site, to="sara@example.net"):
    (mail,) = site.sink.mails(to)
    return mail


# Sent once


def test_sent_once(dated):
    site = dated
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.follow_feed(feeds.made(3))
    site.start("work")
    first = site.run("digest", "send", "news").must(0)
    assert "3 articles, 1 reader, issue 1" in first.out
    second = site.run("digest", "send", "news").must(0)
    assert "already sent" in second.out
    # More articles in the same window wait for the next one.
    site.feeds.put(feeds.rss(feeds.made(4)))
    site.run("feed", "poll", "news").must(0)
    third = site.json("digest", "send", "news")
    assert (third["result"], third["issue"]) == ("already", 1), third
    site.finished()
    assert len(site.sink.mails()) == 1

    site.clock.forward(days=1)
    fourth = site.json("digest", "send", "news")
    assert (fourth["result"], fourth["articles"]) == ("frozen", 1), fourth
    site.finished()
    assert len(site.sink.mails()) == 2
    assert "خبر رقم 4" in site.sink.mails()[1].text
    assert "خبر رقم 1\n" not in site.sink.mails()[1].text

    site.clock.forward(days=1)
    fifth = site.run("digest", "send", "news").must(0)
    assert "nothing new since" in fifth.out
    assert site.json("digest", "send", "news")["result"] == "nothing-new"
    assert len(site.sink.mails()) == 2


def test_many_at_once_freeze_one_issue(dated):
    """Two crons, one window."""
    site = dated
    site.add_list()
    for n in range(5):
        site.run("subscriber", "add", "news", f"r{n}@example.net").must(0)
    site.follow_feed(feeds.made(2))

    argv = [str(BUILD / "nashra"), "--config", str(site.conf), "digest",
            "send", "news"]
    runs = [subprocess.Popen(argv, env=site.env(), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE) for _ in range(8)]
    said = [run.communicate(timeout=60) for run in runs]
    assert [run.returncode for run in runs] == [0] * 8, said
    assert sum(b"issue 1" in out and b"already" not in out
               for out, _ in said) == 1, said
    site.start("work")
    site.finished()
    assert sorted(m.to for m in site.sink.mails()) == [
        f"r{n}@example.net" for n in range(5)]


def test_only_readers_of_that_cadence(dated):
    site = dated
    site.add_list()
    site.run("subscriber", "add", "news", "day@example.net").must(0)
    site.run("subscriber", "add", "news", "week@example.net", "--every",
             "week").must(0)
    site.ask("asks@example.net")
    site.follow_feed(feeds.made(1))
    site.start("work")
    assert site.json("digest", "send", "news")["recipients"] == 1
    site.finished()
    site.sink.one("asks@example.net")
    assert site.sink.digests("day@example.net")
    assert not site.sink.mails("week@example.net")
    assert not site.sink.digests("asks@example.net")
    weekly = site.json("digest", "send", "news", "--every", "week")
    assert (weekly["result"], weekly["articles"], weekly["recipients"]) == (
        "frozen", 1, 1), weekly
    site.finished()
    assert len(site.sink.digests("week@example.net")) == 1
    assert len(site.sink.digests("day@example.net")) == 1


def test_wait_returns_when_all_is_sent(dated):
    site = dated
    site.add_list()
    for n in range(10):
        site.run("subscriber", "add", "news", f"r{n}@example.net").must(0)
    site.follow_feed(feeds.made(1))
    site.sink.rules(delay=0.1)
    site.start("work")
    site.run("digest", "send", "news", "--wait").must(0)
    assert site.issue()["finished"]
    assert len(site.sink.mails()) == 10


def test_preview_changes_nothing(dated, tmp_path):
    site = dated
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.follow_feed(feeds.made(2))
    files = [tmp_path / name for name in ("d.html", "d.txt", "d.eml")]
    for _ in range(2):
        site.run("digest", "preview", "news", "--html", files[0], "--text",
                 files[1], "--eml", files[2]).must(0)
    html, text = (f.read_text(encoding="utf-8") for f in files[:2])
    assert "خبر رقم 2" in html and 'dir="rtl"' in html
    assert "خبر رقم 2" in text
    eml = email.message_from_bytes(
        files[2].read_bytes(), policy=email.policy.default)
    assert "خبر رقم 2" in eml.get_body(("html",)).get_content()
    assert site.json("digest", "status") == []
    assert site.json("digest", "send", "news")["result"] == "frozen"


# What arrives


def test_headers(sent):
    mail = digest(sent)
    message = mail.message
    assert not message.defects, message.defects
    for name in ("From", "To", "Subject", "Date", "Message-ID", "List-Id",
                 "List-Unsubscribe", "List-Unsubscribe-Post", "List-Archive",
                 "Precedence",
                 "Content-Language", "MIME-Version", "Content-Type",
                 "DKIM-Signature"):
        assert len(message.get_all(name, [])) == 1, name
    assert message["From"].addresses[0].addr_spec == "news@example.org"
    assert message["From"].addresses[0].display_name == "نشرة الموسوعة"
    assert [a.addr_spec for a in message["To"].addresses] == [
        "sara@example.net"]
    assert "<news." in message["List-Id"]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.unsubscribe().startswith(sent.url + "/leave/")
    assert message["List-Archive"] == f"<{sent.url}/archive/news>"
    assert message["Precedence"] == "bulk"
    assert message["Content-Language"] == "ar"
    assert "Auto-Submitted" not in message
    assert re.fullmatch(r"<[^<>@\s]+@example\.org>", message["Message-ID"])
    date = message["Date"].datetime
    assert date.tzinfo is not None
    assert abs((date - SAMPLE_DAY).total_seconds()) < 600
    assert message["Subject"].strip() and "=?" not in message["Subject"]
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]",
                         message["Subject"] + str(message["From"]))


def test_form_of_the_message(sent):
    mail = digest(sent)
    message = mail.message
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    for part, kind in ((plain, "text/plain"), (html, "text/html")):
        assert part.get_content_type() == kind
        assert part.get_content_charset() == "utf-8"
        assert part["Content-Transfer-Encoding"] == "base64"
        part.get_payload(decode=True).decode("utf-8")
        assert not part.defects
    lines = mail.raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")
    assert mail.raw.isascii()
    head = lines[:lines.index(b"")]
    # A line passes 78 only where one word behind the name does.
    long = [l for l in head if len(l) > 78 and len(l.split()) > 2]
    assert not long, long
    body = lines[lines.index(b""):]
    assert max(map(len, body)) <= 78  # base64: 76


def test_html_is_right_to_left(sent):
    html = digest(sent).html
    assert re.search(r'<html[^>]*\blang="ar"[^>]*\bdir="rtl"', html) or \
        re.search(r'<html[^>]*\bdir="rtl"[^>]*\blang="ar"', html)
    assert re.search(r'<body[^>]*\bdir="rtl"', html)
    tables = re.findall(r"<table[^>]*>", html)
    assert tables and all('dir="rtl"' in t for t in tables), tables
    # or a long address in an excerpt makes the mail wider than a phone
    assert "word-break:break-word" in html
    assert all('role="presentation"' in t for t in tables), tables
    assert "<bdi" not in html and "<script" not in html
    assert not re.search(r"text-align:\s*(start|end)|-inline-", html)
    assert not re.search(r"<a [^>]*\bdir=", html)
    assert not re.search("[\u202a-\u202e]", html)


def test_articles_survive(sent):
    mail = digest(sent)
    html = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", mail.html))
    html = entities.unescape(html)
    for article in feeds.sample():
        for name, body in (("text", mail.text), ("html", html)):
            assert article.title in body, (name, article.title)
            words = " ".join(article.paragraphs[0].split()[:8])
            assert words in " ".join(body.split()), (name, words)
        assert article.link in mail.text
    assert "https://news.example.org/economy/pound-market?week=4&amp;lang=ar" \
        in mail.html
    assert "\u202a" not in mail.text and "\u202a" not in mail.html


def test_date_in_the_style_of_the_site(sent):
    mail = digest(sent)
    assert SAMPLE_DATE in mail.text
    assert SAMPLE_DATE in mail.html


def test_body_has_what_the_law_asks(sent):
    mail = digest(sent)
    for body in (mail.text, mail.html):
        assert "شارع بغداد، دمشق" in body
        assert "إلغاء الاشتراك" in body
    assert mail.links("leave")


FORMS = [
    (1, r"مقال(?: واحد)? جديد"), (2, r"مقال(?:ان جديدان|ين جديدين)"),
    (3, r"٣ مقالات جديدة"), (11, r"١١ مقالا جديدا"), (100, r"١٠٠ مقال جديد"),
]


def test_first_sentence_counts_in_the_right_form(dated):
    site = dated
    site.start("work")
    for count, form in FORMS:
        name = f"list{count}"
        site.add_list(name)
        site.run("subscriber", "add", name, f"r{count}@example.net").must(0)
        site.follow_feed(feeds.made(count), name, f"{name}.xml")
        sent = site.json("digest", "send", name)
        assert sent["articles"] == count
        site.finished(name)
        mail = digest(site, f"r{count}@example.net")
        sentences = [MARKS.sub("", line) for line in mail.text.splitlines()
                     if "مقال" in line]
        assert re.search(form, sentences[0]), (count, sentences[0])
        if count < 3:
            assert not re.search("[0-9٠-٩]", re.sub(
                r"٢٢ / يناير / ٢٠٢٥", "", sentences[0])), sentences[0]
        seen = MARKS.sub("", re.sub(r"<[^>]+>", "", mail.html))
        assert re.search(form, seen), (count, "html")


def test_digits_of_the_settings(make_site):
    site = make_site(clock=SAMPLE_DAY, change={"arabic": {"digits": "latn"}})
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.start("work")
    site.first_digest(articles=3)
    mail = digest(site)
    assert "الأربعاء 22 / يناير / 2025" in mail.text
    assert "3 مقالات جديدة" in mail.text


def test_months_of_the_settings(make_site):
    site = make_site(clock=SAMPLE_DAY, change={"arabic": {"months": "levant"}})
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.start("work")
    site.first_digest()
    assert "٢٢ / كانون الثاني / ٢٠٢٥" in digest(site).text


@pytest.mark.skipif(not ASTANA.exists(), reason="the real article is not here")
def test_real_article_survives(dated):
    site = dated
    lines = ASTANA.read_text(encoding="utf-8").split("\n")
    start = lines.index("استانا")
    end = lines.index("النشرة الإخبارية")
    paragraphs = tuple(l for l in lines[start + 1:end] if l.strip(" \xa0"))
    article = feeds.Article(
        title=lines[start], link="https://news.example.org/astana",
        date=datetime.datetime(2025, 1, 22, 9, tzinfo=DAMASCUS),
        paragraphs=paragraphs)
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.follow_feed([article])
    site.start("work")
    site.json("digest", "send", "news")
    site.finished()
    mail = digest(site)
    assert lines[1] == SAMPLE_DATE
    for body in (mail.text, re.sub(r"<[^>]+>", "", mail.html)):
        assert article.title in body
        assert SAMPLE_DATE in body
        assert "بيان وزارة الخارجية الكازاخية بختام الجولة العشرون" in body
        assert "يونيو 2023" in body, "the author's digits are the author's"


# Signature and envelope


def published_key(site):
    """A resolver that knows only what `nashra dkim dns` prints."""
    said = site.run("dkim", "dns").must(0).out
    assert "nashra._domainkey.example.org" in said, said
    record = "".join(re.findall(r'"([^"]*)"', said))
    assert record.startswith("v=DKIM1"), said
    pieces = re.findall(r'"([^"]*)"', said)
    assert all(len(p) <= 255 for p in pieces), "RFC 1035 3.3.14"

    def txt(name, timeout=5):
        wanted = b"nashra._domainkey.example.org."
        return record.encode() if name == wanted else None

    return txt


def test_dkim_signature_verifies(sent):
    mail = digest(sent)
    resolver = published_key(sent)
    assert dkim.verify(mail.raw, dnsfunc=resolver)
    tags = dict(t.strip().split("=", 1) for t in re.sub(
        r"\s+", "", mail["DKIM-Signature"]).split(";") if "=" in t)
    assert tags["a"] == "rsa-sha256" and tags["c"] == "relaxed/relaxed"
    assert (tags["d"], tags["s"]) == ("example.org", "nashra")
    assert "l" not in tags
    signed = tags["h"].lower().split(":")
    for name in mail.message.keys():
        if name.lower() != "dkim-signature":
            assert name.lower() in signed, f"{name} is not signed"
    for name in ("from", "subject"):
        forged = name.title().encode() + b": forged\r\n" + mail.raw
        assert not dkim.verify(forged, dnsfunc=resolver), name
    assert not dkim.verify(mail.raw.replace(b"bulk", b"junk", 1),
                           dnsfunc=resolver)
    last = mail.raw.rstrip().rfind(b"\r\n\r\n") - 8
    changed = mail.raw[:last] + bytes([mail.raw[last] ^ 1]) + \
        mail.raw[last + 1:]
    assert not dkim.verify(changed, dnsfunc=resolver)


def test_ed25519_key_signs_too(make_site):
    """RFC 8463, with a key that openssl made."""
    site = make_site()
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out",
                    site.key], check=True, capture_output=True)
    site.key.chmod(0o600)
    site.add_list()
    for n in range(2):
        site.run("subscriber", "add", "news", f"r{n}@example.net").must(0)
    site.start("work")
    site.first_digest()
    resolver = published_key(site)
    assert b"k=ed25519;" in resolver(b"nashra._domainkey.example.org.")
    for mail in site.sink.mails():
        assert "a=ed25519-sha256;" in mail["DKIM-Signature"]
        assert dkim.verify(mail.raw, dnsfunc=resolver)
        assert not dkim.verify(mail.raw.replace(b"bulk", b"junk", 1),
                               dnsfunc=resolver)


def test_confirm_mail_is_signed_too(sent):
    sent.ask("asks@example.net")
    assert dkim.verify(sent.sink.one("asks@example.net").raw,
                       dnsfunc=published_key(sent))


def test_without_dkim_section_mail_goes_unsigned(make_site):
    site = make_site(change={"dkim": None})
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.start("work")
    site.first_digest()
    assert "DKIM-Signature" not in digest(site).message
    assert site.json("status")["dkim"] is False


def test_envelope_sender_is_sealed(dated):
    site = dated
    site.add_list()
    for n in range(3):
        site.run("subscriber", "add", "news", f"r{n}@example.net").must(0)
    site.start("work")
    site.first_digest()
    senders = [m.sender for m in site.sink.mails()]
    for sender in senders:
        local, _, domain = sender.partition("@")
        assert domain == "example.org"
        assert len(local) <= 64
        assert re.fullmatch(r"bounce[+=-][a-z2-7]{40,}", local), sender
    assert len(set(senders)) == 3
    identities = [m["Message-ID"] for m in site.sink.mails()]
    assert len(set(identities)) == 3
    assert len({m.unsubscribe() for m in site.sink.mails()}) == 3


def test_postfix_sink_takes_it(make_site, tmp_path):
    """Another server, that offers PIPELINING and folds nothing back."""
    sink = mails.PostfixSink(tmp_path / "postfix")
    site = make_site(sink=sink)
    site.add_list()
    for n in range(5):
        site.run("subscriber", "add", "news", f"r{n}@example.net").must(0)
    site.start("work")
    site.first_digest(articles=3)
    kept = sink.mails()
    assert len(kept) == 5
    resolver = published_key(site)
    for head, message in kept:
        assert re.search(r"X-Mail-Args: <bounce[+=-][a-z2-7]+@example\.org>",
                         head), head
        assert dkim.verify(message, dnsfunc=resolver)
    rcpt = sorted(re.search(r"X-Rcpt-Args: <(.*)>", h)[1] for h, _ in kept)
    assert rcpt == [f"r{n}@example.net" for n in range(5)]
