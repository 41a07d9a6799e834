"""The command `parse`: order, failures, pipes, and what is said beside the mails."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from gateway.cli.parse import readers
from gateway.cli.parse.paths import Paths
from gateway.cli.parse.read import Told
from gateway.cli.parse.readers import Readers, in_order
from gateway.errors import GatewayError
from support.mail import a_mail
from support.terminal import on_a_terminal
from support.waiting import eventually

GOLDEN = Path(__file__).parents[1] / "golden"
PARSE = [str(Path(sys.executable).with_name("ticket-gateway")), "parse"]
SECONDS = 60.0


@pytest.fixture
def mails(tmp_path: Path) -> list[Path]:
    """Forty mails, whose subjects are their numbers."""
    paths = [tmp_path / f"{number:02}.eml" for number in range(40)]
    for number, path in enumerate(paths):
        path.write_bytes(a_mail(subject=str(number)))
    return paths


def run(*arguments: object, stdin: bytes = b"", **env: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [*PARSE, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env={**os.environ, **env},
        timeout=SECONDS,
        check=False,
    )


def subjects(output: bytes) -> list[str]:
    return [json.loads(line)["subject"] for line in output.splitlines()]


def told(paths: list[Path], jobs: int) -> list[Told]:
    return list(in_order(Paths([str(each) for each in paths], None), jobs))


def test_several_processes_answer_in_the_order_of_the_paths(
    mails: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "ALONE", 4)
    several = told(mails, 3)
    assert [json.loads(each.line)["subject"] for each in several] == [str(n) for n in range(40)]
    assert several == told(mails, 1)


def test_a_list_of_paths_is_read_from_standard_input_after_the_files(mails: list[Path]) -> None:
    listed = "\n".join(map(str, mails[1:4])).encode()
    assert subjects(run("--json", "--from", "-", mails[0], stdin=listed).stdout) == [*"0123"]


def test_paths_in_a_list_may_end_with_nul_and_hold_line_breaks(tmp_path: Path) -> None:
    odd = tmp_path / "two\nlines.eml"
    odd.write_bytes(a_mail(subject="odd"))
    done = run("--json", "--from", "-", stdin=os.fsencode(odd) + b"\0" + os.fsencode(odd) + b"\0")
    assert subjects(done.stdout) == ["odd", "odd"]


def test_each_object_says_which_file_it_is_of_even_where_the_name_is_no_utf8(
    tmp_path: Path,
) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"gr\xfc\xdfe.eml")
    with open(path, "wb") as file:
        file.write(a_mail(subject="Grüße"))
    done = run("--json", "--from", "-", stdin=path, LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    (mail,) = map(json.loads, done.stdout.splitlines())
    assert os.fsencode(mail["path"]) == path
    assert mail["subject"] == "Grüße"


def test_a_file_that_cannot_be_read_costs_itself_alone(mails: list[Path]) -> None:
    done = run("--json", mails[0], "no\x1b[2Jwhere.eml", mails[1])
    assert subjects(done.stdout) == ["0", "1"]
    assert done.returncode == 66
    assert done.stderr == b"no[2Jwhere.eml: No such file or directory\n"


def test_a_folder_stands_for_the_files_in_it_and_a_maildir_for_its_mails(
    mails: list[Path], tmp_path: Path
) -> None:
    (tmp_path / ".hidden").write_bytes(b"")
    assert subjects(run("--json", tmp_path).stdout) == [str(n) for n in range(40)]
    for name in ("cur", "new", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    mails[3].rename(tmp_path / "box" / "cur" / "1:2,S")
    mails[4].rename(tmp_path / "box" / "new" / "2")
    mails[5].rename(tmp_path / "box" / "tmp" / "3")
    assert subjects(run("--json", tmp_path / "box").stdout) == ["3", "4"]


def test_a_path_is_answered_before_the_next_is_written(
    mails: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program may keep us running and ask one mail at a time; with further processes too."""
    monkeypatch.setattr(readers, "ALONE", 2)
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as listing, os.fdopen(theirs, "wb", buffering=0) as asking:
        answers = in_order(Paths([], listing), 2)
        for number, path in enumerate(mails[:6]):
            asking.write(os.fsencode(path) + b"\n")
            assert json.loads(next(answers).line)["subject"] == str(number)
        asking.close()
        assert list(answers) == []


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_reader_that_has_seen_enough_ends_it_quietly(mails: list[Path], jobs: str) -> None:
    listed = b"".join(os.fsencode(each) + b"\n" for each in mails * 20)
    with subprocess.Popen(
        [*PARSE, "--json", "--jobs", jobs, "--from", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        assert process.stderr
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(listed)
            process.stdin.close()
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(SECONDS) == 0


@pytest.fixture
def one_reader() -> Iterator[Readers]:
    with contextlib.closing(Readers(1)) as started:
        yield started


def test_a_process_that_dies_costs_the_mail_it_had_in_hand(
    mails: list[Path], tmp_path: Path, one_reader: Readers
) -> None:
    stuck = tmp_path / "stuck.eml"  # whoever reads a named pipe waits for who writes it
    os.mkfifo(stuck)

    def kill() -> None:
        writing = eventually(lambda: _open_to_write(stuck), SECONDS, "the mail is being read")
        one_reader.readers[0].process.kill()
        os.close(writing)

    killer = threading.Thread(target=kill)
    killer.start()
    asked = [str(each) for each in (mails[0], stuck, *mails[1:40])]
    answers = list(one_reader.read(asked, Paths([], None)))
    killer.join()
    assert [each.path for each in answers] == asked
    assert {each.path: each.problem for each in answers if each.problem} == {
        str(stuck): "the process that read it died (SIGKILL)"
    }


def test_processes_that_die_whatever_they_read_end_the_run_with_a_remedy(
    mails: list[Path], one_reader: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "MAX_DEATHS", 0)
    one_reader.readers[0].process.kill()
    with pytest.raises(GatewayError, match="--jobs 1"):
        list(one_reader.read([str(mails[0])], Paths([], None)))


def _open_to_write(path: Path) -> int | None:
    try:
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # nobody reads it yet
        return None


@pytest.mark.parametrize("block", [1, 2, 7, 1000])
def test_paths_are_whole_however_the_list_arrives(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.cli.parse.paths.BLOCK_BYTES", block)
    listing = BytesIO(b"one.eml\r\n\ntwo words.eml\n" + b"x" * 9000 + b"\nlast.eml")
    first, second, long, last = Paths([], listing)
    assert (first, second, last) == ("one.eml", "two words.eml", "last.eml")
    assert long.startswith("xxx")


# what both see


def test_a_long_path_is_shown_to_its_end(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    for name in ("one.eml", "two.eml"):
        (folder / name).write_bytes(a_mail())
    assert b"two.eml" in run(folder).stdout.replace(b"\n", b"")


def test_many_mails_end_with_their_kinds_counted(mails: list[Path]) -> None:
    bounce = GOLDEN / "null-sender-dsn" / "mail.eml"
    done = run(*mails[:3], bounce, "nowhere.eml")
    assert done.stdout.decode().rstrip().endswith("4 mails: 3 ordinary, 1 bounce, 1 not read")
    assert done.returncode == 66


def test_a_letter_that_the_terminal_lacks_costs_that_letter(tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(a_mail(subject="Grüße 漢"))
    done = run(path, PYTHONIOENCODING="latin-1")
    assert done.returncode == 0, done.stderr
    assert "Grüße ?".encode("latin-1") in done.stdout


def test_one_part_is_written_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(a_mail(attachments={"../../evil.bin": b"\x00\xff\x1b"}))
    assert run(path, "--part", "2").stdout == b"\x00\xff\x1b"
    missing = run(path, "--part", "7")
    assert missing.returncode == 69
    assert b"has no part 7" in missing.stderr
    assert run(path, path, "--part", "1").returncode == 64


def test_nothing_named_is_a_question_back() -> None:
    assert run().returncode == 64
    assert run("--json").stdout == b""


def test_progress_moves_on_a_terminal_while_the_mails_go_elsewhere(
    mails: list[Path], tmp_path: Path
) -> None:
    listing, out = tmp_path / "list", tmp_path / "out"
    listing.write_text("".join(f"{each}\n" for each in mails * 6))
    command = f"{PARSE[0]} parse --json --from {listing} > {out}"
    with on_a_terminal(["sh", "-c", command], {"PATH": os.environ["PATH"]}) as terminal:
        assert terminal.ended() == 0, terminal.shown
    assert "240 mails: 240 ordinary" in terminal.shown
    assert len(out.read_bytes().splitlines()) == 240
    assert "\x1b" not in run("--json", "--from", listing).stderr.decode()
