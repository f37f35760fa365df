"""size - files stay short enough to read in one sitting.

Functions (60 lines, 6 arguments, 3 deep) are clang-tidy's.
"""
import source

LIMITS = {".c": 450, ".h": 120}

findings = source.Findings("size")
for path in source.product():
    limit = LIMITS[path[-2:]]
    lines = source.read(path).count("\n")
    if lines > limit:
        findings.add(path, lines, f"{lines} lines, {limit} allowed")
findings.end()
