"""What strangers put in feeds comes out harmless."""

import datetime
import html.parser
import re

import pytest

from conftest import SAMPLE_DAY
from rig import feeds

BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


def delivered(site, articles, title=feeds.TITLE):
    """The one digest of these articles."""
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    url = site.feeds.put(feeds.rss(articles, title))
    site.run("feed", "add", "news", url, "--send-existing").must(0)
    site.start("work")
    site.run("digest", "send", "news").must(0)
    site.finished()
    (mail,) = site.sink.mails("sara@example.net")
    return mail


class Tags(html.parser.HTMLParser):
    """Every tag with its attributes, as a mail program would see them."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def article(title="عنوان", body="<p>نص</p>", link="https://news.example.org/1",
            author=""):
    return feeds.Article(title=title, link=link, date=SAMPLE_DAY,
                         author=author, body=body)


TITLES = [
    "خبر\r\nBcc: victim@example.net",
    "خبر\nX-Injected: yes\n\n<h1>body</h1>",
    "خبر &#13;&#10;Bcc: victim@example.net",
    "=?utf-8?Q?x=0D=0ABcc:_victim=40example.net?=",
    "<script>alert(1)</script> خبر",
    "خبر \" onmouseover=\"alert(1)",
    "خبر {{unsubscribe_url}} {{#articles}}",
    "خبر \u202egnp.exe\u202c مقلوب",
    "خبر \u2066معزول\u2069 \u200f",
    "خبر \u2028سطر\u2029فقرة",
    "C++ & <b>Python</b>",
    "خ" * 3000,
]


def test_titles(dated):
    clean = [article(t, link=f"https://news.example.org/t{n}")
             for n, t in enumerate(TITLES)]
    mail = delivered(dated, clean)
    headers = [name.lower() for name in mail.message.keys()]
    assert "bcc" not in headers and "x-injected" not in headers
    assert len(headers) == len(set(headers)), headers
    assert headers.count("subject") == 1
    assert mail.recipients == ["sara@example.net"]
    assert "\n" not in mail["Subject"]
    assert not BIDI.search(mail["Subject"] + mail.text + mail.html)
    tags = Tags(mail.html).found
    assert not [t for t, _ in tags if t == "script"]
    assert not [a for _, a in tags for key in a if key.startswith("on")]
    assert "{{unsubscribe_url}} {{#articles}}" in mail.text, "text is text"
    assert "C++" in mail.text
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("title", TITLES[:4])
def test_title_alone_in_the_subject(dated, title):
    mail = delivered(dated, [article(title)])
    assert "خبر" in mail["Subject"] or "victim" in mail["Subject"]
    assert mail["Bcc"] is None and mail["X-Injected"] is None
    assert mail.recipients == ["sara@example.net"]


BODIES = [
    "<p>قبل</p><script>alert('SCRIPT')</script><p>بعد</p>",
    "<p onclick=\"alert(1)\">قبل</p><style>p{display:none}</style>",
    "<svg><script>alert('SCRIPT')</script></svg>",
    "<iframe src='https://evil.example.org/'></iframe>",
    "<a href='javascript:alert(1)'>رابط</a>",
    "<img src=x onerror=alert(1)>",
    "</td></tr></table></body></html><h1>خارج</h1>",
    "<!-- --><![CDATA[ ]]> <p>نص",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<p>" * 3000,
    "قبل\u202eبعد",
    "سطر\r\n.\r\nMAIL FROM:<evil@example.net>\r\n",
]


def test_bodies(dated):
    mail = delivered(dated, [
        article(f"خبر {n}", body, f"https://news.example.org/b{n}")
        for n, body in enumerate(BODIES)])
    tags = Tags(mail.html).found
    names = {t for t, _ in tags}
    assert not names & {"script", "iframe", "svg", "math", "object", "form"}
    assert not [a for _, a in tags for key in a if key.startswith("on")]
    links = [a.get("href", "") for t, a in tags if t == "a"]
    assert all(l.startswith(("http://", "https://", "mailto:"))
               for l in links), links
    assert "SCRIPT" not in mail.html + mail.text
    assert "display:none}" not in mail.text
    assert "قبل" in mail.text and "بعد" in mail.text
    assert not BIDI.search(mail.text + mail.html)
    assert [t for t, _ in tags].count("body") == 1


LINKS = ["javascript:alert(1)", "data:text/html,<script>", "ftp://x/y",
         "https://news.example.org/\"><script>alert(1)</script>",
         "https://news.example.org/a b", "//evil.example.org/",
         "https://news.example.org/\r\nX: y", "/relative/path"]


def test_links(dated):
    mail = delivered(dated, [
        article(f"خبر {n}", link=link) for n, link in enumerate(LINKS)])
    tags = Tags(mail.html).found
    assert not [t for t, _ in tags if t == "script"]
    for tag, attributes in tags:
        if tag == "a":
            assert re.match("(https?://|mailto:)", attributes["href"])
            assert not re.search(r"[\s<>\"]", attributes["href"])


def test_authors(dated):
    mail = delivered(dated, [
        article("خبر", author="<b>Sara A.</b>\r\nBcc: x@example.net")])
    assert mail["Bcc"] is None
    assert "<b>Sara" not in mail.html


def test_list_title_in_headers_and_pages(dated):
    """Quotes and angles in a list's title, and no way out of a header."""
    title = 'نشرة "خاصة" <x@example.net>, (؟) & C++'
    site = dated
    site.add_list(title=title)
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.ask("omar@example.net")
    site.follow_feed([article()])
    site.start("work")
    site.start("web")
    site.run("digest", "send", "news").must(0)
    site.finished()
    for to in ("sara@example.net", "omar@example.net"):
        mail = site.sink.one(to)
        assert [a.addr_spec for a in mail["To"].addresses] == [to]
        assert not mail.message.defects
        assert "<x@example.net>" not in mail.html
    assert len(re.findall("<[^>]*>", site.sink.one(
        "sara@example.net")["List-Id"])) >= 1
    page = site.page("/subscribe/news")
    assert title in page.text
    assert "<x@example.net>" not in page.body


def test_future_and_ancient_dates(dated):
    old = article("قديم", link="https://news.example.org/old")
    old.date = datetime.datetime(1971, 1, 1, tzinfo=datetime.timezone.utc)
    new = article("مستقبل", link="https://news.example.org/new")
    new.date = datetime.datetime(2099, 1, 1, tzinfo=datetime.timezone.utc)
    mail = delivered(dated, [old, new])
    assert "قديم" in mail.text and "مستقبل" in mail.text


def test_huge_feed_is_refused_or_cut(dated):
    """Ten megabytes are the limit, and said so."""
    site = dated
    site.add_list()
    big = feeds.rss([article(body="<p>" + "ن" * (6 << 20) + "</p>")])
    result = site.run("feed", "add", "news", site.feeds.put(big))
    assert result.code != 0 and result.err.strip(), str(result)
    assert site.json("feed", "ls", "news") == []
