"""million - a large list from end to end: how long, in how much memory, and
whether the last tenth goes as fast as the first.
"""

import time

from . import probe

LIMIT = 32 * 1024  # KiB that a process may have


class Course:
    """What is seen on the way: how far it is, and how much memory it takes.
    The first row that is queued is found in the index, at no cost."""

    def __init__(self, pids):
        self.began = time.monotonic()
        self.points = []
        self.memory = {pid: 0 for pid in pids}
        self.log_bytes = 0
        self.looked = 0.0

    def seen(self, watch, sizes):
        now = time.monotonic()
        if now - self.looked < 0.2:
            return
        self.looked = now
        row = watch.next()
        if row is not None:
            self.points.append((row, now - self.began))
        for pid in self.memory:
            self.memory[pid] = max(self.memory[pid],
                                   probe.status(pid, "VmRSS"))
        self.log_bytes = max(self.log_bytes, sizes()[1])

    def at(self, row):
        """When that row was taken, between two looks."""
        before = (self.points[0][0], 0.0)
        for point in self.points:
            if point[0] >= row:
                share = (row - before[0]) / max(1, point[0] - before[0])
                return before[1] + share * (point[1] - before[1])
            before = point
        return before[1]


def prepare(bench, rows):
    """Readers and the frozen issue; what is told of them."""
    station, say = bench.station, bench.table.note
    station.restore(0)
    filled = station.fill(rows)
    before = sum(station.bytes())
    seconds, memory = station.freeze()
    station.keep(rows)
    frozen = sum(station.bytes())
    say(f"{rows:,} readers put in", f"{filled:.1f} s, {before / 1e6:.0f} MB")
    say("freeze", f"{seconds:.1f} s, database "
        f"+{(frozen - before) / 1e6:.0f} MB")
    remember(bench.table, "freeze", memory, memory)
    return frozen


def remember(table, who, seen, peak):
    table.ratio(f"  memory of {who}",
                f"{seen / 1024:.1f} MB, at its highest {peak / 1024:.1f}",
                [peak / LIMIT], 1.0, 0.75)


def send(bench, rows):
    """The way it went, its seconds, and each process's highest memory."""
    station = bench.station
    station.settings(bench.sink.port)
    daemon = station.start()
    try:
        watch = station.watch()
        station.started(watch, daemon)
        course = Course(probe.family(daemon.pid))
        watch.finished(daemon, 3600,
                       lambda w: course.seen(w, station.bytes))
        seconds = time.monotonic() - course.began
        for pid in course.memory:
            course.memory[pid] = (course.memory[pid],
                                  probe.status(pid, "VmHWM"))
        states = watch.states()
    finally:
        station.end(daemon)
    if states != {"sent": rows}:
        raise RuntimeError(f"not all was sent: {states}")
    return course, seconds


def run(bench, rows):
    """All of it, as lines of the table."""
    table = bench.table
    frozen = prepare(bench, rows)
    course, seconds = send(bench, rows)
    tenth, first = rows / 10, course.points[0][0]
    early = tenth / course.at(first + tenth)
    late = tenth / (seconds - course.at(first + 9 * tenth))
    table.note(f"{rows:,} sent", f"{seconds:.1f} s, {rows / seconds:,.0f}/s")
    table.ratio("last tenth against first", f"{late:,.0f}/s : {early:,.0f}/s",
                [late / early], 0.9, 1.0)
    for role, (seen, peak) in zip(probe.ROLES, course.memory.values()):
        remember(table, role, seen, peak)
    grown = sum(bench.station.bytes()) - frozen
    table.note("database in the sending",
               f"+{grown / 1e6:.0f} MB, log at most "
               f"{course.log_bytes / 1e6:.0f} MB")
