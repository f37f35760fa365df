"""rivals - what else sends, and what takes it all.

They are other people's programs, at what they are known to be good at.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from rig.process import Process
from rig.site import BUILD
from rig.wait import answers, free_port, until

from .probe import Timed

SMTP_SINK = "/usr/sbin/smtp-sink"
SMTP_SOURCE = "/usr/sbin/smtp-source"

LOOP = """
import smtplib, sys
text = open(sys.argv[3], "rb").read()
relay = smtplib.SMTP("127.0.0.1", int(sys.argv[1]))
for n in range(int(sys.argv[2])):
    relay.sendmail("b@example.org", [f"reader{n}@example.net"], text)
relay.quit()
"""


def timed(argv, messages, **kw):
    """Runs a program to its end, which must be a good one."""
    began = time.monotonic()
    child = subprocess.Popen([str(word) for word in argv],
                             stdin=subprocess.DEVNULL, **kw)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{argv[0]}: exit {child.returncode}")
    return Timed(messages, seconds, usage.ru_utime + usage.ru_stime)


class Sink:
    """Postfix's smtp-sink: takes everything, keeps nothing."""

    def __init__(self, folder):
        self.port = free_port()
        user = ["-u", "postfix"] if os.geteuid() == 0 else []
        self.process = Process(
            "smtp-sink", [SMTP_SINK, *user, f"127.0.0.1:{self.port}", 200],
            folder)
        until(lambda: answers(self.port), "smtp-sink does not answer")

    def clean(self):
        self.process.clean()


class Relay:
    """tests/peers/relay.c: like smtp-sink, with TLS and bad manners."""

    PROGRAM = BUILD / "tests" / "relay"

    def __init__(self, folder, name, *words):
        self.process = Process(name, [self.PROGRAM, *words], folder)
        self.port = int(until(
            self.process.out_path.read_text, "the relay names no port"))

    @classmethod
    def there(cls):
        return os.access(cls.PROGRAM, os.X_OK)

    def clean(self):
        self.process.clean()


class Source:
    """Postfix's smtp-source with a message of ours, byte for byte."""

    def __init__(self, folder, eml):
        # It reads lines as Unix has them, and adds the CR itself.
        self.file = folder / "source.eml"
        self.file.write_bytes(eml.read_bytes().replace(b"\r\n", b"\n"))

    def run(self, port, messages, sessions):
        return timed([
            SMTP_SOURCE, "-d", "-N", "-s", sessions, "-m", messages, "-F",
            self.file, "-f", "b@example.org", "-t", "reader@example.net",
            f"127.0.0.1:{port}"], messages)


def smtplib_loop(port, messages, eml):
    return timed([sys.executable, "-c", LOOP, port, messages, eml], messages)


def openssl_signs(seconds=2):
    """RSA-2048 signatures a second, on one core, by the clock on the wall:
    whoever else wants the core takes as much from it as from us."""
    out = openssl("speed", "-elapsed", "-seconds", seconds, "rsa2048")
    found = re.search(r"^rsa 2048 bits\s+\S+s\s+\S+s\s+([\d.]+)", out, re.M)
    return float(found[1])


def certificate(folder):
    """For localhost, by itself; the paths of certificate and key."""
    paths = folder / "relay.crt", folder / "relay.key"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-out", paths[0], "-keyout", paths[1])
    return paths


def ed25519_key(folder):
    path = folder / "ed25519.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-out", path)
    path.chmod(0o600)
    return path


def openssl(*words):
    return subprocess.run(["openssl", *map(str, words)], check=True,
                          capture_output=True, text=True).stdout


def fsyncs(path):
    """How often fsync and fdatasync were called, by strace -c."""
    total = 0
    for line in pathlib.Path(path).read_text().splitlines():
        words = line.split()
        if words and words[-1] in ("fsync", "fdatasync"):
            total += int(words[3])
    return total


class Mlmmj:
    """mlmmj-send to a list of its own. Without control/verp it makes the
    VERP itself, and a mail for each reader."""

    def __init__(self, folder, port, eml, readers):
        self.readers = readers
        self.list = folder / "mlmmj"
        shutil.rmtree(self.list, ignore_errors=True)
        for name in ("control", "subscribers.d", "digesters.d", "nomailsubs.d",
                     "queue/discarded", "archive", "text", "subconf",
                     "unsubconf", "bounce", "moderation", "requeue",
                     "incoming"):
            (self.list / name).mkdir(parents=True)
        for name, value in (("listaddress", "news@example.org"),
                            ("relayhost", "127.0.0.1"),
                            ("smtpport", str(port)), ("noarchive", "")):
            (self.list / "control" / name).write_text(value + "\n")
        (self.list / "index").write_text("0\n")
        (self.list / "subscribers.d" / "r").write_text("".join(
            f"reader{n}@example.net\n" for n in range(readers)))
        self.eml = eml

    @staticmethod
    def there():
        return shutil.which("mlmmj-send")

    def run(self):
        mail = self.list / "incoming" / "mail"
        shutil.copyfile(self.eml, mail)
        # Its programs insist on a full path.
        return timed([self.there(), "-L", self.list, "-m", mail],
                     self.readers)
