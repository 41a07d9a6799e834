"""Texts that stand in more than one file of a desk: name, address, endpoint, duration.

Each function gives the value or raises a ValueError of the form "problem; remedy", which
is to follow the value in a fault: `faults` puts the two together.
"""

import re

MAX_DURATION_SECONDS = 3650 * 86400  # longer ones leave the calendar when added to a date

# RFC 5321 section 4.1.2: a Dot-string at a Domain. Quoted local parts and address literals
# are nobody's support address.
_ATOM = r"[A-Za-z0-9!#$%&'*/=?^_`{|}~+-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_LIST_ID = re.compile(rf"{_ATOM}(?:\.{_ATOM})+")
_DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?")
_ENDPOINT = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^:\[\]]+):(?P<port>\d{1,5})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def one_line(value: str) -> str:
    """The text as it is, for it goes into a header field or a table; ValueError says why not.

    >>> one_line("IT Support")
    'IT Support'
    """
    if _CONTROL.search(value):
        raise ValueError("has a line end or a control character; write plain text on one line")
    return value


def mail_address(value: str) -> str:
    """The address in lower case; ValueError says what to write instead.

    >>> mail_address("Support@Example.com")
    'support@example.com'
    """
    if not _ADDRESS.fullmatch(value):
        raise ValueError('is not a mail address; write for example "support@example.com"')
    return value.lower()


def mail_domain(value: str) -> str:
    """The domain of addresses in lower case; ValueError says what to write instead.

    >>> mail_domain("Example.com")
    'example.com'
    """
    if not _DOMAIN.fullmatch(value):
        raise ValueError('is not a domain; write what stands behind the @, such as "example.com"')
    return value.lower()


def list_name(value: str) -> str:
    """The address or List-Id (RFC 2919 section 2) of a mailing list, in lower case and without
    angle brackets; ValueError says what to write instead.

    >>> list_name("Support@Groups.example.com"), list_name("Help desk <help.lists.example.com>")
    ('support@groups.example.com', 'help.lists.example.com')
    """
    name = value.rpartition("<")[2].partition(">")[0].strip()
    if not _ADDRESS.fullmatch(name) and not _LIST_ID.fullmatch(name):
        raise ValueError(
            "is neither the address nor the List-Id of a mailing list; write what stands in the "
            'List-Id field of its mails, for example "support.groups.example.com", or the '
            'address, for example "support@groups.example.com"'
        )
    return name.lower()


def endpoint(value: str) -> str:
    """HOST:PORT as it is; ValueError says what to write instead.

    >>> endpoint("127.0.0.1:8025"), endpoint("[::1]:25")
    ('127.0.0.1:8025', '[::1]:25')
    """
    match = _ENDPOINT.fullmatch(value)
    if not match:
        example = value.rstrip(":") + ":25"
        if value.isdigit() or not _ENDPOINT.fullmatch(example):
            example = "127.0.0.1:8025"
        raise ValueError(f'has no port; write for example "{example}"')
    if not 0 < int(match["port"]) < 2**16:
        raise ValueError('has no port between 1 and 65535; write for example "127.0.0.1:8025"')
    return value


def duration_seconds(value: object) -> int:
    """Seconds of a duration as an admin writes it.

    >>> duration_seconds("4h"), duration_seconds("1d 12h"), duration_seconds(15)
    (14400, 129600, 15)
    """
    text = f"{value}s" if isinstance(value, int) else str(value)
    match = _DURATION.fullmatch(text.replace(" ", ""))
    amounts = [int(group or 0) for group in match.groups()] if match else []
    seconds = sum(
        amount * unit for amount, unit in zip(amounts, (86400, 3600, 60, 1), strict=False)
    )
    if seconds == 0:
        raise ValueError('is not a duration; write for example "15m", "4h" or "1d12h"')
    if seconds > MAX_DURATION_SECONDS:
        raise ValueError('is more than ten years; write for example "15m", "4h" or "1d12h"')
    return seconds


MAX_PATTERN_CHARS = 60
_OPEN_ENDED = re.compile(r"(?<!\\)(?:[*+]|\{\d*,\})")
_COSTLY = re.compile(
    r"(?<!\\)\)[*+{]|\(\?(?!:)|\\[1-9]"
)  # repeated groups, look-around, references


def number_pattern(value: str) -> str:
    """A regular expression of a number in a subject, which costs no time whatever it meets.
    Raises ValueError.

    >>> number_pattern(r"INC\\d{7}")
    'INC\\\\d{7}'
    >>> number_pattern("(a+)+")
    Traceback (most recent call last):
    ValueError: repeats a group, looks around or back; write for example "INC\\\\d{7}"
    """
    example = 'write for example "INC\\\\d{7}"'
    if len(value) > MAX_PATTERN_CHARS:
        raise ValueError(f"has more than {MAX_PATTERN_CHARS} characters; {example}")
    if _COSTLY.search(value):
        raise ValueError(f"repeats a group, looks around or back; {example}")
    if len(_OPEN_ENDED.findall(value)) > 2:
        raise ValueError(f"has more than two of * and +; {example}")
    try:
        found = re.compile(value, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is no regular expression: {error}; {example}") from None
    if found.search("") or found.search("printer"):
        raise ValueError(f"finds what is no number; {example}")
    return value
