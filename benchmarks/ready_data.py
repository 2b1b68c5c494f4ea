"""A page's template with the data that the site gave it: rendering it again is P8's floor."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import patch

import httpx
from jinja2 import Template

from api.process import connected, prepare
from web.app import application


async def rendering(path: str, cookie: str) -> Callable[[], str]:
    """What renders the page at `path` once more, as it is for who has this cookie; RuntimeError when there is none."""
    settings = prepare()
    rendered: list[Callable[[], str]] = []
    render = Template.render

    def remember(template: Template, *given: Any, **named: Any) -> str:
        again = partial(render, template, *given, **named)
        text = again()
        rendered.append(again)
        return text

    transport = httpx.ASGITransport(application(settings))
    with patch.object(Template, "render", remember):
        async with connected(settings), httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
            answer = await client.get(path, headers={"cookie": cookie})
    # Whatever was rendered on the way, the page is what was ready last.
    if answer.status_code != 200 or not rendered or rendered[-1]() != answer.text:
        raise RuntimeError(f"{path} was not rendered: {answer.status_code}")
    return rendered[-1]
