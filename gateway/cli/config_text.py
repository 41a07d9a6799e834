"""gateway.toml written out: as a commented file, as what is in force, as the manual.

All three walk the same settings, so a setting that is documented where it is defined
(`config`) is in all of them, and one that is not cannot be anywhere.

Surprising: TOML has no word for "nothing", so a setting that is not set is a comment.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.config.faults import model_in
from gateway.config.settings import Gateway

WIDTH = 92
MASK = "********"

Value = str | int | bool | Path | tuple[str, ...] | None


def toml_value(value: Value) -> str:
    r"""The value as TOML writes it.

    >>> toml_value('a "quote"\n'), toml_value(True), toml_value(25), toml_value(("a", "b"))
    ('"a \\"quote\\"\\n"', 'true', '25', '["a", "b"]')
    """
    if isinstance(value, tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, bool | int):
        return json.dumps(value)
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def tables() -> Iterator[tuple[str, bool, type[BaseModel]]]:
    """Every table of the file: its name, whether there may be several, and its settings."""
    for name, field in Gateway.model_fields.items():
        model = model_in(field.annotation)
        if model is not None:
            yield name, model is not field.annotation, model


def commented(values: Mapping[str, Sequence[Mapping[str, Value]]]) -> str:
    """A gateway.toml that explains itself; what `values` does not give is commented out.

    `values` has a list of tables under each table's name; one where only one may be.
    """
    lines = [
        "# The settings of this desk. A line such as `#key = value` shows the default: take",
        "# the # away to change it. After a change: ticket-gateway check",
    ]
    for name, several, model in tables():
        for given in values.get(name, [{}]):
            off = "#" if several and not given else ""
            lines += ["", "", *_comment(model.__doc__ or ""), off + _header(name, several)]
            for key, field in model.model_fields.items():
                lines += ["", *_comment(field.description or "")]
                off = "" if key in given else "#"
                value = given.get(key, field.default)
                lines.append(f"{off}{key} = {toml_value(_sample(field, value))}")
    return "\n".join(lines) + "\n"


def in_force(gateway: Gateway, secrets: Mapping[str, str]) -> str:
    """The effective settings as a gateway.toml, with a comment at each default.

    `secrets` says of a table where its password comes from; the password is not given.
    """
    lines: list[str] = []
    for name, several, _ in tables():
        found = getattr(gateway, name)
        for table in found if several else [found]:
            lines += [_header(name, several)]
            for key, value in dict(table).items():
                mark = "" if key in table.model_fields_set else "  # default"
                lines.append(
                    f"{key} = {toml_value(value)}{mark}"
                    if value is not None
                    else f"# {key} is not set"
                )
            if name in secrets:
                lines.append(f"# password = {secrets[name]}")
            lines.append("")
    return "\n".join(lines)


def as_tables() -> Iterator[str]:
    """The manual's lines: each table with its settings, defaults and descriptions."""
    for name, several, model in tables():
        more = " There may be several." if several else ""
        yield f"### `{_header(name, several)}`"
        yield f"\n{model.__doc__}{more}\n"
        yield from settings_of(model)
        yield ""


def settings_of(model: type[BaseModel]) -> Iterator[str]:
    """One table of the manual."""
    yield "| key | default | what it is |"
    yield "|---|---|---|"
    for key, field in model.model_fields.items():
        yield f"| `{key}` | {_default(field)} | {_cell(field.description or '')} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return "not set" if field.default is None else f"`{toml_value(field.default)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _header(name: str, several: bool) -> str:
    return f"[[{name}]]" if several else f"[{name}]"


def _comment(text: str) -> list[str]:
    words = " ".join(text.split())
    return textwrap.wrap(
        words, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )


def _sample(field: FieldInfo, value: Value) -> Value:
    """The value, or an example where there is none to show."""
    nothing = value is None or (field.is_required() and value == field.default)
    return (field.examples or [""])[0] if nothing else value
