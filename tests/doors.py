"""An act is told once and done through either door, with the same answer: codes by field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx

from api.i18n import translate
from tests.cast import PASSWORD, as_input
from tests.site import Site, token_in
from web import trap

DOCUMENTS = "{ agreement(kind: SERVICE_AGREEMENT) { id } notice: agreement(kind: PRIVACY_NOTICE) { id } }"
REGISTER = """mutation ($input: RegisterAccountInput!) {
  registerAccount(input: $input) { verificationSentTo errors { code field message } } }"""
VERIFY = """mutation ($token: String!) {
  verifyEmail(token: $token) { sessionToken viewer { account { id } } errors { code field message } } }"""
SIGN_IN = """mutation ($input: SignInInput!) {
  signIn(input: $input) { sessionToken expiresAt viewer { account { id } } errors { code field message } } }"""
FORGET = """mutation ($email: String!) {
  requestPasswordReset(email: $email) { sentTo errors { code field message } } }"""
RESET = """mutation ($token: String!, $password: String!) {
  resetPassword(token: $token, newPassword: $password) { sessionToken errors { code field message } } }"""
CHANGE_PASSWORD = """mutation ($current: String!, $new: String!) {
  changePassword(currentPassword: $current, newPassword: $new) { errors { code field message } } }"""
CHANGE_EMAIL = """mutation ($new: String!, $current: String!) {
  changeEmail(newEmail: $new, currentPassword: $current) { verificationSentTo errors { code field message } } }"""
SIGN_OUT = "mutation { signOut { errors { code field message } } }"
UPDATE = """mutation ($input: UpdateAccountInput!) {
  updateAccount(input: $input) { account { id } errors { code field message } } }"""
CONSENT = """mutation ($email: Boolean!, $sms: Boolean!) {
  setMarketingConsent(email: $email, sms: $sms) { account { id } errors { code field message } } }"""
MINE = """{ viewer { isStaff scopes account {
  id number type status email emailVerified firstName lastName phone companyName taxOffice taxIdentity
  address { line1 line2 district province postalCode country }
  marketing { email sms source }
  agreementAcceptances { method acceptedAt document { id kind version } } } } }"""

# A field of the whole form.
FORM = ""


@dataclass
class Outcome:
    """What came of an act: problems as (field, code), dotted snake_case, and the session where one was opened."""

    problems: set[tuple[str, str]]
    session: str | None = None
    raw: Any = None

    @property
    def done(self) -> bool:
        return not self.problems


class DoorToSite(Protocol):
    """What can be done through each door."""

    name: str

    async def register(self, form: dict[str, str]) -> Outcome: ...
    async def verify(self, token: str) -> Outcome: ...
    async def sign_in(self, email: str, password: str) -> Outcome: ...
    async def forget(self, email: str) -> Outcome: ...
    async def reset(self, token: str, password: str) -> Outcome: ...
    async def change_password(self, session: str, current: str, new: str) -> Outcome: ...
    async def change_email(self, session: str, new: str, current: str) -> Outcome: ...
    async def sign_out(self, session: str) -> Outcome: ...
    async def update(self, session: str, changes: dict[str, str]) -> Outcome: ...
    async def consent(self, session: str, *, email: bool, sms: bool) -> Outcome: ...


async def agreed(site: Site, form: dict[str, str]) -> dict[str, str]:
    """The form with the texts in force accepted, unless it says otherwise itself."""
    if {"accepted_agreement_id", "read_privacy_notice_id"} <= set(form):
        return form
    found = await site.data(DOCUMENTS)
    return {"accepted_agreement_id": found["agreement"]["id"], "read_privacy_notice_id": found["notice"]["id"]} | form


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: f"_{found.group(1).lower()}", name)


class GraphqlDoor:
    """The API."""

    name = "graphql"

    def __init__(self, site: Site) -> None:
        self.site = site

    async def _do(self, document: str, variables: dict[str, Any], session: str | None = None) -> Outcome:
        answer = await self.site.ask(document, variables, session)
        if answer.get("errors"):
            return Outcome({(FORM, error["extensions"]["code"]) for error in answer["errors"]}, raw=answer)
        payload = next(iter(answer["data"].values()))
        problems = {(".".join(map(_snake, e["field"] or [])), e["code"]) for e in payload["errors"]}
        return Outcome(problems, payload.get("sessionToken"), payload)

    async def register(self, form: dict[str, str]) -> Outcome:
        return await self._do(REGISTER, {"input": as_input(await agreed(self.site, form))})

    async def verify(self, token: str) -> Outcome:
        return await self._do(VERIFY, {"token": token})

    async def sign_in(self, email: str, password: str) -> Outcome:
        return await self._do(SIGN_IN, {"input": {"email": email, "password": password}})

    async def forget(self, email: str) -> Outcome:
        return await self._do(FORGET, {"email": email})

    async def reset(self, token: str, password: str) -> Outcome:
        return await self._do(RESET, {"token": token, "password": password})

    async def change_password(self, session: str, current: str, new: str) -> Outcome:
        return await self._do(CHANGE_PASSWORD, {"current": current, "new": new}, session)

    async def change_email(self, session: str, new: str, current: str) -> Outcome:
        return await self._do(CHANGE_EMAIL, {"new": new, "current": current}, session)

    async def sign_out(self, session: str) -> Outcome:
        return await self._do(SIGN_OUT, {}, session)

    async def update(self, session: str, changes: dict[str, str]) -> Outcome:
        changed = as_input(changes)
        if changed["address"]:
            account = await mine(self.site, session)
            changed["address"] = account["address"] | changed["address"]
        else:
            del changed["address"]
        return await self._do(UPDATE, {"input": changed}, session)

    async def consent(self, session: str, *, email: bool, sms: bool) -> Outcome:
        return await self._do(CONSENT, {"email": email, "sms": sms}, session)


_MESSAGE = re.compile(r'data-code="([A-Z_]+)" data-field="([^"]+)"')
_WHOLE_FORM = re.compile(r'<li data-code="([A-Z_]+)">')
_FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


class WebDoor:
    """The site."""

    name = "web"

    def __init__(self, site: Site) -> None:
        self.site = site

    async def send(self, path: str, form: dict[str, str], session: str | None = None) -> Outcome:
        """Send a form."""
        async with self.site.browser() as client:
            if session:
                client.cookies.set("session", session)
            if path == "/register" and "form_token" not in form:
                form = form | {"form_token": trap.fresh_token()}
            response = await client.post(path, data=form)
        return _outcome(response)

    async def form_token(self, client: httpx.AsyncClient) -> str:
        """What the registration page puts into its form."""
        page = await client.get("/register")
        token = _FORM_TOKEN.search(page.text)
        assert token, page.text
        return token.group(1)

    async def register(self, form: dict[str, str]) -> Outcome:
        form = await agreed(self.site, form)
        return await self.send("/register", {"password_confirmation": form.get("password", "")} | form)

    async def verify(self, token: str) -> Outcome:
        return await self.send("/verify-email", {"token": token})

    async def sign_in(self, email: str, password: str) -> Outcome:
        return await self.send("/sign-in", {"email": email, "password": password})

    async def forget(self, email: str) -> Outcome:
        return await self.send("/forgot-password", {"email": email})

    async def reset(self, token: str, password: str) -> Outcome:
        form = {"token": token, "new_password": password, "new_password_confirmation": password}
        return await self.send("/reset-password", form)

    async def change_password(self, session: str, current: str, new: str) -> Outcome:
        form = {"current_password": current, "new_password": new, "new_password_confirmation": new}
        return await self.send("/panel/profile/password", form, session)

    async def change_email(self, session: str, new: str, current: str) -> Outcome:
        return await self.send("/panel/profile/email", {"new_email": new, "current_password": current}, session)

    async def sign_out(self, session: str) -> Outcome:
        return await self.send("/sign-out", {}, session)

    async def update(self, session: str, changes: dict[str, str]) -> Outcome:
        """As a person does it: the page's own form, with the changes typed over what stands there."""
        async with self.site.browser() as client:
            client.cookies.set("session", session)
            page = await client.get("/panel/profile")
        form = _Controls.of(page.text, "/panel/profile/details") if page.status_code == 200 else {}
        return await self.send("/panel/profile/details", form | changes, session)

    async def consent(self, session: str, *, email: bool, sms: bool) -> Outcome:
        form = {name: "true" for name, ticked in (("email", email), ("sms", sms)) if ticked}
        return await self.send("/panel/profile/marketing", form, session)


DOORS: dict[str, type[WebDoor | GraphqlDoor]] = {"web": WebDoor, "graphql": GraphqlDoor}


class _Controls(HTMLParser):
    """What a browser would send of one form."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.inside = False
        self.select = ""
        self.values: dict[str, str] = {}

    @classmethod
    def of(cls, html: str, action: str) -> dict[str, str]:
        parser = cls(action)
        parser.feed(html)
        return parser.values

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("action") == self.action
        elif self.inside and tag == "select":
            self.select = given.get("name") or ""
        elif self.inside and tag == "option" and "selected" in given:
            self.values[self.select] = given.get("value") or ""
        elif self.inside and tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.values[given.get("name") or ""] = given.get("value") or ""


_DENIALS = {403: "FORBIDDEN", 404: "NOT_FOUND", 429: "RATE_LIMITED"}
_BAD_LINK = {translate(language, f"site.{page}.bad_title") for page in ("verify", "reset") for language in ("tr", "en")}


def _outcome(response: httpx.Response) -> Outcome:
    problems = {(field, code) for code, field in _MESSAGE.findall(response.text)}
    problems |= {(FORM, code) for code in _WHOLE_FORM.findall(response.text)}
    if response.headers.get("location", "").startswith("/sign-in?next="):
        problems = {(FORM, "UNAUTHENTICATED")}
    elif response.status_code == 422 and not problems and any(title in response.text for title in _BAD_LINK):
        # A page of its own says so, where the API names the argument.
        problems = {("token", "TOKEN_EXPIRED")}
    elif response.status_code >= 400 and not problems:
        problems = {(FORM, _DENIALS.get(response.status_code, str(response.status_code)))}
    return Outcome(problems, response.cookies.get("session"), response)


async def mine(site: Site, session: str) -> Any:
    """The account that a session acts for, as the API tells it; None for a session that has ended."""
    return (await site.data(MINE, token=session))["viewer"]["account"]


async def is_open(site: Site, session: str) -> bool:
    """Whether a session is still good."""
    return await mine(site, session) is not None


async def registered(door: DoorToSite, site: Site, form: dict[str, str]) -> str:
    """Register; the token of the letter's link."""
    outcome = await door.register(form)
    assert outcome.done, outcome
    return token_in((await site.letters_to(form["email"]))[-1])


async def joined(door: DoorToSite, site: Site, form: dict[str, str]) -> str:
    """Register and prove the address; the token of the session."""
    outcome = await door.verify(await registered(door, site, form))
    assert outcome.session, outcome
    return outcome.session


async def signed_in(door: DoorToSite, email: str, password: str = PASSWORD) -> str:
    """Another session of somebody who has joined."""
    outcome = await door.sign_in(email, password)
    assert outcome.session, outcome
    return outcome.session


async def mailed_reset(door: DoorToSite, site: Site, email: str) -> str:
    """The token of a fresh letter that resets the password."""
    assert (await door.forget(email)).done
    return token_in((await site.letters_to(email))[-1])


async def mailed_change(door: DoorToSite, site: Site, session: str, new: str, password: str = PASSWORD) -> str:
    """The token of the letter that confirms another address."""
    outcome = await door.change_email(session, new, password)
    assert outcome.done, outcome
    return token_in((await site.letters_to(new))[-1])


async def page_of_link(site: Site, path: str, token: str) -> httpx.Response:
    """What following a letter's link shows, before anything is confirmed."""
    async with site.browser() as client:
        return await client.get(f"{path}?{urlencode({'token': token})}")
