"""Every mail of tests/golden, in a browser: how readers see it.

Direction of every block, order of Latin names and numbers within Arabic, no
sideways scrolling, axe-core, and what html-validate and caniemail say. The
screenshots are in the build folder, under looks.
"""

import json
import re
import shutil
import subprocess

import pytest

from rig import browser, devtools, golden
from rig.site import BUILD, ROOT

NPM = BUILD / "npm"
AXE = NPM / "node_modules" / "axe-core" / "axe.min.js"
ACCEPTED = ROOT / "tests" / "data" / "accepted-mail.txt"
LOOKS = BUILD / "looks"
NAMES = golden.names()
# Of the long ones, one look is enough.
WIDTHS = (320, 600, 680)

pytestmark = pytest.mark.skipif(
    browser.PROGRAM is None, reason="there is no chromium")
needs_npm = pytest.mark.skipif(
    not AXE.exists() or not shutil.which("node"),
    reason="the npm packages of tests/npm are not there")

# Text that can be seen, by block: its characters, each with its rectangle.
PROBE = """
function seen(node) {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].some((r) => r.width * r.height > 0) &&
        !node.parentElement.closest('[style*="display:none"]');
}
function blockOf(node) {
    let at = node.parentElement;
    while (getComputedStyle(at).display === "inline")
        at = at.parentElement;
    return at;
}
function blocks() {
    const found = new Map();
    const walker = document.createTreeWalker(document.body,
        NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
        if (!node.data.trim() || !seen(node))
            continue;
        const block = blockOf(node);
        found.set(block, [...(found.get(block) || []), node]);
    }
    return found;
}
function turned(dir) {
    return [...blocks().keys()].filter((block) =>
        getComputedStyle(block).direction !== dir ||
        !["start", dir === "rtl" ? "right" : "left", "center"].includes(
            getComputedStyle(block).textAlign)).map((b) => b.outerHTML);
}
function places(what) {
    const out = [];
    for (const nodes of blocks().values()) {
        const text = nodes.map((node) => node.data).join("");
        const spots = nodes.flatMap((node) =>
            [...node.data].map((c, i) => [node, i]));
        for (let at = text.indexOf(what); at >= 0;
            at = text.indexOf(what, at + 1)) {
            out.push([...what].map((c, i) => {
                const [node, offset] = spots[at + i];
                const range = document.createRange();
                range.setStart(node, offset);
                range.setEnd(node, offset + 1);
                const r = range.getBoundingClientRect();
                return [c, r.left, r.right, r.top];
            }));
        }
    }
    return out;
}
function sideways() {
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll("body *")].filter((e) => {
        const r = e.getBoundingClientRect();
        return r.width > 0 && (r.left < -0.5 || r.right > width + 0.5);
    }).map((e) => e.outerHTML.slice(0, 200));
    return document.scrollingElement.scrollWidth > width ? wide.concat(
        "the page is wider than its window") : wide;
}
"""
AXE_RUN = """axe.run(document, {resultTypes: ["violations"], rules: {
    "landmark-one-main": {enabled: false}, region: {enabled: false}}})
.then((r) => r.violations.map((v) => [v.id, v.nodes.map((n) => n.html)]))"""

# Left to right, wherever they stand.
LATIN = ("Sara A.", "Aigerim S.", "+963 11 123 4567", "+963 51 123 456", "C++",
         "Python", "CubeSat-1U", "Golden Eagle", "1.7", "90+4",
         "Yerlan Nurmukhambetov", "code@school.example.org",
         "https://cubesat.example.org/data?format=json&lang=")
# In Arabic the sign or bracket that comes first is on the right.
AROUND = ("(2023)", "(FAO)")


@pytest.fixture(scope="module")
def chromium():
    with devtools.Browser() as started:
        yield started


def page(name):
    return (golden.GOLDEN / f"{name}.html").read_text("utf-8")


def direction(name):
    return "rtl" if name.startswith("ar") else "ltr"


def wrong_order(place, rtl=False):
    """Pairs of neighbours on a line that stand the wrong way round."""
    out = []
    glyphs = [glyph for glyph in place if glyph[0] != " "]
    for one, next_one in zip(glyphs, glyphs[1:]):
        if abs(one[3] - next_one[3]) > 5:
            continue  # of another line
        if (one[1] >= next_one[1]) != rtl:
            out.append(one[0] + next_one[0])
    return out


def around_wrong(place, rtl):
    """Brackets on their side, and what is in them from left to right."""
    inside = place[1:-1]
    left, right = (place[-1], place[0]) if rtl else (place[0], place[-1])
    return wrong_order(inside) + [
        side for side, bad in (
            (left[0], left[1] >= inside[0][1]),
            (right[0], right[1] <= inside[-1][1])) if bad]


def look(chromium, text):
    """What is out of order in a page, and how much was looked at."""
    rtl = 'dir="rtl"' in text[:200]
    bad, seen = [], set()
    for what in LATIN:
        for place in chromium.run(f"places({json.dumps(what)})"):
            seen.add(what)
            bad += [(what, pair) for pair in wrong_order(place)]
    for what in AROUND:
        for place in chromium.run(f"places({json.dumps(what)})"):
            seen.add(what)
            bad += [(what, side) for side in around_wrong(place, rtl)]
    return bad, seen


@pytest.mark.parametrize("name", NAMES)
def test_directions_and_order(chromium, name):
    text = page(name)
    chromium.show(text, 600)
    chromium.run(PROBE)
    assert chromium.run(f"turned('{direction(name)}')") == []
    assert chromium.run("blocks().size") >= 4
    bad, seen = look(chromium, text)
    assert bad == []
    if re.search(r"-(classic|magazine)-(11|100)$", name):
        here = set(LATIN + AROUND)
        if direction(name) == "ltr":
            here -= {"Sara A.", "Yerlan Nurmukhambetov", "(FAO)"}
        assert seen == here


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("images", [True, False], ids=["images", "bare"])
def test_nothing_is_sideways(chromium, name, images):
    chromium.images = images
    try:
        for width in WIDTHS:
            chromium.show(page(name), width)
            chromium.run(PROBE)
            assert chromium.run("sideways()") == [], width
    finally:
        chromium.images = True


@pytest.mark.parametrize("name", NAMES)
def test_it_asks_for_its_pictures_alone(chromium, name):
    chromium.show(page(name), 600)
    assert {url.split("/")[2] for url in chromium.asked} <= {"img.example.org"}


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_kept(chromium, name):
    LOOKS.mkdir(exist_ok=True)
    for width in (320, 680):
        for dark in (False, True):
            chromium.show(page(name), width, dark)
            path = LOOKS / (f"{name}-{width}-"
                            f"{'dark' if dark else 'light'}.png")
            chromium.picture(path)
            assert path.stat().st_size > 2000


@needs_npm
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe(chromium, name, dark):
    chromium.show(page(name), 600, dark)
    chromium.run(AXE.read_text("utf-8") + "; 1")
    assert chromium.run(AXE_RUN) == []


@needs_npm
def test_lints():
    accepted = [line for line in ACCEPTED.read_text().splitlines()
                if line and not line.startswith("#")]
    done = subprocess.run(
        ["node", ROOT / "tests" / "npm" / "lint.mjs", NPM,
         *sorted(golden.GOLDEN.glob("*.html"))],
        capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found = {}
    for file, findings in json.loads(done.stdout).items():
        for program, text, line in findings:
            if program == "caniemail":
                feature, _, kind = text.rpartition(": ")
                text = f"{kind.split(',')[0]} {feature}"
            found.setdefault(f"{program} {text}", (file, line))
    assert {what: place for what, place in found.items()
            if what not in accepted} == {}
    assert [line for line in accepted if line not in found] == []


# That the probes would tell


BAD = """<!doctype html><html lang="ar" dir="rtl"><body><p>لغة C++ هنا</p>
<p>نص عربي <bdo dir="ltr">(2023)</bdo></p><p dir="ltr">نص</p><p>هاتف +963 11 123 4567</p>
<div style="width:700px">عريض</div></body></html>"""


def test_the_probes_would_tell(chromium):
    chromium.show(BAD, 600)
    chromium.run(PROBE)
    bad, _ = look(chromium, BAD)
    assert {what for what, _ in bad} == {"C++", "+963 11 123 4567", "(2023)"}
    assert len(chromium.run("turned('rtl')")) == 1
    assert chromium.run("sideways()") != []


@needs_npm
def test_axe_would_tell(chromium):
    chromium.show("<!doctype html><title>x</title><img src='/x'>"
                  "<p style='color:#bbb'>pale", 600)
    chromium.run(AXE.read_text("utf-8") + "; 1")
    assert {rule for rule, _ in chromium.run(AXE_RUN)} >= {
        "image-alt", "color-contrast", "html-has-lang"}
