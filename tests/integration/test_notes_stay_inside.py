"""A note stays inside whichever ticket it was written in and whatever file it is quoted in."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from support.in_process import ANN, BOB, LEE, SUPPORT, InProcess, anns
from support.mail import a_mail

CARL = "carl@example.com"
NOTE = "her badge was cloned on Tuesday by Kowalski"
QUOTING = f"Hi\n\n> {NOTE}\n\nYes I see"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[InProcess]:
    """A desk with Carl's ticket, the first, and Ann's, which has a note."""
    desk = InProcess(tmp_path, f"sqlite:///{tmp_path}/desk.db")
    desk.accept(anns(from_=CARL, subject="Printer", text="x"), SUPPORT, mail_from=CARL)
    desk.work()
    desk.accept(anns(subject="Badge", text="y"), SUPPORT, mail_from=ANN)
    desk.work()
    desk.reply(BOB, f"#note {NOTE}", to="new-ticket")
    desk.work()
    yield desk
    desk.close()


def reply_to_first(desk: InProcess, who: str, text: str) -> None:
    """An answer to the mail about the first ticket that they got."""
    to = str(desk.mail(who, "new-ticket", 0)["Reply-To"])
    mail_id = f"<{len(desk.deliveries())}@client.example>"
    raw = a_mail(from_=who, to=to, subject="Re: Printer", message_id=mail_id, text=text)
    desk.accept(raw, to, mail_from=who)
    desk.work()


def outside(desk: InProcess) -> list[str]:
    """The notices of mails that went out to requesters with words of the note."""
    rows = [row for row in desk.mails() if row.rcpt_to in (ANN, CARL)]
    return [row.notice for row in rows if b"Kowalski" in row.content]


def test_no_answer_quotes_a_note_of_a_ticket_that_was_merged_into_its_own(two: InProcess) -> None:
    first = two.tickets()[0].number
    two.reply(BOB, f"#merge {first}", to="new-ticket")
    two.work()
    two.reply(BOB, "yes", to="unproven")
    two.work()
    two.work()
    reply_to_first(two, LEE, QUOTING)
    assert two.deliveries()[-1].state == "joined"
    assert outside(two) == []


def test_no_answer_quotes_a_note_of_the_ticket_that_its_own_was_split_from(two: InProcess) -> None:
    two.reply(BOB, "#split another\n\nAnn also needs toner", to="new-ticket")
    two.work()
    two.reply(LEE, QUOTING, to="new-ticket")
    two.work()
    assert two.deliveries()[-1].state == "joined"
    assert outside(two) == []


def test_what_an_agent_is_shown_of_another_ticket_has_no_notes(two: InProcess) -> None:
    second = two.tickets()[-1].number
    reply_to_first(two, BOB, f"#show {second}")
    shown = two.mails(BOB, ["report"])[-1].content.decode()
    assert "Kowalski" not in shown
    assert f"#{second} Badge" in shown
    assert "Left out" in shown
    two.reply(BOB, f"#show {second}", to="new-ticket")
    two.work()
    assert "Kowalski" in two.mails(BOB, ["report"])[-1].content.decode()


def test_the_history_says_that_a_file_was_held_back(two: InProcess) -> None:
    to = str(two.mail(LEE, "new-ticket")["Reply-To"])
    inner = EmailMessage()
    inner["From"], inner["Subject"] = SUPPORT, "note"
    inner.set_content(NOTE, cte="base64")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = LEE, to, "Re: Badge", "<f@x.eu>"
    mail.set_content("See attached.")
    mail.add_attachment(inner)
    two.accept(mail.as_bytes(), to, mail_from=LEE)
    two.work()
    number = two.tickets()[-1].number
    assert two.history(number).count("mail-withheld") == 1
    answer = two.mails(ANN, ["answer"])[-1].content
    assert b"message/rfc822" not in answer
    assert b".eml" not in answer


@pytest.mark.parametrize("mark", [">> ", ""])
def test_what_a_note_quotes_of_a_third_person_stays_inside(two: InProcess, mark: str) -> None:
    words = "Fire Kowalski before Christmas and keep it quiet"
    two.reply(LEE, f"#note From the manager.\n\n> {words}\n\nOk?", to="new-ticket")
    two.work()
    two.reply(BOB, f"Hello,\n\n{mark}{words}\n\nWe will see.", to="new-ticket")
    two.work()
    assert outside(two) == []


def test_an_answer_between_the_lines_takes_no_head_of_our_mail_along(two: InProcess) -> None:
    two.reply(LEE, "#split: The door\n\nThe door squeaks.", to="new-ticket")
    two.work()
    quoted = [f"> {line}".rstrip() for line in two.text(BOB, "new-ticket").strip().split("\n")]
    at = quoted.index("> The door squeaks.")
    text = ["On 1 Oct 2024 at 10:05, IT Support wrote:", *quoted[:at], "", "I come at noon.", ""]
    two.reply(BOB, "\n".join((*text, *quoted[at:], "", "Is that fine?")), to="new-ticket")
    two.work()
    answer = two.text(ANN, "answer")
    assert "I come at noon." in answer
    assert LEE not in answer
    assert "Proof:" not in answer


@pytest.mark.parametrize("mark", ["IS> ", ": ", "\u2502 "])
def test_our_own_mail_alone_goes_to_no_requester(two: InProcess, mark: str) -> None:
    ours = two.text(BOB, "new-ticket").strip().split("\n")
    two.reply(BOB, "\n".join(f"{mark}{line}".rstrip() for line in ours), to="new-ticket")
    two.work()
    assert two.mails(ANN, ["answer"]) == []


def test_a_quotation_of_a_note_that_a_client_broke_stays_inside(two: InProcess) -> None:
    broken = "> her badge was cloned on Tuesday\nby Kowalski"
    two.reply(LEE, f"Hello,\n\n{broken}\n\nWe look into it.", to="new-ticket")
    two.work()
    assert len(two.mails(ANN, ["answer"])) == 1
    assert outside(two) == []


WORDS = "Ann drinks every day before noon and hides the bottles in the server room"


def answered_with(desk: InProcess, who: str) -> bool:
    """Whether Bob's answer with these words reaches this person."""
    desk.reply(BOB, f"Hello,\n{WORDS}\nWe look into it.", to="new-ticket", message_id="<w@x.eu>")
    desk.work()
    return any(b"bottles" in each.content for each in desk.mails(who, ["answer"]))


def test_a_watchers_words_that_the_requester_never_got_are_no_excuse(two: InProcess) -> None:
    two.reply(BOB, f"#watch {CARL}", to="new-ticket")
    two.work()
    two.reply(CARL, WORDS, to="watching")
    two.work()
    two.reply(LEE, f"#note Carl says: {WORDS}", to="new-ticket")
    two.work()
    assert not answered_with(two, ANN)


def given_to_carl(desk: InProcess) -> None:
    desk.reply(BOB, f"#requester {CARL}", to="new-ticket")
    desk.work()
    desk.reply(BOB, "yes", to="unproven")
    desk.work()
    desk.work()
    assert desk.tickets()[-1].requester.address == CARL


def test_the_old_requesters_words_are_none_of_the_new_ones(two: InProcess) -> None:
    two.reply(ANN, WORDS, to="confirmation")
    two.work()
    two.reply(LEE, f"#note She says: {WORDS}", to="new-ticket")
    two.work()
    given_to_carl(two)
    assert not answered_with(two, CARL)


def test_what_the_old_requester_was_answered_is_news_to_the_new_one(two: InProcess) -> None:
    two.reply(LEE, WORDS, to="new-ticket")
    two.work()
    two.reply(LEE, f"#note I said: {WORDS}", to="new-ticket", message_id="<n@x.eu>")
    two.work()
    given_to_carl(two)
    assert not answered_with(two, CARL)


def test_what_the_requester_wrote_or_was_answered_may_be_said_again(two: InProcess) -> None:
    given_to_carl(two)
    two.reply(LEE, WORDS, to="new-ticket")
    two.work()
    two.reply(LEE, f"#note I said: {WORDS}", to="new-ticket", message_id="<n@x.eu>")
    two.work()
    two.reply(CARL, "Our badges are kept in the third drawer of the desk.", to="answer")
    two.work()
    two.reply(LEE, "#note Kept in the third drawer of the desk, he says", to="follow-up")
    two.work()
    two.reply(BOB, "They are kept in the third drawer of the desk?", to="new-ticket")
    two.work()
    assert answered_with(two, CARL)
    assert any(b"third drawer" in each.content for each in two.mails(CARL, ["answer"]))
