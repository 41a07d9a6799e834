"""Whom a mail may make a participant besides its author: an id of theirs has to be at hand before
it is decided, whether it comes to that or not.
"""

from gateway.decide import commanded, forward, watchers
from gateway.desk.folder import Desk
from gateway.message import MAX_ADDRESS_CHARS, Address, Reading
from gateway.outbound.compose import can_be_written_to

MAX_NAMED = 60  # people that one mail may name; those behind them are nobody to us


def named_in(reading: Reading, mailbox: str, desk: Desk) -> tuple[Address, ...]:
    """By its commands, by what it passes on, or by a copy."""
    found = (
        *commanded.people_named(reading.new_text, desk),
        *forward.people_in(reading.forwarded, desk.directory),
        *watchers.people_in(reading, desk, mailbox),
    )
    return tuple(each for each in found[:MAX_NAMED] if _can_be_met(each))


def _can_be_met(person: Address) -> bool:
    return can_be_written_to(person) and len(person.address) <= MAX_ADDRESS_CHARS
