"""A reader asks in the form, confirms by mail, and what links refuse to do."""

import re

import pytest

from rig import web
from rig.wait import until

REFUSED = (400, 403, 404, 410)


@pytest.fixture
def news(dated):
    """A list with both roles running, and a clock to move."""
    dated.add_list()
    dated.start("web")
    dated.start("work")
    return dated


def confirm_link(site, email):
    links = site.sink.one(email).links("confirm")
    assert links
    return links[0]


def altered(link):
    """The same link with one character of its token changed."""
    where = len(link) - 12
    other = "A" if link[where] != "A" else "B"
    return link[:where] + other + link[where + 1:]


def says_what_to_do(site, page):
    """A refusal is Arabic, and leads back to a form."""
    assert page.status in REFUSED, (page.status, page.text)
    assert any("\u0621" <= c <= "\u064a" for c in page.text), page.text
    assert ("html", "rtl") in [
        (tag, a.get("dir")) for tag, a in page.tags], page.body
    ways = page.links + [f.action for f in page.forms]
    assert any(w.startswith(site.url + "/") for w in ways), page.body


# The form


def test_form_page_is_right_to_left_and_works_without_script(news):
    page = news.page("/subscribe/news")
    assert page.status == 200
    html = next(a for tag, a in page.tags if tag == "html")
    assert (html["lang"], html["dir"]) == ("ar", "rtl")
    assert "نشرة الأخبار" in page.text
    field = page.form.inputs["email"]
    assert field["type"] == "email" and field["dir"] == "ltr"
    labels = [a.get("for") for tag, a in page.tags if tag == "label"]
    assert field["id"] in labels, "the field has no label"
    assert not [a for tag, a in page.tags if tag == "script"]
    assert page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_ask_mail_confirm(news):
    """The whole way of one reader."""
    page = news.subscribe("sara@example.net")
    assert page.status == 200
    assert news.state("sara@example.net") == "pending"

    mail = news.sink.one("sara@example.net")
    assert "نشرة الأخبار" in mail.text
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"].endswith("<news.example.org>")
    assert mail["Precedence"] is None
    assert mail["To"].addresses[0].addr_spec == "sara@example.net"
    assert mail["From"].addresses[0].addr_spec == "news@example.org"
    assert mail["Subject"].strip()
    assert "dkim-signature" in [h.lower() for h in mail.message.keys()]
    link = confirm_link(news, "sara@example.net")
    assert link.startswith(news.url)

    for _ in range(3):
        assert web.head(link).status == 200
        page = web.get(link)
        assert page.status == 200
        assert page.form.method == "post"
        assert news.state("sara@example.net") == "pending"

    done = page.form.send()
    assert done.status == 200, done.text
    assert news.state("sara@example.net") == "active"

    again = web.post(link, {})
    assert again.status == 200, again.text
    assert news.state("sara@example.net") == "active"
    assert web.get(link).status == 200


def seen(page):
    """The page without the number that its policy names its style by."""
    return re.sub('nonce="[^"]*"', "", page.body)


def test_consent_is_kept(news):
    news.subscribe("sara@example.net")
    web.get(confirm_link(news, "sara@example.net")).form.send()
    shown = news.json("subscriber", "show", "sara@example.net")
    assert shown["email"] == "sara@example.net"
    (subscription,) = shown["subscriptions"]
    assert subscription["list"] == "news"
    events = subscription["consent"]
    assert len(events) >= 2, events
    assert events[0]["source"] == "form"
    assert all(e["event"] and e["at"] for e in events)


def test_page_after_asking_is_the_same_for_everybody(news):
    """Nobody learns from the form who reads what."""
    news.subscribe("pending@example.net")
    news.subscribe("active@example.net")
    web.get(confirm_link(news, "active@example.net")).form.send()
    assert news.state("active@example.net") == "active"
    news.subscribe("left@example.net")
    web.get(confirm_link(news, "left@example.net")).form.send()
    leave(news, "left@example.net")
    assert news.state("left@example.net") == "left"

    replies = []
    for email in ("new", "pending", "active", "left"):
        form = news.form()
        reply = form.send(email=f"{email}@example.net")
        assert reply.status == 303, (email, reply.text)
        page = reply.follow()
        assert page.status == 200
        replies.append((reply.headers["Location"], seen(page)))
    assert len(set(replies)) == 1, replies
    assert news.state("active@example.net") == "active"


def leave(site, email):
    """By a digest's own link."""
    site.first_digest()
    link = site.sink.digests(email)[-1].unsubscribe()
    web.post(link, {"List-Unsubscribe": "One-Click"})


def test_no_second_mail_within_the_cool_down(news):
    for _ in range(3):
        news.subscribe("sara@example.net")
    news.subscribe("SARA@EXAMPLE.NET")
    news.subscribe("later@example.net")
    # The queue is worked off in order: when the later one has its mail, a
    # second one to the first would be here, too.
    news.sink.one("later@example.net")
    to_her = [m for m in news.sink.mails() if m.to.lower().startswith("sara")]
    assert len(to_her) == 1


def test_a_mail_again_after_the_cool_down(news):
    news.subscribe("sara@example.net")
    first = confirm_link(news, "sara@example.net")
    news.clock.forward(hours=25)
    news.subscribe("sara@example.net")
    until(lambda: len(news.sink.mails("sara@example.net")) == 2,
          "no second mail after the cool-down")
    second = news.sink.mails("sara@example.net")[1].links("confirm")[0]
    assert second != first
    assert web.get(second).form.send().status == 200
    assert news.state("sara@example.net") == "active"


def test_mail_carries_nothing_a_visitor_wrote(news):
    """List bombing pays only where the visitor chooses the text."""
    form = news.form()
    fields = {**form.fields, "email": "victim@example.net",
              "name": "BUY PILLS", "title": "BUY PILLS", "text": "BUY PILLS"}
    web.post(form.action, fields)
    mail = news.sink.one("victim@example.net")
    assert b"BUY PILLS" not in mail.raw
    assert "BUY PILLS" not in mail.text + (mail.html or "")


BAD_ADDRESSES = [
    "", " ", "sara", "sara@", "@example.net", "sara@example", "a b@example.net",
    "sara@@example.net", "sara@example..net", "sara.@example.net",
    ".sara@example.net", "sara@-example.net", "sara@example.net,b@example.net",
    "sara@example.net\r\nBcc: b@example.net", "sara@example.net\nb",
    "sara@example.net>", "<script>alert(1)</script>@example.net",
    '"sara"@example.net', "sara@[127.0.0.1]", "sara(x)@example.net",
    "a" * 65 + "@example.net", "a@" + "b" * 250 + ".net", "sara\0@example.net",
]


def test_bad_address_gets_the_form_again(news):
    for address in BAD_ADDRESSES:
        page = news.form().send(email=address)
        assert page.status == 400, (address, page.status)
        field = page.form.inputs["email"]
        assert field.get("aria-invalid") == "true", address
        assert "<script>alert" not in page.body
        news.clock.forward(minutes=2)  # or it is too many in one go
    assert news.json("subscriber", "ls", "news") == []


def test_reader_may_choose_a_cadence(news):
    form = news.form()
    if "every" not in form.inputs:
        web.post(form.action, {**form.fields, "email": "w@example.net",
                               "every": "week"})
    else:
        form.send(email="w@example.net", every="week")
    shown = news.json("subscriber", "show", "w@example.net")
    assert shown["subscriptions"][0]["every"] == "week"
    reply = web.post(form.action, {**form.fields, "email": "x@example.net",
                                   "every": "hour"})
    assert reply.status == 400
    assert news.state("x@example.net") is None


def test_no_such_list(news):
    page = news.page("/subscribe/nowhere")
    assert page.status == 404 and page.text
    assert web.post(news.url + "/subscribe/nowhere",
                    {"email": "a@example.net"}).status == 404
    assert news.page("/nothing/here").status == 404


def test_methods_and_sizes(news):
    link = news.url + "/subscribe/news"
    assert web.request(link, method="DELETE").status == 405
    assert web.head(link).status == 200
    big = web.post(link, {"email": "a" * 100000})
    assert big.status in (400, 413), big.status
    assert web.request(link, b"{}", {"Content-Type": "application/json"}
                       ).status in (400, 415)
    assert news.json("subscriber", "ls", "news") == []


# Machines that fill in forms


def test_form_sent_faster_than_a_person_types_is_shown_again(news):
    form = news.page("/subscribe/news").form
    page = form.send(email="bot@example.net")
    assert page.status in (400, 409, 422), page.status
    assert page.form.fields["email"] == "bot@example.net", "typed in vain"
    news.clock.forward(seconds=3)
    assert page.form.send(email="bot@example.net").status == 303


def test_field_that_nobody_sees(news):
    """Filled by a machine: it is told what everybody is told."""
    form = news.form()
    (trap,) = set(form.inputs) - {"email", "every", "t"}
    reply = form.send(email="bot@example.net", **{trap: "http://spam"})
    assert reply.status == 303
    assert seen(reply.follow()) == seen(news.subscribe("sara@example.net"))
    assert news.state("bot@example.net") is None


def test_too_many_in_one_go(news):
    form = news.form()
    statuses = []
    for n in range(40):
        reply = form.send(email=f"r{n}@example.net")
        statuses.append(reply.status)
        if reply.status == 429:
            break
    assert statuses[-1] == 429 and len(statuses) > 5, statuses
    assert int(reply.headers["Retry-After"]) > 0
    assert len(news.json("subscriber", "ls", "news")) == len(statuses) - 1
    news.clock.forward(minutes=5)
    assert form.send(email="late@example.net").status == 303


# Links that must not work


def test_replayed_link_says_done(news):
    news.subscribe("sara@example.net")
    link = confirm_link(news, "sara@example.net")
    first = web.post(link, {})
    again = web.post(link, {})
    assert (first.status, again.status) == (200, 200)
    assert again.text == first.text
    # Spent: after leaving, the old link does not bring her back.
    leave(news, "sara@example.net")
    assert news.state("sara@example.net") == "left"
    web.get(link)
    web.post(link, {})
    assert news.state("sara@example.net") == "left"


def test_expired_link_is_refused_and_offers_the_form(news):
    news.subscribe("sara@example.net")
    link = confirm_link(news, "sara@example.net")
    news.clock.forward(hours=47)
    assert web.get(link).status == 200
    news.clock.forward(hours=2)
    for page in (web.get(link), web.post(link, {})):
        says_what_to_do(news, page)
        assert f"{news.url}/subscribe/news" in (
            page.links + [f.action for f in page.forms])
    assert news.state("sara@example.net") == "pending"


def test_altered_link_is_refused(news):
    news.subscribe("sara@example.net")
    link = confirm_link(news, "sara@example.net")
    for bad in (altered(link), link[:-1], link + "A", link + "/",
                news.url + "/confirm/", news.url + "/confirm/x",
                news.url + "/confirm/" + "A" * 43,
                news.url + "/confirm/" + "A" * 5000,
                news.url + "/confirm/%00", news.url + "/confirm/..%2f..%2f"):
        for page in (web.get(bad), web.post(bad, {})):
            assert page.status in (*REFUSED, 414, 431), (bad, page.status)
    says_what_to_do(news, web.get(altered(link)))
    assert news.state("sara@example.net") == "pending"


def test_link_of_another_purpose_is_refused(news):
    """A confirm token does not leave, a leave token does not confirm."""
    news.subscribe("sara@example.net")
    confirm = confirm_link(news, "sara@example.net")
    foreign = confirm.replace("/confirm/", "/leave/")
    for page in (web.get(foreign), web.post(foreign, {})):
        says_what_to_do(news, page)
    assert news.state("sara@example.net") == "pending"

    web.post(confirm, {})
    news.first_digest()
    (digest,) = news.sink.digests("sara@example.net")
    leaving = digest.unsubscribe()
    foreign = leaving.replace("/leave/", "/confirm/")
    for page in (web.get(foreign), web.post(foreign, {})):
        says_what_to_do(news, page)
    bad = altered(leaving)
    for page in (web.get(bad),
                 web.post(bad, {"List-Unsubscribe": "One-Click"})):
        says_what_to_do(news, page)
    assert news.state("sara@example.net") == "active"


def test_raw_token_is_never_on_disk(news):
    news.subscribe("sara@example.net")
    token = confirm_link(news, "sara@example.net").rpartition("/")[2]
    for path in news.database.parent.glob("*"):
        assert token.encode() not in path.read_bytes(), path
    for process in news.processes:
        assert token not in process.log()
        assert "sara@" not in process.log(), "an address in the log"
