"""spam - what filters of the field say of a mail: SpamAssassin and rspamd.

They ask a DNS of our own (dnsmasq), which knows the sender's domain and no
other: nothing that they look up leaves this machine.
"""

import json
import os
import re
import shutil
import subprocess
import urllib.request

from .process import Process
from .wait import answers, free_port, until

# Nobody is asked there; those for documentation are frowned upon in themselves.
RELAY = "45.67.89.10"
RSPAMD = "/usr/bin/rspamd"
REPORT = re.compile(r"^Message-ID: (\S+)|^Content analysis details:"
                    r".*?\n\n(.*?)\n\n", re.M | re.S | re.I)
POINTS = re.compile(r"^\s*(-?\d+\.\d+) ([A-Z][A-Z0-9_]+) ", re.M)


def no_dns():
    """Why there is none here, or None."""
    if not shutil.which("dnsmasq"):
        return "there is no dnsmasq"
    return None if os.getuid() == 0 else "dnsmasq is started by root"


class Dns:
    """Knows the sender's key, SPF and DMARC."""

    def __init__(self, folder, key):
        """`key`: the strings of its TXT record."""
        self.port = free_port()
        self.process = Process("dnsmasq", [
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
            "--user=root", f"--port={self.port}",
            "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv",
            "--no-hosts", "--local=/#/", "--pid-file=",
            ",".join(["--txt-record=nashra._domainkey.example.org", *key]),
            f"--txt-record=example.org,v=spf1 ip4:{RELAY} -all",
            f"--txt-record=mx.example.org,v=spf1 ip4:{RELAY} -all",
            "--txt-record=_dmarc.example.org,v=DMARC1; p=reject",
            "--mx-host=example.org,mx.example.org,10",
            f"--host-record=example.org,{RELAY}",
            f"--host-record=mx.example.org,{RELAY}"], folder)
        until(lambda: answers(self.port) or not self.process.alive(),
              self.process.log)

    def settings(self):
        """How SpamAssassin is told to ask it."""
        return (f"--cf=dns_server 127.0.0.1:{self.port}",
                "--cf=dns_available yes",
                "--cf=internal_networks 127.0.0.0/8",
                "--cf=trusted_networks 127.0.0.0/8")

    def clean(self):
        self.process.clean()


def arrived(mail, sender="news@example.org"):
    """As it lies in a mailbox whose server took it from our relay."""
    date = re.search(rb"^Date: ([^\r\n]+)", mail, re.M)[1].decode()
    return (f"Return-Path: <{sender}>\r\n"
            f"Received: from mx.example.org (mx.example.org [{RELAY}])\r\n"
            f"\tby mx.example.net (Postfix) with ESMTPS id 4YdT3Q1xyzz2\r\n"
            f"\tfor <sara@example.net>; {date}\r\n").encode() + mail


def message_id(mail):
    return re.search(rb"^Message-ID: (\S+)\r?$", mail, re.M)[1].decode()


def assassin(folder, mails, *how):
    """For each of them, rule: its points. Settings of whoever runs this are
    not asked. One process for all: most of what it does is to begin."""
    folder.mkdir(exist_ok=True)
    paths = []
    for n, mail in enumerate(mails):
        paths.append(folder / str(n))
        paths[-1].write_bytes(mail)
    done = subprocess.run(
        ["spamassassin", *(how or ["-L"]), "-t", "-p", "/dev/null", *paths],
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
        timeout=300, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    found, at = {}, None
    for one in REPORT.finditer(done.stdout.decode("utf-8", "replace")):
        if one[1]:
            at = one[1]
        else:
            found[at] = {rule: float(number)
                         for number, rule in POINTS.findall(one[0])}
    assert len(found) == len(mails), done.stderr
    return [found[message_id(mail)] for mail in mails]


class Rspamd:
    """Its scanner, with the shipped settings but for what asks servers of its
    makers. It takes no part in learning: that needs a database."""

    def __init__(self, folder, dns):
        self.port = free_port()
        folder.mkdir(exist_ok=True)
        for name in ("local.d", "override.d", "data"):
            (folder / name).mkdir()
        files = {
            "local.d/options.inc": f"""
                dns {{ nameserver = ["127.0.0.1:{dns.port}"]; }}
                control_socket = "{folder}/data/control";
                # Compiling either takes half a minute, and tells nothing else.
                disable_hyperscan = true;
                url_tld = "{folder}/endings";
            """,
            "endings": "com\nexample\nnet\norg\n",
            "override.d/worker-normal.inc": f"""
                bind_socket = "127.0.0.1:{self.port}";
                count = 1;
            """,
            "override.d/logging.inc": 'type = "console"; level = "warning";',
        }
        for worker in ("controller", "proxy", "fuzzy"):
            files[f"override.d/worker-{worker}.inc"] = "enabled = false;"
        for module in ("fuzzy_check", "rspamd_update"):
            files[f"override.d/{module}.conf"] = "enabled = false;"
        for name, text in files.items():
            (folder / name).write_text(text)
        rooms = [f"--var={name}={folder}{path}" for name, path in (
            ("LOCAL_CONFDIR", ""), ("DBDIR", "/data"), ("RUNDIR", "/data"),
            ("LOGDIR", "/data"))]
        self.process = Process("rspamd", [
            RSPAMD, "--no-fork", "--insecure", "--config",
            "/etc/rspamd/rspamd.conf", *rooms], folder)
        until(lambda: answers(self.port) or not self.process.alive(),
              lambda: "rspamd does not answer:" + self.process.log()[-2000:],
              60)
        assert self.process.alive(), self.process.log()[-2000:]

    def points(self, mail, sender="news@example.org"):
        """rule: its points, of a mail that our relay brings."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/checkv2", data=mail, headers={
                "IP": RELAY, "Helo": "mx.example.org",
                "Hostname": "mx.example.org", "From": sender,
                "Rcpt": "sara@example.net"})
        with urllib.request.urlopen(request, timeout=60) as reply:
            said = json.load(reply)
        return {name: rule["score"]
                for name, rule in said["symbols"].items()}

    def clean(self):
        self.process.clean()
