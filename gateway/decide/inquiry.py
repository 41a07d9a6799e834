"""What a mail asks for beyond its own ticket: known before it is decided, so that it is loaded.

Cheap where the text has no commands. The surprising fact: nothing here proves anything. Of
whoever is not proven the answer is loaded as well, and not sent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.commands_lines import has_sign
from gateway.decide import commanded
from gateway.desk.folder import Desk
from gateway.directory import Role
from gateway.message import Address, Reading
from gateway.rules import commands
from gateway.rules.commands import Command, Verb
from gateway.rules.commands_arguments import Listing, Scope
from gateway.threading import internal

PAGE_SIZE = 50  # tickets in one answer
MAX_WORDS = 8  # of a search
MAX_STATUS_CHARS = 300  # of a mail that only asks for a list
MAX_STATUS_LINES = 5
MAX_TEXT_CHARS = 200_000  # of a conversation in one answer

_CLOSING = re.compile(
    r"(?:(?:best|kind|kindest|many|warm) )?(?:regards|wishes)\b|thank|cheers|mfg\b|sent from "
    r"|(?:(?:viele|beste|liebe|freundliche|mit freundlichen) )?gr(?:ü|u|ue)(?:ß|ss)|danke|gesendet "
    r"|(?:bien )?cordialement|merci|saludos|gracias|saluti|grazie|groet|bedankt|pozdr|dzięk"
    r"|obrigad|atenciosamente",
    re.IGNORECASE,
)

_LOOK_BACK = frozenset({Verb.UNDO, Verb.WHY, Verb.FULL, Verb.SPLIT})
"""Commands about what was said and done in the ticket that the mail belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """`commands` are those that ask or name other tickets; `queues` those that their author may
    look into. `own` is whether somebody asks for the tickets that they take part in."""

    author: Address
    commands: tuple[Command, ...] = ()
    queues: tuple[str, ...] = ()
    own: bool = False

    @property
    def named(self) -> frozenset[int]:
        """Numbers of other tickets."""
        found = (each.argument.detail for each in self.commands)
        return frozenset(each for each in found if isinstance(each, int))

    @property
    def looks_back(self) -> bool:
        return any(each.verb in _LOOK_BACK for each in self.commands)


def inquiry(
    text: str,
    recipients: Sequence[str],
    mailbox: str,
    author: Address,
    desk: Desk,
    *,
    asks_as_agent: bool = True,
) -> Inquiry | None:
    """What this mail asks for; None for nearly all mails."""
    own = asks_for_own(text, recipients, mailbox, desk)
    found: tuple[Command, ...] = ()
    if asks_as_agent and has_sign(text) and is_agent(author, desk):
        parsed = commands.parse(internal.own_words(text), commanded.names_for(desk, author))
        found = tuple(each for each in parsed.commands if _is_more_than_the_ticket(each))
    if not own and not found:
        return None
    queues = visible_queues(desk, author) if found else ()
    return Inquiry(author=author, commands=found, queues=queues, own=own)


def _is_more_than_the_ticket(command: Command) -> bool:
    asks = (Verb.LIST, Verb.SEARCH, Verb.STATUS)
    return (
        isinstance(command.argument.detail, int)
        or command.verb in _LOOK_BACK
        or command.verb in asks
    )


def asks_for_own(text: str, recipients: Sequence[str], mailbox: str, desk: Desk) -> bool:
    """Whether this is "#status" and nothing else, or came to the mailbox's address for that."""
    if _is_status_alone(text):
        return True
    ours = desk.gateway.mailbox_named(mailbox)
    local, _, domain = ours.address.lower().rpartition("@")
    status = f"{local}{ours.separator}status@{domain}"
    return bool(ours.separator) and status in (each.lower() for each in recipients)


def addressed(recipients: Sequence[str], reading: Reading) -> tuple[str, ...]:
    """Whom the mail went to: a mail that was fetched may have lost its envelope."""
    message = reading.message
    return (*recipients, *(each.address for each in (*message.to, *message.cc)))


def _is_status_alone(text: str) -> bool:
    """Nothing but the word, and how a mail ends: what else is said must reach somebody."""
    lines = [line.strip() for line in text[:MAX_STATUS_CHARS].split("\n") if line.strip()]
    if len(text) > MAX_STATUS_CHARS or not lines or len(lines) > MAX_STATUS_LINES:
        return False
    is_asked = lines[0].casefold().rstrip(".! ") in ("#status", "status")
    return is_asked and (len(lines) == 1 or bool(_CLOSING.match(lines[1])))


def is_agent(author: Address, desk: Desk) -> bool:
    person = desk.directory.find(author)
    return person is not None and (person.role is Role.AGENT or bool(person.leads))


def visible_queues(desk: Desk, author: Address) -> tuple[str, ...]:
    """Of what an agent may look into: the queues of their teams, and all but `members_only`."""
    return tuple(
        queue.name
        for queue in desk.gateway.queue
        if not queue.members_only or desk.directory.is_agent_of(author, queue.team)
    )


def queues_of(asked: Inquiry, command: Command) -> tuple[str, ...]:
    """The queues that this list is of."""
    detail = command.argument.detail
    if isinstance(detail, Listing) and detail.scope is Scope.QUEUE:
        return tuple(each for each in asked.queues if each == detail.queue)
    return asked.queues


def words_of(command: Command) -> tuple[str, ...]:
    """What is looked for."""
    return tuple(command.argument.text.split()[:MAX_WORDS])
