"""Ends of a process: SIGTERM, and kill -9 in the middle of 200 messages."""

import collections
import os
import signal
import time

import pytest

from conftest import SAMPLE_DAY
from rig import feeds
from rig.wait import answers, until

READERS = 200
CONNECTIONS = 4


@pytest.fixture
def crowd(make_site):
    """200 readers of a list, an issue frozen, nothing sent yet."""
    site = make_site(clock=SAMPLE_DAY,
                     change={"relay main": {"connections": CONNECTIONS}})
    site.add_list()
    site.add_readers(READERS)
    site.follow_feed(feeds.made(1))
    sent = site.json("digest", "send", "news")
    assert sent["recipients"] == READERS, sent
    return site


def everybody():
    return {f"r{n}@example.net" for n in range(READERS)}


def test_kill_9_loses_nobody_and_repeats_one_a_connection(crowd):
    """Five times in one send. What was on its way when the process died was
    taken by the server, and its answer never seen: such a message, one a
    connection, may come again, and then under the same Message-ID."""
    site = crowd
    # Each message keeps its connection busy for a moment after the server
    # has it: the moment in which the kill hurts most.
    site.sink.rules(delay=0.05)
    kills = 0
    for kills in range(1, 6):
        before = site.sink.count()
        work = site.start("work")
        until(lambda: site.sink.count() >= before + 25, "nothing is sent")
        work.kill()
    row = site.issue()
    assert row["sent"] + row["failed"] < READERS, "too late to have hurt"
    assert row["failed"] == 0, row

    site.start("work")
    # What is uncertain is queued again as a deferral is: later.
    for _ in range(12):
        site.clock.forward(hours=1)
        until(lambda: busy(site) == 0, lambda: str(site.issue()), 40)
        if site.issue()["finished"]:
            break
    row = site.issue()
    assert row["finished"] and row["sent"] == READERS, row

    mails = site.sink.mails()
    assert {m.to for m in mails} == everybody(), "somebody was lost"
    copies = collections.defaultdict(list)
    for mail in mails:
        copies[mail.to].append(mail)
    repeated = {to for to, all_of_them in copies.items()
                if len(all_of_them) > 1}
    assert len(mails) - READERS <= kills * CONNECTIONS, len(mails)
    for to in repeated:
        assert len({m["Message-ID"] for m in copies[to]}) == 1, to
    assert len({m["Message-ID"] for m in mails}) == READERS
    # Of each connection only the last message may be one that came again.
    for number in {m.connection for m in mails}:
        through = [m for m in mails if m.connection == number]
        again = [m for m in through if copies[m.to][-1] is not m]
        assert again in ([], through[-1:]), (number, [m.to for m in again])


def busy(site):
    row = site.issue()
    return row["queued"] + row["leased"] + row["started"]


def test_kill_9_of_the_whole_daemon(crowd):
    site = crowd
    site.sink.rules(delay=0.05)
    whole = site.start()
    until(lambda: site.sink.count() >= 50, "nothing is sent")
    whole.kill()
    # Without their parent the roles end, too, and soon.
    until(lambda: not answers(site.port), "the web role outlived its parent")
    site.start("work")
    for _ in range(12):
        until(lambda: busy(site) == 0, lambda: str(site.issue()), 40)
        if site.issue()["finished"]:
            break
        site.clock.forward(hours=1)
    assert site.issue()["sent"] == READERS
    mails = site.sink.mails()
    assert {m.to for m in mails} == everybody()
    assert len(mails) - READERS <= CONNECTIONS


def test_sigterm_in_the_middle_of_a_send(crowd):
    """Ends at once and cleanly; nothing is lost, nothing comes twice."""
    site = crowd
    site.sink.rules(delay=0.05)
    work = site.start("work")
    until(lambda: site.sink.count() >= 40, "nothing is sent")
    assert work.stop(seconds=10) == 0
    row = site.issue()
    assert row["started"] == row["leased"] == row["unknown"] == 0, row
    assert row["sent"] == site.sink.count() < READERS, row
    assert row["queued"] + row["sent"] == READERS, row

    site.sink.rules()
    site.start("work")
    site.finished()
    mails = site.sink.mails()
    assert len(mails) == READERS
    assert {m.to for m in mails} == everybody()


def test_sigterm_of_the_whole_daemon(crowd):
    site = crowd
    site.sink.rules(delay=0.05)
    whole = site.start()
    until(lambda: site.sink.count() >= 40, "nothing is sent")
    children = whole.children()
    assert len(children) == 2, children
    assert whole.stop(seconds=15) == 0
    assert not answers(site.port)
    for pid in children:
        assert not running(pid)
    assert site.issue()["sent"] == site.sink.count()
    site.sink.rules()
    site.start("work")
    site.finished()
    assert len(site.sink.mails()) == READERS


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_whole_daemon_restarts_a_role_that_dies(site):
    whole = site.start()
    first = set(whole.children())
    assert len(first) == 2
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(set(whole.children()) - first) == 2,
          lambda: f"children: {whole.children()}, before {first}")
    until(lambda: answers(site.port), "the web role is not back")
    site.add_list()
    site.subscribe("sara@example.net")
    site.sink.one("sara@example.net")
    assert whole.stop() == 0


@pytest.mark.parametrize("role", ["web", "work", None])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_idle_daemon_ends_at_once(site, role, number):
    daemon = site.start(role)
    if role == "work":
        until(lambda: site.json("status")["workers"], "no worker")
    daemon.popen.send_signal(number)
    assert daemon.wait(5) == 0, daemon.log()


def test_mail_queued_elsewhere_starts_within_a_second(site):
    """The work role sees what another process wrote."""
    site.add_list()
    site.start("work")
    until(lambda: site.json("status")["workers"], "no worker")
    for n in range(3):
        begun = time.monotonic()
        site.run("subscriber", "add", "news", f"r{n}@example.net",
                 "--confirm").must(0)
        queued = time.monotonic()
        site.sink.one(f"r{n}@example.net")
        assert time.monotonic() - queued < 3, time.monotonic() - begun


def test_two_workers_send_everything_once(crowd):
    site = crowd
    site.settings({"senders": 2})
    site.sink.rules(delay=0.01)
    whole = site.start()
    assert len(whole.children()) == 3
    site.finished()
    assert len(site.sink.mails()) == READERS
    assert {m.to for m in site.sink.mails()} == everybody()
