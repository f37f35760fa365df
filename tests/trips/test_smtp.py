"""What the relay says, what it does, and what becomes of the rows."""

import re
import socket
import threading

import pytest

from conftest import SAMPLE_DAY
from rig import feeds
from rig.mail import Sink, certificate
from rig.wait import free_port, until


def frozen(site, readers, **options):
    """A list with these readers and an issue for them, nothing sent yet."""
    site.add_list(**options)
    for name in readers:
        site.run("subscriber", "add", "news", f"{name}@example.net").must(0)
    site.follow_feed(feeds.made(1))
    sent = site.json("digest", "send", "news")
    assert sent["recipients"] == len(readers), sent
    return site


def counts(site, *names):
    row = site.issue()
    return tuple(row[name] for name in names)


def kept(site, words):
    """Is there an outbox row that holds these words in some column?"""
    return [row for row in site.rows("SELECT * FROM outbox")
            if any(words in str(value) for value in row.values())]


def let_time_pass(site, done, hours=1, times=30):
    """Moves the clock until done() is true."""
    for _ in range(times):
        try:
            return until(done, "not yet", 1.5)
        except AssertionError:
            site.clock.forward(hours=hours)
    raise AssertionError(f"not even after {hours * times} h: {site.issue()}")


# Answers


def test_5xx_fails_that_reader_alone(site):
    site.sink.rules(rcpt=[["^gone", "550 5.1.1 no such mailbox here"]])
    frozen(site, ["gone", "here", "there"])
    site.start("work")
    row = site.finished()
    assert counts(site, "sent", "failed", "deferred") == (2, 1, 0), row
    (bad,) = kept(site, "no such mailbox here")
    assert "550" in str(list(bad.values()))
    assert "5.1.1" in str(list(bad.values()))
    assert {m.to for m in site.sink.mails()} == {
        "here@example.net", "there@example.net"}


def test_5xx_after_the_dot_fails_too(site):
    site.sink.rules(data=[["^bad", "554 5.6.0 we do not like this text"]])
    frozen(site, ["bad", "here"])
    site.start("work")
    site.finished()
    assert counts(site, "sent", "failed") == (1, 1)
    assert kept(site, "we do not like this text")


@pytest.mark.parametrize("phase", ["rcpt", "data"])
def test_4xx_is_tried_again_later(dated, phase):
    site = dated
    site.sink.rules(**{phase: [["^grey", "450 4.2.0 greylisted, come later"]]})
    frozen(site, ["grey", "here"])
    site.start("work")
    until(lambda: counts(site, "sent", "deferred") == (1, 1),
          lambda: str(site.issue()))
    assert not site.issue()["finished"]
    assert kept(site, "greylisted, come later")
    site.sink.rules()
    let_time_pass(site, lambda: site.issue()["finished"])
    assert counts(site, "sent", "failed") == (2, 0)
    identities = {m["Message-ID"] for m in site.sink.mails("grey@example.net")}
    assert len(identities) == 1


def test_deferred_too_long_fails(dated):
    site = dated
    site.sink.rules(rcpt=[["^grey", "451 4.3.0 never today"]])
    frozen(site, ["grey"])
    site.start("work")
    let_time_pass(site, lambda: site.issue()["finished"], hours=12, times=40)
    assert counts(site, "sent", "failed") == (0, 1)
    assert kept(site, "never today")


@pytest.mark.parametrize("pipelining", [True, False])
def test_refusals_keep_the_connection(site, pipelining):
    """A dead address costs no new connection, with and without PIPELINING."""
    site.settings({"relay main": {"connections": 1}})
    site.sink.rules(pipelining=pipelining,
                    rcpt=[["[02468]@", "550 5.1.1 unknown"]])
    frozen(site, [f"r{n}" for n in range(10)])
    site.start("work")
    site.finished()
    assert counts(site, "sent", "failed") == (5, 5)
    assert {m.connection for m in site.sink.mails()} == {1}


# Uncertain ends


def test_no_answer_after_the_dot_resend(dated):
    site = dated
    site.sink.rules(cut="^odd")
    frozen(site, ["odd", "here"])
    site.start("work")
    until(lambda: len(site.sink.mails("odd@example.net")) == 1, "not sent")
    site.sink.rules()
    let_time_pass(site, lambda: site.issue()["finished"])
    assert counts(site, "sent", "failed", "unknown") == (2, 0, 0)
    copies = site.sink.mails("odd@example.net")
    assert len(copies) == 2
    assert copies[0]["Message-ID"] == copies[1]["Message-ID"]
    assert len(site.sink.mails("here@example.net")) == 1


@pytest.mark.parametrize("policy", ["hold", "skip"])
def test_no_answer_after_the_dot_is_final(dated, policy):
    site = dated
    site.sink.rules(cut="^odd")
    frozen(site, ["odd", "here"], unknown=policy)
    assert site.json("list", "show", "news")["unknown"] == policy
    site.start("work")
    site.finished()
    assert counts(site, "sent", "deferred", "queued") == (1, 0, 0)
    if policy == "hold":
        assert counts(site, "unknown") == (1,)
    site.sink.rules()
    site.clock.forward(days=3)
    site.ask("later@example.net")
    site.sink.one("later@example.net")
    assert len(site.sink.mails("odd@example.net")) == 1, "it came again"


def test_cut_before_the_dot_is_only_deferred(site):
    """Nothing was handed over: no policy is asked, it is sent again."""
    server = Broken(cut_after=b"DATA")
    site.settings({"relay main": {"url": f"smtp://127.0.0.1:{server.port}"}})
    frozen(site, ["sara"], unknown="skip")
    site.start("work")
    until(lambda: b"DATA" in server.heard, "no DATA came")
    until(lambda: busy_or_waiting(site), lambda: str(site.issue()))
    assert counts(site, "sent", "failed", "unknown") == (0, 0, 0)
    server.close()


def busy_or_waiting(site):
    row = site.issue()
    return row["deferred"] + row["queued"] == 1


class Broken:
    """A server for what aiosmtpd is too well-behaved to do: no TLS, a log of
    every byte, and a connection that breaks instead of an answer."""

    def __init__(self, cut_after=None):
        self.cut_after = cut_after
        self.heard = b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.socket.close()

    def _serve(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            with conn:
                try:
                    self._talk(conn)
                except OSError:
                    pass

    def _talk(self, conn):
        conn.settimeout(20)
        conn.sendall(b"220 broken.example.org\r\n")
        buffer = b""
        while True:
            received = conn.recv(4096)
            if not received:
                return
            self.heard += received
            buffer += received
            while b"\r\n" in buffer:
                line, _, buffer = buffer.partition(b"\r\n")
                word = line.split(b" ")[0].split(b":")[0].upper()
                if word in (b"QUIT", self.cut_after):
                    return
                conn.sendall(b"250 broken.example.org\r\n")


# The relay


def test_relay_that_is_down(make_site):
    site = make_site(clock=SAMPLE_DAY)
    site.sink.stop()
    frozen(site, ["sara", "omar"])
    site.start("work")
    relay = until(
        lambda: [r for r in site.json("status")["relays"]
                 if r["state"] == "down"],
        lambda: str(site.json("status")))[0]
    assert relay["name"] == "main"
    assert relay["error"] and relay["retry_at"] and relay["since"]
    row = site.issue()
    assert row["failed"] == row["unknown"] == row["sent"] == 0, row
    assert not row["finished"]
    assert "main" in site.run("status").must(0).out

    site.sink.start()
    let_time_pass(site, lambda: site.issue()["finished"])
    assert counts(site, "sent") == (2,)
    assert len(site.sink.mails()) == 2
    (relay,) = site.json("status")["relays"]
    assert relay["state"] == "ok", relay


def test_relay_goes_down_and_comes_back_in_the_middle(make_site):
    site = make_site(clock=SAMPLE_DAY)
    site.sink.rules(delay=0.05)
    frozen(site, [f"r{n}" for n in range(30)])
    site.start("work")
    until(lambda: site.sink.count() >= 8, "nothing is sent")
    site.sink.process.kill()
    until(lambda: site.json("status")["relays"][0]["state"] == "down",
          lambda: str(site.json("status")))
    site.sink.rules()
    site.sink.start()
    let_time_pass(site, lambda: site.issue()["finished"])
    assert counts(site, "sent", "failed") == (30, 0)
    assert {m.to for m in site.sink.mails()} == {
        f"r{n}@example.net" for n in range(30)}
    assert site.sink.count() <= 30 + 4


def test_relay_that_refuses_every_sender(make_site):
    """MAIL refused is the relay's trouble, never the readers'."""
    site = make_site(clock=SAMPLE_DAY)
    site.sink.rules(mail="451 4.7.1 too many today")
    frozen(site, ["sara", "omar"])
    site.start("work")
    until(lambda: site.json("status")["relays"][0]["state"] == "down",
          lambda: str(site.json("status")))
    assert "too many today" in site.json("status")["relays"][0]["error"]
    assert counts(site, "failed", "unknown", "sent") == (0, 0, 0)
    site.sink.rules()
    let_time_pass(site, lambda: site.issue()["finished"])
    assert counts(site, "sent") == (2,)


def test_second_relay_takes_over(make_site, tmp_path):
    other = Sink(tmp_path / "other")
    site = make_site(sink=other, change={"relay main": None})
    dead = free_port()
    site.settings({
        "relay first": {"url": f"smtp://127.0.0.1:{dead}", "tls": "none"},
        "relay second": {"url": f"smtp://127.0.0.1:{other.port}",
                         "tls": "none"}})
    frozen(site, ["sara", "omar"])
    site.start("work")
    site.finished()
    assert {m.to for m in other.mails()} == {
        "sara@example.net", "omar@example.net"}
    states = {r["name"]: r["state"] for r in site.json("status")["relays"]}
    assert states["second"] == "ok"


# AUTH and TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"), "authority")


def secured(make_site, tmp_path, authority, relay=None, hosts=("127.0.0.1",),
            signed_by=None):
    """A site whose relay asks for TLS and a password."""
    cert = certificate(tmp_path / "tls", "server", signed_by or authority,
                       hosts)
    sink = Sink(tmp_path / "sink", tls=[str(p) for p in cert],
                auth=["nashra", "s3cret:word"])
    password = tmp_path / "password"
    password.write_text("s3cret:word\n")
    password.chmod(0o600)
    site = make_site(sink=sink, change={"relay main": {
        "url": f"smtp://127.0.0.1:{sink.port}", "tls": "required",
        "user": "nashra", "password_file": password,
        "ca_file": authority[0], **(relay or {})}})
    return frozen(site, ["sara", "omar"])


def test_starttls_and_auth(make_site, tmp_path, authority):
    site = secured(make_site, tmp_path, authority)
    site.start("work")
    site.finished()
    assert len(site.sink.mails()) == 2
    for mail in site.sink.mails():
        assert mail.tls and mail.login
    for path in site.root.rglob("*"):
        if path.is_file() and path.name != "wire.log":
            assert b"s3cret" not in path.read_bytes(), path


def test_certificate_of_a_stranger_is_refused(make_site, tmp_path, authority):
    stranger = certificate(tmp_path / "stranger", "stranger")
    site = secured(make_site, tmp_path, authority, signed_by=stranger)
    refused(site)


def test_certificate_of_another_host_is_refused(
        make_site, tmp_path, authority):
    site = secured(make_site, tmp_path, authority,
                   hosts=("mail.example.org",))
    refused(site)


def refused(site):
    """Nothing is sent, and neither password nor address is said aloud."""
    site.start("work")
    relay = until(
        lambda: [r for r in site.json("status")["relays"]
                 if r["state"] == "down"],
        lambda: str(site.json("status")))[0]
    assert re.search("certificate|TLS|SSL", relay["error"]), relay
    assert site.sink.mails() == []
    wire = site.sink.wire().upper()
    assert "STARTTLS" in wire
    assert ">> B'AUTH" not in wire and ">> B'MAIL" not in wire
    assert counts(site, "failed", "unknown", "sent") == (0, 0, 0)


def test_required_tls_is_not_given_up(site):
    """A relay, or someone between, that does not offer STARTTLS."""
    server = Broken()
    password = site.root / "password"
    password.write_text("s3cret\n")
    password.chmod(0o600)
    site.settings({"relay main": {
        "url": f"smtp://127.0.0.1:{server.port}", "tls": "required",
        "user": "nashra", "password_file": password}})
    frozen(site, ["sara"])
    site.start("work")
    until(lambda: site.json("status")["relays"][0]["state"] == "down",
          lambda: str(site.json("status")))
    said = server.heard.upper()
    assert b"EHLO" in said
    assert b"MAIL" not in said and b"AUTH" not in said
    server.close()


def test_opportunistic_tls_goes_on_without(make_site):
    site = make_site(change={"relay main": {"tls": "opportunistic"}})
    frozen(site, ["sara"])
    site.start("work")
    site.finished()
    (mail,) = site.sink.mails()
    assert mail.tls is False


def test_wrong_password_stops_the_relay(make_site, tmp_path, authority):
    wrong = tmp_path / "wrong"
    wrong.write_text("guess\n")
    wrong.chmod(0o600)
    site = secured(make_site, tmp_path, authority,
                   relay={"password_file": wrong})
    site.start("work")
    relay = until(
        lambda: [r for r in site.json("status")["relays"]
                 if r["state"] == "down"],
        lambda: str(site.json("status")))[0]
    assert "guess" not in str(relay)
    assert site.sink.mails() == []
    assert counts(site, "failed", "unknown", "sent") == (0, 0, 0)
