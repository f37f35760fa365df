"""banned - what we do not call, and the few files that may after all."""
import re

import source

SPEAKERS = ("daemon/flow/", "daemon/web/", "daemon/main.c", "cli/")

# What, why, and who may: files, or folders that end in '/'.
RULES = [
    (r"(strcpy|stpcpy|strcat|strncpy|strncat|v?sprintf|gets|strtok(_r)?)\s*\(",
     "use str_*, or snprintf into an array", ()),
    (r"(ato[ifl]+|v?[fs]?scanf|strto[a-z]+)\s*\(", "use codec_int()",
     ("daemon/base/codec.c",)),
    (r"str(n?case)?n?cmp\s*\(|strcoll\s*\(", "use str_eq() and its kin",
     ("daemon/base/str.c",)),
    (r"(time|gmtime|ctime|asctime)(_r)?\s*\(|"
     r"strf?p?time\s*\(|clock_gettime\s*\(|gettimeofday\s*\(",
     "use base/clock, or text/date for calendars", ("daemon/base/clock.c",)),
    (r"(localtime(_r)?|mktime|tzset)\s*\(|(set|put)env\s*\(",
     "use text/date: a zone is text/zone's", ("daemon/text/zone.c",)),
    (r"timegm\s*\(", "use text/date for calendars",
     ("daemon/text/zone.c", "daemon/feed/stamp.c")),
    (r"clock_now\s*\(", "`now` is passed in",
     SPEAKERS + ("daemon/base/clock.c", "include/base/clock.h")),
    (r"(system|popen|alloca|s?rand(om)?|[dlm]rand48|tmpnam|mktemp|tempnam)"
     r"\s*\(", "never", ()),
    (r"(quick_)?exit\s*\(", "return -1 and let main decide", ()),
    (r"log_line\s*\(", "below flow, code returns an err and says nothing",
     SPEAKERS + ("daemon/base/log.c", "include/base/log.h")),
    (r"(v?printf|puts|putchar|perror)\s*\(|f(printf|puts|putc)\s*\([^;]*"
     r"\bstd(err|out)\b", "below flow, code returns an err and says nothing",
     ("daemon/main.c", "cli/", "daemon/base/log.c")),
    (r"db_(begin|commit|rollback)\s*\(", "transactions are flow's",
     ("daemon/flow/", "daemon/store/", "include/store/")),
    (r"typedef\s+(struct|union)\b[^;{]*\{|typedef\s+struct\s+\w+\s+\w+;",
     "no typedef on a struct", ()),
    (r"(u|nano)?sleep\s*\(", "waiting is the loop's",
     ("cli/", "daemon/store/db.c")),
]


def may(path, who):
    return any(path == entry or entry.endswith("/") and
               path.startswith(entry) for entry in who)


findings = source.Findings("banned")
for path in source.product():
    text = source.code(source.read(path))
    for pattern, why, who in RULES:
        if may(path, who):
            continue
        for m in re.finditer(rf"(?<![\w.>])(?:{pattern})", text):
            name = m[0].split("(")[0].strip()
            findings.add(path, source.line_of(text, m.start()),
                         f"'{name}': {why}")
findings.end()
