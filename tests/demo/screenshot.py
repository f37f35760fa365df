#!/usr/bin/python3
"""screenshot.py MAIL.eml PICTURE.png - the mail as a reader sees it.

The HTML part below its From, Subject and Date, drawn by headless Chromium.
After `make demo ONCE=1`:

    tests/demo/screenshot.py build/demo/digest.eml tests/demo/digest.png
"""

import email
import email.policy
import html
import pathlib
import subprocess
import sys
import tempfile

WIDTH, HEIGHT = 720, 1180

PAGE = """<!doctype html>
<html lang="ar" dir="rtl"><head><meta charset="utf-8"><style>
body {{ margin: 0; background: #fff; color: #1f2933;
        font: 16px/1.7 Tahoma, "Noto Naskh Arabic", sans-serif; }}
header {{ padding: 14px 28px; border-bottom: 1px solid #d5dae0; }}
h1 {{ margin: 0 0 4px; font-size: 19px; }}
p {{ margin: 0; color: #52606d; font-size: 14px; }}
iframe {{ border: 0; width: 100%; height: {height}px; display: block; }}
</style></head><body>
<header><h1>{subject}</h1><p>{name} <bdi dir="ltr">&lt;{address}&gt;</bdi></p>
</header><iframe scrolling="no" srcdoc="{body}"></iframe></body></html>
"""


def main(mail, picture):
    message = email.message_from_bytes(
        pathlib.Path(mail).read_bytes(), policy=email.policy.default)
    sender = message["From"].addresses[0]
    body = message.get_body(("html",)).get_content()
    picture = pathlib.Path(picture).resolve()
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "mail.html"
        page.write_text(PAGE.format(
            subject=html.escape(message["Subject"]), height=HEIGHT,
            name=html.escape(sender.display_name), address=sender.addr_spec,
            body=html.escape(body)), encoding="utf-8")
        subprocess.run([
            "chromium", "--headless", "--no-sandbox", "--disable-gpu",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder}/profile", "--hide-scrollbars",
            f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={picture}",
            page.as_uri()], check=True, stderr=subprocess.DEVNULL)
    if not picture.exists():
        sys.exit("chromium made no picture")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
