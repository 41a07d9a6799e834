"""The settings of `[limits]`: how much the desk writes by itself, so that no loop becomes a storm.

Each limit is a list of windows, all of which hold: a short one stops a loop at once, a long one
keeps it from starting again and again. What people write is not meant, but for one ceiling.
"""

import re
from functools import cache
from typing import Any, NamedTuple

from pydantic import Field, field_validator, model_validator

from gateway.config.formats import duration_seconds
from gateway.config.mailboxes import Line, Settings

_WINDOW = re.compile(r"(\d{1,9}) in (.+)")
_RENAMED = {
    "confirmations_per_hour": "confirmations",
    "mails_per_ticket_per_hour": "mails_per_ticket",
}


class Window(NamedTuple):
    """At most `most` within `seconds`."""

    most: int
    seconds: int


@cache
def windows(texts: tuple[str, ...]) -> tuple[Window, ...]:
    """The windows as an admin writes them. Raises ValueError with a remedy.

    >>> windows(("20 in 10m", "60 in 1h"))
    (Window(most=20, seconds=600), Window(most=60, seconds=3600))
    """
    found = []
    for text in texts:
        match = _WINDOW.fullmatch(text.strip())
        if match is None:
            raise ValueError('is no limit; write how many in how long, such as "20 in 10m"')
        found.append(Window(int(match[1]), duration_seconds(match[2])))
    return tuple(found)


class Limits(Settings):
    """How much is written automatically, so that no loop becomes a storm. Each limit is a list of
    windows such as "20 in 10m", which all hold; an empty list is no limit."""

    mails_per_ticket: tuple[Line, ...] = Field(
        ("20 in 10m", "60 in 1h", "100 in 10h"),
        strict=False,
        description="Mails about one ticket to one person. What is said further is in the "
        "ticket, and its history says whom no mail told of it: two machines that answer each "
        "other fall silent. What an agent writes to a requester goes out all the same, up to 300 "
        "in 10h.",
    )
    confirmations: tuple[Line, ...] = Field(
        ("500 in 1h", "2000 in 10h"),
        strict=False,
        description="Confirmations of new tickets to one address. Further mails still open "
        "tickets; the ticket's history says that the confirmation was withheld.",
    )
    confirmations_of_replies: tuple[Line, ...] = Field(
        ("60 in 10m", "120 in 1h", "240 in 10h"),
        strict=False,
        description="The same where the mail looks like a reply and belongs to no ticket of ours: "
        "thus a machine writes that answers our confirmations.",
    )
    confirmations_of_strangers: tuple[Line, ...] = Field(
        ("60 in 1h", "240 in 10h"),
        strict=False,
        description="The same to one address that is neither in directory.csv nor of one of the "
        "mailbox's known_domains: whoever forges it must not flood it.",
    )
    answers_per_person: tuple[Line, ...] = Field(
        ("600 in 1h", "2400 in 10h"),
        strict=False,
        description="Mails that the desk answers one person's mail with by itself, about "
        "whatever ticket: confirmations, questions, refused commands.",
    )
    questions_per_ticket: tuple[Line, ...] = Field(
        ("3 in 1h", "10 in 1d"),
        strict=False,
        description="Questions to one person about one ticket whether a mail was theirs. Further "
        "mails are held all the same: whoever writes in somebody's name must not flood them.",
    )
    questions_per_person: tuple[Line, ...] = Field(
        ("10 in 1h", "30 in 1d"),
        strict=False,
        description="Such questions to one person about all tickets.",
    )
    watching_per_person: tuple[Line, ...] = Field(
        ("5 in 1h", "20 in 1d"),
        strict=False,
        description="Mails to one person that they follow a ticket from now on, about all "
        "tickets. Whoever gets none follows it all the same.",
    )
    watching_per_requester: tuple[Line, ...] = Field(
        ("25 in 1h", "100 in 1d"),
        strict=False,
        description="Such mails about all tickets of one requester, to whomever; those that an "
        "agent's mail causes go out all the same.",
    )

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, values: Any) -> Any:
        for old, new in _RENAMED.items():
            if isinstance(values, dict) and old in values:
                raise ValueError(
                    f"{old} is not known any more; write "
                    f'{new} = ["{values[old]} in 1h"], or several such windows'
                )
        return values

    @field_validator("*", mode="after")
    @classmethod
    def _windows(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        windows(texts)
        return texts
