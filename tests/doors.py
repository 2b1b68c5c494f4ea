"""An act is told once and done through either door, with the same answer: codes by field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from tests.cast import as_input
from tests.site import Site

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
SIGN_OUT = "mutation { signOut { errors { code } } }"

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


async def agreed(site: Site, form: dict[str, str]) -> dict[str, str]:
    """The form with the texts in force accepted, unless it says otherwise itself."""
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


_MESSAGE = re.compile(r'data-code="([A-Z_]+)" data-field="([^"]+)"')
_WHOLE_FORM = re.compile(r'<li data-code="([A-Z_]+)">')
_FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


class WebDoor:
    """The site."""

    name = "web"

    def __init__(self, site: Site) -> None:
        self.site = site

    async def _do(self, path: str, form: dict[str, str], session: str | None = None) -> Outcome:
        async with self.site.browser() as client:
            if session:
                client.cookies.set("session", session)
            if path == "/register":
                page = await client.get(path)
                token = _FORM_TOKEN.search(page.text)
                assert token, page.text
                form = form | {"form_token": token.group(1)}
            response = await client.post(path, data=form)
        return _outcome(response)

    async def register(self, form: dict[str, str]) -> Outcome:
        form = await agreed(self.site, form)
        return await self._do("/register", {"password_confirmation": form.get("password", "")} | form)

    async def verify(self, token: str) -> Outcome:
        return await self._do("/verify-email", {"token": token})

    async def sign_in(self, email: str, password: str) -> Outcome:
        return await self._do("/sign-in", {"email": email, "password": password})

    async def forget(self, email: str) -> Outcome:
        return await self._do("/forgot-password", {"email": email})

    async def reset(self, token: str, password: str) -> Outcome:
        form = {"token": token, "new_password": password, "new_password_confirmation": password}
        return await self._do("/reset-password", form)

    async def change_password(self, session: str, current: str, new: str) -> Outcome:
        form = {"current_password": current, "new_password": new, "new_password_confirmation": new}
        return await self._do("/panel/profile/password", form, session)

    async def change_email(self, session: str, new: str, current: str) -> Outcome:
        return await self._do("/panel/profile/email", {"new_email": new, "current_password": current}, session)

    async def sign_out(self, session: str) -> Outcome:
        return await self._do("/sign-out", {}, session)


def _outcome(response: httpx.Response) -> Outcome:
    problems = {(field, code) for code, field in _MESSAGE.findall(response.text)}
    problems |= {(FORM, code) for code in _WHOLE_FORM.findall(response.text)}
    if response.status_code >= 400 and not problems:
        problems = {(FORM, str(response.status_code))}
    return Outcome(problems, response.cookies.get("session"), response)
