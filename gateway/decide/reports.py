"""Answers to questions by mail, put into words: sections of a report, from values alone.

What a requester gets is a list of its own, `own`, which holds nothing internal.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.config.settings import Mailbox
from gateway.decide.admission import MEANING, Admission
from gateway.decide.found import Page
from gateway.decide.inquiry import MAX_TEXT_CHARS, MAX_WORDS
from gateway.deliveries import Judged
from gateway.message import Address
from gateway.outbound.phrasing import excerpt, in_full, when, who
from gateway.outbound.report import Listed, Section
from gateway.rules.commands import TABLE, Command, Verb
from gateway.rules.commands_arguments import Listing, Scope
from gateway.threading import tag
from gateway.tickets.actions import Entry
from gateway.tickets.history import History, Spoken
from gateway.tickets.model import Ticket

MAX_SHOWN = 20  # messages of #show
_SLOW = "This took too long to find. Ask for less: more words, or a queue."
_NONE = "There is none."
_NOT_HERE = (
    "Left out, for this mail is about another ticket: {} notes, commands and automatic mails. "
    'Write "#show {}" in a new mail to get all.'
)


def help_(*, in_ticket: bool) -> Section:
    """All commands there are; those that need no ticket, where there is none."""
    rows = (
        (form, row.does if form is row.forms[0] else "")
        for row in TABLE.values()
        if in_ticket or row.anywhere
        for form in row.forms
    )
    said = "Write one on the first line of a reply to a mail that we sent to you."
    if not in_ticket:
        said = "These need no ticket. In a reply to a mail of a ticket there are more."
    return Section(title="Commands", said=(said,), rows=tuple(rows))


def not_done(problems: Sequence[str]) -> Section:
    return Section(title="Nothing was done", said=tuple(problems))


def page(command: Command, found: Page, asker: Address) -> Section:
    """A list, or what a search found."""
    said = [_SLOW] if found.took_too_long else [] if found.tickets else [_NONE]
    if command.verb is Verb.SEARCH and len(command.argument.text.split()) > MAX_WORDS:
        said.append(f"Only the first {MAX_WORDS} words were looked for.")
    if found.has_more:
        said.append(_more(command))
    return Section(
        title=_title(command),
        said=tuple(said),
        tickets=tuple(_listed(each, asker) for each in found.tickets),
    )


def own(found: Page) -> Section:
    """The open tickets of a requester: nothing that is internal."""
    tickets = (
        Listed(number=e.number, subject=e.subject, status=e.status.value, at=e.updated_at)
        for e in found.tickets
    )
    return Section(title="Your open requests", tickets=tuple(tickets))


def counts(found: Sequence[tuple[str, str, int]]) -> Section:
    """How the desk is doing."""
    queues: dict[str, list[str]] = {}
    for queue, status, count in found:
        queues.setdefault(queue, []).append(f"{count} {status}")
    rows = tuple((queue, ", ".join(each)) for queue, each in queues.items())
    return Section(title="Open tickets by queue", said=() if rows else (_NONE,), rows=rows)


def show(
    ticket: Ticket, history: History | None, mailbox: Mailbox, *, with_notes: bool = True
) -> Section:
    """One ticket with what was said last, notes among it; for agents alone. Notes are left out
    of a mail that is about another ticket: what is answered there may quote it."""
    messages = history.messages if history else ()
    said = []
    shown = tuple(each for each in messages if with_notes or not each.entry.internal)
    if len(shown) < len(messages):
        said.append(_NOT_HERE.format(len(messages) - len(shown), ticket.number))
        messages = shown
    if len(messages) > MAX_SHOWN:
        said.append(f"The last {MAX_SHOWN} of {len(messages)} messages.")
    text = "\n\n".join(_spoken(each, each.text, mailbox) for each in messages[-MAX_SHOWN:])
    title = f"#{ticket.number} {excerpt(ticket.subject)}"
    rows = tuple(_of_ticket(ticket, mailbox))
    return Section(title=title, said=tuple(said), rows=rows, text=_cut(text))


def full(ticket: Ticket, history: History | None, mailbox: Mailbox) -> Section:
    """The last message as it was received, and those before it, the newest first."""
    messages = history.messages if history else ()
    said = (each for each in reversed(messages) if each.entry is not Entry.COMMAND)
    texts = [_spoken(each, each.full_text, mailbox) for each in said]
    return Section(title=f"All of #{ticket.number}", text=_cut("\n\n".join(texts)))


def why(ticket: Ticket, judged: Sequence[Judged], mailbox: Mailbox) -> Section:
    """How its last mails were judged, the newest first."""
    rows = tuple(row for each in judged for row in _judged(each, mailbox))
    return Section(title=f"Why #{ticket.number} is as it is", rows=rows)


def _title(command: Command) -> str:
    detail = command.argument.detail
    if command.verb is Verb.SEARCH:
        return f"Tickets with {excerpt(command.argument.text, 60)}"
    if not isinstance(detail, Listing):
        return "Tickets"
    page = f", page {detail.page}" if detail.page > 1 else ""
    scopes = {Scope.MINE: "Your open tickets", Scope.ALL: "Open tickets"}
    return scopes.get(detail.scope, f"Open tickets of {detail.queue}") + page


def _more(command: Command) -> str:
    detail = command.argument.detail
    if not isinstance(detail, Listing):
        return "There are more. Search for more words."
    which = detail.queue or detail.scope.value
    return f'There are more. Write "#list {which} page {detail.page + 1}" for the next.'


def _listed(ticket: Ticket, asker: Address) -> Listed:
    assignee = ticket.assignee
    is_theirs = assignee is not None and assignee.key == asker.key
    return Listed(
        number=ticket.number,
        subject=ticket.subject,
        status=ticket.status.value,
        at=ticket.updated_at,
        priority=ticket.priority.value,
        queue=ticket.queue,
        requester=who(ticket.requester),
        assignee="you" if is_theirs else who(assignee) if assignee else "nobody",
    )


def _of_ticket(ticket: Ticket, mailbox: Mailbox) -> Iterator[tuple[str, str]]:
    yield "Requester", in_full(ticket.requester)
    yield "Status", ticket.status.value
    if ticket.merged_into is not None:
        yield "Goes on in", f"#{ticket.merged_into}"
    yield "Priority", ticket.priority.value
    yield "Queue", f"{ticket.queue}, {ticket.category}" if ticket.category else ticket.queue
    yield "Assignee", who(ticket.assignee) if ticket.assignee else "nobody"
    if ticket.watchers:
        yield "Watchers", ", ".join(map(who, ticket.watchers))
    if ticket.tags:
        yield "Tags", ", ".join(ticket.tags)
    yield "Opened", _when(ticket.created_at, mailbox)
    yield "Changed", _when(ticket.updated_at, mailbox)


def _spoken(said: Spoken, text: str, mailbox: Mailbox) -> str:
    head = f"{who(said.author)}, {_when(said.at, mailbox)} ({said.entry.value}):"
    return f"{head}\n{tag.without_tokens(text).strip()}"  # addresses are each reader's own


def _when(at: Any, mailbox: Mailbox) -> str:
    return when(at, mailbox.zone, "en")


def _cut(text: str) -> str:
    if len(text) <= MAX_TEXT_CHARS:
        return text
    return f"{text[:MAX_TEXT_CHARS]}\n\n(cut off here: {len(text):,} characters in all)"


def _judged(each: Judged, mailbox: Mailbox) -> Iterator[tuple[str, str]]:
    yield f"Mail {each.delivery}", f"{_when(each.at, mailbox)}: {each.reason}"
    if each.account is not None:
        yield from _account(each.account)


def _account(account: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    proof = [account.get("proof") or "claimed", *account.get("trust", ())]
    yield "Proof", "; ".join(proof)
    admission = account.get("admission")
    if admission:
        yield "Therefore", MEANING[Admission[admission.upper()]]
    for rule in account.get("rules", ()):
        if rule["matched"]:
            yield (
                "Rule",
                f"{rule['rule']} ({rule['file']}:{rule['line']}): " + "; ".join(rule["because"]),
            )
    told = [f"{mail['to']} ({mail['notice']})" for mail in account.get("mails", ())]
    yield "Told", ", ".join(told) or "nobody"
    left = [f"{each['to']} ({each['cause']})" for each in account.get("withheld", ())]
    if left:
        yield "Not told", ", ".join(left)
    for problem in account.get("problems", ()):
        yield "Wrong", problem
