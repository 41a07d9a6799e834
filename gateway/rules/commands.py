"""An agent's commands: lines that begin with # at the top of a mail's new text.

Parsed here, obeyed elsewhere. Mail clients put no-break spaces, full-width signs and
list bullets where a person typed none, so these read as what was meant.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MAX_COMMANDS = 20  # lines read as commands; what follows is text
MAX_LINE = 4_000  # letters of a line that are looked at
MAX_LINES = 2_000  # of text that are searched for commands in the wrong place

_LINE = re.compile(r"#\s?([a-z]{1,20})\b[ \t]*(.*)", re.IGNORECASE)
_BEFORE = re.compile(r"^[\s\-*•·–—\"'“”„«_\d.)]*#+(?=\s?[A-Za-z])")
_LOOK_ALIKES = str.maketrans({"\u00a0": " ", "\uff03": "#", "\ufe5f": "#", "\uff1a": ":"})
_WAITS_ON = re.compile(r"(requester|vendor|approval)\b\s*:?\s*(.*)", re.IGNORECASE | re.DOTALL)


class Verb(StrEnum):
    TAKE = "take"
    WAIT = "wait"
    RESOLVE = "resolve"
    NOTE = "note"


FORMS = {
    Verb.TAKE: "#take",
    Verb.WAIT: "#wait requester: what you need to know from them",
    Verb.RESOLVE: "#resolve: what was done",
    Verb.NOTE: "#note text for your colleagues",
}
"""The right form of each, as it is told to whoever used a wrong one."""


@dataclass(frozen=True, slots=True)
class Command:
    verb: Verb
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """`rest` is the text below the commands. With `problems` nothing must be done at all."""

    commands: tuple[Command, ...] = ()
    rest: str = ""
    problems: tuple[str, ...] = ()

    def has(self, verb: Verb) -> bool:
        return any(command.verb is verb for command in self.commands)

    def said(self, verb: Verb) -> str:
        """What a command's line and the text below it say together."""
        words = [command.argument for command in self.commands if command.verb is verb]
        return "\n\n".join(part for part in (*words, self.rest) if part)


def parse(text: str) -> Parsed:
    """Read the commands at the top of the text.

    >>> parsed = parse("#take\\n#resolve: new toner\\n\\nIt prints again.")
    >>> [str(command.verb) for command in parsed.commands], parsed.said(Verb.RESOLVE)
    (['take', 'resolve'], 'new toner\\n\\nIt prints again.')
    >>> parse("#tkae").problems
    ('"#tkae" is no command',)
    >>> parse("Hello #take").commands
    ()
    """
    lines = text.strip().splitlines()
    commands: list[Command] = []
    problems: list[str] = []
    read = 0
    for number, line in enumerate(lines[:MAX_COMMANDS], 1):
        plain = _plain(line)
        match = _LINE.fullmatch(plain)
        if not match:
            if plain:
                break
            continue  # mail clients put empty lines between what was typed below each other
        read = number
        command, problem = _command(match[1].lower(), match[2].strip().removeprefix(":").strip())
        commands += [command] if command else []
        problems += [problem] if problem else []
    rest = "\n".join(lines[read:]).strip()
    problems += _too_low(rest)
    parsed = Parsed(commands=tuple(commands), rest=rest)
    problems += [] if problems else _missing(parsed)
    return Parsed(commands=parsed.commands, rest=rest, problems=tuple(problems))


def is_command(text: str) -> bool:
    """Whether the text begins with something that looks like a command.

    >>> is_command("\\uff03take"), is_command("#1042 is the same")
    (True, False)
    """
    first = text.strip().partition("\n")[0]
    return bool(_LINE.fullmatch(_plain(first)))


def _plain(line: str) -> str:
    """The line as it was meant: without invisible letters, bullets, numbers and emphasis."""
    visible = "".join(c for c in line[:MAX_LINE] if unicodedata.category(c) != "Cf")
    visible = visible.translate(_LOOK_ALIKES).strip()
    return _BEFORE.sub("#", visible).rstrip('*_"\N{RIGHT DOUBLE QUOTATION MARK} ')


def _command(word: str, argument: str) -> tuple[Command | None, str]:
    if word not in list(Verb):
        return None, f'"#{word}" is no command'
    verb = Verb(word)
    if verb is not Verb.WAIT:
        return Command(verb, argument), ""
    waits_on = _WAITS_ON.fullmatch(argument)
    if not waits_on or waits_on[1].lower() != "requester":
        return None, "a ticket can wait for the requester, and for nobody else yet"
    return Command(verb, waits_on[2].strip()), ""


def _too_low(rest: str) -> list[str]:
    """Commands below the text: what their author means to hide would go out with it."""
    found = (_LINE.fullmatch(_plain(line)) for line in rest.splitlines()[:MAX_LINES])
    words = dict.fromkeys(match[1].lower() for match in found if match)
    return [
        f'"#{word}" stands below your text; commands go on the first lines'
        for word in words
        if word in list(Verb)
    ]


def _missing(parsed: Parsed) -> list[str]:
    """What a command demands and the mail does not say, or two that contradict."""
    problems = []
    if parsed.has(Verb.WAIT) and not parsed.said(Verb.WAIT):
        problems.append("#wait does not say what you ask the requester")
    if parsed.has(Verb.RESOLVE) and not parsed.said(Verb.RESOLVE):
        problems.append("#resolve does not say what was done")
    if parsed.has(Verb.WAIT) and parsed.has(Verb.RESOLVE):
        problems.append("#wait and #resolve contradict each other")
    if parsed.has(Verb.NOTE) and (parsed.has(Verb.WAIT) or parsed.has(Verb.RESOLVE)):
        problems.append("#note is for colleagues; #wait and #resolve write to the requester")
    return problems
