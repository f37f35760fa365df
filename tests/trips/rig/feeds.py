"""feeds - articles as RSS 2.0 and Atom, written by Python's own XML library.

Run by hand, `feeds.py FOLDER` writes news.rss.xml and news.atom.xml from
FOLDER/articles.
"""

import dataclasses
import datetime
import email.utils
import html
import pathlib
import sys
import xml.etree.ElementTree as ET

DATA = pathlib.Path(__file__).resolve().parents[2] / "data"

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
ET.register_namespace("content", CONTENT)
ET.register_namespace("dc", DC)
ET.register_namespace("media", MEDIA)

TITLE = "الموسوعة: أخبار سوريا وآسيا الوسطى"
LINK = "https://news.example.org/"


@dataclasses.dataclass
class Article:
    title: str
    link: str
    date: datetime.datetime
    author: str = ""
    section: str = ""
    paragraphs: tuple = ()
    body: str = ""  # HTML; made from the paragraphs where it is empty
    image: str = ""
    size: tuple = (0, 0)  # of the image: 0 is not said

    @property
    def html(self):
        return self.body or "\n".join(
            f"<p>{html.escape(p, quote=False)}</p>" for p in self.paragraphs)

    @property
    def guid(self):
        return "tag:news.example.org,2025:" + (
            self.link.partition("//")[2] or self.title)


def read_article(path):
    """A file of tests/data/articles."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    fields["date"] = datetime.datetime.fromisoformat(fields["date"])
    paragraphs = tuple(" ".join(p.split("\n")) for p in
                       body.strip().split("\n\n"))
    return Article(paragraphs=paragraphs, **fields)


def sample(data=DATA):
    """The sample articles, newest first."""
    return [read_article(p) for p in sorted((data / "articles").glob("*.txt"))]


def moved(articles, newest):
    """The same articles, with the newest published at that moment."""
    shift = newest - max(a.date for a in articles)
    return [dataclasses.replace(a, date=a.date + shift) for a in articles]


def made(count, first=1, day=datetime.date(2025, 1, 22), words="خبر"):
    """`count` short articles with numbers in their titles."""
    noon = datetime.datetime.combine(
        day, datetime.time(12), datetime.timezone.utc)
    return [Article(
        title=f"{words} رقم {n}", link=f"https://news.example.org/made/{n}",
        date=noon - datetime.timedelta(minutes=count - n),
        paragraphs=(f"نص قصير {n}.",)) for n in range(first, first + count)]


def rss(articles, title=TITLE, link=LINK):
    """RSS 2.0 as bytes."""
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    _text(channel, "title", title)
    _text(channel, "link", link)
    _text(channel, "description", title)
    _text(channel, "language", "ar")
    for article in articles:
        item = ET.SubElement(channel, "item")
        _text(item, "title", article.title)
        if article.link:
            _text(item, "link", article.link)
        guid = _text(item, "guid", article.guid)
        guid.set("isPermaLink", "false")
        if article.date:
            _text(item, "pubDate", email.utils.format_datetime(article.date))
        if article.author:
            _text(item, f"{{{DC}}}creator", article.author)
        if article.section:
            _text(item, "category", article.section)
        if article.paragraphs:
            _text(item, "description", article.paragraphs[0])
        _text(item, f"{{{CONTENT}}}encoded", article.html)
        if article.image:
            picture = _text(item, f"{{{MEDIA}}}content", "")
            picture.attrib.update(
                {"url": article.image, "medium": "image"}, **{
                    key: str(pixels) for key, pixels in zip(
                        ("width", "height"), article.size) if pixels})
    return _bytes(root)


def atom(articles, title=TITLE, link=LINK):
    """Atom 1.0 as bytes."""
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": "ar"})
    _text(root, "title", title)
    _text(root, "id", link)
    ET.SubElement(root, "link", href=link)
    _text(root, "updated",
          max(a.date for a in articles).isoformat())
    for article in articles:
        entry = ET.SubElement(root, "entry")
        _text(entry, "title", article.title)
        ET.SubElement(entry, "link", rel="alternate",
                      type="text/html", href=article.link)
        _text(entry, "id", article.guid)
        _text(entry, "published", article.date.isoformat())
        _text(entry, "updated", article.date.isoformat())
        if article.author:
            author = ET.SubElement(entry, "author")
            _text(author, "name", article.author)
        if article.paragraphs:
            _text(entry, "summary", article.paragraphs[0])
        _text(entry, "content", article.html).set("type", "html")
    return _bytes(root)


def _text(parent, tag, text):
    element = ET.SubElement(parent, tag)
    element.text = text
    return element


def _bytes(root):
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def main(folder):
    data = pathlib.Path(folder)
    (data / "news.rss.xml").write_bytes(rss(sample(data)))
    (data / "news.atom.xml").write_bytes(atom(sample(data)))


if __name__ == "__main__":
    main(*sys.argv[1:])
