"""The tables. What is decided here cannot be changed later without a rewrite.

Every time is aware UTC, every text is one that both databases take, every
constraint has a name (SQLite's batch migrations need names). Deliveries, timers and
outbox rows are work: they share `state`, `due_at`, `attempts` and `claimed_by`. Cut
by subject, and had from here, so that whoever has `metadata` has every table.
"""

from gateway.store.tables.base import metadata
from gateway.store.tables.incoming import decision, delivery, imap_cursor, raw, ruleset, spool
from gateway.store.tables.outgoing import alert, excerpt, outbox, outbox_body, suppression
from gateway.store.tables.tickets import (
    attachment,
    away,
    counter,
    event,
    identifier,
    link,
    message,
    participant,
    person,
    ticket,
    ticket_message,
    ticket_tag,
    timer,
)

__all__ = [
    "alert",
    "attachment",
    "away",
    "counter",
    "decision",
    "delivery",
    "event",
    "excerpt",
    "identifier",
    "imap_cursor",
    "link",
    "message",
    "metadata",
    "outbox",
    "outbox_body",
    "participant",
    "person",
    "raw",
    "ruleset",
    "spool",
    "suppression",
    "ticket",
    "ticket_message",
    "ticket_tag",
    "timer",
]
