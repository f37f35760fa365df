"""Mail servers of the field as relays: Postfix with Dovecot, and OpenSMTPD."""

import base64
import datetime
import re
import shutil

import pytest

from conftest import SAMPLE_DAY
from rig import feeds
from rig.mail import certificate
from rig.mta import (Between, Dovecot, Opensmtpd, Postfix, missing,
                     open_folder, opensmtpd_files)
from rig.process import Process
from rig.site import BUILD
from rig.wait import until
from test_smtp import counts, frozen, kept

POSTFIX = "/usr/sbin/postfix"
DOVECOT = "/usr/sbin/dovecot"
ALL = "plain login cram-md5 xoauth2 oauthbearer"
READERS = [f"r{n}" for n in range(10)]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"), "authority")


@pytest.fixture
def start_mta():
    """Starts servers, and ends them and their folders after the test."""
    made = []

    def start(kind, *args, **kw):
        folder = open_folder()
        made.append((folder, None))
        server = kind(folder, *args, **kw)
        made.append((folder, server))
        return server

    yield start
    for folder, server in reversed(made):
        if server:
            server.clean()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postfix(start_mta, authority, tmp_path):
    """Makes one with logins, by TLS alone."""
    why = missing(POSTFIX, DOVECOT)
    if why:
        pytest.skip(why)

    def make(mechanisms=ALL, cert=None, **settings):
        cert = cert or certificate(tmp_path / "server", "server", authority)
        return start_mta(Postfix, mechanisms, cert, **settings)

    return make


def secret_file(folder, name, text):
    path = folder / name
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


def by_password(port, authority, tmp_path, password=Dovecot.PASSWORD):
    return {"url": f"smtp://127.0.0.1:{port}", "tls": "required",
            "ca_file": authority[0], "user": Dovecot.USER,
            "password_file": secret_file(tmp_path, "password", password)}


def by_token(port, authority, token_file):
    return {"url": f"smtp://127.0.0.1:{port}", "tls": "required",
            "ca_file": authority[0], "user": Dovecot.TOKEN_USER,
            "token_file": token_file}


def traced(site):
    """The work role with a transcript of its sessions."""
    path = site.root / "trace"
    daemon = Process("nashrad-work", [
        BUILD / "nashrad", "--config", site.conf, "--trace", path, "work"],
        site.root, env=site.env())
    site.processes.append(daemon)
    until(lambda: path.exists() or not daemon.alive(), "no transcript")
    assert daemon.alive(), daemon.log()
    return path


def hides(text, secret):
    """Is no part of a secret in there, plain or in base64, whatever stands
    before it?"""
    parts = [secret[n:n + 8].encode() for n in range(len(secret) - 7)]
    for skip in range(3):
        whole = base64.b64encode(b"\0" * skip + secret.encode())[4:-4]
        parts += [whole[n:n + 12] for n in range(max(1, len(whole) - 11))]
    return not any(part.decode() in text for part in parts)


def in_trouble(site):
    """Waits until the relay is down; why, as `nashra status` says it."""
    (relay,) = until(
        lambda: [r for r in site.json("status")["relays"]
                 if r["state"] == "down"],
        lambda: str(site.json("status")))
    assert counts(site, "sent", "failed", "unknown") == (0, 0, 0)
    return relay["error"]


# Postfix


@pytest.mark.parametrize("mechanisms, taken", [
    ("plain", "PLAIN"), ("login", "LOGIN"), ("cram-md5", "CRAM-MD5"),
    ("plain login", "PLAIN"), (ALL, "CRAM-MD5")])
def test_login_and_ten_messages(make_site, postfix, authority, tmp_path,
                                mechanisms, taken):
    server = postfix(mechanisms)
    site = make_site(change={"relay main": {
        **by_password(server.port, authority, tmp_path), "connections": 2}})
    frozen(site, READERS)
    trace = traced(site)
    site.finished()
    assert counts(site, "sent", "failed") == (10, 0)
    mails = until(lambda: len(server.mails()) == 10 and server.mails(),
                  lambda: f"{len(server.mails())} mails arrived")
    readers = {re.search(rb"^Delivered-To: (.*)@example.net$", m, re.M)[1]
               for m in mails}
    assert readers == {name.encode() for name in READERS}
    log = server.log()
    assert set(re.findall(r"sasl_method=([\w-]+)", log)) == {taken}
    assert log.count(" starttls=1 ") == log.count(" auth=1 ")
    text = trace.read_text()
    assert f"> AUTH {taken}\n" in text and "> [secret]\n" in text
    assert text.count("> MAIL FROM:<") == 10
    assert re.search(r"> \[\d+ octets\]\n", text)
    assert hides(text, Dovecot.PASSWORD)
    # Nothing of a message is in it, whose lines are in base64.
    assert not re.search(r"[A-Za-z0-9+/]{60}", text)


def test_bare_newlines_never_leave(make_site, start_mta):
    """What smuggles a message where a server takes a bare LF for a line's end:
    this one refuses any such line."""
    why = missing(POSTFIX)
    if why:
        pytest.skip(why)
    server = start_mta(Postfix, smtpd_forbid_bare_newline="yes")
    site = make_site(change={"relay main": {
        "url": f"smtp://127.0.0.1:{server.port}"}})
    site.add_list()
    for reader in ("sara", "omar"):
        site.run("subscriber", "add", "news",
                 f"{reader}@example.net").must(0)
    noon = datetime.datetime(2025, 1, 22, 12, tzinfo=datetime.timezone.utc)
    smuggled = ["\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\n\r.\n\r", "\r\n.\r\n"]
    articles = [feeds.Article(
        title=f"خبر {n} {end.strip()}x", link=f"https://news.example.org/{n}",
        date=noon, paragraphs=(
            f"نص{end}MAIL FROM:<evil@example.org>{end}RCPT TO:<huda@example.net>"
            f"{end}DATA{end}Subject: smuggled{end}.{end}",))
        for n, end in enumerate(smuggled)]
    site.run("feed", "add", "news", site.feeds.put(feeds.rss(articles)),
             "--send-existing").must(0)
    site.json("digest", "send", "news")
    site.start("work")
    site.finished()
    assert counts(site, "sent", "failed") == (2, 0)
    until(lambda: len(server.mails()) == 2, "they did not arrive")
    assert "bare" not in server.log().replace("forbid_bare", "")
    assert "huda" not in server.log() and "evil" not in server.log()


def test_refused_recipients_keep_the_connection(make_site, postfix, authority,
                                                tmp_path):
    """A recipient that Postfix refuses costs no new login."""
    server = postfix("plain")
    site = make_site(change={"relay main": {
        **by_password(server.port, authority, tmp_path), "connections": 1}})
    frozen(site, [*READERS, *(f"gone{n}" for n in range(5))])
    site.start("work")
    site.finished()
    assert counts(site, "sent", "failed") == (10, 5)
    assert len(kept(site, "5.1.1")) == 5
    assert len(re.findall("auth=1", server.log())) <= 1
    assert len(set(re.findall(r"smtpd\[(\d+)\]: \w+: client=",
                              server.log()))) == 1
    until(lambda: len(server.mails()) == 10, "they did not arrive")


def test_too_large_fails_without_a_byte(make_site, postfix, authority,
                                        tmp_path):
    server = postfix("plain", message_size_limit="2000")
    site = make_site(change={"relay main":
                             by_password(server.port, authority, tmp_path)})
    frozen(site, ["sara", "omar"])
    trace = traced(site)
    site.finished()
    assert counts(site, "sent", "failed") == (0, 2)
    assert len(kept(site, "5.3.4")) == 2
    assert "MAIL FROM" not in trace.read_text()
    assert all(r["state"] == "ok" for r in site.json("status")["relays"])


@pytest.mark.parametrize("mechanisms", ["login", "cram-md5"])
def test_wrong_password(make_site, postfix, authority, tmp_path, mechanisms):
    """The relay is in trouble, no row is burnt, nothing is hammered at; and it
    goes on by itself once the password is right."""
    server = postfix(mechanisms)
    site = make_site(change={"relay main": by_password(
        server.port, authority, tmp_path, "Canary-wrong-word")})
    frozen(site, ["sara", "omar"])
    trace = traced(site)
    assert "535" in in_trouble(site)
    assert server.log().count("authentication failed") <= 3
    assert server.mails() == []
    assert hides(trace.read_text(), "Canary-wrong-word")
    (server.dovecot.folder / "users").write_text(
        f"{Dovecot.USER}:{{PLAIN}}Canary-wrong-word\n")
    site.finished(seconds=60)
    assert counts(site, "sent", "failed") == (2, 0)


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_token_expires_and_is_renewed(make_site, postfix, authority, tmp_path,
                                      mechanism):
    """The file is read for each connection: no restart, no row is burnt."""
    server = postfix(f"plain login cram-md5 {mechanism}")
    token_file = tmp_path / "token"
    site = make_site(change={"relay main": by_token(
        server.port, authority, token_file)})
    frozen(site, ["sara", "omar"])
    trace = traced(site)
    why = in_trouble(site)
    assert "token_file" in why and str(token_file) in why
    # From what it is down for it comes to the next, and then to none.
    old = server.dovecot.token(-60)
    secret_file(tmp_path, "token", old)
    why = until(lambda: "token_file" not in in_trouble(site) and
                in_trouble(site), "the token was not tried", 60)
    assert "refuses the token" in why or "535" in why, why
    new = server.dovecot.token()
    secret_file(tmp_path, "token", new)
    site.finished(seconds=60)
    assert counts(site, "sent", "failed") == (2, 0)
    assert f"sasl_method={mechanism.upper()}" in server.log()
    text = trace.read_text()
    assert f"> AUTH {mechanism.upper()}\n" in text
    # The first part of each is the same, and no secret.
    assert not hides(old, new)
    for token in (old, new):
        assert hides(text, token.partition(".")[2])


# What a relay, or someone between, must not get to see


def nothing_leaked(server, between):
    """No login, no mail, and not a word of the password on the wire."""
    ours = between.ours()
    assert b"EHLO" in ours
    assert b"AUTH" not in ours and b"MAIL FROM" not in ours
    assert hides(ours.decode("latin-1"), Dovecot.PASSWORD)
    assert "sasl" not in server.log() and server.mails() == []
    assert Dovecot.USER not in server.dovecot.log()


@pytest.mark.parametrize("fault, words", [
    ("stranger", "certificate does not verify"),
    ("expired", "certificate has expired"),
    ("name", "certificate does not verify"),
    ("stripped", "STARTTLS"),
])
def test_no_tls_no_password(make_site, postfix, authority, tmp_path, fault,
                            words):
    other = certificate(tmp_path / "stranger", "stranger")
    cert = certificate(
        tmp_path / "bad", "server", other if fault == "stranger" else authority,
        ("mail.example.org",) if fault == "name" else ("127.0.0.1",),
        days_ago=60 if fault == "expired" else 0)
    server = postfix(ALL, cert)
    between = Between(server.port, b"250-STARTTLS\r\n"
                      if fault == "stripped" else b"")
    site = make_site(change={"relay main":
                             by_password(between.port, authority, tmp_path)})
    frozen(site, ["sara"])
    site.start("work")
    why = in_trouble(site)
    assert words in why, why
    assert f"127.0.0.1:{between.port}" in why
    nothing_leaked(server, between)
    between.clean()


def test_logins_are_asked_for_but_not_offered(make_site, start_mta):
    """A relay without AUTH is not mailed to as somebody else."""
    why = missing(POSTFIX)
    if why:
        pytest.skip(why)
    server = start_mta(Postfix)
    site = make_site(change={"relay main": {
        "url": f"smtp://127.0.0.1:{server.port}", "tls": "none",
        "user": "nashra"}})
    frozen(site, ["sara"])
    site.start("work")
    assert "no way to log in" in in_trouble(site)
    assert server.mails() == []


# OpenSMTPD


@pytest.fixture
def opensmtpd(start_mta):
    why = missing("/usr/bin/unshare", "/usr/bin/dpkg-deb")
    root, why = (None, why) if why else opensmtpd_files(BUILD / "mta")
    if why:
        pytest.skip(why)
    return start_mta(Opensmtpd, root)


def test_opensmtpd(make_site, opensmtpd):
    """Each command for itself, since it offers no PIPELINING; a refused
    recipient keeps the connection."""
    site = make_site(change={"relay main": {
        "url": f"smtp://127.0.0.1:{opensmtpd.port}", "tls": "none",
        "connections": 1}})
    frozen(site, [*READERS, "gone0", "gone1"])
    trace = traced(site)
    site.finished()
    assert counts(site, "sent", "failed") == (10, 2)
    until(lambda: len(opensmtpd.mails()) == 10,
          lambda: f"{len(opensmtpd.mails())} arrived\n" + opensmtpd.log())
    text = trace.read_text()
    assert "PIPELINING" not in text
    assert text.count("> EHLO ") == 1 and text.count("> RSET\n") == 2


# The transcript


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660])
def test_transcript_that_others_may_read(site, mode):
    path = site.root / "trace"
    path.touch()
    path.chmod(mode)
    site.run_daemon("--trace", str(path), "work").must(
        77, str(path), "others may read it", "chmod 600")
    assert path.read_bytes() == b""
