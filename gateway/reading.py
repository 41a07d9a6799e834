"""Bytes into a Reading: what a mail says, what it is, what is new in it. Never raises.

Parses once; everything after works on values. The fingerprint is the surprising part:
it leaves out all that a transport adds, so that two copies of one mail are one.
"""

import re
from dataclasses import replace
from hashlib import sha256

from gateway.ingest.bounce import read_bounce, read_forwarded
from gateway.ingest.classify import classify
from gateway.ingest.forwarded import passed_on
from gateway.ingest.lists import by_its_author
from gateway.ingest.parse import Parsed, parse_parts
from gateway.message import (
    MAX_ADDRESS_CHARS,
    NOBODY,
    Address,
    Envelope,
    Invitation,
    Kind,
    Reading,
    identifier_of,
)
from gateway.threading.quoting import new_text

_SPACE = re.compile(r"\s+")
_ID = re.compile(r"[^<>\s][^<>]{0,998}")
_ID_FIELDS = frozenset(("message-id", "in-reply-to", "references"))


def read(
    raw: bytes,
    envelope: Envelope,
    *,
    own_addresses: frozenset[str],
    own_desk: str,
    behind_lists: frozenset[str] = frozenset(),
) -> Reading:
    """The mail, read; whatever the bytes, there is a Reading.

    `behind_lists`: lists that the mailbox stands behind. What they add to a mail is as if it
    were not there, and where they stand in From, the author is the person who wrote to them.
    """
    parsed = parse_parts(raw)
    try:
        found = _judged(parsed, raw, envelope, own_addresses, own_desk, behind_lists)
    except Exception as error:  # a bug of ours must cost the judgement, not the mail
        message = parsed.message
        defects = (*message.defects, f"unjudged: {type(error).__name__}")
        found = Reading(
            message=replace(message, defects=defects, degraded=True),
            kind=Kind.ORDINARY,
            new_text=message.text,
            fingerprint=fingerprint(parsed, envelope),
        )
    return _with_an_author_of_some_length(found)


def _with_an_author_of_some_length(found: Reading) -> Reading:
    """Whoever asks from here on who wrote it gets the same answer: that who is proven is who is
    believed hangs on it."""
    message = found.message
    if len(message.author.address) <= MAX_ADDRESS_CHARS:
        return found
    defects = (*message.defects, "from: longer than an address may be")
    return replace(found, message=replace(message, author=NOBODY, defects=defects))


def _judged(
    parsed: Parsed,
    raw: bytes,
    envelope: Envelope,
    own_addresses: frozenset[str],
    own_desk: str,
    behind_lists: frozenset[str],
) -> Reading:
    message = by_its_author(parsed.message, behind_lists, own_addresses)
    new = new_text(message.text, subject=message.subject).new
    kind, evidence = classify(
        message,
        null_sender=not envelope.mail_from,
        own_addresses=own_addresses,
        own_desk=own_desk,
        new=new,
        behind_lists=behind_lists,
    )
    bounce, ordinary = None, kind is Kind.ORDINARY
    if kind is Kind.BOUNCE:
        bounce = read_bounce(parsed)
    elif ordinary and "inal-" in message.text:  # rules nearly all of them out
        bounce = read_forwarded(message.text)
    returned = dict(reversed(parsed.returned)).get("message-id")
    if bounce and kind is Kind.BOUNCE and returned:
        evidence += (f"Message-ID of the returned mail: {returned}",)
    return Reading(
        message=message,
        kind=kind,
        evidence=evidence,
        new_text=new,
        bounce=bounce,
        fingerprint=fingerprint(parsed, envelope),
        forwarded=passed_on(message, raw, own_addresses, own_desk) if ordinary else None,
        file_bytes=parsed.file_bytes,
    )


def fingerprint(parsed: Parsed, envelope: Envelope) -> str:
    """Equal for two copies of one mail that came by two paths, and for nothing else.

    Over Message-ID, From, Date, Subject and the decoded bytes of all parts: relays add
    trace fields, change line ends and transfer encodings, and refold header lines. A mail
    that bears neither Message-ID nor Date, as a script sends it every month, is told from
    the last one by sender and day.
    """
    message, date = parsed.message, parsed.message.header("date")
    if not message.message_id and not date:
        date = f"{envelope.mail_from} {envelope.received_at:%Y-%m-%d}"
    named = (message.message_id or "", message.author.key, date, message.subject)
    text = "\n".join(_SPACE.sub(" ", each).strip() for each in (*named, parsed.digest))
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def as_json(reading: Reading) -> dict[str, object]:
    """The stable field names of `parse --json`, one mail."""
    message = reading.message
    return {
        "message_id": _as_written(message.message_id, reading),
        "in_reply_to": _as_written(next(iter(message.in_reply_to), None), reading),
        "references": [_as_written(each, reading) for each in message.references],
        "from": _address(message.author),
        "to": [_address(each) for each in message.to],
        "cc": [_address(each) for each in message.cc],
        "subject": message.subject,
        "date": message.date.isoformat() if message.date else None,
        "text": message.text,
        "reply_text": reading.new_text,
        "html": message.html,
        "attachments": [
            {
                "filename": file.filename,
                "content_type": file.content_type,
                "size": file.size_bytes,
                "inline": file.inline,
                "content_id": file.content_id or None,
                "technical": file.technical,
            }
            for file in message.attachments
        ],
        "auto": None if reading.kind is Kind.ORDINARY else str(reading.kind),
        "bounce": _bounce(reading),
        "kind": str(reading.kind),
        "evidence": list(reading.evidence),
        "defects": list(message.defects),
        "protection": message.protection and str(message.protection),
        "invitation": message.invitation and _invitation(message.invitation),
    }


def _address(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.address}


def _invitation(invitation: Invitation) -> dict[str, object]:
    start, end = invitation.start, invitation.end
    day_or_moment = 10 if invitation.all_day else None  # "2024-10-01", without a time of day
    return {
        "method": invitation.method,
        "summary": invitation.summary,
        "start": start and start.isoformat()[:day_or_moment],
        "end": end and end.isoformat()[:day_or_moment],
        "all_day": invitation.all_day,
        "zone": invitation.zone,
        "recurrence": invitation.recurrence,
        "location": invitation.location,
        "organizer": invitation.organizer and _address(invitation.organizer),
        "attendees": [_address(each) for each in invitation.attendees],
        "attendee_count": invitation.attendee_count,
        "answer": invitation.answer,
        "events": invitation.events,
    }


def _bounce(reading: Reading) -> dict[str, object] | None:
    bounce = reading.bounce
    if bounce is None:
        return None
    return {
        "recipient": bounce.recipient,
        "status": bounce.status,
        "action": bounce.action,
        "original_message_id": _as_written(bounce.original_message_id, reading),
    }


def _as_written(wanted: str | None, reading: Reading) -> str | None:
    """The identifier in the spelling of the mail: a program beside us may compare it exactly."""
    if wanted is None:
        return None
    lines = [value for name, value in reading.message.headers if name in _ID_FIELDS]
    for line in (*lines, *reading.evidence):
        for written in _ID.findall(line):
            if identifier_of(written) == wanted:
                return "".join(written.split())
    in_text = re.search(re.escape(wanted), reading.message.text, re.IGNORECASE)
    return in_text[0] if in_text else wanted
