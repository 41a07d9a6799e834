"""Who people are, as values. The loader sits at the edge: `directory_file`."""

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.message import Address


class Role(StrEnum):
    EMPLOYEE = "employee"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One line of directory.csv. `aliases` are further addresses of the same person."""

    address: Address
    role: Role = Role.EMPLOYEE
    teams: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset()  # teams whose lead this is
    vip: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody on file. Lookups are by address, aliases included, without case."""

    people: tuple[Person, ...] = ()
    _by_key: dict[str, Person] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        table = {alias.lower(): person for person in self.people for alias in person.aliases}
        table.update({person.address.key: person for person in self.people})
        object.__setattr__(self, "_by_key", table)

    def find(self, address: Address) -> Person | None:
        """The person with this address, or None for somebody not on file."""
        return self._by_key.get(address.key)

    def known_as(self, address: Address) -> Address:
        """The main address of a person on file, else the address itself.

        >>> ann = Person(address=Address("ann@x.example", "Ann"), aliases=("a.smith@x.example",))
        >>> Directory((ann,)).known_as(Address("A.Smith@x.example"))
        Address(address='ann@x.example', name='Ann')
        """
        person = self.find(address)
        return person.address if person else address

    def agents_of(self, team: str) -> tuple[Person, ...]:
        """Members of the team who are agents, in the order of the file."""
        return tuple(p for p in self.people if p.role is Role.AGENT and team in p.teams)

    def leads_of(self, team: str) -> tuple[Person, ...]:
        """The leads of the team; its agents where it has none, so that somebody is told."""
        return tuple(p for p in self.people if team in p.leads) or self.agents_of(team)

    def is_agent_of(self, address: Address, team: str) -> bool:
        """Whether they work on the team's tickets: its agents, and its leads, who are told of
        what passed its target and may well answer it."""
        person = self.find(address)
        if person is None:
            return False
        return team in person.leads or (person.role is Role.AGENT and team in person.teams)
