"""Control: an issue is paused, resumed, cancelled and retried on its way."""

import datetime
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import pytest

from conftest import SAMPLE_DAY
from rig import feeds
from rig.crowd import add_readers, busy
from rig.site import BUILD
from rig.wait import PATIENCE, until

READERS = 400


@pytest.fixture
def make_crowd(make_site):
    """Readers of a list, an issue frozen, nothing sent yet."""
    def make(readers=READERS):
        site = make_site(clock=SAMPLE_DAY)
        site.add_list()
        add_readers(site, readers)
        site.follow_feed(feeds.made(1))
        sent = site.json("digest", "send", "news")
        assert sent["recipients"] == readers, sent
        return site

    return make


@pytest.fixture
def slow(make_crowd):
    """400 readers, 8 connections of two processes at 20 messages a second
    each: in the middle of it for seconds."""
    site = make_crowd()
    site.sink.rules(delay=0.05)
    for _ in range(2):
        site.start("work")
    until(lambda: site.sink.count() >= 40, "nothing is sent")
    return site


def stands_still(site):
    """Within a second, and for two; what had come until then."""
    time.sleep(1 * PATIENCE)
    count = site.sink.count()
    time.sleep(2)
    assert site.sink.count() == count, "it goes on"
    row = site.issue()
    assert row["started"] == row["leased"] == 0, row
    return count


def each_once(site, count=READERS):
    mails = site.sink.mails()
    assert len(mails) == count
    assert len({m.to for m in mails}) == count


def test_pause_holds_at_once_and_resume_goes_on(slow):
    done = slow.json("digest", "pause", "news")
    assert (done["issue"], done["list"], done["state"], done["already"],
            done["nothing"]) == (1, "news", "paused", False, False), done
    count = stands_still(slow)
    assert count < READERS
    row = slow.issue()
    assert row["state"] == "paused"
    assert (row["sent"], row["queued"]) == (count, READERS - count)
    again = slow.run("digest", "pause", 1).must(0)
    assert "issue 1 of 'news' was paused already" in again.out

    said = slow.run("digest", "resume", "news").must(0)
    assert said.out == "issue 1 of 'news' resumed\n"
    assert slow.finished()["sent"] == READERS
    each_once(slow)
    for verb in ("pause", "resume", "cancel"):
        said = slow.run("digest", verb, 1).must(0)
        assert said.out == (
            f"issue 1 of 'news' is finished: nothing to {verb}\n")
        said = slow.run("digest", verb, "news").must(0)
        assert said.out == f"'news' has no issue to {verb}\n"
        assert slow.json("digest", verb, "news")["issue"] is None
    assert slow.issue()["state"] == "finished"


def test_other_mail_goes_out_while_an_issue_is_paused(slow):
    slow.run("digest", "pause", 1).must(0)
    slow.ask("new@example.net")
    slow.sink.one("new@example.net")
    assert slow.issue()["queued"] > 0


def test_cancel_is_for_good(slow):
    done = slow.json("digest", "cancel", 1)
    assert (done["state"], done["already"]) == ("cancelled", False)
    count = stands_still(slow)
    row = slow.issue()
    assert row["finished"], row
    assert (row["sent"], row["cancelled"]) == (count, READERS - count)
    assert done["messages"] <= row["cancelled"]
    assert READERS == done["messages"] + done["sent"] + done["started"]
    for verb in ("pause", "resume", "retry"):
        slow.run("digest", verb, 1).must(65, "cancelled")
    again = slow.run("digest", "cancel", 1).must(0)
    assert "was cancelled already: 0 messages" in again.out
    each_once(slow, count)


def test_cancel_of_what_is_paused_needs_no_daemon(make_crowd):
    site = make_crowd(20)
    site.run("digest", "pause", "news").must(0)
    done = site.run("digest", "cancel", "news").must(0)
    assert done.out == (
        "issue 1 of 'news' cancelled: 20 messages cancelled, 0 had gone\n")
    assert site.issue()["finished"]


def test_a_cancel_that_was_killed_is_taken_up_again(make_crowd):
    site = make_crowd(60000)
    argv = [str(BUILD / "nashra"), "--config", str(site.conf), "digest",
            "cancel", "1"]
    with subprocess.Popen(argv, env=site.env()) as process:
        until(lambda: site.issue()["cancelled"], "nothing is cancelled")
        process.kill()
    row = site.issue()
    assert row["state"] == "cancelled", row
    assert 0 < row["queued"] < 60000, row
    done = site.json("digest", "cancel", 1)
    assert (done["already"], done["messages"]) == (True, row["queued"])
    row = site.issue()
    assert (row["cancelled"], row["finished"]) == (60000, True), row


def test_what_would_be_tried_again_ends_with_its_issue(make_crowd):
    """Cancelled while it is out, or waits for another try."""
    site = make_crowd(20)
    site.sink.rules(rcpt=[["r1?[05]@", "451 4.3.0 later"]])
    site.start("work")
    until(lambda: site.issue()["deferred"] == 4 and busy(site) == 0,
          lambda: str(site.issue()))
    site.run("digest", "cancel", "news").must(0)
    row = site.issue()
    assert (row["sent"], row["cancelled"]) == (16, 4), row
    assert row["finished"]


def test_retry_sends_again_what_failed(make_crowd):
    site = make_crowd(20)
    site.sink.rules(rcpt=[["r[0-4]@", "554 5.3.0 not today"],
                          ["r5@", "550 5.1.1 nobody of that name"]])
    site.start("work")
    row = site.finished()
    assert (row["sent"], row["failed"]) == (14, 6), row
    site.sink.rules()
    done = site.run("digest", "retry", "news").must(0)
    # r5 has bounced: its address is not written to any more.
    assert done.out == ("issue 1 of 'news' is tried again: "
                        "5 messages queued again\n")
    row = site.finished()
    assert (row["sent"], row["failed"]) == (19, 1), row
    for n in range(5):
        mails = [m for m in site.sink.mails(f"r{n}@example.net") if m.taken]
        assert len(mails) == 1
    again = site.json("digest", "retry", 1)
    assert (again["messages"], again["state"]) == (0, "sending")


def test_what_is_wrong_is_said(make_crowd):
    site = make_crowd(1)
    for verb in ("pause", "resume", "cancel", "retry"):
        site.run("digest", verb).must(64, "usage")
        site.run("digest", verb, 2).must(66, "no issue 2")
        site.run("digest", verb, "nobody").must(66, "'nobody'")
    said = site.run("digest", "resume", 1).must(0)
    assert said.out == "issue 1 of 'news' is sending: nothing to resume\n"


# --wait

def wait_on(site, *words, terminal=0):
    """`digest send --wait` under way; its output file, or the other end of
    its terminal of so many columns."""
    argv = [str(BUILD / "nashra"), "--config", str(site.conf), *words,
            "digest", "send", "news", "--wait"]
    env = {**site.env(), "TERM": "xterm"}
    if not terminal:
        return subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, text=True,
                                stderr=subprocess.PIPE)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, terminal, 0, 0))
    process = subprocess.Popen(argv, env=env, stdin=theirs, stdout=theirs,
                               stderr=subprocess.PIPE, text=True)
    os.close(theirs)
    process.terminal = ours
    return process


def screen(process):
    """All that came to the terminal until the process ended."""
    shown = b""
    try:
        while chunk := os.read(process.terminal, 4096):
            shown += chunk
    except OSError:  # the other end is closed
        pass
    os.close(process.terminal)
    assert process.wait(20 * PATIENCE) == 0, process.stderr.read()
    return shown.decode()


def test_wait_shows_a_bar_on_a_terminal(slow):
    shown = screen(wait_on(slow, terminal=60))
    first, *drawn = shown.split("\r")
    assert first.startswith("already sent: 1 article, 400 readers, issue 1")
    bars = [d for d in drawn if re.match(r"\n?\[=*>? *\] \d+/400 \d+%", d)]
    assert len(bars) >= 3, shown
    assert all(len(d.strip("\n")) <= 59 for d in drawn), shown
    assert re.search(r"\d/s  \d+ s left", bars[-1]), shown
    # The line is free again, and what came of it stands there.
    assert drawn[-1] == "\n"
    assert drawn[-2].strip() == "400 sent"


def test_wait_writes_lines_to_a_file(slow):
    process = wait_on(slow)
    out, err = process.communicate(timeout=60 * PATIENCE)
    assert process.returncode == 0, err
    first, *lines = out.splitlines()
    assert first.startswith("already sent")
    assert "\r" not in out
    assert lines[-1] == "400 sent"
    # 400 messages at 160 a second: a look at 0, at 2 s, and the end.
    assert 2 <= len(lines) <= 3 + 3 * PATIENCE, out


def test_wait_says_why_it_stands_still(make_crowd):
    site = make_crowd(20)
    process = wait_on(site)
    said = []

    def line(words):
        while not said or words not in said[-1]:
            got = process.stdout.readline()
            assert got, (words, said)
            said.append(got)

    line("no worker runs: nothing is sent until `nashrad` does")
    site.run("digest", "pause", 1).must(0)
    line("paused: `nashra digest resume 1` lets it go on")
    site.sink.stop()
    site.start("work")
    site.run("digest", "resume", 1).must(0)
    line("relay main: ")
    site.sink.start()
    line("20 sent")
    assert process.wait(20) == 0
    process.stdout.close()


def test_wait_goes_on_with_what_others_began(slow):
    """By number or list; --json says what came of it, once."""
    done = slow.json("digest", "wait", "news")
    assert (done[0]["issue"], done[0]["state"], done[0]["sent"]) == (
        1, "finished", READERS), done
    said = slow.run("digest", "wait", 1).must(0)
    assert said.out == "400 sent\n"
    slow.run("digest", "wait", 2).must(66, "no issue 2")
    done = slow.json("digest", "send", "news", "--wait")
    assert (done["result"], done["sent"], done["failed"],
            done["finished"]) == ("already", READERS, 0, True), done
    assert "sent" not in slow.json("digest", "send", "news")


def test_wait_says_what_is_left_and_for_how_long(make_crowd):
    site = make_crowd(20)
    site.sink.rules(rcpt=[["r1?[05]@", "451 4.3.0 later"]])
    site.start("work")
    process = wait_on(site)
    said = []
    while "tried again later" not in "".join(said):
        got = process.stdout.readline()
        assert got, said
        said.append(got)
    assert re.fullmatch(r"waits \d+ (s|min): what is left is tried again "
                        r"later\n", said[-1]), said
    site.sink.rules()
    site.clock.forward(hours=1)
    out, _ = process.communicate(timeout=30 * PATIENCE)
    assert out.endswith("20 sent\n"), out
    assert process.returncode == 0


def test_wait_says_when_the_relays_may_go_on(make_crowd):
    """Noon of the site is out of these hours; then its day is used up."""
    site = make_crowd(20)
    site.settings({"relay main": {"hours": "20:00-22:00"}})
    work = site.start("work")
    process = wait_on(site)
    lines = iter(process.stdout.readline, "")
    line = next(l for l in lines if "hours" in l)
    assert re.fullmatch(r"waits (7 h 5|8 h 0)\d min: out of the relays' "
                        r"hours\n", line), line
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    work.stop()
    site.settings({"relay main": {"hours": "", "per_day": 3}})
    site.start("work")
    process = wait_on(site)
    lines = iter(process.stdout.readline, "")
    assert next(l for l in lines if "used up" in l)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert site.issue()["sent"] == 3


def test_an_interrupt_ends_the_wait_alone(slow):
    process = wait_on(slow)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 75
    assert "the sending is not" in err and "digest status 1" in err
    assert "digest wait 1" in err
    assert slow.finished()["sent"] == READERS


def test_a_wait_that_cannot_be_written_ends(slow):
    argv = [str(BUILD / "nashra"), "--config", str(slow.conf),
            "digest", "wait", "news"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(argv, env=slow.env(), stdout=full, text=True,
                              stderr=subprocess.PIPE, timeout=30 * PATIENCE)
    assert done.returncode == 71, done
    assert "cannot write the output" in done.stderr
    assert slow.rows("SELECT 1 FROM outbox WHERE state = 'queued'")


def test_a_wait_that_nobody_reads_ends(slow):
    slow.sink.rules(delay=0.3)
    process = wait_on(slow)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(30 * PATIENCE) == 0, process.stderr.read()
    assert slow.rows("SELECT 1 FROM outbox WHERE state = 'queued'")
    assert slow.finished()["sent"] == READERS


# status

def test_status_of_an_issue_says_when_and_how_fast(slow):
    slow.finished()
    (row,) = slow.json("digest", "status", "news")
    assert row == slow.json("digest", "status", 1)[0]
    assert row["state"] == "finished"
    began, ended = (datetime.datetime.fromisoformat(
        row[key].replace("Z", "+00:00")) for key in ("first_start", "last_end"))
    assert datetime.timedelta() <= ended - began < datetime.timedelta(
        seconds=30 * PATIENCE)
    took = max((ended - began).total_seconds(), 1)
    assert abs(row["per_second"] - READERS / took) < 0.01, row
    said = slow.run("digest", "status", 1).must(0).out
    assert re.search(r"^per_second +\d+\.\d$", said, re.M), said


def test_status_shows_what_is_paused_and_what_is_unknown(slow):
    assert slow.json("status")["paused"] == []
    slow.run("digest", "pause", 1).must(0)
    status = slow.json("status")
    (row,) = status["paused"]
    assert (row["issue"], row["list"], row["recipients"]) == (
        1, "news", READERS)
    assert status["queue"]["unknown"] == 0
    said = slow.run("status").must(0).out
    assert "digest resume ID" in said and "unknown ones" not in said


def test_status_shows_troubles_and_the_paces_of_relays(make_crowd):
    site = make_crowd(20)
    (relay,) = site.json("status")["relays"]
    assert (relay["state"], relay["sent_today"], relay["most_today"],
            relay["learned_per_minute"]) == ("ok", None, None, None)
    site.settings({"relay main": {"per_day": 7}})
    site.sink.rules(delay=0)
    site.start("work")
    until(lambda: site.issue()["sent"] == 7, lambda: str(site.issue()))
    (relay,) = site.json("status")["relays"]
    assert (relay["sent_today"], relay["most_today"]) == (7, 7)


def test_status_says_when_a_relay_is_down(make_crowd):
    site = make_crowd(20)
    site.sink.stop()
    site.start("work")
    trouble = until(lambda: site.json("status")["troubles"], "no trouble")[0]
    assert (trouble["scope"], trouble["name"]) == ("relay", "main")
    assert trouble["error"] in site.run("status").must(0).out


def test_status_does_not_promise_a_signature_without_the_key(make_crowd):
    site = make_crowd(1)
    assert site.json("status")["dkim"] is True
    site.key.write_text("no key\n")
    status = site.json("status")
    assert status["dkim"] is False
    assert str(site.key) in status["dkim_error"]
    assert "cannot be signed" in site.run("status").must(0).out
    site.key.unlink()
    assert site.json("status")["dkim"] is False


def test_status_shows_domains_and_the_disk(make_crowd):
    site = make_crowd(1)
    status = site.json("status")
    assert status["domains"] == [] and status["held"] == []
    assert status["disk_free_mb"] > 0 and status["disk_low"] in (True, False)
    site.settings({'domain "gmail.com"': {"rate": 20, "connections": 5}})
    site.start("work")
    (row,) = until(lambda: site.json("status")["domains"], "no domain")
    assert row == {"domain": "gmail.com", "rate": 20, "connections": 5,
                   "learned_per_minute": None, "sent_today": 0}
    assert "gmail.com" in site.run("status").must(0).out


def test_unknown_ones_are_counted_and_sent_again(make_site):
    site = make_site(clock=SAMPLE_DAY)
    site.add_list(unknown="hold")
    add_readers(site, 4)
    site.sink.rules(cut="r[12]@")
    site.start("work")
    site.follow_feed(feeds.made(1))
    site.json("digest", "send", "news")
    assert site.finished()["unknown"] == 2
    status = site.json("status")
    assert status["queue"]["unknown"] == 2
    assert status["held"] == [{"issue": 1, "list": "news", "unknown": 2}]
    assert "unknown ones" in site.run("status").must(0).out
    site.sink.rules()
    assert site.json("digest", "retry", "news")["messages"] == 2
    assert site.finished()["sent"] == 4
    for n in (1, 2):
        first, second = site.sink.mails(f"r{n}@example.net")
        assert first["Message-ID"] == second["Message-ID"]
