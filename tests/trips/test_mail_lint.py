"""What html-validate and caniemail say of every mail of tests/golden.

Of what they find nothing may be that is not in tests/data/accepted-mail.txt,
each with its reason, and nothing may stand there that they do not find.
"""

import json
import shutil
import subprocess

import pytest

from rig import golden
from rig.site import BUILD, ROOT

NPM = BUILD / "npm"
ACCEPTED = ROOT / "tests" / "data" / "accepted-mail.txt"

pytestmark = pytest.mark.skipif(
    not (NPM / "node_modules" / "caniemail").exists() or
    not shutil.which("node"),
    reason="the npm packages of tests/npm are not there")


def accepted():
    """finding: its reason"""
    found, at = {}, None
    for line in ACCEPTED.read_text("utf-8").splitlines():
        if line.startswith("\t"):
            found[at] = f"{found[at]} {line.strip()}".strip()
        elif line and not line.startswith("#"):
            assert line not in found, f"twice: {line}"
            found[line], at = "", line
    return found


def findings(*files):
    """finding: where it was first, (file, line)"""
    done = subprocess.run(
        ["node", ROOT / "tests" / "npm" / "lint.mjs", NPM, *files],
        capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found = {}
    for file, said in json.loads(done.stdout).items():
        for program, text, line in said:
            if program == "caniemail":
                feature, _, kind = text.rpartition(": ")
                text = f"{kind.split(',')[0]} {feature}"
            found.setdefault(f"{program} {text}", (file, line))
    return found


@pytest.fixture(scope="module")
def found():
    return findings(*sorted(golden.GOLDEN.glob("*.html")))


def test_nothing_is_found_that_is_not_accepted(found):
    known = accepted()
    assert {what: place for what, place in found.items()
            if what not in known} == {}


def test_what_is_accepted_is_found(found):
    assert [what for what in accepted() if what not in found] == []


def test_there_is_a_reason_for_each():
    assert [what for what, why in accepted().items() if not why] == []


# That they would tell

PLANTS = {
    "bdi": ('<span dir="ltr">Sara A.</span>', "<bdi>Sara A.</bdi>",
            "caniemail no <bdi> element"),
    "flex": ("display:block", "display:flex", "caniemail no display:flex"),
    "an open tag": ("</h1>", "", "html-validate close-order"),
    "a double id": ("<h1", '<h1 id="a" id="a"', "html-validate no-dup-attr"),
    "no alt": ('alt="وجهات" ', "", "html-validate wcag/h37"),
}


def test_they_would_tell(tmp_path):
    text = golden.page("ar-magazine-3")
    known = accepted()
    files = []
    for i, (old, new, _) in enumerate(PLANTS.values()):
        assert old in text, old
        files.append(tmp_path / f"{i}.html")
        files[-1].write_text(text.replace(old, new, 1), "utf-8")
    fresh = [what for what in findings(*files) if what not in known]
    for what, (_, _, finding) in PLANTS.items():
        assert any(said.startswith(finding) for said in fresh), (what, fresh)
