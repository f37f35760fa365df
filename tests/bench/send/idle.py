"""idle - what a daemon with nothing to do costs.

First the kernel's own counters, which disturb nothing; then half a minute in
which strace counts the returns of its waits.
"""

import pathlib
import shutil
import signal
import time

from rig.process import Process

from . import probe

ROLES = ("parent", "web", "work")
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
        station.started(daemon)
        station.watch().finished(daemon)
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
    for role, pid in zip(ROLES, pids):
        wakes = (after[pid][0] - before[pid][0]) / seconds
        cpu = after[pid][1] - before[pid][1]
        seen = f", {waits[pid]:.2f} by strace" if pid in waits else ""
        table.ratio(
            f"idle {role}, {minutes:g} min: wake-ups a second",
            f"{wakes:.2f}{seen}", [max(wakes, waits.get(pid, 0))], 1.05, 1.0)
        table.note("  CPU and memory", f"{cpu * 1000:.0f} ms, "
                   f"{cpu / seconds:.3%} of a core, "
                   f"{memory[pid] / 1024:.1f} MB")
