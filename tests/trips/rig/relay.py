"""relay - tests/peers/relay.c seen from a test: fast, exact, and breakable.

Its record is the truth about what arrived, whoever was killed meanwhile.
"""

import collections
import os
import signal

from .process import Process
from .site import BUILD
from .wait import until

PROGRAM = BUILD / "tests" / "relay"

Taken = collections.namedtuple("Taken", "number at connection answered to id")


class Relay:
    """Faults are "PHASE/ACTION[/WHEN...]", as the program's page says."""

    def __init__(self, folder, *faults, port=0, **options):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.record = folder / "record"
        self.port = port
        self.begin(*faults, **options)

    def begin(self, *faults, **options):
        """Once more, on the same port and with the same record, maybe with
        other faults and options: delay_ms=5 is --delay-ms 5."""
        argv = [PROGRAM, "--port", self.port, "--record", self.record]
        for key, value in options.items():
            argv.append("--" + key.replace("_", "-"))
            if value is not True:
                argv.append(value)
        for fault in faults:
            argv += ["--fault", fault]
        said = self.folder / "port"
        with open(said, "w") as out:
            self.process = Process("relay", argv, self.folder, stdout=out)
        until(lambda: said.read_text().endswith("\n")
              or not self.process.alive(), "the relay did not start")
        assert self.process.alive(), self.process.log()
        self.port = int(said.read_text())

    def heal(self):
        """No faults from now on."""
        os.kill(self.process.pid, signal.SIGUSR1)

    def stop(self):
        self.process.stop()

    def clean(self):
        self.process.clean()

    def taken(self):
        """What was read up to its dot, in order; answered: did we say so?"""
        if not self.record.exists():
            return []
        lines = self.record.read_text().split("\n")[:-1]
        return [Taken(int(w[0]), int(w[1]), int(w[2]), w[3] == "sent", *w[4:])
                for w in map(str.split, lines)]

    def count(self):
        return self.record.read_bytes().count(b"\n") if (
            self.record.exists()) else 0

    def copies(self):
        """{recipient: what came for it}"""
        found = collections.defaultdict(list)
        for one in self.taken():
            found[one.to].append(one)
        return found
