"""What README asks a newcomer to run first."""

import os
import subprocess
import sys

from rig.site import BUILD, ROOT


def test_the_demo_runs_to_its_end():
    done = subprocess.run(
        [sys.executable, "-B", ROOT / "tests/demo/demo.py"],
        env={**os.environ, "NASHRA_BUILD": str(BUILD), "ONCE": "1"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "It arrived: «" in done.stdout
    assert "and a mail follows: «" in done.stdout
