"""`spool`: incoming mail, how each delivery ended, and another try for those that failed."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime

import click
from rich.text import Text

from gateway.cli.show import ago, console, database, json_option, lines, table
from gateway.errors import GatewayError
from gateway.message import Outcome
from gateway.store import decisions, snapshot, spool, transaction

STATES = [*(str(each) for each in Outcome), "waiting"]


@click.group("spool")
def spool_group() -> None:
    """Incoming mail."""


@spool_group.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only those that ended so.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True,
              help="At most so many, the newest.")  # fmt: skip
@json_option
def spool_list(state: str | None, limit: int, as_json: bool) -> None:
    """List deliveries, the newest first, and how they ended."""
    with database() as opened, snapshot(opened) as tx:
        entries = spool.entries(tx, state=state, limit=limit)
        if as_json:
            lines(asdict(entry) for entry in entries)
            return
        now = datetime.now(UTC)
        columns = ("id", "received", "state", "ticket", "mailbox", "from", "bytes", "reason")
        rows = (
            (
                entry.id,
                ago(entry.received_at, now),
                entry.state,
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
    with database() as opened, snapshot(opened) as tx:
        entry = _entry(spool.entries(tx, delivery_id=delivery_id), delivery_id)
        if raw:
            delivery = spool.load(tx, delivery_id)
            sys.stdout.buffer.write(delivery.content if delivery else b"")
            return
        kept = decisions.load(tx, delivery_id)
    told = asdict(entry) | {"decision": kept.account if kept else None}
    if as_json:
        lines([told])
        return
    out = console()
    for name, value in asdict(entry).items():
        if value not in (None, "", ()):
            out.print(Text.assemble((f"{name:13}", "bold"), str(value)))
    if kept:
        click.echo(f"\n`ticket-gateway explain {delivery_id}` says why it ended so")


@spool_group.command("replay")
@click.argument("delivery_ids", type=int, nargs=-1, required=True, metavar="ID...")
def spool_replay(delivery_ids: tuple[int, ...]) -> None:
    """Let deliveries that were quarantined or ignored wait for another try."""
    with database() as opened, transaction(opened) as tx:
        for delivery_id in delivery_ids:
            entry = _entry(spool.entries(tx, delivery_id=delivery_id), delivery_id)
            if not spool.replay(tx, delivery_id, datetime.now(UTC)):
                raise GatewayError(f"delivery {delivery_id} {_why_not(entry)}")
            decisions.forget(tx, delivery_id)
            click.echo(f"delivery {delivery_id} waits again")


def _why_not(entry: spool.Entry) -> str:
    """Why a delivery is not tried again."""
    if entry.duplicate_of:
        return f"is a copy of delivery {entry.duplicate_of}, which was handled"
    if entry.state == "waiting":
        return "waits already"
    return f"is {entry.state} (#{entry.ticket}): another try would have its effect twice"


def _entry(found: list[spool.Entry], delivery_id: int) -> spool.Entry:
    if not found:
        raise GatewayError(
            f"there is no delivery {delivery_id}; `ticket-gateway spool list` lists them"
        )
    return found[0]
