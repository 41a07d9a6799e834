"""Taking a mail, by whichever way it came: find its mailboxes, commit, then say yes."""

from collections.abc import Callable

from gateway import maillog
from gateway.config import Gateway
from gateway.errors import PermanentError
from gateway.message import Envelope
from gateway.store import Database, spool, transaction
from gateway.threading.msgid import own_identifier


class Intake:
    """`accept` is what every listener calls; `on_accepted` wakes whoever works on the mail."""

    def __init__(
        self, database: Database, gateway: Gateway, on_accepted: Callable[[], None] = lambda: None
    ) -> None:
        self._database, self._gateway, self._on_accepted = database, gateway, on_accepted

    def is_ours(self, recipient: str) -> bool:
        """Whether mail to this address is taken."""
        return self._gateway.mailbox_of(recipient) is not None

    def accept(self, envelope: Envelope, content: bytes) -> int:
        """The spool id, once bytes and envelope are committed, and not before (promise 1).

        Raises TemporaryError when the database cannot, PermanentError for no mailbox of ours.
        """
        mailboxes: dict[str, list[str]] = {}
        for recipient in dict.fromkeys(envelope.rcpt_to):
            mailbox = self._gateway.mailbox_of(recipient)
            if mailbox is not None:
                mailboxes.setdefault(mailbox.address, []).append(recipient)
        if not mailboxes:
            raise PermanentError(f"no mailbox for {', '.join(envelope.rcpt_to)}")
        with transaction(self._database) as tx:
            spool_id = spool.accept(tx, envelope, content, mailboxes, own_identifier(content))
        maillog.accepted(
            spool=spool_id,
            source=envelope.source.value,
            mail_from=envelope.mail_from,
            rcpt=",".join(envelope.rcpt_to),
            size_bytes=len(content),
            peer=envelope.peer,
        )
        self._on_accepted()
        return spool_id
