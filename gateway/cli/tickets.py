"""`tickets` and `ticket show`: what there is, and one of them with all that was said."""

from datetime import UTC, datetime

import click
from rich.padding import Padding
from rich.text import Text

from gateway.cli.context import database
from gateway.cli.show import STYLES, ago, console, json_option, lines, table
from gateway.errors import GatewayError
from gateway.message import Address
from gateway.store import Tx, conversation, snapshot
from gateway.store import tickets as store
from gateway.store.conversation import Happened, Said
from gateway.tickets.model import Ticket
from gateway.tickets.status import Status


@click.command("tickets")
@click.option("--queue", help="Only of this queue.")
@click.option("--status", type=click.Choice([str(each) for each in Status]), help="Only such.")
@click.option("--requester", help="Part of the requester's address or name.")
@click.option("--text", help="Part of the subject or of what was said.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many, the newest.")
@json_option
def tickets_command(
    queue: str | None,
    status: str | None,
    requester: str | None,
    text: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """List tickets, the newest first."""
    with database() as opened, snapshot(opened) as tx:
        numbers = conversation.numbers(
            tx, queue=queue, status=status, requester=requester, text=text, limit=limit
        )
        if as_json:
            lines(as_object(tx, ticket) for ticket in _in_order(tx, numbers))
            return
        now = datetime.now(UTC)
        columns = ("#", "status", "priority", "queue", "assignee", "requester", "updated",
                   "subject")  # fmt: skip
        rows = (
            (
                ticket.number,
                ticket.status,
                ticket.priority,
                ticket.queue,
                ticket.assignee.shown if ticket.assignee else "-",
                ticket.requester.shown,
                ago(ticket.updated_at, now),
                ticket.subject or "(no subject)",
            )
            for ticket in _in_order(tx, numbers)
        )
        table(columns, rows, "no tickets")


@click.group("ticket")
def ticket_group() -> None:
    """One ticket."""


@ticket_group.command("show")
@click.argument("number", type=int)
@json_option
def ticket_show(number: int, as_json: bool) -> None:
    """Show the ticket with its conversation and history."""
    with database() as opened, snapshot(opened) as tx:
        ticket = store.by_number(tx, [number]).get(number)
        if ticket is None:
            raise GatewayError(f"there is no ticket {number}; `ticket-gateway tickets` lists them")
        if as_json:
            lines([as_object(tx, ticket)])
        else:
            _print(tx, ticket)


def as_object(tx: Tx, ticket: Ticket) -> dict[str, object]:
    """The stable form of a ticket for programs."""
    return {
        "number": ticket.number,
        "tag": ticket.tag,
        "subject": ticket.subject,
        "status": ticket.status.value,
        "priority": ticket.priority.value,
        "category": ticket.category,
        "queue": ticket.queue,
        "mailbox": ticket.mailbox,
        "tags": list(ticket.tags),
        "assignee": ticket.assignee.address if ticket.assignee else None,
        "requester": _person(ticket.requester),
        "watchers": [_person(each) for each in ticket.watchers],
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "messages": [_message(said) for said in conversation.messages(tx, ticket.number)],
        "events": [_event(event) for event in conversation.events(tx, ticket.number)],
    }


def _person(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.address}


def _message(said: Said) -> dict[str, object]:
    return {
        "at": said.at,
        "author": _person(said.author),
        "kind": said.entry.value,
        "internal": said.internal,
        "text": said.text,
        "full_text": said.full_text,
        "attachments": [
            {
                "filename": each.filename,
                "content_type": each.content_type,
                "size_bytes": each.size_bytes,
            }
            for each in said.attachments
        ],
        "message_id": said.message_id,
        "proof": said.proof,
    }


def _event(event: Happened) -> dict[str, object]:
    return {
        "at": event.at,
        "actor": event.actor,
        "name": event.name,
        "why": event.why,
        "detail": event.detail,
    }


def _in_order(tx: Tx, numbers: list[int]) -> list[Ticket]:
    found = store.by_number(tx, numbers)
    return [found[number] for number in numbers]


def _print(tx: Tx, ticket: Ticket) -> None:
    out = console()
    out.print(Text(f"#{ticket.number}  {ticket.subject or '(no subject)'}", style="bold"))
    status = Text.assemble(
        (ticket.status.value, STYLES.get(ticket.status.value, "")),
        "  ",
        (ticket.priority.value, STYLES.get(ticket.priority.value, "")),
        f"  {ticket.queue}",
        f"  {ticket.category}" if ticket.category else "",
        "".join(f"  +{tag}" for tag in ticket.tags),
    )
    out.print(status)
    out.print(f"requester  {ticket.requester}", markup=False)
    out.print(f"assignee   {ticket.assignee or '-'}", markup=False)
    for said in conversation.messages(tx, ticket.number):
        style = "yellow" if said.internal else "green"
        head = f"\n{said.at:%Y-%m-%d %H:%M} UTC  {said.entry}  {said.author}"
        out.print(Text(head, style=style))
        out.print(Padding(Text(said.text.strip() or "(no text)"), (0, 0, 0, 4), expand=False))
        for each in said.attachments:
            file = f"[{each.filename}  {each.content_type}  {each.size_bytes} bytes]"
            out.print(Padding(Text(file, style="dim"), (0, 0, 0, 4), expand=False))
    out.print(Text("\nhistory", style="bold"))
    for event in conversation.events(tx, ticket.number):
        detail = "  ".join(f"{key}={value or '-'}" for key, value in event.detail.items())
        line = f"{event.at:%Y-%m-%d %H:%M:%S}  {event.name:16} {event.actor}  ({event.why})"
        out.print(Text.assemble(line, "  ", (detail, "dim")))
