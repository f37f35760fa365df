"""Headers with any words in them, as parsers of others read them.

A list's title is the subject of its empty digest and the phrase of its
List-Id; the name of its sender is the phrase of From. A thousand of them.
"""

import base64
import email
import email.header
import email.policy
import email.utils
import random
import re
import shutil
import subprocess
from pathlib import Path

import dkim
import pytest

from conftest import Site
from test_digest import published_key

VERIFY = Path(__file__).parent / "rig" / "verify.pl"

LISTS = 500  # of two words each
SAMPLE = 40  # whose signatures are verified
WORD = re.compile(r"=\?UTF-8\?B\?([A-Za-z0-9+/]*={0,2})\?=")

# Each entry is one character, as readers see it.
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


def words(random_, marks):
    """Characters with single spaces between some, none at the ends."""
    made = []
    for _ in range(random_.choice((1, 3, 12, 30, 55))):
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


@pytest.fixture(scope="module")
def previews(tmp_path_factory, dkim_key):
    """(title, name, message) of each list; the site."""
    root = tmp_path_factory.mktemp("headers")
    site = Site(root / "site", key=dkim_key)
    random_ = random.Random(20260119)
    scripts = list(SCRIPTS)
    made = []
    for n in range(LISTS):
        title = fitting(random_, SCRIPTS[scripts[n % len(scripts)]], 250)
        name = fitting(random_, SEEN[scripts[n // 5 % len(scripts)]], 120)
        file = root / f"{n}.eml"
        site.run("list", "add", f"l{n}", "--title", "".join(title),
                 "--from", quoted("".join(name))).must(0)
        site.run("digest", "preview", f"l{n}", "--eml", file).must(0)
        made.append((title, name, file))
    yield site, made
    site.clean()


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


def decoded(file, header):
    """Phrase and address. By the elder parser: that of the policies shows a
    space between two encoded words of a phrase (bpo-35547)."""
    phrase, address = email.utils.parseaddr(
        email.message_from_bytes(file.read_bytes())[header])
    return str(email.header.make_header(
        email.header.decode_header(phrase))), address


def pieces_are_whole(lines, marks):
    """Encoded words begin and end where characters do."""
    ends, at = {0}, 0
    for mark in marks:
        at += len(mark.encode())
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


def test_what_is_decoded_is_what_was_meant(previews):
    _, made = previews
    for title, name, file in made:
        message = email.message_from_bytes(
            file.read_bytes(), policy=email.policy.default)
        assert str(message["Subject"]) == "".join(title)
        assert decoded(file, "From") == ("".join(name), "n@example.org")
        assert decoded(file, "List-Id")[0] == "".join(title)
        assert message.defects == []


def test_no_word_is_too_long_and_none_splits_a_character(previews):
    _, made = previews
    encoded = 0
    for title, name, file in made:
        raw = file.read_bytes()
        for header, marks in (("Subject", title), ("List-Id", title),
                              ("From", name)):
            lines = lines_of(raw, header)
            assert lines, header
            size = pieces_are_whole(lines, marks)
            assert size in (0, len("".join(marks).encode())), lines
            encoded += size > 0
    assert encoded > LISTS


def test_lines_are_short_and_ascii(previews):
    _, made = previews
    for _, _, file in made:
        raw = file.read_bytes()
        raw.decode("ascii")
        assert b"\r" not in raw.replace(b"\r\n", b"")
        assert b"\n" not in raw.replace(b"\r\n", b"")
        head = raw.split(b"\r\n\r\n", 1)[0].decode().split("\r\n")
        for line in head:
            # What has no white space cannot be folded.
            assert len(line) <= 78 or " " not in line.strip().split(
                ": ", 1)[-1], line
            assert line.strip()


def test_dkimpy_verifies(previews):
    site, made = previews
    resolver = published_key(site)
    for _, _, file in made[:SAMPLE]:
        assert dkim.verify(file.read_bytes(), dnsfunc=resolver), file


def test_mail_dkim_verifies(previews):
    if not shutil.which("perl") or subprocess.run(
            ["perl", "-MMail::DKIM::Verifier", "-e", "1"],
            stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("no Mail::DKIM (libmail-dkim-perl)")
    site, made = previews
    record = published_key(site)(b"nashra._domainkey.example.org.").decode()
    files = [str(file) for _, _, file in made[:SAMPLE]]
    forged = made[0][2].with_suffix(".forged")
    forged.write_bytes(made[0][2].read_bytes().replace(b"bulk", b"junk", 1))
    said = subprocess.run(
        ["perl", VERIFY, record, *files, str(forged)],
        capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[:-1] == ["pass"] * SAMPLE
    assert said[-1].startswith("fail"), said[-1]
