"""Nouns of signing in and of what guards it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.entrance import Opened
from api.schema.accounts import Viewer
from api.schema.common import UserError


@strawberry.type(description="How hard a password is to guess.")
class PasswordStrength:
    score: int = strawberry.field(description="zxcvbn: 0 (guessed at once) to 4 (very strong).")
    acceptable: bool = strawberry.field(description="Whether the policy takes it: 10-128 characters and score 3.")
    warning: str | None = strawberry.field(description="What makes it weak.")
    suggestions: list[str] = strawberry.field(description="What would make it stronger.")
    crack_time: str = strawberry.field(
        description="Offline slow hashing, 10 000 guesses a second, in words of the request's language."
    )


@strawberry.input(description="What opens a session.")
class SignInInput:
    email: str = strawberry.field(description="In any case.")
    password: str = strawberry.field(description="The password.")
    otp: str | None = strawberry.field(default=None, description="For accounts with a second factor.")


@strawberry.type(description="An open session.")
class SessionPayload:
    viewer: Viewer | None = strawberry.field(default=None, description="Who is signed in now.")
    session_token: str | None = strawberry.field(
        default=None, description="Bearer token for scripts; the web site keeps it in a cookie."
    )
    expires_at: datetime | None = strawberry.field(default=None, description="When the session ends by itself.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")

    @classmethod
    def of(cls, opened: Opened) -> SessionPayload:
        """The public form of a session just opened."""
        return cls(viewer=Viewer.of(opened.caller), session_token=opened.token, expires_at=opened.expires_at)


@strawberry.type(description="The same answer for known and unknown addresses.")
class RequestPasswordResetPayload:
    sent_to: str | None = strawberry.field(default=None, description="Where a letter went if the address is known.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.type(description="What came of signing out.")
class SignOutPayload:
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.type(description="What came of asking for another address.")
class ChangeEmailPayload:
    verification_sent_to: str | None = strawberry.field(default=None, description="Where the link went.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.type(description="What came of changing the password.")
class ChangePasswordPayload:
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
