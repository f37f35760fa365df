"""What SpamAssassin and rspamd say of the mails that go out.

Signed, as `nashra digest preview --eml` gives them and as readers get those
around a subscription. SpamAssassin by its local rules alone (-L); both as
they come from a relay that the domain's SPF names, with a DNS that knows our
key.
"""

import os
import re
import shutil
import sqlite3
import subprocess

import pytest

from conftest import Site
from rig import feeds, golden, spam, web
from rig.wait import free_port, until

MOST = 0.5  # of one rule
TITLE = {"ar": "مقالات الأسبوع", "en": "This week"}
# An address with a number in it is one more thing that filters count.
SITE = "https://news.example.org"
READER, ADMIN = "sara@example.net", "admin@example.org"


def digests(site, language):
    """look: a mail of the sample articles in it."""
    url = site.feeds.put(feeds.rss(
        feeds.sample() if language == "ar" else
        feeds.made(11, words="News of the day")))
    made = {}
    for look in golden.DIGESTS:
        site.add_list(look, TITLE[language])
        site.run("list", "set", look, f"template={look}").must(0)
        site.run("feed", "add", look, url, "--send-existing").must(0)
        site.run("digest", "preview", look, "--eml", site.root / look).must(0)
        made[look] = (site.root / look).read_bytes()
    return made


def around(site):
    """kind: a mail of those around a subscription."""
    def tap(link):
        return web.post(link.replace(SITE, site.url), {})

    def came(find):
        return until(lambda: find(READER), "it did not come")[-1]

    site.start()
    site.ask(READER, "brief")
    confirm = came(site.sink.mails)
    tap(confirm.links("confirm")[0])
    welcome = came(site.sink.welcomes)
    tap(welcome.links("leave")[0])
    return {"confirm": confirm.raw, "welcome": welcome.raw,
            "goodbye": came(site.sink.goodbyes).raw}


def notice(site):
    """What the admin is told where a relay is gone."""
    site.settings({"relay gone": {"url": f"smtp://127.0.0.1:{free_port()}",
                                  "tls": "none", "priority": 0}})
    site.processes[-1].stop()
    work = site.start("work")
    site.ask("omar@example.net", "brief")
    until(lambda: site.json("status")["troubles"], work.log)
    database = sqlite3.connect(site.database)
    with database:
        database.execute("UPDATE trouble SET since = since - 60")
    database.close()
    return {"notice": site.sink.one(ADMIN).raw}


@pytest.fixture(scope="module")
def made(tmp_path_factory, dkim_key):
    """(language, kind): a mail; the TXT record of the key that signed it."""
    root = tmp_path_factory.mktemp("spam")
    mails = {}
    for language in golden.LANGUAGES:
        site = Site(root / language, key=dkim_key, change={
            "language": language, "base_url": SITE,
            "mail": {"goodbye": "yes", "admin": ADMIN},
            "relay main": {"priority": 1}})
        try:
            found = digests(site, language) | around(site) | notice(site)
            key = re.findall(r'"([^"]*)"', site.run("dkim", "dns").out)
        finally:
            site.clean()
        mails.update({(language, k): mail for k, mail in found.items()})
    assert all(b"DKIM-Signature:" in mail for mail in mails.values())
    return mails, key


KINDS = [(language, kind) for language in golden.LANGUAGES
         for kind in (*golden.DIGESTS, "confirm", "welcome", "goodbye",
                      "notice")]
each = pytest.mark.parametrize("kind", KINDS, ids="-".join)


@pytest.fixture(scope="module")
def dns(made, tmp_path_factory):
    why = spam.no_dns()
    if why:
        pytest.skip(why)
    server = spam.Dns(tmp_path_factory.mktemp("dns"), made[1])
    yield server
    server.clean()


def by_assassin(folder, mails, *how):
    if not shutil.which("spamassassin"):
        pytest.skip("there is no spamassassin")
    return dict(zip(mails, spam.assassin(folder, list(mails.values()), *how)))


@pytest.fixture(scope="module")
def alone(made, tmp_path_factory):
    return by_assassin(tmp_path_factory.mktemp("alone"), made[0])


def changed(mail):
    """Somebody else's words under our signature."""
    return re.sub(rb"(?m)^(Message-ID: <)(.*)$", rb"\1x\2", mail.replace(
        b"Subject: ", b"Subject: x"))


@pytest.fixture(scope="module")
def asking(made, dns, tmp_path_factory):
    modules = subprocess.run(["perl", "-MMail::DKIM", "-MMail::SPF", "-e1"],
                             capture_output=True, check=False)
    if modules.returncode != 0:
        pytest.skip("there is no Mail::DKIM or Mail::SPF")
    mails = made[0] | {"changed": changed(made[0][KINDS[0]])}
    return by_assassin(tmp_path_factory.mktemp("asking"), {
        kind: spam.arrived(mail) for kind, mail in mails.items()},
        *dns.settings())


@pytest.fixture(scope="module")
def rspamd(dns, tmp_path_factory):
    if not os.access(spam.RSPAMD, os.X_OK):
        pytest.skip("there is no rspamd")
    server = spam.Rspamd(tmp_path_factory.mktemp("rspamd"), dns)
    yield server
    server.clean()


def check(found, most):
    assert {rule: n for rule, n in found.items() if n > MOST} == {}
    assert round(sum(found.values()), 2) <= most, found


# SpamAssassin


@each
def test_by_local_rules(alone, kind):
    check(alone[kind], -1.0)


@each
def test_with_dkim_and_spf(asking, kind):
    check(asking[kind], -1.2)
    assert {"DKIM_VALID", "DKIM_VALID_AU", "SPF_PASS"} <= set(asking[kind])


def test_a_changed_mail(asking):
    """The key is asked for, and the signature is looked at."""
    assert "DKIM_INVALID" in asking["changed"], asking["changed"]


def test_it_would_tell(tmp_path):
    """A mail with nothing that is asked of one."""
    mails = {0: b"Message-ID: <x@example.org>\n\nx\n"}
    (found,) = by_assassin(tmp_path / "mails", mails).values()
    assert found["MISSING_DATE"] > MOST, found


# rspamd


@each
def test_by_rspamd(made, rspamd, kind):
    found = rspamd.points(spam.arrived(made[0][kind]))
    check(found, 0.0)
    assert {"R_DKIM_ALLOW", "R_SPF_ALLOW", "DMARC_POLICY_ALLOW"} <= set(found)


def test_rspamd_would_tell(made, rspamd):
    found = rspamd.points(spam.arrived(changed(made[0][KINDS[0]])))
    assert "R_DKIM_REJECT" in found, found
    found = rspamd.points(b"Subject: x\n\nx\n")
    assert found["MISSING_DATE"] > MOST and sum(found.values()) > 2, found
