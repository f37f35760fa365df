"""mail - what the counterparts kept, seen from a test; read by Python's email.
"""

import email
import email.policy
import glob
import json
import os
import re
import subprocess
import sys

from . import sink as sink_program
from .process import Process
from .wait import answers, free_port, until


class Mail:
    """One message as a server got it: envelope and content."""

    def __init__(self, record):
        self.sender = record["sender"]
        self.recipients = record["recipients"]
        self.to = self.recipients[0]
        self.raw = record["content"].encode("latin-1")
        self.connection = record.get("connection")
        self.tls = record.get("tls")
        self.login = record.get("login")
        self.taken = not (record.get("refused") or record.get("cut"))
        self.message = email.message_from_bytes(
            self.raw, policy=email.policy.default)

    def __getitem__(self, header):
        return self.message[header]

    def part(self, subtype):
        """The decoded text of the plain or html part."""
        body = self.message.get_body((subtype,))
        return body.get_content() if body else None

    @property
    def text(self):
        return self.part("plain")

    @property
    def html(self):
        return self.part("html")

    def links(self, room):
        """Addresses in the text part whose path begins with that room."""
        return re.findall(rf"https?://\S+?/{room}/[\w.~-]+", self.text)

    def unsubscribe(self):
        """The http address in List-Unsubscribe (RFC 2369)."""
        found = [a for a in re.findall(r"<([^>]+)>", self["List-Unsubscribe"])
                 if a.startswith("http")]
        assert len(found) == 1, self["List-Unsubscribe"]
        return found[0]


class Sink:
    """rig/sink.py as a process; `rules` can be changed while it runs."""

    def __init__(self, folder, port=0, tls=None, auth=None, **rules):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.tls = tls
        self.auth = auth
        self.port = port
        self.rules(**rules)
        self.start()

    def start(self):
        """Begin, or begin again on the same port."""
        argv = [sys.executable, "-P", sink_program.__file__, "--folder", self.folder,
                "--port", self.port]
        if self.tls:
            argv += ["--tls", *self.tls]
        if self.auth:
            argv += ["--auth", *self.auth]
        said = self.folder / "port"
        with open(said, "w") as out:
            self.process = Process("sink", argv, self.folder, stdout=out)
        until(lambda: said.read_text().strip() or not self.process.alive(),
              "the SMTP sink did not start")
        assert self.process.alive(), self.process.log()
        self.port = int(said.read_text())

    def rules(self, **rules):
        """Behave so from now on; what is not named is as usual."""
        scratch = self.folder / "rules.new"
        scratch.write_text(json.dumps(rules))
        scratch.replace(self.folder / "rules.json")

    def stop(self):
        self.process.stop()

    def clean(self):
        self.process.clean()

    def mails(self, to=None):
        """All that was handed over so far, whatever the answer was."""
        path = self.folder / "mails.jsonl"
        if not path.exists():
            return []
        lines = path.read_bytes().split(b"\n")[:-1]
        found = [Mail(json.loads(line)) for line in lines]
        return [m for m in found if to is None or m.to == to]

    def count(self):
        path = self.folder / "mails.jsonl"
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def wire(self):
        """Every command line that came, by aiosmtpd's log."""
        path = self.folder / "wire.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def digests(self, to):
        """What came to that address and can be unsubscribed from; no mail of
        welcome."""
        return [m for m in self.mails(to)
                if m["List-Unsubscribe"] and not m["Auto-Submitted"]]

    def welcomes(self, to):
        """Mails of welcome; those of goodbye have no way out any more, and
        confirm mails are not bulk."""
        return [m for m in self.mails(to) if m["List-Unsubscribe"]
                and m["Auto-Submitted"] and m["Precedence"]]

    def goodbyes(self, to):
        return [m for m in self.mails(to) if m["List-Subscribe"]]

    def one(self, to, seconds=20):
        """Waits for a mail to that address and returns the first."""
        return until(lambda: self.mails(to),
                     lambda: f"no mail to {to}; {self.count()} others",
                     seconds)[0]


class PostfixSink:
    """Postfix's smtp-sink, which keeps each message in a file."""

    def __init__(self, folder, *options):
        self.folder = folder
        folder.mkdir()
        self.port = free_port()
        if os.getuid() == 0:
            options = ("-u", "root", *options)  # it insists on a name
        self.process = Process(
            "smtp-sink", ["/usr/sbin/smtp-sink", *options, "-d",
                          f"{folder}/mail.", f"127.0.0.1:{self.port}", "100"],
            folder)
        until(lambda: answers(self.port) or not self.process.alive(),
              "smtp-sink does not answer")
        assert self.process.alive(), self.process.log()

    def clean(self):
        self.process.clean()

    def mails(self):
        """(envelope lines, message with CRLF), as smtp-sink dumped them."""
        found = []
        for path in sorted(self.folder.glob("mail.*")):
            dump = path.read_bytes()
            received = re.search(rb"^Received: .*\n(?:\t.*\n)*", dump, re.M)
            # It ends each dump with an empty line of its own.
            message = dump[received.end():].removesuffix(b"\n")
            found.append((dump[:received.start()].decode(),
                          message.replace(b"\n", b"\r\n")))
        return found


def certificate(folder, name, authority=None, hosts=("127.0.0.1",), rsa=False,
                days_ago=0):
    """A self-made authority, or a server's certificate signed by one.

    Returns (certificate file, key file). Made by the openssl command, so many
    days ago, for 30 days.
    """
    folder.mkdir(exist_ok=True)
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    kind = (["rsa:2048"] if rsa else
            ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
    argv = ["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-days",
            "30", "-keyout", key, "-out", cert, "-subj", f"/CN={name}"]
    if authority:
        names = ",".join(("IP:" if h[0].isdigit() else "DNS:") + h
                         for h in hosts)
        argv += ["-CA", authority[0], "-CAkey", authority[1],
                 "-addext", f"subjectAltName={names}",
                 "-addext", "basicConstraints=critical,CA:FALSE"]
    env = {**os.environ, **(past(days_ago) if days_ago else {})}
    subprocess.run([str(a) for a in argv], check=True, capture_output=True,
                   env=env)
    return cert, key


def past(days):
    """The environment of a program that is to live so many days ago."""
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    assert found, "libfaketime is missing: apt-get install libfaketime"
    return {"LD_PRELOAD": found[0], "FAKETIME": f"-{days}d"}
