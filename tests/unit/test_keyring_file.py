"""The key ring's file: made once, readable by nobody else, and clear about what is wrong."""

import base64
import stat
from pathlib import Path

import pytest

from gateway.desk import keyring_file
from gateway.errors import ConfigError
from gateway.threading import tag
from gateway.threading.tag import Purpose
from support.cases import NOW, SUPPORT

SECRET = base64.b32encode(b"s" * 32).decode()
LONGER = base64.b32encode(b"t" * 40).decode()


def a_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "keys"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def fault(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        keyring_file.load(path, "desk.example")
    [told] = caught.value.faults
    assert told.remedy
    assert SECRET not in str(told)
    return str(told)


def test_a_new_ring_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "keys"
    assert keyring_file.make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_new_ring_can_be_used_at_once(tmp_path: Path) -> None:
    keyring_file.make(tmp_path / "keys")
    ring = keyring_file.load(tmp_path / "keys", "desk.example")
    assert (ring.desk, [key_id for key_id, _ in ring.keys]) == ("desk.example", [1])
    assert len(ring.newest[1]) >= keyring_file.KEY_OCTETS


def test_no_two_rings_are_alike(tmp_path: Path) -> None:
    for name in "ab":
        keyring_file.make(tmp_path / name)
    assert (tmp_path / "a").read_text() != (tmp_path / "b").read_text()


def test_a_ring_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = a_file(tmp_path, f"1 {SECRET}\n")
    assert not keyring_file.make(path)
    assert path.read_text() == f"1 {SECRET}\n"


def test_comments_and_empty_lines_are_no_keys(tmp_path: Path) -> None:
    path = a_file(tmp_path, f"# a comment\n\n  \n2 {LONGER}\n1 {SECRET}\n")
    ring = keyring_file.load(path, "desk.example")
    assert ring.keys == ((1, b"s" * 32), (2, b"t" * 40))


def test_a_line_added_is_a_rotation(tmp_path: Path) -> None:
    path = a_file(tmp_path, f"1 {SECRET}\n")
    before = keyring_file.load(path, "desk.example")
    token = tag.sign(before, SUPPORT, 1, Purpose.REPLY, 7, NOW)
    a_file(tmp_path, f"1 {SECRET}\n2 {LONGER}\n")
    after = keyring_file.load(path, "desk.example")
    assert after.newest[0] == 2
    assert tag.verify(after, SUPPORT, 1, token, NOW)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610, 0o601])
def test_a_ring_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = a_file(tmp_path, f"1 {SECRET}\n", mode)
    told = fault(path)
    assert f"mode {mode:04o}" in told
    assert f"chmod 600 {path}" in told


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_ring_for_its_owner_alone_is_fine(tmp_path: Path, mode: int) -> None:
    assert keyring_file.load(a_file(tmp_path, f"1 {SECRET}\n", mode), "d").keys


def test_a_ring_that_is_absent_says_how_to_make_one(tmp_path: Path) -> None:
    told = fault(tmp_path / "keys")
    assert "No such file" in told
    assert "ticket-gateway keys make" in told


@pytest.mark.parametrize("text", ["", "# only this\n"])
def test_a_ring_without_a_key_is_refused(tmp_path: Path, text: str) -> None:
    assert "holds no key" in fault(a_file(tmp_path, text))


@pytest.mark.parametrize(
    "line",
    [
        SECRET,
        f"x {SECRET}",
        f"1 {SECRET} more",
        f"1 {SECRET[:-1]}",
        "1 not-base32!",
        "1",
        f"0 {SECRET}",
        f"256 {SECRET}",
        f"-1 {SECRET}",
        f"1 {base64.b32encode(b's' * 30).decode()}",
    ],
)
def test_a_line_that_is_no_key_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    assert "keys:2:" in fault(a_file(tmp_path, f"# keys\n{line}\n"))


def test_two_secrets_of_one_id_are_refused(tmp_path: Path) -> None:
    """Which of them signed what is in circulation, nobody could tell."""
    told = fault(a_file(tmp_path, f"1 {SECRET}\n1 {LONGER}\n"))
    assert "keys:2" in told


def test_what_is_no_text_is_no_key_file(tmp_path: Path) -> None:
    assert "is no key file" in fault(a_file(tmp_path, "1 ключ\n"))


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    assert "directory" in fault(tmp_path / "keys")
