"""A thousand mails with any words in them, as parsers of others read them.

A list's title is the phrase of its List-Id, the name of its sender that of
From, the title of an article the subject; title, author and text of the
article stand in both parts. Each list has one reader and one article, with
words of its own; all are sent, through Postfix where there is one.
"""

import base64
import concurrent.futures
import dataclasses
import datetime
import email
import email.header
import email.policy
import email.utils
import html.parser
import random
import re
import shutil
import smtplib
import sqlite3
import subprocess
import unicodedata
import uuid
from pathlib import Path

import dkim
import pytest

from conftest import Site
from rig import feeds
from rig.mail import Sink
from rig.mta import Between, Postfix, missing, open_folder
from rig.wait import PATIENCE, until
from test_digest import published_key

VERIFY = Path(__file__).parent / "rig" / "verify.pl"
POSTFIX = "/usr/sbin/postfix"
NOON = datetime.datetime(2025, 1, 22, 12, tzinfo=datetime.timezone.utc)

# What sanitizers find, they find in fewer.
MAILS = 1000 if PATIENCE == 1 else 200
WORD = re.compile(r"=\?UTF-8\?B\?([A-Za-z0-9+/]*={0,2})\?=")
MARKS = re.compile("[\u200e\u200f\u061c\u2066-\u2069]")

# Each entry is one character, as readers see it, or some of ASCII.
ARABIC = list("ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأإؤئة") + [
    "مُ", "حَّ", "دٌ", "لِ", "نً", "٢", "٠", "،", "؟", "«", "»", "ـ"]
PERSIAN = list("پچژگکی") + ["ی\u200c", "ه\u200c", "ۀ", "۲", "۴", "٫"]
LATIN = list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") \
    + ["é", "ñ", "ß", "x\u0301", "C++", "\"", "\\", "(", ")", "<", ">", "@",
       ",", ";", ":", ".", "=?", "?=", "_", "=", "?"]
EMOJI = ["😀", "👨\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈", "👍🏽", "🇸🇾", "1\ufe0f\u20e3", "❤\ufe0f"]
SCRIPTS = {"arabic": ARABIC, "persian": ARABIC + PERSIAN * 3, "latin": LATIN,
           "emoji": EMOJI + LATIN[:26],
           "mixed": ARABIC + PERSIAN + LATIN + EMOJI}


# A sender's name may hold nothing invisible.
SEEN = {script: [mark for mark in marks
                 if not set(mark) & set("\u200c\u200d\ufe0f")]
        for script, marks in SCRIPTS.items()}
# An author with that in their name is taken for an address, and not shown.
UNADDRESSED = {script: [mark for mark in marks if mark != "@"]
               for script, marks in SCRIPTS.items()}


def words(random_, marks, lengths=(1, 3, 12, 30, 55)):
    """Characters with single spaces between some, none at the ends."""
    made = []
    for _ in range(random_.choice(lengths)):
        if made and made[-1] != " " and random_.random() < 0.15:
            made.append(" ")
        else:
            made.append(random_.choice(marks))
    while made and (made[-1] == " " or made[-1].endswith("\u200c")):
        made.pop()
    return made or ["ن"]


def quoted(name):
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '" <n@example.org>'


def fitting(random_, marks, size):
    while True:
        made = words(random_, marks)
        # Subjects have 60 characters; some marks are of two or three.
        if (len("".join(made).encode()) <= size and
                sum(len(m) if m.isascii() else 1 for m in made) <= 60):
            return made


@dataclasses.dataclass
class Mail:
    """The words that went in, each a list of characters, and what went out."""

    title: list
    name: list
    subject: list
    author: list
    text: list
    sent: bytes = b""


def inputs(count):
    random_ = random.Random(20260119)
    scripts = list(SCRIPTS)

    def marks(n, table=SCRIPTS):
        return table[scripts[n % len(scripts)]]

    return [Mail(title=fitting(random_, marks(n), 250),
                 name=fitting(random_, marks(n // 5, SEEN), 120),
                 subject=fitting(random_, marks(n // 25), 250),
                 author=fitting(random_, marks(n // 125, UNADDRESSED), 250),
                 text=words(random_, marks(n // 3), (1, 20, 80, 200)))
            for n in range(count)]


def article(n, mail):
    return feeds.Article(
        title="".join(mail.subject), link=f"https://news.example.org/{n}",
        date=NOON, author="".join(mail.author),
        paragraphs=("".join(mail.text),))


def insert(db, table, **row):
    db.execute(f"INSERT INTO {table} ({', '.join(row)})"
               f" VALUES ({', '.join('?' * len(row))})", list(row.values()))


def add_readers_and_feeds(site, addresses):
    """One of both for each list, straight into the tables: as the commands
    left them for the first one."""
    db = sqlite3.connect(site.database)
    db.row_factory = sqlite3.Row
    with db:
        reader, link, feed = (
            dict(db.execute(f"SELECT * FROM {table}").fetchone())
            for table in ("subscriber", "subscription", "feed"))
        for name, list_id in db.execute(
                "SELECT name, id FROM list WHERE id <> ?",
                (link["list_id"],)).fetchall():
            n = int(name.removeprefix("l"))
            address = f"r{n}@example.net"
            who = reader["id"] + n
            insert(db, "subscriber", **reader | {
                "id": who, "address_key": address, "address": address})
            insert(db, "subscription", **link | {
                "id": None, "uuid": str(uuid.uuid4()), "list_id": list_id,
                "subscriber_id": who})
            insert(db, "feed", **feed | {
                "id": None, "list_id": list_id, "url": addresses[n],
                "etag": "", "modified": "", "next_poll": 0})
    db.close()


def freeze(site, mails):
    """A list, a reader and an issue for each of them."""
    def for_all(*what):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for result in pool.map(lambda n: site.run(*(
                    word(n) if callable(word) else word for word in what)),
                    range(len(mails))):
                result.must(0)

    for_all("list", "add", lambda n: f"l{n}", "--title",
            lambda n: "".join(mails[n].title), "--from",
            lambda n: quoted("".join(mails[n].name)))
    addresses = [site.feeds.put(feeds.atom([article(n, mail)]), f"{n}.xml")
                 for n, mail in enumerate(mails)]
    site.run("subscriber", "add", "l0", "r0@example.net").must(0)
    site.run("feed", "add", "l0", addresses[0], "--send-existing").must(0)
    add_readers_and_feeds(site, addresses)
    site.run("feed", "poll").must(0)
    for_all("digest", "send", lambda n: f"l{n}")


def passed(between):
    """reader: the message, as it went over the wire."""
    found = {}
    for part in re.findall(
            rb"\r\nRCPT TO:<r(\d+)@example\.net>[^\r]*\r\nDATA\r\n"
            rb"(.*?\r\n)\.\r\n", between.ours(), re.S):
        found[int(part[0])] = re.sub(rb"(?m)^\.", b"", part[1])
    return found


@pytest.fixture(scope="module")
def server():
    """A mail server, and the folder that goes with it."""
    folder = open_folder()
    made = (Sink(folder / "sink") if missing(POSTFIX) else
            Postfix(folder))
    yield made
    made.clean()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def sent(tmp_path_factory, dkim_key, server):
    """The site and its mails."""
    mails = inputs(MAILS)
    between = Between(server.port)
    site = Site(tmp_path_factory.mktemp("headers") / "site", key=dkim_key,
                change={"relay main": {
                    "url": f"smtp://127.0.0.1:{between.port}",
                    "connections": 1}})
    freeze(site, mails)
    site.start("work")
    until(lambda: site.rows("SELECT count(*) AS n FROM outbox"
                            " WHERE state = 'sent'")[0]["n"] == MAILS,
          "they are not sent", 120)
    for n, raw in passed(between).items():
        mails[n].sent = raw
    yield site, mails
    site.clean()
    between.clean()


def lines_of(raw, header):
    """The lines of one header as they stand in the message."""
    head = raw.split(b"\r\n\r\n", 1)[0].decode("ascii").split("\r\n")
    found = []
    for line in head:
        if line.lower().startswith(header.lower() + ":"):
            found = [line]
        elif found and line[0] in " \t":
            found.append(line)
        elif found:
            break
    return found


def decoded(raw, header):
    """Phrase and address. By the elder parser: that of the policies shows a
    space between two encoded words of a phrase (bpo-35547)."""
    phrase, address = email.utils.parseaddr(
        email.message_from_bytes(raw)[header])
    return str(email.header.make_header(
        email.header.decode_header(phrase))), address


def pieces_are_whole(lines, marks):
    """Encoded words begin and end where characters do."""
    ends, at = {0}, 0
    for mark in marks:
        for piece in mark if mark.isascii() else [mark]:
            at += len(piece.encode())
            ends.add(at)
    at = 0
    for line in lines:
        for word in WORD.finditer(line):
            assert len(word[0]) <= 75, line
            piece = base64.b64decode(word[1])
            piece.decode("utf-8")
            at += len(piece)
            assert at in ends, (line, piece)
    return at


class Page(html.parser.HTMLParser):
    """The text of a page that a reader sees."""

    def __init__(self, page):
        super().__init__()
        self.text = ""
        self.hidden = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.hidden = tag in ("style", "title")
        if tag not in ("a", "bdi", "span"):
            self.text += "\n"

    def handle_endtag(self, tag):
        self.hidden = False

    def handle_data(self, data):
        if not self.hidden:
            self.text += data


def plain(text):
    """Composed, and without the marks that turn a line the right way."""
    return unicodedata.normalize("NFC", MARKS.sub("", text))


def test_all_were_sent(sent):
    _, mails = sent
    assert all(mail.sent.startswith(b"DKIM-Signature:") for mail in mails)


def test_what_is_decoded_is_what_was_meant(sent):
    _, mails = sent
    for mail in mails:
        message = email.message_from_bytes(
            mail.sent, policy=email.policy.default)
        assert str(message["Subject"]) == plain("".join(mail.subject))
        assert decoded(mail.sent, "From") == (
            "".join(mail.name), "n@example.org")
        assert decoded(mail.sent, "List-Id")[0] == "".join(mail.title)
        assert message.defects == []


def test_bodies_hold_the_words(sent):
    _, mails = sent
    for n, mail in enumerate(mails):
        message = email.message_from_bytes(
            mail.sent, policy=email.policy.default)
        parts = {part.get_content_type(): part for part in message.walk()
                 if not part.is_multipart()}
        assert list(parts) == ["text/plain", "text/html"]
        assert [part.defects for part in parts.values()] == [[], []]
        text = plain(parts["text/plain"].get_content()).splitlines()
        source = parts["text/html"].get_content()
        page = [line.strip() for line in plain(Page(source).text).splitlines()]
        meant = [plain("".join(w)) for w in (
            mail.subject, mail.author, mail.text, mail.title)]
        assert f"* {meant[0]}" in text, (meant[0], text)
        for line in (*meant[1:3], f"https://news.example.org/{n}"):
            assert line in text, (line, text)
        assert meant[0] in page and meant[2] in page, (meant, page)
        assert f"{meant[1]} · " in "".join(page) and meant[3] in page, page
        assert f"href=\"https://news.example.org/{n}\"" in source


def test_no_word_is_too_long_and_none_splits_a_character(sent):
    _, mails = sent
    encoded = 0
    for mail in mails:
        for header, marks in (("Subject", mail.subject), ("From", mail.name),
                              ("List-Id", mail.title)):
            lines = lines_of(mail.sent, header)
            assert lines, header
            size = pieces_are_whole(lines, marks)
            assert size in (0, len("".join(marks).encode())), lines
            encoded += size > 0
    assert encoded > MAILS


def test_lines_are_short_and_ascii(sent):
    _, mails = sent
    for mail in mails:
        mail.sent.decode("ascii")
        assert b"\0" not in mail.sent
        assert b"\r" not in mail.sent.replace(b"\r\n", b"")
        assert b"\n" not in mail.sent.replace(b"\r\n", b"")
        assert max(map(len, mail.sent.split(b"\r\n"))) <= 998
        head = mail.sent.split(b"\r\n\r\n", 1)[0].decode().split("\r\n")
        for line in head:
            # What has no white space cannot be folded.
            assert len(line) <= 78 or " " not in line.strip().split(
                ": ", 1)[-1], line
            assert line.strip()


def test_dkimpy_verifies(sent):
    site, mails = sent
    resolver = published_key(site)
    for mail in mails:
        assert dkim.verify(mail.sent, dnsfunc=resolver), mail
    forged = mails[0].sent.replace(b"bulk", b"junk", 1)
    assert not dkim.verify(forged, dnsfunc=resolver)


def test_mail_dkim_verifies(sent, tmp_path):
    if not shutil.which("perl") or subprocess.run(
            ["perl", "-MMail::DKIM::Verifier", "-e", "1"],
            stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("no Mail::DKIM (libmail-dkim-perl)")
    site, mails = sent
    record = published_key(site)(b"nashra._domainkey.example.org.").decode()
    files = [tmp_path / f"{n}.eml" for n in range(MAILS + 1)]
    for file, mail in zip(files, mails):
        file.write_bytes(mail.sent)
    files[-1].write_bytes(mails[0].sent.replace(b"bulk", b"junk", 1))
    said = subprocess.run(
        ["perl", VERIFY, record, *files],
        capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[:-1] == ["pass"] * MAILS
    assert said[-1].startswith("fail"), said[-1]


@pytest.fixture
def postfix(server):
    if not isinstance(server, Postfix):
        pytest.skip(missing(POSTFIX))
    return server


def test_postfix_takes_all_as_they_are(sent, postfix):
    """What it writes above a mail is all that it changes."""
    _, mails = sent
    until(lambda: len(list(postfix.boxes.iterdir())) >= MAILS,
          "they did not arrive", 60)
    kept = {}
    for raw in postfix.mails():
        reader = re.search(rb"^Delivered-To: r(\d+)@", raw, re.M)[1]
        assert kept.setdefault(int(reader), raw) is raw
    for n, mail in enumerate(mails):
        above, found, _ = kept[n].partition(b"DKIM-Signature:")
        assert found and re.findall(rb"(?m)^[\w-]+:", above) == [
            b"Return-Path:", b"X-Original-To:", b"Delivered-To:", b"Received:"]
        assert kept[n][len(above):].replace(b"\n", b"\r\n") == mail.sent
    assert len(kept) == MAILS
    assert "bare" not in postfix.log()


def test_postfix_would_tell(sent, postfix):
    """One line that ends in LF alone is enough."""
    with smtplib.SMTP("127.0.0.1", postfix.port) as client:
        client.ehlo()
        client.mail("a@example.org")
        client.rcpt("omar@example.net")
        client.putcmd("data")
        assert client.getreply()[0] == 354
        client.send(b"Subject: x\r\n\r\none\ntwo\r\n.\r\n")
        code, said = client.getreply()
    assert code == 521 or code == 550, (code, said)
    assert b"5.5.2" in said, said
