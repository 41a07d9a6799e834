"""An invitation in a few lines of text, for the agent who reads the ticket.

Decides what of it is told, and whether the mail has told it already. Pure. The surprising
fact: most programs that send invitations repeat place and time in the text, each in its own
words and language, so a day and an hour that both stand there are taken for a repetition.
"""

import re
from datetime import datetime

from gateway.message import Invitation

_SHOWN_ATTENDEES = 5
_LOOKED_AT = 20_000  # letters of the text that are searched for the hour
_TITLES = {
    "request": "Invitation",
    "cancel": "Invitation cancelled",
    "reply": "Answer to an invitation",
    "counter": "Another time proposed",
    "declinecounter": "Proposed time declined",
    "add": "Added to an invitation",
    "refresh": "Asks for an invitation again",
}


def with_invitation(text: str, invitation: Invitation | None) -> str:
    """The text with the invitation above it; below, a signature or a quote would swallow it."""
    if invitation is None or (text.strip() and _is_told(text[:_LOOKED_AT], invitation)):
        return text
    if text.strip():
        return f"{invitation_text(invitation)}\n\n{text}"
    words = (invitation_text(invitation), invitation.description)
    return "\n\n".join(each for each in words if each)


def invitation_text(invitation: Invitation) -> str:
    """What, when, where and who, a line each.

    >>> from datetime import datetime
    >>> print(invitation_text(Invitation(
    ...     method="request", summary="Printer", location="Room 2", zone="Europe/Berlin",
    ...     start=datetime(2024, 10, 1, 10), end=datetime(2024, 10, 1, 11))))
    Invitation: Printer
    When: Tuesday, 1 October 2024, 10:00 to 11:00 (Europe/Berlin)
    Where: Room 2
    """
    title = _TITLES.get(invitation.method, "Calendar entry")
    if invitation.answer:
        title += f" ({invitation.answer})"
    more = f" (the first of {invitation.events} entries)" if invitation.events > 1 else ""
    lines = [f"{title}: {invitation.summary or '(no title)'}{more}"]
    when = _when(invitation)
    for name, value in (
        ("When", ", ".join(each for each in (when, invitation.recurrence) if each)),
        ("Where", invitation.location),
        ("Organizer", str(invitation.organizer or "")),
        ("Attendees", _attendees(invitation)),
    ):
        if value:
            lines.append(f"{name}: {value}")
    return "\n".join(lines)


def _when(invitation: Invitation) -> str:
    start, end = invitation.start, invitation.end
    if start is None:
        return ""
    if invitation.all_day:
        last = "" if end is None or end.date() == start.date() else f" to {_day(end)}"
        return f"{_day(start)}{last}, all day"
    words = f"{_day(start)}, {start:%H:%M}"
    if end is not None and end != start:
        day = "" if end.date() == start.date() else f"{_day(end)}, "
        words += f" to {day}{end:%H:%M}"
    return f"{words} ({invitation.zone or 'no time zone given'})"


def _day(moment: datetime) -> str:
    return f"{moment:%A}, {moment.day} {moment:%B} {moment.year}"


def _attendees(invitation: Invitation) -> str:
    named = [each.shown for each in invitation.attendees[:_SHOWN_ATTENDEES]]
    more = invitation.attendee_count - len(named)
    return ", ".join(named) + (f" and {more} more" if named and more > 0 else "")


def _is_told(text: str, invitation: Invitation) -> bool:
    """Day and hour of the start, in figures, however they are written."""
    start = invitation.start
    if start is None:
        return bool(invitation.summary) and invitation.summary in text
    day = re.search(rf"(?<!\d)0?{start.day}(?!\d)", text)
    if invitation.all_day:
        return bool(day) and invitation.summary in text
    hour12, half = start.hour % 12 or 12, "ap"[start.hour >= 12]
    hour = rf"0?{start.hour}[:.h]{start:%M}|0?{hour12}([:.]{start:%M})? ?{half}\.?m"
    return bool(day and re.search(rf"(?<!\d)(?:{hour})(?![\d])", text, re.IGNORECASE))
