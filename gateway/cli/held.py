"""`held`: mail that waits for a yes: look at it, let it in, or drop it."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click
from rich.text import Text

from gateway.cli.context import database
from gateway.cli.show import ago, console, json_option, lines, table
from gateway.cli.spool.choose import Command, ids_argument, required, since_option, wanted
from gateway.decide.admission import Grant
from gateway.errors import GatewayError
from gateway.ingest.parse import parse
from gateway.message import Message
from gateway.store import Conflict, Database, Tx, held, ledger, snapshot, transaction
from gateway.store.held import Waiting
from gateway.store.ledger import Wanted

BY_HAND = "dropped at the command line"


@click.group("held")
def held_group() -> None:
    """Mail that waits for a yes."""


def _filters(command: Command) -> Command:
    options = (
        click.option("--cause", metavar="CAUSE",
                     help="Only those with this cause, such as unproven or unknown-sender."),
        click.option("--mailbox", metavar="ADDR", help="Only those to this mailbox."),
        since_option,
    )  # fmt: skip
    return functools.reduce(lambda done, each: each(done), options[::-1], command)


def _choice(command: Command) -> Command:
    """Ids, or all that the filters leave."""
    everything = click.option(
        "--all", "everything", is_flag=True, help="All, less what the filters leave out."
    )
    dry_run = click.option("--dry-run", is_flag=True, help="Only say which.")
    return ids_argument(everything(_filters(dry_run(command))))


@held_group.command("list")
@_filters
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True,
              help="At most so many, the oldest.")  # fmt: skip
@json_option
def held_list(
    cause: str | None, mailbox: str | None, since: datetime | None, limit: int, as_json: bool
) -> None:
    """List mail that waits for a yes, the oldest first."""
    asked = Wanted(cause=cause, mailbox=mailbox, since=since)
    with database() as opened, snapshot(opened) as tx:
        found = held.waiting(tx, held.ids(tx, asked, limit))
    if as_json:
        lines(_object(each, parse(each.head)) for each in found)
        return
    now = datetime.now(UTC)
    columns = ("id", "received", "cause", "ticket", "mailbox", "from", "subject")
    rows = (
        (
            each.delivery,
            ago(each.received_at, now),
            each.cause,
            f"#{each.ticket}" if each.ticket else "-",
            each.mailbox,
            f"<{each.author}>",
            parse(each.head).subject,
        )
        for each in found
    )
    table(columns, rows, "no mail is held")


@held_group.command("show")
@click.argument("delivery_id", type=int, metavar="ID")
@json_option
def held_show(delivery_id: int, as_json: bool) -> None:
    """Show who it says to be from, to which ticket, why it is held, and what it says."""
    with database() as opened, snapshot(opened) as tx:
        _must_be_held(tx, delivery_id)
        [found] = held.waiting(tx, [delivery_id])
        message = parse(ledger.content(tx, delivery_id) or b"")
    if as_json:
        lines([_object(found, message) | {"text": message.text}])
        return
    out = console()
    for name, value in _object(found, message).items():
        if value not in (None, ""):
            out.print(Text.assemble((f"{name:13}", "bold"), str(value)))
    click.echo(f"\n{message.text}")
    click.echo(f"\n`ticket-gateway held release {delivery_id}` lets it in, `drop` drops it")


def _object(each: Waiting, message: Message) -> dict[str, object]:
    """The stable form for programs."""
    kept = {name: value for name, value in asdict(each).items() if name != "head"}
    return {**kept, "from": str(message.author), "subject": message.subject}


@held_group.command("release")
@_choice
def held_release(
    delivery_ids: tuple[int, ...],
    everything: bool,
    cause: str | None,
    mailbox: str | None,
    since: datetime | None,
    dry_run: bool,
) -> None:
    """Let mail in: it joins the ticket that it points at, or opens one."""
    asked = wanted(delivery_ids, everything, None, cause, mailbox, since)
    _each(asked, dry_run, "is let in", lambda tx, delivery_id, now: held.release(
        tx, delivery_id, Grant.PERSON.value, now
    ))  # fmt: skip


@held_group.command("drop")
@_choice
def held_drop(
    delivery_ids: tuple[int, ...],
    everything: bool,
    cause: str | None,
    mailbox: str | None,
    since: datetime | None,
    dry_run: bool,
) -> None:
    """Drop mail: it goes nowhere, nobody is told, and its bytes go after their time."""
    asked = wanted(delivery_ids, everything, None, cause, mailbox, since)
    _each(asked, dry_run, "is dropped", lambda tx, delivery_id, now: held.drop(
        tx, delivery_id, BY_HAND, now
    ))  # fmt: skip


_Act = Callable[[Tx, int, datetime], None]


def _each(asked: Wanted, dry_run: bool, did: str, act: _Act) -> None:
    """Do it to all of them, each in a transaction of its own, and say so."""
    with database() as opened:
        with snapshot(opened) as tx:
            for delivery_id in asked.ids or ():
                _must_be_held(tx, delivery_id)
            found = held.ids(tx, asked)
        done = found if dry_run else _done(opened, found, act)
    for delivery_id in done:
        click.echo(f"delivery {delivery_id} {did.replace('is', 'would be', 1) if dry_run else did}")
    if asked.ids is None or dry_run:
        click.echo(f"{len(done)} of {len(found)} deliveries")


def _done(opened: Database, delivery_ids: Sequence[int], act: _Act) -> list[int]:
    """Those that were still held when it was their turn; of the others it is said."""
    done: list[int] = []
    for delivery_id in delivery_ids:
        try:
            with transaction(opened) as tx:
                act(tx, delivery_id, datetime.now(UTC))
        except Conflict:
            click.echo(f"delivery {delivery_id} was decided about meanwhile", err=True)
        else:
            done.append(delivery_id)
    return done


def _must_be_held(tx: Tx, delivery_id: int) -> None:
    """Raises GatewayError where it is not, or where there is no such delivery."""
    entry = required(tx, delivery_id)
    if held.ids(tx, Wanted(ids=[delivery_id])):
        return
    where = f" (#{entry.ticket})" if entry.ticket else ""
    raise GatewayError(
        f"delivery {delivery_id} is not held: it is {entry.state}{where}; "
        "`ticket-gateway held list` lists those that are"
    )
