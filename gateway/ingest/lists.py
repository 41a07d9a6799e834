"""Which mailing lists a mail came through, and whose it is where a list wrote in its own name.

Answers from the fields of RFC 2919 and RFC 2369 and what Google Groups, Mailman and ezmlm
add; whether a list is one of ours, the caller knows. The surprising fact: a list that keeps
DMARC from breaking puts itself into From, so the person is in Reply-To or X-Original-From.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

from gateway.message import Address, Message

LIST_FIELDS = (
    "list-id", "list-post", "list-help", "list-subscribe", "list-owner", "list-archive",
    "list-unsubscribe", "mailing-list", "x-mailing-list", "x-beenthere", "x-mailman-version",
    "x-ml-name", "x-mlserver",
)  # fmt: skip
BULK = frozenset(("bulk", "list", "junk"))

_NAMING = ("list-id", "list-post", "mailing-list", "x-mailing-list", "x-beenthere")
_OF_MANY = frozenset(("list-unsubscribe", "precedence"))  # those that newsletters have as well
_ADDRESS = re.compile(r"[\w.+=-]{1,64}@[\w.-]{1,200}\w")
_URI = re.compile(r"<\s{0,9}([a-z]{3,6}:[^<>\s]{1,500})\s{0,9}>", re.IGNORECASE)
_VIA = re.compile(r"^['\"]?(.{1,200}?)['\"]?\s(?:via|über|por|par|tramite|przez|через)\s.{1,200}$")


def comparable(name: str) -> str:
    """One form for a list's address and its List-Id: most make the one of the other.

    >>> comparable("Support@lists.example.com") == comparable("support.lists.example.com")
    True
    """
    return name.strip().lower().replace("@", ".")


def list_named(message: Message, behind: frozenset[str]) -> str:
    """The name of a list out of `behind` that this mail came through; "" when there is none.

    RFC 2919 section 6: List-Ids are compared without case, and nothing but the identifier
    counts.
    """
    wanted = {comparable(each): each for each in behind}
    for field in _NAMING if wanted else ():
        for value in message.all_headers(field):
            for name in _names(field, value):
                if comparable(name) in wanted:
                    return wanted[comparable(name)]
    return ""


def marks(message: Message, behind: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The fields by which this is a post on a list or bulk mail, but for those of `behind`.

    A list adds to a newsletter's marks or takes their place: a List-Id of another list, or a
    way to unsubscribe elsewhere, stays a mark.
    """
    ours = list_named(message, behind)
    hosts = _hosts_of(message, ours) if ours else frozenset()
    for field in LIST_FIELDS:
        for value in message.all_headers(field):
            if value.strip() and not (ours and _is_own(field, value, behind, hosts)):
                yield field, value
    for value in message.all_headers("precedence"):
        word = value.strip().lower()
        if word in BULK and not (ours and word != "junk"):
            yield "precedence", value


def by_its_author(message: Message, behind: frozenset[str], own: frozenset[str]) -> Message:
    """The mail as of the person who wrote it, where a list out of `behind` stands in From.

    Taken from X-Original-From or X-Original-Sender (Google Groups, Sympa), else the one
    address of Reply-To that is not the list's (Mailman). It proves no more than From does.
    """
    name = list_named(message, behind)
    lists = {comparable(each) for each in behind}
    if not name or not _is_lists(message.author, name, lists, own):
        return message
    for value in message.all_headers("x-original-from") + message.all_headers("x-original-sender"):
        found = _ADDRESS.search(value)
        if found:
            called = value[: found.start()].strip(" <\"'") or _person_in(message.author.name)
            return replace(message, author=Address(found[0], called))
    others = {
        each.key: each
        for each in message.reply_to
        if comparable(each.address) not in lists and each.key not in own
    }
    if len(others) != 1:
        return message
    [only] = others.values()
    return replace(
        message, author=Address(only.address, only.name or _person_in(message.author.name))
    )


def _is_lists(author: Address, name: str, lists: set[str], own: frozenset[str]) -> bool:
    """Whether From: is the list's address; Groups.io writes ann=home.example@its own host."""
    local, _, domain = author.key.partition("@")
    return (
        comparable(author.address) in lists
        or author.key in own
        or ("=" in local and bool(domain) and comparable(name).endswith(f".{domain}"))
    )


def _person_in(name: str) -> str:
    """Ann of "'Ann' via Support"."""
    found = _VIA.match(name)
    return found[1] if found else name


def _names(field: str, value: str) -> Iterator[str]:
    """What a field calls the list: its identifier, its addresses."""
    if field == "list-id":
        yield value.rpartition("<")[2].partition(">")[0]
    else:
        yield from _ADDRESS.findall(value)


def _is_own(field: str, value: str, behind: frozenset[str], hosts: frozenset[str]) -> bool:
    """Whether the list itself put this field there."""
    if field in _NAMING:
        lists = {comparable(each) for each in behind}
        names = {comparable(each) for each in _names(field, value)}
        return not names or bool(names & lists)
    if field in _OF_MANY:
        return any(host in hosts for host in _hosts(value))
    return True


def _hosts_of(message: Message, name: str) -> frozenset[str]:
    """Where the list lives: its own domain and what its other fields point to."""
    own = {name.partition("@")[2]} if "@" in name else {name.partition(".")[2]}
    for field in ("list-post", "list-help", "list-archive", "list-subscribe", "list-owner"):
        for value in message.all_headers(field):
            own.update(_hosts(value))
    return frozenset(own)


def _hosts(value: str) -> Iterator[str]:
    for uri in _URI.findall(value):
        with suppress(ValueError):  # an IPv6 address that is none
            parts = urlsplit(uri)
            yield (parts.hostname or parts.path.rpartition("@")[2]).lower()
