"""Bad input gets a clear answer and loses nothing."""

import smtplib
import sqlite3
from pathlib import Path

import pytest

from support.desk import DeskUnderTest
from support.mail import SUPPORT, a_mail, send_mail
from support.office import ANN, Office
from support.postgres import OwnPostgres
from support.sink import Sink
from support.waiting import eventually

ADMIN = "lee@example.com"  # as `init` writes it

ODD = {
    "not a mail": b"\x00\x01\x02\xff\xfe garbage \x80\x81\r\n" * 20,
    "empty": b"",
    "no Message-ID": a_mail(message_id=None, subject="odd one"),
    "no From": a_mail(from_=None, subject="odd one"),
    "8-bit garbage headers": b"From: J\xf6rg <joerg@example.com>\r\nSubject: Caf\xe9 pr\xfcfen\r\n"
    b"X-\xff: \xfe\r\n\r\nhello\r\n",
    "wrong charset label": b"From: ann@example.com\r\nSubject: charset\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    + "Grüße aus Köln\r\n".encode("cp1252"),
    "unknown charset": b"From: ann@example.com\r\nSubject: charset\r\n"
    b"Content-Type: text/plain; charset=x-klingon\r\n\r\nQapla'\r\n",
    "only a body": b"\r\n\r\nno header at all\r\n",
    "two From fields": b"From: ann@example.com\r\nFrom: bob@example.com\r\n\r\nwho?\r\n",
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_mail_is_one_ticket_with_one_confirmation(office: Office, odd: str) -> None:
    sender = f"odd.{list(ODD).index(odd)}@customer.example"
    before = {ticket["number"] for ticket in office.desk.tickets()}
    send_mail(office.desk.port, ODD[odd], mail_from=sender)

    def new() -> list[dict[str, object]]:
        return [t for t in office.desk.tickets() if t["number"] not in before]

    tickets = eventually(new, what="its ticket")
    assert len(tickets) == 1
    spool = office.desk.cli("spool", "list", "--limit", "1", "--json")
    assert spool[0]["state"] == "opened"
    assert office.desk.text("spool", "show", str(spool[0]["id"])).strip()


def test_a_wrong_charset_label_still_reads_right(office: Office) -> None:
    raw = ODD["wrong charset label"].replace(b"Subject: charset", b"Subject: wrong label")
    send_mail(office.desk.port, raw, mail_from="ann@example.com")
    assert "Grüße aus Köln" in office.ticket("wrong label")["messages"][0]["text"]


def test_a_mail_over_the_limit_is_refused_with_552_at_mail_and_at_data(office: Office) -> None:
    too_large = b"Subject: huge\r\n\r\n" + b"x" * 76 * 400_000
    with smtplib.SMTP("127.0.0.1", office.desk.port) as smtp:
        smtp.ehlo()
        assert smtp.mail(ANN, [f"SIZE={len(too_large)}"])[0] == 552
    with smtplib.SMTP("127.0.0.1", office.desk.port) as smtp:
        smtp.ehlo()
        assert smtp.mail("ann@example.com")[0] == 250
        assert smtp.rcpt(SUPPORT)[0] == 250
        code, _ = smtp.data(b"Subject: huge\r\n\r\n" + (b"x" * 76 + b"\r\n") * 400_000)
        assert code == 552


def test_an_unknown_recipient_is_refused_at_rcpt(office: Office) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send_mail(office.desk.port, rcpt_to="nobody@example.com")
    assert next(iter(refused.value.recipients.values()))[0] == 550


def test_a_broken_template_is_replaced_and_the_admin_told_file_and_line(alone: Office) -> None:
    broken = alone.desk.folder / "templates" / "confirmation.txt.j2"
    broken.write_text("Subject: Yes\n\nHello\n{{ letter.no_such_word }}\n")
    with alone.desk.running():
        alone.send(ANN, subject="Despite the template")
        confirmation = alone.confirmation(ANN, "Despite the template")
        assert "Your request has arrived" in confirmation.text
        alert = alone.mail_to(ADMIN, "needs your care")
        assert "templates/confirmation.txt.j2:4" in alert.text.replace(str(alone.desk.folder), "")
        alone.send(ANN, subject="Once more")
        alone.confirmation(ANN, "Once more")
        rows = alone.desk.cli("outbox", "list", "--json")
        assert len([row for row in rows if row["notice"] == "alert"]) == 1, "once is enough"


def test_a_locked_database_is_451_and_the_mail_is_taken_later(alone: Office) -> None:
    with alone.desk.running():
        lock = sqlite3.connect(alone.desk.folder / "data" / "desk.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        with pytest.raises(smtplib.SMTPDataError) as refused:
            alone.send(ANN, subject="While locked")
        assert refused.value.smtp_code == 451
        lock.execute("ROLLBACK")
        lock.close()
        alone.send(ANN, subject="While locked")
        alone.confirmation(ANN, "While locked")


def test_an_absent_database_is_451_and_never_an_empty_new_one(alone: Office) -> None:
    data: Path = alone.desk.folder / "data"
    with alone.desk.running():
        alone.send(ANN, subject="Before the loss")
        alone.confirmation(ANN, "Before the loss")
        away = [file.rename(file.with_name(f"away-{file.name}")) for file in data.glob("desk.db*")]
        with pytest.raises(smtplib.SMTPDataError) as refused:
            alone.send(ANN, subject="During the loss")
        assert refused.value.smtp_code == 451
        assert not (data / "desk.db").exists()
        for file in away:
            file.rename(file.with_name(file.name.removeprefix("away-")))
        alone.send(ANN, subject="After its return")
        alone.confirmation(ANN, "After its return")
        assert len(alone.desk.tickets()) == 2
    (data / "desk.db").rename(data / "gone.db")
    done = alone.desk.try_cli("run")
    assert done.returncode == 69
    assert b"ticket-gateway db upgrade" in done.stderr
    assert not (data / "desk.db").exists()
    piped = alone.desk.try_cli("inject", "--to", SUPPORT, stdin=a_mail())
    assert piped.returncode == 75, "an MTA keeps the mail"
    assert not (data / "desk.db").exists()


def test_postgresql_that_goes_away_is_451_and_service_resumes(
    desk: DeskUnderTest, sink: Sink, own_postgres: OwnPostgres
) -> None:
    desk.init(outgoing=f"smtp://127.0.0.1:{sink.port}", database=own_postgres.url)
    office = Office(desk, sink)
    with desk.running():
        office.send(ANN, subject="While it is there")
        office.confirmation(ANN, "While it is there")
        own_postgres.stop()
        with pytest.raises(smtplib.SMTPDataError) as refused:
            office.send(ANN, subject="While it is away")
        assert refused.value.smtp_code == 451
        own_postgres.start()

        def taken() -> bool:
            try:
                office.send(ANN, subject="While it is away", message_id="<away@client.example>")
            except smtplib.SMTPDataError:
                return False
            return True

        eventually(taken, 30, "the mail is taken again")
        office.confirmation(ANN, "While it is away")
