"""When a forwarded mail was written, from the line that a person's mail program wrote for people.

Reads day, month by name or number, year and time, in the languages of `quote_marks`. The
surprising fact: 1/10/2024 is two days, so it is none: a wrong date is worse than no date.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

from gateway.ingest import fields

MAX_CHARS = 120  # of a line that are looked at

_MONTHS = (
    "jan ene gen sty led янв січ ian oca tamm",
    "feb fev lut uno фев лют sub helm φεβ",
    "mar mrt maal maart bre мар бер",
    "apr abr avr kwi dub апр кві nis huh",
    "may mai maj mag mei kve мая май тра tou",
    "jun juin giu cze cerv июн чер haz kes",
    "jul juil lug lip cervenc июл лип tem hei",
    "aug ago aou sie srp авг сер agu elo",
    "sep set wrz zar сен вер eyl syy",
    "oct okt ott out paz rij окт жов eki lok",
    "nov lis ноя kas marras",
    "dec dic dez des gru pro дек гру ara jou dek",
)
# the longest first: cervenec begins as cerven does
_BY_BEGINNING = sorted(
    ((word, number) for number, words in enumerate(_MONTHS, 1) for word in words.split()),
    key=lambda each: -len(each[0]),
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_TIME = re.compile(r"(?<![\d.])(\d{1,2})(?:[:h時시]|点|\.(?=\d\d(?![\d.])))\s?(\d{2})(?!\d)")
_PM = re.compile(r"\d\s?p\.?m\b|下午|午後|오후", re.IGNORECASE)
_AM = re.compile(r"\d\s?a\.?m\b|上午|午前|오전", re.IGNORECASE)
_DAY_MONTH = re.compile(r"(?<![\d:.])(\d{1,2})(?:\.|er|º|ª)?,?\s+(?:de\s+|of\s+)?([^\W\d_]{3,12})")
_MONTH_DAY = re.compile(r"([^\W\d_]{3,12})\.?\s+(\d{1,2})(?![\d:])")
_YEAR_FIRST = re.compile(r"(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)")
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?((?:19|20)\d\d)")
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})[/-](\d{1,2})[/-]((?:19|20)\d\d)")
_ZONE = re.compile(r"(?:GMT|UTC)?\s?([+-])(\d{1,2}):?(\d{2})(?!\d)|\b(?:GMT|UTC)\b")


def read_date(line: str) -> datetime | None:
    """The date of the line; naive where it does not say which zone. None where it is no date, or
    may be two.

    >>> str(read_date("Dienstag, 1. Oktober 2024 10:05"))
    '2024-10-01 10:05:00'
    >>> str(read_date("Tue, 1 Oct 2024 10:05:00 +0200")), read_date("1/10/2024 10:05")
    ('2024-10-01 10:05:00+02:00', None)
    """
    line = line[:MAX_CHARS]
    found = _day_of(_plain(line))
    if found is None:
        return fields.date(line)
    hour, minute = _time_of(line)
    try:
        return datetime(*found, hour, minute, tzinfo=_zone_of(line))
    except ValueError:
        return None


def _plain(line: str) -> str:
    apart = unicodedata.normalize("NFKD", line.casefold())
    # what Korean letters fall apart into are not accents
    kept = "".join(each for each in apart if not unicodedata.combining(each))
    return unicodedata.normalize("NFC", kept)


def _day_of(line: str) -> tuple[int, int, int] | None:
    """Year, month, day."""
    numbers = _YEAR_FIRST.search(line)
    if numbers:
        return int(numbers[1]), int(numbers[2]), int(numbers[3])
    numbers = _DOTTED.search(line)
    if numbers:
        return int(numbers[3]), int(numbers[2]), int(numbers[1])
    numbers = _SLASHED.search(line)
    if numbers:
        return _either(int(numbers[1]), int(numbers[2]), int(numbers[3]))
    year = _YEAR.search(line)
    if not year:
        return None
    named = [(month, day) for day, month in _DAY_MONTH.findall(line)]
    for word, day in (*named, *_MONTH_DAY.findall(line)):
        month = next((n for begin, n in _BY_BEGINNING if word.startswith(begin)), None)
        if month:
            return int(year[1]), month, int(day)
    return None


def _either(one: int, other: int, year: int) -> tuple[int, int, int] | None:
    """Day and month in the order that leaves a choice to nobody."""
    if one == other or one > 12:
        return year, other, one
    return (year, one, other) if other > 12 else None


def _time_of(line: str) -> tuple[int, int]:
    found = _TIME.search(line)
    if not found:
        return 0, 0
    hour = int(found[1])
    if _PM.search(line) and hour < 12:
        hour += 12
    elif _AM.search(line) and hour == 12:
        hour = 0
    return hour, int(found[2])


def _zone_of(line: str) -> timezone | None:
    found = _ZONE.search(line)
    if not found:
        return None
    if not found[1]:
        return UTC
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-offset if found[1] == "-" else offset) if offset.days < 1 else None
