"""probe - what the kernel says of running processes."""

import dataclasses
import os

ROLES = ("parent", "web", "work")  # as nashrad starts them


@dataclasses.dataclass
class Timed:
    """So many messages, in what time, at what cost."""
    messages: int
    seconds: float
    cpu: float

    @property
    def rate(self):
        return self.messages / self.seconds

    @property
    def cost(self):
        """Microseconds of CPU a message."""
        return self.cpu / self.messages * 1e6


def children(pid):
    """Process ids of its children."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [int(word) for word in f.read().split()]
    except OSError:
        return []


def family(pid):
    """It and what it has started."""
    return [pid, *children(pid)]


def cpu_seconds(pids):
    """User and system time of all their threads, to the nanosecond."""
    total = 0
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
    return total / 1e9


def name(pid):
    """What it executes."""
    with open(f"/proc/{pid}/comm") as f:
        return f.read().strip()


def status(pid, key):
    """A number of /proc/PID/status: VmRSS and VmHWM are KiB."""
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    raise KeyError(key)
