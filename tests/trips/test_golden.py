"""Mails of the shipped templates, letter by letter.

Each file of tests/golden is what this build makes of tests/data/mail. Where a
change is meant: make golden, and read the diff before it is committed.
"""

import difflib

import pytest

from rig import golden


@pytest.fixture(scope="module")
def made():
    return golden.made()


@pytest.mark.parametrize("name", sorted(
    f"{name}.{ending}" for name in golden.cases()
    for ending in golden.ENDINGS))
def test_golden(made, name):
    path = golden.GOLDEN / name
    want = path.read_text("utf-8") if path.exists() else ""
    if made[name] != want:
        pytest.fail("a mail is not what it was; if that is meant: make golden"
                    "\n" + "\n".join(difflib.unified_diff(
                        want.splitlines(), made[name].splitlines(),
                        f"tests/golden/{name}", "this build", lineterm="",
                        n=1)), pytrace=False)


def test_there_are_no_others(made):
    assert {path.name for path in golden.GOLDEN.iterdir()} == set(made)


def test_both_parts_say_the_same(made):
    """Whatever a reader is shown in one part is in the other too."""
    for name, (_, template, values) in golden.cases().items():
        for ending in golden.ENDINGS:
            text = made[f"{name}.{ending}"]
            assert values["unsubscribe_url"] in text or (
                template in ("confirm", "goodbye")), name
            assert values["postal_address"] in text, name
            for article in values.get("articles", []):
                url = article["url"]
                if ending == "html":
                    url = url.replace("&", "&amp;")
                assert url in text, (name, url)
