"""Where a ticket stands, and the only moves there are.

A status is moved by `model.apply` alone, along this table. What a move demands is
part of it: nobody waits without having been asked, nothing is resolved unsaid.
"""

from enum import StrEnum


class Status(StrEnum):
    NEW = "new"
    TRIAGE = "triage"
    OPEN = "open"
    WAITING_REQUESTER = "waiting-requester"
    WAITING_APPROVAL = "waiting-approval"
    WAITING_VENDOR = "waiting-vendor"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_over(self) -> bool:
        """No clock of ours runs any more."""
        return self in (Status.RESOLVED, Status.CLOSED)


class Demand(StrEnum):
    """What the message at hand must bring along for a move."""

    NOTHING = "nothing"
    QUESTION = "a question"
    SUMMARY = "a summary"
    ANOTHER_TICKET = "another ticket, which this one is merged into"


_WAITS = (Status.WAITING_REQUESTER, Status.WAITING_APPROVAL, Status.WAITING_VENDOR)
_ASK = dict.fromkeys(_WAITS, Demand.QUESTION)
_SOLVE = {Status.RESOLVED: Demand.SUMMARY}
_GO_ON = {Status.OPEN: Demand.NOTHING}
_SET_ASIDE = {Status.TRIAGE: Demand.NOTHING}
_MERGE = {Status.CLOSED: Demand.ANOTHER_TICKET}

TRANSITIONS: dict[Status, dict[Status, Demand]] = {
    Status.NEW: _SET_ASIDE | _GO_ON | _ASK | _SOLVE | _MERGE,
    Status.TRIAGE: _GO_ON | _ASK | _SOLVE | _MERGE,
    Status.OPEN: _SET_ASIDE | _ASK | _SOLVE | _MERGE,
    **dict.fromkeys(_WAITS, _GO_ON | _ASK | _SOLVE | _MERGE),
    Status.RESOLVED: _GO_ON | {Status.CLOSED: Demand.NOTHING},
    Status.CLOSED: _GO_ON,
}
"""From where, to where, and what the move demands. A second wait is a second question. Nothing is
closed unsaid either: it was resolved, or another ticket has it."""


def demand(old: Status, new: Status) -> Demand | None:
    """What the move demands, or None where there is no such move.

    >>> demand(Status.NEW, Status.RESOLVED), demand(Status.RESOLVED, Status.OPEN)
    (<Demand.SUMMARY: 'a summary'>, <Demand.NOTHING: 'nothing'>)
    >>> demand(Status.CLOSED, Status.RESOLVED) is None
    True
    """
    return TRANSITIONS[old].get(new)
