"""golden - the mails of tests/golden, as this build makes them.

    /usr/bin/python3 -B tests/trips/rig/golden.py

writes them anew (make golden). The digests come about as they do for readers:
a site of each language follows feeds with none to a hundred of the articles of
tests/data/mail, one list for every look and count, and `nashra digest preview
--eml` makes the mail. What is new in each mail (ids, seals, the signature)
stands there by its name. The mails around a subscription are those that come
to somebody who subscribes, confirms and leaves. The one to the admin is its
templates with the values of tests/data/mail.

Every second count has a color and a logo, so that each look has both.
"""

import dataclasses
import datetime
import email
import email.header
import email.policy
import json
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig import feeds, web
from rig.site import BUILD, ROOT, Clock, Site
from rig.wait import until

GOLDEN = ROOT / "tests" / "golden"
DATA = ROOT / "tests" / "data" / "mail"
LANGUAGES = ("ar", "en")
DIGESTS = ("classic", "magazine", "brief")
COUNTS = (0, 1, 2, 3, 11, 100)
GREETINGS = ("confirm", "welcome", "goodbye")
OTHERS = (*GREETINGS, "notice")
ENDINGS = ("html", "txt")
HEADERS = "headers"  # of those that were mails
# Noon in Damascus, of a Wednesday.
MOMENT = datetime.datetime(2025, 1, 22, 9, tzinfo=datetime.timezone.utc)
DRESSED = {"color": "#b3402a", "logo_url": "https://img.example.org/logo.png",
           "logo_width": 176, "logo_height": 48}

# What differs from one mail to the next, and the name it goes by.
NEW = ((re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}"
                   r"-[0-9a-f]{12}"), "UUID"),
       (re.compile(r"(/(?:leave|confirm)/)[\w-]+"), r"\1TOKEN"))
# The time of day goes on where a daemon is at work.
TIME = ((re.compile(r"(?m)^(Date: .* \d\d):\d\d:\d\d"), r"\1:MM:SS"),
        (re.compile(r"(?m)^(    t=)\d+"), r"\1..."))
SEAL = re.compile(r"\b(b|bh)=[\w+/=]+")
WORD = re.compile(r"=\?UTF-8\?B\?([\w+/]+=*)\?=")


class Stopped(Clock):
    """It stands still: no mail shows how long the others took."""

    def __init__(self, folder, moment):
        super().__init__(folder, moment)
        self.env["FAKETIME_FMT"] = "%s"

    def set(self, moment):
        self.path.write_text(f"{moment.timestamp():.0f}\n")


# The cases


@dataclasses.dataclass(frozen=True)
class Digest:
    language: str
    look: str
    count: int

    @property
    def name(self):
        return f"{self.language}-{self.look}-{self.count}"

    @property
    def list(self):
        return f"{self.look}-{self.count}"

    @property
    def dressed(self):
        return (COUNTS.index(self.count) +
                LANGUAGES.index(self.language)) % 2 == 1


def digests():
    return [Digest(language, look, count) for language in LANGUAGES
            for look in DIGESTS for count in COUNTS]


def others():
    """name of the golden: (language, template)"""
    return {f"{language}-{kind}": (language, kind)
            for language in LANGUAGES for kind in OTHERS}


def names():
    """Of all goldens, without their endings."""
    return [digest.name for digest in digests()] + list(others())


def files():
    """Of tests/golden, all of them."""
    return [f"{name}.{ending}" for name in names()
            for ending in (*ENDINGS, HEADERS)
            if ending != HEADERS or not name.endswith("notice")]


def page(name):
    """The HTML of a golden, as it is kept."""
    return (GOLDEN / f"{name}.html").read_text("utf-8")


def direction(name):
    return {"ar": "rtl", "en": "ltr"}[name[:2]]


# Digests


def data(language):
    return json.loads((DATA / f"{language}.json").read_text("utf-8"))


def articles(language, count):
    """As a feed has them, the newest first. Those after the first round are
    older, and numbered."""
    rows = data(language)["articles"]
    dates = [datetime.datetime.fromisoformat(row["published"])
             for row in rows if row["published"]]
    out = []
    for n in range(count):
        row, round_ = rows[n % len(rows)], n // len(rows)
        link, title = row["url"], row["title"]
        date = (datetime.datetime.fromisoformat(row["published"])
                if row["published"] else
                min(dates) - datetime.timedelta(hours=1) if round_ else None)
        if round_:
            title = f"{title[:150].strip()} [{n + 1}]"
            date -= datetime.timedelta(days=4 * round_)
            link = link and f"{link}{'&' if '?' in link else '?'}n={n + 1}"
        out.append(feeds.Article(
            title=title, link=link, date=date, author=row["author"],
            section=row["section"], image=row.get("image", ""),
            size=tuple(row.get("size", (0, 0))),
            paragraphs=(row["excerpt"],) if row["excerpt"] else ()))
    return out


def settings(language):
    """Of a site that sends digests in a language."""
    shared = data(language)["shared"]
    return {"language": language, "site_name": shared["site_name"],
            "base_url": shared["site_url"],
            "mail": {"from": f"{shared['site_name']} <news@example.org>",
                     "postal_address": shared["postal_address"]}}


def open_site(folder, language, key=None):
    """One at which it is always MOMENT."""
    folder.mkdir()
    return Site(folder, key=key, clock=Stopped(folder, MOMENT),
                change=settings(language))


def dress(site, name, look):
    site.run("list", "set", name, *(
        f"{key}={value}" for key, value in look.items())).must(0)


def add_list(site, digest):
    title = data(digest.language)["shared"]["list"]["title"]
    site.add_list(digest.list, title)
    dress(site, digest.list, {"template": digest.look,
                              **(DRESSED if digest.dressed else {})})
    if digest.count:
        made = articles(digest.language, digest.count)
        site.follow_feed(made, digest.list, f"{digest.count}.xml")


def preview(site, digest, *more):
    """The message, as bytes."""
    file = site.root / f"{digest.list}.eml"
    site.run("digest", "preview", digest.list, "--eml", file, *more).must(0)
    return file.read_bytes()


# What is kept of a message


def legible(text):
    for pattern, name in NEW:
        text = pattern.sub(name, text)
    return text


def timeless(text):
    for pattern, name in TIME:
        text = pattern.sub(name, text)
    return text


def decoded(value):
    return str(email.header.make_header(email.header.decode_header(value)))


def opened(line):
    """A line of a header, with its encoded words decoded where they are."""
    return WORD.sub(lambda word: f"=?UTF-8?B?{decoded(word[0])}?=", line)


def header_lines(name, raw):
    """A header decoded and on one line; under it, where that is not how it
    stands in the message, its lines. A signature has a line for each tag
    instead: its own are folded anew each time."""
    if name == "DKIM-Signature":
        tags = SEAL.sub(r"\1=...", re.sub(r"\s+", "", raw)).split(";")
        return [f"{name}:", *(f"    {tag};" for tag in tags if tag)]
    lines = f"{name}: {raw}".split("\n")
    flat = " ".join(line.strip() for line in raw.split("\n"))
    shown = [f"{name}: {legible(decoded(flat))}"]
    if len(lines) > 1 or WORD.search(raw):
        shown += [f"    |{legible(opened(line))}" for line in lines]
    return shown


def headers(raw):
    """Of a message and its parts, in their order."""
    message = email.message_from_bytes(raw.replace(b"\r\n", b"\n"),
                                       policy=email.policy.compat32)
    out = []
    for part in message.walk():
        if part is not message:
            out.append("")
        for name, value in part.raw_items():
            out += header_lines(name, value)
    return "\n".join(out) + "\n"


def parts(raw):
    """ending: what a golden of it holds"""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    out = {HEADERS: headers(raw)}
    for ending, kind in zip(ENDINGS, ("html", "plain")):
        text = message.get_body((kind,)).get_content()
        out[ending] = legible(text.replace("\r\n", "\n"))
    return out


def make_digests(language):
    """file: text"""
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        site = open_site(Path(folder) / "site", language)
        try:
            for digest in digests():
                if digest.language != language:
                    continue
                add_list(site, digest)
                for ending, text in parts(preview(site, digest)).items():
                    out[f"{digest.name}.{ending}"] = text
        finally:
            site.clean()
    return out


# The mails around a subscription


def next_mail(site, number):
    """The one that comes as the number-th, from 0."""
    return until(lambda: site.sink.mails()[number:],
                 lambda: f"no mail {number} of {GREETINGS}")[0]


def make_greetings(language):
    """Somebody subscribes, confirms, and leaves."""
    out = {}
    shared = data(language)["shared"]
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "site", clock=MOMENT,
                    change=settings(language))
        try:
            site.add_list("week", shared["list"]["title"])
            dress(site, "week", {"goodbye": "yes", **(
                DRESSED if language == "ar" else {})})
            site.start()
            site.ask("reader@example.org", "week")
            for i, kind in enumerate(GREETINGS):
                mail = next_mail(site, i)
                for ending, text in parts(mail.raw).items():
                    out[f"{language}-{kind}.{ending}"] = timeless(text)
                for link in mail.links("confirm") + mail.links("leave"):
                    web.post(link.replace(shared["site_url"], site.url), {})
        finally:
            site.clean()
    return out


def make_notice(language):
    """What `nashra template render` says of its files."""
    out = {}
    given = data(language)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.json"
        path.write_text(json.dumps({**given["shared"], **given["notice"]}),
                        encoding="utf-8")
        for ending in ENDINGS:
            done = subprocess.run(
                [BUILD / "nashra", "template", "render",
                 ROOT / "templates" / language / f"notice.{ending}", path],
                capture_output=True, check=False, timeout=60)
            assert done.returncode == 0, done.stderr.decode()
            out[f"{language}-notice.{ending}"] = done.stdout.decode("utf-8")
    return out


def made():
    """file of a golden: its text, of this build"""
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(make, language)
                for make in (make_digests, make_greetings, make_notice)
                for language in LANGUAGES]
        return dict(pair for each in done for pair in each.result().items())


def write():
    texts = made()
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.iterdir():
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
    print(f"{len(texts)} files in {GOLDEN}")


if __name__ == "__main__":
    write()
