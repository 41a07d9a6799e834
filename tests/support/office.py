"""A running desk with people around it who write and read mail like anybody else.

What they read is what the sink got; how they answer is what a mail client does: to
Reply-To, with In-Reply-To and References, the old mail quoted below.
"""

import email.policy
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any, cast

from support.desk import DeskUnderTest
from support.mail import SUPPORT, a_mail, send_mail
from support.sink import Received, Sink
from support.waiting import eventually

ANN = "Ann Example <ann@example.com>"
CARL = "Carl Example <carl@example.com>"
BOB = "Bob Agent <bob@example.com>"  # agent of the team it
LEE = "Lee Lead <lee@example.com>"  # its lead, an agent as well


@dataclass(frozen=True)
class Read:
    """A mail that somebody got, as their client shows it."""

    received: Received

    @property
    def parsed(self) -> EmailMessage:
        policy = email.policy.default
        return cast(EmailMessage, message_from_bytes(self.received.content, policy=policy))

    def __getitem__(self, name: str) -> str:
        return str(self.parsed[name] or "")

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def attachments(self) -> dict[str, bytes]:
        return {
            part.get_filename() or "": part.get_payload(decode=True)  # type: ignore[misc]
            for part in self.parsed.iter_attachments()
        }

    def _body(self, kind: str) -> str:
        part = self.parsed.get_body((kind,))
        assert part is not None, f"no {kind} part in {self['Subject']}"
        return str(part.get_content())


class Office:
    """The desk, its listener, and the sink that stands for everybody's mail server."""

    def __init__(self, desk: DeskUnderTest, sink: Sink) -> None:
        self.desk, self.sink = desk, sink
        self._sent = 0

    def send(self, sender: str, *, to: str = SUPPORT, **fields: Any) -> str:
        """A mail of this person; the Message-ID it went with."""
        self._sent += 1
        fields.setdefault("message_id", f"<mail-{self._sent}.{id(self)}@client.example>")
        mail_from = fields.pop("mail_from", address_of(sender))
        rcpt_to = fields.pop("rcpt_to", address_of(to))
        raw = a_mail(from_=sender, to=to, **fields)
        send_mail(self.desk.port, raw, mail_from=mail_from, rcpt_to=rcpt_to)
        return str(fields["message_id"])

    def reply(self, to: Read, sender: str, text: str, **fields: Any) -> str:
        """What a client sends when its user presses Reply and types `text`."""
        quoted = "\n".join(f"> {line}" for line in to.text.splitlines())
        references = f"{to['References']} {to['Message-ID']}".strip()
        answered = {
            "to": to["Reply-To"] or to["From"],
            "subject": f"Re: {to['Subject'].removeprefix('Re: ')}",
            "text": f"{text}\n\nOn Mon, 2 Feb 2026 at 09:05, Support wrote:\n{quoted}\n",
            "in_reply_to": to["Message-ID"],
            "references": references,
        }
        return self.send(sender, **{**answered, **fields})

    def mails_to(self, person: str, subject: str, count: int = 1) -> list[Read]:
        """At least `count` mails that this person got with these words in the subject."""

        def got(mails: list[Received]) -> list[Read]:
            mine = [Read(mail) for mail in mails if address_of(person) in mail.rcpt_to]
            found = [mail for mail in mine if subject in mail["Subject"]]
            return found if len(found) >= count else []

        return self.sink.wait_for(got)

    def mail_to(self, person: str, subject: str, nth: int = 1) -> Read:
        return self.mails_to(person, subject, nth)[nth - 1]

    def confirmation(self, person: str, subject: str) -> Read:
        return self.mail_to(person, subject)

    def ticket(self, subject: str) -> dict[str, Any]:
        """The one ticket with these words in its subject."""
        found = self.tickets(subject)
        assert len(found) == 1, f"{len(found)} tickets with {subject!r}"
        return found[0]

    def tickets(self, subject: str, at_least: int = 1) -> list[dict[str, Any]]:
        def there() -> list[dict[str, Any]]:
            found = [t for t in self.desk.tickets() if subject in t["subject"]]
            return found if len(found) >= at_least else []

        return eventually(there, what=f"a ticket with {subject!r}")

    def ticket_when(self, subject: str, holds: Any) -> dict[str, Any]:
        """The ticket, once `holds(ticket)`."""

        def there() -> dict[str, Any] | None:
            ticket = self.ticket(subject)
            return ticket if holds(ticket) else None

        found = eventually(there, what=f"the ticket {subject!r} as it should be")
        assert found is not None
        return found

    def delivery_of(self, message_id: str) -> dict[str, Any]:
        """What became of the newest mail with this Message-ID, once it has ended."""

        def ended() -> dict[str, Any] | None:
            wanted = message_id.strip("<>").lower()
            mine = [d for d in self.desk.cli("spool", "list", "--limit", "1000", "--json")
                    if d["message_id"] == wanted]  # fmt: skip
            return mine[0] if mine and all(d["state"] != "waiting" for d in mine) else None

        found = eventually(ended, what=f"the delivery of {message_id}")
        assert found is not None
        return found

    def state_of(self, message_id: str, wanted: str) -> bool:
        """That the delivery comes to this end, whatever end it had before."""
        return bool(
            eventually(
                lambda: self.delivery_of(message_id)["state"] == wanted,
                what=f"{message_id} to be {wanted}",
            )
        )


def address_of(person: str) -> str:
    return person.rpartition("<")[2].rstrip(">").strip()
