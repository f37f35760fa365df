#!/usr/bin/python3
"""A mail server of other people's making (aiosmtpd) for the tests.

smtp_peer.py [--cert PEM --key PEM] [--smtps] [--auth USER:PASSWORD]
             [--no-pipelining] [--utf8]

Listens on a free port of 127.0.0.1. Writes to standard output, unbuffered, a
line with the port, then for every message a line "LENGTH SESSION TLS USER" and
the message as it came, without the doubled dots.
"""
import argparse
import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def say(data):
    view = memoryview(data)
    while view:
        view = view[os.write(1, view):]


class Handler:
    def __init__(self):
        self.peers = []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        if options.pipelining:
            responses.insert(1, "250-PIPELINING")
        return responses

    async def handle_DATA(self, server, session, envelope):
        if session.peer not in self.peers:
            self.peers.append(session.peer)
        user = session.auth_data.decode() if session.auth_data else "-"
        tls = session.ssl["cipher"][1] if session.ssl else "-"
        content = envelope.content
        number = self.peers.index(session.peer)
        say(b"%d %d %s %s\n" % (len(content), number, tls.encode(),
                                user.encode()))
        say(content)
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    given = data.login.decode() + ":" + data.password.decode()
    if given != options.auth:
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=data.login)


def make_session():
    context = None
    if options.cert and not options.smtps:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
    return SMTP(handler, data_size_limit=None, enable_SMTPUTF8=options.utf8,
                decode_data=False, hostname="peer.example",
                tls_context=context, auth_require_tls=False,
                authenticator=authenticate if options.auth else None)


async def main():
    context = None
    if options.smtps:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(make_session, "127.0.0.1", 0,
                                      ssl=context)
    say(b"%d\n" % server.sockets[0].getsockname()[1])
    await server.serve_forever()

parser = argparse.ArgumentParser()
parser.add_argument("--cert")
parser.add_argument("--key")
parser.add_argument("--smtps", action="store_true")
parser.add_argument("--auth")
parser.add_argument("--no-pipelining", dest="pipelining",
                    action="store_false")
parser.add_argument("--utf8", action="store_true")
options = parser.parse_args()
handler = Handler()
try:
    asyncio.run(main())
except KeyboardInterrupt:
    sys.exit(0)
