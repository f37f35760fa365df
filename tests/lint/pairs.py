"""pairs - a module is two files of one name, and its header says what it is.

Also: no two of one name, the licence line, the guard, and functions that begin with the name of
the module, of its family (template_build is one of template's) or of a struct
that the header declares.
"""
import re
from pathlib import Path

import source

PROTOTYPE = re.compile(
    r"^(?!typedef|struct \w+ \{|enum|static|extern)[a-z][\w \t\n*]*?"
    r"\b([a-z]\w*)\(", re.M)



def owns(header, code, function):
    name = Path(header).stem
    prefixes = {name, name.split("_")[0]}
    prefixes |= set(re.findall(r"^struct (\w+)(?: \{|;)", code, re.M))
    return any(function == prefix or function.startswith(prefix + "_")
               for prefix in prefixes)


findings = source.Findings("pairs")
for header in source.files("include/**/*.h"):
    name = Path(header).stem
    text = source.read(header)
    code = source.code(text)
    if not Path(header.replace("include/", "daemon/", 1)[:-2] + ".c").exists():
        findings.add(header, 0, "has no .c of the same name in daemon/")
    if not re.search(rf"^(/\*| \*) {name} - ", "\n".join(
            text.splitlines()[:4]), re.M):
        findings.add(header, 0, f"does not open with '{name} - what it is'")
    guard = "NASHRA_" + re.sub(r"[/.]", "_", header[len("include/"):]).upper()
    if f"#ifndef {guard}\n#define {guard}\n" not in text:
        findings.add(header, 0, f"has no guard {guard}")
    # A macro's body, a struct's and a typedef are not prototypes.
    whole = code
    code = re.sub(r"^[ \t]*#.*?(?<!\\)$", lambda m: source.blank(m[0]), code,
                  flags=re.M | re.S)
    code = re.sub(r"\{[^{}]*\}", lambda m: source.blank(m[0]), code)
    for statement in re.finditer(r"[^;}]+;", code):
        body = statement[0].strip()
        m = PROTOTYPE.match(body)
        if m and "(*" not in body and not owns(header, whole, m[1]):
            findings.add(
                header, source.line_of(code, statement.end()),
                f"'{m[1]}' does not begin with '{name}_'")
for path in source.files("daemon/*/*.c"):
    if not Path(path.replace("daemon/", "include/", 1)[:-2] + ".h").exists():
        findings.add(path, 0, "has no header of the same name in include/")
seen = {}
for path in source.files("daemon/*/*.c"):
    # One archive and one namespace: a second object of a name replaces the
    # first, and a second prefix of a name says nothing.
    other = seen.setdefault(Path(path).stem, path)
    if other != path:
        findings.add(path, 0, f"has the name of {other}")
for path in source.files("daemon/**/*.h"):
    findings.add(path, 0, "headers live in include/")
for path in source.product() + source.files("tests/**/*.[ch]"):
    if not source.read(path).startswith("/* SPDX-License-Identifier: ISC */\n"):
        findings.add(path, 1, "does not begin with the SPDX line")
findings.end()
