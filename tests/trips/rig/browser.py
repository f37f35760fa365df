"""browser - a page in headless Chromium, and whom it asks for what.

The page comes from a stock HTTP server on loopback, which is Chromium's proxy
too: whatever the page asks of any host is asked of it, and noted. Nothing
leaves the machine. The page ends by posting what it found to /report.
"""

import http.server
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import urllib.parse

from rig.wait import until

PROGRAM = next(filter(None, map(shutil.which, (
    "chromium", "chromium-browser", "google-chrome"))), None)
# What Chromium asks for on its own account.
CHROMIUM = (".google.com", ".googleapis.com", ".gvt1.com", ".gstatic.com")
PICTURE = (b'<svg xmlns="http://www.w3.org/2000/svg" width="3000" height="2000">'
           b'<rect width="3000" height="2000" fill="teal"/></svg>')


class _Handler(http.server.BaseHTTPRequestHandler):
    def _answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _for_us(self):
        """The path that is asked of us; None where another host is meant."""
        if self.command == "CONNECT":
            host, path = self.path.rpartition(":")[0], ""
        else:
            parts = urllib.parse.urlsplit(self.path)
            host, path = parts.hostname or "127.0.0.1", parts.path
        if host == "127.0.0.1":
            return path
        if not host.endswith(CHROMIUM):
            self.server.visit.asked.append(host)
        return None

    def do_CONNECT(self):
        self._for_us()
        self._answer(502, "text/plain", b"")

    def do_GET(self):
        visit = self.server.visit
        path = self._for_us()
        if path is None:
            self._answer(200, "image/svg+xml", PICTURE)
        elif path == "/page":
            self._answer(200, "text/html; charset=utf-8", visit.page)
        else:
            visit.lost.append(path)
            self._answer(404, "text/plain", b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self._for_us()
        if path == "/report":
            self.server.visit.report = json.loads(body)
        elif path is not None:
            self.server.visit.lost.append(path)
        self._answer(204, "text/plain", b"")

    def log_message(self, *args):
        pass


class Visit:
    """What came of opening a page."""

    def __init__(self, page):
        self.page = page.encode("utf-8", "surrogateescape")
        self.asked = []   # hosts other than ours, one for each request
        self.lost = []    # paths of ours that there are not
        self.report = None


def visit(page, seconds=60):
    """Opens a page, waits for its report, ends the browser."""
    seen = Visit(page)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.visit = seen
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"127.0.0.1:{server.server_port}"
        with tempfile.TemporaryDirectory(
                ignore_cleanup_errors=True) as profile:
            chromium = subprocess.Popen([
                PROGRAM, "--headless", "--no-sandbox", "--disable-gpu",
                "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", f"--user-data-dir={profile}",
                f"--proxy-server=http://{here}",
                "--proxy-bypass-list=<-loopback>", "--window-size=900,900",
                f"http://{here}/page"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True)
            try:
                until(lambda: seen.report is not None, lambda:
                      f"no report; asked {seen.asked}, lost {seen.lost}",
                      seconds)
            finally:
                # Its own group: a wrapper, and a process for each part.
                os.killpg(chromium.pid, signal.SIGKILL)
                chromium.wait()
                server.shutdown()
    return seen
