"""wait - until something is true, with a deadline; and ports nobody uses."""

import os
import socket
import time

# A sanitizer build on a busy machine is several times slower.
PATIENCE = float(os.environ.get("NASHRA_PATIENCE", "1"))


def until(condition, what, seconds=20.0):
    """The first true value of condition(); AssertionError when time is up.

    `what` may be a text, or a function that says what the state was.
    """
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            text = what() if callable(what) else what
            raise AssertionError(f"after {seconds * PATIENCE:.0f} s: {text}")
        time.sleep(0.02)


def free_port():
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    """Does someone accept connections there?"""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
        return True
    except OSError:
        return False
