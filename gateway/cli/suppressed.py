"""`suppressed`: addresses that are not written to, because mail to them came back."""

from dataclasses import asdict
from datetime import UTC, datetime

import click

from gateway.cli.context import database
from gateway.cli.show import ago, json_option, lines, table
from gateway.errors import GatewayError
from gateway.reach import Suppression, in_words
from gateway.store import snapshot, suppression, transaction


@click.group("suppressed")
def suppressed_group() -> None:
    """Addresses whose mail came back."""


@suppressed_group.command("list")
@json_option
def suppressed_list(as_json: bool) -> None:
    """List addresses that are not written to, and those whose bounces are being counted."""
    now = datetime.now(UTC)
    with database() as opened, snapshot(opened) as tx:
        found = suppression.everything(tx)
    if as_json:
        lines(_object(each, now) for each in found)
        return
    cells = (
        (
            each.key,
            each.bounces,
            in_words(each.status) or "-",
            ago(each.since, now),
            f"{each.until:%Y-%m-%d %H:%M}" if each.blocks(now) else "is written to",
        )
        for each in found
    )
    table(("address", "bounces", "why", "since", "not before"), cells, "no address")


@suppressed_group.command("lift")
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
def suppressed_lift(addresses: tuple[str, ...]) -> None:
    """Write to these addresses again, as if nothing had come back."""
    with database() as opened, transaction(opened) as tx:
        for address in addresses:
            if not suppression.lift(tx, address.lower()):
                raise GatewayError(
                    f"no mail to {address} came back; `ticket-gateway suppressed list` lists those"
                )
            click.echo(f"{address} is written to again")


def _object(known: Suppression, now: datetime) -> dict[str, object]:
    values = {name: str(value) for name, value in asdict(known).items()}
    return {**values, "bounces": known.bounces, "suppressed": known.blocks(now)}
