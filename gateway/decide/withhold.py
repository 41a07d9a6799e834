"""Which mails are not sent although the table of notices has them, and why.

Machines are never answered; people are, within stated limits (promise 4). Agents are
told of everything all the same: what is withheld is what would go back to whoever wrote,
or to an address that no mail can reach.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gateway.decide import limits, unreached
from gateway.decide.case import Case
from gateway.decide.decision import Decision, StartTimer
from gateway.message import Address, Kind
from gateway.outbound.compose import can_be_written_to
from gateway.outbound.letter import Notice
from gateway.outbound.notify import Telling
from gateway.tickets.events import Actor, By, Event, MailWithheld

_NO_REPLY = re.compile(
    r"(no|do-?not|dont)[._-]?reply|mailer-daemon|postmaster|bounces?([._+-].*)?|.*-bounces",
    re.IGNORECASE,
)


def from_machines_and_storms(decision: Decision, case: Case) -> Decision:
    """The decision without the mails that must not be sent, each with its cause on the ticket.

    History is told to nobody, and has no targets: that is one fact for the whole mail, and its
    tickets need no event for each of their people.
    """
    if case.imported_at is not None:
        silenced = tuple((telling.to.address, "imported") for telling in decision.tellings)
        stopped = tuple(each for each in decision.timers if not isinstance(each, StartTimer))
        return replace(
            decision,
            tellings=(),
            timers=stopped,
            withheld=(*decision.withheld, *silenced),
            reason=f"imported {decision.reason}",
        )
    reached = unreached.ended_by(decision, case)
    decision = replace(decision, reached=reached) if reached else decision
    kept: list[Telling] = []
    withheld, events = list(decision.withheld), list(decision.events)
    for telling in decision.tellings:
        cause = next(_causes(telling, decision, case, kept), None)
        if cause is None:
            kept.append(telling)
            continue
        withheld.append((telling.to.address, cause))
        fact = MailWithheld(cause)
        events.append(Event(case.now, By(Actor.GATEWAY), telling.notice.value, fact))
    if len(kept) < len(decision.tellings):
        told, left, happened = tuple(kept), tuple(withheld), tuple(events)
        decision = replace(decision, tellings=told, withheld=left, events=happened)
    return unreached.told(unreached.with_probes(decision, case), case)


def is_machine(address: Address) -> bool:
    """Whether its name says that nobody reads what is sent to it."""
    return bool(_NO_REPLY.fullmatch(address.key.rpartition("@")[0]))


def is_known(case: Case) -> bool:
    """Whether the author is on file, or of a domain all of which is known."""
    mailbox = case.desk.gateway.mailbox_named(case.mailbox)
    on_file = case.desk.directory.find(case.author) is not None
    return on_file or case.author.domain in mailbox.known_domains


def _causes(
    telling: Telling, decision: Decision, case: Case, sent: Sequence[Telling]
) -> Iterator[str]:
    """Why this mail must not be sent; words of a closed set, none where it may."""
    to = telling.to
    answers = to.key == case.author.key
    if answers and case.reading.kind is not Kind.ORDINARY:
        yield str(case.reading.kind)
    # RFC 3834 section 2: never answer a null reverse-path. A bounce comes with one, so
    # answering would start a loop between two machines; silence costs nobody anything.
    if answers and case.null_sender:
        yield "null-return-path"
    if not can_be_written_to(to) or to.domain == "invalid":
        yield "no-address"
    if case.desk.gateway.mailbox_of(to.address):
        yield "own-address"
    if answers and is_machine(to):
        yield "no-reply-address"
    if unreached.is_blocked(to, decision, case):
        yield "suppressed"
    if _is_storm(telling, decision, case) or _is_cannon(telling, decision, case, sent):
        yield "limit"


def _is_storm(telling: Telling, decision: Decision, case: Case) -> bool:
    """Whether this person has had so many mails that it must be machines talking."""
    lately = case.facts.lately
    number = decision.ticket.number if decision.ticket else 0
    of_ticket = lately.mails.get(number, {}).get(case.facts.id_of(telling.to), {})
    of_person = lately.answers if telling.to.key == case.author.key else None
    return limits.is_reached(
        case.desk.gateway.limits,
        telling.notice,
        of_ticket,
        of_person,
        to_reply=limits.looks_like_reply(case.reading.message),
        is_stranger=not is_known(case),
    )


def _is_cannon(telling: Telling, decision: Decision, case: Case, sent: Sequence[Telling]) -> bool:
    """Whether so many heard that they follow a ticket that somebody uses us to write to them.
    An agent is believed to know whom they bring in."""
    ticket = decision.ticket
    if telling.notice is not Notice.WATCHING or ticket is None:
        return False
    lately, ours, facts = case.facts.lately, case.desk.gateway.limits, case.facts
    of_reader = lately.invited.get(facts.id_of(telling.to), {})
    if case.is_agent:
        return limits.invites_too_many(ours, of_reader, None)
    had = lately.inviting.get(facts.id_of(ticket.requester), {})
    more = sum(each.notice is Notice.WATCHING for each in sent)
    had = limits.one_more(limits.of_requesters(ours), had, Notice.WATCHING.value, more)
    return limits.invites_too_many(ours, of_reader, had)
