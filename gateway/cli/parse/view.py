"""A mail for a person: what it is and why, what it is made of, and what is new in it.

Shows what `reading` found and decides nothing. What a stranger wrote is printed as text,
never as markup, on lines of ours. Without styles (a pipe, a dumb terminal) the old text is
marked with a bar, because nothing would be dim.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from gateway.ingest.charset import one_line
from gateway.ingest.outline import Outline, outline, taken_out
from gateway.ingest.trust import markers
from gateway.message import Address, Attachment, Bounce, Kind, Protection, Reading
from gateway.threading.quoting import new_text

MAX_PEOPLE = 5  # of one field
MAX_REFERENCES = 3
MAX_TAKEN_OUT = 20  # of one part
MAX_LINES = 10  # of evidence or defects
MAX_SHOWN = 500  # letters of one value

KIND_STYLES = {
    Kind.ORDINARY: "green",
    Kind.BOUNCE: "bold red",
    Kind.LOOP: "bold red",
    Kind.REPORT: "red",
}
OTHER_KIND = "yellow"  # what else a machine sends

_WRAPPED: Mapping[Protection | None, tuple[str, ...]] = {
    Protection.PGP_SIGNED: ("signed with OpenPGP; the signature is not verified",),
    Protection.SMIME_SIGNED: ("signed with S/MIME; the signature is not verified",),
    Protection.PGP_ENCRYPTED: ("encrypted with OpenPGP; it cannot be read here",),
    Protection.SMIME_ENCRYPTED: ("encrypted with S/MIME; it cannot be read here",),
}

# RFC 3463 sections 2 and 3: the class and the subject of a status
_CLASSES = {"2": "delivered", "4": "for now", "5": "for good"}
_SUBJECTS = {
    "1": "the address", "2": "the mailbox", "3": "their mail system", "4": "the network",
    "5": "the protocol", "6": "the content", "7": "security or policy",
}  # fmt: skip
_ACTIONS = {
    "failed": "not delivered",
    "delayed": "not delivered yet",
    "delivered": "delivered",
    "relayed": "passed on, to a system that reports nothing more",
    "expanded": "delivered to a list",
}


def show(out: Console, path: str, raw: bytes, reading: Reading, *, heading: bool) -> None:
    """One mail, the whole of it."""
    message = reading.message
    if heading:
        _print_heading(out, one_line(path))
    out.print(_grid(_rows(reading)))
    out.print()
    tree = outline(raw)
    out.print(_tree(tree, taken_out(tree, message.attachments)))
    out.print()
    _print_text(out, message.text, message.subject)


def _print_heading(out: Console, path: str) -> None:
    """The path on a rule; whole on lines of its own where a rule would cut off its end."""
    name = Text(path, style="bold", overflow="fold")
    if cell_len(path) + 4 > out.width:
        out.print(name)
    else:
        out.rule(name, align="left", style="dim")


def _rows(reading: Reading) -> Iterator[tuple[str, Text]]:
    message = reading.message
    yield "from", Text(str(message.author))
    for name, people in (("reply-to", message.reply_to), ("to", message.to), ("cc", message.cc)):
        if people:
            yield name, _people(people)
    yield "subject", Text(_short(message.subject) or "(none)", style="bold")
    yield "date", Text(f"{message.date:%a %d %b %Y %H:%M %Z}" if message.date else "(none)")
    yield "message-id", Text(message.message_id or "(none)")
    if message.in_reply_to or message.references:
        yield "answers", _list(message.in_reply_to or message.references[-1:], MAX_REFERENCES)
    if len(message.references) > 1:
        yield "in thread", Text(f"{len(message.references):,} earlier messages")
    style = KIND_STYLES.get(reading.kind, OTHER_KIND)
    yield "kind", Text(str(reading.kind), style=style)
    for name, lines in (
        ("because", reading.evidence),
        ("bounce", in_words(reading.bounce) if reading.bounce else ()),
        ("wrapped", _WRAPPED.get(message.protection, ())),
        ("beware", tuple(markers(message, message.author))),
        ("defects", message.defects),
    ):
        style = "yellow" if name in ("beware", "defects") else ""
        told = list(lines)
        for number, line in enumerate(told[:MAX_LINES]):
            yield name if number == 0 else "", Text(_short(line), style=style)
        if len(told) > MAX_LINES:
            yield "", Text(f"and {len(told) - MAX_LINES:,} more", style="dim")


def in_words(bounce: Bounce) -> Iterator[str]:
    """What a delivery report says, a line each.

    >>> print(*in_words(Bounce(recipient="zoe@x.example", status="5.1.1", action="failed")))
    not delivered to zoe@x.example 5.1.1: for good, because of the address
    """
    yield f"{_ACTIONS.get(bounce.action, bounce.action)} to {bounce.recipient or '(nobody named)'}"
    if bounce.status:
        kind, subject, *_ = [*bounce.status.split("."), "", ""]
        because = f", because of {_SUBJECTS[subject]}" if subject in _SUBJECTS else ""
        yield f"{bounce.status}: {_CLASSES.get(kind, 'an unknown class')}{because}"
    if bounce.diagnostic:
        yield f"they said: {bounce.diagnostic}"
    if bounce.original_message_id:
        yield f"the mail was: {bounce.original_message_id}"


def _people(people: Sequence[Address]) -> Text:
    return _list([str(each) for each in people], MAX_PEOPLE)


def _list(values: Sequence[str], most: int) -> Text:
    text = Text(", ".join(_short(each) for each in values[:most]))
    if len(values) > most:
        text.append(f" and {len(values) - most:,} more", style="dim")
    return text


def _grid(rows: Iterable[tuple[str, Text]]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, value)
    return grid


def _tree(mail: Outline, inside: Mapping[str, Sequence[Attachment]]) -> Tree:
    """What the mail is made of."""
    tree = Tree(_part(mail), guide_style="dim")
    waiting = [(tree, mail)]
    while waiting:
        branch, part = waiting.pop()
        for each in part.parts:
            waiting.append((branch.add(_part(each)), each))
        files = inside.get(part.number, ())
        for file in files[:MAX_TAKEN_OUT]:
            branch.add(_file(file))
        for count, what in (
            (part.more, "more parts"),
            (len(files) - MAX_TAKEN_OUT, "more files taken out of it"),
        ):
            if count > 0:
                branch.add(Text(f"… {count:,} {what}", style="yellow"))
    return tree


def _part(part: Outline) -> Text:
    line = Text(overflow="fold")
    if part.number:
        line.append(f"{part.number}  ", style="bold")
    line.append(part.content_type, style="cyan")
    if part.filename:
        line.append(f"  {part.filename}", style="bold")
    if part.subject:
        line.append(f"  “{part.subject}”", style="bold")
    if not part.parts:
        line.append(f"  {size(part.size_bytes)}")
    if part.seal:
        line.append(f"  {part.seal}, not verified" if part.parts else f"  {part.seal}", "yellow")
    told = (part.charset, part.encoding, part.disposition)
    line.append("".join(f"  {each}" for each in told if each), style="dim")
    if part.content_id:
        line.append(f"  cid:{part.content_id}", style="dim")
    return line


def _file(file: Attachment) -> Text:
    return Text.assemble(
        (file.content_type, "cyan"), (f"  {one_line(file.filename)}", "bold"),
        f"  {size(file.size_bytes)}", ("  taken out", "dim"), overflow="fold",
    )  # fmt: skip


def size(count: int) -> str:
    """As a person says it.

    >>> size(1), size(999), size(1_500), size(23_400_000)
    ('1 byte', '999 bytes', '1.5 kB', '23.4 MB')
    """
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    return f"{count / 1e3:.1f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"


def _print_text(out: Console, text: str, subject: str) -> None:
    """The text, what is new in it plain, the rest of it dim or behind a bar."""
    if not text.strip():
        out.print(Text("(no text)", style="dim"))
        return
    ranges = new_text(text, subject=subject).ranges
    edges = [0, *(edge for each in ranges for edge in each), len(text)]
    bar = "| " if out.color_system is None else ""
    for number, (start, end) in enumerate(pairwise(edges)):
        is_new = number % 2 == 1
        if start < end:
            lines = text[start:end].removesuffix("\n").split("\n")
            _print_lines(out, lines if is_new else [bar + line for line in lines], is_new)


def _print_lines(out: Console, lines: Sequence[str], is_new: bool) -> None:
    """Broken between words where a terminal is too narrow; else as they are, which is quick."""
    style = None if is_new else "dim"
    for wide, some in groupby(lines, lambda line: out.is_terminal and cell_len(line) > out.width):
        if wide:
            for line in some:
                out.print(Text(line, style or ""))
        else:
            out.out(*some, sep="\n", style=style, highlight=False)


def _short(value: str) -> str:
    value = one_line(value)
    return value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]} …"
