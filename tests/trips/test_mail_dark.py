"""Every mail of tests/golden in the light and in the dark: can it be read?

Text on its ground, by WCAG's measure, as Apple Mail shows the two schemes and
as Outlook.com and Gmail paint over colors in the dark; axe-core for the rest.
"""

import pytest

from rig import browser, devtools, golden
from rig.site import BUILD

NPM = BUILD / "npm"
AXE = NPM / "node_modules" / "axe-core" / "axe.min.js"
NAMES = golden.names()

pytestmark = pytest.mark.skipif(
    browser.PROGRAM is None, reason="there is no chromium")
needs_axe = pytest.mark.skipif(
    not AXE.exists(), reason="the npm packages of tests/npm are not there")

WHITE, BLACK = "[255,255,255]", "[0,0,0]"
# How a program shows it: is it dark there, what does it change, and what lies
# under the mail.
WAYS = {
    "light": (False, "", WHITE),
    "dark": (True, "", BLACK),
    "no styles": (False, "bare()", WHITE),
    "Gmail, inverted": (True, "gmail(true)", BLACK),
    "Gmail, what is bright": (True, "gmail(false)", BLACK),
    "Outlook, its wrapper": (False, "outlook(true, false)", "[51,51,51]"),
    "Outlook, repainted": (False, "outlook(false, true)", "[51,51,51]"),
    "Outlook, both": (False, "outlook(true, true)", "[51,51,51]"),
    "Outlook, in the dark": (True, "outlook(true, true)", "[51,51,51]"),
}
AXE_RUN = """axe.run(document, {resultTypes: ["violations"], rules: {
    "landmark-one-main": {enabled: false}, region: {enabled: false}}})
.then((r) => r.violations.map((v) => [v.id, v.nodes.map((n) => n.html)]))"""


@pytest.fixture(scope="module")
def chromium():
    with devtools.Browser() as started:
        yield started


def faint(chromium, text, way):
    """What is hard to read in it: with its pictures, and where none came, and
    their words stand there instead."""
    dark, change, canvas = WAYS[way]
    chromium.images = False
    try:
        chromium.show(text, 600, dark)
    finally:
        chromium.images = True
    if change:
        chromium.run(change)
    return chromium.run(f"faint({canvas})")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_text_can_be_read(chromium, name, way):
    assert faint(chromium, golden.page(name), way) == []


@needs_axe
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe(chromium, name, dark):
    chromium.show(golden.page(name), 600, dark)
    chromium.run(AXE.read_text("utf-8") + "; 1")
    assert chromium.run(AXE_RUN) == []


# That they would tell

PLANTS = {
    "pale text": ("color:#52606d", "color:#9aa5b1", ("light", "no styles")),
    "a ground alone in the dark": (
        ".t{color:#e6eaee !important}\n.m", ".m", ("dark",)),
    "a ground alone in Outlook": (
        "[data-ogsc] .m{color:#aab4be !important}\n", "",
        ("Outlook, its wrapper",)),
    "links as they were": ("[data-ogsc] .l{color:#8ec5ff !important}\n", "",
                           ("Outlook, its wrapper",)),
    "bright on dark, less so when inverted": (
        "background-color:#ffffff;border-radius:8px;",
        "background-color:#1b1b1b;border-radius:8px;", ("Gmail, inverted",)),
    "a ground that Gmail leaves": (
        "background-color:#ffffff;border-radius:8px;",
        "background-color:#a7a7a7;border-radius:8px;",
        ("Gmail, what is bright",)),
    "a button whose ground alone is ours": (
        "[data-ogsb] .bt", "[data-ogsc] .bt", ("Outlook, repainted",)),
    "words of a logo": ("font-weight:bold;color:#1f2933;\"></td>",
                        "font-weight:bold;color:#b0b0b0;\"></td>", ("light",)),
}


@pytest.mark.parametrize("what", PLANTS)
def test_the_colors_would_tell(chromium, what):
    old, new, ways = PLANTS[what]
    pages = [golden.page(name) for name in ("ar-classic-3", "ar-confirm")]
    assert any(old in text for text in pages)
    for way in ways:
        assert any(faint(chromium, text.replace(old, new), way)
                   for text in pages), way


@needs_axe
def test_axe_would_tell(chromium):
    chromium.show("<!doctype html><title>x</title><img src='/x'>"
                  "<p style='color:#bbb'>pale", 600)
    chromium.run(AXE.read_text("utf-8") + "; 1")
    assert {rule for rule, _ in chromium.run(AXE_RUN)} >= {
        "image-alt", "color-contrast", "html-has-lang"}
