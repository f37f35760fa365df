"""paths - nothing in the tree names a person's machine."""
import re

import source

HOME = re.compile(r"(?<![\w.~$/}-])/(home|Users|root|mnt|media|work)/[\w.]")
KINDS = ("daemon/**/*", "cli/**/*", "include/**/*", "templates/**/*",
         "systemd/**/*", "tests/**/*", ".ci/*", "Makefile", "*.md", ".*ig*",
         ".clang-*")
BINARY = (".png", ".pyc", ".mo")

findings = source.Findings("paths")
for path in source.files(*KINDS):
    if path.endswith(BINARY) or path.startswith(
            ("tests/data/corpus/", "tests/lint/")):
        continue
    text = source.read(path)
    for m in HOME.finditer(text):
        findings.add(path, source.line_of(text, m.start()),
                     f"'{m[0]}...': a path of one machine")
findings.end()
