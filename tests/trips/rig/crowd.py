"""crowd - a list with many readers and an issue that waits to be sent.

A site is made once and copied for each test: twenty thousand readers are not
added one by one, and an issue is frozen once. What the processes find is what
`subscriber add` and `digest send` leave behind.
"""

import shutil
import sqlite3
import time
import uuid

from . import feeds
from .site import ROOT, Clock, Site
from .wait import until


def add_readers(site, names, name="news", domain="example.net"):
    """NAME@example.net for each, active: straight into the tables. `names`
    may be how many: r0, r1 and so on."""
    if isinstance(names, int):
        names = [f"r{n}" for n in range(names)]
    now = int(site.clock.now() if site.clock else time.time())
    db = sqlite3.connect(site.database)
    with db:
        (list_id,) = db.execute(
            "SELECT id FROM list WHERE name = ?", (name,)).fetchone()
        (first,) = db.execute(
            "SELECT COALESCE(max(id), 0) + 1 FROM subscriber").fetchone()
        columns = {c[1] for c in db.execute("PRAGMA table_info (subscriber)")}
        people = [(first + n, f"{local}@{domain}")
                  for n, local in enumerate(names)]
        db.executemany(
            "INSERT INTO subscriber (id, address_key, address, created)"
            f" VALUES (?1, ?2, ?2, {now})", people)
        if "domain" in columns:
            db.execute("UPDATE subscriber SET domain = ? WHERE id >= ?",
                       (domain, first))
        db.executemany(
            "INSERT INTO subscription (uuid, list_id, subscriber_id, state,"
            f" created, changed) VALUES (?, {list_id}, ?, 'active', {now},"
            f" {now})", [(str(uuid.uuid4()), i) for i, _ in people])
    db.close()


class Stock:
    """The folder that copies are made of. `readers`: their names, or how
    many: r0, r1 and so on. `padding` makes each message so much longer."""

    def __init__(self, folder, readers, clock, padding=0, **options):
        self.moment = clock
        self.site = Site(folder, clock=clock, change={"dkim": None})
        try:
            self.add("news", readers, padding, **options)
        finally:
            self.site.clean()

    def add(self, name, readers, padding=0, **options):
        """A list with these readers, and an issue that waits for them."""
        if isinstance(readers, int):
            readers = [f"r{n}" for n in range(readers)]
        self.site.settings({"templates": self._padded(padding) if padding
                            else ROOT / "templates"})
        self.site.add_list(name, **options)
        add_readers(self.site, readers, name)
        self.site.follow_feed(feeds.made(1), name)
        sent = self.site.json("digest", "send", name)
        assert sent["recipients"] == len(readers), sent

    def _padded(self, octets):
        """A folder of templates of our own."""
        own = self.site.root / "templates"
        shutil.copytree(ROOT / "templates", own)
        page = own / "ar" / "digest-classic.html"
        lines = f"<p>{'padding ' * 15}</p>\n"
        page.write_text(page.read_text().replace(
            "{{>mail-close}}", lines * (octets // len(lines))
            + "{{>mail-close}}"))
        return own

    def copy(self, folder, relay, clock=None, **change):
        """A site as it was when its issue had just been frozen; `clock` says
        how it is to go on (timers, lag)."""
        folder.mkdir()
        site = Site(folder, sink=relay, init=False,
                    clock=self.moment and Clock(folder, self.moment,
                                                **(clock or {})),
                    change={"dkim": None, **change})
        db = self.site.database
        for path in db.parent.iterdir():
            shutil.copy2(path, site.database.parent / path.name)
        return site


def busy(site):
    """Rows that a worker holds or would take now."""
    row = site.issue()
    return row["queued"] + row["leased"] + row["started"]


def finish(site, seconds=60, silent=False):
    """Lets hours pass until what was put off has been tried again; `silent`:
    also until a relay that says nothing has been given up."""
    for _ in range(80):
        if not silent:
            until(lambda: busy(site) == 0, lambda: str(site.issue()), seconds)
        try:
            # Whoever waits for a time looks at the clock once a second.
            until(lambda: site.issue()["finished"], "not yet",
                  0.5 if silent else 1.2)
            return site.issue()
        except AssertionError:
            site.clock.forward(minutes=20)
    raise AssertionError(f"not finished after 26 hours: {site.issue()}")
