"""One function per thing that can happen to a mail: the log's whole vocabulary.

Call sites cannot invent formats and senders cannot forge lines. INFO tells a mail's
story, WARNING means that somebody may have to act, ERROR is a bug or a lost
dependency. Subjects, texts and passwords are never logged; addresses are.
"""

import json
import logging

_log = logging.getLogger("gateway")


def accepted(
    *, spool: int, source: str, mail_from: str, rcpt: str, size_bytes: int, peer: str
) -> None:
    """The mail is safe: its bytes and envelope are committed."""
    _event(
        logging.INFO,
        "accepted",
        spool=spool,
        source=source,
        mail_from=f"<{mail_from}>",
        rcpt=rcpt,
        size_bytes=size_bytes,
        peer=peer,
    )


def refused(*, mail_from: str, rcpt: str, reply: str, cause: str) -> None:
    """The mail was not taken; its sender's server has it still, or knows why not."""
    _event(logging.WARNING, "refused", mail_from=f"<{mail_from}>", rcpt=rcpt, reply=reply,
           cause=cause)  # fmt: skip


def ended(*, delivery: int, outcome: str, ticket: int | None, reason: str, mails: int) -> None:
    """A delivery has its outcome; `mails` were queued because of it."""
    _event(logging.INFO, "ended", delivery=delivery, outcome=outcome, ticket=ticket or "-",
           reason=reason, mails=mails)  # fmt: skip


def postponed(*, delivery: int, attempt: int, cause: str, retry_in_seconds: int) -> None:
    """Handling a delivery failed; it is tried again."""
    _event(logging.WARNING, "postponed", delivery=delivery, attempt=attempt, cause=cause,
           retry_in_seconds=retry_in_seconds)  # fmt: skip


def quarantined(*, delivery: int, attempts: int, cause: str) -> None:
    """We gave up on a delivery; it is kept for a person: `ticket-gateway spool show`."""
    _event(logging.ERROR, "quarantined", delivery=delivery, attempts=attempts, cause=cause)


def timer_postponed(*, ticket: int, target: str, cause: str, retry_in_seconds: int) -> None:
    """Acting on a target that passed has failed; it is tried again."""
    _event(
        logging.WARNING,
        "timer-postponed",
        ticket=ticket,
        target=target,
        cause=cause,
        retry_in_seconds=retry_in_seconds,
    )


def escalated(*, ticket: int, target: str, mails: int) -> None:
    """A target has passed and the lead is told."""
    _event(logging.WARNING, "escalated", ticket=ticket, target=target, mails=mails)


def sent(*, outbox: int, rcpt: str, notice: str, reply: str) -> None:
    """The smarthost has the mail."""
    _event(logging.INFO, "sent", outbox=outbox, rcpt=f"<{rcpt}>", notice=notice, reply=reply)


def deferred(*, outbox: int, rcpt: str, attempt: int, retry_in_seconds: int, reply: str) -> None:
    """The smarthost said 4yz, or nothing; the mail is tried again."""
    _event(logging.WARNING, "deferred", outbox=outbox, rcpt=f"<{rcpt}>", attempt=attempt,
           retry_in_seconds=retry_in_seconds, reply=reply)  # fmt: skip


def failed(*, outbox: int, rcpt: str, notice: str, reply: str) -> None:
    """The smarthost said 5yz, or 4yz for too long; the ticket says so."""
    _event(logging.WARNING, "failed", outbox=outbox, rcpt=f"<{rcpt}>", notice=notice, reply=reply)


def template_broken(*, fault: str) -> None:
    """A desk's template could not be used; the packaged one was."""
    _event(logging.WARNING, "template-broken", fault=fault)


def started(*, listening: str, database: str, outgoing: str) -> None:
    """The daemon takes mail."""
    _event(logging.INFO, "started", listening=listening, database=database, outgoing=outgoing)


def stopped(*, unfinished: int) -> None:
    """The daemon has stopped; `unfinished` deliveries wait for the next start."""
    _event(logging.INFO, "stopped", unfinished=unfinished)


def worker_failed(*, worker: str, cause: str, retry_in_seconds: float) -> None:
    """A worker's step failed as a whole: a lost database, or a bug."""
    _event(logging.ERROR, "worker-failed", worker=worker, cause=cause,
           retry_in_seconds=retry_in_seconds)  # fmt: skip


def _event(level: int, name: str, **fields: object) -> None:
    told = " ".join(f"{key}={_value(value)}" for key, value in fields.items())
    _log.log(level, "%s %s", name, told)


def _value(value: object) -> str:
    """Quote anything a sender could use to forge a second log line.

    >>> _value("<ann@example.org>"), _value("x\\nrejected spool=1")
    ('<ann@example.org>', '"x\\\\nrejected spool=1"')
    """
    text = str(value)
    plain = text.isprintable() and text and not set(' "=') & set(text)
    return text if plain else json.dumps(text)
