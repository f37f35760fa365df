#!/usr/bin/python3
"""looks.py - the pictures of README, from mails of tests/golden.

    /usr/bin/python3 -B tests/demo/looks.py

(make looks). When templates change, after make golden.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "trips"))

from rig import devtools, golden

# file: (golden, width, dark). As high as makes them alike side by side.
LOOKS = {"magazine.png": ("ar-magazine-3", 640, False),
         "classic-dark.png": ("ar-classic-3", 640, True),
         "brief-narrow.png": ("ar-brief-11", 360, False)}
SHAPE = 1.78


def main():
    with devtools.Browser() as chromium:
        for file, (name, width, dark) in LOOKS.items():
            chromium.show(golden.page(name), width, dark)
            chromium.picture(HERE / file, int(width * SHAPE))
            print(HERE / file)


if __name__ == "__main__":
    main()
