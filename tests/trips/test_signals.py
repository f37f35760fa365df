"""Signals: settings are taken anew, and a stop ends well, in the middle."""

import os
import signal

import pytest

from rig import feeds
from rig.crowd import add_readers
from rig.relay import Relay
from rig.wait import until

READERS = 60


@pytest.fixture
def make_busy(make_site, tmp_path):
    """A site and a relay of tests/peers; an issue frozen, nothing sent."""
    relays = []

    def make(*faults, readers=READERS, **options):
        relay = Relay(tmp_path / f"relay{len(relays)}", *faults, **options)
        relays.append(relay)
        site = make_site(change={
            "dkim": None,
            "relay main": {"url": f"smtp://127.0.0.1:{relay.port}"}})
        site.add_list()
        add_readers(site, readers)
        site.follow_feed(feeds.made(1))
        site.json("digest", "send", "news")
        return site, relay

    yield make
    for relay in relays:
        relay.clean()


def states(site):
    return {row["state"]: row["n"] for row in site.rows(
        "SELECT state, count(*) AS n FROM outbox GROUP BY state")}


def each_once(relay, readers=READERS):
    copies = relay.copies()
    assert len(copies) == readers
    assert {len(came) for came in copies.values()} == {1}


def hang_up(daemon, word, times=1):
    """SIGHUP, until the log says so once more."""
    before = daemon.log().count(word)
    os.kill(daemon.pid, signal.SIGHUP)
    until(lambda: daemon.log().count(word) >= before + times, daemon.log)


def test_settings_are_taken_anew(make_busy, tmp_path):
    site, relay = make_busy(delay_ms=100)
    work = site.start("work")
    until(lambda: relay.count() >= 4, "nothing is sent")
    second = Relay(tmp_path / "second")
    try:
        site.settings({"relay main": {
            "url": f"smtp://127.0.0.1:{second.port}"}})
        hang_up(work, "state=reloaded")
        until(lambda: states(site).get("sent") == READERS, work.log)
        assert second.count() > 0
        came = [one.to for one in relay.taken() + second.taken()]
        assert len(came) == len(set(came)) == READERS
    finally:
        second.clean()


@pytest.mark.parametrize("change, says", [
    ({"relay main": {"weight": 0}}, "weight"),
    ({"relay main": {"password_file": "/nowhere"}}, "password_file"),
    ({"templates": "/nowhere"}, "no template"),
    ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ({"senders": 3}, "only a restart"),
    ({"database": "/tmp/other.db"}, "only a restart"),
])
def test_settings_that_cannot_work_change_nothing(make_busy, change, says):
    site, relay = make_busy(delay_ms=50)
    work = site.start("work")
    until(lambda: relay.count() >= 4, "nothing is sent")
    good = site.conf.read_text(encoding="utf-8")
    site.settings(change)
    hang_up(work, "state=kept")
    line = next(l for l in work.log().split("\n") if "state=kept" in l)
    assert says in line, line
    trouble = site.rows("SELECT error FROM trouble WHERE scope = 'settings'")
    assert len(trouble) == 1 and says in trouble[0]["error"]
    until(lambda: states(site).get("sent") == READERS, work.log)
    each_once(relay)
    site.conf.write_text(good, encoding="utf-8")
    hang_up(work, "state=reloaded")
    assert not site.rows("SELECT 1 FROM trouble WHERE scope = 'settings'")


def test_many_hang_ups_lose_nothing(make_busy):
    site, relay = make_busy(readers=300, delay_ms=20)
    work = site.start("work")
    until(lambda: relay.count() >= 4, "nothing is sent")
    for _ in range(100):
        os.kill(work.pid, signal.SIGHUP)
    until(lambda: states(site).get("sent") == 300, work.log)
    each_once(relay, 300)
    assert work.alive()


def test_what_is_under_way_is_finished(make_busy):
    site, relay = make_busy(delay_ms=1500)
    work = site.start("work")
    until(lambda: states(site).get("started", 0) == 4, work.log)
    assert work.stop(10) == 0, work.log()
    left = states(site)
    assert left["sent"] == relay.count() > 0, left
    assert left["queued"] == READERS - left["sent"], left
    each = relay.copies()
    assert {len(came) for came in each.values()} == {1}


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_who_never_answers_is_cut(make_busy, again):
    site, relay = make_busy(delay_ms=600000)
    work = site.start("work")
    until(lambda: relay.count() == 4, work.log)

    def ended():
        if again and work.alive():
            os.kill(work.pid, signal.SIGTERM)
        return not work.alive()

    os.kill(work.pid, signal.SIGTERM)
    until(ended, work.log, 3 if again else 10)
    assert work.wait() == 0
    left = states(site)
    # In doubt: sent again, once, by a later life.
    assert left.get("started", 0) == left.get("leased", 0) == 0, left
    rows = site.rows("SELECT uncertain FROM outbox WHERE uncertain > 0")
    assert len(rows) == 4


def test_a_dead_sender_is_replaced(make_busy):
    site, relay = make_busy(readers=200, delay_ms=30)
    site.settings({"senders": 2})
    parent = site.start("work")
    until(lambda: relay.count() >= 10, parent.log)
    victim = site.rows("SELECT pid FROM worker ORDER BY pid LIMIT 1")[0]["pid"]
    os.kill(victim, signal.SIGKILL)
    until(lambda: states(site).get("sent") == 200, parent.log)
    copies = relay.copies()
    assert len(copies) == 200
    # At most one second copy for each of its two connections.
    assert sum(len(came) - 1 for came in copies.values()) <= 2
    assert all(len({one.id for one in came}) == 1 for came in copies.values())
