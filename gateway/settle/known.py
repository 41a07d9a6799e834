"""What was read and what was found: of several deliveries, the `Facts` of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.decide import placing, unknown, yes_no
from gateway.decide.facts import Facts
from gateway.decide.found import Found
from gateway.decide.inquiry import Inquiry
from gateway.deliveries import ALL_HELD, Held, Sibling
from gateway.desk.folder import Desk
from gateway.ingest.trust import Verdict
from gateway.message import Address, Reading
from gateway.settle.inside import Inside
from gateway.settle.lately import KnownLately
from gateway.store import spool
from gateway.threading.match import Clues
from gateway.tickets.model import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A delivery that is to be decided, read; `clues` are to the tickets it may belong to,
    `author` wrote it, `invited` are those whom it may bring in besides, `verdict` is the mail
    system's word on its author, `inquiry` what it asks for."""

    delivery: spool.Delivery
    reading: Reading
    clues: Clues
    author: Address
    invited: tuple[Address, ...]
    verdict: Verdict
    inquiry: Inquiry | None = None

    @property
    def about_held(self) -> set[int]:
        """Held deliveries that this mail may be a yes to."""
        numbers = {answer.number for answer in self.clues.answers}
        named = yes_no.named(self.reading.new_text) if ALL_HELD in numbers else ()
        return numbers.union(named)


@dataclass(slots=True, kw_only=True)
class Known:
    """What was found in one consistent view, for several deliveries.

    `ids` and `lately` are added to by whoever decides them one after the other: the
    next one knows the people whom the last one met, and the mails they will have.
    """

    ids: dict[str, int]
    people: Mapping[int, Address]
    tickets: Mapping[int, Ticket]
    identifiers: Mapping[tuple[str, str], int]
    overtaken: Mapping[tuple[str, str], int]
    subjects: Mapping[int, tuple[str, ...]]
    exchanged: Mapping[int, Mapping[int, tuple[str, ...]]]
    inside: Inside
    fingerprints: Mapping[tuple[str, str], int]
    siblings: Mapping[int, tuple[Sibling, ...]]
    held: Mapping[int, Held]
    refused: frozenset[str]
    lately: KnownLately
    found: Mapping[int, Found]  # by delivery, what it asks for

    def facts(
        self,
        asked: Asked,
        desk: Desk,
        *,
        new_number: int,
        new_person: int,
        new_people: Mapping[str, int],
    ) -> Facts:
        """Everything about this delivery that is not in the mail itself.

        Only tickets of the delivery's own mailbox are candidates: a mail to two mailboxes is
        two deliveries, and each joins its own. (Those of a mailbox that is gone are the first's.)
        That of a held mail is among them whichever mailbox it is of, for its team decides.
        """
        clues, author, mailbox = asked.clues, asked.author, asked.delivery.mailbox
        waiting = {n: self.held[n] for n in asked.about_held if n in self.held}
        ours = self._candidates(asked, waiting, desk)
        others = self.siblings.get(asked.delivery.id, ())
        elsewhere = {n: self.tickets[n] for n in tickets_of(others) if n in self.tickets}
        seen = {**ours, **elsewhere}
        ids = {**self.ids, **new_people}
        writer = self.ids.get(author.key, 0)
        first = self.fingerprints.get((mailbox, asked.reading.fingerprint))
        return Facts(
            author=author,
            new_number=new_number,
            new_person=new_person,
            ids=ids,
            newcomers=new_people,
            people={n: self.people[n] for n in clues.people if n in self.people},
            tickets=ours,
            identifiers=self.identifiers_of(asked),
            overtaken=self.overtaken_of(asked),
            subjects={n: self.subjects[n] for n in ours if n in self.subjects},
            mentioned=tuple(n for n in clues.mentioned if self._is_of(n, mailbox, desk)),
            exchanged={n: self.exchanged[n] for n in seen if n in self.exchanged},
            notes={n: self.inside.notes_of(n) for n in ours},
            colleagues={n: self.inside.notes_of(n, but=writer) for n in ours},
            shared={n: self.inside.shared_of(n, self.ids, desk.directory) for n in ours},
            duplicate_of=None if first == asked.delivery.id else first,
            siblings=others,
            elsewhere=elsewhere,
            held=waiting,
            refused_lately=unknown.refusal_key(author) in self.refused,
            lately=self.lately.facts(ids, author, seen, asked.invited),
            found=self.found.get(asked.delivery.id, Found()),
        )

    def _candidates(
        self, asked: Asked, waiting: Mapping[int, Held], desk: Desk
    ) -> dict[int, Ticket]:
        """Tickets that the delivery may belong to, and those that they were merged into."""
        about = {each.ticket for each in waiting.values() if each.ticket}
        ours = {
            number: self.tickets[number]
            for number in self.pointed_at(asked) | about
            if number in self.tickets
            and (number in about or self._is_of(number, asked.delivery.mailbox, desk))
        }
        for number in list(ours):  # whichever mailbox those are of that all goes on in
            ours |= {each.number: each for each in placing.merged(self.tickets, number)}
        return ours

    def _is_of(self, number: int, mailbox: str, desk: Desk) -> bool:
        """Whether there is this ticket, and it is of this mailbox."""
        ticket = self.tickets.get(number)
        return ticket is not None and desk.gateway.mailbox_for(ticket.mailbox).address == mailbox

    def pointed_at(self, asked: Asked) -> set[int]:
        """Tickets that the mail points at, whether there are such or not."""
        found = self.identifiers_of(asked).values(), self.overtaken_of(asked).values()
        return set(asked.clues.numbers).union(*found)

    def overtaken_of(self, asked: Asked) -> dict[str, int]:
        """The same of those that a ticket knows from mails that overtook them, its own too."""
        clues = asked.clues
        return _of(self.overtaken, asked, (clues.own, *clues.referred, *clues.partner))

    def identifiers_of(self, asked: Asked) -> dict[str, int]:
        """Of the Message-IDs that the mail refers to, those that a ticket of its mailbox knows."""
        return _of(self.identifiers, asked, asked.clues.referred)


def _of(
    numbers: Mapping[tuple[str, str], int], asked: Asked, identifiers: Iterable[str]
) -> dict[str, int]:
    """Of these Message-IDs those that are known in the delivery's mailbox, with their tickets."""
    found = ((each, numbers.get((asked.delivery.mailbox, each))) for each in identifiers)
    return {value: number for value, number in found if number is not None}


def tickets_of(others: Iterable[Sibling]) -> set[int]:
    """Those that deliveries of the same mail have come to."""
    return {each.ticket for each in others if each.ticket}
