"""A copy of the database files, taken at a random instant of a send.

All processes are stopped, the files copied, and they go on: what a snapshot of
the volume holds. A copy opens clean, and a send that is taken up from it
follows the rules of any restart.
"""

import concurrent.futures
import datetime
import os
import shutil
import signal
import sqlite3
import time

import pytest

from conftest import SAMPLE_DAY
from rig.chaos import LONG, chance, note
from rig.crowd import Stock, finish
from rig.relay import Relay
from rig.site import Clock, Site
from rig.wait import until

SNAPSHOTS = 300 if LONG else 20
READERS = 1500
SHAPE = {"senders": 2, "relay main": {"connections": 4}}
CONNECTIONS = SHAPE["relay main"]["connections"]
DELAY_MS = 10
AT_ONCE = 4  # copies that are taken up beside one another


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    return Stock(tmp_path_factory.mktemp("stock") / "site", READERS,
                 SAMPLE_DAY)


class Still:
    """The files of one moment, and what had arrived by then."""

    def __init__(self, folder, site, relay, work):
        folder.mkdir()
        self.folder = folder
        processes = [work.pid, *work.children()]
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
        try:
            until(lambda: all(map(halted, processes)), "still going")
            shutil.copytree(site.database.parent, folder / "files")
            self.now = datetime.datetime.fromtimestamp(site.clock.now())
            self.taken = {one.to: one for one in relay.taken()}
        finally:
            for pid in processes:
                os.kill(pid, signal.SIGCONT)

    def take_up(self):
        """Goes on from it, to another relay; asserts all there is to."""
        relay = Relay(self.folder / "relay")
        clock = Clock(self.folder, self.now, lag=1)
        site = Site(self.folder / "site", sink=relay, init=False, clock=clock,
                    change={"dkim": None, **SHAPE})
        try:
            shutil.copytree(self.folder / "files", site.database.parent,
                            dirs_exist_ok=True)
            sent, started = self.look(site)
            site.start("work")
            assert finish(site)["sent"] == READERS
            again = relay.taken()
            assert len({one.to for one in again}) == len(again)
            assert {one.to for one in again} == set(everybody()) - sent
            for one in again:
                if one.to in self.taken:
                    assert one.to in started
                    assert one.id == self.taken[one.to].id
        finally:
            site.clean()
            relay.clean()
        assert not site.faults(), site.faults()
        shutil.rmtree(self.folder)
        return len(started)

    def look(self, site):
        """Who has got it and who may have, by the copy alone."""
        db = sqlite3.connect(site.database)
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        db.close()
        rows = site.rows("SELECT o.state, r.address FROM outbox o"
                         " JOIN reader r ON r.id = o.subscription_id")
        sent = {r["address"] for r in rows if r["state"] == "sent"}
        started = {r["address"] for r in rows if r["state"] == "started"}
        assert len(started) <= CONNECTIONS, started
        assert sent <= set(self.taken)
        assert set(self.taken) <= sent | started
        return sent, started


def everybody():
    return (f"r{n}@example.net" for n in range(READERS))


def halted(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] in "TtZX"
    except FileNotFoundError:
        return True


def stills(stock, folder, rng, count):
    """That many, of as many sends as it takes."""
    while count > 0:
        send = folder / f"send{count}"
        send.mkdir()
        relay = Relay(send / "relay", delay_ms=DELAY_MS)
        site = stock.copy(send / "site", relay, {"lag": 1}, **SHAPE)
        try:
            work = site.start("work")
            while count > 0 and relay.count() < READERS:
                time.sleep(rng.uniform(0, 0.15))
                yield Still(folder / f"still{count}", site, relay, work)
                count -= 1
        finally:
            site.clean()
            relay.clean()
        assert not site.faults(), site.faults()


def test_snapshots(stock, tmp_path):
    rng = chance("snapshot")
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        pending = [pool.submit(still.take_up) for still in
                   stills(stock, tmp_path, rng, SNAPSHOTS)]
        uncertain = [done.result() for done in pending]
    note(snapshots=len(uncertain), rows_uncertain_in_them=sum(uncertain))
    assert len(uncertain) == SNAPSHOTS
    assert any(uncertain), "no instant of them all was a busy one"
