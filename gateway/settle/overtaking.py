"""Mails of a batch that have to do with each other, and replies that came too early.

Inside a batch a reply changes places with what it replies to; where that is elsewhere it waits.
Who waits is given back without an attempt counted. The surprising fact: nobody waits for long,
for the mail that they reply to may be in somebody else's hands, or reply to them in turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.decide.placing import merged
from gateway.errors import TemporaryError
from gateway.settle.known import Asked, Known
from gateway.store import Tx, overtaken

WAIT_FOR_PARENT = timedelta(minutes=10)  # from its own arrival on, that a reply waits


class Overtook(TemporaryError):
    """Some deliveries came before the mail that they reply to, which waits: by delivery, the one
    that has to be first."""

    def __init__(self, awaited: Mapping[int, int]) -> None:
        first = ", ".join(str(number) for number in sorted({*awaited.values()}))
        super().__init__(f"a reply waits for what it replies to, delivery {first}")
        self.awaited = awaited


def require_parents(tx: Tx, asked: Sequence[Asked], known: Known, now: datetime) -> None:
    """Raise Overtook where one of these replies to a mail that waits in the spool, and there is
    no ticket that it would find all the same. After a few minutes that counts no more, unless
    somebody is at work on the other, which came first."""
    lost = [
        each
        for each in asked
        if each.clues.referred
        and not known.identifiers_of(each)
        and known.tickets.keys().isdisjoint(each.clues.numbers)
    ]
    values = {value for each in lost for value in each.clues.referred}
    parents = overtaken.parents(tx, values) if values else []
    here = {each.delivery.id for each in asked}
    awaited = {
        each.delivery.id: parent.delivery
        for each in lost
        for parent in parents
        if parent.delivery not in here
        and parent.mailbox == each.delivery.mailbox
        and parent.identifier in each.clues.referred
        and _is_to_be_awaited(parent, each, now)
    }
    if awaited:
        raise Overtook(awaited)


def _is_to_be_awaited(parent: overtaken.Parent, asked: Asked, now: datetime) -> bool:
    if now - asked.delivery.envelope.received_at < WAIT_FOR_PARENT:
        return True
    return parent.at_work and parent.delivery < asked.delivery.id


@dataclass(slots=True)
class Meanwhile:
    """What those before in the same commit are about: thus mails have to do with each other."""

    tickets: set[int] = field(default_factory=set)
    identifiers: set[str] = field(default_factory=set)
    fingerprints: set[tuple[str, str]] = field(default_factory=set)
    spooled: set[int] = field(default_factory=set)

    def concerns(self, asked: Asked, known: Known) -> bool:
        """Whether this delivery has to do with one before it. It is one before the next, too."""
        delivery, reading = asked.delivery, asked.reading
        others = known.siblings.get(delivery.id, ())
        tickets = _leads_to(asked, known) | (asked.inquiry.named if asked.inquiry else frozenset())
        tickets |= {each.ticket for each in others if each.ticket}
        identifiers = {asked.clues.own, *asked.clues.referred, *asked.clues.partner}
        print_ = (delivery.mailbox, reading.fingerprint)
        concerned = (
            not self.tickets.isdisjoint(tickets)
            or not self.identifiers.isdisjoint(identifiers)
            or print_ in self.fingerprints
            or delivery.spool_id in self.spooled
        )
        self.tickets |= tickets
        self.identifiers |= identifiers
        self.fingerprints.add(print_)
        self.spooled.add(delivery.spool_id)
        return concerned


def _leads_to(asked: Asked, known: Known) -> set[int]:
    """Tickets that the mail points at, and those that they were merged into."""
    numbers = known.pointed_at(asked)
    there = [n for n in numbers if n in known.tickets]
    return numbers.union(*({e.number for e in merged(known.tickets, n)} for n in there))


def parents_first(waiting: Sequence[Asked]) -> list[Asked]:
    """As they came, but none before the mail that it replies to, unless each replies to the
    other."""
    own = {(each.delivery.mailbox, each.clues.own): each for each in waiting}
    begun: set[int] = set()
    ordered: list[Asked] = []

    def add(each: Asked) -> None:
        begun.add(each.delivery.id)
        for identifier in each.clues.referred:
            parent = own.get((each.delivery.mailbox, identifier))
            if parent and parent.delivery.id not in begun:
                add(parent)
        ordered.append(each)

    for each in waiting:
        if each.delivery.id not in begun:
            add(each)
    return ordered
