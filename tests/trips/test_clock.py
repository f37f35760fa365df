"""The time of day jumps while mail is sent: nothing is lost by that, sent twice
or given up, and nobody is alarmed."""

import time

import pytest

from conftest import SAMPLE_DAY
from rig import feeds
from rig.crowd import add_readers
from rig.wait import PATIENCE, until

READERS = 300
ADMIN = {"mail": {"admin": "admin@example.org"}}


def frozen(site, readers):
    site.settings(ADMIN)
    site.add_list()
    add_readers(site, readers)
    site.follow_feed(feeds.made(1))
    sent = site.json("digest", "send", "news")
    assert sent["recipients"] == readers, sent


def troubles(site):
    return {row["scope"]: row for row in site.json("status")["troubles"]}


def finished(site, readers, others=0):
    """All were sent it, and once, besides `others` of no issue; none of those
    is for the admin."""
    row = site.finished()
    assert (row["sent"], row["failed"]) == (readers, 0), row
    mails = [m.to for m in site.sink.mails()]
    assert len(mails) == len(set(mails)) == readers + others
    assert not site.rows("SELECT 1 FROM outbox WHERE kind = 'notice'")


@pytest.mark.parametrize("jump, words", [
    ({"days": 1}, "forward by 24 h"),
    ({"days": 60}, "forward by 60 days"),
    ({"days": -1}, "back by "),
])
def test_digests_wait_until_the_clock_is_steady(make_site, jump, words):
    site = make_site(clock=SAMPLE_DAY, change={"senders": 2})
    frozen(site, READERS)
    site.sink.rules(delay=0.05)
    work = site.start("work")
    until(lambda: site.sink.count() >= 20, "nothing is sent")
    site.clock.forward(**jump)
    until(lambda: "clock" in troubles(site), work.log, 3)
    assert words in troubles(site)["clock"]["error"]
    # What was out has come to its end; a mail that somebody waits for goes on.
    time.sleep(0.3 * PATIENCE)
    count = site.sink.count()
    assert count < READERS
    site.ask("sara@example.net")
    site.sink.one("sara@example.net")
    assert site.sink.count() == count + 1, "digests go on"
    until(lambda: "clock" not in troubles(site), work.log, 10)
    finished(site, READERS, others=1)
    assert work.stop() == 0


def test_a_clock_that_never_is_steady_stops_nobody(make_site):
    site = make_site(clock=SAMPLE_DAY)
    frozen(site, 20)
    work = site.start("work")
    until(lambda: site.issue()["finished"] or jump_on(site), work.log, 40)
    finished(site, 20)


def jump_on(site):
    site.clock.forward(minutes=1)
    time.sleep(0.5)


def test_a_machine_that_has_slept_tells_nobody(make_site):
    """Its relay had gone away before, as networks do, and is back soon."""
    site = make_site(clock=SAMPLE_DAY)
    frozen(site, 20)
    site.sink.rules(mail=[["", "421 4.3.2 going down"]])
    work = site.start("work")
    until(lambda: "relay" in troubles(site), work.log)
    site.clock.forward(hours=8)
    until(lambda: "clock" in troubles(site), work.log, 3)
    site.sink.rules()
    until(lambda: "relay" not in troubles(site), work.log)
    finished(site, 20)
    assert not troubles(site)
