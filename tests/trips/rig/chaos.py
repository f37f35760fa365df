"""chaos - what the trips that break things at random have in common.

NASHRA_CHAOS=long asks for the long forms (make chaos). Each test draws its
chances from a seed that it prints; NASHRA_SEED=N gives one again.
"""

import json
import os
import pathlib
import random

LONG = os.environ.get("NASHRA_CHAOS") == "long"


def chance(name):
    """A source of chances, whose seed is seen where the test fails."""
    seed = int(os.environ.get("NASHRA_SEED") or random.randrange(2 ** 32))
    print(f"{name}: NASHRA_SEED={seed}")
    return random.Random(seed)


def note(**figures):
    """Figures for the end of `make chaos`: they are added up, and of those
    whose name begins with "worst" the largest counts."""
    path = os.environ.get("NASHRA_FIGURES")
    if path:
        with pathlib.Path(path).open("a") as out:
            out.write(json.dumps(figures) + "\n")


def figures(path):
    """All of them, as main() prints them."""
    found = {}
    for line in pathlib.Path(path).read_text().splitlines():
        for name, value in json.loads(line).items():
            found[name] = (max if name.startswith("worst") else sum)(
                (found.get(name, 0), value))
    return found


if __name__ == "__main__":
    for _name, _value in figures(os.environ["NASHRA_FIGURES"]).items():
        print(f"{_name.replace('_', ' '):>44}  {_value:g}")
