"""Signals: SIGHUP takes the settings anew, SIGTERM drains, a second one cuts.

None of it costs a reader a mail or a visitor an answer.
"""

import contextlib
import http.client
import os
import resource
import shutil
import signal
import socket
import sqlite3
import threading
import time

import pytest

from conftest import SAMPLE_DAY
from rig import feeds, web
from rig.crowd import Stock, finish
from rig.process import Process
from rig.relay import Relay
from rig.site import BUILD, ROOT
from rig.wait import PATIENCE, answers, free_port, until


@pytest.fixture(scope="module")
def stocks(tmp_path_factory):
    """Sites with an issue that waits, to copy; by number of readers."""
    made = {}

    def stock(readers):
        if readers not in made:
            made[readers] = Stock(
                tmp_path_factory.mktemp("stock") / "site", readers, SAMPLE_DAY)
        return made[readers]

    return stock


@pytest.fixture
def crowd(stocks, tmp_path):
    """crowd(readers, faults, change={}, options...): a site and its relay."""
    sites = []
    with contextlib.ExitStack() as stack:
        def make(readers, *faults, change=None, **options):
            relay = Relay(tmp_path / "relay", *faults, **options)
            stack.callback(relay.clean)
            site = stocks(readers).copy(
                tmp_path / "site", relay,
                **{"relay main": {"connections": 4}, **(change or {})})
            stack.callback(site.clean)
            site.relay = relay
            sites.append(site)
            return site

        yield make
    assert not [fault for site in sites for fault in site.faults()]


def hang_up(process):
    process.popen.send_signal(signal.SIGHUP)


def lines(process, event):
    return [line for line in process.log().split("\n") if event in line]


def reload(process, roles=1):
    """SIGHUP, and wait until so many roles have taken the settings."""
    before = len(lines(process, "state=reloaded"))
    hang_up(process)
    until(lambda: len(lines(process, "state=reloaded")) >= before + roles,
          process.log)


def troubles(site):
    return site.rows("SELECT * FROM trouble WHERE scope = 'settings'")


def workers(site):
    return site.json("status")["workers"]


def every_one_once(relay, readers):
    copies = relay.copies()
    assert len(copies) == readers
    assert {to: len(c) for to, c in copies.items() if len(c) > 1} == {}


# ---- SIGHUP


def test_a_hundred_hangups_in_a_send(crowd):
    """Nobody is lost, nobody gets two, and whoever visits is answered."""
    site = crowd(600, delay_ms=15)
    whole = site.start()
    until(lambda: site.relay.count() >= 20, "nothing is sent")
    ended = threading.Event()
    seen = []

    def visit():
        while not ended.is_set():
            seen.append(web.get(site.url + "/health").status)

    visitors = [threading.Thread(target=visit) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    began = site.relay.count()
    for _ in range(100):
        hang_up(whole)
        time.sleep(0.02)
    assert began < 600, "too late to have hurt"
    ended.set()
    for visitor in visitors:
        visitor.join()
    assert len(seen) > 100 and set(seen) == {200}, len(seen)
    assert finish(site)["sent"] == 600
    every_one_once(site.relay, 600)
    assert whole.alive() and len(whole.children()) == 2
    assert lines(whole, "ended") == lines(whole, "state=kept") == []
    assert lines(whole, "state=reloaded")
    assert whole.stop() == 0


def test_a_slow_reply_does_not_wait_for_new_settings(crowd, tmp_path):
    """The message on its way is finished by the old settings while the others
    go out by the new ones; only then are the next ones taken."""
    site = crowd(50, "dot/stall/nth=1",
                 change={"relay main": {"connections": 1}})
    other = Relay(tmp_path / "other")
    try:
        work = site.start("work")
        until(lambda: site.relay.count() == 1, "nothing is sent")
        site.settings({"relay main": {"url": f"smtp://127.0.0.1:{other.port}"}})
        reload(work)
        until(lambda: other.count() == 49, lambda: str(other.count()))
        assert site.relay.count() == 1
        assert len(workers(site)) == 2
        # One for all that come while the old one is busy.
        for _ in range(5):
            hang_up(work)
            time.sleep(0.05)
        assert len(lines(work, "state=reloaded")) == 1
        site.relay.stop()
        until(lambda: len(lines(work, "state=reloaded")) == 2, work.log)
        until(lambda: len(workers(site)) == 1, lambda: str(workers(site)))
        row = finish(site)
        assert row["sent"] == 50, row
        # Its answer never came: the policy of the list has it go again.
        (again,) = site.relay.copies()
        assert again in other.copies()
        assert work.stop() == 0
    finally:
        other.clean()


def test_what_changes_is_taken(site):
    """In both roles: words, templates, key, relay."""
    site.add_list()
    site.settings({"templates": site.root / "own"})
    shutil.copytree(ROOT / "templates", site.root / "own")
    whole = site.start()
    site.ask("r0@example.net")
    first = site.sink.one("r0@example.net")
    assert "d=example.org" in first["DKIM-Signature"]

    page = site.root / "own" / "ar" / "confirm.txt"
    page.write_text("كلمة جديدة\n" + page.read_text())
    site.settings({"site_name": "الموسوعة الجديدة",
                   "dkim": {"selector": "second"},
                   "mail": {"from": "نشرة <second@example.org>"}})
    reload(whole, 2)
    assert "الموسوعة الجديدة" in site.page("/").body
    site.ask("r1@example.net")
    second = site.sink.one("r1@example.net")
    assert "s=second" in second["DKIM-Signature"]
    assert "second@example.org" in second["From"]
    assert "كلمة جديدة" in second.text
    # The links of before are as good as ever.
    page = web.get(first.links("confirm")[0])
    assert page.status == 200
    assert page.form.send().status == 200
    assert site.state("r0@example.net") == "active"


@pytest.mark.parametrize("fault", [
    "unknown key", "no key", "bad template", "no password", "bad proxy"])
@pytest.mark.parametrize("role", ["work", None])
def test_a_bad_file_changes_nothing(site, fault, role):
    """The log says why, once; so does status, until it is mended."""
    if role == "work" and fault == "bad proxy":
        pytest.skip("not this role's")
    site.add_list()
    site.settings({"templates": site.root / "own"})
    shutil.copytree(ROOT / "templates", site.root / "own")
    daemon = site.start(role)
    until(lambda: workers(site), "no worker")
    good = dict(site.tree)
    key = site.key.read_bytes()
    page = site.root / "own" / "ar" / "digest-classic.html"
    text = page.read_text()
    site.settings({"site_name": "لا أحد"})
    if fault == "unknown key":
        site.settings({"colour": "green"})
        where = f"{site.conf}:{site.line_of('colour')}"
    elif fault == "no key":
        site.key.unlink()
        where = f"{site.conf}:{site.line_of('key_file')}"
    elif fault == "bad template":
        page.write_text("{{#if}}" + text)
        where = "digest-classic.html:1"
    elif fault == "no password":
        site.settings({"relay main": {
            "user": "u", "password_file": site.root / "nowhere"}})
        where = f"{site.conf}:{site.line_of('password_file')}"
    else:
        site.settings({"web": {"trusted_proxies": ["somewhere"]}})
        where = f"{site.conf}:{site.line_of('trusted_proxies')}"

    hang_up(daemon)
    until(lambda: lines(daemon, "state=kept"), daemon.log)
    until(lambda: troubles(site), daemon.log)
    (line,) = lines(daemon, "settings ")
    assert where in line and line.startswith("<4>"), line
    (trouble,) = troubles(site)
    assert where in trouble["error"], trouble
    shown = site.run("status")  # which may not be able to read them either
    assert where in shown.out + shown.err
    if role is None:
        assert "لا أحد" not in site.page("/").body
    if fault != "unknown key":
        site.ask("sara@example.net")
        assert "لا أحد" not in site.sink.one("sara@example.net").text

    site.tree = good
    site.settings({})
    if fault == "no key":
        site.key.write_bytes(key)
        site.key.chmod(0o600)
    page.write_text(text)
    reload(daemon, 1 if role else 2)
    until(lambda: not troubles(site), lambda: str(troubles(site)))
    assert daemon.stop() == 0


def test_a_bad_look_of_one_list_stops_no_other(site):
    """It is named at once, not by cron in the night."""
    own = site.root / "own"
    site.settings({"templates": own})
    shutil.copytree(ROOT / "templates", own)
    for ending in ("html", "txt"):
        shutil.copy(own / "ar" / f"digest-classic.{ending}",
                    own / "ar" / f"digest-night.{ending}")
    site.add_list()
    site.add_list("dusk")
    site.run("list", "set", "dusk", "template=night").must(0)
    daemon = site.start()
    page = own / "ar" / "digest-night.html"
    text = page.read_text()
    page.write_text("{{nobody}}" + text)
    reload(daemon, 2)
    until(lambda: troubles(site), daemon.log)
    (trouble,) = troubles(site)
    assert "list 'dusk'" in trouble["error"], trouble
    assert "digest-night.html:1:1" in trouble["error"], trouble
    assert "digest-night.html:1:1" in site.run("status").out
    site.run("subscriber", "add", "news", "sara@example.net").must(0)
    site.follow_feed(feeds.made(2))
    site.json("digest", "send", "news")
    site.sink.one("sara@example.net")
    page.write_text(text)
    reload(daemon, 2)
    until(lambda: not troubles(site), lambda: str(troubles(site)))
    assert daemon.stop() == 0


def test_bad_files_stop_nobody(site):
    """Roles that die meanwhile come back: by the settings of before, and once
    templates can be read again."""
    site.add_list()
    own = site.root / "own"
    site.settings({"templates": own})
    shutil.copytree(ROOT / "templates", own)
    whole = site.start()
    until(lambda: workers(site), "no worker")
    site.settings({"time_zone": "Mars/Olympus"})
    (own / "ar" / "page.html").write_text("{{#if}}")
    (own / "ar" / "digest-classic.html").write_text("{{#if}}")
    for pid in whole.children():
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(lines(whole, "status=78")) >= 3, whole.log)
    assert whole.alive()
    shutil.copytree(ROOT / "templates", own, dirs_exist_ok=True)
    until(lambda: answers(site.port), whole.log)
    site.settings({"time_zone": "Asia/Damascus"})
    until(lambda: workers(site), whole.log)
    assert whole.stop() == 0


def test_a_visitor_who_stays_is_answered(site):
    """On the connection that was there before; the next one is another."""
    site.add_list()
    daemon = site.start("web")
    visitor = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)

    def body():
        visitor.request("GET", "/subscribe/news")
        answer = visitor.getresponse()
        assert answer.status == 200
        return answer.read().decode()

    assert 'lang="ar"' in body()
    site.settings({"language": "en"})
    reload(daemon)
    assert 'lang="ar"' in body()
    assert visitor.sock is None  # "Connection: close"
    assert 'lang="en"' in body()


def test_a_bad_file_of_the_web_role_alone(site):
    site.add_list()
    daemon = site.start("web")
    site.settings({"language": "fr"})
    hang_up(daemon)
    until(lambda: troubles(site), daemon.log)
    assert troubles(site)[0]["name"] == "web"
    assert 'lang="ar"' in site.page("/").body
    site.settings({"language": "en"})
    reload(daemon)
    assert 'lang="en"' in site.page("/").body
    assert not troubles(site)
    assert daemon.stop() == 0


def test_what_only_a_start_can_change(site):
    """Is named, once, and all else is taken."""
    site.add_list()
    whole = site.start()
    site.settings({"database": site.root / "elsewhere.db",
                   "secrets": site.root / "other", "site_name": "غيرها"})
    reload(whole, 2)
    (line,) = lines(whole, "restart_to_change")
    assert "database, secrets" in line, line
    assert "غيرها" in site.page("/").body
    site.settings({"database": site.database, "secrets": site.secrets})
    reload(whole, 2)
    assert len(lines(whole, "restart_to_change")) == 1
    site.subscribe("sara@example.net")
    site.sink.one("sara@example.net")


def test_another_address_to_listen_on(site):
    site.add_list()
    daemon = site.start("web")
    former = site.port
    site.port = free_port()
    site.settings({"web": {"listen": f"127.0.0.1:{site.port}"}})
    reload(daemon)
    assert answers(site.port)
    until(lambda: not answers(former), "the old address is still open")

    # One that somebody else has: the settings are taken, but for that.
    with socket.create_server(("127.0.0.1", former)):
        site.settings({"site_name": "غيرها",
                       "web": {"listen": f"127.0.0.1:{former}"}})
        hang_up(daemon)
        until(lambda: troubles(site), daemon.log)
        (line,) = lines(daemon, "state=reloaded but=")
        assert str(former) in line
        page = web.get(f"http://127.0.0.1:{site.port}/")
        assert "غيرها" in page.body
    until(lambda: not answers(former), "the other one is still there")
    reload(daemon)
    assert answers(former) and not troubles(site)
    until(lambda: not answers(site.port), "the old address is still open")
    assert daemon.stop() == 0
    assert not answers(former)


def test_a_unix_socket_outlives_a_hangup(site):
    path = site.root / "web.sock"

    def ask():
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(path))
            s.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n"
                      b"Connection: close\r\n\r\n")
            return b"".join(iter(lambda: s.recv(4096), b""))

    daemon = site.start("web")
    site.settings({"web": {"listen": f"unix:{path}"}})
    reload(daemon)
    first = path.stat().st_ino
    for _ in range(3):
        reload(daemon)
        assert b" 200 " in ask()
    assert path.stat().st_ino == first
    site.settings({"web": {"listen": f"unix:{path}2"}})
    reload(daemon)
    until(lambda: not path.exists(), "the old socket is still there")
    assert daemon.stop() == 0
    assert not list(site.root.glob("web.sock*"))


def test_a_request_that_was_begun_is_answered(site):
    """By the server that it was begun with, which then goes."""
    site.add_list()
    daemon = site.start("web")
    with socket.create_connection(("127.0.0.1", site.port)) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        site.page("/")  # so it is accepted
        site.settings({"site_name": "غيرها"})
        reload(daemon)
        assert "غيرها" in site.page("/").body
        # Put off: one server more is enough.
        hang_up(daemon)
        site.page("/")
        assert len(lines(daemon, "state=reloaded")) == 1
        slow.sendall(b"\r\n")
        answer = b"".join(iter(lambda: slow.recv(65536), b"")).decode()
        assert answer.startswith("HTTP/1.1 200") and "الموسوعة" in answer
        assert "غيرها" not in answer
        assert "\r\nConnection: close\r\n" in answer
    until(lambda: len(lines(daemon, "state=reloaded")) == 2, daemon.log)


def test_as_many_work_processes_as_senders(site):
    site.add_list()
    whole = site.start()

    def become(senders):
        site.settings({"senders": senders})
        hang_up(whole)
        until(lambda: len(whole.children()) == senders + 1,
              lambda: f"{whole.children()} {whole.log()}")
        until(lambda: len(workers(site)) == senders, lambda: workers(site))

    become(3)
    become(1)
    become(2)
    site.ask("sara@example.net")
    site.sink.one("sara@example.net")
    assert not [e for e in lines(whole, "ended") if "status=0" not in e]
    assert whole.stop() == 0


def test_one_worker_becomes_several(crowd):
    """The work role alone has no parent until it needs one."""
    site = crowd(300, delay_ms=10)
    work = site.start("work")
    until(lambda: site.relay.count() >= 10, "nothing is sent")
    assert not work.children()
    site.settings({"senders": 3})
    hang_up(work)
    until(lambda: len(work.children()) == 3, work.log)
    assert finish(site)["sent"] == 300
    every_one_once(site.relay, 300)
    site.settings({"senders": 1})
    hang_up(work)
    until(lambda: len(work.children()) == 1, work.log)
    assert work.stop() == 0


def test_a_transcript_that_was_moved_away_begins_anew(site, tmp_path):
    site.add_list()
    trace = tmp_path / "trace"
    work = site.start("work", "--trace", trace)
    site.ask("r0@example.net")
    site.sink.one("r0@example.net")
    trace.rename(tmp_path / "trace.1")
    reload(work)
    site.ask("r1@example.net")
    site.sink.one("r1@example.net")
    assert "r0@example.net" in (tmp_path / "trace.1").read_text()
    assert "r1@example.net" in trace.read_text()


# ---- SIGTERM


@pytest.mark.parametrize("role", ["work", None])
def test_a_reply_that_takes_three_seconds_is_waited_for(crowd, role):
    site = crowd(60, delay_ms=3000)
    daemon = site.start(role)
    until(lambda: site.issue()["started"] == 4, "nothing is started")
    assert daemon.stop(8) == 0
    row = site.issue()
    assert row["started"] == row["leased"] == row["unknown"] == 0, row
    assert row["sent"] == site.relay.count() in (4, 8), row
    assert row["queued"] + row["sent"] == 60, row


@pytest.mark.parametrize("role", ["work", None])
def test_a_reply_that_never_comes_is_not(crowd, role):
    """Nine of the ten seconds; then what was on its way is in doubt."""
    site = crowd(60, "dot/stall")
    daemon = site.start(role)
    until(lambda: site.relay.count() == 4, "nothing is sent")
    began = time.monotonic()
    assert daemon.stop(15) == 0
    assert 8 < time.monotonic() - began < 10 * PATIENCE
    doubt(site)


def test_a_database_that_is_held_is_not(crowd):
    """What was sent and cannot be written down is in doubt, like all that its
    worker leaves behind."""
    site = crowd(60, delay_ms=20, change={"senders": 2})
    daemon = site.start()
    until(lambda: site.relay.count() >= 8, "nothing is sent")
    db = sqlite3.connect(site.database, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    assert daemon.stop(15) == 0
    assert time.monotonic() - began < 10 * PATIENCE
    db.execute("COMMIT")
    db.close()
    site.start("work")
    assert finish(site)["sent"] == 60
    copies = site.relay.copies()
    assert len(copies) == 60
    assert all(len({one.id for one in came}) == 1 for came in copies.values())
    assert sum(len(came) - 1 for came in copies.values()) <= 4, copies


@pytest.mark.parametrize("role", ["web", "work", None])
def test_a_role_that_waits_for_the_database_stops(site, role):
    db = sqlite3.connect(site.database, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    daemon = Process("waiting", [BUILD / "nashrad", "--config", site.conf,
                                 *([role] if role else [])],
                     site.root, env=site.env())
    site.processes.append(daemon)
    until(daemon.hears, "it does not wait for signals")
    time.sleep(0.3)  # it finds the database held
    began = time.monotonic()
    assert daemon.stop(15) == 0, daemon.log()
    assert time.monotonic() - began < 5 * PATIENCE
    db.execute("COMMIT")
    db.close()


@pytest.mark.parametrize("role", ["work", None])
def test_a_second_sigterm_cuts(crowd, role):
    site = crowd(60, "dot/stall")
    daemon = site.start(role)
    until(lambda: site.relay.count() == 4, "nothing is sent")
    daemon.popen.terminate()
    time.sleep(0.5)  # that it waits can only be watched for a while
    assert daemon.alive()
    began = time.monotonic()
    daemon.popen.terminate()
    assert daemon.wait(5) == 0
    assert time.monotonic() - began < 2
    doubt(site)


def doubt(site):
    row = site.issue()
    assert row["started"] == row["leased"] == row["sent"] == 0, row
    uncertain = site.rows("SELECT count(*) AS n FROM outbox WHERE uncertain")
    assert uncertain[0]["n"] == 4, row
    assert row["queued"] == 56, row


def test_one_stop_of_all_processes_is_one(crowd):
    """As a terminal sends SIGINT, and a service manager SIGTERM to each: that
    the parent asks its children besides is not a second time."""
    site = crowd(60, delay_ms=1500)
    daemon = site.start()
    until(lambda: site.issue()["started"] == 4, "nothing is started")
    os.killpg(daemon.pid, signal.SIGINT)
    assert daemon.wait(8) == 0
    row = site.issue()
    assert row["started"] == row["unknown"] == 0, row
    assert row["sent"] == site.relay.count() > 0, row
    every_one_once(site.relay, row["sent"])


def test_a_stop_ends_what_a_hangup_has_begun(crowd):
    site = crowd(60, "dot/stall/times=3", delay_ms=50)
    daemon = site.start()
    until(lambda: site.relay.count() >= 4, "nothing is sent")
    reload(daemon, 2)
    until(lambda: site.relay.count() > 10, "the new ones do not send")
    daemon.popen.terminate()
    time.sleep(0.2)
    daemon.popen.terminate()
    assert daemon.wait(5) == 0
    assert not workers(site)
    site.relay.heal()
    site.start("work")
    assert finish(site)["sent"] == 60


# ---- the other ends


def test_rows_of_a_dead_worker_are_taken_back_at_once(crowd):
    """By the other worker, or by the one that is started in its place."""
    site = crowd(200, delay_ms=50, change={"senders": 2})
    whole = site.start("work")
    until(lambda: len(workers(site)) == 2, "two workers")
    until(lambda: site.relay.count() >= 20, "nothing is sent")
    victim = whole.children()[0]

    def held():
        return [r for r in site.rows(
            "SELECT w.pid FROM outbox o JOIN worker w ON w.uuid = o.owner")
            if r["pid"] == victim]

    until(held, "it holds nothing")
    os.kill(victim, signal.SIGKILL)
    began = time.monotonic()
    until(lambda: not held(), "its rows are its still", 2)
    print(f"after {time.monotonic() - began:.2f} s")
    until(lambda: len(set(whole.children()) - {victim}) == 2, "two children")
    assert finish(site)["sent"] == 200
    assert site.relay.count() <= 200 + 2
    assert whole.stop() == 0


def test_an_idle_worker_takes_what_a_dead_one_had(crowd):
    """Without a parent, and with nothing that it wrote to wake it."""
    site = crowd(4, "dot/stall/times=4")
    first = site.start("work")
    until(lambda: site.relay.count() == 4, "nothing is sent")
    second = site.start("work")
    until(lambda: len(workers(site)) == 2, "two workers")
    time.sleep(3)  # it comes to rest
    first.kill()
    until(lambda: len(workers(site)) == 1, "nobody has noticed", 6)
    assert second.alive()


def test_a_clock_that_was_set_is_told(dated):
    dated.add_list()
    work = dated.start("work")
    until(lambda: workers(dated), "no worker")

    def jumps():
        return [int(line.partition("jumped_by=")[2])
                for line in lines(work, "jumped_by=")]

    for step in (24, -24):
        dated.clock.forward(hours=step)
        until(lambda: [j for j in jumps() if abs(j - step * 3600) < 5],
              work.log)
    dated.ask("sara@example.net")
    dated.sink.one("sara@example.net")
    assert dated.json("status")["workers"]
    assert work.stop() == 0


def cpu(pid):
    with open(f"/proc/{pid}/stat") as f:
        words = f.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def test_no_descriptors_left(site):
    """The web role waits for one to come free, and does not spin."""
    daemon = site.start("web")
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (32, 32))
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(
                socket.create_connection(("127.0.0.1", site.port)))
        time.sleep(0.5)
        before = cpu(daemon.pid)
        time.sleep(2)
        assert cpu(daemon.pid) - before < 0.3
        assert daemon.alive()
    assert site.page("/health").status == 200
    assert daemon.stop() == 0
