"""Letters as they occur, one or more for each notice: for `check`, tests and previews.

Not tidy examples but the hard cases of a real desk: umlauts, a long subject, hostile
text, a very long word, people without a name. Every address in them that must never
reach a requester is at `PRIVATE_DOMAIN`.
"""

from dataclasses import replace
from datetime import timedelta

from gateway.config.settings import Mailbox
from gateway.deliveries import ALL_HELD
from gateway.outbound import choices
from gateway.outbound.letter import Enclosure, Letter, Notice, PassedOn, PlainReply, Waiting
from gateway.outbound.sample_answers import of_questions
from gateway.outbound.sample_values import (
    ANN,
    ANSWER,
    AT,
    BEN,
    CARL,
    DUE_AT,
    FAULT,
    HOSTILE,
    HOSTILE_SUBJECT,
    MAILBOX,
    MARKER,
    NAMELESS,
    PRIVATE_DOMAIN,
    REQUEST,
    TAKEN,
    TEAM,
    TICKET,
    ZOE,
)
from gateway.tickets.status import Status

__all__ = [
    "ANN",
    "ANSWER",
    "AT",
    "BEN",
    "DUE_AT",
    "MAILBOX",
    "MARKER",
    "PRIVATE_DOMAIN",
    "TAKEN",
    "TEAM",
    "TICKET",
    "ZOE",
    "sample_letters",
]

STEM = "aeaqaaaaamfwl6fwyal5thoszznjpp3"
"""Stands for the token in the addresses of the links."""


def sample_letters() -> tuple[Letter, ...]:
    """At least one for each notice, in the order in which a ticket meets them."""
    with_ticket = (*_to_requester(), *_to_agents(), *_obeyed_or_not(), *_unanswered())
    return (*map(_with_choices, with_ticket), *_to_admin(), *_of_the_held(), *of_questions())


def _with_choices(letter: Letter) -> Letter:
    """The letter with what its reader may do, offered as links where the mailbox has them."""
    offered = choices.offered(letter, TEAM)
    return replace(letter, choices=choices.linked(letter, offered, STEM, {}))


def _to_requester() -> tuple[Letter, ...]:
    plain = Letter(
        notice=Notice.CONFIRMATION,
        mailbox=MAILBOX,
        plain_reply=PlainReply.FOLLOWS_UP,
        ticket=TAKEN,
        author=BEN,
        text=ANSWER,
        at=AT,
        marker=MARKER,
    )
    confirmation = replace(plain, ticket=TICKET, author=ANN, text=REQUEST, due_at=DUE_AT)
    bare = Mailbox(address="hr@example.com", queue="HR")
    anonymous = replace(TAKEN, requester=NAMELESS, assignee=ZOE, subject=HOSTILE_SUBJECT)
    nameless = replace(plain, author=ZOE, ticket=anonymous, text=HOSTILE, mailbox=bare)
    question = (
        "Hello Ann,\n\nwhich cable do you use: the grey one or the blue one?\nA photo is fine too."
    )
    solved = "The roller of tray two is new, and the printer prints every page again."
    return (
        confirmation,
        replace(confirmation, points_at=977, link="follows"),
        replace(confirmation, due_at=None, mailbox=bare, ticket=anonymous, author=NAMELESS),
        replace(confirmation, passed_on=PassedOn(by=BEN, written_at=AT), following=(CARL, ZOE)),
        replace(plain, notice=Notice.WATCHING, author=ANN, text=REQUEST),
        replace(nameless, notice=Notice.WATCHING),
        replace(plain, notice=Notice.ANSWER, enclosures=(_PLAN,)),
        replace(nameless, notice=Notice.ANSWER, marker="", enclosures=(_PLAN, _FILM)),
        replace(plain, notice=Notice.QUESTION, text=question),
        replace(nameless, notice=Notice.QUESTION),
        replace(plain, notice=Notice.RESOLVED, text=solved),
        replace(nameless, notice=Notice.RESOLVED),
        replace(plain, notice=Notice.TAKEN, text=""),
        replace(nameless, notice=Notice.TAKEN, text="I start right away."),
        *(replace(nameless, notice=each, plain_reply=PlainReply.IS_NOTED) for each in _COPIES),
    )


_COPIES = (Notice.WATCHING, Notice.ANSWER, Notice.QUESTION, Notice.RESOLVED, Notice.TAKEN)
"""What an agent who follows gets as well."""


_PLAN = Enclosure(filename="Etagenplan 3. OG.pdf", size_bytes=218_233, attached=True)
_FILM = Enclosure(filename="der Drucker spricht <laut>.mov", size_bytes=48_100_000, attached=False)


def _to_agents() -> tuple[Letter, ...]:
    new = Letter(
        notice=Notice.NEW_TICKET,
        mailbox=MAILBOX,
        plain_reply=PlainReply.ANSWERS,
        ticket=replace(TICKET, status=Status.NEW),
        author=ANN,
        text=REQUEST,
        enclosures=(_PLAN, _FILM),
        at=AT,
        due_at=DUE_AT,
        marker=MARKER,
        proof="verified by mx.example.com",
        copied=(NAMELESS, CARL),
        points_at=977,
        link="quoted",
        mentions=(1001, 7),
    )
    hostile = replace(TICKET, requester=NAMELESS, subject=HOSTILE_SUBJECT, category="")
    later = replace(
        new, ticket=TAKEN, at=AT + timedelta(hours=2), enclosures=(), points_at=None, mentions=()
    )
    note = replace(
        later,
        notice=Notice.NOTE,
        author=BEN,
        proof="",
        copied=(),
        plain_reply=PlainReply.IS_NOTED,
        text="Spare roller is in cupboard 4.\nIf that does not help, the maker comes on Thursday.",
    )
    return (
        new,
        replace(new, passed_on=PassedOn(by=BEN, written_at=AT, note="She rang, too.")),
        replace(new, ticket=hostile, author=NAMELESS, text=HOSTILE, due_at=None, marker=""),
        replace(later, notice=Notice.FOLLOW_UP, text="It squeaks now, too.\n\nAnn"),
        replace(later, notice=Notice.FOLLOW_UP, new_subject=HOSTILE_SUBJECT),
        replace(later, notice=Notice.FOLLOW_UP, text="", enclosures=(_FILM,), due_at=None),
        note,
        replace(note, author=ZOE, plain_reply=PlainReply.ANSWERS, text=HOSTILE),
        replace(note, notice=Notice.HANDED_OVER, author=ZOE, text=""),
        replace(note, notice=Notice.HANDED_OVER, ticket=hostile, author=ZOE, text=HOSTILE),
    )


def _obeyed_or_not() -> tuple[Letter, ...]:
    """An agent's mail with commands: right ones, ones they may not, words that mean nothing."""
    refused = Letter(
        notice=Notice.REFUSED,
        mailbox=MAILBOX,
        plain_reply=PlainReply.ANSWERS,
        ticket=TAKEN,
        author=BEN,
        text="#wait\n#resolv: new roller",
        problems=(
            "#wait has no question; write #wait requester: which cable do you use?",
            "#resolv is no command; did you mean #resolve: what was done",
        ),
        at=AT,
        marker=MARKER,
    )
    claimed = replace(
        refused,
        notice=Notice.UNPROVEN,
        plain_reply=PlainReply.CONFIRMS,
        problems=(),
        held=8412,
        text="#resolve: all done, Ben",
    )
    done = replace(
        refused,
        notice=Notice.DONE,
        plain_reply=PlainReply.IS_NOTED,
        problems=(),
        text="",
        changes=("Assignee nobody → Ben Weber", "Priority P3 → P2", "Tag floor-3 is added"),
    )
    return (
        done,
        replace(done, ticket=replace(TAKEN, status=Status.CLOSED), changes=(HOSTILE_SUBJECT,)),
        claimed,
        replace(claimed, author=ANN, text=HOSTILE),
        replace(claimed, author=ANN, text="And a new chair.", new_subject=HOSTILE_SUBJECT),
        replace(claimed, text="#merge 977", proof="came to their own reply address"),
        replace(claimed, author=ANN, text="", problems=("begin your reply with yes or no",)),
        refused,
        replace(refused, ticket=replace(TAKEN, subject=HOSTILE_SUBJECT), text=HOSTILE, marker=""),
    )


def _unanswered() -> tuple[Letter, ...]:
    """Nobody has written to the requester, or what was written came back."""
    late = replace(TICKET, created_at=AT - timedelta(hours=6), status=Status.NEW)
    escalation = Letter(
        notice=Notice.ESCALATION,
        mailbox=MAILBOX,
        plain_reply=PlainReply.ANSWERS,
        ticket=late,
        author=ANN,
        text=REQUEST,
        at=AT,
        due_at=AT - timedelta(hours=2),
        marker=MARKER,
    )
    undelivered = Letter(
        notice=Notice.UNDELIVERED,
        mailbox=MAILBOX,
        plain_reply=PlainReply.IS_NOTED,
        ticket=TAKEN,
        text="550 5.1.1 <ann.meyer@customer.example>: Recipient address rejected: User unknown",
        at=AT,
        marker=MARKER,
    )
    return (
        escalation,
        replace(escalation, ticket=replace(late, assignee=BEN), text=HOSTILE),
        undelivered,
        replace(undelivered, text="", ticket=replace(TAKEN, requester=NAMELESS)),
    )


def _to_admin() -> tuple[Letter, ...]:
    alert = Letter(
        notice=Notice.ALERT,
        mailbox=MAILBOX,
        plain_reply=PlainReply.NOTHING,
        problems=(FAULT,),
        at=AT,
    )
    alarm = replace(
        alert,
        problems=("Delivery 17 (from <ann@customer.example> to support@example.com) failed",),
        text='Other mail goes on. "ticket-gateway spool show 17" has the stack trace.',
    )
    return (alert, alarm)


def _of_the_held() -> tuple[Letter, ...]:
    """What waits for somebody's word, and what is not taken at all."""
    way = "mailto:support%2B8412-aeaqaaaaamfwl6fwyal5thoszznjpp3e@example.com"
    mails = (
        Waiting(
            delivery=8412,
            author=ANN,
            subject="Re: Printer on the third floor prints only every other page",
            ticket=TICKET.number,
            why="nothing proves that they wrote it",
            since=AT - timedelta(hours=20),
            release=f"{way}?subject=Release%208412&body=release%208412",
            drop=f"{way}?subject=Drop%208412&body=drop%208412",
        ),
        Waiting(
            delivery=8413,
            author=NAMELESS,
            subject=HOSTILE_SUBJECT,
            ticket=None,
            why="we do not know their address",
            since=AT - timedelta(days=3),
        ),
    )
    held = Letter(
        notice=Notice.HELD,
        mailbox=MAILBOX,
        plain_reply=PlainReply.CONFIRMS,
        held=ALL_HELD,
        waiting=mails,
        at=AT,
        marker=MARKER,
    )
    unknown = Letter(
        notice=Notice.NOT_ACCEPTED,
        mailbox=MAILBOX,
        plain_reply=PlainReply.NOTHING,
        author=NAMELESS,
        at=AT,
    )
    return (
        held,
        replace(held, waiting=mails[1:], text="17 more wait; see `held list`.", marker=""),
        unknown,
        replace(unknown, mailbox=Mailbox(address="hr@example.com", queue="HR")),
    )
