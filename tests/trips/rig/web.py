"""web - a browser of the smallest kind: forms are sent as HTML says."""

import html.parser
import re
import urllib.error
import urllib.parse
import urllib.request
import uuid


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


_open = urllib.request.build_opener(
    urllib.request.ProxyHandler({}), _NoRedirect).open


class Form:
    def __init__(self, page, attributes):
        self.page = page
        self.method = attributes.get("method", "get").lower()
        self.action = urllib.parse.urljoin(
            page.url, attributes.get("action") or "")
        self.attributes = attributes
        self.fields = {}     # name: value a browser would send untouched
        self.inputs = {}     # name: attributes of the element

    def send(self, **values):
        """Fill and submit: urlencoded, hidden fields and all."""
        assert self.method == "post", self.method
        unknown = set(values) - set(self.inputs)
        assert not unknown, f"the form has no field {unknown}: {self.inputs}"
        return post(self.action, {**self.fields, **values})


class Page(html.parser.HTMLParser):
    """A reply, with what a reader sees and could do in it."""

    def __init__(self, status, headers, body, url):
        super().__init__()
        self.status = status
        self.headers = headers
        self.body = body.decode("utf-8")
        self.url = url
        self.forms = []
        self.links = []
        self.tags = []
        self.heading = ""  # of the last <h1>
        self._words = []
        self._in_heading = False
        self._hidden = 0
        self._select = None
        if "html" in headers.get("Content-Type", ""):
            self.feed(self.body)

    @property
    def text(self):
        """What is to be read, white space collapsed."""
        return re.sub(r"\s+", " ", "".join(self._words)).strip()

    @property
    def form(self):
        assert len(self.forms) == 1, f"{len(self.forms)} forms: {self.text}"
        return self.forms[0]

    def follow(self):
        """Where a redirect leads, fetched as a browser would."""
        assert self.status == 303, (self.status, self.text)
        return get(urllib.parse.urljoin(self.url, self.headers["Location"]))

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag in ("script", "style", "title"):
            self._hidden += 1
        elif tag == "h1":
            self._in_heading = True
        elif tag == "form":
            self.forms.append(Form(self, attributes))
        elif tag == "a" and attributes.get("href"):
            self.links.append(
                urllib.parse.urljoin(self.url, attributes["href"]))
        elif self.forms and tag in ("input", "select", "option", "textarea"):
            self._field(self.forms[-1], tag, attributes)

    def handle_endtag(self, tag):
        if tag in ("script", "style", "title"):
            self._hidden -= 1
        elif tag == "h1":
            self._in_heading = False

    def handle_data(self, data):
        if not self._hidden:
            self._words.append(data)
        if self._in_heading:
            self.heading += data

    def _field(self, form, tag, attributes):
        name, value = attributes.get("name"), attributes.get("value") or ""
        if tag == "select":
            self._select = name
            form.inputs[name] = attributes
        elif tag == "option":
            if "selected" in attributes or self._select not in form.fields:
                form.fields[self._select] = value
        elif name:
            form.inputs[name] = attributes
            loose = attributes.get("type") in ("radio", "checkbox")
            if not loose or "checked" in attributes:
                form.fields[name] = value


def request(url, data=None, headers=None, method=None):
    asked = urllib.request.Request(
        url, data=data, headers=headers or {}, method=method)
    try:
        reply = _open(asked, timeout=20)
    except urllib.error.HTTPError as error:
        reply = error
    with reply:
        return Page(reply.status, reply.headers, reply.read(), url)


def get(url):
    return request(url)


def head(url):
    return request(url, method="HEAD")


def post(url, fields):
    """As a form without enctype is sent."""
    return request(url, urllib.parse.urlencode(fields).encode("ascii"),
                   {"Content-Type": "application/x-www-form-urlencoded"})


def post_multipart(url, fields):
    """As a form with enctype=multipart/form-data is sent (RFC 7578)."""
    mark = uuid.uuid4().hex
    body = "".join(
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        f"{value}\r\n" for name, value in fields.items()) + f"--{mark}--\r\n"
    return request(url, body.encode(),
                   {"Content-Type": f"multipart/form-data; boundary={mark}"})
