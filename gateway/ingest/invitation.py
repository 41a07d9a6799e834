"""Invitations (RFC 5545, RFC 5546): what, when, where and who; the one door to icalendar.

Decides which lines of a calendar matter; the library reads their values. Never raises, and
never works out a recurrence: the rule is told in words. The surprising fact: the library
gives up a calendar for one bad line and takes a second for a megabyte, so it is handed only
the few lines that are shown, of the first event.
"""

import re
from datetime import date, datetime, timedelta
from typing import Any

from gateway.ingest.charset import clean, decode, flat, one_line
from gateway.message import Address, Invitation

MAX_CALENDAR_BYTES = 2**20
MAX_LINE = 4_000  # letters of one line, unfolded
MAX_ATTENDEES = 20  # kept; all are counted
MAX_DESCRIPTION = 2_000

_FOLD = re.compile(r"\n[ \t]")
_LINE = re.compile(r"([A-Za-z-]{1,40})[;:]")
_EVENTS = frozenset(("VEVENT", "VTODO"))
_ONCE = frozenset(
    ("SUMMARY", "LOCATION", "DTSTART", "DTEND", "DUE", "DURATION", "ORGANIZER", "RRULE",
     "DESCRIPTION")
)  # fmt: skip
_ZONE = re.compile(r";TZID=[^;:]*", re.IGNORECASE)
_PARTSTAT = re.compile(r";PARTSTAT=([A-Za-z-]{1,20})", re.IGNORECASE)
_METHOD = re.compile(r"[A-Za-z-]{1,20}")
_EVERY = {
    "YEARLY": "year", "MONTHLY": "month", "WEEKLY": "week", "DAILY": "day", "HOURLY": "hour",
    "MINUTELY": "minute", "SECONDLY": "second",
}  # fmt: skip
_DAYS = {
    "MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday",
    "SA": "Saturday", "SU": "Sunday",
}  # fmt: skip


def read_invitation(data: bytes, charset: str | None, method: str) -> tuple[Invitation | None, str]:
    """The first event of a calendar, None where there is none; and what was cut."""
    cut = ""
    if len(data) > MAX_CALENDAR_BYTES:
        cut = f"cut: calendar of {len(data)} bytes"
        data = data[:MAX_CALENDAR_BYTES]
    text = _FOLD.sub("", clean(flat(decode(data, charset or "utf-8")[0])))
    lines = _Lines(text)
    if not lines.events:
        return None, cut
    try:
        return _invitation(lines, method), cut
    except Exception:  # the library's, for zones that are none ("Europe" is a folder)
        lines.kept = {name: _ZONE.sub("", line) for name, line in lines.kept.items()}
    try:
        return _invitation(lines, method), cut
    except Exception as error:
        return None, cut or f"calendar: {type(error).__name__}"


class _Lines:
    """The lines of the first event that are shown, found without reading any value."""

    def __init__(self, text: str) -> None:
        self.kept: dict[str, str] = {}
        self.attendees: list[str] = []
        self.attendee_count = 0
        self.events = 0
        self.method = ""
        inside: list[str] = []
        for line in text.split("\n"):
            found = _LINE.match(line)
            name = found[1].upper() if found else ""
            if name == "BEGIN":
                inside = [*inside[-3:], line[6:].strip().upper()]
                self.events += inside[-1] in _EVENTS
            elif name == "END":
                inside = inside[:-1]
            elif name == "METHOD" and not self.method:
                self.method = line[7:].strip()
            elif name and self.events == 1 and inside and inside[-1] in _EVENTS:
                self._take(name, line[:MAX_LINE])

    def _take(self, name: str, line: str) -> None:
        if name == "ATTENDEE":
            self.attendee_count += 1
            if len(self.attendees) < MAX_ATTENDEES:
                self.attendees.append(line)
        elif name in _ONCE:
            self.kept.setdefault(name, line)


def _invitation(lines: _Lines, method: str) -> Invitation:
    import icalendar  # here, because it takes 50 ms to load, and few mails have a calendar

    body = "\r\n".join((*lines.kept.values(), *lines.attendees))
    event: Any = icalendar.Event.from_ical(f"BEGIN:VEVENT\r\n{body}\r\nEND:VEVENT\r\n")
    for name, _ in event.errors:  # kept by it as values that raise when they are asked
        if name:
            event.pop(name, None)
    begins = event.get("DTSTART") or event.get("DUE")
    start = getattr(begins, "dt", None)
    end = _end(event, start)
    all_day = isinstance(start, date) and not isinstance(start, datetime)
    attendees = event.get("ATTENDEE", [])
    people = [_person(each) for each in (attendees if isinstance(attendees, list) else [attendees])]
    named = _METHOD.match(lines.method or method)
    method = named[0].lower() if named else ""
    answer = _PARTSTAT.search(lines.attendees[0]) if lines.attendees else None
    return Invitation(
        method=method,
        summary=_line(event.get("SUMMARY")),
        start=_moment(start),
        end=_moment(end - timedelta(days=1) if all_day and end and end != start else end),
        all_day=all_day,
        zone=_zone(start, begins),
        recurrence=_recurrence(event.get("RRULE")),
        location=_line(event.get("LOCATION")),
        organizer=_person(event["ORGANIZER"]) if "ORGANIZER" in event else None,
        attendees=tuple(each for each in people if each),
        attendee_count=lines.attendee_count,
        answer=answer[1].lower() if answer and method == "reply" else "",
        description=clean(str(event.get("DESCRIPTION") or "")).strip()[:MAX_DESCRIPTION],
        events=lines.events,
    )


def _line(value: object) -> str:
    return one_line(str(value or ""))[:500]


def _end(event: Any, start: Any) -> Any:
    ends = getattr(event.get("DTEND"), "dt", None)
    length = getattr(event.get("DURATION"), "dt", None)
    if ends is None and start is not None and isinstance(length, timedelta):
        ends = start + length
    same_kind = isinstance(ends, datetime) == isinstance(start, datetime)
    return ends if isinstance(ends, date) and same_kind else None


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None  # noqa: DTZ001 - a day has no zone


def _zone(start: Any, begins: Any) -> str:
    known = getattr(start, "tzinfo", None)
    written = _line(begins.params.get("TZID")) if begins is not None else ""
    return _line(getattr(known, "key", None) or written or known)


def _person(value: Any) -> Address | None:
    address = re.sub(r"^mailto:", "", str(value), flags=re.IGNORECASE)
    name = _line(getattr(value, "params", {}).get("CN"))
    return Address(one_line(address)[:320], name[:200]) if address else None


def _recurrence(rule: Any) -> str:
    """RFC 5545 section 3.3.10 in words; what the words leave out is marked with "…"."""
    first = rule[0] if isinstance(rule, list) and rule else rule
    every = _EVERY.get(str((first or {}).get("FREQ", [""])[0]))
    if not every:
        return ""
    interval = int((first.get("INTERVAL") or [1])[0])
    words = f"every {every}" if interval == 1 else f"every {interval} {every}s"
    days = [_DAYS[str(day)] for day in first.get("BYDAY") or () if str(day) in _DAYS]
    if days:
        words += f" on {', '.join(days)}"
    if "COUNT" in first:
        words += f", {int(first['COUNT'][0])} times"
    if "UNTIL" in first:
        words += f", until {first['UNTIL'][0]:%Y-%m-%d}"
    told = {"FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL", "WKST"}
    more = set(first) - told or len(days) < len(first.get("BYDAY") or ())
    return f"{words}, …" if more else words
