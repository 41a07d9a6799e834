"""priorities.yaml, read: what the desk promises for each priority.

All four are asked for, because a ticket of a priority without a target would never be
escalated, and nobody would notice.
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gateway.config.faults import faults_of
from gateway.config.formats import duration_seconds, one_line
from gateway.desk.textfile import read_text
from gateway.desk.yaml_lines import read_yaml
from gateway.errors import ConfigError
from gateway.tickets.priority import Priority, Target

_EXAMPLE = {"name": "Normal", "respond_within": "4h"}


class TargetEntry(BaseModel):
    """One priority."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, AfterValidator(one_line)] = Field(
        min_length=1,
        max_length=40,
        examples=["Normal"],
        description="What people call it.",
    )
    respond_within: Annotated[int, BeforeValidator(duration_seconds)] = Field(
        examples=["4h"],
        description='The first answer of an agent is due so long after the mail came: "30m", '
        '"4h", "1d12h". Past it the lead of the queue is told.',
    )


class Priorities(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    P1: TargetEntry = Field(examples=[_EXAMPLE])
    P2: TargetEntry = Field(examples=[_EXAMPLE])
    P3: TargetEntry = Field(examples=[_EXAMPLE])
    P4: TargetEntry = Field(examples=[_EXAMPLE])


def load_priorities(path: Path) -> dict[Priority, Target]:
    """The target of each priority, P1 first. Raises ConfigError with every fault."""
    text = read_text(path, if_missing="copy the one that `ticket-gateway init` writes")
    data, lines = read_yaml(text, path)
    try:
        read = Priorities.model_validate({} if data is None else data)
    except ValidationError as error:
        raise ConfigError(faults_of(error, Priorities, path, lines)) from None
    entries: dict[str, TargetEntry] = dict(read)
    return {
        priority: Target(
            name=entries[priority].name, respond_within_seconds=entries[priority].respond_within
        )
        for priority in Priority
    }
