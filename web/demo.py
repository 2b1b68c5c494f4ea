"""What only a demo shows: the letters that it sent."""

from __future__ import annotations

import re
from email import policy
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.settings import Settings
from web.render import page

_SHOWN = 20
_LINK = re.compile(r"(https?://\S+)")


async def show_letters(request: Request) -> Response:
    """GET /demo/mail: the last letters, newest first."""
    settings: Settings = request.app.state.settings
    if settings.production:
        raise HTTPException(404)
    return await page(request, "demo_mail", letters=await to_thread.run_sync(_letters, settings.mail_url))


def _letters(mail_url: str) -> list[SimpleNamespace]:
    parts = urlsplit(mail_url)
    if parts.scheme != "file":
        return []
    files = sorted(Path(unquote(parts.path)).glob("*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [_letter(file) for file in files[:_SHOWN]]


def _letter(file: Path) -> SimpleNamespace:
    message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    body = message.get_body(("plain",))
    pieces = _LINK.split(body.get_content() if body else "")
    return SimpleNamespace(
        subject=str(message["subject"]),
        to=str(message["to"]),
        at=parsedate_to_datetime(message["date"]),
        text_parts=[("link" if position % 2 else "text", piece) for position, piece in enumerate(pieces) if piece],
    )
