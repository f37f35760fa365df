"""The archive: issues as pages that everybody may read."""

import datetime
import json
import re
import shutil
import subprocess
import urllib.parse
import xml.etree.ElementTree as ET

import pytest

from rig import browser, devtools, feeds, web
from rig.site import BUILD, ROOT

LOOKS = BUILD / "looks"
NPM = BUILD / "npm"
AXE = NPM / "node_modules" / "axe-core" / "axe.min.js"
LOGO = ("logo_url=https://img.example.org/logo.png", "logo_width=176",
        "logo_height=48", "color=#b3402a")
needs_chromium = pytest.mark.skipif(
    browser.PROGRAM is None, reason="there is no chromium")
needs_npm = pytest.mark.skipif(
    not AXE.exists() or not shutil.which("node"),
    reason="the npm packages of tests/npm are not there")

AXE_RUN = """axe.run(document, {resultTypes: ["violations"]})
.then((r) => r.violations.map((v) => [v.id, v.nodes.map((n) => n.html)]))"""


def issue(site, articles, name="news"):
    """One more issue, of these articles, a day after the one before."""
    site.follow_feed(articles, name, f"{name}-{site.clock.offset}.xml")
    site.run("digest", "send", name).must(0)
    site.clock.forward(hours=24)


@pytest.fixture(scope="module")
def chromium():
    with devtools.Browser() as started:
        yield started


@pytest.fixture
def news(dated):
    """Three issues of a list, the last one of articles with all they may
    have."""
    dated.add_list()
    issue(dated, feeds.made(1))
    issue(dated, feeds.made(2, first=10))
    issue(dated, feeds.sample())
    dated.start("web")
    return dated


def meta(page, name):
    return [a.get("content") for tag, a in page.tags if tag == "meta" and
            name in (a.get("name"), a.get("property"))]


def rels(page):
    return {a["rel"]: a["href"] for tag, a in page.tags
            if tag == "link" and a["rel"] != "alternate"}


def issues_in(page):
    return [link for link in page.links if re.search(r"/archive/\w+/\d+$",
                                                     link)]


# What is there


def test_the_index(news):
    page = news.page("/archive/news")
    assert page.status == 200
    assert page.heading == "نشرة الأخبار"
    assert issues_in(page) == [f"{news.url}/archive/news/{n}"
                               for n in (3, 2, 1)]
    assert "٢٠٢٥" in page.text
    assert "العدد ٣ · الجمعة ٢٤ / يناير / ٢٠٢٥ · ١٠ مقالات" in page.text
    assert "العدد ٢ · الخميس ٢٣ / يناير / ٢٠٢٥ · مقالان" in page.text
    assert "العدد ١ · الأربعاء ٢٢ / يناير / ٢٠٢٥ · مقال واحد" in page.text
    assert rels(page) == {"canonical": news.url + "/archive/news"}
    html = next(a for tag, a in page.tags if tag == "html")
    assert (html["lang"], html["dir"]) == ("ar", "rtl")


def test_an_issue(news):
    page = news.page("/archive/news/2")
    assert page.status == 200
    assert "مقالان" in page.text
    for n in (10, 11):
        assert f"خبر رقم {n}" in page.text
        assert f"نص قصير {n}." in page.text
        assert f"https://news.example.org/made/{n}" in page.links
    assert rels(page) == {
        "canonical": news.url + "/archive/news/2",
        "prev": "/archive/news/1", "next": "/archive/news/3"}
    assert meta(page, "og:url") == [news.url + "/archive/news/2"]
    assert meta(page, "description") == ["خبر رقم 11 · خبر رقم 10"]
    first, last = (news.page(f"/archive/news/{n}") for n in (1, 3))
    assert set(rels(first)) == {"canonical", "next"}
    assert set(rels(last)) == {"canonical", "prev"}
    assert news.url + "/archive/news" in page.links
    for ways in (page, first, last):
        for link in ways.links:
            if link.startswith(news.url):
                assert web.get(link).status == 200, link


def test_all_of_an_article_is_there(news):
    page = news.page("/archive/news/3")
    body = " ".join(page.text.split())
    for article in feeds.sample():
        assert article.title in body
        for paragraph in article.paragraphs:
            clean = re.sub("[\u202a-\u202e]", "", paragraph)
            assert clean in body, clean
    # Where the paragraph runs from the right, its signs stay where they are.
    assert 'بلغتي <span dir="ltr">C++</span> و Python' in page.body
    assert '<span dir="ltr">Aigerim S.</span> (جامعة' in page.body


ATOM = "{http://www.w3.org/2005/Atom}"


def test_the_feed(news):
    index = news.page("/archive/news")
    (link,) = [a["href"] for tag, a in index.tags
               if tag == "link" and a["rel"] == "alternate"]
    reply = web.get(urllib.parse.urljoin(index.url, link))
    assert reply.headers["Content-Type"] == (
        "application/atom+xml; charset=utf-8")
    feed = ET.fromstring(reply.body.encode("utf-8"))
    assert feed.tag == ATOM + "feed"
    assert feed.findtext(ATOM + "title") == "نشرة الأخبار"
    entries = feed.findall(ATOM + "entry")
    assert [e.findtext(ATOM + "id") for e in entries] == issues_in(index)
    assert entries[0].findtext(ATOM + "title") in index.text
    (issue,) = news.rows("SELECT frozen FROM issue WHERE number = 2")
    frozen = datetime.datetime.fromtimestamp(
        issue["frozen"], datetime.timezone.utc)
    assert entries[1].findtext(ATOM + "updated") == (
        frozen.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert entries[1].findtext(ATOM + "summary") == "العدد ٢ · مقالان"
    for entry in entries:
        assert web.get(entry.find(ATOM + "link").get("href")).status == 200
    # What we make, we can follow.
    news.add_list("again", "أعداد")
    news.run("feed", "add", "again", reply.url, "--send-existing").must(0)
    assert len(news.rows("SELECT * FROM article WHERE list_id = 2")) == 3


def test_mails_lead_there(dated):
    site = dated
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.follow_feed(feeds.made(2))
    site.start("web")
    site.start("work")
    site.json("digest", "send", "news")
    site.finished()
    mail = site.sink.one("sara@example.net")
    link = f"{site.url}/archive/news/1"
    assert f'href="{link}"' in mail.html
    assert f"\n{link}\n" in mail.text.replace("\r", "")
    assert mail["List-Archive"] == f"<{site.url}/archive/news>"
    page = web.get(link)
    assert page.status == 200 and "خبر رقم 2" in page.text
    assert web.get(mail["List-Archive"].strip("<>")).links
    # Nothing of it is hers.
    token = mail.unsubscribe().rsplit("/", 1)[1]
    for text in (token, "sara", "/leave/", "/preferences/", "example.net"):
        assert text not in page.body
    signed = mail.message["DKIM-Signature"].replace("\n", "").lower()
    assert "list-archive" in signed


def test_it_has_what_the_mail_had_no_room_for(dated):
    site = dated
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.follow_feed(feeds.made(300, words="خبر " + "طويل العنوان " * 9))
    site.start("web")
    site.start("work")
    site.json("digest", "send", "news")
    site.finished()
    mail = site.sink.one("sara@example.net")
    assert f'href="{site.url}/archive/news/1"' in mail.html
    assert "أخرى في هذا العدد" in mail.html or "آخر في هذا العدد" in mail.html
    assert mail.html.count("<h2") < 300
    page = site.page("/archive/news/1")
    assert page.body.count("<article>") == 300


@pytest.mark.parametrize("count", [0, 1, 2, 3, 11, 100])
def test_every_size(dated, count):
    site = dated
    site.add_list()
    if count:
        issue(site, feeds.made(count))
    site.start("web")
    if not count:
        assert "لم يصدر أي عدد بعد" in site.page("/archive/news").text
        assert site.page("/archive/news/1").status == 404
        return
    said = {1: "مقال واحد", 2: "مقالان", 3: "٣ مقالات", 11: "١١ مقالًا",
            100: "١٠٠ مقال"}[count]
    for path in ("/archive/news", "/archive/news/1"):
        assert f"· {said}" in site.page(path).text
    assert site.page("/archive/news/1").body.count("<article>") == count


def test_an_issue_of_any_size_is_a_page(dated):
    """What there is no room for is counted."""
    site = dated
    site.add_list()
    issue(site, feeds.made(700))
    site.start("web")
    page = site.page("/archive/news/1")
    assert page.status == 200
    assert "· ٧٠٠ مقال" in page.text
    shown = page.body.count("<article>")
    assert shown == 500
    assert "٢٠٠ مقال آخر في هذا العدد" in page.text


# Lists and their ways


def test_a_list_that_is_not_public(news):
    news.run("list", "set", "news", "archive=no").must(0)
    assert news.json("list", "show", "news")["archive"] == "no"
    for path in ("/archive/news", "/archive/news/1", "/archive/news/99"):
        page = news.page(path)
        assert page.status == 404, path
        assert "الصفحة غير موجودة" in page.text
        assert "نشرة الأخبار" not in page.text
        assert "ETag" not in page.headers
    assert "/archive/" not in news.page("/subscribe/news").body
    news.run("list", "set", "news", "archive=yes").must(0)
    assert news.page("/archive/news/1").status == 200
    assert "/archive/news" in news.page("/subscribe/news").body
    news.run("list", "set", "news", "archive=maybe").must(65, "yes or no")


def test_english(news):
    news.run("list", "set", "news", "language=en", "title=The news",
             *LOGO).must(0)
    for path, said in (("/archive/news", "Issue 2 · Thursday, 23 January 2025"
                        " · 2 articles"),
                       ("/archive/news/2", "Issue 2 · Thursday, 23 January "
                        "2025 · 2 articles"),
                       ("/archive/news/99", "There is no page at this address"),
                       ("/subscribe/news", "Email address")):
        page = news.page(path)
        assert page.headers["Content-Language"] == "en", path
        html = next(a for tag, a in page.tags if tag == "html")
        assert (html["lang"], html["dir"]) == ("en", "ltr")
        assert said in page.text, path
    body = news.page("/archive/news/2").body
    assert 'fill="#b3402a"' in body
    assert 'src="https://img.example.org/logo.png"' in body
    # The site's own pages stay its own.
    assert news.page("/").headers["Content-Language"] == "ar"


def test_digits_months_and_years_are_the_lists(news):
    news.run("list", "set", "news", "digits=latn", "months=levant",
             "calendar=umalqura", "date_style=long").must(0)
    page = news.page("/archive/news")
    assert "العدد 3 · الجمعة، 24 رجب 1446 هـ · 10 مقالات" in page.text
    assert "1446 هـ" in page.text.split("العدد 3")[0]


NOWHERE = ["/archive", "/archive/", "/archive/none", "/archive/none/1",
           "/archive/news/", "/archive/news/0", "/archive/news/01",
           "/archive/news/-1", "/archive/news/+1", "/archive/news/4",
           "/archive/news/1/", "/archive/news/1/2", "/archive/news/x",
           "/archive/news/1%20", "/archive/news/%D9%A1",
           "/archive/news/9223372036854775807",
           "/archive/news/9223372036854775808",
           "/archive/news/18446744073709551617", "/archive/news/1e0",
           "/archive/../archive/news", "/archive/news/..%2f1",
           "/archive/NEWS/1", "/archive/news%00/1"]


@pytest.mark.parametrize("path", NOWHERE)
def test_no_such_page(news_once, path):
    page = news_once.page(path)
    assert page.status == (400 if "%00" in path else 404)
    assert page.headers["Cache-Control"] == "no-store"
    assert any("\u0621" <= c <= "\u064a" for c in page.text)


@pytest.fixture(scope="module")
def news_once(tmp_path_factory, dkim_key):
    """The same for those who change nothing in it."""
    from conftest import SAMPLE_DAY
    from rig.site import Site
    site = Site(tmp_path_factory.mktemp("news") / "site", key=dkim_key,
                clock=SAMPLE_DAY)
    site.add_list()
    issue(site, feeds.made(1))
    issue(site, feeds.made(2, first=10))
    issue(site, feeds.sample())
    site.start("web")
    yield site
    site.clean()
    assert not site.faults()


def test_a_cancelled_issue_is_not_shown(dated):
    site = dated
    site.add_list()
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    for first in (1, 10, 20):
        issue(site, feeds.made(1, first=first))
    site.start("web")
    assert len(issues_in(site.page("/archive/news"))) == 3
    row = site.rows("SELECT id FROM issue WHERE number = 2")[0]
    site.run("digest", "cancel", row["id"]).must(0)
    assert site.page("/archive/news/2").status == 404
    assert len(issues_in(site.page("/archive/news"))) == 2
    assert rels(site.page("/archive/news/1"))["next"] == "/archive/news/3"
    assert rels(site.page("/archive/news/3"))["prev"] == "/archive/news/1"


# How it is served


def test_headers(news_once):
    for path in ("/archive/news", "/archive/news/3"):
        page = news_once.page(path)
        nonce = re.search(r"'nonce-([\w-]+)'",
                          page.headers["Content-Security-Policy"])[1]
        assert page.headers["Content-Security-Policy"] == (
            f"default-src 'none'; style-src 'nonce-{nonce}'; img-src https:; "
            "form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
        assert f'<style nonce="{nonce}">' in page.body
        assert page.headers["Cache-Control"] == "no-cache"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in page.headers
        assert not [t for t, a in page.tags
                    if t == "script" or "style" in a], path
        head = web.head(news_once.url + path)
        assert head.status == 200 and head.body == ""
        assert head.headers["Content-Length"] == str(
            len(page.body.encode("utf-8")))
        assert web.request(news_once.url + path, b"", method="POST"
                           ).status == 405
    # Pictures are for these pages alone.
    policy = news_once.page("/subscribe/news").headers[
        "Content-Security-Policy"]
    assert "img-src" not in policy


def asked_again(site, path, tag, method="GET"):
    return web.request(site.url + path, headers={"If-None-Match": tag},
                       method=method)


def test_a_page_that_is_kept(news):
    for path in ("/archive/news", "/archive/news/3"):
        one, other = news.page(path), news.page(path)
        tag = one.headers["ETag"]
        assert re.fullmatch(r'W/"[0-9a-f]{32}"', tag)
        assert one.body != other.body, "a nonce is used twice"
        assert other.headers["ETag"] == tag
        for known in (tag, tag[2:], f'"x", {tag}'):
            for method in ("GET", "HEAD"):
                page = asked_again(news, path, known, method)
                assert page.status == 304 and page.body == ""
                assert page.headers["ETag"] == tag
                # Or it would forbid the style of the page that is kept.
                assert "Content-Security-Policy" not in page.headers
        for known in ('"x"', "W/", tag[:-2] + '"'):
            assert asked_again(news, path, known).status == 200
    before = news.page("/archive/news").headers["ETag"]
    news.run("list", "set", "news", "title=عنوان آخر").must(0)
    assert asked_again(news, "/archive/news", before).status == 200


def test_own_templates(news, tmp_path):
    own = tmp_path / "own"
    shutil.copytree(ROOT / "templates", own)
    for part in ("meta", "style", "top"):
        (own / "ar" / f"archive-{part}.html").unlink()
    (own / "ar" / "archive-issue.html").write_text(
        "<!doctype html><title>x</title><p>{{digest.number|number}}"
        "{{#articles}}{{#has_body}}{{body}}{{/has_body}}{{/articles}}")
    (own / "ar" / "archive.html").write_text(
        "<!doctype html><title>x</title>{{#years}}<p>{{year}}{{/years}}")
    news.run("template", "check", own).must(0)
    (own / "ar" / "archive.html").write_text("{{unsubscribe_url}}")
    done = news.run("template", "check", own)
    assert done.code != 0 and "unsubscribe_url" in done.out + done.err
    (own / "ar" / "archive.html").write_text(
        "<!doctype html><title>x</title>{{#years}}<p>{{year}}{{/years}}")
    for process in news.processes:
        if process.name == "nashrad-web":
            process.clean()
    news.settings({"templates": own})
    news.start("web")
    assert news.page("/archive/news").text.strip() == "٢٠٢٥"
    page = news.page("/archive/news/2")
    assert page.text.startswith("٢") and "نص قصير 11." in page.text


# How it looks


LOOKS_OF = [("ar", "/archive/news"), ("ar", "/archive/news/2"),
            ("ar", "/archive/news/3"), ("en", "/archive/news"),
            ("en", "/archive/news/3")]


@pytest.fixture(scope="module")
def dressed(tmp_path_factory, dkim_key):
    """Both languages, with pictures, a logo and sections."""
    from conftest import SAMPLE_DAY
    from rig.site import Site
    out = {}
    for language in ("ar", "en"):
        site = Site(tmp_path_factory.mktemp(language) / "site", key=dkim_key,
                    clock=SAMPLE_DAY)
        site.add_list(title="نشرة الأخبار" if language == "ar" else "The news")
        site.run("list", "set", "news", f"language={language}",
                 *(LOGO if language == "ar" else ())).must(0)
        issue(site, feeds.made(1))
        issue(site, feeds.made(2, first=10))
        issue(site, feeds.sample())
        site.start("web")
        out[language] = site
    yield out
    for site in out.values():
        site.clean()
        assert not site.faults()


@needs_chromium
@pytest.mark.parametrize("language,path", LOOKS_OF)
def test_it_looks_right(dressed, chromium, language, path):
    LOOKS.mkdir(exist_ok=True)
    url = dressed[language].url + path
    direction = "rtl" if language == "ar" else "ltr"
    for width in (320, 600, 1280):
        for dark in (False, True):
            chromium.open(url, width, dark)
            assert chromium.run("sideways()") == [], width
            name = path.strip("/").replace("/", "-")
            chromium.picture(LOOKS / (f"{language}-{name}-{width}-"
                                      f"{'dark' if dark else 'light'}.png"))
    assert chromium.run(
        "getComputedStyle(document.body).direction") == direction
    assert {urllib.parse.urlsplit(u).scheme for u in chromium.asked} <= {
        "https"}
    assert {u.split("/")[2] for u in chromium.asked} <= {"img.example.org"}


@needs_chromium
@needs_npm
@pytest.mark.parametrize("language,path", LOOKS_OF)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe(dressed, chromium, language, path, dark):
    chromium.open(dressed[language].url + path, 600, dark)
    chromium.run(AXE.read_text("utf-8") + "; 1")
    assert chromium.run(AXE_RUN) == []


@needs_npm
def test_html(dressed, tmp_path):
    files = []
    for language, path in LOOKS_OF:
        files.append(tmp_path / f"{language}{path.replace('/', '-')}.html")
        files[-1].write_text(dressed[language].page(path).body)
    done = subprocess.run(
        ["node", ROOT / "tests" / "npm" / "lint.mjs", NPM, "--pages",
         *files],
        capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert [(file, finding) for file, findings in
            json.loads(done.stdout).items() for finding in findings] == []
