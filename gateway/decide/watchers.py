"""Who follows a ticket because somebody put them in copy, or asked for it, and how they stop.

The mailbox says whom a copy makes a watcher. The surprising fact: whoever stopped following is
not brought back by the next reply to all, only by somebody who names them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gateway.decide import commanded, withhold
from gateway.decide.admission import Grant, Role
from gateway.decide.case import Case, queue_of
from gateway.decide.decision import Decision, Trace
from gateway.decide.done import Done, did
from gateway.desk.folder import Desk
from gateway.ingest.trust import Proof
from gateway.message import Address, Kind, Message, Reading
from gateway.outbound.compose import can_be_written_to
from gateway.outbound.letter import Notice
from gateway.rules import commands
from gateway.rules.commands import Verb
from gateway.rules.conditions import fold
from gateway.tickets.actions import AddMessage, AddWatcher, Entry, RemoveWatcher
from gateway.tickets.changes import MAX_WATCHERS
from gateway.tickets.events import Actor, By, Event, MailWithheld
from gateway.tickets.model import NotAllowed, Step, Ticket

NOBODY, EVERYBODY = "nobody", "everybody"
NOT_PROVEN = "author-unproven"

MAX_WORD = 60  # letters of a line that may be the word to stop by
MAX_LOOKED_AT = 2 * MAX_WATCHERS  # people in copy of one mail

_STOP = frozenset(
    fold(word)
    for words in (
        ("unfollow", "unwatch", "stop", "stop following"),
        ("entfolgen", "nicht mehr folgen", "abbestellen", "stopp"),
        ("ne plus suivre", "se désabonner", "désabonner", "arrêter"),
        ("dejar de seguir", "no seguir", "parar"),
        ("non seguire", "non seguire più", "smetti di seguire"),
        ("ontvolgen", "niet meer volgen", "afmelden"),
        ("przestań obserwować", "nie obserwuj", "wypisz"),
        ("deixar de seguir", "não seguir"),
    )
    for word in words
)
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")


def people_in(reading: Reading, desk: Desk, mailbox: str) -> tuple[Address, ...]:
    """Who may become a watcher by this mail; an id of theirs has to be known before that is
    decided."""
    found = _in_copy(reading.message)
    if reading.forwarded:
        found = (*found, *_in_copy(reading.forwarded.mail))
    known = (desk.directory.known_as(each) for each in found[:MAX_LOOKED_AT])
    policy = desk.gateway.mailbox_for(mailbox).cc_become_watchers
    if policy == NOBODY:
        return ()
    return tuple(each for each in known if policy == EVERYBODY or desk.directory.find(each))


def of_opening(case: Case, trace: Trace, ticket: Ticket) -> list[Step]:
    """Those whom the mail that opens the ticket has in copy."""
    if case.imported_at is not None or case.reading.kind is not Kind.ORDINARY:
        return []
    by = By(Actor.REQUESTER, case.author)
    proven = _is_own_act(case, trace, ticket, Role.REQUESTER)
    return list(_brought_in(case, ticket, by, outsiders=proven))


def quietly(opened: Decision, case: Case, trace: Trace) -> Decision:
    """No mail to those in copy where there is none to the author, or nothing proves who that is:
    one forged mail must not become 25 of ours. They are told with the first answer."""
    told = any(each.notice is Notice.CONFIRMATION for each in opened.tellings)
    ticket = opened.after
    if ticket is None or (told and _is_own_act(case, trace, ticket, Role.REQUESTER)):
        return opened
    left = [each for each in opened.tellings if each.notice is Notice.WATCHING]
    if not left:
        return opened
    kept = tuple(each for each in opened.tellings if each.notice is not Notice.WATCHING)
    withheld = (*opened.withheld, *((each.to.address, NOT_PROVEN) for each in left))
    fact = MailWithheld(NOT_PROVEN)
    events = (Event(case.now, By(Actor.GATEWAY), each.notice.value, fact) for each in left)
    return replace(opened, tellings=kept, withheld=withheld, events=(*opened.events, *events))


def of_reply(case: Case, trace: Trace, ticket: Ticket, role: Role) -> list[Step]:
    """Those whom a participant's proven mail brings in. Outsiders only the requester does."""
    if case.reading.kind is not Kind.ORDINARY or ticket.merged_into is not None:
        return []
    if not _is_own_act(case, trace, ticket, role):
        return []
    by = By(Actor(role.value), case.author)
    return list(_brought_in(case, ticket, by, outsiders=role is Role.REQUESTER))


def asked(case: Case, trace: Trace, ticket: Ticket, role: Role) -> Done | None:
    """What the mail of a watcher does who wants to stop, or that of a requester who names people;
    None where it is a mail as any other, or nothing proves whose it is."""
    if ticket.merged_into is not None or not _is_own_act(case, trace, ticket, role):
        return None
    if role is Role.WATCHER and _wants_to_stop(case):
        by = By(Actor.WATCHER, case.author)
        own = [each for each in ticket.watchers if case.is_author(each)]
        steps = [Step(AddMessage(Entry.COMMAND), by, "unfollow")]
        steps += [Step(RemoveWatcher(each), by, "unfollow") for each in own]
        return did(ticket, steps, case.reading.new_text, case.now)
    return _named(case, ticket) if role is Role.REQUESTER else None


def _named(case: Case, ticket: Ticket) -> Done | None:
    text = case.reading.new_text
    if not commands.is_command(text):
        return None
    parsed = commands.parse(text, commanded.names_of(case))
    verbs = {each.verb for each in parsed.commands}
    if parsed.problems or not verbs <= {Verb.WATCH, Verb.UNWATCH}:
        return None
    by = By(Actor.REQUESTER, case.author)
    entry = Entry.FOLLOW_UP if parsed.rest else Entry.COMMAND
    steps = [Step(AddMessage(entry), by, "mail")]
    for command in parsed.commands:
        for action in command.actions:
            if isinstance(action, AddWatcher) and not _may_name(case, ticket, action.person):
                return None
            steps.append(Step(action, by, f"command #{command.verb}"))
    try:
        return did(ticket, steps, parsed.rest or text, case.now)
    except NotAllowed:
        return None


def _wants_to_stop(case: Case) -> bool:
    """The first line says so, or the subject that the link in the mail's header writes."""
    lines = (line for line in case.reading.new_text.split("\n") if line.strip())
    said = (next(lines, ""), case.reading.message.subject)
    short = (each.strip() for each in said if len(each) <= MAX_WORD)
    return any(fold(_AROUND.sub("", each)) in _STOP for each in short)


def _is_own_act(case: Case, trace: Trace, ticket: Ticket, role: Role) -> bool:
    """Whether the author is proven, or said yes. What a person has let in, or a mailbox takes
    on a claim, is a message and no command: nobody knows whose it is."""
    if case.grant is Grant.AUTHOR:
        return True
    policies = case.policies_for(ticket)
    return all(each.counts(role, trace.proof) is not Proof.CLAIMED for each in policies)


def _may_name(case: Case, ticket: Ticket, person: Address) -> bool:
    """Whoever is nobody here names people on file alone: the desk is no way to write to others."""
    directory = case.desk.directory
    known = withhold.is_known(case) or directory.find(person) is not None
    return known and _can_follow(case, ticket, person)


def _brought_in(case: Case, ticket: Ticket, by: By, *, outsiders: bool) -> Iterator[Step]:
    policy = case.desk.gateway.mailbox_named(case.mailbox).cc_become_watchers
    if policy == NOBODY or queue_of(case.desk, ticket).members_only:
        return
    room = MAX_WATCHERS - len(ticket.watchers)
    left = {each.key for each in ticket.left}
    there = {each.key for each in (ticket.requester, case.author, *ticket.watchers)}
    for person in _people(case, _in_copy(case.reading.message)):
        on_file = case.desk.directory.find(person) is not None
        if person.key in there or person.key in left or room <= 0:
            continue
        if not (on_file or (policy == EVERYBODY and outsiders)):
            continue
        if _can_follow(case, ticket, person) and not _works_on(case, ticket, person):
            there.add(person.key)
            room -= 1
            yield Step(AddWatcher(person), by, "in copy")


def _people(case: Case, found: Iterable[Address]) -> Iterator[Address]:
    for each in list(found)[:MAX_LOOKED_AT]:
        yield case.desk.directory.known_as(each)


def _in_copy(message: Message) -> tuple[Address, ...]:
    return (*message.to, *message.cc)


def _can_follow(case: Case, ticket: Ticket, person: Address) -> bool:
    """Whether it is a person's address: not ours, no machine's, no list's."""
    mailbox = case.desk.gateway.mailbox_named(case.mailbox)
    lists = {each.lower() for each in mailbox.behind_lists}
    posts = case.reading.message.header("list-post").lower()
    return (
        person.key in case.facts.ids
        and can_be_written_to(person)
        and not case.desk.gateway.mailbox_of(person.address)
        and not withhold.is_machine(person)
        and person.key not in lists
        and person.key not in posts
    )


def _works_on(case: Case, ticket: Ticket, person: Address) -> bool:
    """Its agents are told of everything already."""
    return case.desk.directory.is_agent_of(person, queue_of(case.desk, ticket).team)
