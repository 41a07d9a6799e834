"""What is wrong in a desk's file, in an admin's words and with the line it stands on.

Every loader ends here, so that each fault says the same five things: file, line, key,
value, and what to write instead. pydantic's own texts never reach a person.

A value is shown as it stands in the file, shortened, and a password inside a URL is
masked: a fault is printed, logged and mailed.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from gateway.errors import Fault

Loc = tuple[str | int, ...]
"""Where a value is in a file: keys of tables and indices of lists, as pydantic counts them."""

Lines = Mapping[Loc, int]
"""On which line each of them is written."""

MAX_SHOWN = 60  # characters of a value, and of a list of choices

#   pydantic's type             what is wrong                   what to write
_WORDS = {
    "string_type":             ("is not a text",                "write it in quotes"),
    "int_type":                ("is not a whole number",        "write it without quotes"),
    "bool_type":               ("is neither true nor false",    "write one, without quotes"),
    "path_type":               ("is not a path",                "write it in quotes"),
    "model_type":              ("is not a table",               "write its keys under it"),
    "dict_type":               ("is not a table",               "write its keys under it"),
    "tuple_type":              ("is not a list",                "write one"),
    "list_type":               ("is not a list",                "write one"),
    "greater_than_equal":      ("is too small",                 "write {ge} or more"),
    "less_than_equal":         ("is too large",                 "write {le} or less"),
    "string_too_short":        ("is empty",                     "write a text"),
    "string_too_long":         ("is too long",                  "at most {max_length} characters"),
    "string_pattern_mismatch": ("has characters we cannot use", ""),
    "literal_error":           ("is no word we know here",      "write {expected}"),
    "too_short":               ("is empty",                     "write at least one"),
}  # fmt: skip


def shown(value: object) -> str:
    """The value as it stands in the file, fit for a log.

    >>> shown("0.0.0.0"), shown(True), shown("postgresql://ann:secret@host/desk")
    ('"0.0.0.0"', 'true', '"postgresql://ann:********@host/desk"')
    """
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = re.sub(r"(://[^/@:\s]*):[^\s\"]*@", r"\1:********@", text)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 4] + " ..."


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """The question with the likeliest choice, or "" when nothing is near.

    >>> did_you_mean("max_mesage_bytes", ["max_message_bytes", "listen"])
    'did you mean "max_message_bytes"?'
    >>> did_you_mean("colour", ["max_message_bytes", "listen"])
    ''
    """
    by_fold = {choice.casefold(): choice for choice in choices}
    near = get_close_matches(word.casefold(), by_fold, n=1)
    return f'did you mean "{by_fold[near[0]]}"?' if near else ""


def choices_are(what: str, choices: Iterable[str], word: str = "") -> str:
    """A remedy: what there is to choose from, and the likeliest.

    >>> choices_are("queues", ["Billing", "Support"], "Suport")
    'queues are Billing, Support: did you mean "Support"?'
    """
    known = list(dict.fromkeys(choices))
    listed = ", ".join(known)
    if len(listed) > MAX_SHOWN:
        listed = listed[:MAX_SHOWN].rpartition(", ")[0] + ", ..."
    guess = did_you_mean(word, known)
    return f"{what} are {listed}" + (f": {guess}" if guess else "")


def line_at(lines: Lines, loc: Loc) -> int | None:
    """The line of the key, or of the nearest thing around it that is written at all."""
    for length in range(len(loc), -1, -1):
        if loc[:length] in lines:
            return lines[loc[:length]]
    return None


def key_at(loc: Loc) -> str:
    """The key as an admin says it. Indices are left out: the line tells which one.

    >>> key_at(("mailbox", 1, "address"))
    'mailbox.address'
    """
    return ".".join(part for part in loc if isinstance(part, str))


def faults_of(
    error: ValidationError, model: type[BaseModel], file: Path, lines: Lines
) -> list[Fault]:
    """Every fault that pydantic found, in the order of the file.

    A missing key stands where its table does. A TOML or a YAML example is given, as the
    file's name says.
    """
    pair = "{}: {}" if file.suffix == ".yaml" else "{} = {}"
    faults = [
        Fault(file, line_at(lines, one["loc"]), key_at(one["loc"]), *_said(one, model, pair))
        for one in error.errors(include_url=False)
        if not _is_echo(one)
    ]
    return sorted(faults, key=lambda fault: fault.line or 0)


def _is_echo(one: Any) -> bool:
    """Whether another fault says it already, and with a line.

    A list is "too short" for pydantic when all its items are wrong; what a validator of
    the whole model says is said by the loader that calls `faults_of`.
    """
    whole = not one["loc"] and one["type"] == "value_error"
    return whole or (one["type"] == "too_short" and bool(one["input"]))


def _said(one: Any, model: type[BaseModel], pair: str) -> tuple[str, str]:
    """Problem and remedy of one error of pydantic's; `pair` writes a key with its value."""
    *parents, key = one["loc"] or ("",)
    kind, key = one["type"], str(key)
    around = _model_at(model, parents)
    fields = _fields(around) if around else {}
    if kind == "extra_forbidden":
        return "unknown key", did_you_mean(key, fields) or choices_are("keys here", fields)
    if kind == "missing":
        example = _example(fields.get(key))
        table = f"[[{key}]]" if get_args(fields[key].annotation) else f"[{key}]"
        remedy = f"for example {pair.format(key, example)}" if example else f"{table} and its keys"
        return "is missing", f"write {remedy}"
    if kind == "value_error":
        problem, _, remedy = str(one["ctx"]["error"]).partition("; ")
        return f"{shown(one['input'])} {problem}", remedy
    problem, remedy = _WORDS.get(kind, (f"cannot be used: {one['msg']}", ""))
    remedy = remedy.format(**one.get("ctx", {})).replace("'", '"')
    return f"{shown(one['input'])} {problem}", (
        remedy or f"write for example {_example(fields.get(key))}"
    )


def _example(field: FieldInfo | None) -> str:
    """The field's own example as it would stand in the file, "" where it has none."""
    return shown(field.examples[0]) if field and field.examples else ""


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Fields by the name they have in the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_at(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel] | None:
    """The model of the table at this place, or None when it is no table."""
    for part in loc:
        if isinstance(part, int):
            continue
        field = _fields(model).get(part)
        inner = model_in(field.annotation) if field else None
        if inner is None:
            return None
        model = inner
    return model


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside `Model`, `tuple[Model, ...]` or `dict[str, Model]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (model_in(argument) for argument in get_args(annotation))
    return next((found for found in inner if found), None)
