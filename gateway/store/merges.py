"""Tickets that lead to others: what was merged goes on elsewhere, be it over several merges.

A chain is followed so far and no further, and one that closes to a circle ends where it began.
"""

from collections.abc import Collection

from sqlalchemy.engine import Connection

from gateway.store import tickets
from gateway.tickets.model import Ticket


def with_targets(tx: Connection, numbers: Collection[int], most: int) -> dict[int, Ticket]:
    """The tickets with these numbers that exist, and those that they were merged into: over
    `most` merges, one after the other."""
    found = tickets.by_number(tx, numbers)
    for _ in range(most):
        targets = {each.merged_into for each in found.values() if each.merged_into}
        if targets <= found.keys():
            break
        found |= tickets.by_number(tx, targets - found.keys())
    return found
