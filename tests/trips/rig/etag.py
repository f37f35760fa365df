"""etag - Python's HTTP server with an ETag instead of Last-Modified.

    etag.py PORT FOLDER

The stock one knows Last-Modified alone.
"""

import functools
import hashlib
import http.server
import pathlib
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        body = pathlib.Path(self.translate_path(self.path)).read_bytes()
        tag = f'"{hashlib.sha256(body).hexdigest()}"'
        same = self.headers["If-None-Match"] == tag
        self.send_response(304 if same else 200)
        self.send_header("ETag", tag)
        self.end_headers()
        if not same:
            self.wfile.write(body)


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(
        ("127.0.0.1", int(sys.argv[1])),
        functools.partial(Handler, directory=sys.argv[2])).serve_forever()
