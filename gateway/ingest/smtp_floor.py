"""Who is in: the sessions under way, what they hold in memory, the commits they wait for.

Decides who may come in and how much may be held at a time; says nothing itself. One
peer never fills the floor alone, for behind one address may stand a whole attack, but
also the one relay that brings all mail: its share is generous.
"""

import asyncio
import ipaddress
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.errors import SHUTTING_DOWN, TOO_MANY_CONNECTIONS, Reply
from gateway.message import Source

MAX_NEW_PER_SECOND = 200
"""Connections of one network: a relay that brings one mail with each needs fewer, and to be
turned away costs us a twentieth of a session."""

FLOOD_TURN_SECONDS = 0.001
"""For one reply to one of all sessions that flood us: 1,000 a second take 5 % of a core, be the
sessions as many as they like."""


class Guest(Protocol):
    """A session, as those see it who do not make it."""

    peer: str
    user: str
    login_failures: int
    source: Source
    entrance: Any
    session: Any  # aiosmtpd's own, and its envelope: their types are loose
    envelope: Any

    @property
    def is_secure(self) -> bool: ...
    @property
    def is_idle(self) -> bool: ...
    async def ask(self, challenge: str) -> bytes: ...
    async def push(self, status: str) -> None: ...
    def say_goodbye(self, reply: Reply) -> None: ...
    def hang_up(self) -> None: ...


@dataclass(slots=True)
class Floor:
    """`changed` is set whenever a session or a commit ends, so that the drain counts again."""

    max_sessions: int
    max_sessions_per_peer: int
    max_memory_bytes: int
    sessions: set["Guest"] = field(default_factory=set)
    commits: set["asyncio.Future[int]"] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    draining: bool = False
    held_bytes: int = 0
    _peers: Counter[str] = field(default_factory=Counter)
    _arriving: int = 0
    _new: Counter[str] = field(default_factory=Counter)
    _second: int = 0
    _flood_lane: asyncio.Lock = field(default_factory=asyncio.Lock)

    def refusal(self, peer: str) -> Reply | None:
        """What this peer is told instead of being let in; None when it may come in."""
        if self.draining:
            return SHUTTING_DOWN
        if peer and self._too_often(network_of(peer)):
            return TOO_MANY_CONNECTIONS
        full = len(self.sessions) + self._arriving >= self.max_sessions
        if full or (peer and self._peers[network_of(peer)] >= self.max_sessions_per_peer):
            return TOO_MANY_CONNECTIONS
        return None

    def _too_often(self, network: str) -> bool:
        """Whether it has come MAX_NEW_PER_SECOND times since this second began."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._new = second, Counter()
        self._new[network] += 1
        return self._new[network] > MAX_NEW_PER_SECOND

    @property
    def is_empty(self) -> bool:
        return not self.sessions and not self.commits

    async def flood_turn(self) -> None:
        """Wait until it is this session's turn among those that flood us: first come, first
        served, so that one more of them costs the others time, and who brings mail none."""
        async with self._flood_lane:
            await asyncio.sleep(FLOOD_TURN_SECONDS)

    def entered(self, session: "Guest", peer: str) -> None:
        self.sessions.add(session)
        self._peers[network_of(peer)] += 1

    def left(self, session: "Guest", peer: str) -> None:
        if session in self.sessions:
            self.sessions.discard(session)
            self._peers -= Counter((network_of(peer),))  # drops those at zero
            self.changed.set()

    @contextmanager
    def arriving(self, peer: str) -> Iterator[None]:
        """A place for who is no session yet, as long as that takes."""
        network = network_of(peer)
        self._arriving += 1
        self._peers[network] += 1
        try:
            yield
        finally:
            self._arriving -= 1
            self._peers -= Counter((network,))

    def committing(self, promise: "Future[int]") -> "asyncio.Future[int]":
        """The promise of a commit, to be waited for."""
        commit = asyncio.wrap_future(promise)
        self.commits.add(commit)
        commit.add_done_callback(self._committed)
        return commit

    def _committed(self, commit: "asyncio.Future[int]") -> None:
        self.commits.discard(commit)
        self.changed.set()

    @contextmanager
    def holding(self) -> Iterator["Held"]:
        """The bytes of one mail, from its first to its answer."""
        held = Held(self)
        try:
            yield held
        finally:
            self.held_bytes -= held.count


@dataclass(slots=True)
class Held:
    """What one mail holds in memory."""

    floor: Floor
    count: int = 0

    def is_room(self, more: int) -> bool:
        """Hold that many bytes more, unless all mails together would then hold too many.

        A mail that is alone is always let in: else one that is larger never would be.
        """
        others = self.floor.held_bytes - self.count
        if others and self.floor.held_bytes + more > self.floor.max_memory_bytes:
            return False
        self.count += more
        self.floor.held_bytes += more
        return True


def network_of(peer: str) -> str:
    """What one customer of a provider has: an IPv4 address, or an IPv6 network of 64 bits.

    >>> network_of("192.0.2.7"), network_of("2001:db8:1:2:3:4:5:6"), network_of("")
    ('192.0.2.7', '2001:db8:1:2::/64', '')
    """
    if ":" not in peer:
        return peer
    return str(ipaddress.ip_network((peer.partition("%")[0], 64), strict=False))
