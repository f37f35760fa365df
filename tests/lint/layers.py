"""layers - an include may only point down; a library has its speakers."""
import re

import source

# A folder, and what its files may include: folders, or single headers.
LAYERS = {
    "base": "",
    "store": "base",
    "model": "base store text",
    "text": "base",
    "mail": "base text",
    "feed": "base text",
    "flow": "base store model text mail feed",
    "web": "base store/db.h model text mail/template.h flow",
    # Authors check and try their templates without settings or a database, so
    # there is nothing in it for flow to join.
    "cli": "base store model text mail/template.h mail/template_any.h "
           "mail/template_folder.h mail/address.h flow",
}

# An outside header, and the files that speak it. Any other is refused: a new
# library gets a row here.
LIBRARIES = {
    r"sqlite3\.h": "daemon/store/db.c",
    r"curl/.*": "daemon/mail/wire.c daemon/mail/dial.c daemon/mail/wire_fault.c "
                "daemon/feed/fetch.c daemon/feed/transfer.c",
    r"microhttpd\.h": "daemon/web/server.c daemon/web/door.c daemon/web/form.c "
                      "daemon/web/reply.c include/web/door.h",
    r"confuse\.h": "daemon/base/confparse.c",
    r"uuid/uuid\.h": "daemon/base/uuid.c",
    r"idn2\.h": "daemon/mail/domain.c",
    r"openssl/.*": "daemon/base/token.c daemon/mail/dkim.c "
                   "daemon/mail/dkim_key.c",
    r"libxml/.*": "daemon/text/tree.c daemon/feed/parse.c daemon/feed/decode.c "
                  "daemon/feed/xmltext.c",
    r"unicode/.*": "daemon/text/",
    r"jansson\.h": "cli/doc.c",
}

# C11 and POSIX; Linux where POSIX has no word for it.
SYSTEM = re.compile(
    r"(assert|ctype|errno|float|iconv|inttypes|limits|locale|math|setjmp|signal|"
    r"stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|"
    r"time|dirent|fcntl|getopt|grp|libgen|netdb|poll|pwd|strings|sysexits|"
    r"syslog|termios|unistd|arpa/inet|net/if|netinet/(in|tcp)|"
    r"sys/[a-z]+)\.h")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"]+)[>"]', re.M)


def layer(path):
    part = path.split("/")
    if part[0] == "cli":
        return "cli"
    return part[1] if len(part) > 2 else ""  # daemon/main.c: any


def may_include(own, target):
    allowed = [own] + LAYERS[own].split()
    return any(target == entry or target.startswith(entry + "/")
               for entry in allowed)


def may_speak(path, header):
    for pattern, speakers in LIBRARIES.items():
        if re.fullmatch(pattern, header):
            return any(path == who or who.endswith("/") and
                       path.startswith(who) for who in speakers.split())
    return SYSTEM.fullmatch(header) is not None


findings = source.Findings("layers")
for path in source.product():
    own = layer(path)
    text = source.no_comments(source.read(path))
    if own and own not in LAYERS:
        findings.add(path, 0, f"folder '{own}' has no row in the table")
        continue
    for m in INCLUDE.finditer(text):
        line = source.line_of(text, m.start(1))
        if m[1] == "<":
            if not may_speak(path, m[2]):
                findings.add(path, line, f"may not speak <{m[2]}>")
        elif own and "/" in m[2] and not may_include(own, m[2]):
            findings.add(path, line, f"{own} may not include \"{m[2]}\"")
        elif ".." in m[2]:
            findings.add(path, line, "includes start in include/")
findings.end()
