"""hostile - what strangers may put in feeds, and what a page of it must not do.

tests/data/hostile.txt has the inputs. feeds() makes feeds of them, look()
opens a page that shows them in rig.devtools' browser and touches everything,
and faults() says what went wrong, of whatever kind of page: a mail, an issue
of the archive. On the page each input has an element of its own, its box.
"""

import dataclasses
import html.parser
import json
import re
from email.utils import format_datetime
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "data" / "hostile.txt"
PICTURES = "img.example"
LINK = f"https://{PICTURES}/hostile/"  # and the name: of each input's article

ELEMENTS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "figure",
            "figcaption", "a", "strong", "img", "br", "span"}
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "width", "height"}}
# What lays it out, where a page does so inline; of every element, and of links.
LAYOUT = {"dir", "style"}
LINKS = {"class", "rel", "target"}

# XML 1.0 2.2, the other way round.
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SEEDED = "ordinary"
ROOM = 36000  # bytes of what one mail may have of these


@dataclasses.dataclass
class Record:
    name: str
    data: bytes
    out: str  # "" where it is refused

    @property
    def well_formed(self):
        """It may stand in XML."""
        try:
            return not NO_XML.search(self.data.decode("utf-8"))
        except UnicodeDecodeError:
            return False

    @property
    def size(self):
        """Of what it becomes in the two parts of a mail, about."""
        return (len(self.out.encode()) + 150 * self.out.count("<") +
                len(self.text.encode()))

    @property
    def text(self):
        return Text(self.out).text


class Text(html.parser.HTMLParser):
    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.feed(source)
        self.close()

    def handle_data(self, data):
        self.text += data


def _unescape(text):
    """\\n, \\t, \\xNN, and \\{N|text}."""
    out, at = b"", 0
    while at < len(text):
        char, after = text[at], text[at + 1:at + 2]
        if char != "\\":
            end = text.find("\\", at)
            end = end if end >= 0 else len(text)
            out += text[at:end].encode("utf-8")
            at = end
        elif after == "{":
            count, at = text[at + 2:text.index("|", at)], text.index("|", at)
            end = text.index("}", at)
            out += int(count) * _unescape(text[at + 1:end])
            at = end + 1
        elif after == "x":
            out += bytes.fromhex(text[at + 2:at + 4])
            at += 4
        else:
            out += {"n": b"\n", "t": b"\t"}.get(after, after.encode("utf-8"))
            at += 2
    return out


def records():
    """All of them, in their order."""
    found = re.findall(r"^\[(.*)\]\nin ?(.*)\n(?:out ?(.*)|refused)$",
                       FILE.read_text("utf-8"), re.M)
    return [Record(name, _unescape(data), _unescape(out).decode("utf-8"))
            for name, data, out in found]


def batches(all_records):
    """Of as many as one mail has room for, so that nothing of them is cut."""
    out, left = [], 0
    for record in all_records:
        if not out or record.size > left or len(out[-1]) == 40:
            out.append([])
            left = ROOM
        out[-1].append(record)
        left -= record.size
    return out


def _escaped(data):
    return (data.replace(b"&", b"&amp;").replace(b"<", b"&lt;")
            .replace(b">", b"&gt;"))


def _cdata(data):
    return b"<![CDATA[" + data.replace(
        b"]]>", b"]]]]><![CDATA[>") + b"]]>"


RSS = (b'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:'
       b'content="http://purl.org/rss/1.0/modules/content/"><channel>'
       b'<title>x</title><link>https://img.example/</link>\n')
ATOM = (b'<?xml version="1.0" encoding="utf-8"?>\n'
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>\n')


def _rss(record, date):
    name = record.name.encode()
    return (b"<item><title>" + name + b"</title><link>" + LINK.encode() +
            name + b"</link><pubDate>" + format_datetime(date).encode() +
            b"</pubDate><content:encoded>" + _cdata(record.data) +
            b"</content:encoded></item>\n")


def _atom(record, date):
    name = record.name.encode()
    return (b"<entry><title>" + name + b'</title><link href="' +
            LINK.encode() + name + b'"/><id>tag:' + name + b"</id><updated>" +
            date.isoformat().encode() + b'</updated><content type="html">' +
            _escaped(record.data) + b"</content></entry>\n")


def feed(some, date, atom=False):
    """A feed with each of them as the whole of an article; and one that is
    there before, to be seen as soon as the feed is added."""
    some = [Record(SEEDED, b"<p>x</p>", "")] + some
    if atom:
        return ATOM + b"".join(_atom(r, date) for r in some) + b"</feed>\n"
    return RSS + b"".join(
        _rss(r, date) for r in some) + b"</channel></rss>\n"


HOOKS = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"])
    window[name] = () => { ran.push(name); };
document.addEventListener("click", (event) => event.preventDefault(), true);
document.addEventListener("submit", (event) => event.preventDefault(), true);
1
"""

LOOK = """
(selector) => {
const boxes = [...document.querySelectorAll(selector)];
const width = document.documentElement.clientWidth;
function rects(box) {
    const range = document.createRange();
    range.selectNodeContents(box);
    return [...range.getClientRects(), ...[...box.querySelectorAll("*")].map(
        (element) => element.getBoundingClientRect())].filter((rect) =>
            rect.width > 0 && rect.height > 0);
}
function outside(box) {
    const inner = box.getBoundingClientRect();
    return inner.left < -1 || inner.right > width + 1 ||
        rects(box).some((rect) =>
            rect.left < inner.left - 1 || rect.right > inner.right + 1 ||
            rect.top < inner.top - 1 || rect.bottom > inner.bottom + 1);
}
/* Does it run against its dir, or is that not what a browser would find? */
function turned(element) {
    const said = element.dir;
    const style = getComputedStyle(element);
    let found = said;
    if (!["ul", "ol", "li", "blockquote", "figure"].includes(
        element.localName)) {
        const style = element.getAttribute("style");
        element.style.direction = "";
        element.dir = "auto";
        found = getComputedStyle(element).direction;
        element.dir = said;
        if (style !== null)
            element.setAttribute("style", style);
        else
            element.removeAttribute("style");
    }
    const side = said === "rtl" ? "right" : "left";
    if (element.localName === "span")
        return style.direction !== said;
    return style.direction !== said || found !== said ||
        !["start", side].includes(style.textAlign);
}
/* A list stands off the side from which it runs, and from no other. */
function flush(list) {
    const outer = list.parentElement.getBoundingClientRect();
    const inner = list.getBoundingClientRect();
    const style = getComputedStyle(list);
    const left = inner.left + parseFloat(style.paddingLeft) - outer.left;
    const right = outer.right - inner.right + parseFloat(style.paddingRight);
    return style.direction === "rtl" ? right - left < 15 : left - right < 15;
}
function note(box) {
    const all = [...box.querySelectorAll("*")];
    return {
        parent: boxes.indexOf(box.parentElement.closest(selector)),
        text: box.textContent,
        elements: all.map((element) => [element.localName,
            element.namespaceURI, element.getAttributeNames()]),
        schemes: [...box.querySelectorAll("[href]")].map((e) => e.protocol),
        outside: outside(box),
        turned: [...box.querySelectorAll("[dir]")].filter(turned).length,
        flush: [...box.querySelectorAll("ul, ol")].filter(flush).length,
        moved: all.filter((element) => {
            const style = getComputedStyle(element);
            return style.position !== "static" || style.float !== "none" ||
                style.transform !== "none" || style.zIndex !== "auto" ||
                style.backgroundImage !== "none" || style.opacity !== "1";
        }).length,
    };
}
const out = {
    boxes: boxes.map((box) => [box.dataset.name || box.title, note(box)]),
    sideways: document.scrollingElement.scrollWidth > width,
};
for (const box of boxes) {
    for (const element of box.querySelectorAll("*")) {
        for (const type of ["mouseover", "mouseenter", "pointerenter",
            "pointerdown", "mousedown", "click", "focus", "keydown", "toggle",
            "animationend", "scroll", "error", "load"]) {
            element.dispatchEvent(new Event(type, { bubbles: true,
                cancelable: true }));
        }
    }
}
return new Promise((done) => setTimeout(() => {
    out.ran = window.ran;
    done(out);
}, 200));
}
"""


@dataclasses.dataclass
class Look:
    boxes: list   # (name, what was seen of it)
    sideways: bool
    ran: list     # names of functions that a script of the page called
    asked: list   # hosts


def look(chromium, text, width, selector="[data-name]"):
    """Opens the HTML of a page and touches all that is in its boxes.

    A box is what the selector finds; its name is in data-name or title."""
    chromium.fresh()
    chromium.run(HOOKS)
    chromium.show(text, width)
    seen = chromium.run(f"({LOOK})({json.dumps(selector)})")
    return Look(asked=[url.split("/")[2].partition(":")[0]
                       for url in chromium.asked], **seen)


def _strange(elements):
    """Elements and attributes that no sanitised article has."""
    return [[name, *names] for name, space, names in elements
            if name not in ELEMENTS or
            space != "http://www.w3.org/1999/xhtml" or
            set(names) - ATTRIBUTES.get(name, set()) - LAYOUT -
            (LINKS if name == "a" else set())]


def _says(text, record):
    """All of it; of what one mail has no room for, the beginning. What may
    not stand in XML is another text by the time that it is read."""
    if not record.well_formed:
        return True
    if record.size > ROOM:
        return record.text.startswith(text.rstrip("…"))
    return text == record.text.strip()


def faults(seen, some, hosts=(PICTURES,)):
    """What is wrong with a page of these records: kind -> where."""
    bad = {}

    def add(kind, what):
        bad.setdefault(kind, []).append(what)

    if [name for name, _ in seen.boxes] != [r.name for r in some]:
        add("boxes", [name for name, _ in seen.boxes])
    for what in seen.ran:
        add("script", what)
    for host in seen.asked:
        if host not in hosts:
            add("asked", host)
    if seen.sideways:
        add("sideways", "page")
    want = {record.name: record for record in some}
    for name, box in seen.boxes:
        for kind in ("outside", "turned", "flush", "moved"):
            if box[kind]:
                add(kind, name)
        if box["parent"] >= 0:
            add("boxes", name)
        if set(box["schemes"]) - {"http:", "https:", "mailto:"}:
            add("scheme", name)
        if _strange(box["elements"]):
            add("element", (name, _strange(box["elements"])))
        if name in want and not _says(box["text"].strip(), want[name]):
            add("text", name)
    return bad
