# SPDX-License-Identifier: ISC
"""A server that misbehaves on request, for fetch_test.

Prints its port, its port for https (0 where there is no openssl) and the file
of its certificate, a line each; serves on loopback until its standard input is
closed.
"""
import gzip
import http.server
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse

ETAG = '"v1-\'x"'
MODIFIED = "Wed, 22 Jan 2025 06:30:00 GMT"
FEED = "<rss><channel><title>نشرة</title></channel></rss>".encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def chunks(self, piece, pause=None):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while not (pause and pause.wait(0.02)):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()

    def do_feed(self, _):
        headers = [("ETag", ETAG), ("Last-Modified", MODIFIED),
                   ("Content-Type", "application/rss+xml; charset=utf-8"),
                   ("Set-Cookie", "id=1"), ("Server", "x" * 700)]
        same = (self.headers["If-None-Match"] == ETAG or
                self.headers["If-Modified-Since"] == MODIFIED)
        self.answer(304 if same else 200, b"" if same else FEED, headers)

    def do_headers(self, _):
        self.answer(200, str(self.headers).encode())

    def do_status(self, query):
        self.answer(int(query), b"status " + query.encode())

    def do_to(self, query):
        self.answer(302, b"elsewhere", [("Location", query),
                                        ("ETag", '"of the redirect"')])

    def do_times(self, query):
        left = int(query)
        if left:
            self.answer(301, headers=[("Location", "/times?%d" % (left - 1))])
        else:
            self.answer(200, b"there")

    def do_loop(self, _):
        self.answer(307, headers=[("Location", "/loop")])

    def do_nowhere(self, _):
        self.answer(302, b"no location")

    def do_gzip(self, _):
        self.answer(200, gzip.compress(FEED), [("Content-Encoding", "gzip")])

    def do_bomb(self, _):
        self.answer(200, gzip.compress(bytes(64 << 20), 9),
                    [("Content-Encoding", "gzip")])

    def do_nested(self, _):
        body = gzip.compress(gzip.compress(FEED))
        self.answer(200, body, [("Content-Encoding", "gzip, gzip")])

    def do_nested2(self, _):
        body = gzip.compress(gzip.compress(FEED))
        self.answer(200, body, [("Content-Encoding", "gzip"),
                                ("Content-Encoding", "gzip")])

    def do_notgzip(self, _):
        self.answer(200, FEED, [("Content-Encoding", "gzip")])

    def do_size(self, query):
        self.answer(200, b"x" * int(query))

    def do_endless(self, _):
        self.chunks(b"x" * 65536)

    def do_drip(self, _):
        self.chunks(b"x", threading.Event())

    def do_silent(self, _):
        threading.Event().wait()

    def do_close(self, _):
        self.close_connection = True

    def do_short(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"short")
        self.close_connection = True

    def do_garbage(self, _):
        self.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")
        self.close_connection = True

    def do_longheaders(self, _):
        self.answer(200, FEED, [("ETag", '"' + "e" * 400 + '"'),
                                ("Last-Modified", "m" * 255),
                                ("Content-Type", "text/xml\x01")])

    def do_manyheaders(self, _):
        self.send_response(200)
        while True:
            self.wfile.write(b"X-Filler: " + b"y" * 1000 + b"\r\n")

    def do_GET(self):
        path, _, query = self.path.partition("?")
        try:
            getattr(self, "do_" + path.strip("/"))(urllib.parse.unquote(query))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *args):
        pass


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def serve_https(folder):
    name = os.path.join(folder, "cert.pem")
    try:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048",
                        "-nodes", "-keyout", name + ".key", "-out", name,
                        "-subj", "/CN=127.0.0.1", "-addext",
                        "subjectAltName=IP:127.0.0.1"],
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return 0, "-"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(name, name + ".key")
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return serve(server), name


with tempfile.TemporaryDirectory() as folder:
    port = serve(Server(("127.0.0.1", 0), Handler))
    print(port, *serve_https(folder), sep="\n", flush=True)
    sys.stdin.read()
