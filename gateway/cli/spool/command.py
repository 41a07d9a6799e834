"""`spool`: look at incoming mail and how it ended, and let it be tried again."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.text import Text

from gateway.cli.context import database, intake
from gateway.cli.show import ago, console, json_option, lines, table
from gateway.cli.spool.choose import (
    filters,
    ids_argument,
    required,
    since_option,
    wanted,
    without_bytes,
)
from gateway.cli.spool.export import export
from gateway.cli.spool.told import as_object, as_text
from gateway.config.settings import Gateway
from gateway.deliveries import Outcome
from gateway.errors import GatewayError
from gateway.store import Database, account, decisions, ledger, snapshot, transaction
from gateway.store.ledger import Entry, Wanted

UNBALANCED = 1  # exit status of an account that does not add up
AT_ONCE = 200  # deliveries that are replayed in one transaction


@click.group("spool")
def spool_group() -> None:
    """Incoming mail."""


@spool_group.command("list")
@filters(state_help="Only those that ended so.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True,
              help="At most so many, the newest.")  # fmt: skip
@json_option
def spool_list(
    state: str | None,
    cause: str | None,
    mailbox: str | None,
    since: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """List deliveries, the newest first, and how they ended."""
    asked = Wanted(state=state, cause=cause, mailbox=mailbox, since=since)
    with database() as opened, snapshot(opened) as tx:
        entries = ledger.entries(tx, asked, limit=limit)
    if as_json:
        lines(asdict(entry) for entry in entries)
        return
    now = datetime.now(UTC)
    columns = ("id", "received", "state", "cause", "ticket", "mailbox", "from", "bytes", "reason")
    rows = (
        (
            entry.id,
            ago(entry.received_at, now),
            entry.state,
            entry.cause or "-",
            f"#{entry.ticket}" if entry.ticket else "-",
            entry.mailbox,
            f"<{entry.mail_from}>",
            entry.size_bytes,
            entry.reason,
        )
        for entry in entries
    )
    table(columns, rows, "no mail")


@spool_group.command("show")
@click.argument("delivery_id", type=int, metavar="ID")
@click.option("--raw", is_flag=True, help="The mail's bytes and nothing else.")
@json_option
def spool_show(delivery_id: int, raw: bool, as_json: bool) -> None:
    """Show one delivery: envelope, outcome, what went wrong."""
    with intake() as (gateway, opened), snapshot(opened) as tx:
        entry = required(tx, delivery_id)
        content = ledger.content(tx, delivery_id) if raw else None
        kept = decisions.load(tx, delivery_id)
    gone = without_bytes(entry, gateway)
    if raw:
        if content is None:
            raise GatewayError(f"delivery {delivery_id}: {gone}")
        sys.stdout.buffer.write(content)
        return
    if as_json:
        lines([asdict(entry) | {"decision": kept.account if kept else None}])
        return
    out = console()
    for name, value in asdict(entry).items():
        if value not in (None, "", ()):
            out.print(Text.assemble((f"{name:13}", "bold"), str(value)))
    if gone:
        click.echo(f"\n{gone}")
    if kept:
        click.echo(f"\n`ticket-gateway explain {delivery_id}` says why it ended so")


@spool_group.command("replay")
@ids_argument
@click.option("--all", "everything", is_flag=True, help="All, less what the filters leave out.")
@filters(state_help="Only those that ended so; without ids, quarantined unless said.")
@click.option("--dry-run", is_flag=True, help="Only say which.")
def spool_replay(
    delivery_ids: tuple[int, ...],
    everything: bool,
    state: str | None,
    cause: str | None,
    mailbox: str | None,
    since: datetime | None,
    dry_run: bool,
) -> None:
    """Let deliveries that were quarantined or ignored wait for another try."""
    asked = wanted(delivery_ids, everything, state, cause, mailbox, since)
    if asked.ids is None and asked.state is None:
        asked = replace(asked, state=Outcome.QUARANTINED.value)
    with intake() as (gateway, opened):
        willing, left = _willing(opened, gateway, asked)
        done = willing if dry_run else _replayed(opened, willing)
    verb = "would wait" if dry_run else "waits"
    for delivery_id in done[:AT_ONCE]:
        click.echo(f"delivery {delivery_id} {verb} again")
    if asked.ids is None or dry_run:
        also = f"; {left} cannot be tried again" if left else ""
        click.echo(f"{len(done)} deliveries{' would' * dry_run} wait again{also}")


def _willing(opened: Database, gateway: Gateway, asked: Wanted) -> tuple[list[int], int]:
    """Those that can be tried again, oldest first, and how many cannot. Raises GatewayError
    when one cannot that was named by its id."""
    with snapshot(opened) as tx:
        for delivery_id in asked.ids or ():
            required(tx, delivery_id)
        entries = ledger.entries(tx, asked)[::-1]
    refused = {entry.id: _why_not(entry, gateway) for entry in entries}
    for delivery_id, why in refused.items():
        if why and asked.ids:
            raise GatewayError(f"delivery {delivery_id} {why}")
    willing = [delivery_id for delivery_id, why in refused.items() if not why]
    return willing, len(entries) - len(willing)


def _replayed(opened: Database, delivery_ids: Sequence[int]) -> list[int]:
    """Those that wait again now, a few in each transaction: mail goes on coming in."""
    done: list[int] = []
    for start in range(0, len(delivery_ids), AT_ONCE):
        with transaction(opened) as tx:
            now = datetime.now(UTC)
            some = delivery_ids[start : start + AT_ONCE]
            done += [each for each in some if ledger.replay(tx, each, now)]
    return done


def _why_not(entry: Entry, gateway: Gateway) -> str:
    """Why a delivery is not tried again; "" where it can be."""
    if entry.duplicate_of:
        return f"is a copy of delivery {entry.duplicate_of}, which was handled"
    if entry.state == ledger.WAITING:
        return "waits already"
    if entry.state not in (Outcome.QUARANTINED, Outcome.IGNORED):
        return f"is {entry.state} (#{entry.ticket}): another try would have its effect twice"
    gone = without_bytes(entry, gateway)
    return f"cannot be tried again: {gone}" if gone else ""


@spool_group.command("export")
@ids_argument
@click.option("--all", "everything", is_flag=True, help="All, less what the filters leave out.")
@filters(state_help="Only those that ended so.")
@click.option("--to", "folder", required=True, metavar="DIR",
              type=click.Path(path_type=Path, file_okay=False),
              help="Where the files go; it is made when missing.")  # fmt: skip
def spool_export(
    delivery_ids: tuple[int, ...],
    everything: bool,
    state: str | None,
    cause: str | None,
    mailbox: str | None,
    since: datetime | None,
    folder: Path,
) -> None:
    """Write mails as files delivery-ID.eml, the bytes as they came. No file is overwritten;
    exit 1 when a mail could not be written."""
    asked = wanted(delivery_ids, everything, state, cause, mailbox, since)
    with intake() as (gateway, opened):
        with snapshot(opened) as tx:
            for delivery_id in asked.ids or ():
                required(tx, delivery_id)
            found = ledger.ids(tx, asked)
        written = export(opened, gateway, found, folder)
    click.echo(f"{written} mails are in {folder}")
    if written < len(found):
        raise click.exceptions.Exit(1)


@spool_group.command("account")
@since_option
@json_option
def spool_account(since: datetime | None, as_json: bool) -> None:
    """Prove that every mail that was accepted is somewhere. Exit 1 when one is not.

    Each outcome is held against what it must have left: tickets, messages, confirmations,
    bytes; and what came by IMAP against the place where its folder was left.
    """
    with intake() as (gateway, opened), snapshot(opened) as tx:
        told = account.account(tx, since, lambda each: gateway.mailbox_of(each) is not None)
    if as_json:
        lines([as_object(told)])
    else:
        for line in as_text(told):
            console().print(line, soft_wrap=True)
    if not told.balances:
        raise click.exceptions.Exit(UNBALANCED)
