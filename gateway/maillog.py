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


def imap_connected(*, place: str, mails: int, idle: str, move: str) -> None:
    """An IMAP folder is open; `idle` and `move` say what its server can."""
    _event(logging.INFO, "imap-connected", place=place, mails=mails, idle=idle, move=move)


def imap_progress(*, place: str, taken: int, left: int) -> None:
    """A backlog in an IMAP folder is being worked off."""
    _event(logging.INFO, "imap-progress", place=place, taken=taken, left=left)


def imap_lost(*, place: str, cause: str, retry_in_seconds: float) -> None:
    """The IMAP server cannot be reached or has hung up; mail waits there."""
    _event(logging.WARNING, "imap-lost", place=place, cause=cause,
           retry_in_seconds=retry_in_seconds)  # fmt: skip


def imap_refused(*, place: str, cause: str, retry_in_seconds: int) -> None:
    """The IMAP server does not let us in, or we do not trust it; the admin is told by mail."""
    _event(logging.ERROR, "imap-refused", place=place, cause=cause,
           retry_in_seconds=retry_in_seconds)  # fmt: skip


def imap_renumbered(*, place: str, mails: int) -> None:
    """UIDVALIDITY has changed: all mails of the folder are taken again, known ones end as
    duplicates."""
    _event(logging.WARNING, "imap-renumbered", place=place, mails=mails)


def imap_left_behind(*, place: str, uid: int, size_bytes: int, cause: str) -> None:
    """A mail stays in its IMAP folder, too large or unreadable; its ticket has its head only."""
    _event(logging.WARNING, "imap-left-behind", place=place, uid=uid, size_bytes=size_bytes,
           cause=cause)  # fmt: skip


def imap_not_filed(*, place: str, mails: int, cause: str) -> None:
    """Mails are safe with us, but their server would not move, mark or delete them."""
    _event(logging.WARNING, "imap-not-filed", place=place, mails=mails, cause=cause)


def refused(*, mail_from: str, rcpt: str, reply: str, cause: str) -> None:
    """The mail was not taken; its sender's server has it still, or knows why not."""
    _event(logging.WARNING, "refused", mail_from=f"<{mail_from}>", rcpt=rcpt, reply=reply,
           cause=cause)  # fmt: skip


def login_refused(*, peer: str, user: str, reply: str, cause: str) -> None:
    """Somebody did not get in by AUTH; many of these are somebody who guesses."""
    _event(logging.WARNING, "login-refused", peer=peer, user=user, reply=reply, cause=cause)


def file_read_again(*, file: str) -> None:
    """A certificate or the users file has changed, and the new one is in force."""
    _event(logging.INFO, "file-read-again", file=file)


def file_not_used(*, file: str, cause: str) -> None:
    """A certificate or the users file has changed and is of no use; the old one stays in force."""
    _event(logging.ERROR, "file-not-used", file=file, cause=cause)


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


def unbalanced(*, mismatch: str) -> None:
    """Mail that was accepted is not where it ought to be: `ticket-gateway spool account`."""
    _event(logging.ERROR, "unbalanced", mismatch=mismatch)


def held_told(*, mailbox: str, held: int, mails: int) -> None:
    """Who may let in what is held in the mailbox got the day's list of it."""
    _event(logging.INFO, "held-told", mailbox=mailbox, held=held, mails=mails)


def expired(*, what: str, count: int) -> None:
    """Bytes that no ticket needs were deleted after their time (`[retention]`): of `mail` that
    was ignored or rejected, or of mail that was `sent`."""
    _event(logging.INFO, "expired", what=what, count=count)


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
