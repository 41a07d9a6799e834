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
    lines = letter.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    letter = replace(letter, text="\n".join(line.rstrip(" \t") for line in lines).strip("\n"))
    if letter.notice.for_agents or letter.ticket is None:
        return letter
    requester = letter.ticket.requester

    def named(person: Address | None) -> Address | None:
        if person is None or person.key == requester.key:
            return person
        name = phrasing.called(person) or letter.mailbox.display_name
        return Address(letter.mailbox.address, name)

    ticket = replace(letter.ticket, assignee=named(letter.ticket.assignee), watchers=())
    return replace(letter, ticket=ticket, author=named(letter.author))


def in_language(letter: Letter, language: str) -> Letter:
    """So that times and sizes are said in the words of the template around them."""
    if letter.mailbox.language == language:
        return letter
    return replace(letter, mailbox=letter.mailbox.model_copy(update={"language": language}))
