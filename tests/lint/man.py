"""man - the manual pages have every command, with its options, every setting,
and every kind, name and filter of templates, and no other.

Commands are the rows of the tables in cli/*.c, settings those of the table
settings[] in daemon/base/confkeys.c, whose section is the heading they stand
under in the page. What templates may say are the rows of the tables in
daemon/mail/template_names.c and template_filter.c.
"""
import re

import source

COMMAND = re.compile(r'^\t\{"([a-z]+(?: [a-z]+)?)",\s*"([^"]*)",\s*"', re.M)
SETTING = re.compile(r'^\t\{"([a-z_]*)", "([a-z_]+)",\s*[A-Z_]+,', re.M)
CLI_PAGE = "cli/nashra.1"
CONF_PAGE = "daemon/nashra.conf.5"
CONF = "daemon/base/confkeys.c"
# What stands before the first section's heading of the settings page.
TOP = ""

findings = source.Findings("man")


def page(path):
    return source.read(path) if source.files(path) else ""


commands = {}
for path in source.files("cli/*.c"):
    text = source.no_comments(source.read(path))
    for m in COMMAND.finditer(text):
        commands[m[1]] = (path, source.line_of(text, m.start(1)),
                          set(re.findall(r"--([a-z-]+)", m[2])))
shown = {}
for line in page(CLI_PAGE).splitlines():
    if m := re.match(r"\.It Cm (\w+(?: [a-z]+)?)(?: |$)", line):
        shown[m[1]] = set(re.findall(r"Fl -([a-z-]+)", line))
for name, (path, line, options) in sorted(commands.items()):
    if name not in shown:
        findings.add(path, line, f"'{name}' is not in {CLI_PAGE}")
    for option in sorted(options ^ shown.get(name, options)):
        where = CLI_PAGE if option in options else "the table"
        findings.add(path, line, f"'{name} --{option}' is not in {where}")
for name in sorted(set(shown) - set(commands)):
    findings.add(CLI_PAGE, 0, f"'{name}' is no command")

settings = {}
if source.files(CONF):
    text = source.no_comments(source.read(CONF))
    for table in re.finditer(r" settings\[\] = \{.*?\n\};", text, re.S):
        for m in SETTING.finditer(text, table.start(), table.end()):
            settings[m[1], m[2]] = source.line_of(text, m.start(1))
section, described = TOP, set()
for line in page(CONF_PAGE).splitlines():
    if m := re.match(r"\.S[sh] (?:Section )?(\w+)", line):
        section = m[1] if line.startswith(".Ss Section") else TOP
    if m := re.match(r"\.It Ic (\w+)", line):
        described.add((section, m[1]))
for (section, name), line in sorted(settings.items()):
    if (section, name) not in described:
        where = f"{section}.{name}" if section else name
        findings.add(CONF, line, f"'{where}' is not in {CONF_PAGE}")
for section, name in sorted(described - set(settings)):
    where = f"{section}.{name}" if section else name
    findings.add(CONF_PAGE, 0, f"'{where}' is no setting")

NAMES = "daemon/mail/template_names.c"
FILTERS = "daemon/mail/template_filter.c"
GUIDE = "cli/nashra-templates.7"
promised = {}
for path, pattern in ((NAMES, r'^    \{"([a-z._]+)", (?:[A-Z]|L)'),
                      (NAMES, r'^    \[TEMPLATE_\w+\] = \{"([a-z]+)"'),
                      (FILTERS, r'^    \{"([a-z]+)", TEMPLATE_TYPE')):
    if source.files(path):
        text = source.no_comments(source.read(path))
        for m in re.finditer(pattern, text, re.M):
            promised[m[1]] = (path, source.line_of(text, m.start(1)))
# In the list of its kind, in a sentence of it, or as the heading of a kind.
guide = page(GUIDE)
told = set(re.findall(r"^\.(?:It )?Ic ([a-z._]+)", guide, re.M))
told |= set(re.findall(r"^\.Ss Kind ([a-z]+)", guide, re.M))
for name, (path, line) in sorted(promised.items()):
    if name not in told:
        findings.add(path, line, f"'{name}' is not in {GUIDE}")
for name in sorted(told - set(promised) - {"templates"}):
    findings.add(GUIDE, 0, f"'{name}' is no name, kind or filter")
findings.end()
