"""The verb of mail that was sent to us: it opens nothing (8), its sender is told once a day where to write."""

from __future__ import annotations

from api import sealing, settings, throttle
from api.audit import Act
from api.caller import Caller
from api.i18n import accepted_language
from api.outbox import LetterKind
from api.perform import writing
from api.refusal import Denied
from api.rules.incoming_mail import Incoming, read

_NEW_TICKET = "/panel/tickets/new"


async def answer_mail(caller: Caller, head: bytes, envelope: str | None) -> str | None:
    """Queue the answer to a message; why there is none, else None. Of the message nothing is kept but that it came.

    For the command line only, which a mail server calls with the message's first bytes.
    """
    vendor = settings.current().vendor
    mail = read(head, envelope, {vendor.general_email.lower(), vendor.billing_email.lower()})
    why = mail.silence.value if mail.silence else await _limit(mail)
    subject = sealing.index("audit", mail.sender)[:32] if mail.sender else "nobody"
    async with writing(caller) as work:
        work.record(Act.MAIL_REFUSE, f"email:{subject}", answered="no" if why else "yes", why=why or "")
        if why is None:
            language = accepted_language(mail.languages)
            work.send(LetterKind.MAIL_ANSWER, mail.sender, language, path=_NEW_TICKET, message_id=mail.message_id)
    return why


async def _limit(mail: Incoming) -> str | None:
    """Count the answer; senders are forged, and nobody is to be flooded by us in somebody else's name."""
    try:
        await throttle.take((throttle.MAIL_ANSWERS_PER_RECIPIENT, mail.sender), (throttle.MAIL_ANSWERS, ""))
    except Denied:
        return "answered before"
    return None
