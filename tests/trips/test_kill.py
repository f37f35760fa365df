"""Ends of work processes at random instants of large sends.

What was handed over when a process died was taken by the relay, and its
answer never seen: one message a connection, which comes again, under the same
Message-ID. After SIGTERM not even that.
"""

import collections
import os
import signal
import time

import pytest

from conftest import SAMPLE_DAY
from rig.chaos import LONG, chance, note
from rig.crowd import Stock, finish
from rig.relay import Relay
from rig.wait import PATIENCE, until

READERS = 20000 if LONG else 4000


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    return Stock(tmp_path_factory.mktemp("stock") / "site", READERS,
                 SAMPLE_DAY)


class Send:
    """One send to all readers, and how often it was hurt."""

    def __init__(self, stock, folder, connections, senders, delay_ms):
        folder.mkdir()
        self.connections = connections
        self.senders = senders
        self.relay = Relay(folder / "relay", delay_ms=delay_ms)
        self.site = stock.copy(
            folder / "site", self.relay, {"lag": 1}, senders=senders,
            **{"relay main": {"connections": connections}})
        self.work = None
        self.cut = 0  # connections of workers that were killed
        self.in_flight = 0  # rows started and not finished at those moments

    def begin(self):
        """Starts it, and waits until signals reach it as it wants them."""
        self.work = self.site.start("work")
        until(lambda: self.work.log().count(" start ") >= self.senders,
              self.work.log)

    def let_go_on(self, rng):
        """To some instant: mostly in the middle of things, and now and then
        before the first of them. Was it in the middle?"""
        if self.relay.count() and rng.random() < 0.1:
            time.sleep(rng.uniform(0, 0.05))
            return False
        before = self.relay.count()
        until(lambda: self.relay.count() > min(before, READERS - 1),
              self.work.log)
        time.sleep(rng.uniform(0, 0.2))
        return self.relay.count() < READERS

    def workers(self):
        return ([self.work.pid] if self.senders == 1
                else self.work.children())

    def over(self):
        """Is there too little left for another blow?"""
        return self.relay.count() > READERS * 0.8

    def kill(self, rng):
        """One worker, or all and their parent; how many died at work."""
        if not self.work or not self.work.alive():
            self.begin()
        self.let_go_on(rng)
        assert self.work.alive(), self.work.log()
        workers = self.workers()
        # Of two, one alone, whose rows are taken back by its parent, or both
        # with their parent, before it can do anything.
        alone = self.senders > 1 and workers and rng.random() < 0.5
        victims = [rng.choice(workers)] if alone else workers
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        self.cut += len(victims) * -(-self.connections // self.senders)
        if alone:
            return len(victims)
        self.work.kill()
        # What the dead have left: where there was nothing to lose, as all had
        # been sent before the blow fell, it does not count.
        left = states(self)
        self.in_flight += left["started"]
        return len(victims) if left["started"] + left["leased"] else 0

    def check(self):
        """Ends the send; (lost, second copies)."""
        if not self.work.alive():
            self.begin()
        row = finish(self.site, seconds=120)
        taken = self.relay.taken()
        copies = self.relay.copies()
        again = len(taken) - len(copies)
        said = (f"{READERS - len(copies)} lost, {again} second copies, "
                f"{self.cut} connections cut")
        assert row["sent"] == READERS, row
        assert len(copies) == READERS, said
        assert again <= self.cut, said
        for to, came in copies.items():
            assert len({one.id for one in came}) == 1, came
        assert len({one.id for one in taken}) == READERS
        # Who may have had one was known to: a list can ask to leave it there.
        doubts = uncertain(self.site)
        for to, came in copies.items():
            assert len(came) - 1 <= doubts[to], (came, doubts[to])
        # Of each connection, which ends with one kill, only the last one may
        # be one that came again.
        last = {one.connection: one for one in taken}
        repeated = [one for came in copies.values() for one in came[:-1]]
        for one in repeated:
            assert last[one.connection] == one, (one, said)
        note(worst_second_copies_of_a_connection_and_kill=max(
            collections.Counter(o.connection for o in repeated).values(),
            default=0))
        return READERS - len(copies), again

    def clean(self):
        self.site.clean()
        self.relay.clean()
        assert not self.site.faults(), self.site.faults()


def sends(stock, folder, *shape):
    """One send after the other, each cleaned away."""
    for n in range(1000):
        send = Send(stock, folder / f"send{n}", *shape)
        try:
            yield send
        finally:
            send.clean()


# Connections, senders, and how long the relay thinks, to keep the send going.
# Each sender has one connection at least.
SHAPES = [(1, 1, 0), (4, 1, 2), (16, 1, 5), (2, 2, 1), (4, 2, 2), (16, 2, 5)]
KILLS = dict(zip(SHAPES, [34, 34, 34, 32, 33, 33] if LONG
                 else [4, 3, 4, 2, 3, 4]))


@pytest.mark.parametrize("connections, senders, delay_ms", SHAPES)
def test_kill_9(stock, tmp_path, connections, senders, delay_ms):
    """0 lost, at most one second copy a connection and kill."""
    shape = (connections, senders, delay_ms)
    rng = chance("kill")
    left = KILLS[shape]
    again_in_all = 0
    for send in sends(stock, tmp_path, *shape):
        killed = 0
        while killed < left and not send.over():
            killed += send.kill(rng)
        lost, again = send.check()
        left -= killed
        again_in_all += again
        note(kills=killed, lost=lost, left_by_killed_sends=send.in_flight,
             second_copies=again, second_copies_allowed=send.cut)
        if left <= 0:
            break
    # Kills that met nobody at work would show nothing: while the relay takes
    # its time, it has what is in flight, and that comes again.
    assert again_in_all > 0 or connections < 4


@pytest.mark.parametrize("connections, senders", [(4, 1), (16, 2)])
def test_sigterm(stock, tmp_path, connections, senders):
    """0 lost, 0 repeated, and gone within 10 s, whatever is in flight."""
    rng = chance("sigterm")
    left = 100 if LONG else 5
    worst = busy = 0
    for send in sends(stock, tmp_path, connections, senders, 20):
        while left > 0 and not send.over():
            send.begin()
            busy += send.let_go_on(rng)
            begun = time.monotonic()
            assert send.work.stop(seconds=10) == 0, send.work.log()
            worst = max(worst, time.monotonic() - begun)
            left -= 1
            note(sigterms=1)
            rows = states(send)
            assert rows["sent"] == send.relay.count(), rows
            assert set(rows) <= {"sent", "queued"}, rows
        # Without the pause the rest is soon done.
        send.relay.stop()
        send.relay.begin()
        lost, again = send.check()
        assert again == 0
        note(lost=lost, repeated=again)
        if left <= 0:
            break
    note(sigterms_while_sending=busy, worst_exit_s=worst)
    assert busy > 0
    assert worst < 10 * PATIENCE


@pytest.fixture
def slow(stock, tmp_path):
    """A send whose every answer takes three seconds."""
    send = Send(stock, tmp_path / "send", 4, 1, 3000)
    yield send
    send.clean()


def uncertain(site):
    """{address: how often it may have had the mail}"""
    return {r["address"]: r["uncertain"] for r in site.rows(
        "SELECT r.address, o.uncertain FROM outbox o"
        " JOIN reader r ON r.id = o.subscription_id")}


def states(send):
    return collections.Counter(
        r["state"] for r in send.site.rows("SELECT state FROM outbox"))


def test_sigterm_finishes_what_is_in_flight(slow):
    slow.begin()
    until(lambda: slow.relay.count() == 4, "nothing is sent")
    assert slow.work.stop(seconds=10) == 0
    assert states(slow) == {"sent": 4, "queued": READERS - 4}
    assert slow.relay.count() == 4


def test_second_sigterm_cuts(slow):
    """Not waited for any more: then nobody knows, and it is written so."""
    slow.begin()
    until(lambda: slow.relay.count() == 4, "nothing is sent")
    slow.work.popen.send_signal(signal.SIGTERM)
    time.sleep(0.3)  # two at once would be one
    assert slow.work.alive()
    begun = time.monotonic()
    assert slow.work.stop(seconds=2) == 0
    assert time.monotonic() - begun < 2 * PATIENCE
    rows = slow.site.rows("SELECT state, uncertain FROM outbox"
                          " WHERE state <> 'queued'")
    assert [(r["state"], r["uncertain"]) for r in rows] == [
        ("deferred", 1)] * 4
