"""A database that an older nashra left, brought up to date by `init`."""

import datetime
import sqlite3

import pytest

from rig.site import ROOT
from rig.wait import until

CONFIG = 78
# When the fixture was in use; an issue of it was half out.
THEN = datetime.datetime(2025, 11, 24, 16, tzinfo=datetime.timezone.utc)
# Readers of rows that had not ended. A digest to the third had been sent, of
# another issue; the ninth subscription waits for its confirm mail.
WAITING = {"two@gmail.com", "three@xn--mgbh0fb.xn--kgbechtv",
           "seven@example.org", "eight@sub.example.org", "One@example.org"}


@pytest.fixture
def old(make_site):
    """A site with the database of schema 1."""
    site = make_site(clock=THEN)
    for path in site.database.parent.glob("nashra.db*"):
        path.unlink()
    db = sqlite3.connect(site.database)
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript((ROOT / "tests/data/schema-1.sql").read_text("utf-8"))
    db.close()
    site.database.chmod(0o600)
    return site


def test_old_database_is_named_with_its_remedy(old):
    before = old.dump()
    for words in (("list", "ls"), ("status",), ("digest", "send", "daily")):
        old.run(*words).must(CONFIG, str(old.database), "schema 1",
                             "nashra init")
    old.run_daemon("work").must(CONFIG, "nashra init")
    assert old.dump() == before


def test_what_waited_is_sent_after_the_upgrade(old):
    old.run("init").must(0)
    assert {row["name"] for row in old.json("list", "ls")} == {
        "daily", "تقنية"}
    (issue,) = old.json("digest", "status", "1")
    assert (issue["sent"], issue["deferred"]) == (1, 1), issue
    old.start("work")
    old.clock.forward(hours=1)  # by then the last deferred row is due

    def at_rest():
        return not old.rows(
            "SELECT 1 FROM outbox WHERE state IN"
            " ('queued', 'leased', 'started', 'deferred')")
    until(at_rest, "rows are left")
    # The relay's trouble of before the upgrade is told to the admin.
    sent = [mail.to for mail in old.sink.mails()
            if mail.to != "admin@example.org"]
    assert set(sent) == WAITING
    assert len(sent) == 8
    ended = old.rows("SELECT id, state FROM outbox WHERE id IN (5, 6, 7)")
    assert [row["state"] for row in ended] == [
        "cancelled", "failed", "unknown"]


def test_an_upgrade_twice_changes_nothing(old):
    old.run("init").must(0)
    before = old.dump()
    old.run("init").must(0)
    assert old.dump() == before
