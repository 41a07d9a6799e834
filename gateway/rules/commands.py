"""An agent's commands: lines that begin with # at the top of a mail's new text.

Parsed here, obeyed elsewhere; which there are is in `commands_table`. What stands below them is
the mail's text. The surprising fact: with one wrong command none is obeyed, for half of what
somebody meant may be the opposite of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import combinations

from gateway import commands_lines
from gateway.commands_lines import Line, shortened
from gateway.rules.commands_arguments import Argument, Effect
from gateway.rules.commands_names import Names, Wrong
from gateway.rules.commands_table import (
    EVERYDAY,
    FORMS,
    TABLE,
    Company,
    Needs,
    Row,
    Verb,
)
from gateway.tickets.actions import Action

__all__ = ["FORMS", "TABLE", "Command", "Effect", "Names", "Needs", "Parsed", "Verb", "parse"]

MAX_COMMANDS = 20  # of a mail
MAX_LINES = 2_000  # with a sign, of a text that is searched for commands in the wrong place


@dataclass(frozen=True, slots=True)
class Command:
    verb: Verb
    argument: Argument = field(default_factory=Argument)

    @property
    def row(self) -> Row:
        return TABLE[self.verb]

    @property
    def effect(self) -> Effect:
        return self.argument.effect or self.row.effect

    @property
    def actions(self) -> tuple[Action, ...]:
        return self.argument.actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """`rest` is the text below the commands. With `problems` nothing must be done at all."""

    commands: tuple[Command, ...] = ()
    rest: str = ""
    problems: tuple[str, ...] = ()

    def has(self, *verbs: Verb) -> bool:
        return any(command.verb in verbs for command in self.commands)

    @property
    def effect(self) -> Effect:
        """What becomes of the text: the word of a command that has one."""
        effects = {command.effect for command in self.commands}
        strongest = (Effect.NOTE, Effect.ANSWER, Effect.ASIDE, Effect.SILENT)
        return next((each for each in strongest if each in effects), Effect.PLAIN)

    @property
    def said(self) -> str:
        """What the commands' lines and the text below them say together."""
        lines = (c.argument.text for c in self.commands if c.effect is not Effect.SILENT)
        return "\n\n".join(part for part in (*lines, self.rest) if part)


def parse(text: str, names: Names | None = None, *, in_ticket: bool = True) -> Parsed:
    """Read the commands at the top of the text; without `names` any name will do. Never raises.

    `in_ticket` is whether the mail is about a ticket, as most commands are.

    >>> parsed = parse("#take\\n#resolve: new toner\\n\\nIt prints again.")
    >>> [str(command.verb) for command in parsed.commands], parsed.said
    (['take', 'resolve'], 'new toner\\n\\nIt prints again.')
    >>> parse("#tkae").problems
    ('"#tkae" is no command; did you mean "#take"?',)
    >>> parse("Hello #take").commands
    ()
    """
    lines = _without_quote_above(text.strip().split("\n"))
    found, below = _at_the_top(lines)
    rest = "\n".join(lines[below:]).strip()
    commands: list[Command] = []
    problems: list[str] = []
    for line in found:
        try:
            commands.append(_command(line, names or Names(), in_ticket))
        except Wrong as wrong:
            problems.append(str(wrong))
    problems += _too_low(rest)
    parsed = Parsed(commands=tuple(commands), rest=rest)
    if not problems:
        problems = [*_without_text(parsed), *_contradictions(commands), *_for_both(parsed)]
    return Parsed(commands=parsed.commands, rest=rest, problems=tuple(problems))


def is_command(text: str) -> bool:
    """Whether the text begins with something that looks like a command.

    >>> is_command("\\uff03take"), is_command("#1042 is the same")
    (True, False)
    """
    if not commands_lines.has_sign(text):
        return False
    found, _ = _at_the_top(_without_quote_above(text.strip().split("\n")))
    return bool(found)


def _without_quote_above(lines: Sequence[str]) -> Sequence[str]:
    """From the first command on, where nothing but quoted lines stands above it: that is how
    people write who answer below. Elsewhere, all of the lines."""
    for number, line in enumerate(lines):
        if line.startswith(">"):  # quicker to tell, and there may be thousands
            continue
        plain = commands_lines.visible(line)
        if plain and not plain.startswith(">"):
            return lines[number:] if commands_lines.read(line) else lines
    return lines


def _at_the_top(lines: Sequence[str]) -> tuple[list[Line], int]:
    """The lines that look like commands, and the number of the first below them. Mail clients
    put empty lines between what was typed below each other."""
    found: list[Line] = []
    below = 0
    for number, line in enumerate(lines, 1):
        if len(found) == MAX_COMMANDS:
            break
        command = commands_lines.read(line)
        if command:
            found.append(command)
            below = number
        elif commands_lines.visible(line):
            break
    return found, below


def _command(line: Line, names: Names, in_ticket: bool) -> Command:
    """Raises Wrong, with all that is to be told."""
    if line.word not in TABLE:
        raise Wrong(f'"{shortened(f"#{line.word}")}" is no command; {_remedy(line.word)}')
    verb = Verb(line.word)
    row = TABLE[verb]
    if not in_ticket and not row.anywhere:
        raise Wrong(
            f'"{line.written}" is about a ticket; write it in a reply to a mail of that one'
        )
    try:
        return Command(verb, row.read(line.argument, names))
    except Wrong as wrong:
        forms = " or ".join(f'"{form}"' for form in row.forms)
        raise Wrong(f'"{line.written}": {wrong}; write for example {forms}') from None


def _remedy(word: str) -> str:
    near = get_close_matches(word, TABLE, n=1)
    return f'did you mean "{FORMS[Verb(near[0])]}"?' if near else "#help tells which there are"


def _too_low(rest: str) -> Iterator[str]:
    """Commands below the text: what their author means to hide would go out with it. The sign
    apart from the word is a comment in a script, but for the words that everybody uses. What is
    too long to be searched is not sent either."""
    lines = [line for line in rest.split("\n") if _may_be_command(line)]
    if len(lines) > MAX_LINES:
        yield f"more than {MAX_LINES} lines have a #, as commands have; send them as a file"
    found = list(filter(None, map(commands_lines.read, lines[:MAX_LINES])))
    meant = [
        line.word
        for line in found
        if line.word in TABLE and (line.word in EVERYDAY or not line.is_spaced)
    ]
    if is_command(rest):  # below quoted lines, or one more than we read
        meant[:0] = [line.word for line in found[:1]]
    for word in dict.fromkeys(meant):
        yield f'"{shortened(f"#{word}")}" stands below your text; commands go on the first lines'


def _may_be_command(line: str) -> bool:
    return commands_lines.has_sign(line) and not line.lstrip().startswith(">")


def _without_text(parsed: Parsed) -> Iterator[str]:
    for command in parsed.commands:
        if command.row.lacks and not (command.argument.text or parsed.rest):
            yield f'"#{command.verb}" {command.row.lacks}; write "{FORMS[command.verb]}"'


def _contradictions(commands: Sequence[Command]) -> Iterator[str]:
    """Each pair is told once, however often it is there."""
    different = list(dict.fromkeys(commands))
    told = (_contradiction(one, other) for one, other in combinations(different, 2))
    yield from dict.fromkeys(filter(None, told))


def _for_both(parsed: Parsed) -> Iterator[str]:
    """Text below a command whose words are for colleagues and one that writes to the requester:
    nobody can tell whom it is meant for."""
    first = {command.effect: command.verb for command in reversed(parsed.commands)}
    if parsed.rest and {Effect.ASIDE, Effect.ANSWER} <= first.keys():
        yield (
            f"the text below is for colleagues with #{first[Effect.ASIDE]}, and for the requester "
            f"with #{first[Effect.ANSWER]}; write two mails"
        )


def _contradiction(one: Command, other: Command) -> str:
    alone = next((c for c in (one, other) if c.row.company is Company.NONE), None)
    if alone:
        return f"#{alone.verb} goes alone; write the other commands in a mail of their own"
    if one.row.company is not other.row.company:
        asks = one if one.row.company is Company.QUESTIONS else other
        return f"#{asks.verb} does nothing to the ticket; write it in a mail of its own"
    if one.row.sets and one.row.sets == other.row.sets:
        if one.verb is other.verb:
            return f"#{one.verb} is there twice, and says two things"
        return f"#{one.verb} and #{other.verb} contradict each other: both set the {one.row.sets}"
    if {one.effect, other.effect} == {Effect.NOTE, Effect.ANSWER}:
        note, answer = (one, other) if one.effect is Effect.NOTE else (other, one)
        return (
            f"the text of #{note.verb} is for colleagues, that of #{answer.verb} for the "
            "requester; write two mails"
        )
    return ""
