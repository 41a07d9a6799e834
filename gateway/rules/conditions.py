"""What a rule can ask of a mail: words in a text, addresses of people. Pure.

A word is found whatever its case and accents, and only as a whole word: "vpn" is not in
"vpnd". A phrase's spaces stand for any run of white space, line ends included.

Surprising: what a whole word is depends on the script. Chinese, Japanese, Thai and their
neighbours write no spaces between words, and Korean hangs its particles onto them, so
there a keyword is found anywhere; and "VPN" is found in "VPN接続", for the letters of
such a script end a Latin word as a space does.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from gateway.message import Address

# Marks by canonical combining class that make another letter rather than an accent: kana
# voicing (8, か and が) and viramas (9, which join consonants). The others are dropped.
_KEPT_CLASSES = {0, 8, 9}

# Letters whose stroke or missing dot Unicode does not take apart, and what typesetting
# puts in place of the characters a person types into a rule.
_PLAIN = str.maketrans("łøđħıŧ‘’‐‑", "lodhit''--") | dict.fromkeys(
    map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff")  # invisible: soft hyphens, joiners, BOM
)

# Scripts whose words have no edges to look for: Thai, Lao, Tibetan, Burmese, Hangul, Khmer,
# kana, Chinese characters.
_EDGELESS = (
    "\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u19e0-\u19ff"
    "\u3005-\u3007\u3040-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_LETTER = rf"[^\W_{_EDGELESS}]"  # of a script that separates words; digits too, _ is an edge
# Vowel signs of the Indic scripts belong to the word, but are no letters to `re`.
_SIGN = "[\u0900-\u0903\u093a-\u094f\u0951-\u0963\u0981-\u0983\u09bc-\u09d7\u0a01-\u0dff]"
_LETTER_BEFORE, _LETTER_AFTER = rf"(?<!{_LETTER})(?<!{_SIGN})", rf"(?!{_LETTER}|{_SIGN})"
_ADDRESS_PATTERN = re.compile(r"(?P<local>[^@\s]*)@(?P<domain>[^@\s]+)")
_DOMAIN = re.compile(r"[\w*-]+(?:\.[\w*-]+)+")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_SHORT_RUN = 64  # octets
_IS_LETTER = re.compile(rf"{_LETTER}|{_SIGN}")


def fold(text: str) -> str:
    """The text without case, accents and typesetting, as words are compared.

    >>> fold("DRÜCKER"), fold("Straße"), fold("don’t"), fold("Łódź"), fold("ガ ｶﾞ"), fold("𝐙")
    ('drucker', 'strasse', "don't", 'lodz', 'ガ ガ', 'z')
    """
    if text.isascii():
        return text.lower()
    # run by run: to Unicode's functions each letter of a text costs as much as a foreign one
    octets = text.encode("utf-8", "surrogatepass").lower()
    return _BEYOND_ASCII.sub(_folded, octets).decode("utf-8", "surrogatepass")


def _folded(found: re.Match[bytes]) -> bytes:
    run = found[0]
    return _known_run(run) if len(run) <= _SHORT_RUN else _run(run)


def _run(octets: bytes) -> bytes:
    apart = unicodedata.normalize("NFKD", octets.decode("utf-8", "surrogatepass").casefold())
    kept = "".join(each for each in apart if unicodedata.combining(each) in _KEPT_CLASSES)
    whole = unicodedata.normalize("NFC", kept).casefold().translate(_PLAIN)
    return whole.encode("utf-8", "surrogatepass")


_known_run = lru_cache(maxsize=4096)(_run)  # a few letters and words make up most of them


@dataclass(frozen=True, slots=True)
class Phrase:
    """A word or phrase to look for, as the admin wrote it.

    >>> Phrase("remote  access").found_in(fold("My REMOTE\\naccess is gone"))
    True
    >>> Phrase("vpn").found_in("vpnd"), Phrase("密码").found_in("忘记密码了")
    (False, True)
    """

    text: str
    _longest: str = field(init=False, repr=False, compare=False)
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        words = fold(self.text).split()
        if not words:
            raise ValueError("says nothing; write a word or a phrase")
        before = _LETTER_BEFORE if _IS_LETTER.match(words[0]) else ""
        after = _LETTER_AFTER if _IS_LETTER.match(words[-1][-1]) else ""
        pattern = before + r"\s+".join(map(re.escape, words)) + after
        object.__setattr__(self, "_pattern", re.compile(pattern))
        object.__setattr__(self, "_longest", max(words, key=len))

    def found_in(self, folded: str) -> bool:
        """Whether the phrase is in a text that went through `fold`.

        Most phrases are not, and `in` says so fifty times faster than a pattern whose
        first element looks behind.
        """
        return self._longest in folded and self._pattern.search(folded) is not None


@dataclass(frozen=True, slots=True)
class AddressPattern:
    """An address, a domain ("@x.example"), or either with "*" for any run of characters.

    "@x.example" is that domain and none below it; "@*.x.example" is any below it.

    >>> AddressPattern("@x.example").fits(Address("ann@X.example"))
    True
    >>> AddressPattern("@x.example").fits(Address("ann@mail.x.example"))
    False
    >>> AddressPattern("*-alerts@*.x.example").fits(Address("disk-alerts@mail.x.example"))
    True
    """

    text: str
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        match = _ADDRESS_PATTERN.fullmatch(self.text.strip().lower())
        if not match:
            bare = self.text if _DOMAIN.fullmatch(self.text) else "example.com"
            raise ValueError(f'is neither address nor domain; write "ann@example.com" or "@{bare}"')
        local, domain = match["local"] or "*", match["domain"]
        glob = "[^@]*".join(map(re.escape, f"{local}@{domain}".split("*")))
        object.__setattr__(self, "_pattern", re.compile(glob))

    def fits(self, address: Address) -> bool:
        return self._pattern.fullmatch(address.key) is not None


def words_in(where: str, phrases: Sequence[Phrase], folded: str) -> tuple[bool, str]:
    """Whether the text holds any of the phrases, and why.

    >>> words_in("subject", [Phrase("vpn"), Phrase("remote access")], "vpn is down")
    (True, 'subject has "vpn"')
    >>> words_in("subject", [Phrase("vpn"), Phrase("remote access")], "hello")
    (False, 'subject has neither "vpn" nor "remote access"')
    """
    for phrase in phrases:
        if phrase.found_in(folded):
            return True, f'{where} has "{phrase.text}"'
    return False, f"{where} has {_none_of([phrase.text for phrase in phrases])}"


def address_in(
    where: str, patterns: Sequence[AddressPattern], addresses: Sequence[Address]
) -> tuple[bool, str]:
    """Whether any of the addresses fits any of the patterns, and why.

    >>> address_in("from", [AddressPattern("@x.example")], [Address("ann@x.example")])
    (True, 'from is ann@x.example, which fits "@x.example"')
    >>> address_in("to", [AddressPattern("hr@x.example")], [Address("it@x.example")])
    (False, 'to has no "hr@x.example"')
    """
    for pattern in patterns:
        for address in addresses:
            if pattern.fits(address):
                fits = "" if pattern.text == address.key else f', which fits "{pattern.text}"'
                return True, f"{where} is {address.key}{fits}"
    return False, f"{where} has {_none_of([pattern.text for pattern in patterns])}"


def _none_of(texts: Sequence[str]) -> str:
    """The texts, denied.

    >>> _none_of(["a"]), _none_of(["a", "b"]), _none_of(["a", "b", "c"])
    ('no "a"', 'neither "a" nor "b"', 'none of "a", "b", "c"')
    """
    quoted = [f'"{text}"' for text in texts]
    if len(quoted) <= 2:
        return "no " + quoted[0] if len(quoted) == 1 else "neither " + " nor ".join(quoted)
    return "none of " + ", ".join(quoted)
