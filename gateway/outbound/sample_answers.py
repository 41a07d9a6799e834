"""Sample letters that answer what somebody asked by mail, or tell that tickets were made one.

The same people, ticket and hostile words as in the other samples.
"""

from dataclasses import replace

from gateway.config.settings import Mailbox
from gateway.outbound.letter import Letter, Notice, PlainReply
from gateway.outbound.report import Listed, Section
from gateway.outbound.sample_values import (
    ANSWER,
    AT,
    BEN,
    HOSTILE,
    HOSTILE_SUBJECT,
    MAILBOX,
    MARKER,
    NAMELESS,
    TAKEN,
    TICKET,
)
from gateway.tickets.status import Status

_OURS = (
    Listed(number=1042, subject=TICKET.subject, status="open", at=AT),
    Listed(number=977, subject=HOSTILE_SUBJECT, status="waiting-requester", at=AT),
    Listed(number=976, subject="", status="new", at=AT),
)
_ALL = tuple(
    replace(each, priority="P2", queue="IT", requester="Ann Meyer", assignee="you")
    for each in _OURS
)


def of_questions() -> tuple[Letter, ...]:
    """To agents what they asked, to others the list of their own, and that a ticket was merged."""
    report = Letter(
        notice=Notice.REPORT,
        mailbox=MAILBOX,
        plain_reply=PlainReply.NOTHING,
        author=BEN,
        report=(
            Section(title="Your open tickets", said=("There are more.",), tickets=_ALL),
            Section(title="Commands", rows=(("#take", "it is yours"), ("#assign nobody", ""))),
        ),
        at=AT,
        marker=MARKER,
    )
    told = Section(title=f"#977 {HOSTILE_SUBJECT}", rows=(("Rule", HOSTILE),), text=HOSTILE)
    said = Section(title="All of #1042", text=ANSWER)
    ours = replace(
        report,
        notice=Notice.STATUS,
        author=None,
        report=(Section(title="Your open requests", tickets=_OURS),),
    )
    bare = Mailbox(address="hr@example.com", queue="HR")
    merged = replace(TAKEN, merged_into=977, status=Status.CLOSED)
    nameless = replace(merged, requester=NAMELESS, subject=HOSTILE_SUBJECT)
    goes_on = replace(
        report, notice=Notice.MERGED, plain_reply=PlainReply.FOLLOWS_UP, ticket=merged, report=()
    )
    in_ticket = replace(report, plain_reply=PlainReply.IS_NOTED, ticket=TAKEN)
    return (
        report,
        replace(in_ticket, report=(said,)),
        replace(in_ticket, report=(told, said), marker=""),
        ours,
        replace(ours, report=(Section(title="Your open requests"),), mailbox=bare, marker=""),
        goes_on,
        replace(goes_on, ticket=nameless, mailbox=bare),
    )
