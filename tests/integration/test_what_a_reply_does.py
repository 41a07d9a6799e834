"""An agent's plain reply does what the mail that they reply to has told them, and nothing else."""

import pytest

from support.in_process import ANN, BOB, LEE, SUPPORT, InProcess, anns
from support.mail import a_mail

LIES = b"she lies"


@pytest.fixture
def desk(sqlite_desk: InProcess) -> InProcess:
    """A desk with Ann's ticket."""
    sqlite_desk.accept(anns(text="The printer burns."))
    sqlite_desk.work()
    return sqlite_desk


def is_told(desk: InProcess, who: str) -> bool:
    return any(LIES in each.content for each in desk.mails(who))


@pytest.mark.parametrize(
    ("notice", "by", "text"),
    [("note", LEE, "#note Does she?"), ("done", BOB, "#priority P1 because she is loud")],
)
def test_a_yes_makes_no_answer_of_a_reply_to_a_note(
    desk: InProcess, notice: str, by: str, text: str
) -> None:
    desk.reply(by, text, to="new-ticket")
    desk.work()
    got = desk.mail(BOB, notice)
    assert "stays among colleagues" in desk.text(BOB, notice)
    raw = a_mail(
        from_=BOB,
        to=SUPPORT,
        subject=f"Re: {got['Subject']}",
        text="I think she lies.",
        in_reply_to=str(got["Message-ID"]),
    )
    desk.accept(raw, mail_from=BOB)
    desk.work()
    assert desk.states()[-1] == "held"
    desk.reply(BOB, "yes", to="unproven")
    desk.work()
    desk.work()
    assert desk.said(desk.tickets()[0].number)[-1].text == "I think she lies."
    assert not is_told(desk, ANN)
    assert "it is kept as a note, and a reply to this mail is sent" in desk.text(BOB, "refused")
    desk.reply(BOB, "Who else saw it?", to="refused", message_id="<again@client.example>")
    desk.work()
    assert desk.mails(ANN, ["answer"])


def test_an_agent_who_follows_writes_to_nobody_by_a_reply_to_a_copy(desk: InProcess) -> None:
    desk.reply(LEE, "#watch", to="new-ticket")
    desk.work()
    desk.reply(BOB, "We look into it.", to="new-ticket")
    desk.work()
    assert "Your reply stays among colleagues" in desk.text(LEE, "answer")
    assert "just reply to this mail" in desk.text(ANN, "answer")
    desk.reply(LEE, "Bob, she lies again.", to="answer")
    desk.work()
    assert is_told(desk, BOB)
    assert not is_told(desk, ANN)


def test_who_was_the_requester_once_writes_to_nobody_by_a_reply_to_their_confirmation(
    desk: InProcess,
) -> None:
    desk.accept(anns(from_=LEE, subject="Badge", text="It is lost."), mail_from=LEE)
    desk.work()
    desk.reply(BOB, f"#requester {ANN}", to="new-ticket")
    desk.work()
    desk.reply(BOB, "yes", to="unproven")
    desk.work()
    desk.work()
    desk.reply(LEE, "Bob, she lies again.", to="confirmation")
    desk.work()
    assert desk.said(desk.tickets()[-1].number)[-1].text == "Bob, she lies again."
    assert not is_told(desk, ANN)
