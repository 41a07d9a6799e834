"""Names as agents write them, and what they mean at this desk: queues, categories, people.

A name is right in any case, as the beginning of one name alone, and for an agent as any part of
theirs. What could be two is neither: the problem names both. What a desk's files do not say
(None) is not checked.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.commands_lines import shortened
from gateway.config.faults import did_you_mean
from gateway.config.formats import mail_address
from gateway.directory import Directory, Role
from gateway.message import NOBODY, Address
from gateway.rules.conditions import fold

MAX_TOLD = 8  # names that a problem lists
MAX_NAMED = 2_000  # letters that name people

_MAILTO = re.compile(r"<mailto:[^<>]*>", re.IGNORECASE)
_SPEC = r"[^\s<>,;:\"'()\[\]\u201c\u201d]+@[^\s<>,;:\"'()\[\]\u201c\u201d]+"
_ADDRESS = re.compile(rf"[^<>@,;]*<\s*({_SPEC})\s*>|({_SPEC})")
_BETWEEN = ("", "and", "&")  # words and signs between two addresses
_AROUND = " \t.,;:!\"'`*_<>\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"


class Wrong(Exception):
    """What is wrong with a command's argument, in words for whoever wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Who writes, and the names that there are at the desk. `own` are the desk's addresses."""

    me: Address = NOBODY
    queues: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    directory: Directory | None = None
    own: frozenset[str] = frozenset()

    def queue(self, written: str) -> str:
        """
        >>> Names(queues=("IT", "Billing")).queue("bill.")
        'Billing'
        >>> Names(queues=("IT", "Billing")).queue("Biling")
        Traceback (most recent call last):
            ...
        gateway.rules.commands_names.Wrong: there is no queue "Biling", did you mean "Billing"?
        """
        return _one_of("queue", self.queues, written)

    def category(self, written: str) -> str:
        """The category, of those that the desk's rules set."""
        return _one_of("category", self.categories, written)

    def agent(self, written: str) -> Address:
        """The agent of this address or name, from whatever team."""
        name = bare(written)
        if self.directory is None:
            return Address(name)
        if "@" in name:
            return self._agent_at(_address(name))
        agents = [p.address for p in self.directory.people if p.role is Role.AGENT or p.leads]
        found = _best(name, agents)
        if len(found) == 1:
            return found[0]
        if found:
            some = " or ".join(str(each) for each in found[:MAX_TOLD])
            raise Wrong(f'"{shortened(name)}" could be {some}: write the address')
        near = did_you_mean(name, [each.shown for each in agents])
        raise Wrong(f'there is no agent "{shortened(name)}"' + (f", {near}" if near else ""))

    def _agent_at(self, address: Address) -> Address:
        person = self.directory.find(address) if self.directory else None
        if person is None or (person.role is not Role.AGENT and not person.leads):
            raise Wrong(f"{address.address} is no agent of this desk")
        return person.address

    def people(self, written: str) -> tuple[Address, ...]:
        """Everybody who is named, by address; an agent by name as well."""
        if "@" not in written:
            return (self.agent(written),)
        if len(written) > MAX_NAMED:
            raise Wrong("names too many people at once")
        text = _MAILTO.sub(" ", written)
        left = [word for word in _ADDRESS.sub(" ", text).split() if bare(word) not in _BETWEEN]
        if left:
            raise Wrong(f'"{shortened(bare(left[0]) or left[0])}" is no mail address')
        found = (bare(named or plain) for named, plain in _ADDRESS.findall(text))
        return tuple(dict.fromkeys(self._person(_address(each)) for each in found))

    def _person(self, address: Address) -> Address:
        if address.key in self.own:
            raise Wrong(f"{address.address} is an address of this desk, and nobody's own")
        return self.directory.known_as(address) if self.directory else address


def bare(written: str) -> str:
    """A name without the signs around it that telephones and mail clients add.

    >>> bare(" \\u201cKim Lee\\u201d. ")
    'Kim Lee'
    """
    return written.strip(_AROUND)


def _address(written: str) -> Address:
    try:
        return Address(mail_address(written))
    except ValueError:
        raise Wrong(f'"{shortened(written)}" is no mail address') from None


def _one_of(what: str, names: Sequence[str] | None, written: str) -> str:
    name = bare(written)
    if not name:
        raise Wrong(f"does not say which {what}")
    if names is None:
        return name
    for same in (_is, _begins):
        found = [each for each in names if same(fold(each), fold(name))]
        if len(found) == 1:
            return found[0]
    if found:
        raise Wrong(f'"{shortened(name)}" could be {" or ".join(found[:MAX_TOLD])}')
    raise Wrong(f'there is no {what} "{shortened(name)}", {_choice(names, name)}')


def _choice(names: Sequence[str], name: str) -> str:
    near = did_you_mean(name, names)
    return near or (f"but {', '.join(names[:MAX_TOLD])}" if names else "and no other either")


def _is(name: str, written: str) -> bool:
    return name == written


def _begins(name: str, written: str) -> bool:
    return name.startswith(written)


def _best(name: str, agents: Iterable[Address]) -> list[Address]:
    """Those whom the name fits best: a whole name; a word of one, or the local part of an address;
    the beginning of a word."""
    wanted = fold(name)
    called = [(each, fold(each.name), each.key.partition("@")[0]) for each in agents]
    whole = [each for each, full, _ in called if full == wanted]
    word = [each for each, full, local in called if wanted in (local, *full.split())]
    begin = [
        each
        for each, full, local in called
        if wanted and any(part.startswith(wanted) for part in (full, local, *full.split()))
    ]
    return whole or word or begin
