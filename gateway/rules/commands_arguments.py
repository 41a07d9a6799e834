"""What stands behind a command's word, read: words for people, actions for the ticket.

Each reader takes the rest of the line and the desk's names, and gives an `Argument` or raises
Wrong. The actions are those that rules use, so that a command does what a rule does.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gateway.commands_lines import shortened
from gateway.message import Address
from gateway.rules.commands_names import Names, Wrong, bare
from gateway.tickets.actions import (
    Action,
    AddTag,
    AddWatcher,
    Assign,
    Close,
    Link,
    MergeInto,
    RemoveTag,
    RemoveWatcher,
    SetCategory,
    SetPriority,
    SetQueue,
    SetRequester,
    Take,
    Unassign,
    WaitForApproval,
    WaitForRequester,
    WaitForVendor,
)
from gateway.tickets.priority import Priority

MAX_TAGS = 25  # of one command: more words than that are a text
MAX_NUMBER_DIGITS = 15  # of a ticket; longer ones are no number of ours

_WAITS_ON = re.compile(
    r"(?:for |on )?(?:the )?(requester|vendor|approval)\b[\s:,.\u2013\u2014-]*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_PRIORITY = re.compile(
    r"(p?[1-4])\b[\s:,.\u2013\u2014-]*(?:because\b)?[\s:,.]*(.*)", re.IGNORECASE | re.DOTALL
)
_NUMBER = re.compile(rf"\[?#?(\d{{1,{MAX_NUMBER_DIGITS}}})(?:-[a-z0-9]+)?\]?", re.IGNORECASE)
_UNTIL = re.compile(r"(?:until|till|to)?\s*(.*)", re.IGNORECASE)
_PAGE = re.compile(r"(.*)\bpage\s+0?([1-9]\d{0,3})\W*", re.IGNORECASE)
_TAG = re.compile(r"[^\s,@\x00-\x1f\x7f-\x9f]{1,40}")


class Effect(StrEnum):
    """What a command makes of the mail's text."""

    ANSWER = "the requester gets it"
    NOTE = "a note for colleagues"
    ASIDE = "below the command, a note for colleagues"
    PLAIN = "as a plain reply's"
    SILENT = "goes to nobody"


class Scope(StrEnum):
    MINE = "mine"
    ALL = "all"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Listing:
    """Which tickets are asked for; `queue` is the name of one. `page` counts from 1."""

    scope: Scope
    queue: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Argument:
    """`text` is what the line says in words, `actions` what is to be done to the ticket. `detail`
    is what a command means that does neither: a ticket's number, a day, a list. `effect` is set
    where it depends on the argument."""

    text: str = ""
    actions: tuple[Action, ...] = ()
    detail: int | date | Listing | None = None
    effect: Effect | None = None


Reader = Callable[[str, Names], Argument]


def nothing(written: str, names: Names) -> Argument:
    if bare(written):
        raise Wrong("takes nothing more on its line")
    return Argument()


def doing(action: Action) -> Reader:
    """Of a command that takes no argument and does this."""

    def read(written: str, names: Names) -> Argument:
        nothing(written, names)
        return Argument(actions=(action,))

    return read


def take(written: str, names: Names) -> Argument:
    nothing(written, names)
    return Argument(actions=(Take(names.me),))


def words(written: str, names: Names) -> Argument:
    return Argument(text=written)


def saying(action: Action) -> Reader:
    """Of a command that does this, and says the rest of its line."""
    return lambda written, names: Argument(text=written, actions=(action,))


def search(written: str, names: Names) -> Argument:
    if not bare(written):
        raise Wrong("does not say what to look for")
    return Argument(text=written)


def close(written: str, names: Names) -> Argument:
    """With a summary it writes to the requester. Whether it may do without is the ticket's to say;
    see `decide.agent`."""
    effect = Effect.ANSWER if written else Effect.PLAIN
    return Argument(text=written, actions=(Close(),), effect=effect)


def assign(written: str, names: Names) -> Argument:
    who = bare(written).lower()
    if not who:
        raise Wrong("does not say to whom")
    if who in ("nobody", "no one", "no-one", "none"):
        return Argument(actions=(Unassign(),))
    agent = names.me if who in ("me", "myself") else names.agent(written)
    return Argument(actions=(Assign(agent),))


def queue(written: str, names: Names) -> Argument:
    return Argument(actions=(SetQueue(names.queue(written)),))


def category(written: str, names: Names) -> Argument:
    return Argument(actions=(SetCategory(names.category(written)),))


def priority(written: str, names: Names) -> Argument:
    """The reason is demanded on the line: a text below may be meant for somebody else.

    >>> priority("p2, because nobody can print", Names()).text
    'P2 because nobody can print'
    """
    found = _PRIORITY.fullmatch(_plain(written))
    if not found:
        raise Wrong("does not say which priority, P1 to P4")
    level = Priority(f"P{found[1][-1]}")
    if not bare(found[2]):
        raise Wrong("does not say why")
    return Argument(text=f"{level} because {found[2]}", actions=(SetPriority(level),))


_WAITS: dict[str, tuple[Action, Effect]] = {
    "requester": (WaitForRequester(), Effect.ANSWER),
    "vendor": (WaitForVendor(), Effect.NOTE),
    "approval": (WaitForApproval(), Effect.NOTE),
}


def wait(written: str, names: Names) -> Argument:
    found = _WAITS_ON.fullmatch(written)
    if not found:
        raise Wrong("does not say for whom: requester, vendor or approval")
    action, effect = _WAITS[found[1].lower()]
    return Argument(text=found[2].strip(), actions=(action,), effect=effect)


def tag(written: str, names: Names) -> Argument:
    return Argument(actions=tuple(AddTag(each) for each in _tags(written)))


def untag(written: str, names: Names) -> Argument:
    return Argument(actions=tuple(RemoveTag(each) for each in _tags(written)))


def _tags(written: str) -> tuple[str, ...]:
    words = (bare(each).lstrip("#").lower() for each in re.split(r"[\s,]+", written))
    found = tuple(dict.fromkeys(filter(None, words)))
    if not found:
        raise Wrong("does not say which tag")
    if len(found) > MAX_TAGS:
        raise Wrong(f"names more than {MAX_TAGS} tags")
    for each in found:
        if not _TAG.fullmatch(each):
            name = shortened(each)
            raise Wrong(f'"{name}" cannot be a tag: one word of 40 letters at most, no address')
    return found


def watch(written: str, names: Names) -> Argument:
    return Argument(actions=tuple(AddWatcher(each) for each in _people(written, names)))


def unwatch(written: str, names: Names) -> Argument:
    return Argument(actions=tuple(RemoveWatcher(each) for each in _people(written, names)))


def _people(written: str, names: Names) -> tuple[Address, ...]:
    who = bare(written).lower()
    return (names.me,) if who in ("", "me", "myself") else names.people(written)


def requester(written: str, names: Names) -> Argument:
    people = names.people(written) if "@" in written else ()
    if len(people) != 1:
        raise Wrong("does not say the address of one person")
    return Argument(actions=(SetRequester(people[0]),))


def merge(written: str, names: Names) -> Argument:
    number = _number(written)
    return Argument(actions=(MergeInto(number),), detail=number)


def link(written: str, names: Names) -> Argument:
    number = _number(written)
    return Argument(actions=(Link(number),), detail=number)


def show(written: str, names: Names) -> Argument:
    return Argument(detail=_number(written))


def _number(written: str) -> int:
    """
    >>> _number("[#1042-k3v9xw]"), _number("#1042."), _number("\\uff11\\uff10\\uff14\\uff12")
    (1042, 1042, 1042)
    """
    found = _NUMBER.fullmatch(bare(_plain(written)))
    if not found or not int(found[1]):
        raise Wrong("does not say the number of a ticket")
    return int(found[1])


def listing(written: str, names: Names) -> Argument:
    paged = _PAGE.fullmatch(_plain(written))
    which, page = (bare(paged[1]), int(paged[2])) if paged else (bare(written), 1)
    if which.lower() in ("", "mine", "my"):
        return Argument(detail=Listing(Scope.MINE, page=page))
    if which.lower() == "all":
        return Argument(detail=Listing(Scope.ALL, page=page))
    return Argument(detail=Listing(Scope.QUEUE, names.queue(which), page))


def away(written: str, names: Names) -> Argument:
    """Until a day, or until they write again where none is said."""
    day = bare(_UNTIL.sub(r"\1", _plain(written), count=1))
    if not day:
        return Argument()
    try:
        return Argument(detail=date.fromisoformat(day))
    except ValueError:
        raise Wrong(f'"{shortened(day)}" is no day as we read it: year, month, day') from None


def _plain(written: str) -> str:
    """Digits and letters as a keyboard has them, for what is no text."""
    return unicodedata.normalize("NFKC", written)
