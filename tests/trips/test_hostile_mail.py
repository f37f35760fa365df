"""The hostile set by the way that articles go: a feed on a web server, the
daemon that polls it, a digest whose own template shows what articles say, and
a browser that opens that digest."""

import pytest

from conftest import SAMPLE_DAY
from rig import browser, devtools, hostile
from rig.site import ROOT
from rig.wait import until

pytestmark = pytest.mark.skipif(
    browser.PROGRAM is None, reason="there is no chromium")

# One column, as shipped ones have; a box for each article.
HTML = """<!doctype html>
<html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>x</title></head>
<body dir="rtl" style="margin:0;padding:0;direction:rtl;">
<table role="presentation" dir="rtl" width="100%" border="0" cellpadding="0"
 cellspacing="0"><tr><td align="center" style="padding:0 8px;">
<table role="presentation" dir="rtl" width="100%" border="0" cellpadding="0"
 cellspacing="0" style="max-width:600px;">
{{#articles}}
<tr><td style="padding:0 24px;"><table role="presentation" dir="rtl"
 width="100%" border="0" cellpadding="0" cellspacing="0"><tr>
<td dir="rtl" align="right" data-name="{{title}}"
 style="font-size:17px;line-height:30px;text-align:right;direction:rtl;">
{{body}}
</td></tr></table></td></tr>
{{/articles}}
</table></td></tr></table>
<p><a href="{{unsubscribe_url}}">x</a> {{postal_address}}</p></body></html>
"""
TEXT = """{{#articles}}
{{title}}
{{body_text}}
{{/articles}}
{{unsubscribe_url}}
{{postal_address}}
"""
PLAIN = {"plain": {"h2", "h3", "p", "strong", "a", "br"},
         "plain-lists": {"ol", "ul", "li"}, "plain-quote": {"blockquote"},
         "plain-figure": {"figure", "img", "figcaption"}}
WIDTHS = (320, 600)


@pytest.fixture(scope="module")
def chromium():
    with devtools.Browser() as started:
        yield started


@pytest.fixture
def own(make_site, tmp_path):
    """A site whose lists may have the look `whole`."""
    folder = tmp_path / "own" / "ar"
    folder.mkdir(parents=True)
    for path in (ROOT / "templates" / "ar").iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "digest-whole.html").write_text(HTML, "utf-8")
    (folder / "digest-whole.txt").write_text(TEXT, "utf-8")
    return make_site(clock=SAMPLE_DAY, change={"templates": tmp_path / "own"})


def followed(site, batches):
    """A list for each batch, named by its number, that follows a feed of it;
    what may not stand in XML has a feed alone."""
    later = []
    for number, batch in enumerate(batches):
        site.add_list(f"l{number}")
        site.run("list", "set", f"l{number}", "template=whole").must(0)
        fine = [r for r in batch if r.well_formed]
        for turn, some in enumerate(filter(None, [
                fine, *([r] for r in batch if not r.well_formed)])):
            name = f"{number}-{turn}.xml"
            atom = number % 2 == 1
            url = site.feeds.put(hostile.feed([], SAMPLE_DAY, atom), name)
            site.run("feed", "add", f"l{number}", url).must(0)
            later.append((name, hostile.feed(some, SAMPLE_DAY, atom)))
    for name, content in later:
        site.feeds.put(content, name)


def polled(site):
    rows = site.rows("SELECT count(*) AS n FROM article WHERE seeded = 0")
    return rows[0]["n"]


def preview(site, number, folder):
    page = folder / f"{number}.html"
    site.run("digest", "preview", f"l{number}", "--html", page,
             "--text", folder / f"{number}.txt").must(0)
    return page.read_text("utf-8")


def in_order(batch, text):
    """As the digest has them: all are of one moment."""
    return sorted(batch, key=lambda r: text.index(f'data-name="{r.name}"'))


def test_feed_to_mail(own, chromium, tmp_path):
    records = hostile.records()
    batches = hostile.batches(records)
    assert len(records) >= 500
    followed(own, batches)
    own.start("work")
    own.clock.forward(hours=2)
    until(lambda: polled(own) == len(records),
          lambda: f"{polled(own)} of {len(records)} articles", 120)
    elements, asked, bad = {}, set(), {}
    for number, batch in enumerate(batches):
        text = preview(own, number, tmp_path)
        for width in WIDTHS:
            seen = hostile.look(chromium, text, width)
            found = hostile.faults(seen, in_order(batch, text))
            if found:
                bad[number, width] = found
            asked |= set(seen.asked)
            elements.update((name, {e[0] for e in box["elements"]})
                            for name, box in seen.boxes)
    assert bad == {}
    assert asked == {hostile.PICTURES}  # and the browser does see it
    for name, wanted in PLAIN.items():
        assert wanted <= elements[name], name


def boxed(records):
    """The inputs as they came, in the boxes of such a page."""
    inside = "".join(
        f'<tr><td data-name="{r.name}" style="width:272px;">'
        f'{r.data.decode()}</td></tr>' for r in records)
    return ('<!doctype html><html lang="ar" dir="rtl"><body><table dir="rtl">'
            f"{inside}</table></body></html>")


# Of no use in the set itself: no input can do that.
MORE = [hostile.Record("list-at-the-edge", b"<ul style='padding:0'><li>a", "")]
# Alone, each is found by what it does.
TELLING = [
    # When an error of a picture comes is the network's: its attribute is told.
    ("script", "script"), ("onclick", "script"), ("onerror", "element"),
    ("svg", "script"), ("href-javascript", "scheme"),
    ("style-url", "asked"), ("srcset-only", "asked"), ("iframe", "asked"),
    ("link-stylesheet", "asked"), ("style-attribute", "moved"),
    ("style-attribute", "outside"), ("bidi-dir-auto", "turned"),
    ("list-at-the-edge", "flush"), ("image-natural", "outside"),
    ("form", "element"), ("noscript", "text"), ("template", "element"),
]


@pytest.mark.parametrize("name, kind", TELLING,
                         ids=["-".join(pair) for pair in TELLING])
def test_the_browser_would_tell(chromium, name, kind):
    (record,) = [r for r in hostile.records() + MORE
                 if r.name == name]
    seen = hostile.look(chromium, boxed([record]), 320)
    assert kind in hostile.faults(seen, [record])
