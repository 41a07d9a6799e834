"""YAML read into plain values, with the line of each; the one door to ruamel.yaml.

Only what a person writes by hand is taken: mappings with text keys, lists, texts,
whole numbers, true, false and null. Aliases, tags and deep nesting are refused, for
they are how a small file becomes a gigabyte. A date stays the text it is written as.

Surprising: `yes`, `no`, `on` and `off` are texts, as YAML 1.2 says.
"""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gateway.errors import ConfigError, Fault
from gateway.faults import Loc

MAX_BYTES = 2**20
MAX_DEPTH = 20

_TAG = "tag:yaml.org,2002:"
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
        raise ConfigError([_syntax(file, None, str(error).splitlines()[0])]) from None
    lines: dict[Loc, int] = {}
    faults: list[Fault] = []
    value = _plain(node, (), lines, faults, file) if node else None
    if faults:
        raise ConfigError(faults)
    return value, lines


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
            raise ConfigError([Fault(file, line, "", "is nested too deeply", "write it flatter")])
        if isinstance(event, AliasEvent):
            fault = Fault(
                file, line, "", f'alias "*{event.anchor}" is not read', "write the text out"
            )
            raise ConfigError([fault])
        if tag := getattr(event, "tag", None):
            fault = Fault(file, line, "", f'tag "{tag}" is not read', "leave it out")
            raise ConfigError([fault])


def _plain(node: Node, loc: Loc, lines: dict[Loc, int], faults: list[Fault], file: Path) -> Any:
    """The node's value. A key that is there twice is a fault, not a last word."""
    if isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            lines[*loc, index] = item.start_mark.line + 1
        return [
            _plain(item, (*loc, index), lines, faults, file)
            for index, item in enumerate(node.value)
        ]
    if isinstance(node, ScalarNode):
        return _scalar(node)
    assert isinstance(node, MappingNode)  # noqa: S101 - there is no fourth kind of node
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            faults.append(Fault(file, line, "", "the key is no text", "write it in quotes"))
            continue
        key = str(key_node.value)
        inner = (*loc, key)
        if key in result:
            remedy = f"it is on line {lines[inner]} already; keep one"
            faults.append(Fault(file, line, key, "is there twice", remedy))
        lines.setdefault(inner, line)
        result[key] = _plain(value_node, inner, lines, faults, file)
    return result


def _scalar(node: ScalarNode) -> str | int | bool | None:
    text = str(node.value)
    match node.tag.removeprefix(_TAG) if isinstance(node.tag, str) else str(node.tag):
        case "null":
            return None
        case "bool":
            return _CONSTANTS.get(text.lower(), text)
        case "int" if text.lstrip("+-").isdecimal():
            return int(text)
    return text
