"""One mail to several mailboxes: what its letters say of the others."""

from dataclasses import replace

import pytest

from gateway.outbound import samples
from gateway.outbound.letter import Also, Letter, Notice, PlainReply
from gateway.outbound.render import Rendered, Renderer
from support.letters import a_letter


def render(letter: Letter) -> Rendered:
    return Renderer(None).render(letter)


ALSO = Also(name="HR", address="hr@example.com", number=1077)


@pytest.mark.parametrize("language", ["en", "de"])
def test_confirmation_names_the_other_mailboxes_of_the_mail(language: str) -> None:
    mailbox = samples.MAILBOX.model_copy(update={"language": language})
    letter = a_letter(Notice.CONFIRMATION, mailbox=mailbox)
    assert "hr@example.com" not in render(letter).text
    for number in (1077, None):
        mail = render(replace(letter, also=(replace(ALSO, number=number),)))
        for part in (mail.text, mail.html):
            assert "HR (hr@example.com)" in part
            assert ("#1077" in part) == (number is not None)
    shared = replace(letter, also=(replace(ALSO, number=samples.TICKET.number),))
    assert render(shared) == render(letter), "one ticket: there is nothing to be told"


def test_other_team_is_told_whose_ticket_it_is_and_what_a_reply_does() -> None:
    also = (replace(ALSO, number=samples.TICKET.number),)
    letter = replace(a_letter(Notice.NEW_TICKET), also=also, plain_reply=PlainReply.NOTHING)
    for part in (render(letter).text, render(letter).html):
        assert "whose team is told of this ticket" in part
        assert "opens a ticket of its own there" in part
