"""What SpamAssassin says of the mails that go out.

Signed, as `nashra digest preview --eml` gives them and as the form asks for
confirmation: by its local rules alone (-L), and as it came from a relay that
the domain's SPF names, with a DNS of our own that knows our key.
"""

import os
import re
import shutil
import subprocess

import pytest

from rig import feeds, golden
from rig.process import Process
from rig.site import ROOT
from rig.wait import answers, free_port, until

MOST = 0.5
# Nobody is asked there; those for documentation are frowned upon in themselves.
RELAY = "45.67.89.10"
POINTS = re.compile(r"^\s*(-?\d+\.\d+) ([A-Z][A-Z0-9_]+) ", re.M)
TITLE = {"ar": "مقالات الأسبوع", "en": "This week"}

pytestmark = pytest.mark.skipif(
    shutil.which("spamassassin") is None, reason="there is no spamassassin")


def points(folder, mail, *how):
    """rule: its points. Settings of whoever runs this are not asked."""
    done = subprocess.run(
        ["spamassassin", *(how or ["-L"]), "-t", "-p", "/dev/null"],
        input=mail, capture_output=True, check=False, timeout=120,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    said = done.stdout.decode("utf-8", "replace")
    assert "Content analysis details:" in said, done.stderr
    report = said[said.rindex("Content analysis details:"):]
    return {rule: float(number) for number, rule in POINTS.findall(report)}


def check(folder, mail, most, *how):
    found = points(folder, mail, *how)
    assert {rule: n for rule, n in found.items() if n > MOST} == {}
    assert round(sum(found.values()), 2) <= most, found
    return found


@pytest.fixture
def dns(make_site, tmp_path):
    """How to ask a DNS that knows the sender's key and SPF, and no more."""
    modules = subprocess.run(["perl", "-MMail::DKIM", "-MMail::SPF", "-e1"],
                             capture_output=True, check=False)
    if not shutil.which("dnsmasq") or modules.returncode != 0:
        pytest.skip("there is no dnsmasq, Mail::DKIM or Mail::SPF")
    if os.getuid() != 0:
        pytest.skip("dnsmasq is started by root")
    key = re.findall(r'"([^"]*)"', make_site().run("dkim", "dns").must(0).out)
    port = free_port()
    server = Process("dnsmasq", [
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
        "--user=root", f"--port={port}", "--listen-address=127.0.0.1",
        "--bind-interfaces", "--no-resolv", "--no-hosts", "--local=/#/",
        "--pid-file=",
        ",".join(["--txt-record=nashra._domainkey.example.org", *key]),
        f"--txt-record=example.org,v=spf1 ip4:{RELAY} -all",
        "--txt-record=_dmarc.example.org,v=DMARC1; p=reject",
        "--mx-host=example.org,mx.example.org,10",
        f"--host-record=example.org,{RELAY}",
        f"--host-record=mx.example.org,{RELAY}"], tmp_path)
    until(lambda: answers(port), server.log)
    yield (f"--cf=dns_server 127.0.0.1:{port}", "--cf=dns_available yes",
           "--cf=internal_networks 127.0.0.0/8",
           "--cf=trusted_networks 127.0.0.0/8")
    server.clean()


def arrived(mail):
    """As it lies in a mailbox whose server took it from our relay."""
    date = re.search(rb"^Date: ([^\r\n]+)", mail, re.M)[1].decode()
    return (f"Return-Path: <news@example.org>\r\n"
            f"Received: from mx.example.org (mx.example.org [{RELAY}])\r\n"
            f"\tby mx.example.net (Postfix) with ESMTPS id 4YdT3Q1xyzz2\r\n"
            f"\tfor <sara@example.net>; {date}\r\n").encode() + mail


def site_in(make_site, language):
    site = make_site(change={"language": language})
    site.add_list(title=TITLE[language])
    return site


def digest(make_site, tmp_path, language, look):
    site = site_in(make_site, language)
    own = tmp_path / "templates"
    shutil.copytree(ROOT / "templates", own)
    for ending in golden.ENDINGS:
        if look != "classic":
            shutil.copy(own / language / f"digest-{look}.{ending}",
                        own / language / f"digest-classic.{ending}")
    site.settings({"templates": own})
    site.follow_feed(feeds.sample() if language == "ar" else
                     feeds.made(11, words="News of the day"))
    site.run("digest", "preview", "news", "--eml", tmp_path / "mail").must(0)
    mail = (tmp_path / "mail").read_bytes()
    assert b"DKIM-Signature:" in mail
    return mail


@pytest.mark.parametrize("language", golden.LANGUAGES)
@pytest.mark.parametrize("look", golden.DIGESTS)
def test_digest(make_site, tmp_path, language, look):
    check(tmp_path, digest(make_site, tmp_path, language, look), -1.0)


@pytest.mark.parametrize("language", golden.LANGUAGES)
@pytest.mark.parametrize("look", golden.DIGESTS)
def test_digest_with_dns(make_site, dns, tmp_path, language, look):
    mail = arrived(digest(make_site, tmp_path, language, look))
    found = check(tmp_path, mail, -1.2, *dns)
    assert {"DKIM_VALID", "DKIM_VALID_AU", "SPF_PASS"} <= set(found), found


def test_a_changed_digest_with_dns(make_site, dns, tmp_path):
    """The key is asked for, and the signature is looked at."""
    mail = arrived(digest(make_site, tmp_path, "ar", "brief"))
    found = points(tmp_path, mail.replace(b"Subject: ", b"Subject: x"), *dns)
    assert "DKIM_INVALID" in found, found


@pytest.mark.parametrize("language", golden.LANGUAGES)
def test_confirm(make_site, dns, tmp_path, language):
    """No mail of a list, and so without what lists are given for theirs."""
    site = site_in(make_site, language)
    site.start()
    site.ask("sara@example.net")
    mail = site.sink.one("sara@example.net").raw
    check(tmp_path, mail, MOST)
    check(tmp_path, arrived(mail), -0.2, *dns)


def test_it_would_tell(tmp_path):
    """A mail with nothing that is asked of one."""
    found = points(tmp_path, b"Subject: x\n\nx\n")
    assert found["MISSING_DATE"] > MOST, found
