"""What the sender makes of each answer of a mail server, against one that misbehaves."""

from pathlib import Path

import pytest

from gateway.config.settings import Outgoing as Settings
from gateway.errors import PermanentError, TemporaryError
from gateway.outbound import sender as module
from gateway.outbound.sender import sender_for
from support.mail import ANN, SUPPORT, a_mail
from support.outgoing import NewSender, an_outgoing
from support.sink import Sink
from support.waiting import free_port

# What an answer means


def test_mail_is_sent_as_the_bytes_it_is(sink: Sink, new_sender: NewSender) -> None:
    content = b"Subject: dots\r\n\r\n.\r\n..two\r\n" + b"long " * 300 + b"\r\nend\r\n"
    answer = new_sender(sink.port).send(an_outgoing(content=content))
    [mail] = sink.wait_for_mails(1)
    assert answer == "250 2.0.0 kept"
    assert (mail.mail_from, mail.rcpt_to, mail.content) == (SUPPORT, (ANN,), content)


def test_null_sender_is_said_as_such(sink: Sink, new_sender: NewSender) -> None:
    new_sender(sink.port).send(an_outgoing(mail_from=""))
    [mail] = sink.wait_for_mails(1)
    assert mail.mail_from == ""
    assert any(command.upper().startswith("MAIL FROM:<>") for command in sink.commands)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "CONTENT"])
def test_4yz_is_temporary_in_the_words_of_the_server(
    sink: Sink, new_sender: NewSender, step: str
) -> None:
    sender = new_sender(sink.port)
    sink.answer(step, "450 4.2.0 Greylisted, please try again")
    with pytest.raises(TemporaryError) as error:
        sender.send(an_outgoing())
    assert str(error.value) == "450 4.2.0 Greylisted, please try again"
    assert sender.send(an_outgoing()) == "250 2.0.0 kept"
    assert sink.connections == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "CONTENT"])
def test_5yz_is_permanent_for_this_mail_only(sink: Sink, new_sender: NewSender, step: str) -> None:
    sender = new_sender(sink.port)
    sink.answer(step, "550-5.1.1 No such user\r\n550 5.1.1 here")
    with pytest.raises(PermanentError) as error:
        sender.send(an_outgoing())
    assert str(error.value) == "550 5.1.1 No such user 5.1.1 here"
    assert sender.send(an_outgoing()) == "250 2.0.0 kept"
    assert sink.connections == 1


@pytest.mark.parametrize("answer", ["250 2.0.0 too early", "334 what?", "what?"])
def test_answer_that_makes_no_sense_is_temporary(
    sink: Sink, new_sender: NewSender, answer: str
) -> None:
    sink.answer("DATA", answer)
    with pytest.raises(TemporaryError):
        new_sender(sink.port).send(an_outgoing())
    assert sink.mails == []


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "BODY", "CONTENT"])
def test_lost_connection_is_temporary_and_names_the_step(
    sink: Sink, new_sender: NewSender, step: str
) -> None:
    sender = new_sender(sink.port)
    sink.hang_up(step)
    with pytest.raises(TemporaryError, match="connection lost at " + smtp_verb(step)):
        sender.send(an_outgoing(content=a_mail(text="x" * 70 + "\n") * 2000))
    assert sender.send(an_outgoing()) == "250 2.0.0 kept"
    assert sink.connections == 2


@pytest.mark.parametrize("step", ["MAIL", "CONTENT"])
def test_silence_is_temporary(sink: Sink, new_sender: NewSender, step: str) -> None:
    sender = new_sender(sink.port, timeout_seconds=0.2)
    sink.stall(step)
    with pytest.raises(TemporaryError, match=f"connection lost at {smtp_verb(step)}.*timed out"):
        sender.send(an_outgoing())


def smtp_verb(step: str) -> str:
    return {"BODY": "DATA", "CONTENT": "DATA"}.get(step, step)


def test_line_break_in_an_address_reaches_no_server(sink: Sink, new_sender: NewSender) -> None:
    with pytest.raises(PermanentError):
        new_sender(sink.port).send(an_outgoing(rcpt_to=f"{ANN}>\r\nRCPT TO:<eve@x.example"))
    assert not any("eve" in command for command in sink.commands)


# The connection


def test_connection_serves_many_mails_and_is_renewed_in_time(
    sink: Sink, new_sender: NewSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAILS_PER_CONNECTION", 3)
    sender = new_sender(sink.port)
    for _ in range(7):
        sender.send(an_outgoing())
    assert len(sink.mails) == 7
    assert sink.connections == 3


def test_server_that_hung_up_between_mails_is_called_again(
    sink: Sink, new_sender: NewSender
) -> None:
    sender = new_sender(sink.port)
    sender.send(an_outgoing())
    sink.stop()
    sink.start()
    assert sender.send(an_outgoing()) == "250 2.0.0 kept"


def test_server_that_is_down_is_temporary_and_named(new_sender: NewSender) -> None:
    with pytest.raises(TemporaryError, match=r"connect: .*[Rr]efused"):
        new_sender(free_port()).send(an_outgoing())


def test_server_that_drops_the_first_call_is_called_again(
    sink: Sink, new_sender: NewSender
) -> None:
    sink.hang_up("CONNECT")
    assert new_sender(sink.port).send(an_outgoing()) == "250 2.0.0 kept"
    assert sink.connections == 2


@pytest.mark.parametrize("step", ["CONNECT", "EHLO"])
def test_5yz_before_the_first_mail_is_our_fault_and_temporary(
    sink: Sink, new_sender: NewSender, step: str
) -> None:
    sink.answer(step, "554 5.7.1 You are on a list", times=None)
    name = {"CONNECT": "connect"}.get(step, step)
    with pytest.raises(TemporaryError, match=f"{name}: 554 5.7.1 You are on a list"):
        new_sender(sink.port).send(an_outgoing())
    assert sink.connections == 1  # it said no: asking again at once would not help


def test_close_says_quit(sink: Sink, new_sender: NewSender) -> None:
    sender = new_sender(sink.port)
    sender.send(an_outgoing())
    sender.close()
    sender.close()
    assert sink.commands[-1].upper() == "QUIT"


# Addresses outside ASCII


def test_address_outside_ascii_uses_smtputf8(sink: Sink, new_sender: NewSender) -> None:
    new_sender(sink.port).send(an_outgoing(rcpt_to="jörg@exämple.org"))
    [mail] = sink.wait_for_mails(1)
    assert mail.rcpt_to == ("jörg@exämple.org",)
    assert any("SMTPUTF8" in command for command in sink.commands)


def test_address_outside_ascii_fails_for_good_where_the_server_cannot(
    new_sender: NewSender,
) -> None:
    sink = Sink(smtputf8=False)
    try:
        sender = new_sender(sink.port)
        with pytest.raises(PermanentError, match=r"jörg@exämple\.org.*SMTPUTF8"):
            sender.send(an_outgoing(rcpt_to="jörg@exämple.org"))
        assert sender.send(an_outgoing()) == "250 2.0.0 kept"
    finally:
        sink.stop()


# The way out that the settings name


def test_settings_name_a_smarthost(sink: Sink, tmp_path: Path) -> None:
    sender = sender_for(Settings(to=f"smtp://127.0.0.1:{sink.port}"), tmp_path, None)
    sender.send(an_outgoing())
    sender.close()
    assert len(sink.mails) == 1


def test_settings_name_a_maildir_within_the_desk(tmp_path: Path) -> None:
    sender = sender_for(Settings(to="maildir:outgoing"), tmp_path, None)
    sender.send(an_outgoing())
    sender.close()
    assert len(list((tmp_path / "outgoing/new").iterdir())) == 1
