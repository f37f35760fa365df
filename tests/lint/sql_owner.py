"""sql_owner - a table is named in SQL by the one module that owns it.

Or by one of its family, whose name begins with its own (outbox_queue is one
of outbox's).

A header says "Owns table `x`." (or "tables `x`, `y`"). The schema names all.
Every table of the schema has an owner; a view, which is how a join is
written, is read by whoever needs it.
"""
import re

import source

SCHEMA = "daemon/store/schema_steps.c"
OWNS = re.compile(r"[Oo]wns (?:the )?tables?((?:[\s*,]|and|`\w+`)+)")
NAMED = re.compile(
    r"\b(?:FROM|INTO|UPDATE|JOIN|TABLE|VIEW|REFERENCES)\s+(?:ONLY\s+)?"
    r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?\"?([a-z_]\w*)")
MADE = re.compile(
    r"\bCREATE\s+(?:TEMP\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"
    r"\"?([a-z_]\w*)")

GONE = re.compile(r"\bDROP\s+TABLE\s+\"?([a-z_]\w*)")


def family(of, path):
    return path == of or path.startswith(of[:-2] + "_")


findings = source.Findings("sql_owner")
owner = {}
made = {}
for header in source.files("include/**/*.h"):
    text = source.read(header)
    for m in OWNS.finditer(text):
        for table in re.findall(r"`(\w+)`", m[1]):
            if table in owner:
                findings.add(header, 0, f"{owner[table]} owns '{table}' too")
            owner[table] = header.replace("include/", "daemon/", 1)[:-2] + ".c"

for path in source.files("daemon/**/*.c", "cli/*.c"):
    for line, text in source.strings(source.read(path)):
        if path == SCHEMA:
            for table in MADE.findall(text):
                made.setdefault(table, line)
            for table in GONE.findall(text):
                made.pop(table, None)
            continue
        for table in NAMED.findall(text):
            if table in owner and not family(owner[table], path):
                findings.add(path, line, f"names '{table}', which is "
                             f"{owner[table]}'s")
for table, line in made.items():
    if table not in owner:
        findings.add(SCHEMA, line, f"no header owns '{table}'")
findings.end()
