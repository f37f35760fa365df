"""Several relays: each list by its own, and one stands in for another."""

import pytest

from rig import feeds
from rig.crowd import add_readers
from rig.relay import Relay
from rig.wait import until

READERS = 80


@pytest.fixture
def make_relay(tmp_path):
    relays = []

    def make(*faults, **options):
        relays.append(Relay(
            tmp_path / f"relay{len(relays)}", *faults, **options))
        return relays[-1]

    yield make
    for relay in relays:
        relay.clean()


def section(relay, **more):
    return {"url": f"smtp://127.0.0.1:{relay.port}", "tls": "none",
            "connections": 2, **more}


def send(site, name, prefix):
    site.add_list(name)
    add_readers(site, [f"{prefix}{n}" for n in range(READERS)], name)
    site.follow_feed(feeds.made(1), name, f"{name}.xml")
    site.json("digest", "send", name)


def sent(site, name):
    (row,) = site.rows(
        "SELECT count(*) AS n FROM outbox o JOIN list l ON l.id = o.list_id"
        " WHERE l.name = ? AND o.state = 'sent'", name)
    return row["n"]


def names(relay):
    return [one.to for one in relay.taken()]


def test_a_relay_that_is_down_stops_its_own_list_alone(make_site, make_relay):
    """Neither list's mail stands in the way of the other's."""
    first, second = make_relay(delay_ms=20), make_relay(delay_ms=20)
    site = make_site(change={
        "dkim": None,
        "relay main": section(first, lists=["first"]),
        "relay other": section(second, lists=["second"])})
    send(site, "first", "a")
    send(site, "second", "b")
    work = site.start("work")
    until(lambda: first.count() >= 10 and second.count() >= 10, work.log)
    first.stop()
    until(lambda: sent(site, "second") == READERS, work.log)
    assert sent(site, "first") < READERS
    assert all(to.startswith("b") for to in names(second))
    first.begin()
    # What was on its way as it went down is tried again only in a minute.
    until(lambda: sent(site, "first") >= READERS - 2, work.log, 60)
    assert all(to.startswith("a") for to in names(first))


def test_the_second_stands_in_for_the_first(make_site, make_relay):
    first, second = make_relay(delay_ms=20), make_relay(delay_ms=20)
    site = make_site(change={
        "dkim": None, "relay main": section(first),
        "relay spare": section(second, priority=1)})
    send(site, "news", "r")
    work = site.start("work")
    until(lambda: first.count() >= 10, work.log)
    assert second.count() == 0
    first.stop()
    # What was on its way as the first went down is tried again in a minute.
    until(lambda: sent(site, "news") >= READERS - 2, work.log)
    assert second.count() > 0
    came = names(first) + names(second)
    assert len(came) == len(set(came)) <= READERS


def test_a_domain_has_its_relay(make_site, make_relay):
    first, second = make_relay(), make_relay()
    site = make_site(change={
        "dkim": None, "relay main": section(first),
        "relay special": section(second, domains=["gmail.com"])})
    site.add_list()
    add_readers(site, READERS)
    add_readers(site, [f"g{n}" for n in range(READERS)], domain="gmail.com")
    site.start("work")
    site.follow_feed(feeds.made(1))
    site.json("digest", "send", "news")
    until(lambda: sent(site, "news") == 2 * READERS,
          lambda: str(site.issue()))
    assert {to.split("@")[1] for to in names(first)} == {"example.net"}
    assert {to.split("@")[1] for to in names(second)} == {"gmail.com"}
