"""What strangers may send, sanitised, all of it in one page of a browser.

tests/data/hostile.txt has the inputs; the outputs are those of this build. No
script may run, whatever a reader touches; nobody but the host of pictures may
be asked; nothing may stand out of its box; and the browser has to read the
very tree that was written. The same page with some of the inputs as they came
shows that it would tell.
"""

import html.parser
import json
import re
import subprocess
from pathlib import Path

import pytest

from rig import browser
from rig.site import BUILD

HOSTILE = Path(__file__).resolve().parents[1] / "data" / "hostile.txt"
PICTURES = "img.example"
VOID = ("br", "img")

pytestmark = pytest.mark.skipif(
    browser.PROGRAM is None, reason="there is no chromium")

# The styles are those that a mail of ours has for what it did not write.
HEAD = """<!doctype html>
<html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>x</title>
<link rel="icon" href="data:,"><style>
main { width: 600px; margin: 20px auto; }
section { padding: 10px 20px; overflow-wrap: anywhere; }
section img { max-width: 100%; height: auto; }
ul, ol { padding: 0; padding-inline-start: 30px; }
blockquote, figure { margin: 0; margin-inline-start: 30px; }
</style><script>
var ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"])
    window[name] = () => { ran.push(name); };
</script></head><body><main>
"""

FOOT = """
</main><script>
function tree(node) {
    const out = [];
    for (const child of node.childNodes) {
        if (child.nodeType === 3) {
            out.push(child.data);
        } else if (child.nodeType !== 1) {
            out.push(["#" + child.nodeType]);
        } else {
            const attributes = {};
            for (const { name, value } of child.attributes)
                attributes[name] = value;
            out.push([child.localName, attributes, tree(child)]);
        }
    }
    return out;
}

function outside(box) {
    const inner = box.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(box);
    return [...range.getClientRects(), ...[...box.querySelectorAll("*")].map(
        (element) => element.getBoundingClientRect())].some((rect) =>
        rect.width > 0 && rect.height > 0 &&
        (rect.left < inner.left - 1 || rect.right > inner.right + 1 ||
         rect.top < inner.top - 1 || rect.bottom > inner.bottom + 1));
}

function touch(box) {
    const types = ["mouseover", "mouseenter", "pointerenter", "pointerdown",
        "mousedown", "click", "focus", "keydown", "toggle", "animationend",
        "scroll", "error", "load"];
    for (const element of box.querySelectorAll("*")) {
        for (const type of types) {
            element.dispatchEvent(new Event(type, { bubbles: true,
                cancelable: true }));
        }
    }
}

/* Does it run against its dir, or is that not what a browser would find? */
function turned(element) {
    const said = element.dir;
    const runs = getComputedStyle(element).direction;
    let found = said;
    if (!["ul", "ol", "li", "blockquote", "figure"].includes(
        element.localName)) {
        element.dir = "auto";
        found = getComputedStyle(element).direction;
        element.dir = said;
    }
    return runs !== said || found !== said;
}

function report() {
    const boxes = [...document.querySelectorAll("main > section")];
    const out = { boxes: {}, ran, children: [...document.body.children].map(
        (child) => child.localName) };
    for (const box of boxes) {
        out.boxes[box.dataset.name] = {
            tree: tree(box),
            outside: outside(box),
            schemes: [...box.querySelectorAll("[href]")].map(
                (element) => element.protocol),
            turned: [...box.querySelectorAll("[dir]")].filter(turned).length,
            fixed: [...box.querySelectorAll("*")].filter((element) =>
                getComputedStyle(element).position !== "static").length,
        };
    }
    for (const box of boxes)
        touch(box);
    setTimeout(() => fetch("/report",
        { method: "POST", body: JSON.stringify(out) }), 500);
}

document.addEventListener("click", (event) => event.preventDefault());
addEventListener("load", () => setTimeout(report, 500));
</script></body></html>
"""


def page_of(texts):
    boxes = "\n".join(f'<section data-name="{name}">{text}</section>'
                      for name, text in texts.items())
    return HEAD + boxes + FOOT


class Tree(html.parser.HTMLParser):
    """The tree of a text as it is written, which must be well nested."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.root = []
        self.stack = [("", self.root)]
        self.feed(text)
        self.close()
        assert len(self.stack) == 1, text

    def handle_starttag(self, tag, attrs):
        element = [tag, dict(attrs), []]
        self.stack[-1][1].append(element)
        if tag not in VOID:
            self.stack.append((tag, element[2]))

    def handle_endtag(self, tag):
        assert self.stack[-1][0] == tag, (tag, self.stack)
        self.stack.pop()

    def handle_data(self, data):
        children = self.stack[-1][1]
        if children and isinstance(children[-1], str):
            children[-1] += data
        else:
            children.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


@pytest.fixture(scope="module")
def outputs():
    """name: output, of every input that is not refused."""
    done = subprocess.run([BUILD / "tests" / "sanitise_test", HOSTILE],
                          capture_output=True, check=True, timeout=60)
    texts = dict(line.split("\t", 1)
                 for line in done.stdout.decode("utf-8").split("\n") if line)
    assert len(texts) >= 200
    return {name: text for name, text in texts.items() if text != "refused"}


@pytest.fixture(scope="module")
def seen(outputs):
    return browser.visit(page_of(outputs))


def inputs():
    """name: input, of those without bytes that are no text."""
    text = HOSTILE.read_text(encoding="utf-8")
    return {m[1]: re.sub(r"\\(\W)", r"\1", m[2].replace("\\n", "\n"))
            for m in re.finditer(r"^\[(.*)\]\nin (.*)$", text, re.M)
            if "\\x" not in m[2] and "\\{" not in m[2]}


def test_no_script_runs(seen):
    assert seen.report["ran"] == []


def test_nobody_else_is_asked(seen):
    assert set(seen.asked) <= {PICTURES}, seen.asked
    assert PICTURES in seen.asked  # the proxy does see it
    assert seen.lost == []


def test_all_boxes_are_there(seen, outputs):
    assert list(seen.report["boxes"]) == list(outputs)
    assert seen.report["children"] == ["main", "script"]


@pytest.mark.parametrize("what", ["outside", "turned", "fixed"])
def test_nothing_leaves_its_box(seen, what):
    bad = [name for name, box in seen.report["boxes"].items() if box[what]]
    assert bad == []


def test_links_lead_to_the_web(seen):
    schemes = {scheme for box in seen.report["boxes"].values()
               for scheme in box["schemes"]}
    assert schemes == {"https:", "mailto:"}


def test_the_browser_reads_what_was_written(seen, outputs):
    for name, text in outputs.items():
        assert seen.report["boxes"][name]["tree"] == Tree(text).root, name


def test_ordinary_formatting_survives(seen):
    boxes = {name: json.dumps(box["tree"], ensure_ascii=False)
             for name, box in seen.report["boxes"].items()}
    for name, tag in [("plain", "h2"), ("plain", "h3"), ("plain", "p"),
                      ("plain", "strong"), ("plain", "a"), ("plain", "br"),
                      ("plain-lists", "ol"), ("plain-lists", "ul"),
                      ("plain-lists", "li"), ("plain-quote", "blockquote"),
                      ("plain-figure", "figure"), ("plain-figure", "img"),
                      ("plain-figure", "figcaption")]:
        assert f'["{tag}", ' in boxes[name], (name, tag)


def test_the_page_would_tell():
    """Some of the inputs as they came: each is found by what it does."""
    raw = inputs()
    alone = ["script", "onclick", "onerror", "href-javascript", "style-url",
             "style-attribute", "srcset", "iframe", "svg", "link-stylesheet",
             "bidi-dir-auto"]
    seen = browser.visit(page_of({name: raw[name] for name in alone}))
    boxes = seen.report["boxes"]

    assert len(seen.report["ran"]) >= 4  # script, onclick, onerror, svg
    assert "evil.example" in seen.asked
    assert boxes["style-attribute"]["fixed"]
    assert boxes["style-attribute"]["outside"]
    assert boxes["bidi-dir-auto"]["turned"]
    assert "javascript:" in boxes["href-javascript"]["schemes"]
    assert boxes["script"]["tree"] != Tree("<p>ab</p>").root
