"""`parse`: what is read in mails, for a person or, one object a line, for a program.

One bad file costs itself alone: it is named on standard error, the rest is read, and the
exit code tells. Standard output carries mails and nothing else.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

import click

from gateway.cli.parse.paths import STANDARD_INPUT, Paths
from gateway.cli.parse.read import Told, bytes_of, problem_of, processors, read_file
from gateway.cli.parse.readers import in_order
from gateway.errors import GatewayError
from gateway.ingest.charset import one_line
from gateway.ingest.outline import part_bytes

EX_NOINPUT = 66  # sysexits.h: an input file did not exist or could not be read
MAX_JOBS = 64


@click.command("parse")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--from", "listing", type=click.File("rb"), metavar="LIST",
              help="Further paths, one a line or ended by NUL; - is standard input.")  # fmt: skip
@click.option("--part", "part", metavar="NUMBER",
              help="Write the bytes of one part of FILE, by its number in the tree.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, MAX_JOBS), metavar="N",
              help="Processes that read many mails for --json; else one a processor.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def parse_command(
    files: tuple[str, ...],
    listing: BinaryIO | None,
    part: str | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Show what is read in each FILE: who, when, what it is, what is new in it.

    FILE may be a folder, for the files in it (of a Maildir, its mails), or - for standard
    input. With --json there is a line for each mail in the order of the paths, and "path" in
    it says of which. A file that cannot be read is named on standard error and has no line.
    """
    tally = _Tally()
    try:
        if part is not None:
            _write_part(files, listing, part)
            return
        paths = Paths(files, listing)
        if as_json:
            alone = STANDARD_INPUT in files  # no other process can read that
            _write_lines(paths, tally, 1 if alone else jobs or processors())
        elif files or listing:
            try:
                _show(paths, tally)
            except SystemExit as ended:  # rich's word for a pipe that nobody reads any more
                raise BrokenPipeError from ended
        else:
            raise click.UsageError("which mail? Name a FILE, or - for standard input")
    except BrokenPipeError:
        # Whoever read our output has seen enough. The interpreter flushes once more at its
        # end, and would complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    if tally.problems:
        raise click.exceptions.Exit(EX_NOINPUT)


@dataclass
class _Tally:
    """What has been read so far."""

    kinds: Counter[str] = field(default_factory=Counter)
    defects: int = 0
    problems: int = 0

    def add(self, each: Told) -> None:
        if each.problem:
            self.problems += 1
            click.echo(f"{one_line(each.path)}: {one_line(each.problem)}", err=True)
            return
        self.kinds[each.kind] += 1
        self.defects += each.defects

    def __str__(self) -> str:
        read = self.kinds.total()
        said = [f"{count:,} {kind}" for kind, count in self.kinds.most_common()]
        said += [f"{self.defects:,} with defects"] if self.defects else []
        said += [f"{self.problems:,} not read"] if self.problems else []
        return f"{read:,} mail{'' if read == 1 else 's'}: {', '.join(said)}"


def _write_lines(paths: Paths, tally: _Tally, jobs: int) -> None:
    out, watched = sys.stdout.buffer, sys.stderr.isatty() and not sys.stdout.isatty()
    with _bar(watched) as bar:
        for each in in_order(paths, jobs):
            tally.add(each)
            if each.line:
                out.write(each.line)
                out.flush()  # whoever wrote the path may wait for this before the next
            bar()
    if watched and tally.kinds.total() + tally.problems > 1:
        click.echo(str(tally), err=True)


@contextmanager
def _bar(watched: bool) -> Iterator[Callable[[], None]]:
    """Something that moves, while a person waits for what goes elsewhere; call it a mail."""
    if not watched:
        yield lambda: None
        return
    from gateway.cli.parse.progress import moving

    with moving() as step:
        yield step


def _show(paths: Paths, tally: _Tally) -> None:
    # for a person alone: what a program reads does not pay for the looks
    from gateway.cli.parse import view
    from gateway.cli.show import console

    out, first = console(), True
    for some in iter(paths.more, None):
        for path in some:
            try:
                raw = bytes_of(path)
            except (OSError, ValueError) as error:
                tally.add(Told(path=path, problem=problem_of(error)))
                continue
            reading = read_file(raw)
            kind, defects = str(reading.kind), bool(reading.message.defects)
            tally.add(Told(path=path, kind=kind, defects=defects))
            if not first:
                out.print()
            view.show(out, path, raw, reading, heading=not first or len(some) > 1)
            first = False
    if tally.kinds.total() > 1:
        out.print()
        out.print(str(tally), style="bold", markup=False)


def _write_part(files: tuple[str, ...], listing: BinaryIO | None, number: str) -> None:
    if len(files) != 1 or listing:
        raise click.UsageError("--part takes a part out of one FILE")
    try:
        data = part_bytes(bytes_of(files[0]), number)
    except (OSError, ValueError) as error:
        click.echo(f"{one_line(files[0])}: {problem_of(error)}", err=True)
        raise click.exceptions.Exit(EX_NOINPUT) from error
    if data is None:
        raise GatewayError(
            f"{one_line(files[0])} has no part {one_line(number)} with bytes of its own; "
            "`ticket-gateway parse FILE` shows its parts with their numbers"
        )
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
