"""golden - the mails of tests/golden, as this build makes them.

    /usr/bin/python3 -B tests/trips/rig/golden.py

writes them anew (make golden). Each is a shipped template with the values of
tests/data/mail: every digest in both languages with none to a hundred
articles, and the mails around a subscription. Every second language and size
has a colour and a logo, so that there is one of each.
"""

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig.site import BUILD, ROOT

GOLDEN = ROOT / "tests" / "golden"
DATA = ROOT / "tests" / "data" / "mail"
LANGUAGES = ("ar", "en")
DIGESTS = ("classic", "magazine", "brief")
COUNTS = (0, 1, 2, 3, 11, 100)
OTHERS = ("confirm", "welcome", "goodbye")
ENDINGS = ("html", "txt")
# About what flow/compose lets into a mail, so that the rest is counted.
SHOWN, EXCERPTS = 60, 20
PLAIN = {"color": "", "logo_url": "", "logo_width": 0, "logo_height": 0}
DRESSED = {"color": "#b3402a", "logo_url": "https://img.example.org/logo.png",
           "logo_width": 176, "logo_height": 48}


def _article(given, number, before):
    """A row of the data as compose gives it to a template."""
    row = dict(given)
    width, height = row.pop("size", (0, 0))
    row.update(
        image_url=row.pop("image", ""), image_width=width,
        image_height=height, section_first=bool(
            row["section"] and row["section"] != before))
    row["has_image"] = row["image_url"] != ""
    if number >= EXCERPTS:
        row["excerpt"] = ""
    row["has_excerpt"] = row["excerpt"] != ""
    return row


def _articles(rows, count):
    out = []
    for i in range(min(count, SHOWN)):
        row = dict(rows[i % len(rows)])
        if i >= len(rows):
            row["title"] += f" [{i + 1}]"
        before = out[-1]["section"] if out else ""
        out.append(_article(row, i, before))
    return out


def digest_values(language, count, dressed):
    """Values of a digest with so many articles."""
    data = json.loads((DATA / f"{language}.json").read_text("utf-8"))
    articles = _articles(data["articles"], count)
    titles = [row["title"] for row in articles]
    values = {**data["shared"], **data["digest"], "articles": articles,
              "article_count": count, "more": count - len(articles),
              "has_more": count > len(articles),
              "subject": titles[0] if titles else data["subject_of_none"],
              "preheader": " · ".join(titles[1:4])}
    values["list"] = {**values["list"], **(DRESSED if dressed else PLAIN)}
    return values


def other_values(language, kind, dressed):
    data = json.loads((DATA / f"{language}.json").read_text("utf-8"))
    values = {**data["shared"], **data[kind]}
    values["list"] = {**values["list"], **(DRESSED if dressed else PLAIN)}
    return values


def cases():
    """name of the golden: (language, template, values)"""
    out = {}
    for language in LANGUAGES:
        for template in DIGESTS:
            for i, count in enumerate(COUNTS):
                dressed = (i + LANGUAGES.index(language)) % 2 == 1
                out[f"{language}-{template}-{count}"] = (
                    language, f"digest-{template}",
                    digest_values(language, count, dressed))
        for kind in OTHERS:
            out[f"{language}-{kind}"] = (
                language, kind,
                other_values(language, kind, language == "ar"))
    return out


def render(language, file, values, folder):
    """What `nashra template render` says of a shipped file."""
    data = Path(folder) / "data.json"
    data.write_text(json.dumps(values), encoding="utf-8")
    done = subprocess.run(
        [BUILD / "nashra", "template", "render",
         ROOT / "templates" / language / file, data],
        capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8")


def made():
    """file of a golden: its text, of this build"""
    def make(item):
        name, (language, template, values) = item
        with tempfile.TemporaryDirectory() as folder:
            return [(f"{name}.{ending}", render(
                language, f"{template}.{ending}", values, folder))
                for ending in ENDINGS]
    with ThreadPoolExecutor(2) as pool:
        return dict(pair for pairs in pool.map(make, cases().items())
                    for pair in pairs)


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
