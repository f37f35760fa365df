"""measures - the figures of bench-send, one function each.

What is compared runs in turns (A B, B A, ...), because the machine is never
twice the same: a ratio is that of two neighbours, and the median of those is
what counts.
"""

import shutil
import statistics

from .rivals import (Mlmmj, Relay, Sink, Source, certificate, ed25519_key,
                     fsyncs, openssl_signs, smtplib_loop)
from .table import spread


class Bench:
    def __init__(self, folder, station, table, runs):
        self.folder = folder
        self.station = station
        self.table = table
        self.runs = runs
        self.sink = Sink(folder)
        self.source = Source(folder, station.eml)
        self.relays = []

    def clean(self):
        for process in [self.sink, *self.relays]:
            process.clean()

    def relay(self, *words):
        """tests/peers/relay.c, or None where it is not built."""
        if not Relay.there():
            return None
        self.relays.append(Relay(
            self.folder, f"relay{len(self.relays)}", *words))
        return self.relays[-1]

    def send(self, count, refused=False, **settings):
        """One run; everybody must have got the mail, or else been refused."""
        self.station.settings(**{"port": self.sink.port, **settings})
        run = self.station.run(count)
        states = set(run.states) - ({"failed"} if refused else set())
        if states != {"sent"}:
            raise RuntimeError(f"not all was sent: {run.states}")
        return run

    def pairs(self, a, b):
        """The results of both, run in turns."""
        found = []
        for n in range(self.runs):
            if n % 2:
                second = b()
                found.append((a(), second))
            else:
                found.append((a(), b()))
        return found


def rates(runs):
    return spread([run.rate for run in runs], "{:,.0f}")


def costs(runs):
    return spread([run.cost for run in runs], "{:.0f}")


def unsigned(bench, connections):
    count = 30000
    found = bench.pairs(
        lambda: bench.send(count, connections=connections),
        lambda: bench.source.run(bench.sink.port, count, connections))
    ours, theirs = zip(*found)
    name = f"unsigned, {connections} connections"
    bench.table.ratio(
        name, f"{rates(ours)}/s : smtp-source {rates(theirs)}/s",
        [a.rate / b.rate for a, b in found], 0.9, 1.1)
    bench.table.ratio(
        f"  CPU, {connections} connections",
        f"{costs(ours)} us : smtp-source {costs(theirs)} us",
        [a.cost / b.cost for a, b in found], 1.0, 0.6)


def unsigned_10(bench):
    unsigned(bench, 10)


def unsigned_20(bench):
    unsigned(bench, 20)


def durable(bench):
    """Every result is on disk: a commit holds one of each connection at most,
    and with synchronous = FULL each commit is an fsync."""
    if not shutil.which("strace"):
        bench.table.note("fsyncs", "no strace here")
        return
    count, connections = 10000, 10
    out = bench.folder / "strace.txt"
    bench.station.settings(bench.sink.port, connections=connections)
    run = bench.station.run(count, before=(
        "strace", "-f", "--seccomp-bpf", "-c", "-o", str(out), "-e",
        "trace=fsync,fdatasync"))
    calls = fsyncs(out)
    bench.table.ratio(
        "fsyncs, 10 connections",
        f"{calls / run.seconds:,.0f}/s at {run.rate:,.0f} messages/s",
        [calls * connections / count], 1.0, 1.0)


def ed25519(bench):
    key = ed25519_key(bench.folder)
    runs = [bench.send(20000, sign=key) for _ in range(bench.runs)]
    bench.table.note("Ed25519", f"{rates(runs)}/s, {costs(runs)} us of CPU")


def rsa(bench):
    """Over as many connections as the settings have by default."""
    count = 10000
    key = bench.station.site.key
    one, two, core = [], [], []
    for _ in range(bench.runs):
        core.append(openssl_signs())
        one.append(bench.send(count, sign=key, connections=20))
        two.append(bench.send(count, sign=key, connections=20, senders=2))
    bench.table.ratio(
        "RSA-2048, one sender",
        f"{rates(one)}/s : openssl {spread(core, '{:,.0f}')}/s",
        [a.rate / b for a, b in zip(one, core)], 0.7, 0.85)
    bench.table.note("  CPU a message", f"{costs(one)} us, two senders "
                     f"{costs(two)} us")
    bench.table.ratio(
        "RSA-2048, two senders", f"{rates(two)}/s : one {rates(one)}/s",
        [a.rate / b.rate for a, b in zip(two, one)], 1.2, 1.3)


def tls(bench):
    """The same program takes both: what it costs itself is in it."""
    count = 15000
    crt, key = certificate(bench.folder)
    plain = bench.relay()
    if not plain:
        bench.table.note("TLS against plain", "relay is not built")
        return
    secret = bench.relay("--cert", crt, "--key", key, "--tls")
    found = bench.pairs(
        lambda: bench.send(
            count, url=f"smtps://localhost:{secret.port}", tls="required",
            ca_file=crt),
        lambda: bench.send(count, port=plain.port))
    ours, theirs = zip(*found)
    bench.table.ratio(
        "TLS against plain", f"{rates(ours)}/s : {rates(theirs)}/s",
        [a.rate / b.rate for a, b in found], 0.5, 0.6)


def slow_dot(bench):
    """A relay that syncs its queue before it answers."""
    count, connections, delay = 4000, 20, 50
    relay = bench.relay("--delay-ms", delay)
    if not relay:
        bench.table.note("50 ms to the dot's answer", "relay is not built")
        return
    ideal = connections * 1000 / delay
    runs = [bench.send(count, port=relay.port, connections=connections)
            for _ in range(bench.runs)]
    bench.table.ratio(
        f"{delay} ms a dot, {connections} connections",
        f"{rates(runs)}/s : ideal {ideal:.0f}/s",
        [run.rate / ideal for run in runs], 0.9, 0.95)


def dead(bench):
    """One in ten is unknown there: what it costs the other nine."""
    count = 15000
    picky, kind = bench.relay("--refuse-percent", 10), bench.relay()
    if not picky:
        bench.table.note("10 % dead recipients", "relay is not built")
        return
    found = bench.pairs(
        lambda: bench.send(count, port=picky.port, refused=True),
        lambda: bench.send(count, port=kind.port))
    ours, theirs = zip(*found)
    refused = statistics.median([run.states.get("failed", 0) for run in ours])
    bench.table.ratio(
        "10 % dead recipients",
        f"{rates(ours)}/s : none dead {rates(theirs)}/s",
        [a.rate / b.rate for a, b in found], 0.85, 0.95)
    bench.table.note("  refused", f"{refused / count:.1%} of the recipients")


def python_loop(bench):
    runs = [smtplib_loop(bench.sink.port, 3000, bench.station.eml)
            for _ in range(bench.runs)]
    bench.table.note("smtplib loop, one connection",
                     f"{rates(runs)}/s, {costs(runs)} us of CPU")


def mlmmj(bench):
    if not Mlmmj.there():
        bench.table.note("mlmmj-send", "not installed")
        return
    peer = Mlmmj(bench.folder, bench.sink.port, bench.station.eml, 300)
    runs = [peer.run() for _ in range(bench.runs)]
    bench.table.note("mlmmj-send, its own VERP",
                     f"{rates(runs)}/s, {costs(runs)} us of CPU")


MEASURES = (unsigned_10, unsigned_20, durable, ed25519, rsa, tls, slow_dot,
            dead, python_loop, mlmmj)
