#!/usr/bin/python3
"""make bench-send - how fast nashra sends, beside others on the same sink.

    make bench-send                 every measure; RUNS=5 pairs of each
    make bench-send ONLY=rsa        those whose name has that in it
    make bench-send FOLDER=DIR      in DIR/bench-send: on another disk
    make bench-million              a list of ROWS (1000000) from end to end
    make bench-idle                 IDLE (10) minutes of having nothing to do

A line for each measure: figure, ratio, floor, goal. In brackets, between what
the runs lay. Exits 1 where a floor is missed. The figures are this machine's
and this hour's: only the ratios mean something, and they too want a machine
that has nothing else to do; the load is printed.
"""

import argparse
import os
import pathlib
import shutil
import signal
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "trips"))

from rig.site import BUILD  # noqa: E402

from send import idle, measures, million  # noqa: E402
from send.rivals import SMTP_SINK, SMTP_SOURCE  # noqa: E402
from send.station import Station  # noqa: E402
from send.table import Table  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--folder", type=pathlib.Path,
                        default=BUILD)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--idle", type=float, default=0)
    return parser.parse_args()


def machine(folder):
    """What else it does, and how long its disk takes: both are in the
    figures, and change while we look."""
    took = []
    with open(folder / "fsync", "wb", buffering=0) as f:
        for _ in range(100):
            f.write(bytes(4096))
            began = time.monotonic()
            os.fdatasync(f.fileno())
            took.append(time.monotonic() - began)
    return (f"load {' '.join(f'{n:.2f}' for n in os.getloadavg())}, "
            f"an fsync {statistics.median(took) * 1e6:.0f} us")


def is_durable():
    """Speed that is bought with the safety of the results is none."""
    text = (ROOT / "daemon" / "store" / "db.c").read_text()
    return "PRAGMA synchronous = FULL" in text and \
        text.count("PRAGMA synchronous") == 1


def measure(args, bench):
    if args.rows:
        million.run(bench, args.rows)
    elif args.idle:
        idle.run(bench, args.idle)
    else:
        for one in measures.MEASURES:
            if args.only in one.__name__:
                try:
                    one(bench)
                except RuntimeError as why:
                    bench.table.failed(one.__name__, why)


def main():
    args = arguments()
    # However it ends, nothing that it started stays.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for program in (SMTP_SINK, SMTP_SOURCE):
        if not os.access(program, os.X_OK):
            sys.exit(f"bench-send: no {program} here: install postfix")
    if not is_durable():
        sys.exit("bench-send: store/db.c does not ask for synchronous = FULL")
    folder = args.folder.resolve() / "bench-send"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    table = Table()
    station = Station(folder)
    bench = measures.Bench(folder, station, table, args.runs)
    try:
        print(f"messages of {station.size:,} bytes, "
              f"{os.cpu_count()} cores, {machine(folder)}", flush=True)
        table.head()
        measure(args, bench)
        print(machine(folder))
    finally:
        bench.clean()
        station.clean()
    if table.short:
        print("short of the floor: " + ", ".join(
            name.strip() for name in table.short))
    return 1 if table.short else 0


if __name__ == "__main__":
    sys.exit(main())
