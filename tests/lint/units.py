"""units - every module below the database's own has a unit test."""
from pathlib import Path

import source

LAYERS = ("base", "store", "model", "text", "mail", "feed")

findings = source.Findings("units")
for layer in LAYERS:
    for path in source.files(f"daemon/{layer}/*.c"):
        test = Path(f"tests/unit/{Path(path).stem}_test.c")
        if not test.exists():
            findings.add(path, 0, f"has no {test.as_posix()}")
        elif "cmocka_run_group_tests" not in source.read(test):
            findings.add(test.as_posix(), 0, "runs no test")
findings.end()
