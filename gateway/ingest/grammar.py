"""Addresses and dates that keep to the grammar (RFC 5322 section 3), as mail-parser reads them;
the one door to it.

Decides nothing: `fields` reads what does not keep to it. The surprising fact: asked for a whole
header, mail-parser makes twenty answers twice over of which five are wanted, so it is asked
field by field; and one desk's mail has few different addresses.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mailparser import dates, utils

from gateway.ingest.fields import text_of
from gateway.ingest.parse_limits import field_repaired
from gateway.ingest.tree import Fields
from gateway.memory import remembering
from gateway.message import Address

# It logs content types and file names of strangers: what matters of it is in the defects.
logging.getLogger("mailparser").setLevel(logging.CRITICAL)

_ADDRESS_FIELDS = ("cc", "from", "reply-to", "to")

Found = tuple[tuple[Address, ...], tuple[str, ...]]  # and what is wrong with them


@dataclass(slots=True, kw_only=True)
class Read:
    """`addresses` by field, without the fields that leave a doubt. Degraded is a header with a
    field that could not be read at all."""

    addresses: dict[str, tuple[Address, ...]] = field(default_factory=dict)
    date: datetime | None = None
    defects: list[str] = field(default_factory=list)
    degraded: bool = False


def read(header: Fields) -> Read:
    """What the fields say of author, recipients and date; of a field that is there twice, the
    first says it. Never raises."""
    found = Read()
    values = _by_name(header)
    for name in _ADDRESS_FIELDS:
        given = [_tried(found, value) for value in values.get(name, ())]
        problems = [(at, each) for at, (_, wrong) in enumerate(given) for each in wrong]
        found.defects += (f"AddressHeaderDefect: {name}[{at}]: {each}" for at, each in problems)
        if given and not problems:
            found.addresses[name] = given[0][0]
    for at, value in enumerate(values.get("date", ())):
        told = dates.parse_mail_date(value)
        found.defects += (f"DateHeaderDefect: date[{at}]: {each}" for each in told.reasons)
        found.date = found.date if at else told.value
    return found


def _by_name(header: Fields) -> dict[str, list[str]]:
    """Of fields in ASCII: what else there is keeps to no grammar that mail-parser knows."""
    values: dict[str, list[str]] = {}
    for name, value in header:
        name = name.lower()
        if (name in _ADDRESS_FIELDS or name == "date") and value.isascii():
            values.setdefault(name, []).append(value)
    return values


def _tried(found: Read, value: str) -> Found:
    """As it is, repaired, or not at all."""
    for each in _as_it_is_and_repaired(value):
        try:
            return _addresses(each)
        except Exception as error:
            found.defects.append(f"mail-parser: {type(error).__name__}")
    found.degraded = True
    return (), ("unreadable",)


def _as_it_is_and_repaired(value: str) -> Iterator[str]:
    yield value
    yield field_repaired(value)


@remembering
def _addresses(value: str) -> Found:
    wrong: list[dict[str, object]] = []
    named = utils.get_addresses(value, defects=wrong, decode_names=True)
    found = ((each, "" if name == each else name) for name, each in named if each)
    people = tuple(Address(text_of(each), text_of(name)) for each, name in found)
    return people, tuple(str(each["reason"]) for each in wrong)
