"""How much one person is written to, as `[limits]` has it: what is counted, and what is too much.

What a person writes to a requester is no machine's doing, and is stopped by a ceiling alone. The
surprising fact: nothing that is answered automatically is needed to understand a ticket.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from gateway.config.limits import Limits, Window, windows
from gateway.message import Message
from gateway.outbound.letter import Notice
from gateway.threading import tag
from gateway.threading.subject import is_reply

CEILING = Window(300, 10 * 3600)
"""Mails about one ticket to one person, whoever writes them."""

LISTS = (Window(5, 3600), Window(20, 24 * 3600))
"""Of somebody's own tickets: whoever asks for them need not be proven."""

PERSONS_WORD = frozenset({Notice.ANSWER, Notice.QUESTION, Notice.RESOLVED})

COUNTED = frozenset(Notice) - {Notice.UNDELIVERED}
"""What keeps further mails back: not what bounces cause, for whoever makes them up would silence
those who are to hear of the next follow-up."""

CONFIRMATIONS, WATCHING = frozenset({Notice.CONFIRMATION}), frozenset({Notice.WATCHING})

QUESTIONS = frozenset({Notice.UNPROVEN})
"""Whether a mail was theirs: whoever writes in their name causes them."""

ANSWERS = frozenset(
    {
        Notice.CONFIRMATION,
        Notice.UNPROVEN,
        Notice.NOT_ACCEPTED,
        Notice.REFUSED,
        Notice.DONE,
        Notice.STATUS,
        Notice.REPORT,
    }
)
"""What the desk says by itself to whoever wrote."""

Counts = Mapping[str, tuple[int, ...]]


class Limit(NamedTuple):
    """Mails of these notices (none: of all), and how many are allowed."""

    name: str
    notices: frozenset[str]
    windows: tuple[Window, ...]


def _values(notices: frozenset[Notice]) -> frozenset[str]:
    return frozenset(each.value for each in notices)


_STATUS = _values(frozenset({Notice.STATUS}))


def of_tickets(limits: Limits) -> tuple[Limit, ...]:
    """What one person may have of one ticket."""
    return (
        _limit("mails", COUNTED, limits.mails_per_ticket),
        Limit("ceiling", frozenset(), (CEILING,)),
        _limit("questions", QUESTIONS, limits.questions_per_ticket),
    )


def of_people(limits: Limits) -> tuple[Limit, ...]:
    """What one person may have of all tickets."""
    return (
        _limit("confirmations", CONFIRMATIONS, limits.confirmations),
        _limit("replies", CONFIRMATIONS, limits.confirmations_of_replies),
        _limit("strangers", CONFIRMATIONS, limits.confirmations_of_strangers),
        _limit("answers", ANSWERS, limits.answers_per_person),
        _limit("questions", QUESTIONS, limits.questions_per_person),
        Limit("lists", _STATUS, LISTS),
        _limit("watching", WATCHING, limits.watching_per_person),
    )


def of_requesters(limits: Limits) -> tuple[Limit, ...]:
    """What all tickets of one requester may cause, to whomever."""
    return (_limit("watching", WATCHING, limits.watching_per_requester),)


@cache
def _limit(name: str, notices: frozenset[Notice], texts: tuple[str, ...]) -> Limit:
    """As the file has it: a desk has few, and each mail asks for all of them several times."""
    return Limit(name, _values(notices), windows(texts))


def is_reached(
    limits: Limits,
    notice: Notice,
    of_ticket: Counts,
    of_person: Counts | None,
    *,
    to_reply: bool = False,
    is_stranger: bool = False,
) -> bool:
    """Whether one more mail of this notice would be too much. `of_person` is None for whoever
    did not write the mail at hand: what others do is not held against them. `to_reply` says that
    this mail looks like a reply, `is_stranger` that its author is nobody on file."""
    if notice in PERSONS_WORD:
        return _any_full(of_tickets(limits), ("ceiling",), of_ticket)
    names = ("mails", "ceiling", "questions") if notice in QUESTIONS else ("mails", "ceiling")
    if _any_full(of_tickets(limits), names, of_ticket):
        return True
    if of_person is None or notice not in ANSWERS:
        return False
    return _any_full(
        of_people(limits), ("answers", *_also(notice, to_reply, is_stranger)), of_person
    )


def invites_too_many(limits: Limits, of_reader: Counts, of_requester: Counts | None) -> bool:
    """Whether one more mail that its reader follows a ticket would be too much, for them or for
    the ticket's requester; None where it is an agent's doing."""
    if _any_full(of_people(limits), ("watching",), of_reader):
        return True
    return of_requester is not None and _any_full(
        of_requesters(limits), ("watching",), of_requester
    )


def _also(notice: Notice, to_reply: bool, is_stranger: bool) -> tuple[str, ...]:
    if notice is Notice.CONFIRMATION:
        more = ("replies",) * to_reply + ("strangers",) * is_stranger
        return ("confirmations", *more)
    if notice is Notice.STATUS:
        return ("lists",)
    return ("questions",) if notice in QUESTIONS else ()


def looks_like_reply(message: Message) -> bool:
    """Whether a client or a machine made it as a reply, to whomever: by its fields, a tag such as
    ours, or a prefix.

    >>> looks_like_reply(Message(subject="AW: VPN")), looks_like_reply(Message(subject="VPN: no"))
    (True, False)
    """
    in_thread = bool(message.in_reply_to or message.references)
    return in_thread or bool(tag.tags_in(message.subject)) or is_reply(message.subject)


def one_more(limits: Sequence[Limit], counts: Counts, notice: str, more: int = 1) -> Counts:
    """The counts after so many more mails of this notice."""
    counted = {}
    for limit in limits:
        had = counts.get(limit.name) or (0,) * len(limit.windows)
        counted[limit.name] = tuple(n + more * (notice in limit.notices) for n in had)
    return counted


def _any_full(limits: Sequence[Limit], names: Sequence[str], counts: Counts) -> bool:
    for limit in limits:
        if limit.name not in names:
            continue
        had = counts.get(limit.name) or (0,) * len(limit.windows)
        if any(n >= window.most for n, window in zip(had, limit.windows, strict=True)):
            return True
    return False
