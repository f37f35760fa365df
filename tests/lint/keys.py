"""keys - every sentence of the catalogue is said by a template or by the program.

The sentences are the rows of the table in daemon/text/message_keys.c, and all
languages have them (the loader sees to that). Keys are written out wherever
they are said, so that this finds them.
"""
import re

import source

KEYS = "daemon/text/message_keys.c"
ROW = re.compile(r'^\t\{"([a-z_]+)",', re.M)
TAG = re.compile(r"\{\{[^}]*?(?:\bt:|plural:)\s*([a-z_]+)")

findings = source.Findings("keys")
said = set()
for path in source.files("daemon/**/*.c"):
    if path != KEYS:
        said |= {text for _, text in source.strings(source.read(path))}
by_language = {}
for path in source.files("templates/*/*.html", "templates/*/*.txt"):
    by_language.setdefault(path.split("/")[1], set()).update(
        TAG.findall(source.read(path)))
if source.files(KEYS):
    table = source.read(KEYS)
    for m in ROW.finditer(table):
        silent = [language for language, tags in sorted(by_language.items())
                  if m[1] not in tags]
        if m[1] not in said and (silent or not by_language):
            where = " in " + ", ".join(silent) if silent else ""
            findings.add(KEYS, source.line_of(table, m.start(1)),
                         f"nothing says '{m[1]}'{where}")
findings.end()
