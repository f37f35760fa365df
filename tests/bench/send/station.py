"""station - a site whose digest is frozen and waits, as often as it is asked.

The site is filled once for each number of readers, and its database kept. A
run starts from a copy of that: every run has the same rows to send, and
neither the filling nor the freezing is in its time.
"""

import contextlib
import dataclasses
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import uuid

from rig import feeds
from rig.process import Process
from rig.site import BUILD, Site

from . import probe

LIST = "news"
SIZE = 20000  # bytes that a message has at least, in whole articles
POLL = 0.01


@dataclasses.dataclass
class Run(probe.Timed):
    """One sending, from the first row taken to the last result on disk, at
    the cost of all of nashrad's processes."""
    states: dict


class Station:
    def __init__(self, folder):
        self.folder = folder
        self.site = Site(folder / "site")
        # Not one of our rivals signs: without this, neither do we.
        self.dkim = self.site.tree["dkim"]
        self.site.settings({"dkim": None})
        self.site.add_list(LIST)
        self.eml = folder / "message.eml"
        self._add_articles()
        self.kept = {}
        self.keep(0)

    # What is sent, and to whom

    def _add_articles(self):
        """So many that a message has SIZE bytes. Straight into the table: a
        feed would add nothing but a server to wait for."""
        texts = feeds.sample()
        for n in range(200):
            article = texts[n % len(texts)]
            with self._database() as db:
                db.execute(
                    "INSERT INTO article (list_id, title, link, author, body,"
                    " published, seeded, created)"
                    " SELECT id, ?, ?, ?, ?, ?, 0, ? FROM list", (
                        article.title, f"{article.link}?n={n}",
                        article.author, article.html,
                        int(time.time()) - 60 * n, int(time.time())))
            self.site.run("digest", "preview", LIST, "--eml",
                          self.eml).must(0)
            if self.eml.stat().st_size >= SIZE:
                break
        self.size = self.eml.stat().st_size

    def _database(self):
        return sqlite3.connect(self.site.database)

    def fill(self, count):
        """Active readers, in one transaction; the seconds it took."""
        began = time.monotonic()
        now = int(time.time())
        db = self._database()
        people = ((n, f"reader{n}@d{n % 97}.example", f"d{n % 97}.example")
                  for n in range(1, count + 1))
        draw = random.Random(count)
        with db:
            db.executemany(
                "INSERT INTO subscriber (id, address_key, address, domain,"
                f" created) VALUES (?1, ?2, ?2, ?3, {now})", people)
            db.executemany(
                "INSERT INTO subscription (uuid, list_id, subscriber_id,"
                " state, created, changed) SELECT ?, id, ?, 'active',"
                f" {now}, {now} FROM list",
                ((str(uuid.UUID(int=draw.getrandbits(128), version=4)), n)
                 for n in range(1, count + 1)))
        db.close()
        return time.monotonic() - began

    def freeze(self):
        """`digest send`: its seconds, and the memory it took in KiB. What
        wait4 says of memory is no less than our own at the fork."""
        argv = [BUILD / "nashra", "--config", self.site.conf, "digest",
                "send", LIST]
        began = time.monotonic()
        child = subprocess.Popen(
            [str(word) for word in argv], env=self.site.env(),
            stdout=subprocess.DEVNULL)
        peak = 0
        while child.poll() is None:
            with contextlib.suppress(OSError, KeyError):
                if probe.name(child.pid) == "nashra":  # no more Python
                    peak = max(peak, probe.status(child.pid, "VmHWM"))
            time.sleep(0.002)
        if child.returncode:
            raise RuntimeError(f"digest send: exit {child.returncode}")
        return time.monotonic() - began, peak

    # The database as it was

    def _paths(self):
        base = str(self.site.database)
        return [base, base + "-wal", base + "-shm"]

    def keep(self, count):
        with self._database() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        self.kept[count] = self.folder / f"kept-{count}.db"
        shutil.copyfile(self.site.database, self.kept[count])

    def restore(self, count):
        for path in self._paths():
            if os.path.exists(path):
                os.unlink(path)
        shutil.copyfile(self.kept[count], self.site.database)
        # What the copy left to write is not to be written in our time.
        os.sync()

    def ready(self, count):
        """The state in which an issue waits for so many readers."""
        if count not in self.kept:
            self.restore(0)
            self.fill(count)
            self.freeze()
            self.keep(count)
        self.restore(count)

    def bytes(self):
        """Of the database and its log."""
        return [os.path.getsize(path) if os.path.exists(path) else 0
                for path in self._paths()[:2]]

    # A run

    def settings(self, port, connections=10, senders=1, sign=None, url=None,
                 **relay):
        self.site.settings({
            "senders": senders,
            "dkim": {**self.dkim, "key_file": sign} if sign else None,
            "relay main": {
                "url": url or f"smtp://127.0.0.1:{port}", "tls": "none",
                "connections": connections, **relay},
        })

    def start(self, *words, before=()):
        """nashrad; `before` is a program that runs it."""
        (self.folder / "nashrad.log").write_bytes(b"")
        daemon = Process("nashrad", [
            *before, BUILD / "nashrad", "--config", self.site.conf, *words],
            self.folder, env=self.site.env())
        self.site.processes.append(daemon)
        return daemon

    def started(self, watch, daemon):
        """Waits for the moment from which the sending counts: a row is
        taken. What comes before that is a delay, not a rate."""
        while not watch.owned():
            self.alive(daemon)
            time.sleep(0.001)

    @staticmethod
    def alive(daemon):
        if not daemon.alive():
            raise RuntimeError(f"nashrad ended, {daemon.popen.returncode}:\n"
                               + daemon.log()[-2000:])

    def watch(self):
        return Watch(self.site.database)

    def end(self, daemon):
        daemon.stop()
        daemon.clean()
        self.site.processes.remove(daemon)

    def run(self, count, before=()):
        """Sends to so many; the settings stand."""
        self.ready(count)
        daemon = self.start("work", before=before)
        try:
            watch = self.watch()
            self.started(watch, daemon)
            began = time.monotonic()
            pids = probe.family(daemon.pid)
            used = probe.cpu_seconds(pids)
            watch.finished(daemon)
            seconds = time.monotonic() - began
            used = probe.cpu_seconds(pids) - used
            return Run(count, seconds, used, watch.states())
        finally:
            if before:
                # A tracer ends with what it runs, and then tells.
                for pid in probe.children(daemon.pid):
                    os.kill(pid, signal.SIGTERM)
                daemon.wait()
            self.end(daemon)

    def clean(self):
        self.site.clean()


class Watch:
    """Looks into the database at little cost: each of its questions is one
    step into a partial index."""

    NEXT = ("SELECT id FROM outbox WHERE state = 'queued'"
            " ORDER BY queue, pace, id LIMIT 1")
    OPEN = ("SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'queued')"
            " OR EXISTS (SELECT 1 FROM outbox WHERE owner IS NOT NULL)"
            " OR EXISTS (SELECT 1 FROM outbox WHERE state = 'deferred')")

    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True,
                                  timeout=10, isolation_level=None)

    def owned(self):
        return self.db.execute(
            "SELECT 1 FROM outbox WHERE owner IS NOT NULL LIMIT 1").fetchone()

    def finished(self, daemon, seconds=120, seen=None):
        """Waits for the last result. Calls `seen` at each look."""
        ends = time.monotonic() + seconds
        while self.db.execute(self.OPEN).fetchone()[0]:
            if seen:
                seen(self)
            Station.alive(daemon)
            if time.monotonic() > ends:
                raise RuntimeError(f"not sent in {seconds} s: "
                                   f"{self.states()}\n{daemon.log()[-2000:]}")
            time.sleep(POLL)

    def next(self):
        """The first row that nobody has taken, or None."""
        row = self.db.execute(self.NEXT).fetchone()
        return row[0] if row else None

    def states(self):
        return dict(self.db.execute(
            "SELECT state, count(*) FROM outbox GROUP BY state"))

