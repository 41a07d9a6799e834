"""`parse`: what is read in mails, for a person or, one object a line, for a program."""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.text import Text

from gateway.cli.show import console, json_option, lines
from gateway.errors import GatewayError
from gateway.message import Envelope, Reading, Source
from gateway.reading import as_json as reading_as_json
from gateway.reading import read

UNKNOWN_SENDER = "unknown@invalid"
"""Of a mail in a file, whose envelope is gone: it was some address, not the null one."""


@click.command("parse")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--from", "listing", type=click.File("r"), metavar="LIST",
              help="File of further paths, one a line; - is standard input.")  # fmt: skip
@json_option
def parse_command(files: tuple[Path, ...], listing: Iterable[str] | None, as_json: bool) -> None:
    """Show what is read in each FILE: who, when, what it is, what is new in it."""
    named = (Path(line.rstrip("\n")) for line in listing or () if line.strip())
    paths = [*files, *named]
    if as_json:
        lines(reading_as_json(reading) for _, reading in _readings(paths))
        return
    for path, reading in _readings(paths):
        _print(path, reading, heading=len(paths) > 1)


def _readings(paths: Iterable[Path]) -> Iterator[tuple[Path, Reading]]:
    for path in paths:
        try:
            raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        except OSError as error:
            raise GatewayError(f"{path}: {error.strerror}") from error
        yield path, read_file(raw)


def read_file(raw: bytes) -> Reading:
    """A mail that lies in a file, outside of any desk."""
    envelope = Envelope(
        mail_from=UNKNOWN_SENDER, rcpt_to=(), received_at=datetime.now(UTC), source=Source.PIPE
    )
    return read(raw, envelope, own_addresses=frozenset(), own_desk="")


def _print(path: Path, reading: Reading, *, heading: bool) -> None:
    out, message = console(), reading.message
    if heading:
        out.rule(Text(str(path)))
    for name, value in (
        ("from", str(message.author)),
        ("to", ", ".join(map(str, message.to))),
        ("cc", ", ".join(map(str, message.cc))),
        ("subject", message.subject),
        ("date", f"{message.date:%a %d %b %Y %H:%M %z}" if message.date else "(none)"),
        ("message-id", message.message_id or "(none)"),
        ("answers", ", ".join(message.in_reply_to)),
        ("kind", f"{reading.kind}  {'; '.join(reading.evidence)}"),
        ("bounce", str(reading.bounce) if reading.bounce else ""),
        ("defects", "; ".join(message.defects)),
    ):
        if value:
            out.print(Text.assemble((f"{name:11}", "bold"), value))
    for each in message.attachments:
        file = f"{each.filename}  {each.content_type}  {each.size_bytes} bytes"
        out.print(Text.assemble((f"{'attached':11}", "bold"), file))
    out.print()
    before, new, after = message.text.partition(reading.new_text)
    parts = (before, "dim"), (new, ""), (after, "dim")
    out.print(Text.assemble(*parts) if new else Text(message.text))
