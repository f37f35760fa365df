"""process - a program that we started, and end by its own id."""

import os
import re
import signal
import subprocess
import time

from .wait import PATIENCE


class Process:
    """Runs in a session of its own; both outputs go to files beside it."""

    def __init__(self, name, argv, folder, env=None, stdout=None):
        self.name = name
        self.out_path = folder / f"{name}.out"
        self.err_path = folder / f"{name}.log"
        self._out = open(self.out_path, "ab") if stdout is None else stdout
        self._err = open(self.err_path, "ab")
        self._begun = self._err.tell()
        self.popen = subprocess.Popen(
            [str(word) for word in argv], env=env, stdin=subprocess.DEVNULL,
            stdout=self._out, stderr=self._err, start_new_session=True)

    @property
    def pid(self):
        return self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def log(self):
        """What came since it began: one of its name may have been before."""
        with open(self.err_path, "rb") as said:
            said.seek(self._begun)
            return said.read().decode(errors="replace")

    def wait(self, seconds=15):
        """The exit status, or an error that shows the end of the log."""
        try:
            return self.popen.wait(seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"{self.name} did not end in {seconds} s; its log ends:\n"
                + self.log()[-2000:]) from None

    def stop(self, seconds=15):
        """SIGTERM, as a service manager does; the exit status."""
        if self.alive():
            self.popen.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        """SIGKILL to this process alone, and wait until it is gone."""
        if self.alive():
            self.popen.kill()
        return self.wait()

    def hears(self):
        """Does it wait for SIGTERM? It would be the end of it otherwise."""
        with open(f"/proc/{self.pid}/status") as f:
            blocked = re.search(r"^SigBlk:\s*(\w+)", f.read(), re.M)[1]
        return bool(int(blocked, 16) >> (signal.SIGTERM - 1) & 1)

    def children(self):
        """Process ids of our children, by the kernel's own list."""
        try:
            with open(f"/proc/{self.pid}/task/{self.pid}/children") as f:
                return [int(word) for word in f.read().split()]
        except OSError:
            return []

    def clean(self):
        """End it and everything it started, whatever state it is in."""
        if self.alive():
            self.popen.terminate()
            try:
                self.popen.wait(5)
            except subprocess.TimeoutExpired:
                pass
        for _ in range(50):
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                break
            self.popen.poll()
            time.sleep(0.02)
        self.popen.wait()
        self._err.close()
        self._out.close()
