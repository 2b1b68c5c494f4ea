"""The demo's letters: into the mail folder where there is one, else nowhere."""

from __future__ import annotations

from email.message import EmailMessage

from api.delivery import deliver_due
from api.gateways.mail import FolderMail, Mail, mail_for
from api.settings import Settings


class NoMail:
    """Takes letters and keeps none: nobody at example.net reads what happened years ago."""

    async def send(self, message: EmailMessage) -> None:
        """Throw a letter away; its reader finds it in the mailbox of the site all the same."""


async def deliver(settings: Settings) -> None:
    """Deliver what is due at the clock's instant, so that it is not sent as news later."""
    kept = mail_for(settings.mail_url)
    mail: Mail = kept if isinstance(kept, FolderMail) else NoMail()
    while await deliver_due(mail, settings):
        pass
