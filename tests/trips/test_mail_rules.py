"""What mail programs need to find written in a mail, that a browser does
without: each of tests/golden, tag by tag.

No browser and no packages: these hold everywhere. What programs lack is what
caniemail.com says of Gmail, Outlook and Yahoo.
"""

import html.parser
import re

import pytest

from rig import golden

HOLDS_TEXT = {"td", "div", "body"}
KNOWN = HOLDS_TEXT | {"html", "head", "meta", "title", "style", "table", "tr",
                      "p", "br", "h1", "h2", "h3", "a", "span", "img"}
MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
VOID = {"meta", "img", "br"}
LACKING = re.compile(
    r"text-align\s*:\s*(?:start|end|justify)|-inline|-block-|inset|\bfloat\b"
    r"|flex|grid|position\s*:|\bvar\(|\drem\b|\dvw\b|calc\(|italic|text-transform"
    r"|letter-spacing:(?!0[;\"]|0$)"
    r"|unicode-bidi|margin[^;]*:[^;]*-\d|url\(|@import|@font-face|behavior"
    r"|expression", re.I)


class Reader(html.parser.HTMLParser):
    """Goes through a mail, and notes what breaks a rule."""

    def __init__(self, direction):
        super().__init__(convert_charrefs=True)
        self.dir = direction
        self.side, self.lang = {"rtl": ("right", "ar"),
                                "ltr": ("left", "en")}[direction]
        self.open = []    # (tag, attributes)
        self.faults = []
        self.styles = []

    def fault(self, what):
        self.faults.append(f"{what} (line {self.getpos()[0]})")

    def rule(self, holds, what):
        if not holds:
            self.fault(what)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        style = given.get("style", "")
        self.rule(tag in KNOWN, f"<{tag}>")
        self.rule(not LACKING.search(style), f"style of <{tag}>: {style}")
        self.rule(given.get("dir") in (None, "rtl", "ltr"),
                  f"dir={given.get('dir')}")
        for name, value in attrs:
            self.rule(not name.startswith("on"), f"{name} of <{tag}>")
            self.rule(not MARKS.search(value or ""),
                      f"marks in {name} of <{tag}>")
        getattr(self, f"see_{tag}", lambda given, style: None)(given, style)
        if tag not in VOID:
            self.open.append((tag, given))

    def handle_startendtag(self, tag, attrs):
        self.fault(f"<{tag}/>")

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.fault(f"</{tag}> within {[t for t, _ in self.open[-2:]]}")
        else:
            self.open.pop()

    def see_html(self, given, style):
        self.rule(given.get("dir") == self.dir, "<html> without direction")
        self.rule(given.get("lang") == self.lang, "<html> without language")

    def see_body(self, given, style):
        self.runs(given, style, "<body>")

    # Gmail drops <html> and <body>: a wrapper says it again.
    def see_div(self, given, style):
        hidden = "display:none" in style and "mso-hide:all" in style
        if hidden:
            self.rule(given.get("aria-hidden") == "true", "heard, not seen")
            return
        self.runs(given, style, "<div>")
        self.rule(given.get("role") == "article" and given.get("aria-label"),
                  "<div> is no article with a name")
        self.rule(given.get("lang") == self.lang, "<div> without language")

    def see_table(self, given, style):
        self.rule(given.get("dir") == self.dir, "<table> without dir")
        self.rule(f"direction:{self.dir}" in style,
                  "<table> without direction")
        self.rule(given.get("role") == "presentation", "<table> is data")
        self.rule(given.get("cellpadding") == given.get("cellspacing") == "0",
                  "<table> with gaps")

    # Outlook for Windows has a bug with it.
    def see_a(self, given, style):
        self.rule("dir" not in given, "dir on <a>")
        self.rule(re.match(r"https?://", given.get("href", "")),
                  f"link to {given.get('href')}")
        self.rule("text-decoration:" in style or "tabindex" in given,
                  "<a> without a line of its own")

    # A place that is kept for it, and what is said where it does not come.
    def see_img(self, given, style):
        self.rule("alt" in given, "<img> without alt")
        self.rule(re.match(r"[1-9]\d*$", given.get("width", "")) and
                  int(given["width"]) <= 552, "<img> without width")
        self.rule("max-width" in style or "width:100%" in style,
                  "<img> that cannot shrink")
        self.rule(re.match(r"https?://", given.get("src", "")),
                  f"picture at {given.get('src')}")

    def runs(self, given, style, what):
        self.rule(given.get("dir") == self.dir, f"{what} without dir")
        self.rule(f"direction:{self.dir}" in style,
                  f"{what} without direction")
        self.rule(f"text-align:{self.side}" in style or
                  "text-align:center" in style, f"{what} without text-align")

    def handle_data(self, text):
        where = [tag for tag, _ in self.open]
        self.rule(not MARKS.search(text), f"marks in '{text.strip()[:40]}'")
        if where[-1:] == ["style"]:
            self.styles.append(text)
        elif text.strip() and "body" in where:
            self.see_text(text.strip()[:40])

    def see_text(self, text):
        tag, given = next((tag, given) for tag, given in reversed(self.open)
                          if tag in HOLDS_TEXT)
        style = given.get("style", "")
        if "display:none" in style:
            return
        self.rule(tag == "td", f"'{text}' outside of a cell")
        self.runs(given, style, f"cell of '{text}'")
        self.rule(given.get("align") in (self.side, "center"),
                  f"cell of '{text}' without align")

    def handle_comment(self, text):
        # What only Outlook for Windows reads.
        if text.startswith("[if mso]>"):
            for table in re.findall(r"<table[^>]*>", text):
                self.rule(f'dir="{self.dir}"' in table,
                          "Outlook's <table> without direction")

    def check_styles(self):
        """Gmail leaves out a block that has an @ in an @, and all that comes
        after 16 KB; an important without a space before it is none."""
        self.rule(sum(map(len, self.styles)) < 16000, "too much <style>")
        self.rule(len(self.styles) == 3, f"{len(self.styles)} <style>")
        for style in self.styles:
            self.rule(not LACKING.search(re.sub(
                r"em,i\{[^}]*\}", "", style)), "style")
            self.rule(not re.search(r"[^ ]!important", style), "!important")
            depth, rules = 0, 0
            for mark in re.findall(r"@|\{|\}", style):
                depth += {"{": 1, "}": -1}.get(mark, 0)
                self.rule(mark != "@" or depth == 0, "@ in @")
                rules += mark == "@"
            self.rule(depth == 0 and rules <= 1, "braces")


def faults(text, direction):
    reader = Reader(direction)
    reader.feed(text)
    reader.close()
    reader.check_styles()
    reader.rule(not reader.open, f"never closed: {reader.open}")
    return reader.faults


@pytest.mark.parametrize("name", golden.names())
def test_rules(name):
    assert faults(golden.page(name), golden.direction(name)) == []


@pytest.mark.parametrize("name", golden.names())
def test_text_has_no_marks_but_at_the_start_of_a_line(name):
    text = (golden.GOLDEN / f"{name}.txt").read_text("utf-8")
    for line in text.splitlines():
        rest = re.sub(r"^(?:\* |[\d٠-٩]+\. )?[\u200e\u200f]?", "", line)
        assert not MARKS.search(rest), line
        assert not re.search(r"</?(?:p|a|span|b|br|td|h\d)\b"
                             r"|&(?:amp|lt|gt|quot|#\d+);", line), line


@pytest.mark.parametrize("file", [
    file for file in golden.files() if file.endswith(golden.HEADERS)])
def test_headers_have_no_marks(file):
    assert not MARKS.search((golden.GOLDEN / file).read_text("utf-8"))


# That they would tell

PLANTS = {
    "dir on a link": ('<a class="l h"', '<a dir="rtl" class="l h"'),
    "bdi": ('<span dir="ltr">Sara A.</span>', "<bdi>Sara A.</bdi>"),
    "dir=auto": ('<span dir="ltr">', '<span dir="auto">'),
    "a cell that runs the other way": (
        '<td dir="rtl" align="right" class="t"',
        '<td dir="ltr" align="right" class="t"'),
    "a cell without dir": ('<td dir="rtl" align="right" class="t"',
                           '<td align="right" class="t"'),
    "a cell without align": ('<td dir="rtl" align="right" class="t"',
                             '<td dir="rtl" class="t"'),
    "a table without dir": ('<table role="presentation" dir="rtl"',
                            '<table role="presentation"'),
    "a table of data": ('<table role="presentation" ', "<table "),
    "Outlook's table without dir": (
        '<!--[if mso]><table role="presentation" dir="rtl"',
        '<!--[if mso]><table role="presentation"'),
    "a wrapper without dir": ('lang="ar" dir="rtl" style="font',
                              'lang="ar" style="font'),
    "start": ("text-align:right", "text-align:start"),
    "inline margins": ("margin:4px 0 0 0", "margin-inline-start:4px"),
    "spaced letters": ("letter-spacing:0;", "letter-spacing:1px;"),
    "italics": ("font-weight:bold;", "font-style:italic;"),
    "an override": ("Sara A.", "\u202dSara A.\u202c"),
    "a mark": ("مقالات", "\u200fمقالات"),
    "text outside of a cell": ('</td></tr>\n<tr><td class="p"',
                               '</td></tr>\nنص<tr><td class="p"'),
    "a handler": ('<p style="', '<p onclick="x()" style="'),
    "a script": ("</body>", "<script>x</script></body>"),
    "a picture without size": ('alt="" width="552"', 'alt=""'),
    "a picture without words": ('alt="" width', "width"),
    "important": ("#e6eaee !important", "#e6eaee!important"),
    "an @ in an @": ("@media (prefers-color-scheme:dark){",
                     "@media (prefers-color-scheme:dark){@media print{}"),
    "a tag that stays open": ("</p>", ""),
}


@pytest.mark.parametrize("what", PLANTS)
def test_it_would_tell(what):
    text = golden.page("ar-magazine-11")
    assert PLANTS[what][0] in text
    assert faults(text.replace(*PLANTS[what], 1), "rtl") != []
