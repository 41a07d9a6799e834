"""Whose domain is it? Names compared as the DNS compares them; the one door to the public
suffix list and to IDNA.

The surprising fact: Python's `lower` makes an ASCII k of the Kelvin sign, and a mapping IDNA
makes an ASCII name of full-width letters. So nothing is mapped here but A to Z, and what IDNA
2008 (RFC 5891) does not allow has no name at all and equals nothing, not even itself.
"""

import re
from functools import cache, lru_cache

import idna
from publicsuffixlist import PublicSuffixList

from gateway.message import Address

_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})+")
_MAX_NAME = 253  # RFC 1035 section 3.1
_OTHER_DOTS = re.compile("[\u3002\uff0e\uff61]")  # idna reads them as dots


@lru_cache(maxsize=10_000)
def a_label(domain: str) -> str:
    """The domain as the DNS knows it, in lower case; "" where it is none.

    >>> a_label("MÜNCHEN.example."), a_label("Example.com"), a_label("ｅxample.com")
    ('', 'example.com', '')
    >>> a_label("münchen.example"), a_label("ban\u212a.example"), a_label("com")
    ('xn--mnchen-3ya.example', '', '')
    """
    name = domain.strip().translate(_ASCII_LOWER).removesuffix(".")
    if len(name) > _MAX_NAME or _OTHER_DOTS.search(name):
        return ""
    if not name.isascii():
        try:
            name = idna.encode(name).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return ""
    return name if _NAME.fullmatch(name) else ""


def domain_of(text: str) -> str:
    """The domain in an address, in "@example.com" or in "example.com"; "" where there is none.

    >>> domain_of("Ann@Example.com"), domain_of("@example.com"), domain_of("<ann@example.com>")
    ('example.com', 'example.com', 'example.com')
    """
    return a_label(text.strip().strip("<>").rpartition("@")[2])


def identity(address: Address | str) -> str:
    """The address in one form, its domain as the DNS knows it; "" where it is none.

    The local part is compared without the case of A to Z, as everywhere here.

    >>> identity("Ann@EXAMPLE.com"), identity("ann@münchen.example"), identity("ann")
    ('ann@example.com', 'ann@xn--mnchen-3ya.example', '')
    """
    text = address.address if isinstance(address, Address) else address
    local, at, domain = text.strip().strip("<>").rpartition("@")
    name = a_label(domain)
    return f"{local.translate(_ASCII_LOWER)}@{name}" if at and local and name else ""


@lru_cache(maxsize=10_000)
def organisation(name: str) -> str:
    """The organisational domain of a name that `a_label` gave, RFC 7489 section 3.2.

    One that is itself a public suffix, such as that of a hosting company, is its own: whoever
    is under it has nothing to do with it.

    >>> organisation("mail.example.co.uk"), organisation("ann.github.io"), organisation("co.uk")
    ('example.co.uk', 'ann.github.io', 'co.uk')
    """
    return _suffixes().privatesuffix(name) or name


def aligned(domain: str, author: str, *, strict: bool = False) -> bool:
    """Whether a domain that was proven speaks for the author's: RFC 7489 section 3.1.

    Relaxed, it is of the same organisation; strict, it is the same name.

    >>> aligned("mail.example.com", "example.com"), aligned("evil.co.uk", "good.co.uk")
    (True, False)
    >>> aligned("mail.example.com", "example.com", strict=True), aligned("", "")
    (False, False)
    """
    if not domain or not author:
        return False
    return domain == author or (not strict and organisation(domain) == organisation(author))


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
