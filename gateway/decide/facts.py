"""What a decision needs to know besides the mail itself. Values only; `load` fetches them.

What names tickets and people of them is kept with the decision, so that `explain` can
tell later what it came from; texts and Message-IDs stand in their own rows.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.decide.found import Found
from gateway.decide.lately import Lately
from gateway.deliveries import Held, Sibling
from gateway.message import Address
from gateway.tickets.model import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """As of one moment; `tickets` carry the versions that a record is checked against.

    `new_number` and `new_person` are reserved for what may be new; unused ones leave a
    gap. `ids` has everybody who may be written to, by `Address.key`. `exchanged` and `notes`
    are per ticket number: Message-IDs by person id, and what only agents may see; `subjects` those
    of its mails. `colleagues` are the notes of others than the author, and `shared`, where there
    are notes, what the requester wrote, and got as an answer while they were it. `overtaken` are
    identifiers of mails that a ticket's referred to before they came, `mentioned` tickets of which
    the subject has the bare number. `siblings` are the same mail's deliveries to other mailboxes,
    `elsewhere` the tickets that they opened or joined. `held` are, by delivery, the mails that this
    one may be a yes to. `refused_lately` says that the author was told today that we do not take
    their mail. `found` is what the mail asks for.
    """

    author: Address
    new_number: int
    new_person: int
    ids: Mapping[str, int]
    newcomers: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[int, Address] = field(default_factory=dict)
    tickets: Mapping[int, Ticket] = field(default_factory=dict)
    identifiers: Mapping[str, int] = field(default_factory=dict)
    overtaken: Mapping[str, int] = field(default_factory=dict)
    subjects: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    mentioned: tuple[int, ...] = ()
    exchanged: Mapping[int, Mapping[int, tuple[str, ...]]] = field(default_factory=dict)
    notes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    colleagues: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    shared: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    duplicate_of: int | None = None
    siblings: tuple[Sibling, ...] = ()
    elsewhere: Mapping[int, Ticket] = field(default_factory=dict)
    held: Mapping[int, Held] = field(default_factory=dict)
    refused_lately: bool = False
    lately: Lately = field(default_factory=Lately)
    found: Found = field(default_factory=Found)

    def id_of(self, address: Address) -> int:
        """The person's id; that reserved for a new one when we do not know them yet."""
        return self.ids.get(address.key, self.new_person)

    def as_json(self) -> dict[str, Any]:
        """What is kept with the decision: who and which tickets at which version, no text."""
        return {
            "author": self.author.key,
            "new_number": self.new_number,
            "people": {str(key): value.key for key, value in self.people.items()},
            "tickets": {str(number): _ticket(each) for number, each in self.tickets.items()},
            "identifiers": dict(self.identifiers),
            "overtaken": dict(self.overtaken),
            "duplicate_of": self.duplicate_of,
            "siblings": [asdict(each) for each in self.siblings],
            "held": [asdict(each) for each in self.held.values()],
            "refused_lately": self.refused_lately,
            "away": sorted(self.lately.away),
            "suppressed": sorted(self.lately.suppressed),
        }


def _ticket(ticket: Ticket) -> dict[str, Any]:
    """
    >>> from datetime import UTC
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> ann = Address("ann@x.example")
    >>> kept = _ticket(Ticket(number=1, tag="aaaaaa", mailbox="s@x.example", queue="IT",
    ...     subject="", requester=ann, created_at=at, updated_at=at))
    >>> kept["status"], kept["requester"], kept["created_at"]
    ('new', 'ann@x.example', '2026-01-05T00:00:00+00:00')
    """
    fields = ticket.__dataclass_fields__
    return {name: _plain(getattr(ticket, name)) for name in fields if name != "subject"}


def _plain(value: object) -> object:
    if isinstance(value, Address):
        return value.key
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
