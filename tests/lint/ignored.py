"""ignored - a call that can fail may not stand as a statement.

What can fail takes `struct err *` last. Functions that return nothing (they
are callbacks that hand an error on) are left out. Where a failure is of no
consequence, say so twice: (void)f(..., &ignored).
"""
import re

import source

CAN_FAIL = re.compile(
    r"\b(?!void\b|return\b|else\b)([a-z]\w*)[\s*]+(\w+)\s*\(([^(){};]*"
    r"(?:\([^(){};]*\)[^(){};]*)*)struct err \*\s*\w+\s*\)")


def opener(text, close):
    """Where the parenthesis that closes at `close` opens."""
    depth = 0
    for at in range(close, -1, -1):
        depth += {")": 1, "(": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return 0


def is_statement(text, at):
    before = text[:at].rstrip()
    if not before or before[-1] in ";{}":
        return True
    if before[-1] == ":" and "?" not in before[before.rfind(";") + 1:]:
        return True  # after a label
    if re.search(r"\b(else|do)$", before):
        return True
    if before[-1] != ")":
        return False
    start = opener(before, len(before) - 1)
    inside = before[start + 1:-1].strip()
    head = before[:start].rstrip()
    return inside == "void" or \
        re.search(r"\b(if|for|while|switch)$", head) is not None


def on_purpose(text, call):
    return text[:call.start()].endswith("(void)") and \
        re.search(r"&ignored\s*\)$", text[:text.find(";", call.end())])


def names_in(text):
    return {m[2] for m in CAN_FAIL.finditer(text)}


findings = source.Findings("ignored")
shared = set()
for header in source.files("include/**/*.h", "cli/*.h"):
    shared |= names_in(source.code(source.read(header)))
shared -= {"err_set", "err_wrap", "err_errno", "conf_fail"}
for path in source.files("daemon/**/*.c", "cli/*.c"):
    text = source.code(source.read(path))
    for m in re.finditer(r"\b([a-z]\w*)\s*\(", text):
        if m[1] not in shared | names_in(text) or on_purpose(text, m):
            continue
        if is_statement(text, m.start()):
            findings.add(path, source.line_of(text, m.start()),
                         f"what {m[1]}() returns is ignored")
findings.end()
