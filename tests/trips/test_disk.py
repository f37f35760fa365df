"""The database cannot be written, or read: full, locked, read-only, broken.

Nothing is sent that cannot be written down: at any moment the relay has taken
what the rows say, and one message a connection more at most, whose row says
`started`. It goes on by itself, or refuses with the reason; and it never puts
an empty database in the place of a broken one.
"""

import collections
import concurrent.futures
import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import time

import pytest

from conftest import SAMPLE_DAY
from rig.chaos import LONG, chance, note
from rig.crowd import Stock, finish
from rig.process import Process
from rig.relay import Relay
from rig.site import BUILD
from rig.wait import until

READERS = 400
CONNECTIONS = 4


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    return Stock(tmp_path_factory.mktemp("stock") / "site", READERS,
                 SAMPLE_DAY)


@pytest.fixture
def send(stock, tmp_path):
    """(site, relay) before a send of which each message takes 20 ms."""
    relay = Relay(tmp_path / "relay", delay_ms=20)
    site = stock.copy(tmp_path / "site", relay,
                      **{"relay main": {"connections": CONNECTIONS}})
    yield site, relay
    site.clean()
    relay.clean()
    assert not site.faults(), site.faults()


def states(site):
    return collections.Counter(
        r["state"] for r in site.rows("SELECT state FROM outbox"))


def recorded(site, relay):
    """What arrived is what was written down, and what is in flight."""
    rows = states(site)
    assert rows["started"] <= CONNECTIONS, rows
    # A row is written after its mail is taken: asked for in that order.
    assert relay.count() <= rows["sent"] + CONNECTIONS, (relay.count(), rows)
    return rows


def stands_still(site, relay, seconds=1.5):
    """Nothing more is sent, for a while."""
    before = relay.count()
    time.sleep(seconds)
    assert relay.count() <= before + CONNECTIONS
    return recorded(site, relay)


def everybody_once(site, relay):
    assert finish(site)["sent"] == READERS
    copies = relay.copies()
    copies.pop("admin@example.org", None)
    assert len(copies) == READERS
    assert all(len(came) == 1 for came in copies.values())


# Full


@pytest.fixture
def small_disk(send):
    """The site's data on a file system of 2 MB."""
    site, relay = send
    if os.getuid() != 0:
        pytest.skip("only root may mount a tmpfs")
    data = site.database.parent
    kept = data.with_name("kept")
    data.rename(kept)
    data.mkdir(mode=0o700)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", data],
        capture_output=True, text=True)
    if done.returncode:
        pytest.skip("no tmpfs here: " + done.stderr.strip())
    shutil.copytree(kept, data, dirs_exist_ok=True)
    yield site, relay
    site.clean()
    subprocess.run(["umount", "-l", data], check=True)


def fill(site):
    """Takes all the room that is left; the file that does."""
    ballast = site.database.parent / "ballast"
    with open(ballast, "wb", buffering=0) as out:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                pass
    return ballast


def stands_still_for(relay, seconds):
    before = relay.count()
    time.sleep(seconds)
    return relay.count() == before


def filled(site, relay):
    """Full in the middle of a send, and what could go out is out."""
    work = site.start("work")
    until(lambda: relay.count() >= 20, "nothing is sent")
    ballast = fill(site)
    # What room there is in files that are there it may still use.
    until(lambda: "full" in work.log(), work.log)
    until(lambda: stands_still_for(relay, 1), "no end of it", 30)
    recorded(site, relay)
    return work, ballast


def test_full_disk(small_disk):
    """It waits, and goes on when there is room again."""
    site, relay = small_disk
    work, ballast = filled(site, relay)
    assert work.alive(), work.log()
    assert site.run("digest", "status").code == 0
    ballast.unlink()
    everybody_once(site, relay)
    assert work.alive(), work.log()


def test_killed_on_a_full_disk(small_disk):
    """What could not be written down any more is uncertain, no more."""
    site, relay = small_disk
    work, ballast = filled(site, relay)
    work.kill()
    before = relay.count()
    work = site.start("work")
    time.sleep(1)
    recorded(site, relay)
    ballast.unlink()
    if not work.alive():
        assert "full" in work.log(), work.log()
        site.start("work")
    assert finish(site)["sent"] == READERS
    copies = relay.copies()
    copies.pop("admin@example.org", None)
    assert len(copies) == READERS
    again = sum(map(len, copies.values())) - READERS
    assert again <= CONNECTIONS, (again, before)


def test_small_disk_holds_a_whole_send(small_disk):
    """Its own write-ahead log is not what fills it."""
    site, relay = small_disk
    site.start("work")
    everybody_once(site, relay)


def test_form_on_a_full_disk(small_disk):
    """A reader is told to come later, and is not taken for subscribed."""
    site, relay = small_disk
    site.start("web")
    form = site.form()
    ballast = fill(site)
    statuses = [form.send(email=f"new{n}@example.net").status
                for n in range(3)]
    assert set(statuses) == {503}, statuses
    assert site.state("new0@example.net") is None
    assert site.page("/subscribe/news").status == 200
    ballast.unlink()
    assert form.send(email="new@example.net").status == 303
    assert site.state("new@example.net") == "pending"


def test_commands_on_a_full_disk(small_disk):
    site, _ = small_disk
    ballast = fill(site)
    site.run("subscriber", "add", "news", "new@example.net").must(75, "full")
    ballast.unlink()
    assert site.state("new@example.net") is None


# Locked


def test_locked_for_ten_seconds(send):
    site, relay = send
    work = site.start("work")
    until(lambda: relay.count() >= 20, "nothing is sent")
    db = sqlite3.connect(site.database, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    until(lambda: stands_still_for(relay, 1), "it goes on", 5)
    begun = time.monotonic()
    recorded(site, relay)
    while time.monotonic() - begun < 9:
        assert stands_still_for(relay, 1)
    recorded(site, relay)
    assert work.alive(), work.log()
    db.execute("COMMIT")
    db.close()
    everybody_once(site, relay)


# Read-only


@pytest.fixture
def read_only(small_disk):
    site, relay = small_disk
    data = site.database.parent

    def remount(how):
        subprocess.run(["mount", "-o", f"remount,{how}", data], check=True)

    # The files of the log may be there or not; closed well, they are not.
    remount("ro")
    yield site, relay, lambda: remount("rw")


def test_read_only_database_is_refused(read_only):
    site, relay, make_writable = read_only
    for words in (["work"], ["web"]):
        result = site.run_daemon(*words)
        assert result.code in (73, 74, 77, 78), str(result)
        assert str(site.database) in result.err, str(result)
    result = site.run("subscriber", "add", "news", "new@example.net")
    assert result.code, str(result)
    assert result.err.count("\n") == 1 and "database" in result.err
    assert relay.count() == 0
    make_writable()
    site.start("work")
    everybody_once(site, relay)


# Broken


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    return Stock(tmp_path_factory.mktemp("few") / "site", FEW, SAMPLE_DAY)


FEW = 60
DAMAGES = 1000 if LONG else 24
AT_ONCE = 4
# What sysexits(3) calls data, input, software, system, I/O, temporary, settings.
REFUSALS = {65, 66, 70, 71, 74, 75, 78}


def damage(rng, path):
    """A bit, a few bytes, a sector or the end; what it was."""
    data = bytearray(path.read_bytes())
    at = rng.randrange(len(data))
    kind = rng.choice(["bit", "bytes", "sector", "end", "zeros"])
    if kind == "bit":
        data[at] ^= 1 << rng.randrange(8)
    elif kind == "end":
        del data[at:]
    else:
        size = {"bytes": rng.randint(2, 8), "sector": 512, "zeros": 512}[kind]
        data[at:at + size] = (bytes(size) if kind == "zeros"
                              else rng.randbytes(size))[:len(data) - at]
    path.write_bytes(data)
    return f"{kind} at {at}"


def until_quietly(condition, seconds):
    with contextlib.suppress(AssertionError):
        until(condition, "not yet", seconds)


def readers_in(folder):
    return sum(path.read_bytes().count(b"@example.net")
               for path in folder.glob("nashra.db*"))


def suffer(stock, folder, seed):
    """A send from a damaged database; how it ended."""
    rng = random.Random(seed)
    folder.mkdir()
    relay = Relay(folder / "relay")
    site = stock.copy(folder / "site", relay, {"lag": 1})
    try:
        what = damage(rng, site.database)
        what = f"{what}, seed {seed}"
        before = readers_in(site.database.parent)
        for words in (("digest", "status"), ("subscriber", "ls", "news"),
                      ("status",)):
            result = site.run("--json", *words)
            assert result.code in REFUSALS | {0}, f"{what}: {result}"
            assert not result.code or result.err.strip(), f"{what}: {result}"
        # It may be gone before it could be seen to live.
        work = Process(
            "nashrad", [BUILD / "nashrad", "--config", site.conf, "work"],
            site.root, env=site.env())
        site.processes.append(work)
        # It is done, or gone, or has had time enough to begin.
        until_quietly(lambda: not work.alive() or relay.count() > 0, 3)
        until(lambda: not work.alive() or stands_still_for(relay, 0.5),
              work.log)
        code = work.stop(15)
        assert code in REFUSALS | {0}, f"{what}: {code}\n{work.log()}"
        assert not code or "database" in work.log(), f"{what}: {work.log()}"
        # Refused, or sent from what could be read: nobody twice, and never
        # from, or to, another database in its place.
        came = relay.copies()
        assert all(len(c) == 1 for c in came.values()), f"{what}: {came}"
        assert readers_in(site.database.parent) >= before, what
        assert not site.faults(), f"{what}: {site.faults()}"
        return len(came)
    finally:
        site.clean()
        relay.clean()
        shutil.rmtree(folder)


def test_damaged_database(few, tmp_path):
    """At a random place: a message and an exit status, or a send from what
    can be read; no crash, no second mail, no new database."""
    rng = chance("damage")
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        done = [pool.submit(suffer, few, tmp_path / f"damage{n}",
                            rng.randrange(2 ** 32)) for n in range(DAMAGES)]
        faults = [str(one.exception()) for one in done if one.exception()]
    assert not faults, f"{len(faults)}: " + "\n\n".join(faults[:5])
    sent = [one.result() for one in done]
    note(damaged_databases=DAMAGES, sends_from_them=sum(map(bool, sent)),
         whole_sends_from_them=sent.count(FEW))
    # Most damage is to a few bytes of many: it must not be that none begins.
    assert any(sent)


def test_backup_put_in_its_place(send):
    """Under a sending worker: it stops, and what it starts with is that."""
    site, relay = send
    backup = site.root / "backup"
    with sqlite3.connect(site.database) as db:
        db.execute("VACUUM INTO ?", (str(backup),))
    work = site.start("work")
    until(lambda: relay.count() >= 20, "nothing is sent")
    backup.rename(site.database)
    until(lambda: not work.alive(), work.log)
    assert "moved or replaced" in work.log(), work.log()
    site.processes.remove(work)
    for rest in ("-wal", "-shm"):
        site.database.with_name(site.database.name + rest).unlink(True)
    site.start("work")
    assert finish(site)["sent"] == READERS


@pytest.mark.parametrize("content", [
    b"", b"\0" * 4096, b"SQLite format 3\0", b"not a database\n" * 500],
    ids=["empty", "zeros", "cut", "text"])
def test_other_file_in_its_place(few, tmp_path, content):
    """Refused, and left as it is to the last byte."""
    relay = Relay(tmp_path / "relay")
    site = few.copy(tmp_path / "site", relay)
    site.database.write_bytes(content)
    try:
        for role in ("work", "web"):
            result = site.run_daemon(role)
            assert result.code in REFUSALS, str(result)
            assert str(site.database) in result.err, str(result)
        assert site.run("digest", "status").code in REFUSALS
        assert site.database.read_bytes() == content
        assert relay.count() == 0
    finally:
        site.clean()
        relay.clean()
