"""Five kinds of modules of the old protocol in Python, after licensing.md 2: what each sends, and how it reads.

`modern` is of 2014 and later, `early` from before, `json_wrapping` keeps its local key as JSON, `xml_wrapping` reads
the answer as XML and sends two fields, `gating` needs product and day of registration and gates versions by the support
add-on.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote_plus
from xml.etree import ElementTree

import httpx

TAG = re.compile(r"<(.*?)>([^<]+)</\1>", re.IGNORECASE)


@dataclass(frozen=True)
class Asking:
    """Where a module runs and what it was given."""

    url: str
    key: str
    domain: str
    secret: str
    ip: str = "10.0.0.5"
    folder: str = "/var/www/whmcs/modules/sms"

    def form(self) -> dict[str, str]:
        """The five fields, with a token of 10 digits and 32 hexadecimal ones."""
        token = f"{int(time.time())}{md5(uuid.uuid4().hex + self.key)}"
        return {
            "licensekey": self.key,
            "domain": self.domain,
            "ip": self.ip,
            "dir": self.folder,
            "check_token": token,
        }


@dataclass(frozen=True)
class Read:
    """What a module made of the answer; `local` is what it keeps."""

    status: str
    message: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    local: str = ""


NOBODY = Read("Invalid", "Remote Check Failed")


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def urlencoded(url: str, form: dict[str, str]) -> httpx.Response:
    """With an ampersand after the last field too."""
    body = "".join(f"{name}={quote_plus(value)}&" for name, value in form.items())
    return httpx.post(url, content=body, headers={"content-type": "application/x-www-form-urlencoded"}, timeout=30)


def multipart(url: str, form: dict[str, str]) -> httpx.Response:
    """As PHP's curl sends an array."""
    return httpx.post(url, files={name: (None, value) for name, value in form.items()}, timeout=30)


def _proved(fields: dict[str, str], own: Asking, token: str) -> Read | None:
    if "md5hash" in fields and fields["md5hash"] != md5(own.secret + token):
        return Read("Invalid", "MD5 Checksum Verification Failed", fields)
    return None


def _kept(fields: dict[str, str], own: Asking, today: str, write: Callable[[dict[str, str]], str]) -> str:
    data = base64.b64encode(write(fields | {"checkdate": today}).encode()).decode()
    data = (md5(today + own.secret) + data)[::-1]
    return data + md5(data + own.secret)


def _serialized(fields: dict[str, str]) -> str:
    """An array of strings as PHP serializes it."""
    pairs = [text for pair in fields.items() for text in pair]
    body = "".join(f's:{len(text.encode())}:"{text}";' for text in pairs)
    return f"a:{len(fields)}:{{{body}}}"


def _by_expression(own: Asking, body: str, token: str, write: Callable[[dict[str, str]], str]) -> Read:
    fields = dict(TAG.findall(body))
    if wrong := _proved(fields, own, token):
        return wrong
    status = fields.get("status", "")
    today = f"{date.today():%Y%m%d}"  # noqa: DTZ011 - a module knows its machine's day only
    return Read(
        status, fields.get("message", ""), fields, _kept(fields, own, today, write) if status == "Active" else ""
    )


def modern(own: Asking) -> Read:
    """2014 and later: urlencoded; anything but 200 is no answer."""
    form = own.form()
    answer = urlencoded(own.url, form)
    return _by_expression(own, answer.text, form["check_token"], _serialized) if answer.status_code == 200 else NOBODY


def early(own: Asking) -> Read:
    """Before 2014: multipart; deaf to the code, only an empty body is no answer; one directory."""
    form = own.form()
    body = multipart(own.url, form).text
    read = _by_expression(own, body, form["check_token"], _serialized) if body else NOBODY
    if read.status == "Active" and read.fields.get("validdirectory") != own.folder:
        return Read("Invalid", "Directory Invalid", read.fields)
    return read


def json_wrapping(own: Asking) -> Read:
    """A local key of JSON."""
    form = own.form()
    answer = urlencoded(own.url, form)
    return _by_expression(own, answer.text, form["check_token"], json.dumps) if answer.status_code == 200 else NOBODY


def xml_wrapping(own: Asking) -> Read:
    """Wraps the answer into a root and reads it as XML; sends the key and the domain alone."""
    answer = urlencoded(own.url, {"licensekey": own.key, "domain": own.domain})
    if answer.status_code != 200:
        return NOBODY
    root = ElementTree.fromstring(f"<r>{answer.text}</r>")  # noqa: S314 - the server under test
    fields = {child.tag: child.text or "" for child in root}
    return Read(fields.get("status", ""), fields.get("message", ""), fields)


def gating(own: Asking) -> Read:
    """Needs the product's id, its day of registration and three numbers in the due day."""
    form = own.form()
    answer = urlencoded(own.url, form)
    if answer.status_code != 200:
        return NOBODY
    fields = dict(TAG.findall(answer.text))
    if wrong := _proved(fields, own, form["check_token"]):
        return wrong
    status = fields.get("status", "").lower()
    if status == "active":
        days = [int(part) for part in fields["nextduedate"].split("-")]
        if (
            not (fields["productid"] and re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", fields["regdate"]))
            or len(days) != 3
        ):
            return Read("invalid", "Incomplete", fields)
    return Read(status, fields.get("message", ""), fields)


def may_run(fields: dict[str, str], released: date) -> bool:
    """Whether the support add-on of `gating` lets a version of this day run."""
    for addon in filter(None, fields.get("addons", "").split("|")):
        facts: dict[str, Any] = dict(part.split("=", 1) for part in addon.split(";"))
        if "Support" in facts["name"] and "Upgrade" in facts["name"]:
            return facts["status"] == "Active" or released <= date.fromisoformat(facts["nextduedate"])
    return False


VARIANTS: dict[str, Callable[[Asking], Read]] = {
    "modern": modern,
    "early": early,
    "json_wrapping": json_wrapping,
    "xml_wrapping": xml_wrapping,
    "gating": gating,
}
