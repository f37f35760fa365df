"""sink - an SMTP server, by aiosmtpd, that writes down what it was given.

Run as a program:

    sink.py --folder DIR [--port N] [--tls CERT KEY] [--auth USER PASSWORD]

It prints its port, then serves until SIGTERM. DIR/mails.jsonl has a line for
each message, written before it is answered; DIR/wire.log has every command
line that came. DIR/rules.json, read anew for each command, says how it
behaves; all keys are optional:

    delay       seconds between the final dot and its answer
    pipelining  offer PIPELINING (true unless said otherwise)
    rcpt, data  [[pattern, "550 5.1.1 no"], ...]: answers by recipient
    cut         pattern: for these recipients, close after the final dot
                without an answer
    mail        an answer to every MAIL

`Sink` is the same seen from a test.
"""

import argparse
import asyncio
import json
import logging
import pathlib
import re
import signal
import ssl
import sys
import time

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.mails = open(folder / "mails.jsonl", "a", buffering=1)
        self.connections = 0

    def rule(self, key, default=None):
        try:
            return json.loads((self.folder / "rules.json").read_text()).get(
                key, default)
        except FileNotFoundError:
            return default

    def answer(self, key, address):
        for pattern, reply in self.rule(key, []):
            if re.search(pattern, address):
                return reply
        return None

    async def handle_EHLO(self, server, session, envelope, hostname, lines):
        session.host_name = hostname
        if not hasattr(session, "number"):
            self.connections += 1
            session.number = self.connections
        if self.rule("pipelining", True):
            lines.insert(1, "250-PIPELINING")
        return lines

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.rule("mail"):
            return self.rule("mail")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = self.answer("rcpt", address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session: Session, envelope: Envelope):
        recipient = envelope.rcpt_tos[0]
        refusal = self.answer("data", recipient)
        cut = self.rule("cut")
        cut = bool(cut and re.search(cut, recipient))
        self.mails.write(json.dumps({
            "at": time.time(), "connection": session.number,
            "sender": envelope.mail_from, "recipients": envelope.rcpt_tos,
            "content": envelope.content.decode("latin-1"),
            "tls": session.ssl is not None,
            "login": session.authenticated, "refused": refusal, "cut": cut,
        }) + "\n")
        await asyncio.sleep(self.rule("delay", 0))
        if cut:
            server.transport.abort()
        return refusal or "250 2.0.0 kept"


async def serve(args):
    folder = pathlib.Path(args.folder)
    wire = logging.FileHandler(folder / "wire.log")
    logging.getLogger("mail.log").addHandler(wire)
    logging.getLogger("mail.log").setLevel(logging.INFO)
    handler = Handler(folder)
    tls = None
    if args.tls:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*args.tls)

    def login(server, session, envelope, mechanism, data):
        given = [data.login.decode(), data.password.decode()]
        # handled=False: aiosmtpd itself answers a refusal, with 535.
        return AuthResult(success=given == args.auth, handled=False)

    def connection():
        return SMTP(
            handler, hostname="sink.example.org", data_size_limit=None,
            tls_context=tls, authenticator=login if args.auth else None,
            auth_required=bool(args.auth), auth_require_tls=bool(tls),
            enable_SMTPUTF8=False)

    loop = asyncio.get_running_loop()
    done = loop.create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.cancel)
    # The aborts that we make on purpose would fill the log.
    loop.set_exception_handler(lambda loop, context: None)
    server = await loop.create_server(
        connection, "127.0.0.1", args.port, backlog=128)
    print(server.sockets[0].getsockname()[1], flush=True)
    try:
        await done
    except asyncio.CancelledError:
        server.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--auth", nargs=2)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
