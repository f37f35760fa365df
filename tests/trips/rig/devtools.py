"""devtools - one headless Chromium that looks at many mails.

Spoken to over two pipes (--remote-debugging-pipe): JSON messages that end in a
NUL, so nothing listens. Each mail is put into an empty page; what it asks of
any host is answered here, with a picture, and noted. Nothing leaves the
machine.
"""

import base64
import json
import os
import re
import select
import signal
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path

from rig.browser import PROGRAM

PROBE = Path(__file__).with_name("probe.js").read_text("utf-8")

# For whoever looks at the screenshots: hills, and a name on a logo.
SCENES = (("#f6c667", "#3b6978", "#204051"), ("#9ad3bc", "#3d7ea6", "#1b4965"),
          ("#f3a183", "#8d5a97", "#4a2c5e"), ("#cfe8ef", "#6b8f71", "#2f4b36"))
HILLS = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 552 310"
 preserveAspectRatio="none" width="552" height="310">
<rect width="552" height="310" fill="{}"/>
<circle cx="{}" cy="96" r="44" fill="#fff" opacity=".75"/>
<path d="M0 190 L130 100 L250 180 L390 80 L552 200 V310 H0Z" fill="{}"/>
<path d="M0 250 L160 180 L330 260 L470 190 L552 240 V310 H0Z" fill="{}"/>
</svg>"""
LOGO = """<svg xmlns="http://www.w3.org/2000/svg" width="176" height="48">
<rect width="176" height="48" rx="6" fill="#b3402a"/>
<path d="M14 36 L30 12 L46 36Z" fill="#fff"/>
<text x="58" y="34" font-size="27" font-weight="bold" fill="#fff"
 font-family="Noto Sans, sans-serif">Wijhat</text></svg>"""


def _picture(url):
    path = urllib.parse.urlsplit(url).path
    if "logo" in path:
        return LOGO
    number = sum(path.encode())
    sky, far, near = SCENES[number % len(SCENES)]
    return HILLS.format(sky, 120 + number * 53 % 330, far, near)


class Browser:
    """Use it in a with: the browser ends with it."""

    def __init__(self, seconds=60):
        self.seconds = seconds
        self.asked = []     # urls, in order
        self.images = True  # False: none comes
        self.ours = None    # where the pages of open() come from
        self._id = 0
        self._rest = b""

    def __enter__(self):
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        their_in, our_out = os.pipe()
        our_in, their_out = os.pipe()

        # 3 and 4 are the numbers that Chromium reads and writes.
        def pipes():
            high = [os.dup(their_in), os.dup(their_out)]
            os.dup2(os.dup(high[0]), 3)
            os.dup2(os.dup(high[1]), 4)

        self._process = subprocess.Popen([
            PROGRAM, "--headless", "--no-sandbox", "--disable-gpu",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--hide-scrollbars",
            f"--user-data-dir={self._profile.name}",
            "--proxy-server=http://127.0.0.1:9",
            "--remote-debugging-pipe", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, close_fds=False, preexec_fn=pipes,
            start_new_session=True)
        os.close(their_in)
        os.close(their_out)
        self._in, self._out = our_in, our_out
        self._session = None
        (page,) = [t for t in self._call("Target.getTargets")["targetInfos"]
                   if t["type"] == "page"]
        self._session = self._call(
            "Target.attachToTarget", targetId=page["targetId"],
            flatten=True)["sessionId"]
        self._call("Page.enable")
        self._call("Network.enable")
        self._call("Network.setCacheDisabled", cacheDisabled=True)
        self._call("Fetch.enable", patterns=[{"urlPattern": "http*"}])
        tree = self._call("Page.getFrameTree")
        self._frame = tree["frameTree"]["frame"]["id"]
        return self

    def __exit__(self, *what):
        os.close(self._in)
        os.close(self._out)
        # Its own group: a wrapper, and a process for each part.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._profile.cleanup()

    def _send(self, method, params):
        self._id += 1
        message = {"id": self._id, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data):]
        return self._id

    def _receive(self):
        end = time.monotonic() + self.seconds
        while b"\0" not in self._rest:
            left = end - time.monotonic()
            ready = left > 0 and select.select([self._in], [], [], left)[0]
            part = os.read(self._in, 1 << 16) if ready else b""
            assert part, "chromium does not answer"
            self._rest += part
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def _answer(self, event):
        """A picture for whatever is asked, but of our own server."""
        if self.ours and event["request"]["url"].startswith(self.ours):
            self._send("Fetch.continueRequest",
                       {"requestId": event["requestId"]})
            return
        self.asked.append(event["request"]["url"])
        if not self.images:
            self._send("Fetch.failRequest", {
                "requestId": event["requestId"], "errorReason": "Aborted"})
            return
        body = _picture(event["request"]["url"]).encode()
        self._send("Fetch.fulfillRequest", {
            "requestId": event["requestId"], "responseCode": 200,
            "responseHeaders": [
                {"name": "Content-Type", "value": "image/svg+xml"}],
            "body": base64.b64encode(body).decode()})

    def _call(self, method, **params):
        number = self._send(method, params)
        while True:
            message = self._receive()
            if message.get("method") == "Fetch.requestPaused":
                self._answer(message["params"])
            elif message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    def _window(self, width, height):
        self._call("Emulation.setDeviceMetricsOverride", width=width,
                   height=height, deviceScaleFactor=1, mobile=False)

    def fresh(self):
        """Forgets what it was asked for and shown: a document has a picture
        that it asks for twice only once."""
        self._call("Page.navigate", url="about:blank")
        self.run("1")

    def show(self, text, width, dark=False):
        """Opens a mail in a window of a width; waits for its pictures."""
        if not self.images:
            # Those that came before would be there, whatever is answered now.
            text = re.sub(r'(<img [^>]*\bsrc="https?://)', r"\1none.", text)
        self._ready(width, dark)
        self._call("Page.setDocumentContent", frameId=self._frame, html=text)
        self._settle()

    def open(self, url, width, dark=False, first=""):
        """Goes to a page of our own server, with its headers and all; `first`
        is a script of ours that runs before it."""
        self._ready(width, dark)
        script = self._call("Page.addScriptToEvaluateOnNewDocument",
                            source=first)["identifier"]
        self.ours = url.partition("//")[0] + "//" + url.split("/")[2] + "/"
        self._call("Page.navigate", url=url)
        self._call("Page.removeScriptToEvaluateOnNewDocument",
                   identifier=script)
        self.run("new Promise((f) => document.readyState === 'complete' ? f(1)"
                 " : addEventListener('load', () => f(1)))")
        self._settle()

    def _ready(self, width, dark):
        self.asked.clear()
        self._width = width
        self._window(width, 900)
        self._call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])

    def _settle(self):
        self.run("document.querySelectorAll('img[loading]').forEach((i) => {"
                 " i.loading = 'eager'; })")
        self.run("Promise.all([...document.images].map((i) => i.complete || "
                 "new Promise((f) => { i.onload = i.onerror = f; })))"
                 ".then(() => document.fonts.ready).then(() => 1)")
        self.run(PROBE)

    def run(self, script):
        """The value of an expression, or of its promise."""
        result = self._call("Runtime.evaluate", expression=script,
                            awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def picture(self, path, height=6000):
        """A screenshot of the whole mail, or of its beginning."""
        whole = self.run("document.documentElement.offsetHeight")
        self._window(self._width, min(height, whole))
        data = self._call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))
