"""Works off the outbox: one conversation a mail, and what came of it into the row.

2yz is sent, 4yz is tried again with growing pauses until the mail is too old, 5yz has
failed and its ticket says so. A mail whose fate is unknown, because we died between the
server's 250 and our mark, goes again with the same bytes and the same Message-ID.
"""

import random
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from gateway import maillog
from gateway.decide import failure
from gateway.decide.decision import Decision
from gateway.decide.lately import TOLD_ONCE_PER, Lately
from gateway.errors import PermanentError, TemporaryError
from gateway.message import Address, Mail
from gateway.outbound.sender import Outgoing, Sender
from gateway.settle import load, record
from gateway.settle.correspond import At
from gateway.settle.office import Office
from gateway.settle.record import Recording
from gateway.store import (
    Conflict,
    Tx,
    away,
    claims,
    identifiers,
    outbox,
    people,
    snapshot,
    suppression,
    tables,
    tickets,
    transaction,
)

FIRST_RETRY_SECONDS = 60
MAX_RETRY_SECONDS = 4 * 3600
MAX_CONFLICTS = 5


def retry_in_seconds(attempt: int, chance: float) -> int:
    """How long to wait after this many attempts: doubled each time, a quarter of it by chance
    (0 to 1), so that what failed together does not come back together.

    >>> [retry_in_seconds(attempt, 0) for attempt in (1, 2, 3, 20)], retry_in_seconds(1, 1)
    ([60, 120, 240, 14400], 75)
    """
    wait = min(FIRST_RETRY_SECONDS * 2 ** min(attempt - 1, 20), MAX_RETRY_SECONDS)
    return int(wait * (1 + chance / 4))


def _cause(row: outbox.Row) -> str:
    """Of the notice that a mail failed: another one each time that it was retried by hand."""
    return f"outbox {row.id} of {row.created_at.isoformat()}"


def _lately(tx: Tx, numbers: Collection[int], to: Iterable[Address], now: datetime) -> Lately:
    """What is known of the address already, and what agents were told of it."""
    return Lately(
        suppressed=suppression.by_key(tx, [each.key for each in to]),
        away=away.now_away(tx, now),
        told=suppression.told(tx, numbers, now - TOLD_ONCE_PER, now),
    )


class Dispatch:
    """Sends what is due, one mail at a time."""

    def __init__(self, office: Office, sender: Sender) -> None:
        self._office, self._sender = office, sender

    def step(self) -> bool:
        """Send one due mail; False when none is due. Raises TemporaryError of the database."""
        now = datetime.now(UTC)
        with snapshot(self._office.database) as tx:
            due_at = claims.next_due(tx, tables.outbox)
        if due_at is None or due_at > now:
            return False
        with transaction(self._office.database) as tx:
            claimed = outbox.claim(tx, self._office.worker, now, 1)
        for row in claimed:
            try:
                self._send(row)
            except claims.LostClaim:
                continue  # retried by hand meanwhile: its new claim has the word
        return bool(claimed)

    def close(self) -> None:
        self._sender.close()

    def _send(self, row: outbox.Row) -> None:
        mail = Outgoing(mail_from=row.mail_from, rcpt_to=row.rcpt_to, content=row.content)
        try:
            reply = self._sender.send(mail)
        except TemporaryError as error:
            self._try_later(row, str(error))
        except PermanentError as error:
            self._fail(row, str(error))
        except Exception as error:  # a bug of ours: the mails behind this one are not to blame
            self._try_later(row, f"{type(error).__name__}: {error}")
        else:
            with transaction(self._office.database) as tx:
                outbox.sent(tx, row.claimed, self._office.worker, datetime.now(UTC), reply)
            maillog.sent(outbox=row.id, rcpt=row.rcpt_to, notice=row.notice, reply=reply)

    def _try_later(self, row: outbox.Row, reply: str) -> None:
        now = datetime.now(UTC)
        give_up_after = timedelta(seconds=self._office.desk.gateway.outgoing.give_up_after)
        if now - row.created_at > give_up_after:
            self._fail(row, f"gave up after {row.attempts} attempts: {reply}")
            return
        wait = retry_in_seconds(row.attempts, random.random())  # noqa: S311 - spreads, hides nothing
        with transaction(self._office.database) as tx:
            due_at = now + timedelta(seconds=wait)
            outbox.defer(tx, row.claimed, self._office.worker, due_at, reply)
        maillog.deferred(
            outbox=row.id,
            rcpt=row.rcpt_to,
            attempt=row.attempts,
            retry_in_seconds=wait,
            reply=reply,
        )

    def _fail(self, row: outbox.Row, reply: str) -> None:
        for attempt in range(MAX_CONFLICTS):
            try:
                self._record_failure(row, reply)
                break
            except Conflict:  # the ticket changed meanwhile: decide again from what it is now
                if attempt == MAX_CONFLICTS - 1:
                    raise
        maillog.failed(outbox=row.id, rcpt=row.rcpt_to, notice=row.notice, reply=reply)

    def _record_failure(self, row: outbox.Row, reply: str) -> None:
        office, now = self._office, datetime.now(UTC)
        decision: Decision | None = None
        mails: tuple[Mail, ...] = ()
        ids: dict[str, int] = {}
        with snapshot(office.database) as tx:
            found = tickets.by_number(tx, [row.ticket]) if row.ticket else {}
            to = people.with_ids(tx, [row.person_id] if row.person_id else [])
            if found:
                ids = people.ids_of(tx, {*to.values(), *load.readers(office.desk, found.values())})
                seen = identifiers.exchanged(tx, found)
                lately = _lately(tx, found, to.values(), now)
        if row.ticket and row.person_id and found:
            ticket, person = found[row.ticket], to[row.person_id]
            decision = failure.decide(ticket, person, row.id, reply, office.desk, now, lately)
            mails = office.writer.write(
                decision, At(), ids, seen.get(row.ticket, {}), _cause(row), now
            ).mails
        done = Recording(worker=office.worker, now=now, mails=mails)
        with transaction(office.database) as tx:
            record.failure(tx, done, row, reply, decision, ids)
