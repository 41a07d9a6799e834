"""rules/*.yaml, read: a rule set, or every fault in every file at once.

A rule is checked against the desk it is for: its queue must exist and its assignee must
be an agent on file. Nothing here decides what happens to a mail.

Surprising: names are checked only against those files of the desk that could be read
themselves, so that one wrong line in gateway.toml does not make every rule look wrong.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gateway.config.faults import Lines, Loc, choices_are, faults_of, line_at, shown
from gateway.config.formats import one_line
from gateway.config.settings import Gateway
from gateway.desk.textfile import read_text
from gateway.desk.yaml_lines import read_yaml
from gateway.directory import Directory, Role
from gateway.errors import ConfigError, Fault
from gateway.message import Address
from gateway.rules.conditions import AddressPattern, Phrase
from gateway.rules.ruleset import Rule, RuleSet, When
from gateway.tickets.actions import Action, AddTag, Assign, SetCategory, SetPriority, SetQueue
from gateway.tickets.priority import Priority

FOLDER = "rules"
VERSION_CHARS = 12

_TAG = re.compile(r"[^\s,\x00-\x1f\x7f-\x9f]{1,40}")

Item = TypeVar("Item")


def _one_or_many(value: Any) -> Any:
    """What is no list stands for a list of one."""
    return value if isinstance(value, list) else [value]


Texts = Annotated[tuple[str, ...], BeforeValidator(_one_or_many), Field(min_length=1, strict=False)]
Word = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(one_line)]


class WhenEntry(BaseModel):
    """`when` of a rule, as it is written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    subject: Texts = ()
    body: Texts = ()
    author: Texts = Field((), alias="from")
    recipient: Texts = Field((), alias="to")


class ThenEntry(BaseModel):
    """`then` of a rule, as it is written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    queue: Word | None = None
    category: Word | None = None
    priority: Word | None = None
    assignee: Word | None = None
    tags: Texts = ()


class RuleEntry(BaseModel):
    """A rule, as it is written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Word = Field(examples=["vpn"])
    when: WhenEntry = WhenEntry()
    then: ThenEntry = Field(examples=[{"queue": "IT"}])


def load_rules(desk: Path, gateway: Gateway | None, directory: Directory | None) -> RuleSet:
    """The rules of a desk, in the order of the names of their files.

    Raises ConfigError with every fault of every file. A desk without rules is in order.
    """
    folder = desk / FOLDER
    sources: list[tuple[str, str]] = []
    faults: list[Fault] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".") or path.suffix not in (".yaml", ".yml"):
            continue
        if path.suffix == ".yml":
            remedy = f"call it {path.with_suffix('.yaml').name}"
            faults.append(Fault(path.relative_to(desk), None, "", "is not read", remedy))
            continue
        try:
            sources.append((f"{FOLDER}/{path.name}", read_text(path)))
        except ConfigError as error:
            faults += error.faults
    try:
        ruleset = parse_rules(sources, gateway, directory)
    except ConfigError as error:
        raise ConfigError(faults + error.faults) from None
    if faults:
        raise ConfigError(faults)
    return ruleset


def parse_rules(
    sources: Sequence[tuple[str, str]], gateway: Gateway | None, directory: Directory | None
) -> RuleSet:
    """The rule set of these files, given as names and texts. Raises ConfigError.

    What `gateway` and `directory` would be asked for is not checked where they are None.
    """
    reading = _Reading(gateway, directory)
    rules = tuple(rule for name, text in sources for rule in reading.rules(name, text))
    if reading.faults:
        raise ConfigError(reading.faults)
    return RuleSet(rules=rules, version=version_of(sources), sources=tuple(sources))


def version_of(sources: Sequence[tuple[str, str]]) -> str:
    """Short name of exactly these files: hexadecimal digits of their SHA-256.

    The length goes in too, so that no text moved from one file to the next goes unnoticed.
    """
    digest = hashlib.sha256()
    for name, text in sources:
        digest.update(f"{name}\0{len(text)}\0{text}".encode())
    return digest.hexdigest()[:VERSION_CHARS]


@dataclass(slots=True)
class _Reading:
    """One pass over all files; collects what is wrong on the way."""

    gateway: Gateway | None
    directory: Directory | None
    faults: list[Fault] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)  # name of a rule -> where it stands

    def rules(self, file: str, text: str) -> Iterator[Rule]:
        """The rules of one file."""
        try:
            items, lines = read_yaml(text, Path(file))
        except ConfigError as error:
            self.faults += error.faults
            return
        if not isinstance(items, list | None):
            remedy = 'write rules as a list, each beginning with "- name: ..."'
            self.faults.append(Fault(Path(file), 1, "", "is not a list of rules", remedy))
            return
        for index, item in enumerate(items or ()):
            of_rule = {loc[1:]: line for loc, line in lines.items() if loc[0] == index}
            name = item.get("name") if isinstance(item, dict) else None
            label = f'rule "{name}"' if name else f"rule {index + 1}"
            place = _Place(file, of_rule, label)
            try:
                entry = RuleEntry.model_validate(item)
            except ValidationError as error:
                self.faults += place.faults_of(error)
            else:
                yield self.rule(entry, place)

    def rule(self, entry: RuleEntry, place: "_Place") -> Rule:
        if entry.name in self.seen:
            problem = f"the name is there twice, first in {self.seen[entry.name]}"
            self.fault(place, ("name",), problem, "call one of them something else")
        line = place.line(())
        self.seen.setdefault(entry.name, f"{place.file}:{line}")
        return Rule(
            name=entry.name,
            file=place.file,
            line=line,
            when=When(
                subject=self.made(Phrase, entry.when.subject, place, "subject"),
                body=self.made(Phrase, entry.when.body, place, "body"),
                author=self.made(AddressPattern, entry.when.author, place, "from"),
                recipient=self.made(AddressPattern, entry.when.recipient, place, "to"),
            ),
            then=tuple(self.actions(entry.then, place)),
        )

    def made(
        self, make: Callable[[str], Item], texts: tuple[str, ...], place: "_Place", key: str
    ) -> tuple[Item, ...]:
        """Conditions of these texts; a text that none can be made of is a fault."""
        made = []
        for index, text in enumerate(texts):
            try:
                made.append(make(text))
            except ValueError as error:
                problem, _, remedy = str(error).partition("; ")
                problem = f"when.{key}: {shown(text)} {problem}"
                self.fault(place, ("when", key, index), problem, remedy)
        return tuple(made)

    def actions(self, then: ThenEntry, place: "_Place") -> Iterator[Action]:
        if then == ThenEntry():
            keys = ", ".join(ThenEntry.model_fields)
            self.fault(place, ("then",), "then: says nothing", f"write one of {keys}")
        if then.queue is not None:
            self.check_queue(then.queue, place)
            yield SetQueue(then.queue)
        if then.category is not None:
            yield SetCategory(then.category)
        if then.priority in list(Priority):
            yield SetPriority(Priority(then.priority))
        elif then.priority is not None:
            remedy = choices_are("priorities", Priority, then.priority)
            problem = f"unknown priority {shown(then.priority)}"
            self.fault(place, ("then", "priority"), problem, remedy)
        if then.assignee is not None:
            yield Assign(self.agent(then.assignee, place))
        for index, tag in enumerate(then.tags):
            if not _TAG.fullmatch(tag):
                problem = f"then.tags: {shown(tag)} cannot be a tag"
                remedy = "write one word, without spaces and commas"
                self.fault(place, ("then", "tags", index), problem, remedy)
            yield AddTag(tag)

    def check_queue(self, queue: str, place: "_Place") -> None:
        queues = [known.name for known in self.gateway.queue] if self.gateway else [queue]
        if queue not in queues:
            remedy = choices_are("queues", queues, queue)
            self.fault(place, ("then", "queue"), f"unknown queue {shown(queue)}", remedy)

    def agent(self, text: str, place: "_Place") -> Address:
        """The main address of the agent on file."""
        address = Address(text.strip().lower())
        if self.directory is None:
            return address
        person = self.directory.find(address)
        if person is not None and person.role is Role.AGENT:
            return person.address
        agents = [one.address.address for one in self.directory.people if one.role is Role.AGENT]
        problem = "is not in directory.csv" if person is None else "is no agent in directory.csv"
        remedy = choices_are("agents", agents, text) if agents else "it has no agent yet"
        self.fault(place, ("then", "assignee"), f"assignee {shown(text)} {problem}", remedy)
        return address

    def fault(self, place: "_Place", loc: Loc, problem: str, remedy: str) -> None:
        self.faults.append(Fault(Path(place.file), place.line(loc), place.label, problem, remedy))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one rule stands. `lines` are those of its keys, and of itself at ()."""

    file: str
    lines: Lines
    label: str

    def line(self, loc: Loc) -> int:
        return line_at(self.lines, loc) or 1

    def faults_of(self, error: ValidationError) -> list[Fault]:
        """What pydantic found, said of the rule; the key within the rule comes after it."""
        return [
            replace(
                fault,
                key=self.label,
                problem=f"{fault.key}: {fault.problem}" if fault.key else fault.problem,
            )
            for fault in faults_of(error, RuleEntry, Path(self.file), self.lines)
        ]
