"""What SpamAssassin's local rules say of the mails that go out.

Signed, as `nashra digest preview --eml` gives them and as the form asks for
confirmation. -L: nothing is looked up, so no score of DKIM or SPF is in it.
"""

import re
import shutil
import subprocess

import pytest

from rig import feeds, golden
from rig.site import ROOT

MOST = 0.5
POINTS = re.compile(r"^\s*(-?\d+\.\d+) ([A-Z][A-Z0-9_]+) ", re.M)
TITLE = {"ar": "مقالات الأسبوع", "en": "This week"}

pytestmark = pytest.mark.skipif(
    shutil.which("spamassassin") is None, reason="there is no spamassassin")


def points(folder, mail):
    """rule: its points. Settings of whoever runs this are not asked."""
    done = subprocess.run(
        ["spamassassin", "-L", "-t", "-p", "/dev/null"], input=mail,
        capture_output=True, check=False, timeout=120,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    said = done.stdout.decode("utf-8", "replace")
    assert "Content analysis details:" in said, done.stderr
    report = said[said.rindex("Content analysis details:"):]
    return {rule: float(number) for number, rule in POINTS.findall(report)}


def check(folder, mail, most):
    found = points(folder, mail)
    assert {rule: n for rule, n in found.items() if n > MOST} == {}
    assert sum(found.values()) <= most, found


def site_in(make_site, language):
    site = make_site(change={"language": language})
    site.add_list(title=TITLE[language])
    return site


@pytest.mark.parametrize("language", golden.LANGUAGES)
@pytest.mark.parametrize("look", golden.DIGESTS)
def test_digest(make_site, tmp_path, language, look):
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
    check(tmp_path, mail, -1.0)


@pytest.mark.parametrize("language", golden.LANGUAGES)
def test_confirm(make_site, tmp_path, language):
    site = site_in(make_site, language)
    site.start()
    site.ask("sara@example.net")
    check(tmp_path, site.sink.one("sara@example.net").raw, MOST)


def test_it_would_tell(tmp_path):
    """A mail with nothing that is asked of one."""
    found = points(tmp_path, b"Subject: x\n\nx\n")
    assert found["MISSING_DATE"] > MOST, found
