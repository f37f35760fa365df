"""idle - what a daemon with nothing to do costs.

First the kernel's own counters, which disturb nothing; then half a minute in
which strace counts the returns of its waits. The kernel counts every time that
it slept, and a commit sleeps more than once in its fsync: the heartbeat is in
that number, and a wake-up is one of the other.
"""

import pathlib
import shutil
import signal
import time

from rig.process import Process

from . import probe

WAITS = ("epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll",
         "select", "pselect6", "rt_sigtimedwait", "waitid", "wait4")
TRACED = 30


def counts(pid):
    return (probe.status(pid, "voluntary_ctxt_switches"),
            probe.cpu_seconds([pid]))


def traced(folder, pids):
    """Returns of a wait a second, by process; {} where strace is missing."""
    if not shutil.which("strace"):
        return {}
    tracers = {}
    for pid in pids:
        out = folder / f"waits-{pid}"
        tracers[pid] = (out, Process(
            f"strace-{pid}", ["strace", "-c", "-f", "-o", out, "-e",
                              "trace=" + ",".join(WAITS), "-p", pid], folder))
    time.sleep(TRACED)
    found = {}
    for pid, (out, tracer) in tracers.items():
        tracer.popen.send_signal(signal.SIGINT)
        tracer.wait()
        tracer.clean()
        found[pid] = sum(
            int(words[3])
            for words in map(str.split,
                             pathlib.Path(out).read_text().splitlines())
            if words and words[-1] in WAITS) / TRACED
    return found


def run(bench, minutes):
    station, table = bench.station, bench.table
    station.settings(bench.sink.port)
    # It has sent once: its connections and caches are as they stay.
    station.ready(1000)
    daemon = station.start()
    try:
        watch = station.watch()
        station.started(watch, daemon)
        watch.finished(daemon)
        time.sleep(15)
        pids = probe.family(daemon.pid)
        before = {pid: counts(pid) for pid in pids}
        began = time.monotonic()
        time.sleep(minutes * 60)
        seconds = time.monotonic() - began
        after = {pid: counts(pid) for pid in pids}
        memory = {pid: probe.status(pid, "VmRSS") for pid in pids}
        waits = traced(bench.folder, pids)
    finally:
        station.end(daemon)
    for role, pid in zip(probe.ROLES, pids):
        slept = (after[pid][0] - before[pid][0]) / seconds
        cpu = after[pid][1] - before[pid][1]
        woken = waits.get(pid, slept)
        table.ratio(
            f"idle {role}: wake-ups a second",
            f"{woken:.2f}, it slept {slept:.2f} times", [woken], 1.05, 1.0)
        table.note(f"  {minutes:g} min: CPU and memory",
                   f"{cpu * 1000:.0f} ms ({cpu / seconds:.3%}), "
                   f"{memory[pid] / 1024:.1f} MB")
