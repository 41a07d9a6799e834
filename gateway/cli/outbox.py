"""`outbox`: outgoing mail, what the smarthost said of it, and another try."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime

import click
from rich.text import Text

from gateway.cli.context import database
from gateway.cli.show import ago, console, json_option, lines, table
from gateway.errors import GatewayError
from gateway.ingest.parse import parse
from gateway.store import outbox, snapshot, transaction


@click.group("outbox")
def outbox_group() -> None:
    """Outgoing mail."""


@outbox_group.command("list")
@click.option("--state", type=click.Choice(["waiting", "sent", "failed"]), help="Only such.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True,
              help="At most so many, the newest.")  # fmt: skip
@json_option
def outbox_list(state: str | None, limit: int, as_json: bool) -> None:
    """List outgoing mail, the newest first."""
    with database() as opened, snapshot(opened) as tx:
        rows = outbox.rows(tx, state=state, limit=limit)
    if as_json:
        lines(_object(row) for row in rows)
        return
    now = datetime.now(UTC)
    columns = ("id", "created", "state", "notice", "ticket", "to", "attempts", "due", "reply")
    cells = (
        (
            row.id,
            ago(row.created_at, now),
            row.state,
            row.notice,
            f"#{row.ticket}" if row.ticket else "-",
            row.rcpt_to,
            row.attempts,
            ago(row.due_at, now) if row.state == "waiting" else "-",
            row.reply,
        )
        for row in rows
    )
    table(columns, cells, "no mail")


@outbox_group.command("show")
@click.argument("outbox_id", type=int, metavar="ID")
@click.option("--raw", is_flag=True, help="The mail's bytes and nothing else.")
@json_option
def outbox_show(outbox_id: int, raw: bool, as_json: bool) -> None:
    """Show one outgoing mail and what became of it."""
    with database() as opened, snapshot(opened) as tx:
        row = _row(outbox.rows(tx, outbox_id=outbox_id), outbox_id)
    if raw:
        sys.stdout.buffer.write(row.content)
    elif as_json:
        lines([_object(row) | {"content": row.content.decode("utf-8", "replace")}])
    else:
        out = console()
        for name, value in _object(row).items():
            if value not in (None, ""):
                out.print(Text.assemble((f"{name:13}", "bold"), str(value)))
        message = parse(row.content)
        click.echo()
        for name, value in message.headers:
            out.print(Text.assemble((f"{name}: ", "bold"), value))
        click.echo(f"\n{message.text}")


@outbox_group.command("retry")
@click.argument("outbox_ids", type=int, nargs=-1, required=True, metavar="ID...")
def outbox_retry(outbox_ids: tuple[int, ...]) -> None:
    """Send mails that failed or wait at once again."""
    with database() as opened, transaction(opened) as tx:
        for outbox_id in outbox_ids:
            row = _row(outbox.rows(tx, outbox_id=outbox_id), outbox_id)
            if not outbox.retry(tx, outbox_id, datetime.now(UTC)):
                raise GatewayError(f"mail {outbox_id} is {row.state}: it would arrive twice")
            click.echo(f"mail {outbox_id} is due now")


def _object(row: outbox.Row) -> dict[str, object]:
    return {name: value for name, value in asdict(row).items() if name != "content"}


def _row(found: list[outbox.Row], outbox_id: int) -> outbox.Row:
    if not found:
        raise GatewayError(f"there is no mail {outbox_id}; `ticket-gateway outbox list` lists them")
    return found[0]
