"""units - every module of base, text, mail and feed has a unit test, and so
has every table of states.

The test of MODULE is tests/unit/MODULE_test.c. A room that a module grew for
itself (confscan of conf, template_place of template) may be tested through
it.
"""
import re
from pathlib import Path

import source

LAYERS = ("base", "text", "mail", "feed")
STATES = re.compile(r"\[\w+_STATES\]\s*\[\w+_EVENTS\]")

findings = source.Findings("units")
tests = {Path(path).stem[:-len("_test")]: source.read(path)
         for path in source.files("tests/unit/*_test.c")}
for name, text in tests.items():
    if "cmocka_run_group_tests" not in text:
        findings.add(f"tests/unit/{name}_test.c", 0, "runs no test")


def tested(path):
    """By its own test, or by that of the elder in its folder."""
    layer = {Path(other).stem
             for other in source.files(str(Path(path).parent) + "/*.c")}
    return any(Path(path).stem.startswith(elder)
               for elder in layer & set(tests))


for path in source.files("daemon/*/*.c"):
    states = STATES.search(source.read(path))
    if path.split("/")[1] in LAYERS or states:
        name = Path(path).stem
        if (name not in tests) if states else not tested(path):
            findings.add(path, 0, f"has no tests/unit/{name}_test.c")
findings.end()
