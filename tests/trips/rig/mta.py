"""mta - mail servers of the field, each with settings of its own: Postfix with
Dovecot behind its logins, and OpenSMTPD.

They want to be started by root, and a folder that their own users can enter.
"""

import base64
import glob
import hashlib
import hmac
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from .process import Process
from .wait import answers, free_port, until

MAILBOX = r"/^(sara|omar|huda|r[0-9]+)@example\.net$/"


def ends_well(argv, **kw):
    done = subprocess.run([str(a) for a in argv], capture_output=True,
                          text=True, check=False, **kw)
    return done.returncode == 0, done.stdout + done.stderr


def missing(*programs):
    """Why these cannot be run here, or None."""
    for program in programs:
        if not os.access(program, os.X_OK):
            return f"{program} is not installed"
    if os.getuid() != 0:
        return "mail servers are started by root"
    return None


def open_folder():
    """Outside pytest's, which only its owner may enter."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nashra-mta-"))
    folder.chmod(0o755)
    return folder


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Dovecot:
    """Its auth service alone, on a socket: passwords and tokens."""

    USER, PASSWORD = "nashra", "Canary-3f9 s3cret"
    # A name that is a mailbox's, as those behind tokens are.
    TOKEN_USER = "nashra@example.org"

    def __init__(self, folder, mechanisms):
        self.folder = folder / "dovecot"
        self.folder.mkdir()
        self.socket = self.folder / "auth"
        self.key = os.urandom(32)
        self.write("users", f"{self.USER}:{{PLAIN}}{self.PASSWORD}\n")
        keys = self.folder / "keys" / "default" / "HS256"
        keys.mkdir(parents=True)
        (keys / "default").write_bytes(base64.b64encode(self.key))
        self.write("oauth2.conf", f"""
            introspection_mode = local
            local_validation_key_dict = fs:posix:prefix={self.folder}/keys/
            username_attribute = email
        """)
        self.write("dovecot.conf", f"""
            protocols =
            ssl = no
            base_dir = {self.folder}/run
            state_dir = {self.folder}/state
            log_path = {self.folder}/dovecot.log
            disable_plaintext_auth = no
            auth_mechanisms = {mechanisms}
            # A refused login is answered later, which tests need not wait for.
            auth_failure_delay = 0
            passdb {{
              driver = passwd-file
              mechanisms = plain login cram-md5
              args = scheme=PLAIN {self.folder}/users
            }}
            passdb {{
              driver = oauth2
              mechanisms = oauthbearer xoauth2
              args = {self.folder}/oauth2.conf
            }}
            userdb {{
              driver = static
              args = uid=65534 gid=65534 home=/nonexistent
            }}
            service auth {{
              unix_listener {self.socket} {{
                mode = 0666
              }}
            }}
            service stats {{
              unix_listener stats-writer {{
                mode = 0666
              }}
            }}
        """)
        self.process = Process(
            "dovecot", ["/usr/sbin/dovecot", "-F", "-c",
                        self.folder / "dovecot.conf"], self.folder)
        until(lambda: self.socket.exists() or not self.process.alive(),
              "dovecot does not start")
        assert self.process.alive(), self.process.log() + self.log()

    def write(self, name, text):
        lines = [line.strip() for line in text.split("\n")]
        (self.folder / name).write_text("\n".join(lines))

    def log(self):
        path = self.folder / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def token(self, seconds=3600):
        """A JWT (RFC 7519) that is good for so long."""
        now = int(time.time())
        parts = [{"alg": "HS256", "typ": "JWT"},
                 {"sub": "1", "email": self.TOKEN_USER, "iat": now - 7200,
                  "nbf": now - 7200, "exp": now + seconds}]
        text = ".".join(base64url(json.dumps(p).encode()) for p in parts)
        seal = hmac.new(self.key, text.encode(), hashlib.sha256).digest()
        return text + "." + base64url(seal)

    def clean(self):
        self.process.clean()


class Postfix:
    """With its own queue, log and mailboxes in a folder; `settings` go into
    its main.cf. `mechanisms` asks for a Dovecot behind its logins."""

    def __init__(self, folder, mechanisms=None, cert=None, **settings):
        self.folder = folder
        self.port = free_port()
        self.dovecot = Dovecot(folder, mechanisms) if mechanisms else None
        self.etc = folder / "postfix"
        self.etc.mkdir()
        self.log_path = folder / "maillog"
        queue, data, boxes = (folder / n for n in ("queue", "data", "mail"))
        queue.mkdir()
        data.mkdir()
        os.chown(data, pwd.getpwnam("postfix").pw_uid, -1)
        boxes.mkdir()
        os.chown(boxes, 65534, 65534)
        self.boxes = boxes / "all" / "new"
        (self.etc / "boxes").write_text(f"{MAILBOX} all/\n")
        main = {
            "compatibility_level": "3.6",
            "queue_directory": queue, "data_directory": data,
            "maillog_file": self.log_path,
            "maillog_file_prefixes": "/tmp",
            "myhostname": "mx.example.net", "mydestination": "",
            "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
            "virtual_mailbox_domains": "example.net",
            "virtual_mailbox_maps": f"regexp:{self.etc}/boxes",
            "virtual_mailbox_base": boxes,
            "virtual_uid_maps": "static:65534",
            "virtual_gid_maps": "static:65534",
            "smtpd_forbid_bare_newline": "reject",
            "smtpd_peername_lookup": "no",
            "smtpd_error_sleep_time": "0",
            "smtpd_relay_restrictions": "reject_unauth_destination",
            "mynetworks": "", "alias_maps": "", "alias_database": "",
        }
        if self.dovecot:
            main |= {"smtpd_sasl_auth_enable": "yes",
                     "smtpd_sasl_type": "dovecot",
                     "smtpd_sasl_path": self.dovecot.socket,
                     "smtpd_sasl_security_options": "noanonymous",
                     "smtpd_relay_restrictions":
                         "permit_sasl_authenticated, reject"}
        if cert:
            main |= {"smtpd_tls_security_level": "may",
                     "smtpd_tls_auth_only": "yes",
                     "smtpd_tls_cert_file": cert[0],
                     "smtpd_tls_key_file": cert[1]}
        main |= settings
        (self.etc / "main.cf").write_text(
            "".join(f"{key} = {value}\n" for key, value in main.items()))
        services = [
            f"127.0.0.1:{self.port} inet n - n - - smtpd",
            "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
            "tlsmgr unix - - n 1000? 1 tlsmgr",
            "rewrite unix - - n - - trivial-rewrite",
            "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce",
            "trace unix - - n - 0 bounce", "error unix - - n - - error",
            "retry unix - - n - - error", "proxymap unix - - n - - proxymap",
            "virtual unix - n n - - virtual", "anvil unix - - n - 1 anvil",
            "postlog unix-dgram n - n - 1 postlogd"]
        (self.etc / "master.cf").write_text("\n".join(services) + "\n")
        self.process = Process(
            "postfix", ["/usr/sbin/postfix", "-c", self.etc, "start-fg"],
            folder)
        until(lambda: answers(self.port) or not self.process.alive(),
              "postfix does not answer")
        assert self.process.alive(), self.process.log() + self.log()

    def log(self):
        return (self.log_path.read_text(errors="replace")
                if self.log_path.exists() else "")

    def mails(self):
        """What was delivered, each as Postfix wrote it."""
        if not self.boxes.exists():
            return []
        return [path.read_bytes() for path in sorted(self.boxes.iterdir())]

    def connections(self):
        return self.log().count(": connect from ")

    def clean(self):
        # master ends its own children, which are in groups of their own;
        # `postfix stop` would wait for seconds.
        try:
            pid = int((self.folder / "queue/pid/master.pid").read_text())
            os.kill(pid, signal.SIGTERM)
            until(lambda: not os.path.exists(f"/proc/{pid}") or
                  self.process.popen.poll() is not None, "master goes on")
        except (FileNotFoundError, ProcessLookupError):
            pass
        self.process.clean()
        if self.dovecot:
            self.dovecot.clean()


class Opensmtpd:
    """From its package's files, unpacked beside Postfix, which it cannot be
    installed with. It has its paths and its users' names built in, so it runs
    in a mount namespace of its own, where they are.

    Without TLS, and so without logins, which it wants TLS for: Debian 12's
    (6.8.0p2) keeps keys in a process of their own through OpenSSL's RSA
    methods, which OpenSSL 3 passes by; each handshake ends in "missing private
    key".
    """

    def __init__(self, folder, root):
        self.folder = folder
        self.port = free_port()
        self.boxes = folder / "mail"
        self.boxes.mkdir()
        self.boxes.chmod(0o711)
        (folder / "smtpd.conf").write_text(f"""
            table boxes file:{folder}/boxes
            listen on 127.0.0.1 port {self.port} hostname mx.example.net
            action "keep" maildir "{self.boxes}" virtual <boxes>
            match from any for domain "example.net" action "keep"
        """)
        names = ["sara", "omar", "huda"] + [f"r{n}" for n in range(20)]
        (folder / "boxes").write_text(
            "".join(f"{n}@example.net smtpbox\n" for n in names))
        (folder / "smtpd.conf").chmod(0o600)
        for name, extra in (
                ("passwd", "opensmtpd:x:891:891::/var/lib/opensmtpd/empty:/bin/false\n"
                           "opensmtpq:x:892:892::/var/lib/opensmtpd/empty:/bin/false\n"
                           f"smtpbox:x:893:893::{folder}:/bin/sh\n"),
                ("group", "opensmtpd:x:891:\nopensmtpq:x:892:\nsmtpbox:x:893:\n")):
            text = pathlib.Path("/etc", name).read_text()
            (folder / name).write_text(text + extra)
        os.chown(self.boxes, 893, 893)
        script = f"""
            set -e
            mount --bind {folder}/passwd /etc/passwd
            mount --bind {folder}/group /etc/group
            for room in /var/lib /var/spool /run /usr/libexec; do
                mount -t tmpfs none $room
            done
            mkdir -p /var/lib/opensmtpd/empty /run/opensmtpd
            mkdir /usr/libexec/opensmtpd
            mount --bind {root}/usr/libexec/opensmtpd /usr/libexec/opensmtpd
            mkdir -p /var/spool/smtpd
            chmod 711 /var/spool/smtpd /run/opensmtpd
            exec {root}/usr/sbin/smtpd -d -f {folder}/smtpd.conf
        """
        self.process = Process(
            "smtpd", ["unshare", "--mount", "--propagation", "private", "sh",
                      "-c", script], folder)
        until(lambda: answers(self.port) or not self.process.alive(),
              lambda: "smtpd does not answer: " + self.process.log())
        assert self.process.alive(), self.process.log()

    def mails(self):
        found = glob.glob(f"{self.boxes}/new/*")
        return [pathlib.Path(path).read_bytes() for path in sorted(found)]

    def log(self):
        return self.process.log()

    def clean(self):
        self.process.clean()


def opensmtpd_files(folder):
    """Downloads the package and unpacks it; (folder, None) or (None, why)."""
    root = folder / "opensmtpd"
    if not (root / "usr/sbin/smtpd").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for program in ("apt-get", "dpkg-deb", "unshare"):
            if not shutil.which(program):
                return None, f"no {program} here"
        good, said = ends_well(["apt-get", "-q", "download", "opensmtpd"],
                               cwd=folder)
        debs = sorted(folder.glob("opensmtpd_*.deb"))
        if not good or not debs:
            return None, "apt-get download opensmtpd: " + said[-200:]
        good, said = ends_well(["dpkg-deb", "-x", debs[-1], root])
        if not good:
            return None, said[-200:]
    good, said = ends_well(["ldd", root / "usr/sbin/smtpd"])
    if not good or "not found" in said:
        return None, "libraries of OpenSMTPD are missing: " + said[-300:]
    return root, None


class Between:
    """Someone on the wire between us and a server: keeps what passes, and may
    take words out of what the server says before TLS."""

    def __init__(self, port, without=b""):
        self.to = port
        self.without = without
        self.passed = []  # (b">" or b"<", bytes)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def ours(self):
        return b"".join(data for side, data in self.passed if side == b">")

    def _serve(self):
        while True:
            try:
                near, _ = self.socket.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                near.close()
                continue
            for side, ends in ((b">", (near, far)), (b"<", (far, near))):
                threading.Thread(target=self._pass, args=(side, *ends),
                                 daemon=True).start()

    def _pass(self, side, source, sink):
        try:
            while data := source.recv(65536):
                self.passed.append((side, data))
                if side == b"<" and self.without:
                    data = data.replace(self.without, b"")
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()

    def clean(self):
        self.socket.close()
