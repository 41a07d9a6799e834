"""How a template says a time, a size, a span, a name, and a stranger's text.

Pure functions; `render` gives them to templates as filters. None knows jinja2, reads a
clock or raises for what a stranger wrote. The surprising fact: `paragraphs` returns
finished HTML and is the one place where a stranger's text becomes markup.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import escape
from itertools import pairwise
from zoneinfo import ZoneInfo

from gateway.message import Address

MAX_LINKS = 500  # of one message; further ones stay text
MAX_URL_CHARS = 2000
MAX_NAME_CHARS = 80  # anybody may call themselves anything

PARAGRAPH_STYLE = "margin:0 0 16px"

_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
}
_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_UNITS = {  # minute, hour, day: for one and for several
    "en": (("minute", "minutes"), ("hour", "hours"), ("day", "days")),
    "de": (("Minute", "Minuten"), ("Stunde", "Stunden"), ("Tag", "Tage")),
}
_REPLY = re.compile(r"(?:(?:re|aw|antw|sv|vs|odp)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
# Without the marks that turn the writing direction: a link must read as where it leads.
_URL = re.compile(
    r"\bhttps?://[^\s<>\"'`\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
    rf"{{1,{MAX_URL_CHARS}}}",
    re.IGNORECASE,
)
_WRAPPED_AT = range(60, 81)  # columns at which mail clients wrap plain text
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_SPACES = re.compile(r"(?<=\n) +| {2,}")


def when(at: datetime, zone: ZoneInfo, language: str) -> str:
    """The moment as a person in that zone says it. Languages without a table get ISO 8601.

    UTC is named, because a desk that never set its zone would otherwise tell a wrong time.

    >>> from datetime import UTC
    >>> at = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
    >>> when(at, ZoneInfo("Europe/Berlin"), "en"), when(at, ZoneInfo("UTC"), "en")
    ('Mon 23 Nov 2026, 14:05', 'Mon 23 Nov 2026, 13:05 UTC')
    >>> when(at, ZoneInfo("Europe/Berlin"), "de"), when(at, ZoneInfo("Europe/Paris"), "fr")
    ('Mo, 23. November 2026, 14:05 Uhr', '2026-11-23 14:05')
    """
    return _when(at.astimezone(UTC), zone, language)


@lru_cache(maxsize=256)
def _when(at: datetime, zone: ZoneInfo, language: str) -> str:
    """The mails of one batch name the same few moments again and again."""
    local = at.astimezone(zone)
    utc = " UTC" if zone.key in ("UTC", "Etc/UTC") else ""
    spoken = _spoken(language)
    if not spoken:
        return f"{local:%Y-%m-%d %H:%M}{utc}"
    day, month = _DAYS[spoken][local.weekday()], _MONTHS[spoken].split()[local.month - 1]
    if spoken == "de":
        return f"{day}, {local.day}. {month} {local.year}, {local:%H:%M} Uhr{utc}"
    return f"{day} {local.day} {month} {local.year}, {local:%H:%M}{utc}"


def size(octets: int, language: str = "en") -> str:
    """
    >>> size(0), size(1), size(18_233), size(2_149_000), size(999_999), size(3_000_000_000)
    ('0 bytes', '1 byte', '18 kB', '2.1 MB', '1 MB', '3 GB')
    >>> size(2_149_000, "de")
    '2,1 MB'
    """
    point = "," if _spoken(language) == "de" else "."
    if octets < 1000:
        return f"{octets} Byte" if point == "," else f"{octets} byte{'s' * (octets != 1)}"
    value, unit = octets / 1000, 0
    while round(value) >= 1000 and unit < 2:
        value, unit = value / 1000, unit + 1
    number = f"{value:.0f}" if unit == 0 or value >= 10 else f"{value:.1f}".removesuffix(".0")
    return f"{number.replace('.', point)} {('kB', 'MB', 'GB')[unit]}"


def duration(span: timedelta | float, language: str = "en") -> str:
    """A span in its one fitting unit, rounded down; seconds where no timedelta is given.

    >>> [duration(seconds) for seconds in (5, 60, 90 * 60, 4 * 3600, 26 * 3600, 2 * 86400)]
    ['1 minute', '1 minute', '90 minutes', '4 hours', '26 hours', '2 days']
    >>> duration(3600), duration(86400), duration(timedelta(days=3, hours=5)), duration(86400, "de")
    ('1 hour', '1 day', '3 days', '1 Tag')
    """
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    minutes = max(1, int(seconds // 60))
    per_unit = (1, 60, 24 * 60)
    unit = max(
        index
        for index, length in enumerate(per_unit)
        if minutes >= 2 * length or minutes == length or index == 0
    )
    count = minutes // per_unit[unit]
    return f"{count} {_UNITS[_spoken(language) or 'en'][unit][count != 1]}"


def one_line(text: str) -> str:
    """The text on one line, without control characters: safe in a subject.

    >>> one_line("Printer\\u2028 burns\\x07\\n now")
    'Printer burns now'
    """
    joined = " ".join(str(text).split())
    if joined.isprintable():
        return joined
    return "".join(letter for letter in joined if unicodedata.category(letter) != "Cc")


def as_reply(subject: str) -> str:
    """The subject of a reply, with one "Re:" however many there were. RFC 5322 section 3.6.5.

    >>> as_reply("Printer"), as_reply("AW: Re: Printer"), as_reply("  ")
    ('Re: Printer', 'Re: Printer', 'Re: (no subject)')
    """
    line = one_line(subject)
    prefix = _REPLY.match(line)
    return f"Re: {(line[prefix.end() :] if prefix else line) or '(no subject)'}"


def excerpt(text: str, max_chars: int = 120) -> str:
    """The beginning on one line, cut between words where that is possible.

    >>> excerpt("The printer on the third floor burns.", 20)
    'The printer on the…'
    """
    # mostly enough, whatever follows: a text may be long
    line = " ".join(str(text)[: 4 * max_chars].split())
    if len(line) <= max_chars or not line.isprintable():
        line = one_line(text)
    if len(line) <= max_chars:
        return line
    head = line[: max_chars - 1]
    return (head.rpartition(" ")[0] or head).rstrip(" ,;:.") + "…"


def called(person: Address) -> str:
    """How to greet a person; "" where only an address is known.

    >>> called(Address("ann@x.example", "Meyer, Ann")), called(Address("ann@x.example"))
    ('Ann Meyer', '')
    """
    name = one_line(person.name)
    if not name or "@" in name:
        return ""
    family, comma, given = name.partition(", ")
    spoken = f"{given} {family}" if comma and given and "," not in given else name
    return excerpt(spoken, MAX_NAME_CHARS)


def who(person: Address) -> str:
    """How to speak of a person: by name where there is one, else by address."""
    return called(person) or person.address


def in_full(person: Address) -> str:
    """
    >>> in_full(Address("ann@x.example", "Meyer, Ann")), in_full(Address("ann@x.example"))
    ('Ann Meyer <ann@x.example>', 'ann@x.example')
    """
    name = called(person)
    return f"{name} <{person.address}>" if name else person.address


def paragraphs(text: str, style: str = PARAGRAPH_STYLE, last: str = "") -> str:
    """The text as HTML: escaped, paragraphs and line breaks kept, http(s) links clickable.

    `last` is the style of the last paragraph, where it is another. No other scheme becomes
    a link. Each paragraph finds its own writing direction. Breaks
    that a mail client put in for want of columns go: on a phone they make a comb.

    >>> paragraphs("Items:\\n\\n a\\n b", "").split(">", 3)[-1]
    '&nbsp;a<br>\\n&nbsp;b</p>'
    >>> print(paragraphs("1 < 2\\nsee https://x.example/?a=1&b=2.\\n\\njavascript:alert(1)"))
    <p dir="auto" style="margin:0 0 16px">1 &lt; 2<br>
    see <a href="https://x.example/?a=1&amp;b=2" rel="nofollow noopener noreferrer">\
https://x.example/?a=1&amp;b=2</a>.</p>
    <p dir="auto" style="margin:0 0 16px">javascript:alert(1)</p>
    """
    clean = str(text).replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not clean:
        return ""
    each = [paragraph.rstrip() for paragraph in _BLANK_LINES.split(_unwrapped(clean))]
    broken = _linked("\n\n".join(each)).replace("\n", "<br>\n")
    *before, final = broken.split("<br>\n<br>\n")  # nobody else's: theirs are escaped
    begin = f'<p dir="auto" style="{escape(style)}">'
    whole = [f"{begin}{paragraph}</p>\n" for paragraph in before]
    return "".join([*whole, f'<p dir="auto" style="{escape(last or style)}">{final}</p>'])


def _unwrapped(text: str) -> str:
    """The text without the breaks that a wrapping at its own width has made.

    A break stays unless the next line's first word would not have fitted, and wherever
    the next line could begin something: with a bullet, a number, a quote or an indent.

    >>> line = "The printer on the third floor prints only every other page since"
    >>> _unwrapped(f"{line}\\nyesterday morning.\\n- a list\\nAnn") == (
    ...     f"{line} yesterday morning.\\n- a list\\nAnn")
    True
    """
    lines = text.split("\n")
    of_words = [line for line in lines if "://" not in line] if "://" in text else lines
    width = max(map(len, of_words), default=0)
    if width not in _WRAPPED_AT:
        return text
    out = lines[:1]  # lines, and what stands between them
    for above, line in pairwise(lines):
        is_forced = len(above) + 1 + len(line.partition(" ")[0]) > width
        goes_on = line[:1].isalpha() and above[:1] not in (">", "|", " ", "\t")
        is_joined = is_forced and goes_on and "://" not in above.rpartition(" ")[2]
        out += [" " if is_joined else "\n", line]
    return "".join(out)


def _linked(text: str) -> str:
    """The text escaped, the first of its URLs made links."""
    if "://" not in text:  # for which the pattern would try each letter
        return _spaced(text)
    out: list[str] = []
    at = links = 0
    for match in _URL.finditer(text):
        if links == MAX_LINKS:
            break
        url = _without_punctuation(match[0])
        if url.endswith("//"):
            continue
        href = escape(url)
        out += [
            _spaced(text[at : match.start()]),
            f'<a href="{href}" rel="nofollow noopener noreferrer">{href}</a>',
        ]
        at = match.start() + len(url)
        links += 1
    return "".join([*out, _spaced(text[at:])])


def _without_punctuation(url: str) -> str:
    """The URL without what belongs to the sentence around it.

    >>> _without_punctuation("https://x.example/a_(b))."), _without_punctuation("http://x/!")
    ('https://x.example/a_(b)', 'http://x/')
    """
    end = len(url)
    opened, closed = url.count("("), url.count(")")
    while end:
        last = url[end - 1]
        if last == ")" and closed > opened:
            closed -= 1
        elif last not in ".,;:!?]}*_":
            break
        end -= 1
    return url[:end]


def _spaced(text: str) -> str:
    """Escaped, with indents and columns kept: HTML would fold runs of blanks into one."""
    escaped = escape(text.replace("\t", "    "))
    if "  " not in escaped and "\n " not in escaped:
        return escaped
    return _SPACES.sub(
        lambda run: "&nbsp;" * (len(run[0]) - 1) + ("&nbsp;" if len(run[0]) == 1 else " "),
        escaped,
    )


def _spoken(language: str) -> str:
    """The language we have words for, or "": `de-AT` is `de`."""
    base = language.partition("-")[0]
    return base if base in _DAYS else ""
