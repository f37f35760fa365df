"""The hostile set as pages of the archive: by feeds into issues, which a
browser opens from the real server, with its policy; and once more without, as
what was sanitised has to be harmless by itself."""

import json
import re

import pytest

from conftest import SAMPLE_DAY
from rig import browser, devtools, hostile
from rig.site import Site
from rig.wait import until

pytestmark = pytest.mark.skipif(
    browser.PROGRAM is None, reason="there is no chromium")

WIDTHS = (320, 600)
LISTS = 2     # so that an issue has room for its articles
LONG = 100000  # such a text is cut

# As rig.hostile wants a box to be: by its article's title.
NAMES = """for (const box of document.querySelectorAll("article > .body"))
    box.dataset.name = box.parentElement.querySelector("h2").textContent;
1"""


@pytest.fixture(scope="module")
def chromium():
    with devtools.Browser() as started:
        yield started


def batches():
    """All records that leave something to show, a part for each list."""
    fit = [r for r in hostile.records() if r.out and len(r.out) < LONG]
    return [fit[i::LISTS] for i in range(LISTS)]


@pytest.fixture(scope="module")
def site(tmp_path_factory, dkim_key):
    """An issue of each part of the set."""
    made = Site(tmp_path_factory.mktemp("hostile") / "site", key=dkim_key,
                clock=SAMPLE_DAY)
    later, total = [], 0
    for number, batch in enumerate(batches()):
        name = f"l{number}"
        made.add_list(name)
        fine = [r for r in batch if r.well_formed]
        for turn, some in enumerate(filter(None, [
                fine, *([r] for r in batch if not r.well_formed)])):
            file = f"{number}-{turn}.xml"
            url = made.feeds.put(hostile.feed([], SAMPLE_DAY), file)
            made.run("feed", "add", name, url).must(0)
            later.append((file, hostile.feed(some, SAMPLE_DAY)))
        total += len(batch)
    for file, content in later:
        made.feeds.put(content, file)
    made.start("work")
    made.clock.forward(hours=2)
    until(lambda: made.rows("SELECT count(*) AS n FROM article WHERE seeded = "
                            "0")[0]["n"] == total, "not polled", 120)
    for number in range(LISTS):
        made.run("digest", "send", f"l{number}").must(0)
    made.start("web")
    yield made
    made.clean()
    assert not made.faults()


def titles(text):
    """Of the articles, in their order; all have a body."""
    assert text.count("<article>") == text.count('<div class="body"')
    return re.findall(r"<article>.*?<h2>.*?<span dir=\"ltr\">(.*?)</span>",
                      text, re.S)


def in_order(batch, text):
    by_name = {record.name: record for record in batch}
    return [by_name[name] for name in titles(text)]


def look_at(chromium, url, width):
    """The page as a reader gets it, policy and all."""
    chromium.open(url, width, first=hostile.HOOKS)
    chromium.run(NAMES)
    seen = chromium.run(f"({hostile.LOOK})({json.dumps('[data-name]')})")
    return hostile.Look(asked=[u.split("/")[2].partition(":")[0]
                               for u in chromium.asked], **seen)


def bare(text):
    """The page without a policy, each box with its name."""
    parts = text.split('<div class="body"')
    out = parts[0]
    for name, part in zip(titles(text), parts[1:], strict=True):
        out += f'<div class="body" data-name="{name}"' + part
    return out


@pytest.mark.parametrize("number", range(LISTS))
def test_feed_to_archive(site, chromium, number):
    page = site.page(f"/archive/l{number}/1")
    some = in_order(batches()[number], page.body)
    assert len(some) == len(batches()[number]) > 200
    bad, asked = {}, set()
    for width in WIDTHS:
        for how, seen in (
                ("served", look_at(chromium, page.url, width)),
                ("bare", hostile.look(chromium, bare(page.body), width))):
            found = hostile.faults(seen, some)
            if found:
                bad[how, width] = found
            asked |= set(seen.asked)
    assert bad == {}
    assert asked == {hostile.PICTURES}  # and the browser does see it


def planted(site, html):
    """As if the sanitiser had let it pass."""
    import sqlite3
    db = sqlite3.connect(site.database, timeout=10)
    with db:
        db.execute("UPDATE article SET content = ? WHERE id = (SELECT "
                   "article_id FROM issue_article WHERE issue_id = 1 AND "
                   "position = 1)", (html,))
    db.close()


# What the policy stops, should anything ever pass.
PLANTED = """<p dir="ltr" style="position:fixed">x</p>
<script>alert(1)</script><img src="x" onerror="alert(2)">
<img src="http://plain.example/a.png"><img src="data:image/gif;base64,R0lGOD">
<img src="https://img.example/good.png"><svg onload="alert(3)"></svg>
<link rel="stylesheet" href="https://evil.example/a.css">
<style>p { position: fixed }</style><base href="https://evil.example/">
<iframe src="https://evil.example/"></iframe>
<object data="https://evil.example/o"></object>
<video src="https://evil.example/v"></video>
<a href="javascript:alert(4)">y</a>
<form action="https://evil.example/f"><button>z</button></form>"""


def test_the_policy_would_hold(site, chromium):
    planted(site, PLANTED)
    try:
        seen = look_at(chromium, site.url + "/archive/l0/1", 600)
        assert seen.ran == []
        assert set(seen.asked) == {hostile.PICTURES}
        assert chromium.run("""[...document.querySelectorAll("article p")].some(
            (p) => getComputedStyle(p).position === "fixed")""") is False
        # Without a policy, and without a sanitiser, it is all there: the
        # browser would tell.
        page = site.page("/archive/l0/1")
        some = in_order(batches()[0], page.body)
        found = hostile.faults(
            hostile.look(chromium, bare(page.body), 600), some)
        assert {"script", "asked", "moved", "scheme", "element"} <= set(found)
    finally:
        planted(site, "<p dir=\"ltr\">x</p>")
