"""A letter as its reader may know it.

To requesters, colleagues are names without addresses, and copies go unmentioned: what a
template is not given no template can tell, be it the desk's own. A display name that is
itself an address counts as none.
"""

from dataclasses import replace

from gateway.message import Address
from gateway.outbound import phrasing
from gateway.outbound.letter import Letter


def as_told(letter: Letter) -> Letter:
    """The letter for a template: fit for its reader, its text with plain line ends."""
    text = letter.text.replace("\r\n", "\n").replace("\r", "\n")
    if " \n" in text or "\t\n" in text:
        text = "\n".join([line.rstrip(" \t") for line in text.split("\n")])
    text = text.rstrip(" \t").strip("\n")
    if letter.notice.for_agents or letter.ticket is None:
        return letter if text == letter.text else replace(letter, text=text)
    requester = letter.ticket.requester

    def named(person: Address | None) -> Address | None:
        if person is None or person.key == requester.key:
            return person
        name = phrasing.called(person) or letter.mailbox.display_name
        return Address(letter.mailbox.address, name)

    passed = letter.passed_on and replace(letter.passed_on, by=None, note="")
    ticket = replace(letter.ticket, assignee=named(letter.ticket.assignee), watchers=(), left=())
    return replace(
        letter,
        text=text,
        ticket=ticket,
        author=named(letter.author),
        copied=(),
        points_at=letter.points_at if letter.link == "follows" else None,
        mentions=(),
        changes=(),
        passed_on=passed,
        following=tuple(map(_by_name, letter.following)),
    )


def _by_name(person: Address) -> Address:
    """Whoever is in copy under one address may have another on file."""
    return Address("", phrasing.called(person) or person.key.partition("@")[0])


def in_language(letter: Letter, language: str) -> Letter:
    """So that times and sizes are said in the words of the template around them."""
    if letter.mailbox.language == language:
        return letter
    return replace(letter, mailbox=letter.mailbox.model_copy(update={"language": language}))
