"""From a decision to finished mails: letters, words, bytes. Nothing is sent or stored here.

All that takes time is done here, before the transaction that records it: rendering,
signing, encoding, fetching attachments out of the raw mail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.decide import told
from gateway.decide.admission import Grant
from gateway.decide.case import team_of
from gateway.decide.decision import Decision, StartTimer
from gateway.desk.folder import Desk, fault_within
from gateway.directory import Role
from gateway.errors import Fault
from gateway.message import Address, Attachment, Mail
from gateway.outbound import blanks, changes, choices, compose
from gateway.outbound.compose import Reader
from gateway.outbound.excerpts import Original
from gateway.outbound.letter import Choice, Enclosure, Letter, Notice, PassedOn, PlainReply
from gateway.outbound.notify import Telling
from gateway.outbound.render import Renderer
from gateway.settle.enclosing import bytes_of, enclosed
from gateway.threading.quoting import REPLY_MARKER
from gateway.threading.tag import KeyRing
from gateway.tickets.model import Ticket

MAX_COPIED = 10
"""Of the people who got the message as well that agents are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a ticket began with."""

    author: Address
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """The message at hand: what the letters are about. `message_id` is as written, `file_bytes`
    what of the attachments need not be looked for in `raw`; `spool_id` has that among the mails
    that came in, where it is one of them. `notes` are the ticket's: no requester
    gets a file that repeats one, but for what is `shared`. `grant` says who let a held mail in, and
    `copied` who else got the message. `request` is the ticket's, where the message at hand hands
    the ticket to somebody."""

    author: Address | None = None
    delivery: int | None = None
    message_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    raw: bytes = b""
    spool_id: int | None = None
    file_bytes: Mapping[int, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    mailbox: str = ""
    grant: Grant = Grant.NOBODY
    copied: tuple[Address, ...] = ()
    request: Request | None = None

    @property
    def original(self) -> Original | None:
        """Where files need not be stored once more from."""
        return Original(self.spool_id, self.raw) if self.spool_id else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Finished mails, what was wrong with the desk's templates while writing them, and how many
    files no requester got because they bring our own mail back."""

    mails: tuple[Mail, ...] = ()
    faults: tuple[Fault, ...] = ()
    held_back: int = 0


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
        ticket = decision.ticket
        if ticket is None:
            return self._of_no_ticket(decision, at, ids, cause, now)
        mails: list[Mail] = []
        faults: list[Fault] = []
        held_back = 0
        stem, render = blanks.stem(self.ring), self.renderer.for_one_mail()
        groups: dict[tuple[Notice, PlainReply], list[Telling]] = {}
        for telling in decision.tellings:
            groups.setdefault((telling.notice, telling.plain_reply), []).append(telling)
        for (notice, plain_reply), readers in groups.items():
            carried = at.attachments if notice in _CARRY_FILES else ()
            files = bytes_of(carried, at.raw, at.file_bytes)
            found = enclosed(carried, files, at.notes, at.shared, for_agents=notice.for_agents)
            held_back = max(held_back, found.held_back)
            letter = self._letter(notice, plain_reply, ticket, decision, at, found.enclosures, now)
            letter = self._with_request(letter, at)
            if offered := choices.linked(letter, self._choices(letter, ticket), stem, ids):
                letter = replace(letter, choices=offered)
            rendered = render(letter)
            faults += (fault_within(self.desk.folder, fault) for fault in rendered.faults)
            shared = compose.body(rendered.text, rendered.html, found.files, stem, at.original)
            subject = rendered.subject.replace(stem, "")
            for telling in readers:
                reader = _reader(telling.to, ids, seen, at)
                mails.append(compose.mail(letter, subject, shared, reader, self.ring, cause))
        return Written(mails=tuple(mails), faults=tuple(faults), held_back=held_back)

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
        admin = Reader(address=Address(self.desk.gateway.desk.admin), person=0)
        [mail] = self.plain(letter, admin, cause).mails
        return mail

    def plain(self, letter: Letter, reader: Reader, cause: str) -> Written:
        """One reader's mail that is of no ticket and carries no files."""
        rendered = self.renderer.render(letter)
        faults = tuple(fault_within(self.desk.folder, fault) for fault in rendered.faults)
        shared = compose.body(rendered.text, rendered.html, ())
        mail = compose.mail(letter, rendered.subject, shared, reader, self.ring, cause)
        return Written(mails=(mail,), faults=faults)

    def _of_no_ticket(
        self, decision: Decision, at: At, ids: Mapping[str, int], cause: str, now: datetime
    ) -> Written:
        """What somebody asked; or to one whose mail is not taken. Nothing of that is told back:
        whoever forged the From: would have us carry their words."""
        mails: list[Mail] = []
        faults: list[Fault] = []
        for telling in decision.tellings:
            confirms = telling.plain_reply is PlainReply.CONFIRMS
            letter = Letter(
                notice=telling.notice,
                mailbox=self.desk.gateway.mailbox_for(at.mailbox),
                plain_reply=telling.plain_reply,
                report=decision.report,
                held=at.delivery if confirms else None,
                text=told.text(telling.notice, decision) if confirms else "",
                proof=told.proof(telling.notice, decision, at.grant) if confirms else "",
                at=now,
                marker=REPLY_MARKER,
            )
            person = 0 if telling.notice is Notice.NOT_ACCEPTED else ids[telling.to.key]
            seen = (at.message_id,) if at.message_id else ()
            reader = Reader(address=Address(telling.to.address), person=person, seen=seen)
            written = self.plain(letter, reader, cause)
            mails += written.mails
            faults += written.faults
        return Written(mails=tuple(mails), faults=tuple(faults))

    def _letter(
        self,
        notice: Notice,
        plain_reply: PlainReply,
        ticket: Ticket,
        decision: Decision,
        at: At,
        enclosures: tuple[Enclosure, ...],
        now: datetime,
    ) -> Letter:
        return Letter(
            notice=notice,
            mailbox=self.desk.gateway.mailbox_for(ticket.mailbox),
            plain_reply=plain_reply,
            ticket=ticket,
            author=at.author,
            by_colleague=notice.for_agents and self._is_colleague(at.author),
            text=told.text(notice, decision),
            enclosures=enclosures,
            problems=told.problems(notice, decision),
            also=decision.also,
            held=(decision.asks_about or at.delivery)
            if plain_reply is PlainReply.CONFIRMS
            else None,
            at=now,
            due_at=self._due_at(ticket, decision),
            proof=told.proof(notice, decision, at.grant) if at.delivery else "",
            copied=self._copied(at, ticket) if notice in told.SAY_WHO_WROTE else (),
            points_at=decision.quoted if notice in _SAY_WHERE_IT_CAME_FROM else None,
            link=decision.link if notice in _SAY_WHERE_IT_CAME_FROM else "",
            new_subject=decision.new_subject if notice in _SAY_ITS_SUBJECT else "",
            mentions=decision.mentions if notice is Notice.NEW_TICKET else (),
            changes=changes.lines(decision.events) if notice is Notice.DONE else (),
            report=decision.report if notice is Notice.REPORT else (),
            passed_on=told.passed_on(decision),
            following=ticket.watchers if notice is Notice.CONFIRMATION else (),
            marker=REPLY_MARKER,
        )

    def _choices(self, letter: Letter, ticket: Ticket) -> tuple[Choice, ...]:
        directory, team = self.desk.directory, team_of(self.desk, ticket)
        agents = [agent.address for agent in directory.agents_of(team)]
        return choices.offered(letter, agents)

    def _is_colleague(self, author: Address | None) -> bool:
        person = self.desk.directory.find(author) if author else None
        return person is not None and (person.role is Role.AGENT or bool(person.leads))

    def _with_request(self, letter: Letter, at: At) -> Letter:
        """A ticket that somebody gets from a colleague tells them the request; what the colleague
        says of it is a note beside it."""
        begun = at.request
        if begun is None or letter.notice is not Notice.NEW_TICKET:
            return letter
        return replace(
            letter,
            author=begun.author,
            by_colleague=self._is_colleague(begun.author),
            text=begun.text,
            proof="",
            passed_on=PassedOn(by=at.author, written_at=begun.at, note=letter.text),
        )

    def _copied(self, at: At, ticket: Ticket) -> tuple[Address, ...]:
        """Who else got the message, by what it says itself."""
        own = self.desk.gateway.mailbox_of
        named = {each.key for each in (ticket.requester, at.author) if each}
        others = {each.key: each for each in at.copied if each.key not in named}
        kept = [each for each in others.values() if not own(each.address)]
        return tuple(kept[:MAX_COPIED])

    def _due_at(self, ticket: Ticket, decision: Decision) -> datetime:
        """Until when somebody answers, or should have."""
        started = [timer.due_at for timer in decision.timers if isinstance(timer, StartTimer)]
        target = self.desk.targets[ticket.priority].respond_within_seconds
        return started[0] if started else ticket.created_at + timedelta(seconds=target)


_SAY_WHERE_IT_CAME_FROM = frozenset({Notice.NEW_TICKET, Notice.CONFIRMATION})
_SAY_ITS_SUBJECT = frozenset({Notice.FOLLOW_UP, Notice.UNPROVEN})


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
    }
)
