"""What lies before the judge, made of values that show only what matters.

One desk for all: IT behind support@, with Bob and its lead Lee; HR behind hr@, with Hana;
Ann (who has an alias) and Carl are employees. Ticket #1042 is Ann's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.config.settings import Gateway
from gateway.decide.admission import Grant
from gateway.decide.case import Case
from gateway.decide.facts import Facts
from gateway.desk.directory_file import parse_directory
from gateway.desk.folder import Desk
from gateway.desk.rules_file import parse_rules
from gateway.message import Address, Bounce, Kind, Message, Reading
from gateway.threading.match import Clues
from gateway.threading.tag import KeyRing, Purpose, Signed
from gateway.tickets.events import Actor, By
from gateway.tickets.model import Step, Ticket
from gateway.tickets.priority import Priority, Target

NOW = datetime(2026, 2, 2, 9, tzinfo=UTC)
SUPPORT, HR = "support@example.com", "hr@example.com"

ANN = Address("ann@example.com", "Ann")
CARL = Address("carl@example.com", "Carl")
BOB = Address("bob@example.com", "Bob Agent")
LEE = Address("lee@example.com", "Lee Lead")
HANA = Address("hana@example.com", "Hana Agent")
EVE = Address("eve@evil.example", "Eve")
ANNS_ALIAS = Address("ann.private@home.example", "Annie")

IDS = {each.key: number for number, each in enumerate((BOB, LEE, HANA, ANN, CARL, EVE), 1)}
PEOPLE = {IDS[each.key]: each for each in (BOB, LEE, HANA, ANN, CARL, EVE)}

NUMBER, TAG = 1042, "k3v5xw"

DIRECTORY = """\
address,name,role,teams,leads,vip,aliases
bob@example.com,Bob Agent,agent,it,,,robert@home.example
lee@example.com,Lee Lead,agent,it,it,,
hana@example.com,Hana Agent,agent,hr,hr,,
ann@example.com,Ann,employee,,,,ann.private@home.example
carl@example.com,Carl,employee,,,,
"""


def a_ring(*, desk: str = "desk.example", ids: tuple[int, ...] = (1,)) -> KeyRing:
    """Keys with secrets that follow from desk and id."""
    return KeyRing(desk, tuple((each, f"{desk} {each} ".encode().ljust(32, b"k")) for each in ids))


def a_ticket(**changes: Any) -> Ticket:
    """Ann's, new, in IT."""
    plain: dict[str, Any] = {
        "number": NUMBER,
        "tag": TAG,
        "mailbox": SUPPORT,
        "queue": "IT",
        "subject": "Printer on fire",
        "requester": ANN,
        "created_at": NOW - timedelta(hours=1),
        "updated_at": NOW - timedelta(hours=1),
        "version": 1,
    }
    return Ticket(**{**plain, **changes})


def a_desk(
    *,
    rules: str = "[]",
    directory: str = DIRECTORY,
    queues: Mapping[str, str] | None = None,
    mailbox: Mapping[str, Any] | None = None,
    limits: Mapping[str, Sequence[str]] | None = None,
    members_only: tuple[str, ...] = (),
) -> Desk:
    """The desk, with other rules, people, queues (name: team) or settings of support@."""
    gateway = Gateway.model_validate(
        {
            "desk": {"name": "desk.example", "admin": "admin@example.com"},
            "queue": [
                {"name": name, "team": team, "members_only": name in members_only}
                for name, team in (queues or {"IT": "it", "HR": "hr"}).items()
            ],
            "mailbox": [
                {"address": SUPPORT, "display_name": "IT", "queue": "IT", **(mailbox or {})},
                {"address": HR, "display_name": "HR", "queue": next(reversed(queues or {"HR": 0}))},
            ],
            "limits": dict(limits or {}),
        }
    )
    people = parse_directory(directory, Path("directory.csv"))
    return Desk(
        folder=Path("/nowhere"),
        gateway=gateway,
        rules=parse_rules([("rules/1.yaml", rules)], gateway, people),
        directory=people,
        targets={
            each: Target(name=each.value, respond_within_seconds=3600 * number)
            for number, each in enumerate(Priority, 1)
        },
        database_url="",
    )


def a_reading(
    *,
    author: Address = ANN,
    kind: Kind = Kind.ORDINARY,
    text: str = "It burns.",
    bounce: Bounce | None = None,
    from_fields: int = 1,
    evidence: tuple[str, ...] = (),
    **fields: Any,
) -> Reading:
    """A mail of Ann's, read. `from_fields` is how many From fields it has."""
    headers = (("from", str(author)),) * from_fields
    plain: dict[str, Any] = {"message_id": "mail@x.example", "subject": "Printer on fire"}
    message = Message(author=author, text=text, headers=headers, **{**plain, **fields})
    return Reading(
        message=message, kind=kind, new_text=text, bounce=bounce, fingerprint="f", evidence=evidence
    )


def signed_for(person: Address, purpose: Purpose = Purpose.REPLY, **changes: Any) -> Signed:
    """What a signed address of the ticket says that was made for this person."""
    return replace(Signed(NUMBER, purpose, IDS[person.key]), **changes)


def by_address(person: Address, purpose: Purpose = Purpose.REPLY, **changes: Any) -> Clues:
    """The mail came to the address that was signed for this person."""
    return Clues(signed=(signed_for(person, purpose, **changes),))


def by_message_id(person: Address, purpose: Purpose = Purpose.REPLY) -> Clues:
    """The mail answers a mail of ours to this person, and came to no signed address."""
    return Clues(issued=(signed_for(person, purpose),))


BY_TAG = Clues(tags=((NUMBER, TAG),))
"""The mail has the ticket's tag in its subject, and no more."""

NO_CLUES = Clues()


def a_case(
    reading: Reading | None = None,
    *,
    ticket: Ticket | None = None,
    clues: Clues = NO_CLUES,
    desk: Desk | None = None,
    null_sender: bool = False,
    mailbox: str = SUPPORT,
    recipients: tuple[str, ...] = (SUPPORT,),
    grant: Grant = Grant.NOBODY,
    **facts: Any,
) -> Case:
    """A mail of Ann's to support@. `ticket` is one that the store knows; `clues` lead to it."""
    reading, desk = reading or a_reading(), desk or a_desk()
    known: dict[str, Any] = {
        "author": desk.directory.known_as(reading.message.author),
        "new_number": 2000,
        "new_person": 99,
        "ids": IDS,
        "people": PEOPLE,
        "tickets": {ticket.number: ticket} if ticket else {},
    }
    return Case(
        reading=reading,
        null_sender=null_sender,
        mailbox=mailbox,
        recipients=recipients,
        clues=clues,
        facts=Facts(**{**known, **facts}),
        desk=desk,
        ring=a_ring(),
        now=NOW,
        grant=grant,
    )


def step(action: Any, actor: Actor = Actor.AGENT, person: Address | None = BOB) -> Step:
    """Bob does this."""
    return Step(action, By(actor, person), "test")
