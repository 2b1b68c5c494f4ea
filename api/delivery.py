"""Delivers queued letters: each is taken, addressed, written and handed over by one worker at a time.

The request that queues a letter never looks whether its address is known, so that nobody can learn it
from the answer or its time; that is decided here. A letter's link is derived from the letter's id, so
that a second attempt after a crash makes the very same letter.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from urllib.parse import urlsplit
from uuid import UUID

from tortoise.expressions import F, Q

from api import clock, sealing, throttle
from api.gateways.mail import Mail, Undeliverable
from api.letters import Text, sender, write
from api.models.database import transaction
from api.models.letters import Letter
from api.models.people import Person
from api.models.registrations import Registration
from api.models.sessions import Link
from api.outbox import LetterKind, link_token
from api.refusal import Denied
from api.settings import Settings

logger = logging.getLogger(__name__)

# While a letter is being handed over, no other worker takes it; longer than the gateway's own time limit.
KEPT_FOR = timedelta(seconds=20)
# Waits between attempts; the last one repeats until the letter is too old.
BACK_OFF = tuple(timedelta(seconds=s) for s in (5, 15, 60, 300, 900, 3600))
GIVE_UP_AFTER = timedelta(days=3)
_BATCH = 20
# Octets without the line's end (RFC 5321, 4.5.3.1.6).
_LONGEST_LINE = 998

VALID_FOR = {
    LetterKind.VERIFY_REGISTRATION: timedelta(hours=48),
    LetterKind.PASSWORD_RESET: timedelta(hours=2),
    LetterKind.STAFF_INVITATION: timedelta(hours=72),
    LetterKind.EMAIL_CHANGE_CONFIRM: timedelta(hours=24),
}


async def deliver_due(mail: Mail, settings: Settings) -> int:
    """Deliver what is due now; answers how many letters went out."""
    sent = 0
    for letter in await Letter.filter(due_at__lte=clock.now()).order_by("due_at").limit(_BATCH):
        sent += await _deliver(letter, mail, settings)
    return sent


async def _deliver(letter: Letter, mail: Mail, settings: Settings) -> bool:
    now = clock.now()
    mine = Letter.filter(id=letter.id, due_at=letter.due_at, attempts=letter.attempts)
    if not await mine.update(due_at=now + KEPT_FOR, attempts=F("attempts") + 1):
        return False
    letter.attempts += 1
    token = link_token(letter)
    async with transaction():
        kind, first_name = await _address(letter, token)
    if kind is None:
        await Letter.filter(id=letter.id).delete()
        return False
    try:
        text = write(kind, letter, first_name, token, VALID_FOR.get(kind), settings)
        await mail.send(_message(letter, kind, text, settings))
    except Undeliverable as error:
        await Letter.filter(id=letter.id).update(due_at=None, outcome=str(error)[:300])
        return False
    except Exception as error:
        await _postpone(letter, error)
        return False
    await Letter.filter(id=letter.id).update(
        kind=kind.value,
        person_id=letter.person_id,
        due_at=None,
        sent_at=clock.now(),
        outcome="sent",
        subject=text.subject[:300],
        text=text.body.replace(token, "…"),
        sha256=hashlib.sha256(text.body.encode()).hexdigest(),
    )
    return True


async def _postpone(letter: Letter, error: Exception) -> None:
    logger.warning("letter %s was not taken (%s), attempt %s", letter.id, type(error).__name__, letter.attempts)
    now = clock.now()
    too_old = now - letter.created_at > GIVE_UP_AFTER
    wait = BACK_OFF[min(letter.attempts, len(BACK_OFF)) - 1]
    await Letter.filter(id=letter.id).update(
        due_at=None if too_old else now + wait, outcome=f"{type(error).__name__}, attempt {letter.attempts}"[:300]
    )


async def _address(letter: Letter, token: str) -> tuple[LetterKind | None, str]:
    """What the letter becomes now that its address may be looked up, and whom it greets; None: nobody to write to.

    Only a name that belongs to a proved address is greeted: a stranger must not write into an inbox.
    """
    kind = LetterKind(letter.kind)
    person = await Person.get_or_none(email=letter.recipient)
    name = person.first_name if person else ""
    if person:
        # The person's language, whoever asked for the letter.
        letter.language = person.language
        letter.person_id = person.id
    match kind:
        case LetterKind.VERIFY_REGISTRATION if person:
            # What somebody typed about a known address is not kept.
            await Registration.filter(email=letter.recipient).delete()
            return LetterKind.ALREADY_REGISTERED, name
        case LetterKind.VERIFY_REGISTRATION if await _one_too_many(letter):
            return None, ""
        case LetterKind.VERIFY_REGISTRATION:
            await _make_link(letter, token, Link.REGISTRATION, registration_version=UUID(letter.values["version"]))
        case LetterKind.PASSWORD_RESET if person:
            await _make_link(letter, token, Link.PASSWORD, person_id=person.id)
        case LetterKind.PASSWORD_RESET:
            pending = await Registration.get_or_none(email=letter.recipient)
            if pending is None:
                return None, ""
            await _make_link(letter, token, Link.PASSWORD, registration_version=pending.version)
        case LetterKind.STAFF_INVITATION if person:
            await _make_link(letter, token, Link.PASSWORD, person_id=person.id)
        case LetterKind.EMAIL_CHANGE_CONFIRM if person:
            return LetterKind.EMAIL_CHANGE_TAKEN, ""
        case LetterKind.EMAIL_CHANGE_CONFIRM if not await _is_good(token):
            # Another address was asked for before this letter could go out.
            return None, ""
        case _:
            pass
    return kind, name or letter.values.get("first_name", "")


async def _one_too_many(letter: Letter) -> bool:
    """Whether a fresh link is beyond its limit; told to nobody, and counted at the first attempt only."""
    if "fresh" not in letter.values or letter.attempts > 1:
        return False
    try:
        await throttle.take((throttle.FRESH_LINKS_PER_RECIPIENT, letter.recipient))
    except Denied:
        return True
    return False


async def _make_link(
    letter: Letter,
    token: str,
    purpose: str,
    *,
    person_id: UUID | None = None,
    registration_version: UUID | None = None,
) -> None:
    hashed = sealing.token_hash(token)
    if await Link.filter(Q(token_hash=hashed)).exists():
        return
    await Link.create(
        token_hash=hashed,
        purpose=purpose,
        person_id=person_id,
        registration_version=registration_version,
        expires_at=clock.now() + VALID_FOR[LetterKind(letter.kind)],
    )


async def _is_good(token: str) -> bool:
    return await Link.filter(token_hash=sealing.token_hash(token), used_at=None).exists()


@dataclass(frozen=True, slots=True)
class _Verbatim:
    """A header as it is: the library would fold a long message id, which is a single word, into something else."""

    name: str
    value: str

    def fold(self, *, policy: Policy) -> str:
        """The header's line."""
        return f"{self.name}: {self.value}{policy.linesep}"


def _message(letter: Letter, kind: LetterKind, text: Text, settings: Settings) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    # Folded here: what `message[...] =` folds loses spaces between words with Turkish letters.
    message.set_raw("Subject", Header(text.subject, header_name="Subject").encode())
    message["From"] = f"{_plain(settings.vendor.name)} <{sender(kind, settings)}>"
    message["To"] = letter.recipient
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id.hex}@{urlsplit(settings.base_url).hostname}>"
    # RFC 3834: vacation responders must not answer.
    message["Auto-Submitted"] = "auto-replied" if kind is LetterKind.MAIL_ANSWER else "auto-generated"
    if answered := letter.values.get("message_id"):
        for name in ("In-Reply-To", "References"):
            message.set_raw(name, _Verbatim(name, answered))
    message["X-Letter-Kind"] = kind.value
    message.set_content(text.body, cte=_encoding(text.body))
    message.add_alternative(text.html, subtype="html", cte=_encoding(text.html))
    # Last: setting the content takes headers of content away.
    message["Content-Language"] = letter.language
    return message


def _encoding(text: str) -> str:
    """8bit keeps the link whole and the Turkish letters readable in the source too; long lines it may not hold."""
    longest = max((len(line) for line in text.encode().splitlines()), default=0)
    return "8bit" if longest <= _LONGEST_LINE else "quoted-printable"


def _plain(name: str) -> str:
    return "".join(c for c in name if c not in '<>",;:@\\' and c.isprintable())
