"""bite - do the lints hold for this tree, and does each of them bite?

Reports in TAP. A fault is planted in a copy of a part of the tree, and the
lint must name it; what only looks like a fault must pass. A lint that was
never seen to bite is decoration.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SPDX = "/* SPDX-License-Identifier: ISC */\n"
# Enough of the tree to plant in: a lint of all of it takes longer.
COPIED = ("include/base", "include/model", "daemon/base/confkeys.c",
          "daemon/model/list.c", "daemon/store/schema_steps.c",
          "daemon/nashra.conf.5", "cli/nashra.1", "cli/nashra-templates.7",
          "daemon/mail/template_names.c", "daemon/mail/template_filter.c")
FINDING = 1  # the status of a lint that found something


def c_file(*lines):
    return SPDX + "".join(f"{line}\n" for line in lines)


def call(line, *before):
    """A file with one function whose body is that line."""
    return c_file(*before, "int", "planted(int a)", "{", f"\t{line}",
                  "\treturn a;", "}")


def header(name, *lines, layer="base"):
    guard = f"NASHRA_{layer}_{name}_H".upper()
    return c_file("/*", f" * {name} - what a test plants.", " */",
                  f"#ifndef {guard}", f"#define {guard}", *lines, "#endif")


CAN_FAIL = "int half(int a, struct err *err);"
ROW = "static const char SQL_X[] = "

# Lint, file, what is appended to it, what the finding says ("": none).
PLANTED = [
    ("layers", "daemon/base/planted.c", c_file('#include "model/list.h"'),
     "base may not include"),
    ("layers", "include/store/planted.h",
     header("planted", '#include "model/list.h"', layer="store"),
     "store may not include"),
    ("layers", "daemon/model/planted.c", c_file('#include "mail/mime.h"'),
     "model may not include"),
    ("layers", "daemon/mail/planted.c", c_file('#include "store/db.h"'),
     "mail may not include"),
    ("layers", "daemon/mail/planted.c", c_file('#  include "feed/parse.h"'),
     "mail may not include"),
    ("layers", "daemon/text/planted.c", c_file('#include "mail/mime.h"'),
     "text may not include"),
    ("layers", "daemon/feed/planted.c", c_file('#include "flow/signup.h"'),
     "feed may not include"),
    ("layers", "daemon/flow/planted.c", c_file('#include "web/server.h"'),
     "flow may not include"),
    ("layers", "daemon/web/planted.c", c_file('#include "mail/smtp.h"'),
     "web may not include"),
    ("layers", "cli/planted.c", c_file('#include "web/server.h"'),
     "cli may not include"),
    ("layers", "daemon/extra/planted.c", c_file("int planted;"),
     "has no row"),
    ("layers", "daemon/model/planted.c", c_file("#include <sqlite3.h>"),
     "may not speak <sqlite3.h>"),
    ("layers", "daemon/web/planted.c", c_file("#include <curl/curl.h>"),
     "may not speak <curl/curl.h>"),
    ("layers", "daemon/base/planted.c", c_file("#include <unicode/ubrk.h>"),
     "may not speak <unicode/ubrk.h>"),
    ("layers", "daemon/base/planted.c", c_file("#include <glib.h>"),
     "may not speak <glib.h>"),
    ("layers", "daemon/base/planted.c",
     c_file('#include "../store/db.h"'), "may not include"),
    ("layers", "daemon/base/planted.c",
     c_file('/* #include "model/list.h" */', "#include <stdio.h>"), ""),
    ("layers", "daemon/flow/planted.c",
     c_file('#include "mail/mime.h"', '#include "model/list.h"'), ""),

    ("pairs", "include/base/planted.h", header("planted"),
     "has no .c of the same name"),
    ("pairs", "daemon/base/planted.c", c_file("int planted_x;"),
     "has no header of the same name"),
    ("pairs", "daemon/store/confkeys.c", c_file("int confkeys_x;"),
     "has the name of daemon/base/confkeys.c"),
    ("pairs", "daemon/base/planted.h", header("planted"),
     "headers live in include/"),
    ("pairs", "include/base/planted.h",
     header("planted").replace("planted - ", ""), "does not open with"),
    ("pairs", "include/base/planted.h",
     header("planted").replace("NASHRA_BASE", "BASE"), "has no guard"),
    ("pairs", "include/base/planted.h",
     header("planted", "int other_thing(int a);"),
     "'other_thing' does not begin"),
    ("pairs", "daemon/base/planted.c", "int planted_x;\n",
     "does not begin with the SPDX line"),

    ("sql_owner", "daemon/flow/planted.c",
     c_file(ROW + '"SELECT id FROM list WHERE id = ?";'), "names 'list'"),
    ("sql_owner", "daemon/flow/planted.c",
     c_file(ROW + '"SELECT id FROM "', '"list";'), "names 'list'"),
    ("sql_owner", "daemon/flow/planted.c",
     c_file(ROW + '"UPDATE list SET title = ?";'), "names 'list'"),
    ("sql_owner", "cli/planted.c",
     c_file(ROW + '"DELETE FROM list";'), "names 'list'"),
    ("sql_owner", "daemon/store/schema_steps.c",
     c_file(ROW + '"CREATE TABLE planted_t (id INTEGER)";'),
     "no header owns 'planted_t'"),
    ("sql_owner", "daemon/store/schema_steps.c",
     c_file(ROW + '"CREATE VIEW planted_v AS SELECT id FROM list";'), ""),
    ("sql_owner", "include/model/planted.h",
     header("planted", "/* Owns table `list`. */", layer="model"),
     "owns 'list' too"),
    ("sql_owner", "daemon/model/list.c",
     ROW + '"SELECT id FROM list";\n', ""),
    ("sql_owner", "daemon/model/list_planted.c",
     c_file(ROW + '"SELECT id FROM list";'), ""),
    ("sql_owner", "daemon/model/lists_planted.c",
     c_file(ROW + '"SELECT id FROM list";'), "names 'list'"),
    ("sql_owner", "daemon/flow/list_planted.c",
     c_file(ROW + '"SELECT id FROM list";'), "names 'list'"),
    ("sql_owner", "daemon/model/outbox_planted.c",
     c_file(ROW + '"UPDATE outbox SET state = ?1";'), ""),
    ("sql_owner", "daemon/model/outbox_planted.c",
     c_file(ROW + '"SELECT id FROM list";'), "names 'list'"),
    ("sql_owner", "daemon/model/outboxes_planted.c",
     c_file(ROW + '"UPDATE outbox SET state = ?1";'), "names 'outbox'"),
    ("sql_owner", "daemon/model/planted.c",
     c_file(ROW + '"DELETE FROM outbox WHERE id = ?1";'), "names 'outbox'"),
    ("sql_owner", "daemon/store/schema_steps.c",
     c_file("static const char *const S[] = {",
            '"CREATE TABLE planted_t (id INTEGER)",',
            '"DROP TABLE planted_t"};'), ""),
    ("sql_owner", "daemon/store/schema_steps.c",
     c_file("static const char *const S[] = {",
            '"CREATE TABLE planted_t (id INTEGER)",',
            '"DROP TABLE planted_t",',
            '"CREATE TABLE planted_t (id INTEGER, x INTEGER)"};'),
     "no header owns 'planted_t'"),

    ("banned", "daemon/base/planted.c", call("strcpy(a, b);"), "'strcpy'"),
    ("banned", "daemon/base/planted.c", call("strncat (a, b, 1);"),
     "'strncat'"),
    ("banned", "daemon/base/planted.c", call("sprintf(a, b);"), "'sprintf'"),
    ("banned", "daemon/base/planted.c", call("strtok_r(a, b);"),
     "'strtok_r'"),
    ("banned", "daemon/feed/planted.c", call("a = atoi(b);"), "'atoi'"),
    ("banned", "daemon/feed/planted.c", call("a = strtoul(b, 0, 10);"),
     "'strtoul'"),
    ("banned", "daemon/feed/planted.c", call("a = sscanf(b, c);"),
     "'sscanf'"),
    ("banned", "daemon/feed/planted.c", call("return !strcmp(a, b);"),
     "'strcmp'"),
    ("banned", "daemon/feed/planted.c", call("return strncasecmp(a, b, 2);"),
     "'strncasecmp'"),
    ("banned", "daemon/model/planted.c", call("a = time(NULL);"), "'time'"),
    ("banned", "daemon/model/planted.c", call("gmtime_r(a, b);"),
     "'gmtime_r'"),
    ("banned", "daemon/model/planted.c", call("strftime(a, b);"),
     "'strftime'"),
    ("banned", "daemon/text/planted.c", call("localtime_r(a, b);"),
     "'localtime_r'"),
    ("banned", "daemon/text/planted.c", call("a = mktime(b);"), "'mktime'"),
    ("banned", "daemon/flow/planted.c", call("a = timegm(b);"), "'timegm'"),
    ("banned", "daemon/flow/planted.c", call('setenv("TZ", b, 1);'),
     "'setenv'"),
    ("banned", "daemon/text/zone.c",
     call('localtime_r(a, b); setenv("TZ", b, 1);'), ""),
    ("banned", "daemon/model/planted.c", call("now = clock_now();"),
     "'clock_now'"),
    ("banned", "daemon/flow/planted.c", call("system(a);"), "'system'"),
    ("banned", "daemon/flow/planted.c", call("a = rand();"), "'rand'"),
    ("banned", "daemon/flow/planted.c", call("exit(1);"), "'exit'"),
    ("banned", "daemon/mail/planted.c", call('log_line(6, "x", "y");'),
     "'log_line'"),
    ("banned", "daemon/mail/planted.c", call('printf("x");'), "'printf'"),
    ("banned", "daemon/mail/planted.c", call('fprintf(stderr, "x");'),
     "'fprintf'"),
    ("banned", "daemon/model/planted.c", call("return db_begin(db, err);"),
     "'db_begin'"),
    ("banned", "daemon/model/planted.c",
     c_file("typedef struct {", "\tint a;", "} planted;"), "no typedef"),
    ("banned", "daemon/flow/planted.c", call("usleep(5);"), "'usleep'"),
    ("banned", "daemon/base/planted.c",
     call('/* never strcpy(a, b) */ str_add(a, "exit(1)");'), ""),
    ("banned", "daemon/flow/planted.c",
     call("a = uptime(b) + s->time(a) + clock_now();"), ""),

    ("ignored", "daemon/base/planted.c", call("half(a, err);", CAN_FAIL),
     "half() returns is ignored"),
    ("ignored", "daemon/base/planted.c", call("(void)half(a, err);", CAN_FAIL),
     "half() returns is ignored"),
    ("ignored", "daemon/base/planted.c",
     call("if (a > f(1)) half(a, err);", CAN_FAIL),
     "half() returns is ignored"),
    ("ignored", "daemon/base/planted.c",
     call("if (a) a = 1; else half(a, err);", CAN_FAIL),
     "half() returns is ignored"),
    ("ignored", "daemon/flow/planted.c",
     call("list_find(db, name, &list, err);"),
     "list_find() returns is ignored"),
    ("ignored", "daemon/base/planted.c",
     call("if (half(a, err) != 0) return half(\n\t    a, err);", CAN_FAIL),
     ""),
    ("ignored", "daemon/base/planted.c",
     call("(void)half(a, &ignored);", CAN_FAIL), ""),
    ("ignored", "daemon/base/planted.c",
     call("a = a ? b : half(a, err);", CAN_FAIL), ""),

    ("pairs", "include/base/clock.h",
     "struct plant {\n\tint a;\n};\nvoid plant_water(struct plant *p);\n",
     ""),

    ("size", "daemon/base/planted.c", SPDX + "\n" * 450, "450 allowed"),
    ("size", "include/base/planted.h", SPDX + "\n" * 120, "120 allowed"),
    ("size", "daemon/base/planted.c", SPDX + "\n" * 449, ""),

    ("units", "daemon/mail/planted.c", c_file("int planted_x;"),
     "has no tests/unit/planted_test.c"),
    ("units", "daemon/model/planted.c",
     c_file("static const int next[PLANT_STATES][PLANT_EVENTS];"),
     "has no tests/unit/planted_test.c"),
    ("units", "daemon/flow/planted.c", c_file("int planted_x;"), ""),
    ("units", "tests/unit/planted_test.c", c_file("int planted_x;"),
     "runs no test"),

    ("paths", "systemd/planted.service", "ExecStart=/home/someone/x\n",
     "a path of one machine"),
    ("paths", "daemon/base/planted.c", c_file('char x[] = "/root/x";'),
     "a path of one machine"),
    ("paths", "daemon/base/planted.c", c_file('char x[] = "http://x/work/a";'),
     ""),

    ("man", "cli/cmd_planted.c",
     c_file('#include "cli.h"', "static const struct command planted[] = {",
            '\t{"plant tree", "NAME", "x", run},', "};"),
     "'plant tree' is not in cli/nashra.1"),
    ("man", "cli/cmd_planted.c",
     c_file("static const struct command planted[] = {",
            '\t{"list ls", "[--plant P]", "x", run},', "};"),
     "'list ls --plant' is not in cli/nashra.1"),
    ("man", "cli/cmd_planted.c",
     c_file("static const struct command planted[] = {",
            '\t{"digest send", "LIST [--every C]", "x", run},', "};"),
     "'digest send --wait' is not in the table"),
    ("man", "daemon/base/confkeys.c",
     'static const struct setting settings[] = {\n'
     '\t{"web", "planted_key", TEXT, C(x), "", 0, 0, NULL, "x"},\n};\n',
     "'web.planted_key' is not in daemon/nashra.conf.5"),
    ("man", "cli/nashra.1", ".It Cm plant tree Ar name\n",
     "'plant tree' is no command"),
    ("man", "daemon/nashra.conf.5", ".Ss Section planted\n.It Ic listen\n",
     "'planted.listen' is no setting"),
    ("man", "daemon/mail/template_names.c",
     "static const struct template_name planted[] = {\n"
     '    {"planted_name", TEXT},\n};\n',
     "'planted_name' is not in cli/nashra-templates.7"),
    ("man", "daemon/mail/template_filter.c",
     "static const struct template_filter planted[] = {\n"
     '    {"planted", TEMPLATE_TYPE_TEXT, TEMPLATE_TYPE_TEXT},\n};\n',
     "'planted' is not in cli/nashra-templates.7"),
    ("man", "cli/nashra-templates.7", ".It Ic planted Pq text\n",
     "'planted' is no name, kind or filter"),

    ("keys", "daemon/text/message_keys.c",
     'static const struct message_key rows[] = {\n'
     '\t{"planted_key", PLAIN, ""},\n};\n',
     "nothing says 'planted_key'"),
]


class Report:
    def __init__(self):
        self.number = self.failed = 0

    def result(self, good, name, output=""):
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}")
        if not good:
            print("".join(f"# {line}\n" for line in output.splitlines()),
                  end="")


def run(lint, tree):
    done = subprocess.run(
        [sys.executable, "-B", str(HERE / f"{lint}.py")], cwd=tree,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode(errors="replace")


def copy_tree(tree):
    for name in COPIED:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name)
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, tree / name)


def plant(tree, path, text):
    """Appends to a file, or makes it; returns what undoes that."""
    target = tree / path
    before = target.read_bytes() if target.exists() else None
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("ab") as out:
        out.write(text.encode())

    def undo():
        if before is None:
            target.unlink()
        else:
            target.write_bytes(before)
    return undo


def about(output, path):
    return "\n".join(line for line in output.splitlines()
                     if line.startswith(path))


def bite(report, tree, clean, fault):
    lint, path, text, says = fault
    undo = plant(tree, path, text)
    status, output = run(lint, tree)
    undo()
    new = set(output.splitlines()) - set(clean[lint].splitlines())
    new = "\n".join(sorted(new))
    if says:
        good = status == FINDING and says in about(new, path)
        report.result(good, f"{lint} bites: {path}: {says}", output)
    else:
        report.result(path not in new, f"{lint} lets pass: {path}", new)


def main():
    os.chdir(ROOT)
    report = Report()
    lints = list(dict.fromkeys(fault[0] for fault in PLANTED))
    print(f"1..{len(lints) + len(PLANTED)}")
    for lint in lints:
        status, output = run(lint, ROOT)
        report.result(status == 0, f"{lint} holds", output)
    with tempfile.TemporaryDirectory(prefix="nashra-lint-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        clean = {lint: run(lint, tree)[1] for lint in lints}
        for fault in PLANTED:
            bite(report, tree, clean, fault)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
