"""Forms as the templates see them: what was typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.i18n import Language, translate
from api.refusal import Problem

MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A problem beside its control, or about the whole form."""

    name: str | None
    code: str
    text: str

    @property
    def anchor(self) -> str:
        """The id of the control, as `partials/fields.html` makes it."""
        return f"#{self.name.replace('.', '-')}" if self.name else ""


@dataclass(slots=True)
class Form:
    """One form; passwords are never given back to a page, the templates have no value for them."""

    values: Mapping[str, str] = field(default_factory=dict)
    problems: list[Shown] = field(default_factory=list)
    # Seconds to wait, when a limit is what stopped the form.
    retry_after: int | None = None

    @property
    def status(self) -> int:
        """The HTTP status of a page that shows the form."""
        return 429 if self.retry_after else 422 if self.problems else 200

    @property
    def refused(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.problems)

    def value(self, name: str) -> str:
        """What was typed into a control, else nothing."""
        return self.values.get(name, "")

    def optional(self, name: str) -> str | None:
        """What was typed; None when the control was not sent at all."""
        return self.values.get(name)

    def checked(self, name: str, value: str) -> bool:
        """Whether a box with this value was ticked."""
        return self.values.get(name) == value

    def problem(self, name: str) -> Shown | None:
        """The first problem of a control."""
        return next((problem for problem in self.problems if problem.name == name), None)

    def refuse(self, problems: Iterable[Problem], language: Language) -> None:
        """Take over a refusal, in the reader's language."""
        for found in problems:
            name = ".".join(found.field) if found.field else None
            text = translate(language, found.message, **found.values)
            self.problems.append(Shown(name, found.code.value, text))

    def keep_to(self, *controls: str) -> None:
        """Let problems of what is no control of the page stand above the form, the others in the controls' order."""
        self.problems = [p if p.name in controls else replace(p, name=None) for p in self.problems]
        self.sort(controls)

    def sort(self, order: Sequence[str]) -> None:
        """Put the problems into the order of the controls; those of the whole form stand first."""
        self.problems.sort(key=lambda problem: order.index(problem.name) if problem.name in order else -1)


async def read_form(request: Request) -> Form:
    """The form that was sent; 4xx for another content type, for text that is not UTF-8 and for too many fields."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind != "application/x-www-form-urlencoded" and body:
        raise HTTPException(415)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    return Form(dict(pairs))
