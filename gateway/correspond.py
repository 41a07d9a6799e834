"""From a decision to finished mails: letters, words, bytes. Nothing is sent or stored here.

All that takes time is done here, before the transaction that records it: rendering,
signing, encoding, fetching attachments out of the raw mail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.decide.decision import Decision, StartTimer
from gateway.desk.folder import Desk, fault_within
from gateway.errors import Fault
from gateway.ingest.parse import attachments_bytes
from gateway.message import Address, Attachment, Mail
from gateway.outbound import compose
from gateway.outbound.compose import File, Reader
from gateway.outbound.letter import Enclosure, Letter, Notice, PlainReply
from gateway.outbound.notify import Telling
from gateway.outbound.render import Renderer
from gateway.threading import tag
from gateway.threading.internal import carries_our_mail
from gateway.threading.quoting import REPLY_MARKER
from gateway.threading.tag import KeyRing
from gateway.tickets.model import Ticket

MAX_ENCLOSED_FILES = 50
MAX_ENCLOSED_BYTES = 10 * 2**20
"""Of attachments in one mail of ours; what is more stays with the ticket, and the mail says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """The message at hand: what the letters are about. `message_id` is as written, `notes` are
    the ticket's: no requester gets a file that repeats one."""

    author: Address | None = None
    message_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    raw: bytes = b""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Finished mails, and what was wrong with the desk's templates while writing them."""

    mails: tuple[Mail, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """What every letter of a desk is written with."""

    desk: Desk
    ring: KeyRing
    renderer: Renderer

    def write(
        self,
        decision: Decision,
        at: At,
        ids: Mapping[str, int],
        seen: Mapping[int, tuple[str, ...]],
        cause: str,
        now: datetime,
    ) -> Written:
        """The mails that the decision causes.

        `ids` has every reader's person id by `Address.key`, `seen` the Message-IDs that each
        person id knows of this ticket. Letters are rendered once for all who read the same.
        """
        ticket = decision.after
        mails: list[Mail] = []
        faults: list[Fault] = []
        groups: dict[tuple[Notice, PlainReply], list[Telling]] = {}
        for telling in decision.tellings:
            groups.setdefault((telling.notice, telling.plain_reply), []).append(telling)
        for (notice, plain_reply), readers in groups.items():
            assert ticket is not None  # noqa: S101 - whoever is told is told of a ticket
            files, enclosures = _files(notice, at)
            letter = self._letter(notice, plain_reply, ticket, decision, at, now)
            letter = replace(letter, enclosures=enclosures)
            rendered = self.renderer.render(letter)
            faults += (fault_within(self.desk.folder, fault) for fault in rendered.faults)
            shared = compose.body(rendered.text, rendered.html, files)
            for telling in readers:
                reader = _reader(telling.to, ids, seen, at)
                mails.append(
                    compose.mail(letter, rendered.subject, shared, reader, self.ring, cause)
                )
        return Written(mails=tuple(mails), faults=tuple(faults))

    def alert(self, faults: Sequence[Fault], cause: str, now: datetime) -> Mail:
        """A mail to the admin about faults in the desk's files."""
        return self.alarm([str(fault) for fault in faults], "", cause, now)

    def alarm(self, problems: Sequence[str], remedy: str, cause: str, now: datetime) -> Mail:
        """A mail to the admin about what the desk cannot mend by itself. Without a `remedy` it
        is one of files, and says what becomes of mail meanwhile."""
        letter = Letter(
            notice=Notice.ALERT,
            mailbox=self.desk.gateway.mailbox[0],
            plain_reply=PlainReply.NOTHING,
            problems=tuple(dict.fromkeys(problems)),
            text=remedy,
            at=now,
        )
        rendered = self.renderer.render(letter)
        shared = compose.body(rendered.text, rendered.html, ())
        admin = Reader(address=Address(self.desk.gateway.desk.admin), person=0)
        return compose.mail(letter, rendered.subject, shared, admin, self.ring, cause)

    def _letter(
        self,
        notice: Notice,
        plain_reply: PlainReply,
        ticket: Ticket,
        decision: Decision,
        at: At,
        now: datetime,
    ) -> Letter:
        return Letter(
            notice=notice,
            mailbox=self.desk.gateway.mailbox_for(ticket.mailbox),
            plain_reply=plain_reply,
            ticket=ticket,
            author=at.author,
            text=_told(notice, decision),
            problems=decision.problems,
            also=decision.also,
            at=now,
            due_at=self._due_at(ticket, decision),
            marker=REPLY_MARKER,
        )

    def _due_at(self, ticket: Ticket, decision: Decision) -> datetime:
        """Until when somebody answers, or should have."""
        started = [timer.due_at for timer in decision.timers if isinstance(timer, StartTimer)]
        target = self.desk.targets[ticket.priority].respond_within_seconds
        return started[0] if started else ticket.created_at + timedelta(seconds=target)


def _told(notice: Notice, decision: Decision) -> str:
    """What a letter of this notice may quote of the message at hand: nothing internal leaves
    (promise 6), and no address that was signed for somebody else."""
    if notice.for_agents:
        return decision.text
    if decision.entry is None or decision.entry.internal:
        return ""
    return tag.without_tokens(decision.text)


def _reader(
    to: Address, ids: Mapping[str, int], seen: Mapping[int, tuple[str, ...]], at: At
) -> Reader:
    """Whoever wrote the message at hand has seen it as well, and last."""
    person = ids[to.key]
    known = seen.get(person, ())
    if at.message_id and at.author and at.author.key == to.key:
        known = (*(each for each in known if each != at.message_id), at.message_id)
    return Reader(address=to, person=person, seen=known)


_CARRY_FILES = frozenset(
    {
        Notice.NEW_TICKET,
        Notice.FOLLOW_UP,
        Notice.ANSWER,
        Notice.QUESTION,
        Notice.RESOLVED,
        Notice.NOTE,
        Notice.UNPROVEN,
    }
)


def _files(notice: Notice, at: At) -> tuple[list[File], tuple[Enclosure, ...]]:
    """The attachments that travel with a mail of this notice, and what it says of all."""
    files: list[File] = []
    enclosures: list[Enclosure] = []
    left = MAX_ENCLOSED_BYTES
    carried = at.attachments if notice in _CARRY_FILES else ()
    contents = attachments_bytes(at.raw, [each.part for each in carried[:MAX_ENCLOSED_FILES]])
    for each in carried:
        content = contents.get(each.part, b"")
        if notice is Notice.ANSWER and carries_our_mail(content, at.notes):
            continue  # the agent's reply in another form, with the notes that it quotes
        fits = each.size_bytes <= left and each.part in contents
        if fits:
            left -= each.size_bytes
            files.append(
                File(filename=each.filename, content_type=each.content_type, content=content)
            )
        enclosures.append(
            Enclosure(filename=each.filename, size_bytes=each.size_bytes, attached=fits)
        )
    return files, tuple(enclosures)
