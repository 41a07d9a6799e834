"""What an admin may write in a template, and what to say when something else stands there.

The words come from the values themselves, so a new field is known here at once. Knows
nothing of jinja2 but the sentences of its errors: those name our classes, which an
admin has never seen, so they are said anew with the words of docs/templates.md.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import fields

from gateway.config.settings import Mailbox
from gateway.message import Address
from gateway.outbound.letter import Enclosure, Letter, Notice
from gateway.tickets.model import Ticket

_NO_ATTRIBUTE = re.compile(r"'(?:[\w.]*\.)?(\w+)(?: object)?' has no attribute '(\w+)'")
_UNDEFINED = re.compile(r"'(\w+)' is undefined")
_NO_SUCH = re.compile(r"No (filter|test) named '(\w+)'")
_FILE_NAME = re.compile(
    r"(?P<notice>[^.]+)(\.(?P<language>[a-z]{2,3}(-[A-Z]{2})?))?\.(?P<part>txt|html)\.j2"
)


def words() -> tuple[str, ...]:
    """Everything a template can say, as it is written there."""
    people = [field.name for field in fields(Address)] + ["shown"]
    return (
        *(f"letter.{field.name}" for field in fields(Letter)),
        *(f"letter.ticket.{field.name}" for field in fields(Ticket)),
        *(f"letter.mailbox.{name}" for name in Mailbox.model_fields),
        *(f"letter.author.{name}" for name in people),
        *(f"enclosure.{field.name}" for field in fields(Enclosure)),
    )


def said_plainly(message: str, filters: Iterable[str]) -> tuple[str, str]:
    """A template engine's complaint as (problem, remedy); `filters` are those there are.

    >>> said_plainly("'gateway.tickets.model.Ticket object' has no attribute 'nummer'", ())
    ('ticket has no "nummer"', 'did you mean letter.ticket.number?')
    >>> said_plainly("'leter' is undefined", ())
    ('"leter" is undefined', 'did you mean letter? templates know letter and nothing else')
    >>> said_plainly("No filter named 'wen'.", ("when", "size"))
    ('there is no filter "wen"', 'did you mean when?')
    """
    if match := _NO_ATTRIBUTE.search(message):
        owner, name = match[1].lower(), match[2]
        if owner == "none":
            return (
                f'"{name}" is asked of something this mail does not have',
                "write {% if ... %} around it, such as {% if letter.ticket %}",
            )
        known = {word.rpartition(".")[2]: word for word in reversed(words())}
        return f'{owner} has no "{name}"', _did_you_mean(name, known) or _SEE
    if match := _UNDEFINED.search(message):
        guess = _did_you_mean(match[1], {"letter": "letter"})
        return (
            f'"{match[1]}" is undefined',
            f"{guess} templates know letter and nothing else".strip(),
        )
    if match := _NO_SUCH.search(message):
        guess = _did_you_mean(match[2], {name: name for name in filters})
        return f'there is no {match[1]} "{match[2]}"', guess or _SEE
    return message.rstrip("."), "save it as UTF-8" if "UTF-8" in message else _SEE


_SEE = "docs/templates.md has the words there are"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant, as a question; "" when none comes close."""
    return _did_you_mean(name, {word: word for word in known})


def wrong_name(name: str, packaged: Iterable[str]) -> tuple[str, str] | None:
    """Why no mail would ever use a file of this name, as (problem, remedy); None if one does.

    A name with a leading "_" is the admin's own part, included by other templates. Notes and
    an editor's backups may stand beside: they have other endings.

    >>> wrong_name("confirmatoin.txt.j2", ("confirmation.txt.j2",))
    ('no mail uses a template of this name', 'did you mean confirmation.txt.j2?')
    >>> wrong_name("confirmation.pt-BR.html.j2", ()), wrong_name("_head.html.j2", ())
    (None, None)
    """
    if not name.endswith((".j2", ".txt", ".html")) or name.startswith("_"):
        return None
    match = _FILE_NAME.fullmatch(name)
    if match and match["notice"] in {notice.value for notice in Notice}:
        return None
    problem = "no mail uses a template of this name"
    return problem, did_you_mean(
        name, packaged
    ) or "name it NOTICE.txt.j2 or NOTICE.LANGUAGE.txt.j2"


def notice_and_language(name: str) -> tuple[Notice, str] | None:
    """Of which mail in which language ("" for none) a file is a part; None for shared parts."""
    match = _FILE_NAME.fullmatch(name)
    if not match or name.startswith("_"):
        return None
    return Notice(match["notice"]), match["language"] or ""


def _did_you_mean(name: str, known: dict[str, str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {known[close[0]]}?" if close else ""
