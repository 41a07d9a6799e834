"""Mail clients as people have them write to a desk, read what it answers, and answer that."""

import smtplib
import subprocess
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from conftest import without
from support.desk import DeskUnderTest
from support.mail import SUPPORT
from support.terminal import on_a_terminal
from support.waiting import eventually

ANN = "ann@example.com"
BOB = "bob@example.com"
CARL = "carl@example.com"
FILE = bytes(range(256))  # no line end of it survives a careless client, or a careless desk
UMLAUTS = "Grüße aus Köln"

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskUnderTest]:
    """What a newcomer has: the sample desk, whose mail lands in a Maildir."""
    under_test = DeskUnderTest(tmp_path_factory.mktemp("clients") / "desk")
    under_test.init()
    try:
        with under_test.running():
            yield under_test
    finally:
        under_test.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Übersicht.bin"
    path.write_bytes(FILE)
    return path


def installed(*names: str) -> str:
    """The first of these programs that is here."""
    found = next((name for name in names if which(name)), None)
    if not found:
        without(f"{' or '.join(names)} is not installed")
    return str(found)


def env(home: Path) -> dict[str, str]:
    """A newcomer's environment: no settings of any client."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"}


def run(command: list[str], home: Path, text: str = "") -> None:
    done = subprocess.run(
        command, input=text.encode(), capture_output=True, env=env(home), timeout=60, check=False
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}\n{said}"


def python(desk: DeskUnderTest, subject: str, file: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = ANN, SUPPORT, subject
    mail.set_content(UMLAUTS)
    mail.add_attachment(
        file.read_bytes(), maintype="application", subtype="octet-stream", filename=file.name
    )
    with smtplib.SMTP("127.0.0.1", desk.port, timeout=30) as smtp:
        smtp.send_message(mail)


def swaks(desk: DeskUnderTest, subject: str, file: Path) -> None:
    command = [installed("swaks"), "--server", f"127.0.0.1:{desk.port}", "--to", SUPPORT]
    command += ["--from", ANN, "--h-Subject", subject, "--body", UMLAUTS, "-h", "ann.example"]
    run([*command, "--attach-name", file.name, "--attach", f"@{file}"], file.parent)


def s_nail(desk: DeskUnderTest, subject: str, file: Path) -> None:
    command = [installed("s-nail"), "-:/", "-S", "v15-compat"]
    command += ["-S", f"mta=smtp://127.0.0.1:{desk.port}", "-S", "smtp-auth=none"]
    command += ["-S", f"from={ANN}", "-S", "sendcharsets=utf-8", "-s", subject, "-a", str(file)]
    run([*command, SUPPORT], file.parent, UMLAUTS)


def mutt(desk: DeskUnderTest, subject: str, file: Path) -> None:
    """With the muttrc that `init` wrote, and nothing of the user's own."""
    command = [installed("neomutt", "mutt"), "-n", "-F", str(desk.folder / "muttrc")]
    run([*command, "-s", subject, "-a", str(file), "--", SUPPORT], file.parent, UMLAUTS)


@pytest.mark.parametrize("client", [python, swaks, s_nail, mutt], ids=lambda each: each.__name__)
def test_a_first_mail_is_a_ticket_as_it_was_written(
    desk: DeskUnderTest, client: Callable[[DeskUnderTest, str, Path], None], file: Path
) -> None:
    subject = f"Prüfung der Größe mit {client.__name__}"

    client(desk, subject, file)

    ticket = the_ticket(desk, subject)
    assert ticket["subject"] == subject
    assert ticket["requester"] == {"name": "Ann", "address": ANN}
    [request] = ticket["messages"]
    assert request["text"].strip() == UMLAUTS
    assert [(each["filename"], each["size_bytes"]) for each in request["attachments"]] == [
        (file.name, len(FILE))
    ]
    confirmation = newest_mail(desk, ANN, subject)
    assert f"its number is #{ticket['number']}" in text(confirmation)
    [sent_on] = newest_mail(desk, BOB, subject).iter_attachments()
    assert (sent_on.get_filename(), sent_on.get_content()) == (file.name, FILE)


def test_mutt_with_the_desks_muttrc_answers_for_either_side(
    desk: DeskUnderTest, tmp_path: Path
) -> None:
    subject = "Käfer im Büro"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Carl <{CARL}>", SUPPORT, subject
    mail.set_content("It has six legs.")
    with smtplib.SMTP("127.0.0.1", desk.port, timeout=30) as smtp:
        smtp.send_message(mail)

    newest_mail(desk, CARL, subject)
    answer_in_mutt(desk, CARL, subject, "It is the red one – schön ist er.", tmp_path)
    ticket = the_ticket(desk, subject, messages=2)
    assert said(ticket) == ("follow-up", CARL, "token", "It is the red one – schön ist er.")

    newest_mail(desk, BOB, subject, nth=2)
    answer_in_mutt(desk, BOB, subject, "#take\nI am on my way.", tmp_path)
    ticket = the_ticket(desk, subject, messages=3)
    assert said(ticket) == ("answer", BOB, "token", "I am on my way.")
    assert (ticket["assignee"], ticket["status"]) == (BOB, "open")
    answer = newest_mail(desk, CARL, subject, nth=2)
    assert "I am on my way." in text(answer)
    assert BOB not in answer.as_string()

    answer_in_mutt(desk, CARL, subject, "Thank you!", tmp_path)
    assert said(the_ticket(desk, subject, messages=4))[3] == "Thank you!"


def answer_in_mutt(desk: DeskUnderTest, reader: str, subject: str, words: str, home: Path) -> None:
    """Open the desk's Maildir, go to this reader's newest mail, reply, type, send, leave."""
    editor = home / "editor"
    (home / "words").write_text(f"{words}\n\n")
    editor.write_text('#!/bin/sh\ncat "$HOME/words" "$1" > "$1.new" && mv "$1.new" "$1"\n')
    editor.chmod(0o755)
    shown = f"~t {reader} ~s '{subject}'"
    keys = f"<limit>{shown}<enter><last-entry><reply><send-message><exit>"
    command = [installed("neomutt", "mutt"), "-n", "-F", str(desk.folder / "muttrc")]
    command += ["-e", f"set editor='{editor}'", "-e", f'push "{keys}"']
    with on_a_terminal(command, env(home)) as terminal:
        assert terminal.ended() == 0, terminal.shown


def the_ticket(desk: DeskUnderTest, subject: str, messages: int = 1) -> dict[str, Any]:
    """The one ticket with this subject, once it has so many messages."""

    def there() -> dict[str, Any] | None:
        found = [ticket for ticket in desk.tickets() if ticket["subject"] == subject]
        assert len(found) == 1, [ticket["subject"] for ticket in desk.tickets()]
        return found[0] if len(found[0]["messages"]) == messages else None

    found = eventually(there, what=f"{messages} messages in {subject!r}")
    assert found is not None
    return found


def said(ticket: dict[str, Any]) -> tuple[str, str, str, str]:
    """The newest message: what it is, whose, how well proven, its words."""
    newest = ticket["messages"][-1]
    return newest["kind"], newest["author"]["address"], newest["proof"], newest["text"].strip()


def newest_mail(desk: DeskUnderTest, reader: str, subject: str, nth: int = 1) -> EmailMessage:
    """The newest mail of at least `nth` that the Maildir has for this reader."""

    def there() -> list[EmailMessage]:
        maildir = desk.folder / "outgoing"
        files = [*maildir.glob("new/*"), *maildir.glob("cur/*")]
        files.sort(key=lambda each: each.stat().st_mtime_ns)
        mails = [message_from_bytes(each.read_bytes(), policy=default) for each in files]
        mine = [mail for mail in mails if mail["Delivered-To"] == reader]
        mine = [mail for mail in mine if subject in str(mail["Subject"])]
        return mine if len(mine) >= nth else []

    return eventually(there, what=f"{nth} mails to {reader}")[-1]


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
