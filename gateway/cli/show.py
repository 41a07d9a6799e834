"""How the commands print: tables and colour for people, one JSON object a line for programs."""

import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")

STYLES = {
    "new": "bold cyan", "open": "cyan", "triage": "magenta", "resolved": "green",
    "closed": "dim", "P1": "bold red", "P2": "yellow", "waiting": "yellow", "opened": "green",
    "joined": "green", "ignored": "dim", "quarantined": "bold red", "sent": "green",
    "failed": "bold red",
}  # fmt: skip


def console() -> Console:
    """For standard output; as wide as the text needs where no terminal says otherwise.

    A letter that the locale's charset lacks is shown as a question mark.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, width=None if sys.stdout.isatty() else 160)


def lines(objects: Iterable[Mapping[str, object]]) -> None:
    """One JSON object a line."""
    for each in objects:
        click.echo(json.dumps(each, ensure_ascii=False, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return str(value)


WRAPPED = ("subject", "reason", "reply")  # give way to the columns of ids and names


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], nothing: str) -> None:
    """A table for people; `nothing` is said where there is no row."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        right = column in ("#", "id", "bytes", "attempts")
        shown.add_column(
            column, justify="right" if right else "left", no_wrap=column not in WRAPPED
        )
    for row in rows:
        shown.add_row(*(Text(str(cell), style=STYLES.get(str(cell), "")) for cell in row))
    if shown.row_count:
        console().print(shown)
    else:
        click.echo(nothing)


def ago(then: datetime, now: datetime) -> str:
    """How long before or after `now` something is, in a person's words.

    >>> from datetime import UTC
    >>> now = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> ago(datetime(2026, 1, 5, 8, 30, tzinfo=UTC), now)
    '30 min ago'
    >>> ago(datetime(2026, 1, 1, 9, tzinfo=UTC), now)
    '4 days ago'
    >>> ago(datetime(2026, 1, 5, 11, tzinfo=UTC), now)
    'in 2 h'
    """
    seconds = (now - then).total_seconds()
    size = abs(seconds)
    for unit, length in ((" days", 86400), (" h", 3600), (" min", 60)):
        if size >= length * (2 if unit == " days" else 1):
            told = f"{int(size // length)}{unit}"
            break
    else:
        return "now"
    return f"{told} ago" if seconds > 0 else f"in {told}"
