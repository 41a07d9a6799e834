"""`import`: the desk's old mail becomes tickets, and nobody hears of it."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli import context
from gateway.errors import GatewayError
from gateway.ingest import history, pipe
from gateway.ingest.history import Old
from gateway.ingest.imap_stand_in import Why, stand_in
from gateway.ingest.recipients import recipients
from gateway.intake import Arrival, Intake
from gateway.message import Envelope, Source
from gateway.settle.office import Office, open_office
from gateway.store import Conflict
from gateway.workers import fetch

BATCH_MAILS = 64
BATCH_BYTES = 8 * 2**20


@click.command("import")
@click.option(
    "--imap",
    "account",
    metavar="NAME",
    help="An account of gateway.toml, by its user name or USER@HOST/FOLDER.",
)
@click.option(
    "--mailbox",
    metavar="ADDR",
    help="Our mailbox for mails that name none; the first one when left out.",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
def import_command(account: str | None, mailbox: str | None, paths: tuple[Path, ...]) -> None:
    """Take old mail from files (.eml, mbox, Maildir, folders of them) or from an IMAP folder.

    Its conversations become tickets, dated as the mails are; nobody is answered, told or
    reminded. What was imported before ends as a duplicate, so that it can be said again. Mail
    of an IMAP folder stays there, and the daemon goes on after it.
    """
    if bool(paths) == bool(account):
        raise click.UsageError("name files, or an account with --imap")
    office = open_office(context.desk())
    try:
        intake = Intake(office.database, office.desk.gateway)
        if account:
            took = _from_imap(office, intake, account)
        else:
            took = _from_files(office, intake, list(paths), _otherwise(office, mailbox))
    finally:
        office.database.dispose()
    click.echo(f"imported {took} mails; the daemon makes tickets of them")


def _otherwise(office: Office, mailbox: str | None) -> str:
    gateway = office.desk.gateway
    if mailbox and gateway.mailbox_of(mailbox) is None:
        raise click.UsageError(f"{mailbox} is no mailbox of this desk")
    return mailbox or gateway.mailbox[0].address


def _from_files(office: Office, intake: Intake, paths: list[Path], otherwise: str) -> int:
    most, files = office.desk.gateway.smtp.max_message_bytes, history.files(paths)
    took, size_bytes = 0, 0
    waiting: list[Arrival] = []
    with _progress(sum(file.stat().st_size for file in files)) as advance:
        for file in files:
            for old in history.mails(file, most):
                arrival = _arrival(office, old, otherwise, most)
                waiting.append(arrival)
                size_bytes += len(arrival.content)
                if len(waiting) >= BATCH_MAILS or size_bytes >= BATCH_BYTES:
                    took += len(intake.accept_batch(waiting))
                    waiting, size_bytes = [], 0
                advance(old.read_bytes)
        took += len(intake.accept_batch(waiting)) if waiting else 0
    return took


def _arrival(office: Office, old: Old, otherwise: str, most: int) -> Arrival:
    now, content = datetime.now(UTC), old.content
    if old.too_large:
        head = content.replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")[0]
        content = stand_in(head, Why.TOO_LARGE, size_bytes=old.read_bytes, max_bytes=most,
                           place=str(old.file))  # fmt: skip
        click.echo(f"{old.file}: larger than {most} bytes, only its head is taken", err=True)
    envelope = Envelope(
        mail_from=pipe.sender_in(content),
        rcpt_to=recipients(content, fetch.mailbox_of(office.desk.gateway), (otherwise,)),
        received_at=history.received_at(content, now),
        source=Source.IMPORT,
    )
    return Arrival(envelope, content)


def _from_imap(office: Office, intake: Intake, name: str) -> int:
    places = [f"{each.account}/{each.folder}" for each in office.desk.gateway.imap]
    named = [index for index, each in enumerate(office.desk.gateway.imap)
             if name in (places[index], each.account, each.username)]  # fmt: skip
    if len(named) != 1:
        known = ", ".join(places) or "none"
        raise click.UsageError(f"{name} is not one account of gateway.toml; there: {known}")
    source = fetch.sources(office, intake)[named[0]]
    try:
        with _progress(None) as advance:
            return source.take_history(_as_old, advance)
    except Conflict as error:
        raise GatewayError(f"{error}: stop the daemon first") from None


def _as_old(arrived: Sequence[tuple[Envelope, bytes]]) -> list[tuple[Envelope, bytes]]:
    now = datetime.now(UTC)
    return [
        (replace(envelope, source=Source.IMPORT, received_at=history.received_at(content, now)),
         content)
        for envelope, content in arrived
    ]  # fmt: skip


@contextmanager
def _progress(length: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
    elif length is None:
        with click.progressbar(length=1, label="mails", file=sys.stderr, show_pos=True) as bar:
            done = 0

            def advance(count: int) -> None:
                nonlocal done
                done += count
                bar.length = done + 1
                bar.update(count)

            yield advance
    else:
        with click.progressbar(length=length, label="importing", file=sys.stderr) as bar:
            yield bar.update
