"""Two things with one look: the subject tag, and the signed address or Message-ID.

The tag `[#1042-k3v9xw]` stands in subjects, is the same for everybody, and says
which ticket, nothing else. A signed address `support+1042-TOKEN@...` is made for
one person and proves, when mail to it comes From that person, that it is they.

A token is 20 octets in lower-case base32 (32 letters, RFC 4648 section 6), so that
clients and servers that change case do no harm:

    purpose 1 | key id 1 | person 4 | expiry, days since 2020-01-01, 2 | MAC 12

The MAC is HMAC-SHA-256 cut to 96 bits, over these octets and desk, mailbox and
ticket number. Addresses in circulation cannot be changed: neither may this form.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import IntEnum
from functools import lru_cache

VALID_DAYS = 400  # longer than a year, so that last year's thread still finds its ticket
ANSWER_WITHIN_DAYS = 30  # a question of ours about a held mail

MAX_TAGS = 10  # of one subject that are looked up
MAX_BARE = 3  # numbers without a key, the same
_EPOCH = date(2020, 1, 1).toordinal()
_MAC_OCTETS = 12
_TAG_LETTERS = 6
_TAG = re.compile(r"\[#(\d{1,12})-([a-z2-7]{6})\]", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w#&])#(\d{1,12})(?![\w-])")
_SIGNED = re.compile(r"(\d{1,12})-([a-z2-7]{32})", re.IGNORECASE)
# Of signed addresses as people paste them: every token of ours begins with an "a", for its
# purpose is a small number. Where it is broken, only an @ behind 32 letters says that it is one.
# It begins with one letter of a set, which is looked for quickly in a long text.
_SEPARATOR = r"[+=%&-](?:(?<=[+=-])|(?<=[%=])(?:2b|3d)|(?<=&)(?:#43|#x2b|plus);)"
_GAP = r"(?:=\r?\n|<wbr ?/?>|[\s>\u00ad\u200b-\u200d\u2060\ufeff]){0,8}"
_AT = r"(?:@|%40|&(?:#64|#x40|commat);|\(at\)|\[at\])"
_TOKEN = re.compile(
    rf"{_SEPARATOR}(?:\d{{1,12}}-[a-z2-7]{{32}}(?={_AT})|\d{{1,12}}-a[a-z2-7]{{31}}(?![a-z0-9])"
    rf"|{_GAP}(?:\d{_GAP}){{1,12}}-{_GAP}a(?:{_GAP}[a-z2-7]){{31}}(?={_GAP}{_AT}))",
    re.IGNORECASE,
)
_UNIQUE_LETTERS = 16
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648 section 6, in lower case
_PAIRS = tuple(one + other for one in _LETTERS for other in _LETTERS)  # by ten bits


class Purpose(IntEnum):
    """What an address is for; part of the token, so that one cannot serve as another."""

    REPLY = 1  # a reply that is an answer, where an agent writes it
    BOUNCE = 2  # return path: only mail servers write here
    ACTION = 3  # the answer to a question of ours about a held mail, whose delivery is the number
    NOTE = 4  # a reply that only agents will see
    THREAD = 5  # a Message-ID, seen by everybody ever in copy: names the ticket, proves nobody
    FOLLOW = 6  # a reply of whoever takes part in the ticket: never an answer to the requester


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Secrets by key id. The highest id signs, every id verifies, so keys can rotate."""

    desk: str
    keys: tuple[tuple[int, bytes], ...]

    def __repr__(self) -> str:
        return f"KeyRing(desk={self.desk!r}, ids={[key_id for key_id, _ in self.keys]})"

    @property
    def newest(self) -> tuple[int, bytes]:
        return max(self.keys)

    def secret(self, key_id: int) -> bytes | None:
        return dict(self.keys).get(key_id)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a verified token says. `expired` ones say which ticket, and prove nobody."""

    number: int
    purpose: Purpose
    person: int
    expired: bool = False


def subject_tag(ring: KeyRing, number: int) -> str:
    """The keyed part of a ticket's tag; stored with the ticket, so a new key changes none.

    >>> subject_tag(KeyRing("example", ((1, b"k" * 32),)), 1042)
    'amjs5n'
    """
    mac = _mac(ring.newest[1], "tag", ring.desk, number)
    return _base32(mac)[:_TAG_LETTERS]


def with_tag(subject: str, number: int, tag: str) -> str:
    """
    >>> with_tag("Printer", 1042, "k3v9xw")
    'Printer [#1042-k3v9xw]'
    """
    return f"{subject} [#{number}-{tag}]".strip()


def tags_in(subject: str) -> tuple[tuple[int, str], ...]:
    """Every tag in a subject: (number, keyed part). A bare number is none.

    >>> tags_in("Re: Printer [#1042-K3V5XW]"), tags_in("Re: Printer #1042")
    (((1042, 'k3v5xw'),), ())
    """
    return tuple((int(number), key.lower()) for number, key in _TAG.findall(subject)[:MAX_TAGS])


def bare_numbers_in(subject: str) -> tuple[int, ...]:
    """What looks like the number of a ticket without its key, which anybody can guess.

    >>> bare_numbers_in("Re: Printer #1042, again"), bare_numbers_in("[#1042-k3v5xw] #17346c")
    ((1042,), ())
    """
    found = (int(number) for number in _BARE.findall(subject))
    return tuple(dict.fromkeys(found))[:MAX_BARE]


def without_tags(subject: str) -> str:
    """The subject without our tags, as a person wrote it.

    >>> without_tags("Re: Printer [#1042-k3v5xw] burns")
    'Re: Printer burns'
    """
    return " ".join(_TAG.sub(" ", subject).split())


def without_tokens(text: str) -> str:
    """The text with every signed address as the plain mailbox it is of, be it broken over lines
    or written as in a link.

    >>> without_tokens("to support+1042-aeaqaaaaamfwl6fwyal5thoszznjpp3e@x.example")
    'to support@x.example'
    >>> without_tokens("to support%2B1042-aeaqaaaaamfwl6fwy\\n> al5thoszznjpp3e@x.example")
    'to support@x.example'
    """
    return _TOKEN.sub("", text)


def has_token(text: str) -> bool:
    """Whether there is what looks like a signed address of ours, or of another desk."""
    return bool(_TOKEN.search(text))


def sign(
    ring: KeyRing, mailbox: str, number: int, purpose: Purpose, person: int, now: datetime
) -> str:
    """The token for one person, valid for VALID_DAYS from `now`; ANSWER_WITHIN_DAYS, where it
    lets a held mail in."""
    key_id, secret = ring.newest
    valid_days = ANSWER_WITHIN_DAYS if purpose is Purpose.ACTION else VALID_DAYS
    expires = now.astimezone(UTC).toordinal() + valid_days - _EPOCH
    head = bytes((purpose, key_id)) + person.to_bytes(4, "big") + expires.to_bytes(2, "big")
    return _base32(head + _mac(secret, "signed", ring.desk, mailbox, number, head.hex()))


def verify(ring: KeyRing, mailbox: str, number: int, token: str, now: datetime) -> Signed | None:
    """What the token says, or None when we did not make it for this mailbox and ticket."""
    try:
        octets = base64.b32decode(token.upper())
        head, mac = octets[:-_MAC_OCTETS], octets[-_MAC_OCTETS:]
        purpose, secret = Purpose(head[0]), ring.secret(head[1])
    except (ValueError, IndexError):
        return None
    if secret is None:
        return None
    ours = _mac(secret, "signed", ring.desk, mailbox, number, head.hex())
    if not hmac.compare_digest(ours, mac):
        return None
    expired = now.astimezone(UTC).toordinal() - _EPOCH > int.from_bytes(head[6:8], "big")
    return Signed(number, purpose, int.from_bytes(head[2:6], "big"), expired)


def signed_address(mailbox: str, separator: str, number: int, token: str) -> str:
    """`support+1042-TOKEN@example.com`; the mailbox itself where there is no separator.

    RFC 5321 section 4.5.3.1.1 allows 64 octets before the @; config keeps the mailbox short.
    """
    if not separator:
        return mailbox
    local, _, domain = mailbox.rpartition("@")
    return f"{local}{separator}{number}-{token}@{domain}"


def read_address(
    ring: KeyRing, mailbox: str, separator: str, address: str, now: datetime
) -> Signed | None:
    """What a signed address of this mailbox says; None for any other address."""
    local, _, domain = mailbox.lower().rpartition("@")
    head = local + separator
    theirs, _, their_domain = address.lower().rpartition("@")
    if not separator or their_domain != domain or not theirs.startswith(head):
        return None
    match = _SIGNED.fullmatch(theirs[len(head) :])
    return verify(ring, mailbox, int(match[1]), match[2], now) if match else None


def issue_message_id(mailbox: str, number: int, token: str, cause: str) -> str:
    """A Message-ID of ours, without brackets: RFC 5322 section 3.6.4.

    `cause` names what the mail is about and for whom ("d8412 confirmation 7"): the same
    cause gives the same identifier, so that a mail made twice is one mail to its reader.
    """
    return f"{number}-{token}.{unique(cause)}@{mailbox.rpartition('@')[2]}"


def unique(cause: str) -> str:
    """Sixteen letters that are the cause's own."""
    digest = hashlib.sha256(cause.encode("utf-8", "replace")).digest()
    return _base32(digest[: _UNIQUE_LETTERS * 5 // 8])


def read_message_id(ring: KeyRing, mailbox: str, identifier: str, now: datetime) -> Signed | None:
    """What an identifier says that we issued for this mailbox; None for all others."""
    local, _, domain = identifier.rpartition("@")
    match = _SIGNED.fullmatch(local.partition(".")[0])
    if not match or domain.lower() != mailbox.rpartition("@")[2].lower():
        return None
    return verify(ring, mailbox, int(match[1]), match[2], now)


def _base32(octets: bytes) -> str:
    """In lower case, as many pairs of letters as the octets fill.

    >>> _base32(b"hello")
    'nbswy3dp'
    """
    bits = int.from_bytes(octets, "big")
    width = 8 * len(octets)
    return "".join([_PAIRS[bits >> at & 1023] for at in range(width - 10, -1, -10)])


def _mac(secret: bytes, *parts: object) -> bytes:
    """Over the parts with their lengths, so that no two lists of parts read the same."""
    text = "".join([f"{len(each)}:{each}" for each in map(str, parts)])
    return _keyed(secret)(text.encode())[:_MAC_OCTETS]


@lru_cache(maxsize=16)
def _keyed(secret: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA-256 with this key, of which its two first blocks are made once."""
    begun = hmac.new(secret, digestmod="sha256")

    def digest(text: bytes) -> bytes:
        mac = begun.copy()
        mac.update(text)
        return mac.digest()

    return digest
