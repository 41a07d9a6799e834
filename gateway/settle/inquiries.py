"""Fetch what a mail asks for: other tickets, lists, histories. Nothing for nearly all mails.

In the same consistent view as all other facts, and never what its author may not see.
"""

from collections.abc import Iterable, Mapping, Sequence

from gateway.decide import inquiry
from gateway.decide.found import Found, Page
from gateway.decide.inquiry import PAGE_SIZE, Inquiry
from gateway.rules.commands import Command, Verb
from gateway.rules.commands_arguments import Listing, Scope
from gateway.store import Tx, conversation, history, search, tickets
from gateway.tickets.events import Event, TicketLinked, TicketMerged
from gateway.tickets.history import History, Spoken
from gateway.tickets.model import Ticket

MAX_JUDGED = 10  # deliveries that #why tells of


def found(
    tx: Tx, asked: Inquiry | None, candidates: Iterable[int], known: Mapping[int, Ticket]
) -> Found:
    """What there is to answer this one with. `candidates` are the tickets that its mail may
    belong to; `known` has all that was loaded already, those that it names among them."""
    if asked is None:
        return Found()
    named = {number: known[number] for number in asked.named if number in known}
    looked_back = set(candidates) if asked.looks_back else set()
    looked_back |= {each for each in _shown(asked) if each in named}
    told = _histories(tx, looked_back)
    related = _related(told.values()) - set(known)
    named |= tickets.by_number(tx, related) if related else {}
    named |= {number: known[number] for number in _related(told.values()) if number in known}
    told |= _histories(tx, _related(told.values()) - set(told))
    judged = {n: history.judged(tx, n, MAX_JUDGED) for n in looked_back if _asks(asked, Verb.WHY)}
    counts = search.counted(tx, asked.queues) if _asks(asked, Verb.STATUS) else ()
    return Found(
        named=named,
        pages={each: _page(tx, asked, each) for each in asked.commands if _is_list(each)},
        own=_own(tx, asked) if asked.own else None,
        histories=told,
        judged=judged,
        counts=counts,
    )


def _asks(asked: Inquiry, verb: Verb) -> bool:
    return any(each.verb is verb for each in asked.commands)


def _is_list(command: Command) -> bool:
    return command.verb in (Verb.LIST, Verb.SEARCH)


def _shown(asked: Inquiry) -> set[int]:
    details = (each.argument.detail for each in asked.commands if each.verb is Verb.SHOW)
    return {each for each in details if isinstance(each, int)}


def _page(tx: Tx, asked: Inquiry, command: Command) -> Page:
    detail = command.argument.detail
    number = detail.page if isinstance(detail, Listing) else 1
    is_mine = isinstance(detail, Listing) and detail.scope is Scope.MINE
    tickets = search.page(
        tx,
        queues=inquiry.queues_of(asked, command),
        assignee=asked.author.key if is_mine else None,
        words=inquiry.words_of(command) if command.verb is Verb.SEARCH else (),
        offset=(number - 1) * PAGE_SIZE,
        limit=PAGE_SIZE + 1,
    )
    return _of(tickets)


def _own(tx: Tx, asked: Inquiry) -> Page:
    return _of(search.of_person(tx, asked.author.key, PAGE_SIZE + 1))


def _of(tickets: Sequence[Ticket] | None) -> Page:
    if tickets is None:
        return Page(took_too_long=True)
    return Page(tickets=tuple(tickets[:PAGE_SIZE]), has_more=len(tickets) > PAGE_SIZE)


def _histories(tx: Tx, numbers: Iterable[int]) -> dict[int, History]:
    wanted = set(numbers)
    events = history.events(tx, wanted) if wanted else {}
    return {
        number: History(events=each, messages=_messages(tx, number))
        for number, each in events.items()
    }


def _messages(tx: Tx, number: int) -> tuple[Spoken, ...]:
    return tuple(
        Spoken(
            at=each.at,
            author=each.author,
            entry=each.entry,
            text=each.text,
            full_text=each.full_text,
        )
        for each in conversation.messages(tx, number)
    )


def _related(told: Iterable[History]) -> set[int]:
    """Tickets that were linked with these or merged into them, and these into them."""
    return {number for each in told for event in each.events for number in _others(event)}


def _others(event: Event) -> Iterable[int]:
    match event.fact:
        case TicketLinked(other, "merged" | "command"):
            yield other
        case TicketMerged(into):
            yield into
