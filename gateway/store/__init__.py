"""Everything SQL: one way to the database, plain tables, rows mapped in plain sight."""

from gateway.store import (
    claims,
    conversation,
    decisions,
    engine,
    migrate,
    outbox,
    people,
    spool,
    tables,
    tickets,
    timers,
)
from gateway.store.counters import reserve
from gateway.store.engine import Conflict, Database, Tx, connect, describe, snapshot, transaction

__all__ = [
    "Conflict",
    "Database",
    "Tx",
    "claims",
    "connect",
    "conversation",
    "decisions",
    "describe",
    "engine",
    "migrate",
    "outbox",
    "people",
    "reserve",
    "snapshot",
    "spool",
    "tables",
    "tickets",
    "timers",
    "transaction",
]
