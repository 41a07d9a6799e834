"""Everything SQL: one way to the database, plain tables, rows mapped in plain sight."""

from gateway.store import (
    account,
    claims,
    conversation,
    decisions,
    engine,
    ledger,
    migrate,
    outbox,
    people,
    retention,
    siblings,
    spool,
    tables,
    tickets,
    timers,
)
from gateway.store.bulk import gathering
from gateway.store.counters import reserve
from gateway.store.engine import Conflict, Database, Tx, connect, describe, snapshot, transaction

__all__ = [
    "Conflict",
    "Database",
    "Tx",
    "account",
    "claims",
    "connect",
    "conversation",
    "decisions",
    "describe",
    "engine",
    "gathering",
    "ledger",
    "migrate",
    "outbox",
    "people",
    "reserve",
    "retention",
    "siblings",
    "snapshot",
    "spool",
    "tables",
    "tickets",
    "timers",
    "transaction",
]
