"""Fixtures of the unit tests: no server and no database, at most a folder."""

from pathlib import Path

import pytest

from gateway.cli.init import write_desk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A desk as `init` writes it."""
    write_desk(tmp_path / "desk")
    return tmp_path / "desk"
