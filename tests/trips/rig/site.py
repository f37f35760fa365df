"""site - a news site with nashra, in one folder: settings, data, processes."""

import concurrent.futures
import datetime
import glob
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import time

from . import etag as etag_program
from . import feeds, mail, web
from .process import Process
from .wait import PATIENCE, answers, free_port, until

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / os.environ.get("NASHRA_BUILD", "build")

FAULT = re.compile(
    r"ERROR: (?:Address|Leak)Sanitizer|runtime error:|Assertion .* failed")


class Result:
    """What a command said."""

    def __init__(self, argv, done):
        self.command = " ".join(argv)
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr
        assert self.code >= 0, f"{self}: killed by a signal"
        assert not FAULT.search(self.err), str(self)

    def __str__(self):
        return (f"$ {self.command}\n{self.out}{self.err}"
                f"[exit {self.code}]")

    def must(self, code, *words):
        """Assert the exit status, and words of the message on stderr."""
        assert self.code == code, str(self)
        for word in words:
            assert word in self.err, f"no '{word}' in: {self}"
        if code:
            assert self.err.strip(), f"no message: {self}"
        return self


class Clock:
    """Another time of day for a site's processes, by libfaketime.

    It runs on from the moment it is set to, and can be moved while they run.
    With `timers`, what a process waits for by the monotonic clock comes
    nearer, too, when it is moved. Exact at once, or, with `lag`, that many
    seconds later, and then much cheaper for who asks often.
    """

    def __init__(self, folder, moment, timers=False, lag=0):
        found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
        assert found, "libfaketime is missing: apt-get install faketime"
        self.path = folder / "clock"
        self.env = {
            "LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": str(self.path),
            "NO_FAKE_STAT": "1",
        }
        if lag:
            self.env["FAKETIME_CACHE_DURATION"] = str(lag)
        else:
            self.env["FAKETIME_NO_CACHE"] = "1"
        if not timers:
            self.env.update({"FAKETIME_DONT_FAKE_MONOTONIC": "1",
                             "DONT_FAKE_MONOTONIC": "1"})
        self.offset = 0
        self.set(moment)

    def set(self, moment):
        self._write(round(moment.timestamp() - time.time()))

    def forward(self, **delta):
        """forward(hours=49)"""
        step = datetime.timedelta(**delta).total_seconds()
        self._write(self.offset + int(step))

    def now(self):
        return time.time() + self.offset

    def _write(self, offset):
        self.offset = offset
        scratch = self.path.with_suffix(".new")
        scratch.write_text(f"{offset:+d}\n")
        scratch.replace(self.path)


def settings(tree, indent=""):
    """A dict as libconfuse text; a dict in it is a section."""
    lines = []
    for key, value in tree.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key} {{", settings(value, indent + "\t"),
                      f"{indent}}}"]
        elif isinstance(value, list):
            items = ", ".join(f'"{item}"' for item in value)
            lines.append(f"{indent}{key} = {{{items}}}")
        else:
            lines.append(f"{indent}{key} = " + (
                str(value) if isinstance(value, int) else f'"{value}"'))
    return "\n".join(lines)


class Site:
    """Made ready by `nashra init`; ended by clean().

    `sink` is where the relay points: where none is given, a rig.mail.Sink
    that is started as soon as someone has use for it. `key` is a DKIM key to
    copy, which saves making one for each site. `clock` is the moment at which
    the site begins to live, or a Clock; without it, the machine's own time.
    `changes` go into the settings, section by
    section: change={"relay main": {"connections": 2}}.
    """

    def __init__(self, root, sink=None, key=None, clock=None, change=None,
                 init=True):
        root.mkdir(exist_ok=True)
        self.root = root
        self.processes = []
        self.clock = (clock if isinstance(clock, Clock) else
                      Clock(root, clock) if clock else None)
        self.sinks = [sink] if sink else []
        self.sink_port = sink.port if sink else free_port()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.conf = root / "nashra.conf"
        self.database = root / "data" / "nashra.db"
        self.secrets = root / "data" / "secrets"
        self.key = root / "keys" / "dkim.pem"
        for folder in (self.database.parent, self.key.parent):
            folder.mkdir(mode=0o700)
        self.tree = {
            "site_name": "الموسوعة",
            "base_url": self.url,
            "language": "ar",
            "database": self.database,
            "templates": ROOT / "templates",
            "time_zone": "Asia/Damascus",
            "web": {"listen": f"127.0.0.1:{self.port}"},
            "mail": {
                "from": "نشرة الموسوعة <news@example.org>",
                "bounce": "bounce@example.org",
                "postal_address": "الموسوعة، شارع بغداد، دمشق",
            },
            "relay main": {
                "url": f"smtp://127.0.0.1:{self.sink_port}",
                "tls": "none", "connections": 4,
            },
            "dkim": {"domain": "example.org", "selector": "nashra",
                     "key_file": self.key},
            "feeds": {"allow_addresses": ["127.0.0.1"]},
        }
        self.settings(change or {})
        self._feeds = None
        if key:
            shutil.copyfile(key, self.key)
            self.key.chmod(0o600)
        if init:
            self.run("init").must(0)

    # Settings and commands

    def settings(self, change):
        """Change settings; a section set to None goes away."""
        for key, value in change.items():
            if value is None:
                self.tree.pop(key, None)
            elif isinstance(value, dict):
                self.tree[key] = {**self.tree.get(key, {}), **value}
            else:
                self.tree[key] = value
        self.conf.write_text(settings(self.tree) + "\n", encoding="utf-8")
        self.conf.chmod(0o640)

    def line_of(self, key):
        """The number of the line of the settings that sets a key."""
        lines = self.conf.read_text(encoding="utf-8").split("\n")
        return next(n for n, line in enumerate(lines, 1)
                    if line.strip().startswith(key + " = "))

    def env(self):
        # A zone and a locale that no result may depend on.
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.root),
               "TZ": "Pacific/Auckland", "LC_ALL": "C"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        if self.clock:
            env.update(self.clock.env)
            env["ASAN_OPTIONS"] = ":".join(filter(None, [
                env.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        return env

    def run(self, *words, stdin=None):
        """nashra with these words, as an admin types it."""
        argv = [str(BUILD / "nashra"), "--config", str(self.conf),
                *map(str, words)]
        done = subprocess.run(
            argv, env=self.env(), stdin=subprocess.DEVNULL, cwd=self.root,
            capture_output=True, timeout=60 * PATIENCE, check=False)
        done.stdout = done.stdout.decode("utf-8", "replace")
        done.stderr = done.stderr.decode("utf-8", "replace")
        return Result(argv, done)

    def json(self, *words):
        """The same with --json: the one document on standard output."""
        result = self.run("--json", *words)
        assert result.code == 0, str(result)
        return json.loads(result.out)

    def rows(self, query, *values):
        """A look at the database, read only."""
        db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True,
                             timeout=10)
        try:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(query, values)]
        finally:
            db.close()

    def dump(self):
        """All that the database holds, as SQL: to see that nothing changed."""
        db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True,
                             timeout=10)
        try:
            return "\n".join(db.iterdump())
        finally:
            db.close()

    # Daemons

    def start(self, role=None, *words):
        """nashrad, whole or one role; ready where readiness can be seen."""
        if role != "web":
            self.sink  # it is there before the first connection
        argv = [BUILD / "nashrad", "--config", self.conf]
        name = "nashrad" + (f"-{role}" if role else "")
        daemon = Process(name, argv + ([role] if role else []) + list(words),
                         self.root, env=self.env())
        self.processes.append(daemon)
        if role != "work":
            until(lambda: answers(self.port) or not daemon.alive(),
                  "nashrad does not listen")
        assert daemon.alive(), daemon.log()
        return daemon

    def run_daemon(self, *words, seconds=10):
        """nashrad that is expected to end by itself."""
        argv = [str(BUILD / "nashrad"), "--config", str(self.conf), *words]
        done = subprocess.run(
            argv, env=self.env(), stdin=subprocess.DEVNULL, text=True,
            capture_output=True, timeout=seconds * PATIENCE, check=False)
        return Result(argv, done)

    # What is around it

    @property
    def sink(self):
        if not self.sinks:
            self.sinks.append(
                mail.Sink(self.root / "sink", port=self.sink_port))
        return self.sinks[0]

    @property
    def feeds(self):
        if not self._feeds:
            self._feeds = self.feed_server()
        return self._feeds

    def feed_server(self, etag=False):
        server = FeedServer(self.root, etag)
        self.processes.append(server.process)
        return server

    # What readers and lists do in most trips

    def add_list(self, name="news", title="نشرة الأخبار", **options):
        words = [w for key, value in options.items()
                 for w in (f"--{key}", value)]
        return self.json("list", "add", name, "--title", title, *words)

    def add_readers(self, count, name="news"):
        """r0@example.net and so on, active, in a few parallel commands."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for result in pool.map(
                    lambda n: self.run("subscriber", "add", name,
                                       f"r{n}@example.net"), range(count)):
                result.must(0)

    def follow_feed(self, articles, name="news", file="news.xml"):
        """`feed add` of these articles, all of them new; the address."""
        url = self.feeds.put(feeds.rss(articles), file)
        self.run("feed", "add", name, url, "--send-existing").must(0)
        return url

    def first_digest(self, name="news", articles=1):
        """A feed with so many articles, sent to all readers and arrived."""
        self.follow_feed(feeds.made(articles), name)
        sent = self.json("digest", "send", name)
        assert sent["result"] == "frozen", sent
        return self.finished(name)

    def page(self, path):
        return web.get(self.url + path)

    def form(self, name="news"):
        """The form, as long after it was shown as a person needs to type.

        It holds the moment at which it was shown. Where no clock can be
        moved, it is the plain form of another page, which has no moment.
        """
        form = self.page(f"/subscribe/{name}").form
        if self.clock:
            self.clock.forward(seconds=3)
        else:
            form.fields.pop("t", None)
        return form

    def subscribe(self, email, name="news", **fields):
        """Through the form; the page that the reader ends on."""
        return self.form(name).send(email=email, **fields).follow()

    def ask(self, email, name="news"):
        """By the admin's command, with a confirm mail."""
        self.run("subscriber", "add", name, email, "--confirm").must(0)

    def state(self, email, name="news"):
        """The state of one subscription, or None."""
        result = self.run("--json", "subscriber", "show", email)
        if result.code:
            return None
        found = [s["state"] for s in json.loads(result.out)["subscriptions"]
                 if s["list"] == name]
        return found[0] if found else None

    def issue(self, name="news"):
        """The newest row of `digest status` for a list."""
        rows = [r for r in self.json("digest", "status") if r["list"] == name]
        return max(rows, key=lambda r: r["issue"])

    def finished(self, name="news", seconds=30):
        """Waits until nothing of the newest issue is under way."""
        until(lambda: self.issue(name)["finished"],
              lambda: f"not finished: {self.issue(name)}", seconds)
        return self.issue(name)

    def clean(self):
        for process in self.processes:
            process.clean()
        for sink in self.sinks:
            sink.clean()

    def faults(self):
        """Sanitizer reports in the daemons' logs."""
        return [p.name + ":\n" + p.log() for p in self.processes
                if FAULT.search(p.log())]


class FeedServer:
    """python3 -m http.server over a folder; its log tells what was asked."""

    def __init__(self, root, etag=False):
        name = "feeds-etag" if etag else "feeds"
        self.folder = root / name
        self.folder.mkdir()
        self.port = free_port()
        if etag:
            words = ["-P", etag_program.__file__, self.port, self.folder]
        else:
            words = ["-m", "http.server", "--bind", "127.0.0.1",
                     "--directory", self.folder, self.port]
        self.process = Process(name, [sys.executable, *words], root)
        until(lambda: answers(self.port), "the feed server does not answer")
        self._tick = 0

    def put(self, content, name="news.xml"):
        """Publishes bytes; the address. A later put looks later, too: the
        server's Last-Modified counts whole seconds."""
        path = self.folder / name
        path.write_bytes(content)
        self._tick += 2
        when = time.time() - 10000 + self._tick
        os.utime(path, (when, when))
        return f"http://127.0.0.1:{self.port}/{name}"

    def statuses(self, name="news.xml"):
        """The status of each answer so far, in order."""
        return [int(s) for s in re.findall(
            rf'"GET /{re.escape(name)} [^"]*" (\d+)', self.process.log())]

