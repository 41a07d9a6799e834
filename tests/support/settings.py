"""gateway.toml as a text: the smallest one, what is read from a text, and what is said against it.

A test adds its own lines behind MINIMAL, so that they belong to the mailbox until they name
another table; they begin on line 10.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.config.settings import Gateway
from gateway.desk.config_file import parse_gateway
from gateway.errors import ConfigError

MINIMAL = """\
[desk]
name = "support.example.com"
admin = "admin@example.com"
[[queue]]
name = "IT"
team = "it"
[[mailbox]]
address = "support@example.com"
queue = "IT"
"""


def parsed(text: str = MINIMAL) -> Gateway:
    """The settings that the text says, as the text of gateway.toml."""
    return parse_gateway(text, Path("gateway.toml"))


def faults(text: str) -> list[str]:
    """What is said against the text, a line each; AssertionError where it is all well."""
    return faults_of(parsed, text)


def faults_of(read: Callable[..., object], *given: object) -> list[str]:
    """What is said against what `read` is given, a line each."""
    with pytest.raises(ConfigError) as raised:
        read(*given)
    return [str(fault) for fault in raised.value.faults]


def a_gateway(**tables: Any) -> Gateway:
    """The settings of the smallest file, with other tables."""
    return Gateway.model_validate({**tomllib.loads(MINIMAL), **tables})
