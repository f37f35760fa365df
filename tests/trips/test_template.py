"""nashra template check and render: what an author of templates relies on."""

import json
import re
import shutil
import subprocess

import pytest

from rig.site import BUILD, ROOT, Result

OK, USAGE, DATA, NOINPUT, CONFIG = 0, 64, 65, 66, 78
GUIDE = ROOT / "cli" / "nashra-templates.7"
SPEC = json.loads((ROOT / "tests/data/mustache.json").read_text())
REST = "{{unsubscribe_url}}{{postal_address}}"
# Where in a planted mistake its error has to point.
HERE = "§"

ARTICLE = {"title": "لغة C++", "url": "https://example.org/1", "author": "",
           "published": "2025-01-22T09:00:00Z", "excerpt": "",
           "has_excerpt": False, "body": "", "body_text": "",
           "has_body": False, "image_url": "", "image_width": 0,
           "image_height": 0, "has_image": False, "section": "",
           "section_first": False}
DIGEST = {
    "site_name": "الموسوعة", "site_url": "https://example.org",
    "list": {"title": "نشرة", "name": "weekly", "color": "", "logo_url": "",
             "logo_width": 0, "logo_height": 0}, "subject": "موضوع",
    "preheader": "", "digest.date": 1737536400, "digest": {"number": 7},
    "article_count": 1, "articles": [ARTICLE], "more": 0, "has_more": False,
    "more_url": "https://example.org",
    "web_url": "",
    "why": "لأنك اشتركت", "postal_address": "دمشق",
    "unsubscribe_url": "https://example.org/leave/a?b&c",
}


def nashra(*words, cwd=None):
    argv = [str(BUILD / "nashra"), *map(str, words)]
    return Result(argv, run(argv, cwd))


def run(argv, cwd):
    """Bytes as they are: text=True would take CRs away."""
    done = subprocess.run(argv, cwd=cwd, capture_output=True, check=False,
                          timeout=60)
    done.stdout = done.stdout.decode()
    done.stderr = done.stderr.decode()
    return done


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def render(folder, text, data, *words, name="t.html"):
    return nashra("template", "render", write(folder / name, text),
                  write(folder / "data.json", json.dumps(data)), *words)


def place(text):
    """The text without its mark, and the mark's line and column."""
    before, after = text.split(HERE)
    shown = before.removeprefix("\ufeff")
    return (before + after, shown.count("\n") + 1,
            len(shown) - (shown.rfind("\n") + 1) + 1)


# The guide's own example, as it stands there


def blocks(page):
    """File or command, and the text of the display that follows it."""
    found = re.findall(
        r"^\.Pa (\S+) :\n\.Bd -literal[^\n]*\n(.*?)^\.Ed$", page, re.M | re.S)
    # A line that goes on in the next, and a dot that is no request.
    return [(name, text.replace("\\\n", "").replace("\\&", ""))
            for name, text in found]


def test_the_example_of_the_guide(tmp_path):
    said = 0
    for name, text in blocks(GUIDE.read_text(encoding="utf-8")):
        if name != "shell":
            write(tmp_path / name, text)
            continue
        command, _, want = text.partition("\n")
        assert command.startswith("$ nashra template "), command
        result = nashra(*command.split()[2:], cwd=tmp_path)
        assert result.err + result.out == want, str(result)
        said += 1
    assert said == 3


# The public mustache specification, for what of it there is here


@pytest.mark.parametrize("case", SPEC,
                         ids=lambda c: f"{c['group']}: {c['name']}")
def test_spec(tmp_path, case):
    for name, text in case.get("partials", {}).items():
        write(tmp_path / f"{name}.html", text)
    result = render(tmp_path, case["template"], case["data"],
                    "--kind", "generic")
    result.must(OK)
    assert result.out == case["want"]


@pytest.mark.parametrize("text", [
    "{{{raw}}}", "{{&raw}}", "{{=<% %>=}}<% a %>", "{{>t}}"])
def test_what_is_left_out_of_mustache_is_refused(tmp_path, text):
    render(tmp_path, text, {"raw": "<b>"}, "--kind", "generic").must(
        DATA, "t.html:1:1: ")


# Mistakes, planted one by one into the templates as they are shipped


MISTAKES = [
    # names
    ("digest-classic.html", "<p>\n{{#articles}}§{{titel}}{{/articles}}" + REST,
     "did you mean 'title'"),
    ("digest-classic.txt", "نص §{{subjct}}\n" + REST, "did you mean 'subject'"),
    ("digest-classic.html", "§{{title}}" + REST, "unknown name 'title'"),
    ("confirm.txt", "{{confirm_url}}\n  §{{unsubscribe_url}}\n", "unknown"),
    ("page.html", "§{{articles}}", "unknown name 'articles'"),
    ("digest-classic.txt", "§{{@index}}" + REST, "outside of a list"),
    ("digest-classic.txt", "{{#articles}}§{{@odd}}{{/articles}}" + REST, "@first"),
    ("digest-classic.txt", "§{{a b}}" + REST, "a name has no spaces"),
    ("digest-classic.txt", "§{{}}" + REST, "missing between the braces"),
    # tags and sections
    ("digest-classic.txt", REST + "\n\n x §{{subject", "close the tag"),
    ("digest-classic.txt", "\n§{{#has_more}}x" + REST, "write {{/has_more}}"),
    ("digest-classic.txt", REST + "x§{{/has_more}}", "is not open"),
    ("digest-classic.txt", "{{#has_more}}x§{{/more}}" + REST, "write {{/has_more}}"),
    ("digest-classic.html", "{{subject}}§{{{subject}}}" + REST, "raw values"),
    ("digest-classic.html", "§{{=| |=}}" + REST, "delimiters"),
    ("digest-classic.html", "{{#has_more}}<p§{{/has_more}}>" + REST,
     "close in it the tags"),
    # filters and types
    ("digest-classic.txt", "§{{subject|upper}}" + REST, "unknown filter 'upper'"),
    ("digest-classic.txt", "§{{subject|number}}" + REST, "it takes a number"),
    ("digest-classic.txt", "§{{preheader|excerpt:none}}" + REST, "to 10000"),
    ("digest-classic.txt", "§{{digest.date}}" + REST, "{{digest.date|date}}"),
    ("digest-classic.txt", "§{{articles}}" + REST, "{{#articles}}"),
    ("digest-classic.txt", "§{{more|plural:no_such}}" + REST, "no sentence"),
    ("digest-classic.txt", "§{{t:no_such}}" + REST, "no sentence 'no_such'"),
    # places
    ("digest-classic.html", "<style>p{color:§{{subject}}}</style>" + REST, "<style>"),
    ("digest-classic.html", "<script>§{{subject}}</script>" + REST, "<script>"),
    ("digest-classic.html", "<p\n title=§{{subject}}>" + REST, "put quotes around"),
    ("digest-classic.html", "<p onclick='§{{subject}}'>" + REST, "event"),
    ("digest-classic.html", "<p style=\"§{{subject}}\">" + REST, "style"),
    ("digest-classic.html", "<a href=\"§{{subject}}\">" + REST, "holds a url"),
    ("digest-classic.html", "<img src='§{{list.name}}'>" + REST, "holds a url"),
    ("digest-classic.html", "<a href=\"/x?§{{site_url}}\">" + REST, "whole link"),
    ("digest-classic.html", "<!-- §{{subject}} -->" + REST, "comment"),
    ("digest-classic.html", "<p §{{subject}}>" + REST, "inside a tag"),
    ("digest-classic.html", "<p title=\"§{{subject|iso}}\">" + REST, "with tags"),
    # the whole
    ("digest-classic.html", "{{#articles}}<p title=\"§{{body}}\">{{/articles}}"
     + REST, "with tags"),
    ("digest-classic.html", "{{#articles}}<title>§{{body}}</title>{{/articles}}"
     + REST, "with tags"),
    ("digest-classic.html", "{{#articles}}§{{#body}}x{{/body}}{{/articles}}"
     + REST, "'body' is html"),
    ("digest-classic.txt", "{{#articles}}§{{body}}{{/articles}}" + REST,
     "html cannot stand in a text"),
    ("digest-classic.html", "<p>{{postal_address}}</p>§", "{{unsubscribe_url}} is"),
    ("digest-classic.txt", "{{unsubscribe_url}}\n§", "{{postal_address}} is missing"),
    ("digest-classic.html", "{{#has_more}}" + REST + "{{/has_more}}{{postal_address}}§",
     "outside of sections"),
    ("confirm.html", "<p>{{intro}}</p>\n§", "{{confirm_url}} is missing"),
    ("digest-classic.html", REST + "<p title=\"§", "close it"),
    ("digest-classic.html", "§{{>no_such}}" + REST, "no partial 'no_such'"),
    ("mail-open.html", "<div>\n §{{oops}}</div>", "unknown name 'oops'"),
    ("digest-classic.txt", REST + "a§\x07", "control character"),
    # habits of other languages
    ("digest-classic.html", "§{{#if has_more}}x{{/if}}" + REST, "no spaces"),
    ("digest-classic.txt", "{{#more}}a§{{else}}b{{/more}}" + REST, "{{^name}}"),
    ("digest-classic.html", "{{#articles}}§{{this.title}}{{/articles}}" + REST,
     "unknown name 'this.title'"),
    ("digest-classic.html", "§{{articles.title}}" + REST,
     "write {{#articles}}{{title}}{{/articles}}"),
    ("digest-classic.html", "§{{list}}" + REST, "did you mean 'list.title'"),
    ("digest-classic.html", "§{{a+b}}" + REST, "a name is made of"),
    ("digest-classic.html", "§{{t:unsubscribe|iso}}" + REST, "takes no filter"),
    ("digest-classic.html", "§{{#t:unsubscribe}}x" + REST, "no section"),
    ("digest-classic.html", "§{{t:unsubscrib}}" + REST,
     "did you mean 'unsubscribe'"),
    ("digest-classic.html", "§{{t:confirm_intro}}" + REST, "has arguments"),
    ("digest-classic.html", "§{{more|plural}}" + REST, "needs an argument"),
    ("digest-classic.html", "§{{more|plural:unsubscribe}}" + REST,
     "does not count: write {{t:unsubscribe}}"),
    ("digest-classic.html", "§{{digest.date|date:short}}" + REST, "or 'dual'"),
    ("digest-classic.html", "§{{subject|iso|excerpt:9}}" + REST, "this is html"),
    ("digest-classic.html", "§{{unsubscribe_url|iso}}" + REST, "url of each reader"),
    ("digest-classic.html", "§{{#unsubscribe_url}}x{{/unsubscribe_url}}" + REST,
     "cannot be a section"),
    # places
    ("digest-classic.html", "<script src='§{{site_url}}'></script>" + REST,
     "in a link of <script>"),
    ("page.html", "<iframe src=\"§{{link}}\"></iframe>", "<iframe>"),
    ("page.html", "<base href=\"§{{home}}\">", "<base>"),
    ("page.html", "<meta http-equiv=refresh content=\"0;url=§{{link}}\">",
     "http-equiv"),
    ("digest-classic.html", "<img srcset=\"§{{site_url}} 2x\">" + REST,
     "source-list"),
    ("digest-classic.html", "<a href=\"javascript:§{{site_url}}\">x</a>" + REST,
     "whole link"),
    ("digest-classic.html", "<a href='§{{digest.number}}'>" + REST, "holds a url"),
    ("digest-classic.html", "<p style='width:§{{more|number}}px'>" + REST, "style"),
    ("digest-classic.html", "<td background=\"§{{subject}}\">" + REST,
     "holds a url"),
    ("digest-classic.html", "<§{{subject}}>" + REST, "inside a tag"),
    ("digest-classic.html", "<p>\n</§{{subject}}>" + REST, "inside a tag"),
    ("digest-classic.html", "<p a='b'§{{subject}}>" + REST, "inside a tag"),
    ("digest-classic.html", "<!--[if mso]><td>§{{subject}}</td><![endif]-->" + REST,
     "comment"),
    ("digest-classic.html", "<title>§{{subject|iso}}</title>" + REST, "with tags"),
    ("digest-classic.html", "<p {{#more}}title=\"§{{/more}}\">" + REST,
     "another part of the html"),
    ("digest-classic.html", "{{^more}}<!-- §{{/more}}-->" + REST,
     "another part of the html"),
    ("digest-classic.html", "<script><!--<script></script>§{{subject}}</script>"
     + REST, "<script>"),
    # the whole
    ("welcome.html", "<p>{{intro}}</p>{{postal_address}}§",
     "{{unsubscribe_url}} is missing"),
    ("goodbye.txt", "{{intro}}\n§", "{{postal_address}} is missing"),
    ("digest-classic.html", "<title>§{{postal_address}}</title>{{unsubscribe_url}}",
     "no reader sees"),
    ("digest-classic.html", "<img src=\"§{{unsubscribe_url}}\">{{postal_address}}",
     "no reader sees"),
    ("digest-classic.html", "<div style=\"display: none\">§{{postal_address}}</div>"
     "{{unsubscribe_url}}", "no element that is hidden"),
    ("digest-classic.html", REST + "<style>p{}§", "close it"),
    ("digest-classic.html", REST + "<!-- x§", "close it"),
    ("digest-classic.html", "§{{>article.html}}" + REST, "no '.' and no ending"),
    ("digest-classic.html", "§{{>../article}}" + REST, "a name is made of"),
    ("digest-classic.html", REST + "{{#more}}" * 16 + "§{{#more}}", "deeper than 16"),
    # columns count characters: of several bytes, without width, before a CR
    ("digest-classic.txt", "\tنَصٌّ é 😀\t§{{titel}}" + REST, "unknown name 'titel'"),
    ("digest-classic.txt", "a\r\nب\r\n  §{{titel}}\r\n" + REST, "unknown name"),
    ("digest-classic.txt", "\ufeff§{{titel}}" + REST, "unknown name 'titel'"),
    ("subject.txt", "{{title}} §{{subject}}", "unknown name 'subject'"),
    ("preheader.txt", "{{#next}}§{{titel}}{{/next}}", "did you mean 'title'"),
    # the catalogue
    ("messages", "§unsubscrib = x", "did you mean 'unsubscribe'"),
]


@pytest.mark.parametrize("name, marked, words", MISTAKES)
def test_a_mistake_is_found_where_it_is(tmp_path, name, marked, words):
    shutil.copytree(ROOT / "templates", tmp_path / "own")
    text, line, column = place(marked)
    path = write(tmp_path / "own" / "ar" / name, text)
    result = nashra("template", "check", tmp_path / "own").must(DATA)
    found = result.err.splitlines()[0]
    assert found.startswith(f"{path}:{line}:{column}: "), str(result)
    assert words in found, found
    assert result.out == ""
    said = json.loads(nashra("--json", "template", "check",
                             tmp_path / "own" / "ar").must(DATA).out)
    first = said["errors"][0]
    assert (first["file"], first["line"], first["column"]) == (
        str(path), line, column)
    assert words in first["error"]


def test_bytes_that_are_no_text(tmp_path):
    shutil.copytree(ROOT / "templates", tmp_path / "own")
    path = write(tmp_path / "own/ar/digest-classic.txt", "نص\nab".encode() + b"\xff")
    assert f"{path}:2:3: not valid UTF-8" in nashra(
        "template", "check", tmp_path / "own").must(DATA).err


def test_all_mistakes_at_once(tmp_path):
    write(tmp_path / "digest-classic.html", "{{one}}\n{{#two}}{{inside}}{{/two}}\n"
          "{{#articles}}{{title|x}}{{>part}}{{/article}}{{>part}}\n")
    write(tmp_path / "part.html", "<p>{{three}}<a href=\"{{subject}}\">")
    write(tmp_path / "unused.txt", "{{anything|x}}{{anything}}")
    result = nashra("template", "check", tmp_path).must(DATA, "10 errors")
    assert re.findall(r"([\w.-]+):(\d+:\d+): ", result.err) == [
        ("digest-classic.html", "1:1"), ("digest-classic.html", "2:1"),
        ("digest-classic.html", "3:14"), ("part.html", "1:4"), ("part.html", "1:22"),
        ("digest-classic.html", "3:34"), ("digest-classic.html", "4:1"),
        ("digest-classic.html", "4:1"), ("digest-classic.html", "1:1"),
        ("unused.txt", "1:1")], str(result)


def test_thousands_of_mistakes(tmp_path):
    """A hundred are told, and how many more there are; each place is right,
    and takes no reading from the start."""
    write(tmp_path / "page.html", "سطر\n" + "{{ق}}" * 30000)
    result = nashra("template", "check", tmp_path).must(DATA, "30000 errors")
    lines = result.err.splitlines()
    assert len(lines) == 102
    assert f"page.html:2:{1 + 5 * 99}: unknown name 'ق'" in lines[99]
    assert lines[100] == "... and 29900 more"
    said = json.loads(
        nashra("--json", "template", "check", tmp_path).must(DATA).out)
    assert len(said["errors"]) == 100 and said["more"] == 29900


def test_a_digest_needs_its_text_part(tmp_path):
    write(tmp_path / "digest-brief.html", REST)
    nashra("template", "check", tmp_path).must(
        DATA, "digest-brief.html:1:1: its text part is missing")
    write(tmp_path / "digest-brief.txt", REST)
    assert nashra("template", "check", tmp_path).must(OK).out == (
        "2 templates, no errors\n")


def test_the_shipped_ones_are_right():
    result = nashra("template", "check", ROOT / "templates").must(OK)
    assert result.out.endswith("templates, no errors\n")
    said = json.loads(nashra("--json", "template", "check",
                             ROOT / "templates").must(OK).out)
    assert said["errors"] == [] and said["templates"] >= 18


def test_nothing_to_check(tmp_path):
    nashra("template", "check", tmp_path / "none").must(NOINPUT, "none")
    nashra("template", "check", tmp_path).must(NOINPUT, "no template in")
    nashra("template", "check").must(USAGE)


# Rendering


def test_a_kind_takes_typed_values(tmp_path):
    text = ("{{list.title}}|{{digest.date|date}}|{{digest.number}}|"
            "{{#articles}}<a href=\"{{url}}\">{{title|iso}}</a>"
            "{{published|date:long}}{{/articles}}"
            "<a href=\"{{unsubscribe_url}}\">{{postal_address}}</a>")
    result = render(tmp_path, text, DIGEST, "--language", "ar",
                    name="digest-classic.html").must(OK)
    assert result.out == (
        "نشرة|الأربعاء ٢٢ / يناير / ٢٠٢٥|7|"
        "<a href=\"https://example.org/1\"><span dir=\"rtl\">لغة "
        "<span dir=\"ltr\">C++</span></span></a>الأربعاء، ٢٢ يناير ٢٠٢٥"
        "<a href=\"https://example.org/leave/a?b&amp;c\">دمشق</a>")
    said = json.loads(nashra(
        "--json", "template", "render", tmp_path / "digest-classic.html",
        tmp_path / "data.json", "--language", "ar").must(OK).out)
    assert said == {"file": str(tmp_path / "digest-classic.html"), "kind": "digest",
                    "body": result.out}


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("name", [
    f"digest-{look}.{ending}" for look in ("classic", "magazine", "brief")
    for ending in ("html", "txt")])
def test_a_shipped_digest(tmp_path, language, name):
    data = write(tmp_path / "data.json", json.dumps(DIGEST))
    result = nashra("template", "render",
                    ROOT / "templates" / language / name, data).must(OK)
    assert "https://example.org/leave/a?b" in result.out
    assert "{{" not in result.out and "\x01" not in result.out


def changed(path, value):
    data = json.loads(json.dumps(DIGEST))
    to = data
    for key in path[:-1]:
        to = to[key]
    if value is None:
        del to[path[-1]]
    else:
        to[path[-1]] = value
    return data


WRONG = [
    (("articles",), {}, "articles: this is an object, and it has to be"),
    (("articles",), ["x"], "articles[0]: this is a text"),
    (("articles", 0, "title"), None, "articles[0].title: is missing"),
    (("articles", 0, "title"), 5, "articles[0].title: this is a number"),
    (("articles", 0, "url"), "javascript:alert(1)", "articles[0].url: 'javas"),
    (("articles", 0, "has_excerpt"), "yes", "articles[0].has_excerpt: this"),
    (("articles", 0, "published"), "yesterday", "published: 'yesterday'"),
    (("articles", 0, "published"), "2025-02-29", "published: '2025-02-29'"),
    (("article_count",), 1.5, "article_count: this is a fraction"),
    (("list", "title"), None, "list.title: is missing"),
    (("digest.date",), True, "digest.date: this is a truth"),
    (("list", "color"), "red; x", "list.color: 'red; x' is no color such as"),
    (("list", "color"), 7, "list.color: this is a number"),
    (("unsubscribe_url",), None, "unsubscribe_url: is missing"),
    (("unsubscribe_url",), "ftp://x", "unsubscribe_url: 'ftp://x' is no"),
]


@pytest.mark.parametrize("path, value, words", WRONG)
def test_a_wrong_value_is_named_by_its_path(tmp_path, path, value, words):
    data = write(tmp_path / "data.json", json.dumps(changed(path, value)))
    nashra("template", "render", ROOT / "templates/ar/digest-classic.html",
           data).must(DATA, f"{data}: ", words)


def test_what_a_template_does_not_use_is_not_asked_for(tmp_path):
    render(tmp_path, REST, {"unsubscribe_url": "/x", "postal_address": "y",
                            "articles": 7, "unknown": {}},
           "--kind", "digest").must(OK)


GENERIC = [
    ("<a href=\"{{u}}\">", {"u": "https://e.org/?a&\"b"},
     "<a href=\"https://e.org/?a&amp;%22b\">"),
    ("<a href='{{u}}'>", {}, "<a href=''>"),
    ("{{d|date}}", {"d": "2025-01-22T23:30:00+03:00"},
     "الأربعاء ٢٢ / يناير / ٢٠٢٥"),
    ("{{n|number}} {{n|plural:new_articles}}", {"n": 3},
     "٣ وصلتك ٣ مقالات جديدة"),
    ("{{x|date}}{{x|number}}{{x|iso}}", {}, ""),
    ("{{#l}}{{@index}}{{#@last}}!{{/@last}} {{/l}}", {"l": ["a", "b"]},
     "1 2! "),
    ("{{#o}}({{@index}}){{/o}}", {"o": {}}, "()"),
    ("{{b}}{{c}}", {"b": True, "c": False}, "truefalse"),
    ("{{n|iso}}", {"n": 5}, "<span dir=\"rtl\">5</span>"),
]


@pytest.mark.parametrize("text, data, want", GENERIC)
def test_generic(tmp_path, text, data, want):
    shutil.copy(ROOT / "templates" / "ar" / "messages", tmp_path)
    assert render(tmp_path, text, data).must(OK).out == want


NOT_THAT = [
    ("\n <a href=\"{{u}}\">", {"u": "javascript:x"}, "2:11: 'u' is no http"),
    ("{{l}}", {"l": []}, "1:1: 'l' is a list where a text is wanted"),
    ("{{o|number}}", {"o": {}}, "1:1: 'o' is an object where a number"),
    ("{{n|number}}", {"n": "7"}, "1:1: 'n' is a text where a number"),
    ("{{n|date}}", {"n": "soon"}, "1:1: 'n' is a text where a date"),
]


@pytest.mark.parametrize("text, data, words", NOT_THAT)
def test_generic_values_have_their_limits(tmp_path, text, data, words):
    render(tmp_path, text, data).must(DATA, f"t.html:{words}")


def test_a_body_is_never_raw(tmp_path):
    """Of html in the JSON what feeds may bring is left, laid out for mail."""
    text = "{{#articles}}{{body}}{{/articles}}" + REST
    hostile = ("<script>alert(1)</script><p onclick=x style='color:red'>نص "
               "<a href='javascript:x'>a</a><iframe src=//e.example></iframe>")
    data = {**DIGEST, "articles": [{**ARTICLE, "body": hostile}]}
    done = render(tmp_path, text, data, "--kind", "digest",
                  "--language", "ar").must(OK)
    assert done.out.startswith(
        '<p dir="rtl" style="margin:0 0 12px 0;direction:rtl;'
        'text-align:right;word-break:break-word;">نص a</p>https://')
    deep = {**DIGEST, "articles": [{**ARTICLE, "body": "<b>" * 600}]}
    render(tmp_path, text, deep, "--kind", "digest").must(
        DATA, "articles[0].body: ", "nested more than")


def test_a_text_is_not_escaped(tmp_path):
    assert render(tmp_path, "{{a}}", {"a": "<&>"}, name="t.txt").must(
        OK).out == "<&>"


@pytest.mark.parametrize("data, words", [
    ("", "data.json:1:0: no valid JSON"),
    ("{\n\"a\": ]", "data.json:2:6: no valid JSON"),
    ("{\"a\": 1, \"a\": 2}", "no valid JSON: duplicate"),
    ("[", "no valid JSON"),
])
def test_json_that_is_none(tmp_path, data, words):
    nashra("template", "render", write(tmp_path / "t.html", "x"),
           write(tmp_path / "data.json", data)).must(DATA, words)


def test_words(tmp_path):
    path = write(tmp_path / "t.html", "x")
    data = write(tmp_path / "data.json", "{}")
    nashra("template", "render", path, data, "--kind", "poem").must(
        USAGE, "no kind 'poem': there are digest")
    nashra("template", "render", path, data, "--language", "fr").must(USAGE)
    nashra("template", "render", tmp_path / "no.html", data).must(
        NOINPUT, "no.html")
    nashra("template", "render", path, tmp_path / "no.json").must(
        NOINPUT, "no.json")
    nashra("--config", tmp_path / "no.conf", "template", "render", path,
           data).must(CONFIG, "no.conf")
