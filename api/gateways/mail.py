"""Outgoing mail: SMTP, or a folder of `.eml` files."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
from anyio import to_thread

# Shorter than the time for which the clock door keeps a letter to itself.
SMTP_TIMEOUT_SECONDS = 10


class Undeliverable(Exception):
    """The receiving side refused this letter for good; trying again would not help."""


class Mail(Protocol):
    """Hands a message over; raises Undeliverable for good, anything else for now."""

    async def send(self, message: EmailMessage) -> None: ...


class SmtpMail:
    """A mail server by `smtp://user:pass@host:port` (STARTTLS where it is offered) or `smtps://`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._tls else 25)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    async def send(self, message: EmailMessage) -> None:
        client = aiosmtplib.SMTP(
            hostname=self._host, port=self._port, username=self._user, password=self._password, use_tls=self._tls
        )
        try:
            # For the whole conversation: the library's own limit is that of each step.
            async with asyncio.timeout(SMTP_TIMEOUT_SECONDS):
                await client.connect()
                await client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            if all(500 <= code < 600 for code in codes):
                raise Undeliverable(f"refused with {codes[0]}") from error
            raise
        except aiosmtplib.SMTPDataError as error:
            if 500 <= error.code < 600:
                raise Undeliverable(f"refused with {error.code}") from error
            raise
        else:
            # The letter is gone by now, however the server says goodbye.
            with suppress(Exception):
                await client.quit(timeout=1)
        finally:
            client.close()


class FolderMail:
    """One `.eml` file a letter, named by its Message-ID: writing it twice leaves one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, message: EmailMessage) -> None:
        await to_thread.run_sync(self._write, message)

    def _write(self, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = message["Message-ID"].strip("<>").partition("@")[0]
        partial = self.folder / f".{name}.part"
        partial.write_bytes(message.as_bytes(policy=policy.SMTP))
        os.replace(partial, self.folder / f"{name}.eml")


def mail_for(url: str) -> Mail:
    """The gateway that MAIL_URL names."""
    parts = urlsplit(url)
    return FolderMail(Path(unquote(parts.path))) if parts.scheme == "file" else SmtpMail(url)
