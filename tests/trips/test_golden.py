"""Mails of the shipped templates, letter by letter.

Each file of tests/golden is what this build makes of tests/data/mail. Where a
change is meant: make golden, and read the diff before it is committed.
"""

import difflib
import html
import re

import pytest

from rig import golden

MOST = 95000  # bytes of a message
# What articles may bring along, and a digest of eleven has to show.
HARD = {
    "ar": ("Sara A.", "C++", "(2023)", "+963 11 123 4567", "90+4", " < ",
           " & ", "'", "\"", "«", "1.7%", "2020-2023", "٩٬٩٠٠", "⚽", "🏆",
           "وَطَنٌ", "کتاب\u200cهای", "ا" * 50, "https://cubesat",
           "code@school.example.org", "Letters to the Sea (short film)"),
    "en": ("سارة أحمد", "C++", "(2023)", "+963 11 123 4567", "90+4", " < ",
           " & ", "“", "‘", "«", "1.7%", "2020-2023", "⚽", "🏆", "وَطَنٌ",
           "چای با شیر", "o" * 50, "https://cubesat", "(رسائل إلى البحر)",
           "code@school.example.org")}


@pytest.fixture(scope="module")
def made():
    return golden.made()


@pytest.mark.parametrize("name", golden.files())
def test_golden(made, name):
    path = golden.GOLDEN / name
    want = path.read_text("utf-8") if path.exists() else ""
    if made[name] != want:
        pytest.fail("a mail is not what it was; if that is meant: make golden"
                    "\n" + "\n".join(difflib.unified_diff(
                        want.splitlines(), made[name].splitlines(),
                        f"tests/golden/{name}", "this build", lineterm="",
                        n=1)), pytrace=False)


def test_there_are_no_others(made):
    assert {path.name for path in golden.GOLDEN.iterdir()} == set(made)
    assert set(golden.files()) == set(made)


# What they have to say


def seen(text):
    """The text of a mail's HTML, a line for each block."""
    text = re.sub(r"<head>.*?</head>|<div style=\"display:none.*?</div>", "",
                  text, flags=re.S)
    return html.unescape(re.sub("<[^>]+>", "", text))


def headline(text):
    return html.unescape(re.search("<title>(.*)</title>", text)[1])


def links(text):
    return {html.unescape(link)
            for link in re.findall(r'<a [^>]*?href="([^"]+)"', text)}


@pytest.mark.parametrize("name", golden.names())
def test_both_parts_say_the_same(made, name):
    page, text = (made[f"{name}.{ending}"] for ending in golden.ENDINGS)
    if not name.endswith("notice"):  # whose reader knows
        address = golden.data(name[:2])["shared"]["postal_address"]
        assert address in seen(page) and address in text
    assert links(page) == set(re.findall(r"^https?://\S+$", text, re.M))
    plain = re.sub("[\u200e\u200f]", "", text)
    for line in seen(page).splitlines():
        if name.endswith(golden.OTHERS) and line == headline(page):
            continue  # the subject, which text has none to say again
        # Author and date are one line here, and two there.
        for piece in re.split(" · ", line):
            assert piece in plain, piece


@pytest.mark.parametrize("digest", golden.digests(), ids=lambda d: d.name)
def test_all_articles_are_counted(made, digest):
    text = made[f"{digest.name}.txt"]
    articles = golden.articles(digest.language, digest.count)
    # Titles are cut at 200 characters.
    shown = [a for a in articles if re.search(
        rf"^(\*|[\d٠-٩]+\.) [\u200e\u200f]?{re.escape(a.title[:190])}"
        + ("$" if len(a.title) < 190 else ""), text, re.M)]
    rest = re.search(r"^([\d٠-٩]+) (?:مقال|more article)", text, re.M)
    assert len(shown) + (int(rest[1]) if rest else 0) == digest.count
    assert digest.count == 100 or not rest
    hidden = {a.link for a in articles} - {a.link for a in shown}
    assert not any(link and link in text.split() for link in hidden)


@pytest.mark.parametrize("language", golden.LANGUAGES)
@pytest.mark.parametrize("look", ("classic", "magazine"))
def test_the_hard_cases_are_in_them(made, language, look):
    for ending in golden.ENDINGS:
        text = made[f"{language}-{look}-11.{ending}"]
        text = seen(text) if ending == "html" else text
        assert [what for what in HARD[language] if what not in text] == []
        # Of no date is what was found just now.
        assert not any(line.endswith(" · ") for line in text.splitlines())
    page = made[f"{language}-magazine-11.html"]
    assert re.findall(r'alt=""[^>]* width="(\d+)"', page) == [
        str(width) for width in (552, 552, 276, 552, 552)]


def test_both_ways_to_dress():
    for language in golden.LANGUAGES:
        for look in golden.DIGESTS:
            assert {digest.dressed for digest in golden.digests() if
                    (digest.language, digest.look) == (language, look)
                    } == {True, False}


# That they are what readers get


@pytest.fixture
def site(tmp_path, dkim_key):
    made = golden.open_site(tmp_path / "site", "ar", dkim_key)
    yield made
    made.clean()


BIG = golden.Digest("ar", "classic", 100)


def test_a_preview_shows_the_parts_of_its_mail(site, tmp_path):
    golden.add_list(site, BIG)
    files = [tmp_path / "html", tmp_path / "text"]
    raw = golden.preview(site, BIG, "--html", files[0], "--text", files[1])
    assert 60000 < len(raw) <= MOST
    parts = golden.parts(raw)
    for ending, file in zip(golden.ENDINGS, files):
        assert golden.legible(file.read_text("utf-8")) == parts[ending]


def test_a_reader_gets_what_the_preview_showed(make_site, made):
    """Sent, that is: by the daemon, to a relay. A clock that stands still
    would let it wait for ever, so the time of day is another."""
    digest = golden.Digest("ar", "magazine", 11)
    shared = golden.data("ar")["shared"]
    site = make_site(clock=golden.MOMENT, change=golden.settings("ar"))
    golden.add_list(site, digest)
    site.run("subscriber", "add", digest.list, "reader@example.org").must(0)
    site.start("work")
    site.json("digest", "send", digest.list)
    site.finished(digest.list)
    (mail,) = site.sink.mails("reader@example.org")
    assert shared["postal_address"] in mail.text
    parts = golden.parts(mail.raw)
    for ending in golden.ENDINGS:
        assert parts[ending] == made[f"{digest.name}.{ending}"]
    times = (r"(?m)^(    t=|Date: |Message-ID: <UUID\.)"
             r"[^;>@\n]+")
    assert re.sub(times, r"\1", parts[golden.HEADERS]) == re.sub(
        times, r"\1", made[f"{digest.name}.{golden.HEADERS}"])
