"""What an agent may do about a mail besides replying to it: the links in their notifications.

One table, from which only what the ticket allows is offered, along its transition table, and
only what the desk obeys. Pure. The surprising fact: nobody is offered to hand a ticket to
themselves, although all who get the notification share its words.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.message import Address
from gateway.outbound import blanks, mailto, phrasing
from gateway.outbound.compose import answered_number, purpose_of
from gateway.outbound.letter import Choice, Letter, Notice, PlainReply
from gateway.rules.commands_table import Verb
from gateway.threading import tag
from gateway.threading.tag import Purpose
from gateway.tickets.model import Ticket
from gateway.tickets.status import Demand, Status, demand

MAX_COLLEAGUES = 5  # that are named; the others by their address

_YES_AND_NO = {"de": ("ja", "nein")}
"""By language; English to all others. `decide.yes_no` reads them."""


def _goes_on(ticket: Ticket) -> bool:
    return ticket.merged_into is None


def _has_move(to: Status, *brought: Demand) -> Callable[[Ticket], bool]:
    def has(ticket: Ticket) -> bool:
        return _goes_on(ticket) and demand(ticket.status, to) in brought

    return has


def _can_be_taken(ticket: Ticket) -> bool:
    move = demand(ticket.status, Status.OPEN)
    return _goes_on(ticket) and (ticket.status is Status.OPEN or move is Demand.NOTHING)


def _can_be_handed_on(ticket: Ticket) -> bool:
    return _goes_on(ticket) and not ticket.status.is_over


def _waits(ticket: Ticket) -> bool:
    is_waiting = ticket.status.value.startswith("waiting-")
    return is_waiting and _has_move(Status.OPEN, Demand.NOTHING)(ticket)


def _is_over(ticket: Ticket) -> bool:
    return ticket.status.is_over and _has_move(Status.OPEN, Demand.NOTHING)(ticket)


def _always(ticket: Ticket) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _Row:
    """`verb` is None for a mail without a command; `purpose` is that of the address, where it
    is another than a plain reply's."""

    name: str
    verb: Verb | None
    line: str
    fits: Callable[[Ticket], bool]
    purpose: Purpose | None = None


_TO_REQUESTER, _TO_COLLEAGUES = Purpose.REPLY, Purpose.NOTE

#    name       command           first line               offered where           to which address
TABLE = (
    _Row("undo",   Verb.UNDO,     "#undo",                 _always),
    _Row("answer", None,          "",                      _always,                _TO_REQUESTER),
    _Row("take",   Verb.TAKE,     "#take\n\n",             _can_be_taken),
    _Row("ask",    Verb.WAIT,     "#wait requester: ",
         _has_move(Status.WAITING_REQUESTER, Demand.QUESTION)),
    _Row("resolve", Verb.RESOLVE, "#resolve: ",
         _has_move(Status.RESOLVED, Demand.SUMMARY)),
    _Row("go-on",  Verb.REOPEN,   "#reopen\n\n",           _waits),
    _Row("reopen", Verb.REOPEN,   "#reopen\n\n",           _is_over),
    _Row("close",  Verb.CLOSE,    "#close",                _has_move(Status.CLOSED,
                                                                     Demand.NOTHING)),
    _Row("note",   Verb.NOTE,     "#note ",                _always,                _TO_COLLEAGUES),
    _Row("hand",   Verb.ASSIGN,   "#assign ",              _can_be_handed_on,      _TO_COLLEAGUES),
    _Row("why",    Verb.WHY,      "#why",                  _always),
    _Row("full",   Verb.FULL,     "#full",                 _always),
    _Row("help",   Verb.HELP,     "#help",                 _always),
)  # fmt: skip

_ENOUGH = {
    Notice.DONE: frozenset({"answer", "undo", "why", "help"}),
    Notice.HANDED_OVER: frozenset({"take", "why", "full", "help"}),
}
"""After these nobody wants all there is. In a new ticket's mail there is no more to be told."""

_PURPOSES = {row.name: row.purpose for row in TABLE}


def offered(
    letter: Letter, team: Sequence[Address], obeyed: Collection[Verb] = frozenset(Verb)
) -> tuple[Choice, ...]:
    """What this letter's readers may do, without the links; `team` are the ticket's agents,
    `obeyed` the commands that the desk obeys."""
    ticket = letter.ticket
    if letter.notice is Notice.UNPROVEN:
        yes, no = _YES_AND_NO.get(letter.mailbox.language.partition("-")[0], ("yes", "no"))
        return (Choice(name="yes", line=yes), Choice(name="no", line=no))
    if ticket is None or not letter.notice.for_agents:
        return ()
    if letter.plain_reply not in (PlainReply.ANSWERS, PlainReply.IS_NOTED):
        return ()
    return tuple(_choices(letter, ticket, team, obeyed))


def _choices(
    letter: Letter, ticket: Ticket, team: Sequence[Address], obeyed: Collection[Verb]
) -> Iterator[Choice]:
    for row in TABLE:
        if (row.verb and row.verb not in obeyed) or not row.fits(ticket):
            continue
        if not _makes_sense(row, letter):
            continue
        if row.verb is Verb.ASSIGN:
            yield from _hand_to(ticket, team)
        yield Choice(name=row.name, line=row.line)


def _makes_sense(row: _Row, letter: Letter) -> bool:
    """Not what a plain reply does anyway, and not what this mail is no occasion for."""
    if row.verb in (None, Verb.NOTE) and row.purpose is purpose_of(letter.plain_reply):
        return False
    if row.verb is Verb.UNDO:
        return bool(letter.changes)
    if row.verb is Verb.FULL and letter.notice is Notice.NEW_TICKET:
        return False
    return letter.notice not in _ENOUGH or row.name in _ENOUGH[letter.notice]


def _hand_to(ticket: Ticket, team: Sequence[Address]) -> Iterator[Choice]:
    """One for each colleague, where they are few; the row itself is for whoever is not named."""
    assignee = ticket.assignee.key if ticket.assignee else ""
    others = [each for each in team if each.key != assignee]
    for person in others[:MAX_COLLEAGUES] if len(others) > 1 or assignee else ():
        yield Choice(name="hand", line=f"#assign {person.address}\n\n", person=person)


def linked(
    letter: Letter, offered: Sequence[Choice], stem: str, ids: Mapping[str, int]
) -> tuple[Choice, ...]:
    """What is offered, with its links: in each, a mark of `stem` stands for the reader's own
    token. `ids` are the readers' person ids by `Address.key`."""
    number = answered_number(letter)
    if number is None or not letter.mailbox.separator or not offered:
        return tuple(offered)
    subject, told = _subject(letter)
    mailbox, plainly = letter.mailbox, purpose_of(letter.plain_reply)
    assignee = letter.ticket.assignee if letter.ticket else None
    addresses = {
        purpose: tag.signed_address(
            mailbox.address, mailbox.separator, number, blanks.token(stem, purpose)
        )
        for purpose in (plainly, _TO_REQUESTER, _TO_COLLEAGUES)
    }
    out = []
    for choice in offered:
        if choice.name == "help":  # nobody looks for it at the top of a mail
            out.append(choice)
            continue
        address = addresses[_PURPOSES.get(choice.name) or plainly]
        href = mailto.link(address, subject, choice.line, tag=told)
        senseless = assignee if choice.name == "take" else choice.person
        person = ids.get(senseless.key) if senseless else None
        begin, end = blanks.unless(stem, person) if person is not None else ("", "")
        out.append(
            Choice(
                name=choice.name,
                line=choice.line,
                person=choice.person,
                href=href,
                begin=begin,
                end=end,
            )
        )
    return tuple(out)


def _subject(letter: Letter) -> tuple[str, str]:
    ticket = letter.ticket
    if ticket is None:
        return "", ""
    return phrasing.as_reply(ticket.subject), tag.with_tag("", ticket.number, ticket.tag)
