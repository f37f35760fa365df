"""A relay that breaks at every phase in every way, and what becomes of rows.

The phases are those of a mail transaction (RFC 5321 3.3); the relay is
tests/peers/relay.c, whose record says what has arrived. One reader is struck,
three are not; then the relay heals, and everybody must have the mail, once.
"""

import concurrent.futures
import contextlib
import shutil
import time

import pytest

from conftest import SAMPLE_DAY
from rig.chaos import LONG, note
from rig.crowd import Stock, finish
from rig.relay import Relay
from rig.wait import until

# What a fault at a phase makes of the row that it strikes:
#
# spared    never started, waiting; the relay is said to be down
# waits     waiting, and not the recipient's fault: the relay's word or its
#           silence was about us, or about nothing
# deferred  its turn comes again; the relay's answer is kept
# failed    for ever; the relay's answer is kept
# unknown   all was handed over and nobody answered: it may have arrived
# sent
ACTIONS = {
    "421": "421 4.3.2 going down",
    "450": "450 4.2.1 come later",
    "452": "452 4.3.1 no room",
    "550": "550 5.1.1 nobody of that name",
    "550 5.7": "550 5.7.1 we do not like you",
    "close": "close", "stall": "stall", "garbage": "garbage", "half": "half",
}
STATES = {
    #          421       450         452         550       550 5.7   close      stall      garbage    half
    "connect": ("spared",) * 9,
    "ehlo":    ("spared",) * 9,
    "mail":    ("waits",) * 9,
    "rcpt":    ("waits", "deferred", "deferred", "failed", "waits", "waits",   "waits",   "waits",   "waits"),
    "data":    ("waits", "deferred", "deferred", "failed", "waits", "waits",   "waits",   "waits",   "waits"),
    "body":    ("waits", "deferred", "deferred", "failed", "waits", "waits",   "waits",   "waits",   "waits"),
    "dot":     ("waits", "deferred", "deferred", "failed", "waits", "unknown", "unknown", "unknown", "unknown"),
    # After a recipient that was refused: he has failed, and nobody else.
    "rset":    ("failed",) * 9,
    "quit":    ("sent",) * 9,
}
CELLS = [(phase, action) for phase in STATES for action in ACTIONS]
READERS = 4
STRUCK = "r1@example.net"


@pytest.fixture(scope="module")
def stocks(tmp_path_factory):
    """Sites to copy, by number of readers, length and policy."""
    made = {}

    def stock(readers, padding=0, **options):
        key = (readers, padding, *options.items())
        if key not in made:
            made[key] = Stock(tmp_path_factory.mktemp("stock") / "site",
                              readers, SAMPLE_DAY, padding, **options)
        return made[key]

    return stock


@contextlib.contextmanager
def opened(stock, folder, *faults, clock=None, connections=1, options=None,
           **change):
    """A site with a breaking relay, ended whatever happens."""
    folder.mkdir()
    relay = Relay(folder / "relay", *faults, **(options or {}))
    site = None
    try:
        site = stock.copy(folder / "site", relay, clock, **change,
                          **{"relay main": {"connections": connections}})
        yield site, relay
    finally:
        if site:
            site.clean()
            assert not site.faults(), site.faults()
        relay.clean()
        shutil.rmtree(folder, ignore_errors=True)


def row_of(site, address):
    (row,) = site.rows(
        "SELECT o.* FROM outbox o JOIN reader r ON r.id = o.subscription_id"
        " WHERE r.address = ?", address)
    return row


def down(site):
    return site.json("status")["relays"][0]["state"] == "down"


def came_so(site, state, action):
    """Has the fault made that of the row?"""
    row = row_of(site, STRUCK)
    code = int(action[:3]) if action[:3].isdigit() else None
    if state == "spared":
        return row["state"] == "queued" and not row["attempts"] and down(site)
    if state == "waits":
        return (row["state"] in ("queued", "deferred") and
                not row["uncertain"] and (row["attempts"] or down(site)))
    if state == "unknown":
        return row["uncertain"] and row["state"] == "deferred"
    if state == "sent":
        return row["state"] == "sent"
    return row["state"] == state and code in (None, row["reply_code"])


def fault_of(phase, action):
    fault = f"{phase}/{ACTIONS[action]}"
    if phase == "rset":
        return f"rcpt/550 5.1.1 nobody/to={STRUCK}", fault
    if phase == "body":
        return (f"{fault}/to={STRUCK}/after=2000",)
    if phase in ("rcpt", "data", "dot"):
        return (f"{fault}/to={STRUCK}",)
    return (fault,)


def play(stock, folder, phase, action, pipelining):
    """One cell; raises AssertionError where it is not as the table says."""
    state = STATES[phase][list(ACTIONS).index(action)]
    options = {"pipelining": "on" if pipelining else "off"}
    if phase == "body":
        # A message that the kernel cannot hold: its buffer for a connection
        # begins small towards such a relay, and grows with what it carries.
        options.update(narrow=True, max_per_connection=1)
    # A relay's silence is waited for as long as RFC 5321 4.5.3.2 says: the
    # timers are those of the site's clock.
    with opened(stock, folder, *fault_of(phase, action), options=options,
                clock={"timers": action == "stall"}) as (site, relay):
        work = site.start("work")

        def struck():
            if action == "stall" and phase != "quit":
                site.clock.forward(minutes=2)
            return came_so(site, "failed" if phase == "rset" else state,
                           "550" if phase == "rset" else action)

        until(struck, lambda: f"{row_of(site, STRUCK)}\n{work.log()}", 20)
        if phase == "quit":
            assert work.stop(10) == 0, work.log()
        relay.heal()
        if not work.alive():
            site.start("work")
        row = finish(site, silent=action == "stall")
        failed = int(state == "failed")
        assert (row["sent"], row["failed"], row["unknown"]) == (
            READERS - failed, failed, 0), row
        once_each(site, relay, uncertain=state == "unknown")


def once_each(site, relay, uncertain):
    """Everybody who is not refused has one mail, and its answer was seen;
    the struck one of whom we were uncertain has others, under its name."""
    copies = relay.copies()
    for n in range(READERS):
        to = f"r{n}@example.net"
        row = row_of(site, to)
        came = copies.get(to, [])
        assert [one.answered for one in came] == (
            [False] * row["uncertain"] + [True] * (row["state"] == "sent")
        ), (to, came)
        assert len({one.id for one in came}) <= 1, came
        assert bool(row["uncertain"]) == (uncertain and to == STRUCK), row
    assert len({c.id for c in relay.taken()}) == len(copies)


class Row:
    """All the cells of a phase at once: most of a cell's time is waiting."""

    def __init__(self, stock, folder, phase, pipelining):
        with concurrent.futures.ThreadPoolExecutor(len(ACTIONS)) as pool:
            self.cells = {
                action: pool.submit(play, stock, folder / action, phase,
                                    action, pipelining)
                for action in ACTIONS}


@pytest.fixture(scope="module")
def played(stocks, tmp_path_factory):
    rows = {}

    def cell(phase, action, pipelining):
        if (phase, pipelining) not in rows:
            stock = stocks(READERS, 45_000 if phase == "body" else 0)
            rows[phase, pipelining] = Row(
                stock, tmp_path_factory.mktemp(phase), phase, pipelining)
        rows[phase, pipelining].cells[action].result()

    return cell


@pytest.mark.parametrize("phase, action", CELLS)
def test_fault(played, phase, action):
    played(phase, action, True)


@pytest.mark.skipif(not LONG, reason="make chaos")
@pytest.mark.parametrize("phase, action", CELLS)
def test_fault_without_pipelining(played, phase, action):
    played(phase, action, False)


def test_an_answer_to_the_dot_is_waited_for_ten_minutes(stocks, tmp_path):
    """RFC 5321 4.5.3.2.6: who gives up sooner sends second copies."""
    fault = f"dot/stall/to={STRUCK}"
    with opened(stocks(READERS), tmp_path / "cell", fault,
                clock={"timers": True}) as (site, relay):
        site.start("work")
        until(lambda: STRUCK in relay.copies(), "nothing is sent")
        site.clock.forward(seconds=580)
        time.sleep(1.5)  # twice the time between two looks at the clock
        assert row_of(site, STRUCK)["state"] == "started"
        site.clock.forward(seconds=30)
        until(lambda: row_of(site, STRUCK)["uncertain"], "it waits for ever")


# A thousand uncertain or certain ends, or a few

CROWD = 1000 if LONG else 60


# Every third one will be struck. Were it all of them, it would be the relay
# that is in trouble, and left alone.
MIXED = tuple(f"{kind}{n}" for n in range(CROWD) for kind in ("f", "r", "s"))


def struck_rows(site):
    return site.rows(
        "SELECT o.*, r.address FROM outbox o JOIN reader r"
        " ON r.id = o.subscription_id WHERE r.address LIKE 'f%'")


def strike_all(site):
    """Lets time pass until each of them was tried; their rows."""
    work = site.start("work")
    last = None
    step = 1
    for _ in range(600):
        rows = struck_rows(site)
        if all(r["attempts"] and r["state"] not in ("leased", "started")
               for r in rows):
            return rows
        # None comes up for another time as long as some have not had theirs,
        # however slowly they go to such a relay. More at once would be a clock
        # that jumps.
        if last == (last := sum(r["attempts"] for r in rows)):
            site.clock.forward(seconds=step)
            step = 2
        else:
            step = 1
        time.sleep(0.3)
    raise AssertionError(
        f"not all were tried: {site.issue()} {site.rows('SELECT * FROM pace')}"
        f" {site.json('status')} {work.log()[-2000:]}")


def note_ends(how, rows):
    note(**{how: len(rows), how + "_and_uncertain": sum(
        row["uncertain"] > 0 for row in rows)})


@pytest.fixture
def crowded(stocks, tmp_path):
    """Rows for which the relay breaks, among others."""
    def open_(fault, padding=0, options=None, **list_options):
        return opened(
            stocks(MIXED, padding, **list_options), tmp_path / "crowd",
            f"{fault}/to=f", connections=16, options=options,
            clock={"lag": 1})

    return open_


def test_not_handed_over_is_deferred_never_unknown(crowded):
    """The kernel has a part of each message when the connection breaks; what
    had not left our hands cannot have been delivered."""
    with crowded("body/stall/after=1/hold=5", 45_000, {
            "narrow": True, "max_per_connection": 1}) as (site, relay):
        rows = strike_all(site)
        note_ends("not_handed_over", rows)
        for row in rows:
            assert row["state"] in ("deferred", "queued"), row
            assert row["uncertain"] == 0, row
        relay.heal()
        row = finish(site)
        assert row["sent"] == 3 * CROWD, row
        copies = relay.copies()
        copies.pop("admin@example.org", None)  # that the relay was in trouble
        assert len(copies) == sum(map(len, copies.values())) == 3 * CROWD
        assert not any(r["uncertain"] for r in struck_rows(site))


# The server has read it to the dot; or not one octet of it, though our kernel
# has it all.
MUTE = {"read": "dot/close", "unread": "body/stall/hold=5"}


@pytest.mark.parametrize("policy", ["resend", "hold", "skip"])
@pytest.mark.parametrize("how", MUTE)
def test_handed_over_without_a_reply_is_unknown(crowded, how, policy):
    with crowded(MUTE[how], unknown=policy) as (site, relay):
        rows = strike_all(site)
        note_ends("handed_over_" + how, rows)
        for row in rows:
            assert row["uncertain"] == row["attempts"], row
            assert row["state"] in (
                ("deferred", "queued") if policy == "resend" else ("unknown",)
            ), row
        relay.heal()
        row = finish(site)
        resent = CROWD if policy == "resend" else 0
        assert row["sent"] == 2 * CROWD + resent, row
        if policy == "hold":
            assert row["unknown"] == CROWD, row
        site.clock.forward(days=3)
        site.ask("later@example.net")
        until(lambda: relay.copies().get("later@example.net"), "no mail")
        copies = relay.copies()
        copies.pop("admin@example.org", None)  # that the relay was in trouble
        for row in struck_rows(site):
            came = copies.get(row["address"], [])
            assert [one.answered for one in came] == (
                [False] * row["uncertain"] * (how == "read")
                + [True] * (policy == "resend")), (row, came)
            assert len({one.id for one in came}) <= 1, came
        assert len(copies) == 2 * CROWD + 1 + (
            CROWD if resent or how == "read" else 0)
