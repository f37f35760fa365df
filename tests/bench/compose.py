#!/usr/bin/python3
"""make bench-compose - a digest rendered, and what each of its letters costs.

Instructions, as callgrind counts them, and microseconds of CPU, each beside
one RSA-2048 signature alone. Exits 1 where splicing and encoding a reader's
letter, or all of it that is not signing, is more than a tenth of that.

Instructions are the same in every run of a build, but for signatures by some
hundreds: time is this machine's. valgrind shows OpenSSL a processor without
its newest instructions, so that a signature is other code there and here; both
ratios are given, and both must be met.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / os.environ.get("NASHRA_BUILD", "build") / "bench" / "compose"
ROUNDS = 50
MOST = 0.1  # of a signature
# phase: what it is; whether MOST holds for it
ROWS = {
    "render": ("render a digest: HTML, text, subject", False),
    "first": ("the first letter, encoded whole", False),
    "splice": ("each other: splice and encode", True),
    "unsigned": ("  all of the letter but signing", True),
    "sign": ("  sign", False),
    "letter": ("  the whole letter", False),
    "scratch-splice": ("without a mould: splice", False),
    "scratch-encode": ("  encode", False),
    "scratch-letter": ("  the whole letter", False),
}


def lines(argv, folder):
    """(articles, phase): number"""
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"compose: {argv[0]}: {done.stderr[-2000:]}")
    return {(int(size), phase): float(number) for size, phase, number in
            (line.split() for line in done.stdout.splitlines())}


def timed(folder):
    return lines([PROGRAM, ROOT / "templates", str(ROUNDS)], folder)


def counted(folder):
    """The same in instructions: a dump of callgrind's for each phase."""
    times = lines([
        "valgrind", "--quiet", "--tool=callgrind", "--collect-atstart=no",
        "--toggle-collect=counted", "--dump-after=counted",
        "--callgrind-out-file=dump", PROGRAM, ROOT / "templates", "COUNTED"],
        folder)
    found = {}
    dumps = sorted(folder.glob("dump.*"), key=lambda p: int(p.suffix[1:]))
    phases = [key for key in times if key[1] != "octets"]
    assert len(dumps) >= len(phases), (len(dumps), len(phases))
    for key, dump in zip(phases, dumps):
        total = re.search(r"^(?:summary|totals): (\d+)", dump.read_text(),
                          re.M)
        found[key] = int(total[1]) / times[key]
    return found


def show(counts, took):
    """Prints them; the rows that cost too much."""
    missed = []
    for size in sorted({key[0] for key in took}):
        of_one = counts[size, "rsa"], took[size, "rsa"]
        print(f"\n{size} articles, a message of "
              f"{took[size, 'octets']:.0f} octets")
        print(f"  {'':38}{'instructions':>13}  of RSA{'us':>10}  of RSA")
        print(f"  {'one RSA-2048 signature':38}{of_one[0]:>13,.0f}"
              f"{'':8}{of_one[1]:>10.1f}")
        for phase, (name, limited) in ROWS.items():
            costs = counts[size, phase], took[size, phase]
            parts = [cost / one for cost, one in zip(costs, of_one)]
            bad = limited and max(parts) > MOST
            print(f"  {name:38}{costs[0]:>13,.0f}{parts[0]:>8.3f}"
                  f"{costs[1]:>10.1f}{parts[1]:>8.3f}"
                  f"{f'  over {MOST}' if bad else ''}")
            if bad:
                missed.append(f"{size} articles: {name.strip()}")
    return missed


def main():
    if not shutil.which("valgrind"):
        sys.exit("compose: no valgrind (tests/deps bench)")
    with tempfile.TemporaryDirectory(prefix="nashra-bench-") as folder:
        folder = pathlib.Path(folder)
        missed = show(counted(folder), timed(folder))
    print()
    for row in missed:
        print(f"missed: {row}: more than {MOST} of a signature")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
