"""The settings of `[retention]`: how long bytes are kept that no ticket needs any more.

What a ticket is made of lives as long as the ticket, and what is not handled yet lives until
it is. Only bytes go: the rows stay, so that accounts balance and a copy is known as a copy.
"""

from pydantic import Field, field_validator

from gateway.config.formats import duration_seconds
from gateway.config.mailboxes import Settings


class Retention(Settings):
    """How long the bytes of a mail are kept where no ticket needs them. Never deleted are those
    of a ticket's mails, and of mail that waits, was held or is quarantined."""

    ignored_mail: int = Field(
        30 * 24 * 3600,
        description="Incoming mail that was ignored or rejected, from then on; a duration such "
        "as 30d, or seconds. Until then it can be replayed.",
    )
    sent_mail: int = Field(
        30 * 24 * 3600,
        description="The text of outgoing mail, once all who get it have it; a duration such as "
        "30d, or seconds.",
    )

    _seconds = field_validator("ignored_mail", "sent_mail", mode="before")(duration_seconds)
