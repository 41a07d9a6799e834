"""What must not leave with an answer in a ticket, and what of it its requester knows anyway.

The surprising fact: an answer counts as known only to whom it was given. Whoever became the
requester later has not read it, and what a watcher wrote the requester never got.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from gateway.decide import placing
from gateway.directory import Directory
from gateway.store import Tx, conversation, merges
from gateway.store.conversation import Text
from gateway.tickets.actions import Entry
from gateway.tickets.model import Ticket

_INSIDE = Entry.NOTE, Entry.COMMAND  # what a machine sent is inside as well, but no secret
_OUTSIDE = tuple(entry for entry in Entry if not entry.internal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """By ticket number. `kin` are the tickets whose notes an answer might quote, `outside` has
    what was said to and by requesters, of tickets that have notes, `since` when its requester
    became it, where somebody else was it before."""

    found: Mapping[int, Ticket]
    kin: Mapping[int, set[int]]
    notes: Mapping[int, tuple[Text, ...]]
    outside: Mapping[int, tuple[Text, ...]]
    since: Mapping[int, datetime]

    def notes_of(self, number: int, but: int = 0) -> tuple[str, ...]:
        """Of the ticket and of its kin: no answer in it repeats a note of theirs. Without those of
        the person `but`."""
        told = chain.from_iterable(self.notes.get(n, ()) for n in self._with_kin(number))
        return tuple(each.said for each in told if not but or each.author != but)

    def shared_of(
        self, number: int, ids: Mapping[str, int], directory: Directory
    ) -> tuple[str, ...]:
        """What the ticket's requester wrote, and what they were answered; `ids` are people's by
        `Address.key`."""
        requester = directory.known_as(self.found[number].requester)
        own = {ids.get(each.key) for each in (requester, self.found[number].requester)}
        return tuple(
            each.said
            for n in self._with_kin(number)
            for each in self.outside.get(n, ())
            if each.author in own
            or (each.entry is Entry.ANSWER and self._is_for(n, requester.key, directory, each.at))
        )

    def _with_kin(self, number: int) -> set[int]:
        return {number, *self.kin.get(number, ())}

    def _is_for(self, number: int, person: str, directory: Directory, at: datetime) -> bool:
        """Whether the person was the requester of this ticket by then, and still is."""
        ticket, since = self.found.get(number), self.since.get(number)
        is_theirs = ticket is not None and directory.known_as(ticket.requester).key == person
        return is_theirs and (since is None or at >= since)


def of(tx: Tx, found: Mapping[int, Ticket]) -> Inside:
    """Each table asked once for all of these tickets; the conversations of those with notes."""
    if not found:
        return Inside(found={}, kin={}, notes={}, outside={}, since={})
    kin = merges.kin(tx, found, placing.MAX_MERGES)
    for number in found:
        for each in placing.merged(found, number):
            kin[each.number].add(number)
    notes = conversation.texts_of(tx, {*found, *chain(*kin.values())}, _INSIDE)
    talks = _with_notes(found, kin, notes)
    return Inside(
        found=found,
        kin=kin,
        notes=notes,
        outside=conversation.texts_of(tx, talks, _OUTSIDE) if talks else {},
        since=conversation.requesters_since(tx, talks) if talks else {},
    )


def _with_notes(
    found: Collection[int], kin: Mapping[int, set[int]], notes: Mapping[int, tuple[Text, ...]]
) -> set[int]:
    near = ({number, *kin.get(number, ())} for number in found)
    return set(chain.from_iterable(n for n in near if any(notes.get(each) for each in n)))
