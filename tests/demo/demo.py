#!/usr/bin/python3
"""make demo - one reader's way through nashra, with real parts around it.

Starts nashrad, an SMTP server that keeps mail in a Maildir (aiosmtpd) and an
HTTP server with a sample feed (Python's own); subscribes a reader through the
form, confirms from the mail, sends the digest, and says where to look. Runs
until Ctrl-C; with ONCE=1 it ends by itself, and fails where anything did not
come true. Everything it writes is in one folder below the build folder.
"""

import datetime
import email
import email.policy
import fcntl
import json
import mailbox
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "trips"))

from rig import feeds, web  # noqa: E402
from rig.process import Process  # noqa: E402
from rig.site import BUILD, settings  # noqa: E402
from rig.wait import answers, free_port, until  # noqa: E402

LIST = "news"
TITLE = "نشرة الموسوعة اليومية"
READER = "reader@example.net"


def say(text=""):
    print(text, flush=True)


class Demo:
    def __init__(self):
        self.folder = own_folder()
        self.conf = self.folder / "nashra.conf"
        self.maildir = self.folder / "Maildir"
        self.feed = self.folder / "feed" / "news.xml"
        self.web_port, self.smtp_port, self.feed_port = (
            free_port() for _ in range(3))
        self.form = f"http://127.0.0.1:{self.web_port}/subscribe/{LIST}"
        self.archive = f"http://127.0.0.1:{self.web_port}/archive/{LIST}"
        self.processes = []
        self.seen = set()

    # The parts

    def start(self, name, argv, port):
        process = Process(name, argv, self.folder)
        self.processes.append(process)
        until(lambda: answers(port) or not process.alive(),
              f"{name} does not answer")
        if not process.alive():
            raise AssertionError(f"{name} ended: {process.log()}")
        return process

    def start_counterparts(self):
        self.feed.parent.mkdir()
        now = datetime.datetime.now(datetime.timezone.utc)
        newest = now.replace(microsecond=0) - datetime.timedelta(hours=1)
        self.feed.write_bytes(feeds.rss(feeds.moved(feeds.sample(), newest)))
        self.start("feed-server", [
            sys.executable, "-m", "http.server", "--bind", "127.0.0.1",
            "--directory", self.feed.parent, self.feed_port], self.feed_port)
        self.start("smtp-server", [
            sys.executable, "-m", "aiosmtpd", "--nosetuid",
            "--listen", f"127.0.0.1:{self.smtp_port}",
            "--class", "aiosmtpd.handlers.Mailbox", self.maildir],
            self.smtp_port)

    def write_settings(self):
        (self.folder / "keys").mkdir(mode=0o700)
        self.conf.write_text(settings({
            "site_name": "الموسوعة",
            "base_url": f"http://127.0.0.1:{self.web_port}",
            "language": "ar",
            "database": self.folder / "nashra.db",
            "templates": ROOT / "templates",
            "time_zone": "Asia/Damascus",
            "web": {"listen": f"127.0.0.1:{self.web_port}"},
            "mail": {"from": "الموسوعة <news@example.org>",
                     "bounce": "bounce@example.org",
                     "postal_address": "الموسوعة، شارع بغداد، دمشق"},
            "relay main": {"url": f"smtp://127.0.0.1:{self.smtp_port}",
                           "tls": "none"},
            "dkim": {"domain": "example.org", "selector": "nashra",
                     "key_file": self.folder / "keys" / "dkim.pem"},
            "feeds": {"allow_addresses": ["127.0.0.1"]},
        }) + "\n", encoding="utf-8")

    def command(self, *words):
        """The words a person would type."""
        return [str(BUILD / "nashra"), "--config", str(self.conf), *words]

    def nashra(self, *words):
        """Runs a command and shows both it and what it said."""
        say("  $ nashra " + " ".join(words))
        done = subprocess.run(self.command(*words), text=True,
                              stdout=subprocess.PIPE, check=False)
        for line in done.stdout.splitlines():
            say("    " + line)
        if done.returncode:
            raise AssertionError(f"nashra ended with {done.returncode}")

    def ask(self, *words):
        done = subprocess.run(self.command("--json", *words), text=True,
                              stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)

    # The mail

    def new_mail(self):
        """(path, message) of each mail not seen before."""
        found = []
        if self.maildir.exists():
            box = mailbox.Maildir(self.maildir, create=False)
            for key in sorted(set(box.keys()) - self.seen):
                self.seen.add(key)
                message = email.message_from_bytes(
                    box.get_bytes(key), policy=email.policy.default)
                found.append((self.maildir / box._lookup(key), message))
        return found

    def wait_for_mail(self):
        (mail,) = until(self.new_mail, "no mail came")
        return mail

    # The way of a reader

    def run(self):
        say("1. Parts: a feed of sample articles, an SMTP server, nashrad")
        self.start_counterparts()
        self.write_settings()
        self.nashra("init")
        self.start("nashrad", [BUILD / "nashrad", "--config", self.conf],
                   self.web_port)
        say("2. A list, and the feed that fills it")
        self.nashra("list", "add", LIST, "--title", TITLE)
        self.nashra("feed", "add", LIST,
                    f"http://127.0.0.1:{self.feed_port}/news.xml",
                    "--send-existing")
        say(f"3. {READER} asks in the form")
        form = web.get(self.form).form
        time.sleep(2.5)  # a form that is back faster was sent by a machine
        page = form.send(email=READER).follow()
        say(f"    the page says: {page.heading}")
        _, confirm = self.wait_for_mail()
        link = confirm_link(confirm)
        say(f"4. The mail «{confirm['Subject']}» has come; its link is "
            "followed and the button pressed")
        page = web.get(link).form.send()
        say(f"    the page says: {page.heading}")
        state = self.ask("subscriber", "show", READER)
        assert state["subscriptions"][0]["state"] == "active", state
        _, welcome = self.wait_for_mail()
        say(f"    and a mail follows: «{welcome['Subject']}»")
        say("5. The digest, as cron would send it")
        self.nashra("digest", "send", LIST, "--wait")
        path, digest = self.wait_for_mail()
        return path, digest

    def check(self, path, digest):
        """What the demo promises is what came."""
        html = digest.get_body(("html",)).get_content()
        text = digest.get_body(("plain",)).get_content()
        for article in feeds.sample():
            assert article.title in text, f"missing: {article.title}"
        assert 'dir="rtl"' in html
        assert digest["To"].addresses[0].addr_spec == READER
        assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "DKIM-Signature" in digest
        (self.folder / "digest.html").write_text(html, encoding="utf-8")
        (self.folder / "digest.txt").write_text(text, encoding="utf-8")
        shutil.copyfile(path, self.folder / "digest.eml")

    def show(self, digest):
        nashra = " ".join(self.command())
        say(f"""
It arrived: «{digest['Subject']}»

Look at
  the mail            {self.folder}/digest.eml
  its HTML            {self.folder}/digest.html
  its text            {self.folder}/digest.txt
  the form            {self.form}
  the archive         {self.archive}
  the Maildir         {self.maildir}/new
  the log             {self.folder}/nashrad.log

Type next, in another terminal
  {nashra} status
  {nashra} subscriber show {READER}
  {nashra} digest status
  {nashra} digest send {LIST}     # once a day: nothing happens
  {nashra} digest preview {LIST} --html preview.html
  {nashra} dkim dns
  {nashra} list add weekly --title 'نشرة الأسبوع' --every week
""")

    def serve(self):
        """Until Ctrl-C; says which mails come meanwhile."""
        say("Subscribe in the form: the mails are shown here. "
            "Ctrl-C ends the demo.")
        while True:
            for path, message in self.new_mail():
                say(f"\nmail to {message['To']}: {message['Subject']}")
                say(f"  {path}")
                if confirm_link(message):
                    say(f"  {confirm_link(message)}")
            for process in self.processes:
                if not process.alive():
                    raise AssertionError(
                        f"{process.name} ended: {process.log()[-1000:]}")
            time.sleep(0.5)

    def stop(self):
        """nashrad first: what it has begun is finished."""
        daemons = [p for p in self.processes if p.name == "nashrad"]
        statuses = [p.stop() for p in daemons if p.alive()]
        for process in self.processes:
            process.clean()
        assert not any(statuses), f"nashrad ended with {statuses}"


def confirm_link(message):
    text = message.get_body(("plain",)).get_content()
    return next((w for w in text.split() if "/confirm/" in w), None)


def own_folder():
    """build/demo, emptied; another one while a demo runs in that."""
    BUILD.mkdir(exist_ok=True)
    lock = open(BUILD / "demo.lock", "w")
    folder = BUILD / "demo"
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        own_folder.lock = lock  # held as long as we live
    except OSError:
        folder = BUILD / f"demo-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def interrupted(number, frame):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, interrupted)
    demo = Demo()
    try:
        path, digest = demo.run()
        demo.check(path, digest)
        demo.show(digest)
        if not os.environ.get("ONCE"):
            demo.serve()
    except KeyboardInterrupt:
        say("\nended")
    except AssertionError as error:
        say(f"demo: {error}")
        say(f"demo: the logs are in {demo.folder}")
        return 1
    finally:
        demo.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
