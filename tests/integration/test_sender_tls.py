"""TLS and login towards the smarthost: what is verified, and what is never sent in clear."""

import ssl

import pytest

from gateway.errors import GatewayError, TemporaryError
from gateway.outbound.sender import SmtpSender
from support.outgoing import NewSender, NewSink, an_outgoing
from support.sink import Sink


def test_starttls_is_used_where_offered(
    tls_sink: NewSink, new_sender: NewSender, trusting: ssl.SSLContext
) -> None:
    sink = tls_sink()
    new_sender(sink.port, tls_context=trusting).send(an_outgoing())
    [mail] = sink.wait_for_mails(1)
    assert mail.tls


def test_tls_from_the_first_byte(
    tls_sink: NewSink, new_sender: NewSender, trusting: ssl.SSLContext
) -> None:
    sink = tls_sink(implicit_tls=True)
    new_sender(sink.port, implicit_tls=True, tls_context=trusting).send(an_outgoing())
    [mail] = sink.wait_for_mails(1)
    assert mail.tls


def test_starttls_never_means_never(tls_sink: NewSink, new_sender: NewSender) -> None:
    sink = tls_sink()
    new_sender(sink.port, starttls="never").send(an_outgoing())
    [mail] = sink.wait_for_mails(1)
    assert not mail.tls


def test_starttls_that_is_required_and_not_offered_is_a_fault(
    sink: Sink, new_sender: NewSender
) -> None:
    with pytest.raises(TemporaryError, match="STARTTLS: not offered"):
        new_sender(sink.port, starttls="require").send(an_outgoing())
    assert sink.mails == []


def test_certificate_of_a_stranger_is_refused(tls_sink: NewSink, new_sender: NewSender) -> None:
    sink = tls_sink()
    with pytest.raises(TemporaryError, match=r"STARTTLS: .*certificate verify failed"):
        new_sender(sink.port).send(an_outgoing())
    assert sink.mails == []


def test_certificate_for_another_name_is_refused(
    tls_sink: NewSink, new_sender: NewSender, trusting: ssl.SSLContext
) -> None:
    sink = tls_sink("other.example")
    with pytest.raises(TemporaryError, match=r"STARTTLS: .*localhost"):
        new_sender(sink.port, tls_context=trusting).send(an_outgoing())


def test_login_is_sent_under_tls(
    tls_sink: NewSink, new_sender: NewSender, trusting: ssl.SSLContext
) -> None:
    sink = tls_sink(users={"desk": "secret"})
    sender = new_sender(sink.port, username="desk", password="secret", tls_context=trusting)
    sender.send(an_outgoing())
    [mail] = sink.wait_for_mails(1)
    assert (mail.user, mail.tls) == ("desk", True)


def test_login_is_never_sent_in_clear(new_sender: NewSender) -> None:
    sink = Sink(users={"desk": "secret"})
    try:
        sender = new_sender(sink.port, starttls="never", username="desk", password="secret")
        with pytest.raises(TemporaryError, match=r"STARTTLS: .*never sent in clear"):
            sender.send(an_outgoing())
        assert not any(command.startswith("AUTH") for command in sink.commands)
    finally:
        sink.stop()


def test_wrong_password_is_our_fault_and_not_tried_twice(
    tls_sink: NewSink, new_sender: NewSender, trusting: ssl.SSLContext
) -> None:
    sink = tls_sink(users={"desk": "secret"})
    sender = new_sender(sink.port, username="desk", password="wrong", tls_context=trusting)
    with pytest.raises(TemporaryError, match=r"AUTH: 535 5\.7\.8 Authentication") as error:
        sender.send(an_outgoing())
    assert "wrong" not in str(error.value)
    assert sink.connections == 1


def test_password_outside_ascii_is_a_fault_that_does_not_quote_it(
    tls_sink: NewSink, new_sender: NewSender, trusting: ssl.SSLContext
) -> None:
    sink = tls_sink(users={"desk": "secret"})
    sender = new_sender(sink.port, username="desk", password="geheimß", tls_context=trusting)
    with pytest.raises(TemporaryError, match=r"AUTH: .*not ASCII") as error:
        sender.send(an_outgoing())
    assert "ß" not in str(error.value)


def test_user_name_without_password_is_a_fault_of_the_settings(sink: Sink) -> None:
    with pytest.raises(GatewayError, match=r"outgoing\.password_file"):
        SmtpSender("localhost", sink.port, username="desk")
