"""Every mail of tests/golden in a browser: what stands where.

Direction of every block of text, order within it, nothing sideways. The
screenshots are kept in the build folder, under looks. Colors are
test_mail_dark's, and what a browser does not mind test_mail_rules'.
"""

import html
import re

import pytest

from rig import browser, devtools, golden
from rig.site import BUILD

LOOKS = BUILD / "looks"
NAMES = golden.names()
WIDTHS = (320, 375, 600, 680)
PICTURE_WIDTHS = (320, 600)

pytestmark = pytest.mark.skipif(
    browser.PROGRAM is None, reason="there is no chromium")

# What a digest of eleven with excerpts has for it, as it is to be read, left
# to right.
READ = {
    "ar": {"Sara A.", "Aigerim S.", "+963 11 123 4567", "+963 51 123 456",
           "C++", "Python", "90+4", "2023", "CubeSat-1U", "FAO", "1.7",
           "code@school.example.org", "Yerlan Nurmukhambetov",
           "https://cubesat.example.org/data/telemetry/2025/01/22"
           "?format=json&lang=ar&station=baikonur"},
    "en": {"+963 11 123 4567", "+963 51 123 456", "C++", "90+4", "2023", "1.7",
           "سارة أحمد", "رسائل إلى البحر", "چای با شیر",
           "code@school.example.org",
           "https://cubesat.example.org/data/telemetry/2025/01/22"
           "?format=json&lang=en&station=baikonur"}}


@pytest.fixture(scope="module")
def chromium():
    with devtools.Browser() as started:
        yield started


def order(chromium, direction):
    return chromium.run(f"order('{direction}')")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", (320, 600))
def test_directions_and_order(chromium, name, width):
    chromium.show(golden.page(name), width)
    direction = golden.direction(name)
    assert chromium.run(f"turned('{direction}')") == []
    found = order(chromium, direction)
    assert found["faults"] == []
    assert chromium.run("blocks().size") >= 4
    if re.search(r"-(classic|magazine)-11$", name):
        assert READ[name[:2]] - set(found["tokens"]) == set()


@pytest.mark.parametrize("name", NAMES)
def test_directions_without_styles_of_the_head(chromium, name):
    """Nor <html> and <body>: what some of Gmail shows."""
    chromium.show(golden.page(name), 320)
    chromium.run("bare()")
    assert chromium.run("getComputedStyle(document.body).direction") == "ltr"
    direction = golden.direction(name)
    assert chromium.run(f"turned('{direction}')") == []
    assert order(chromium, direction)["faults"] == []
    assert chromium.run("sideways()") == []


def misled(chromium, text, direction):
    """Lines of a text part that run the wrong way where a mail program goes
    by their first letter, as all of them do."""
    chromium.show("<!doctype html><body>" + "".join(
        f'<p dir="auto">{html.escape(line)}</p>'
        for line in text.splitlines() if line.strip()), 600)
    return chromium.run(
        "[...document.querySelectorAll('p')].filter((p) => /\\p{L}/u.test("
        "p.textContent) && getComputedStyle(p).direction !== due("
        f"p.textContent, '{direction}')).map((p) => p.textContent)")


@pytest.mark.parametrize("name", NAMES)
def test_lines_of_text_run_the_right_way(chromium, name):
    text = (golden.GOLDEN / f"{name}.txt").read_text("utf-8")
    assert misled(chromium, text, golden.direction(name)) == []


def test_lines_that_run_the_wrong_way_would_tell(chromium):
    text = (golden.GOLDEN / "ar-classic-11.txt").read_text("utf-8")
    assert "\u200f" in text
    assert len(misled(chromium, text.replace("\u200f", ""), "rtl")) == \
        text.count("\u200f")
    assert len(misled(chromium, "C++ في المدرسة\nSara A.\nسارة", "rtl")) == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("images", [True, False], ids=["images", "bare"])
def test_nothing_is_sideways(chromium, name, images):
    chromium.images = images
    try:
        for width in WIDTHS:
            # In the dark a logo has a plate, which takes some more.
            for dark in (False, True) if width == 320 else (False,):
                chromium.show(golden.page(name), width, dark)
                assert chromium.run("sideways()") == [], (width, dark)
    finally:
        chromium.images = True


@pytest.mark.parametrize("images", [True, False], ids=["images", "bare"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("change", ["1", "bare()"], ids=["whole", "no styles"])
def test_the_widest_logo_fits(chromium, images, dark, change):
    wide = golden.page("ar-brief-1").replace(
        'width="176" height="48"', 'width="240" height="65"')
    assert 'width="240"' in wide
    chromium.images = images
    try:
        chromium.show(wide, 320, dark)
        chromium.run(change)
        assert chromium.run("sideways()") == []
    finally:
        chromium.images = True


@pytest.mark.parametrize("name", NAMES)
def test_it_asks_for_its_pictures_alone(chromium, name):
    chromium.show(golden.page(name), 600)
    assert {url.split("/")[2] for url in chromium.asked} <= {"img.example.org"}


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_kept(chromium, name):
    LOOKS.mkdir(exist_ok=True)
    text = golden.page(name)
    for width in PICTURE_WIDTHS:
        for images in (True, False) if "<img" in text else (True,):
            for dark in (False, True):
                chromium.images = images
                try:
                    chromium.show(text, width, dark)
                finally:
                    chromium.images = True
                path = LOOKS / "-".join([
                    name, str(width), "dark" if dark else "light",
                    *([] if images else ["bare"])])
                path = path.with_suffix(".png")
                chromium.picture(path)
                assert path.stat().st_size > 2000


# That they would tell

PLANTS = {
    "no isolation": ('<span dir="ltr">', "<span>", 99, {
        "order": ("Sara A.", "C++", "90+4", "+963 11 123 4567")}),
    "a title the wrong way": (
        '<span dir="rtl">كيف', '<span dir="ltr">كيف', 1,
        {"order": ("dir=ltr",)}),
    "a Latin title the Arabic way": (
        '<span dir="ltr">Letters', '<span dir="rtl">Letters', 1,
        {"order": ("dir=rtl", "'.'")}),
    "a cell the wrong way": (
        'text-align:right;direction:rtl;letter',
        'text-align:right;direction:ltr;letter', 1, {"turned": ("",)}),
    "start": ("text-align:right", "text-align:start", 99, {"turned": ("",)}),
    "left": ("text-align:right;direction", "text-align:left;direction", 3,
             {"turned": ("",)}),
    "brackets": ("(2023)", '<bdo dir="rtl">(2023)</bdo>', 1,
                 {"order": ("(2023)",)}),
    "a wide block": ("<h1 style=\"", "<h1 style=\"width:700px;", 1,
                     {"sideways": ("<h1", "the page")}),
}


@pytest.mark.parametrize("what", PLANTS)
def test_the_probes_would_tell(chromium, what):
    old, new, times, wanted = PLANTS[what]
    text = golden.page("ar-classic-11")
    assert old in text
    chromium.show(text.replace(old, new, times), 600)
    said = {"turned": chromium.run("turned('rtl')"),
            "order": order(chromium, "rtl")["faults"],
            "sideways": chromium.run("sideways()")}
    for probe, words in wanted.items():
        for word in words:
            assert any(word in fault for fault in said[probe]), said
