"""Ends of a process: SIGTERM, and kill -9 in the middle of 200 messages."""

import collections
import os
import signal
import sqlite3
import threading
import time

import pytest

from conftest import SAMPLE_DAY
from rig import feeds
from rig.wait import answers, until

CONNECTIONS = 4


@pytest.fixture
def make_crowd(make_site):
    """Readers of a list, an issue frozen, nothing sent yet."""
    def make(readers):
        site = make_site(clock=SAMPLE_DAY,
                         change={"relay main": {"connections": CONNECTIONS}})
        site.add_list()
        site.add_readers(readers)
        site.follow_feed(feeds.made(1))
        sent = site.json("digest", "send", "news")
        assert sent["recipients"] == readers, sent
        site.everybody = {f"r{n}@example.net" for n in range(readers)}
        return site

    return make


def busy(site):
    """Rows that a worker holds or would take now."""
    row = site.issue()
    return row["queued"] + row["leased"] + row["started"]


def finish(site):
    """Lets hours pass until what was uncertain has been tried again."""
    for _ in range(12):
        until(lambda: busy(site) == 0, lambda: str(site.issue()), 40)
        if site.issue()["finished"]:
            return
        site.clock.forward(hours=1)
    raise AssertionError(f"not finished after 12 hours: {site.issue()}")


def test_kill_9_loses_nobody_and_repeats_one_a_connection(make_crowd):
    """Five times in one send. What was on its way when the process died was
    taken by the server, and its answer never seen: such a message, one a
    connection, may come again, and then under the same Message-ID."""
    site = make_crowd(200)
    # Each message keeps its connection busy for a moment after the server
    # has it: the moment in which the kill hurts most.
    site.sink.rules(delay=0.05)
    for _ in range(5):
        before = site.sink.count()
        work = site.start("work")
        until(lambda: site.sink.count() >= before + 25, "nothing is sent")
        work.kill()
    row = site.issue()
    assert row["sent"] < 200, "too late to have hurt"
    assert row["failed"] == 0, row
    site.start("work")
    finish(site)
    assert site.issue()["sent"] == 200, site.issue()

    mails = site.sink.mails()
    copies = collections.defaultdict(list)
    for mail in mails:
        copies[mail.to].append(mail)
    assert set(copies) == site.everybody, "somebody was lost"
    assert len(mails) - 200 <= 5 * CONNECTIONS, len(mails)
    for to, all_of_them in copies.items():
        assert len({m["Message-ID"] for m in all_of_them}) == 1, to
    assert len({m["Message-ID"] for m in mails}) == 200
    # Of each connection only the last message may be one that came again.
    for number in {m.connection for m in mails}:
        through = [m for m in mails if m.connection == number]
        again = [m for m in through if copies[m.to][-1] is not m]
        assert again in ([], through[-1:]), (number, [m.to for m in again])


def test_kill_9_of_the_whole_daemon(make_crowd):
    site = make_crowd(60)
    site.sink.rules(delay=0.05)
    whole = site.start()
    until(lambda: site.sink.count() >= 20, "nothing is sent")
    whole.kill()
    # Without their parent the roles end, too, and soon.
    until(lambda: not answers(site.port), "the web role outlived its parent")
    site.start("work")
    finish(site)
    assert site.issue()["sent"] == 60
    mails = site.sink.mails()
    assert {m.to for m in mails} == site.everybody
    # One a connection: of the killed worker, or, should it have ended well,
    # none.
    assert len(mails) - 60 <= CONNECTIONS


def test_sigterm_in_the_middle_of_a_send(make_crowd):
    """Ends at once and cleanly; nothing is lost, nothing comes twice."""
    site = make_crowd(60)
    site.sink.rules(delay=0.05)
    work = site.start("work")
    until(lambda: site.sink.count() >= 20, "nothing is sent")
    assert work.stop(seconds=10) == 0
    row = site.issue()
    assert row["started"] == row["leased"] == row["unknown"] == 0, row
    assert row["sent"] == site.sink.count() < 60, row
    assert row["queued"] + row["sent"] == 60, row

    site.sink.rules()
    site.start("work")
    site.finished()
    mails = site.sink.mails()
    assert len(mails) == 60
    assert {m.to for m in mails} == site.everybody


def test_sigterm_of_the_whole_daemon(make_crowd):
    site = make_crowd(60)
    site.sink.rules(delay=0.05)
    whole = site.start()
    until(lambda: site.sink.count() >= 20, "nothing is sent")
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
    assert len(site.sink.mails()) == 60


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_whole_daemon_restarts_a_role_that_dies(site):
    whole = site.start()
    until(lambda: len(whole.children()) == 2, "two roles")
    first = set(whole.children())
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
        site.ask(f"r{n}@example.net")
        queued = time.monotonic()
        site.sink.one(f"r{n}@example.net")
        assert time.monotonic() - queued < 3, time.monotonic() - begun


def test_two_workers_send_everything_once(make_crowd):
    site = make_crowd(60)
    site.settings({"senders": 2})
    site.sink.rules(delay=0.01)
    whole = site.start()
    until(lambda: len(whole.children()) == 3, "web and two work roles")
    site.finished()
    assert len(site.sink.mails()) == 60
    assert {m.to for m in site.sink.mails()} == site.everybody


@pytest.fixture
def hold(site):
    """Takes the database's write lock, as a backup or a long import does."""
    db = sqlite3.connect(site.database, isolation_level=None,
                         check_same_thread=False)
    yield lambda: db.execute("BEGIN IMMEDIATE"), lambda: db.execute("COMMIT")
    db.close()


@pytest.mark.parametrize("role", ["web", "work", None])
def test_start_while_the_database_is_held(site, hold, role):
    """A role that finds the database busy is there when it is free again."""
    site.add_list()
    take, give = hold
    take()
    free = threading.Timer(1.5, give)
    free.start()
    daemon = site.start(role)
    free.join()
    site.ask("sara@example.net")
    if role != "web":
        site.sink.one("sara@example.net")
    assert daemon.alive(), daemon.log()


def test_form_sent_while_the_database_is_held(site, hold):
    """The request is kept and answered when the database is free."""
    site.add_list()
    site.start("web")
    form = site.form()
    take, give = hold
    take()
    free = threading.Timer(1.0, give)
    free.start()
    assert form.send(email="sara@example.net").status == 303
    free.join()
    assert site.state("sara@example.net") == "pending"


def test_sending_while_the_database_is_held(make_crowd):
    """Nothing that cannot be written down is sent."""
    site = make_crowd(20)
    db = sqlite3.connect(site.database, isolation_level=None)
    site.sink.rules(delay=0.02)
    site.start("work")
    until(lambda: site.sink.count() >= 3, "nothing is sent")
    db.execute("BEGIN IMMEDIATE")
    before = site.sink.count()
    time.sleep(1)  # that nothing happens can only be watched for a while
    assert site.sink.count() - before <= 2 * CONNECTIONS
    db.execute("COMMIT")
    db.close()
    site.finished()
    assert sorted(m.to for m in site.sink.mails()) == sorted(site.everybody)
