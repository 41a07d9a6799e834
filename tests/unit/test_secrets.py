"""Passwords: where they come from, and that none is ever shown."""

import stat
from pathlib import Path

import pytest

from gateway.config.faults import shown
from gateway.desk.config_file import password
from gateway.errors import ConfigError


@pytest.mark.parametrize(
    "url", ["postgresql://me:hun@ter2@db/x", "smtp://me:hunter2@mail", "x://:hunter2@y/z"]
)
def test_password_in_any_url_is_masked_when_shown(url: str) -> None:
    assert "ter2" not in shown(url)


def test_long_value_is_shortened_when_shown() -> None:
    assert len(shown("x" * 1000)) == 60


def a_secret(folder: Path, content: str = "hunter2\n", mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_text(content)
    path.chmod(mode)
    return path


def test_password_comes_from_the_file_without_its_line_end(tmp_path: Path) -> None:
    path = a_secret(tmp_path, " hun ter2 \n")
    assert password(path, "NAME", {}) == " hun ter2 "


def test_password_comes_from_the_environment_when_no_file_is_named() -> None:
    assert password(None, "NAME", {"NAME": "hunter2"}) == "hunter2"
    assert password(None, "NAME", {"NAME": ""}) is None
    assert password(None, "NAME", {}) is None


def test_file_wins_over_the_environment(tmp_path: Path) -> None:
    assert password(a_secret(tmp_path), "NAME", {"NAME": "other"}) == "hunter2"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o666])
def test_file_open_to_everybody_is_refused(tmp_path: Path, mode: int) -> None:
    path = a_secret(tmp_path, mode=mode)
    with pytest.raises(ConfigError, match="is open to every user of this machine") as raised:
        password(path, "NAME", {})
    assert f"(mode {mode:04o}); say: chmod 600 {path}" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_file_that_its_group_may_read_is_taken(tmp_path: Path) -> None:
    assert stat.S_IMODE(a_secret(tmp_path, mode=0o640).stat().st_mode) == 0o640
    assert password(a_secret(tmp_path, mode=0o640), "NAME", {}) == "hunter2"


@pytest.mark.parametrize("content", ["", "\n"])
def test_empty_file_is_no_password(tmp_path: Path, content: str) -> None:
    with pytest.raises(ConfigError, match="is empty; write the password into it"):
        password(a_secret(tmp_path, content), "NAME", {})


def test_missing_file_is_told_with_both_ways_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read: No such file.*or set NAME and leave"):
        password(tmp_path / "no", "NAME", {})
