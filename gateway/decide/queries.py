"""Questions by mail: an agent's `#list` and the like, and anybody's list of their own tickets.

Answers go to the address on file and to nobody else. The surprising fact: who asks for their own
open tickets need not be proven, for whoever only pretended to be them gets nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from gateway.commands_lines import has_sign
from gateway.decide import absence, commanded, hold, inquiry, reports, withhold
from gateway.decide.admission import Grant, Role
from gateway.decide.case import Case
from gateway.decide.decision import Absence, Decision, Trace
from gateway.decide.done import Done
from gateway.decide.found import Page
from gateway.decide.merging import may_see, the_other
from gateway.deliveries import Cause, Outcome
from gateway.ingest.trust import Proof
from gateway.message import Kind
from gateway.outbound.letter import Notice, PlainReply
from gateway.outbound.notify import Telling
from gateway.outbound.report import Section
from gateway.rules import commands
from gateway.rules.commands import Command, Needs, Verb
from gateway.threading import internal
from gateway.tickets.model import NotAllowed, Ticket


def answer(case: Case, ticket: Ticket, trace: Trace, command: Command, done: Done) -> Done:
    """What an agent asks in a mail of a ticket. Raises NotAllowed."""
    about_it = _ABOUT_IT.get(command.verb)
    section = about_it(case, ticket) if about_it else _anywhere(case, command, ticket)
    return replace(done, report=(*done.report, section))


def _why(case: Case, ticket: Ticket) -> Section:
    mailbox = case.desk.gateway.mailbox_for(ticket.mailbox)
    return reports.why(ticket, case.facts.found.judged.get(ticket.number, ()), mailbox)


def _full(case: Case, ticket: Ticket) -> Section:
    mailbox = case.desk.gateway.mailbox_for(ticket.mailbox)
    return reports.full(ticket, case.facts.found.histories.get(ticket.number), mailbox)


_ABOUT_IT: dict[Verb, Callable[[Case, Ticket], Section]] = {Verb.WHY: _why, Verb.FULL: _full}


def _anywhere(case: Case, command: Command, within: Ticket | None) -> Section:
    """The answer to what needs no ticket, asked `within` one or not. Raises NotAllowed."""
    found = case.facts.found
    if command.verb is Verb.HELP:
        return reports.help_(in_ticket=within is not None)
    if command.verb is Verb.STATUS:
        return reports.counts(found.counts)
    if command.verb is Verb.SHOW:
        number = command.argument.detail
        ticket = the_other(case, number if isinstance(number, int) else 0)
        mailbox = case.desk.gateway.mailbox_for(ticket.mailbox)
        told = found.histories.get(ticket.number)
        is_other = within is not None and within.number != ticket.number
        return reports.show(ticket, told, mailbox, with_notes=not is_other)
    page = found.pages.get(command, Page())
    seen = tuple(each for each in page.tickets if may_see(case, each))
    return reports.page(command, replace(page, tickets=seen), case.author)


def own_tickets(case: Case, trace: Trace, ticket: Ticket | None = None) -> Decision | None:
    """The list of the author's own open tickets, where they ask for it and are known here; an
    agent's own `#status` asks how the desk is doing, unless the mail went to the address for
    this."""
    found = case.facts.found.own
    is_theirs = _is_a_persons(case) and not case.verdict.forged
    if found is None or not is_theirs or case.author.key not in case.facts.ids:
        return None
    to = inquiry.addressed(case.recipients, case.reading)
    by_address = inquiry.asks_for_own("", to, case.mailbox, case.desk)
    if ticket is not None and not by_address and not has_sign(case.reading.new_text):
        return None  # the bare word may be what we asked for
    if case.is_agent and not by_address and (ticket is None or not _is_own(case, ticket)):
        return None
    return _answered(case, trace, Notice.STATUS, (reports.own(found),), "own open tickets")


def _is_own(case: Case, ticket: Ticket) -> bool:
    return case.role_in(ticket) in (Role.REQUESTER, Role.WATCHER)


def without_ticket(case: Case, trace: Trace) -> Decision | None:
    """What an agent asks in a mail that belongs to no ticket; None where it asks nothing. What
    somebody else has let in is no command, for nobody knows whose it is."""
    is_agents = case.is_agent and case.grant is not Grant.PERSON and _is_a_persons(case)
    if not is_agents or not has_sign(case.reading.new_text):
        return None
    text = internal.own_words(case.reading.new_text)
    if not commands.is_command(text):
        return None
    trace = replace(trace, role=Role.AGENT.value, why="commands of an agent that need no ticket")
    is_claim = case.policy.counts(Role.AGENT, trace.proof) is Proof.CLAIMED
    if is_claim and case.grant is not Grant.AUTHOR:
        return hold.for_its_author(case, trace, None, Cause.UNPROVEN)
    parsed = commands.parse(text, commanded.names_of(case), in_ticket=False)
    if parsed.problems:
        return _refused(case, trace, parsed.problems)
    is_sure = trace.proof is Proof.VERIFIED or case.grant is Grant.AUTHOR
    if not is_sure and any(each.row.needs is Needs.SURE for each in parsed.commands):
        return hold.for_its_author(case, trace, None, Cause.NEEDS_YES)
    away = next(filter(None, map(absence.said_by, parsed.commands)), None)
    try:
        asked = [each for each in parsed.commands if absence.said_by(each) is None]
        sections = [_anywhere(case, each, None) for each in asked]
    except NotAllowed as error:
        return _refused(case, trace, (str(error),))
    sections += [_absent(away)] if away else []
    decision = _answered(case, trace, Notice.REPORT, tuple(sections), "")
    return replace(decision, absence=away)


def _absent(away: Absence) -> Section:
    said = "You are away until you write again." if away.away else "You are here again."
    if away.until:
        last = away.until - timedelta(days=1)
        said = f"You are away until the end of {last:%Y-%m-%d}, or until you write again."
    return Section(title="Away" if away.away else "Here again", said=(said,))


def _refused(case: Case, trace: Trace, problems: tuple[str, ...]) -> Decision:
    decision = _answered(case, trace, Notice.REPORT, (reports.not_done(problems),), "refused")
    return replace(decision, problems=problems)


def _is_a_persons(case: Case) -> bool:
    is_ordinary = case.reading.kind is Kind.ORDINARY and not case.null_sender
    return is_ordinary and case.imported_at is None


def _answered(
    case: Case, trace: Trace, notice: Notice, report: tuple[Section, ...], why: str
) -> Decision:
    decision = Decision(
        outcome=Outcome.ANSWERED,
        reason=f"{trace.why}: {why}" if why else trace.why,
        report=report,
        tellings=(Telling(notice, case.author, PlainReply.NOTHING),),
        trace=trace,
    )
    return withhold.from_machines_and_storms(decision, case)
