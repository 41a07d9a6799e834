"""Priority: what is given (impact, urgency) and what follows from it.

The targets that go with a priority are the desk's own, in priorities.yaml.
"""

from dataclasses import dataclass
from enum import StrEnum


class Priority(StrEnum):
    """How soon a ticket needs somebody; P1 first."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class Level(StrEnum):
    """Of impact (how many are hit) and of urgency (how long they can wait)."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


#          urgency:  HIGH         NORMAL       LOW
_MATRIX = {
    Level.HIGH:   (Priority.P1, Priority.P2, Priority.P3),
    Level.NORMAL: (Priority.P2, Priority.P3, Priority.P4),
    Level.LOW:    (Priority.P3, Priority.P4, Priority.P4),
}  # fmt: skip


def priority(impact: Level, urgency: Level) -> Priority:
    """Look the priority up.

    >>> priority(Level.HIGH, Level.NORMAL), priority(Level.NORMAL, Level.NORMAL)
    (<Priority.P2: 'P2'>, <Priority.P3: 'P3'>)
    """
    return _MATRIX[impact][list(Level).index(urgency)]


DEFAULT_PRIORITY = priority(Level.NORMAL, Level.NORMAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the desk promises for one priority. Times run around the clock for now."""

    name: str
    respond_within_seconds: int
