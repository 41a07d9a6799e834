"""Header fields of other people's mail: values, parameters, addresses, dates.

Reads what was meant where the grammar (RFC 5322 section 3, RFC 2045 section 5.1,
RFC 2231) was not kept; never raises; every loop is linear in the field. mail-parser
reads addresses and dates that keep to the grammar, this module those that do not.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from urllib.parse import unquote_to_bytes

from gateway.ingest.charset import decode, decode_words, one_line
from gateway.memory import remembering
from gateway.message import Address

MAX_ADDRESSES = 2_000  # of one field
MAX_NAME = 200  # letters of a name before an unquoted comma

_FOLD = re.compile(r"\r?\n(?=[ \t])")
_SECTION = re.compile(r"^([^*]{1,60})(?:\*(\d{1,3}))?(\*?)$")
_WINDOWS_PATH = re.compile(r'"(?:[A-Za-z]:|\\)\\')  # written without RFC 5322's escapes
_SPACE = re.compile(r"\s+")


def unfolded(value: str) -> str:
    """A raw field value on one line, nothing decoded."""
    if not value.isascii():
        value = decode(value.encode("utf-8", "surrogateescape"), None)[0]
    return one_line(_FOLD.sub("", value))


def text_of(value: str, hint: str | None = None) -> str:
    """A raw field value as a person reads it, on one line.

    >>> text_of(" =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\\r\\n  an alle")
    'Grüße  an alle'
    """
    return one_line(decode_words(_FOLD.sub("", value), hint))


@remembering
def parameters(value: str) -> tuple[str, Mapping[str, str]]:
    """The value before the first `;` in lower case, and its parameters, decoded.

    Continuations and charsets of RFC 2231, encoded words of RFC 2047 (section 5 forbids
    them here, every user agent writes them), missing quotes and doubled semicolons.

    >>> parameters('attachment; filename*0*=utf-8\\'\\'Gr%C3%BC; filename*1="n.pdf"')
    ('attachment', {'filename': 'Grün.pdf'})
    """
    first, *rest = _split(_FOLD.sub("", value), ";")
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for item in rest:
        name, equals, content = item.partition("=")
        match = _SECTION.match(name.strip().lower())
        if not equals or not match:
            continue
        content = content.strip()
        content = content.strip('"') if _WINDOWS_PATH.match(content) else _unquoted(content)
        if match[2] or match[3]:
            pieces.setdefault(match[1], []).append((int(match[2] or 0), bool(match[3]), content))
        else:
            plain.setdefault(match[1], content)
    found = {name: text_of(content) for name, content in plain.items()}
    found |= {name: _joined(sections) for name, sections in pieces.items()}
    return _SPACE.sub("", first).lower(), found


def _joined(sections: list[tuple[int, bool, str]]) -> str:
    """RFC 2231 section 4.1: the charset stands in the first section, for all that are encoded."""
    sections.sort(key=lambda section: section[0])
    charset, raw = "", b""
    for number, encoded, content in sections:
        if encoded and number == sections[0][0] and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        octets = content.encode("utf-8", "surrogateescape")
        raw += unquote_to_bytes(octets) if encoded else octets
    return text_of(decode(raw, charset or None)[0])


def addresses(value: str, hint: str | None = None) -> tuple[Address, ...]:
    """The mailboxes of an address field, groups opened, in order; without those that are none.

    >>> [str(each) for each in addresses('Doe, Ann <ann@x.example>, (Bo) bo@x.example')]
    ['Doe, Ann <ann@x.example>', 'Bo <bo@x.example>']
    """
    found: list[Address] = []
    carried = ""  # an unquoted comma in a name cuts it in two; the first half has no address
    if not value.isascii():  # RFC 6532: the address itself may be UTF-8
        value = decode(value.encode("utf-8", "surrogateescape"), None, hint=hint)[0]
    for item in _split(_FOLD.sub("", value), ",;")[:MAX_ADDRESSES]:
        item, comment = _without_comments(carried + item)
        carried = ""
        address, name = _mailbox(item)
        if "@" in address:
            found.append(Address(address, text_of(name or comment, hint)))
        elif item.strip() and "<" not in item:
            carried = f"{item.rpartition(':')[2].strip()[-MAX_NAME:]},"
    return tuple(found)


def _mailbox(item: str) -> tuple[str, str]:
    before, opened, rest = item.partition("<")
    if not opened:
        _, colon, tail = item.rpartition(":")
        bare = tail if colon and "@" in tail else item
        words = [word.strip("\"'()[]<>") for word in bare.split()]
        address = next((word for word in words if "@" in word), "")
        return one_line(address), " ".join(word for word in words if word != address)
    inside = rest.partition(">")[0].rpartition("<")[2]
    if "@" not in inside and "@" in before:  # ann@x.example <Ann>
        inside, before = before, inside
    inside = inside.rpartition(":")[2] if inside.startswith("@") else inside  # RFC 5322 4.4 route
    name = before if '"' in before else before.rpartition(":")[2]  # behind the name of a group
    return one_line(_SPACE.sub("", inside)).strip("\"'"), _unquoted_words(name.strip())


def _unquoted_words(name: str) -> str:
    if len(name) > 1 and name[0] == name[-1] == "'":
        name = name[1:-1]
    return _unquoted(name) if '"' in name else name


def _unquoted(text: str) -> str:
    """Without the quotes around it, and RFC 5322 section 3.2.4's backslashes undone."""
    if not text.startswith('"'):
        return text.replace('\\"', '"').strip() if '"' not in text else text.replace('"', "")
    out: list[str] = []
    escaped = False
    for char in text:
        if escaped or char not in '"\\':
            out.append(char)
            escaped = False
        else:
            escaped = char == "\\"
    return "".join(out)


def _split(value: str, separators: str) -> list[str]:
    """Cut at separators that stand neither in quotes, nor in comments, nor in `<>`."""
    items: list[str] = []
    start, quoted, escaped, depth, angle = 0, False, False, 0, False
    for at, char in enumerate(value):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = quoted or depth > 0
        elif char == '"' and not depth:
            quoted = not quoted
        elif quoted:
            continue
        elif char == "(":
            depth += 1
        elif char == ")":
            depth = max(depth - 1, 0)
        elif char in "<>" and not depth:
            angle = char == "<"
        elif char in separators and not depth and not angle:
            items.append(value[start:at])
            start = at + 1
    if quoted or depth or angle:  # never closed: then it opened nothing
        items += value[start:].split(separators[0])
    else:
        items.append(value[start:])
    return items


def _without_comments(value: str) -> tuple[str, str]:
    """The text outside of round brackets (RFC 5322 section 3.2.2), and that inside."""
    if "(" not in value:
        return value, ""
    outside: list[str] = []
    inside: list[str] = []
    depth, quoted = 0, False
    for char in value:
        if char == '"' and not depth:
            quoted = not quoted
        if char == "(" and not quoted:
            depth += 1
        elif char == ")" and depth and not quoted:
            depth -= 1
        else:
            (inside if depth else outside).append(char)
    return "".join(outside), "".join(inside).strip()


def date(value: str) -> datetime | None:
    """The instant a Date field names, in UTC; None where no reading is safe.

    >>> date("Tue, 1 Oct 2024 10:05:00 +0200 (CEST)").isoformat()
    '2024-10-01T08:05:00+00:00'
    """
    value = one_line(_FOLD.sub("", value))[:200]
    parsed = parsedate_tz(value)
    if parsed is None:
        return _iso_date(value)
    year, month, day, hour, minute, second = parsed[:6]
    try:
        naive = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        return naive - timedelta(seconds=parsed[9] or 0)
    except (ValueError, OverflowError):
        return None


def _iso_date(value: str) -> datetime | None:
    try:
        stamp = datetime.fromisoformat(value)
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
