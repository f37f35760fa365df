"""source - the C files of the tree, as the lints read them.

A lint is run in the root of a tree, prints one finding a line, and ends with
status 1 where there was one. bite.py plants a fault for each.
"""
import re
import sys
from pathlib import Path

TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
JOIN = re.compile(r'"(\s*)"')


def files(*patterns):
    """Paths of the tree, sorted, without the build folders."""
    return sorted({path.as_posix() for pattern in patterns
                   for path in Path(".").glob(pattern) if path.is_file()})


def product():
    return files("daemon/**/*.[ch]", "cli/**/*.[ch]", "include/**/*.h")


def read(path):
    return Path(path).read_text(encoding="utf-8", errors="replace")


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def code(text):
    """Comments, strings and characters blanked; lines stay where they are."""
    return TOKEN.sub(
        lambda m: blank(m[0]) if m[0][0] == "/"
        else m[0][0] + blank(m[0][1:-1]) + m[0][-1], text)


def no_comments(text):
    return TOKEN.sub(
        lambda m: blank(m[0]) if m[0][0] == "/" else m[0], text)


def strings(text):
    """(line, text) of every string; neighbours are joined as C joins them."""
    text = re.sub(r"^#include.*$", "", no_comments(text), flags=re.M)
    found, end, last = [], 0, None
    for m in TOKEN.finditer(text):
        if m[0][0] != '"':
            continue
        body = m[0][1:-1].replace("\\n", " ").replace("\\t", " ")
        if last is not None and text[end:m.start()].strip() == "":
            last[1] += body
        else:
            last = [line_of(text, m.start()), body]
            found.append(last)
        end = m.end()
    return [tuple(entry) for entry in found]


def line_of(text, at):
    return text.count("\n", 0, at) + 1


class Findings:
    def __init__(self, lint):
        self.lint = lint
        self.count = 0

    def add(self, path, line, what):
        where = f"{path}:{line}" if line else path
        print(f"{where}: {what} [{self.lint}]")
        self.count += 1

    def end(self):
        sys.exit(1 if self.count else 0)
