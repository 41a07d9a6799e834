"""What an agent's mail says of its own: never our own mail, however a client quotes it."""

import pytest

from gateway.threading.internal import own_words
from gateway.threading.quote_marks import REPLY_MARKER

HEAD = "Ticket:    #1042 Printer\nRequester: Ann <ann@x.example>\nProof:     not verified"
OURS = f"{REPLY_MARKER}\n\nYour reply goes to Ann.\n\n{HEAD}\n\nIt burns.\n\nNow!"


def marked(text: str, mark: str) -> str:
    return "\n".join(f"{mark}{line}".rstrip() for line in text.split("\n"))


@pytest.mark.parametrize("mark", ["> ", ">> ", "IS> ", ": ", "\u2502 ", "\u203a ", "| ", "\u00bb "])
def test_our_own_mail_alone_is_no_answer_however_it_is_quoted(mark: str) -> None:
    assert own_words(marked(OURS, mark)) == ""
    assert own_words(f"On Monday, IT wrote:\n\n{marked(OURS, mark)}") == ""


@pytest.mark.parametrize("mark", ["> ", ">> ", "IS> ", ": ", "\u2502 ", "\u203a "])
def test_an_answer_between_the_lines_goes_without_the_head_of_our_mail(mark: str) -> None:
    for ours in (marked(OURS, mark), marked(OURS, mark).replace(f"\n{mark.rstrip()}\n", "\n\n")):
        lines = ours.split("\n")
        above, below = "\n".join(lines[:7]), "\n".join(lines[7:])
        said = own_words(f"{above}\n\nAt noon.\n\n{below}\n\nOk?")
        assert "At noon." in said
        assert "Ok?" in said
        assert "Proof" not in said
        assert "Your reply" not in said
        assert "Now!" in said


def test_a_line_of_the_head_of_our_mail_is_known_without_our_marker() -> None:
    assert own_words("> Proof:     not verified\n> By:\n\nFine.") == "Fine."
    tight = "> Ticket: #1042 Printer\n> Requester: Ann\n> Proof: not verified"
    assert own_words(f"{tight}\n\nFine.") == "Fine."


def test_what_an_agent_or_a_requester_writes_in_columns_stays() -> None:
    for text in ("Status: open\nPriority: high\nQueue: IT", "> Status: open\n\nFine."):
        assert own_words(text) == text


def test_nothing_that_is_quoted_of_a_note_goes_out_whatever_stands_between_its_lines() -> None:
    text = (
        "Yes.\n> A note from Lee Lead, for\n> colleagues only.\nI see.\n> She lies.\nThat is all."
    )
    assert own_words(text) == "Yes.\nI see.\nThat is all."
