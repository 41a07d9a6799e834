"""What an agent's commands do to the ticket, as steps; the names that they may use; and what of
their text the requester may see.

Only what the ticket and the desk are enough for. What needs other tickets, the conversation or
the history is obeyed elsewhere: `agent.HANDLED_ELSEWHERE`.
"""

from collections.abc import Iterator
from itertools import chain

from gateway.commands_lines import has_sign
from gateway.decide import absence
from gateway.decide.case import Case
from gateway.desk.folder import Desk
from gateway.message import NOBODY, Address
from gateway.rules import commands
from gateway.rules.commands import Command, Names, Parsed, Verb
from gateway.threading import internal
from gateway.tickets.actions import (
    Action,
    AddWatcher,
    Assign,
    Resolve,
    SetCategory,
    SetQueue,
    SetRequester,
    Unassign,
)
from gateway.tickets.events import Actor, By
from gateway.tickets.model import NotAllowed, Step, Ticket

_FIRST = (Verb.REOPEN,)
_LAST = (Verb.WAIT, Verb.RESOLVE, Verb.CLOSE)
REPEATS_A_NOTE = (
    'your text repeats a note, which only colleagues may see: "{run}"; '
    "send it again without these words, or say it in other words"
)


def names_of(case: Case) -> Names:
    """The desk's names, as the author of this mail may use them."""
    return names_for(case.desk, case.author)


def people_named(text: str, desk: Desk) -> tuple[Address, ...]:
    """Whom the commands of this text make a watcher or the requester; an id of theirs has to be
    known before it is decided. Cheap where the text has no commands."""
    if not has_sign(text):
        return ()
    text = internal.own_words(text)
    if not commands.is_command(text):
        return ()
    found = (c.actions for c in commands.parse(text, names_for(desk, NOBODY)).commands)
    people = (each.person for each in chain(*found) if isinstance(each, AddWatcher | SetRequester))
    return tuple(person for person in people if person != NOBODY)


def names_for(desk: Desk, me: Address) -> Names:
    """The same, as somebody may use them."""
    said = (action for rule in desk.rules.rules for action in rule.then)
    categories = {action.category for action in said if isinstance(action, SetCategory)}
    return Names(
        me=me,
        queues=[queue.name for queue in desk.gateway.queue],
        categories=sorted(categories),
        directory=desk.directory,
        own=frozenset(desk.gateway.own_addresses),
    )


def steps(
    case: Case, ticket: Ticket, parsed: Parsed, has_summary: bool, elsewhere: frozenset[Verb]
) -> Iterator[Step]:
    """The commands' steps, in the order in which they mean something together: whatever order
    they stand in, a wait or a resolution has the last word. Raises NotAllowed."""
    by = By(Actor.AGENT, case.author)
    for command in sorted(parsed.commands, key=_order):
        if command.verb not in elsewhere:
            for action in _actions(case, ticket, parsed, command, has_summary):
                _require_known(case, action)
                yield Step(action, by, f"command #{command.verb}")


def presentable(case: Case, ticket: Ticket, said: str) -> str:
    """What the requester may see of it. Raises NotAllowed where it repeats a colleague's note and
    no quote mark tells which lines are whose."""
    facts, number = case.facts, ticket.number
    shared = facts.shared.get(number, ())
    said = internal.without_quotes_of(said, facts.notes.get(number, ()), shared)
    run = internal.repeated_run(said, facts.colleagues.get(number, ()), shared)
    if run:
        raise NotAllowed(REPEATS_A_NOTE.format(run=run))
    return said


def _order(command: Command) -> int:
    return (command.verb in _LAST) - (command.verb in _FIRST)


def _actions(
    case: Case, ticket: Ticket, parsed: Parsed, command: Command, has_summary: bool
) -> Iterator[Action]:
    if command.verb is Verb.CLOSE and not ticket.status.is_over:
        if not has_summary:
            raise NotAllowed(
                f"the ticket is {ticket.status}, and #close does not say what was done; "
                'write "#close: what was done"'
            )
        yield Resolve()
    yield from command.actions
    for action in command.actions:
        if isinstance(action, SetQueue) and _leaves_its_assignee(case, ticket, parsed, action):
            yield Unassign()


def _leaves_its_assignee(case: Case, ticket: Ticket, parsed: Parsed, to: SetQueue) -> bool:
    """In a queue of other people it waited for somebody who looks there no more."""
    if ticket.assignee is None or to.queue == ticket.queue or parsed.has(Verb.TAKE, Verb.ASSIGN):
        return False
    team = next(queue.team for queue in case.desk.gateway.queue if queue.name == to.queue)
    return not case.desk.directory.is_agent_of(ticket.assignee, team)


def _require_known(case: Case, action: Action) -> None:
    """Events name people by their id, so we have to have one; and whoever is to do the work has to
    be here."""
    if isinstance(action, AddWatcher | SetRequester) and action.person.key not in case.facts.ids:
        raise NotAllowed(
            f"nobody here knows {action.person.address} yet; let them write to us once"
        )
    away = absence.refusal(action.agent, case) if isinstance(action, Assign) else ""
    if away:
        raise NotAllowed(away)
