"""YAML read into plain values, with the line of each; the one door to ruamel.yaml.

Only what a person writes by hand is taken: mappings with text keys, lists, texts,
whole numbers, true, false and null. Aliases, tags and deep nesting are refused, for
they are how a small file becomes a gigabyte. A date stays the text it is written as.

Surprising: `yes`, `no`, `on` and `off` are texts, as YAML 1.2 says.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gateway.config.faults import Loc
from gateway.errors import ConfigError, Fault

MAX_BYTES = 2**20
MAX_DEPTH = 20

_TAG = "tag:yaml.org,2002:"
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")  # what is longer is no amount of anything
_CONSTANTS = {"true": True, "false": False}


def read_yaml(text: str, file: Path) -> tuple[Any, dict[Loc, int]]:
    """The document and the line of each of its keys and items.

    Raises ConfigError; `file` is only named there.

    >>> read_yaml("P1:\\n  name: Critical\\n", Path("priorities.yaml"))
    ({'P1': {'name': 'Critical'}}, {('P1',): 1, ('P1', 'name'): 2})
    """
    if len(text.encode()) > MAX_BYTES:
        raise ConfigError(
            [Fault(file, None, "", "is larger than 1 MB", "split it into several files")]
        )
    try:
        _refuse_bombs(text, file)
        node = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError([_syntax(file, mark.line + 1 if mark else None, error.problem)]) from None
    except YAMLError as error:
        at = getattr(error, "position", None)  # of a letter that no YAML has
        line = None if at is None else text.count("\n", 0, at) + 1
        raise ConfigError([_syntax(file, line, str(error).splitlines()[0])]) from None
    building = _Building(file)
    value = building.value(node, ()) if node else None
    if building.faults:
        raise ConfigError(building.faults)
    return value, building.lines


def _syntax(file: Path, line: int | None, problem: str | None) -> Fault:
    return Fault(file, line, "", f"is not YAML: {problem}", "see the line and the one before it")


def _refuse_bombs(text: str, file: Path) -> None:
    """Look at the stream of events, which costs no more than the text is long."""
    depth = 0
    for event in YAML(typ="rt", pure=True).parse(text):
        line = event.start_mark.line + 1
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            wrong = "is nested too deeply", "write it flatter"
        elif isinstance(event, AliasEvent):
            wrong = f'alias "*{event.anchor}" is not read', "write the text out"
        elif tag := getattr(event, "tag", None):
            wrong = f'tag "{tag}" is not read', "leave it out"
        else:
            continue
        raise ConfigError([Fault(file, line, "", *wrong)])


@dataclass(slots=True)
class _Building:
    """Plain values out of nodes; notes lines and faults on the way."""

    file: Path
    lines: dict[Loc, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def value(self, node: Node, loc: Loc) -> Any:
        if isinstance(node, MappingNode):
            return self.mapping(node, loc)
        if isinstance(node, SequenceNode):
            for index, item in enumerate(node.value):
                self.lines[*loc, index] = _line(item)
            return [self.value(item, (*loc, index)) for index, item in enumerate(node.value)]
        return _scalar(str(node.tag).removeprefix(_TAG), str(node.value))

    def mapping(self, node: MappingNode, loc: Loc) -> dict[str, Any]:
        """A key that is there twice is a fault, not a last word."""
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), _line(key_node)
            inner = (*loc, key)
            if not isinstance(key_node, ScalarNode):
                self.fault(line, "", "the key is no text", "write it in quotes")
                continue
            if key in result:
                remedy = f"it is on line {self.lines[inner]} already; keep one"
                self.fault(line, key, "is there twice", remedy)
            self.lines.setdefault(inner, line)
            result[key] = self.value(value_node, inner)
        return result

    def fault(self, line: int, key: str, problem: str, remedy: str) -> None:
        self.faults.append(Fault(self.file, line, key, problem, remedy))


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _scalar(kind: str, text: str) -> str | int | bool | None:
    if kind == "null":
        return None
    if kind == "bool":
        return _CONSTANTS.get(text.lower(), text)
    if kind == "int" and _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    return text
