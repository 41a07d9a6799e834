"""Which deliveries a command is about: by id, or by how they ended, where and when."""

import functools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import click

from gateway.config.formats import duration_seconds
from gateway.config.settings import Gateway
from gateway.deliveries import Outcome
from gateway.errors import GatewayError
from gateway.store import Tx, ledger
from gateway.store.ledger import Entry, Wanted

STATES = [*(str(each) for each in Outcome), ledger.WAITING]

Command = TypeVar("Command", bound=Callable[..., object])


def _ago(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    """The moment that lies as far back as the span says."""
    if value is None:
        return None
    try:
        return datetime.now(UTC) - timedelta(seconds=duration_seconds(value))
    except ValueError as error:
        raise click.BadParameter(f'"{value}" {error}') from error


ids_argument = click.argument("delivery_ids", type=int, nargs=-1, metavar="[ID]...")
since_option = click.option(
    "--since", callback=_ago, metavar="SPAN",
    help="Only mail accepted within this span, such as 24h.",
)  # fmt: skip


def filters(*, state_help: str) -> Callable[[Command], Command]:
    """The options that narrow a choice down."""
    options = (
        click.option("--state", type=click.Choice(STATES), help=state_help),
        click.option("--cause", metavar="CAUSE",
                     help="Only those with this cause, such as bounce or ValueError."),
        click.option("--mailbox", metavar="ADDR", help="Only those to this mailbox."),
        since_option,
    )  # fmt: skip
    return lambda command: functools.reduce(lambda done, each: each(done), options[::-1], command)


def wanted(
    delivery_ids: Sequence[int],
    everything: bool,
    state: str | None,
    cause: str | None,
    mailbox: str | None,
    since: datetime | None,
) -> Wanted:
    """What the command line asks for: ids, or `--all` that the filters leave; a cause is enough.
    Raises UsageError for both, and for neither."""
    narrowed = any(each is not None for each in (state, cause, mailbox, since))
    if delivery_ids and (everything or narrowed):
        raise click.UsageError("say either ids or --all, --cause and the like, not both")
    if not delivery_ids and not everything and cause is None:
        raise click.UsageError("which deliveries? Say ids, --cause CAUSE or --all")
    ids = delivery_ids or None
    return Wanted(ids=ids, state=state, cause=cause, mailbox=mailbox, since=since)


def required(tx: Tx, delivery_id: int) -> Entry:
    """The delivery. Raises GatewayError when there is none."""
    found = ledger.entry(tx, delivery_id)
    if found is None:
        raise GatewayError(
            f"there is no delivery {delivery_id}; `ticket-gateway spool list` lists them"
        )
    return found


def without_bytes(entry: Entry, gateway: Gateway) -> str:
    """Why there are no bytes to show, in a sentence; "" where there are."""
    if entry.has_bytes:
        return ""
    if entry.state in (Outcome.IGNORED, Outcome.REJECTED):
        days = gateway.retention.ignored_mail / 86400
        return f"its bytes were deleted after {days:g} days (retention.ignored_mail)"
    return "its bytes are missing: `ticket-gateway spool account` says what else is"
