"""A mail as `parse` shows it to a person: what it is, what it is made of, what is new."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from gateway.cli.parse import view
from gateway.cli.parse.read import read_file
from support.mail import a_mail

GOLDEN = Path(__file__).parents[1] / "golden"


def shown(raw: bytes, *, width: int = 80, styled: bool = False) -> str:
    out = StringIO()
    color = "standard" if styled else None
    console = Console(file=out, width=width, force_terminal=styled, color_system=color)
    view.show(console, "mail.eml", raw, read_file(raw), heading=False)
    return out.getvalue()


def test_a_bounce_is_told_in_words() -> None:
    told = shown((GOLDEN / "null-sender-dsn" / "mail.eml").read_bytes())
    assert "not delivered to bo@other.example" in told
    assert "5.1.1: for good, because of the address" in told
    assert "Content-Type: message/delivery-status" in told, "the evidence of its kind"


def test_the_parts_are_shown_as_a_tree_with_the_attached_mail_opened() -> None:
    told = shown((GOLDEN / "forwarded-as-attachment" / "mail.eml").read_bytes())
    assert "message/rfc822  “Original trouble”" in told
    assert "2.2  application/pdf  inner.pdf" in told


def test_old_text_is_dim_and_without_styles_it_stands_behind_a_bar() -> None:
    raw = (GOLDEN / "reply-above-gmail" / "mail.eml").read_bytes()
    assert "\nIt works now.\n" in shown(raw)
    assert "\n| > Please try again.\n" in shown(raw)
    assert "\x1b[2m> Please try again." in shown(raw, styled=True)
    assert "\x1b[2mIt works now." not in shown(raw, styled=True)


@pytest.mark.parametrize("width", [20, 60, 80, 160])
def test_no_mail_is_too_odd_for_any_width(width: int) -> None:
    for path in sorted(GOLDEN.glob("*/mail.eml")):
        lines = shown(path.read_bytes(), width=width).split("\n")
        assert any("kind" in line for line in lines), path


def test_what_a_stranger_wrote_is_no_markup_and_no_control() -> None:
    raw = a_mail(subject="[red]x[/]", text="[bold]y[/] \x1b[31mz\n")
    raw = raw.replace(b"Subject: ", b"Subject: =?utf-8?q?=1B=5B2J=C2=9B?= ")
    told = shown(raw)
    assert "[red]x[/]" in told
    assert "[bold]y[/]" in told
    assert "\x1b" not in told
    assert "\x9b" not in told


def test_of_many_people_the_first_are_named_and_the_others_counted() -> None:
    people = ", ".join(f"p{number}@x.example" for number in range(1200))
    told = shown(f"From: a@x.example\nTo: {people}\n\nHi\n".encode(), width=200)
    assert "p4@x.example and 1,195 more" in told
    assert "p5@" not in told


def test_parts_without_end_are_counted_below_the_first() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 4200 + b"--b--\n"
    assert "… 4,000 more parts" in shown(raw)


def test_what_was_taken_out_of_a_part_hangs_below_it() -> None:
    told = shown((GOLDEN / "uuencoded-file-in-the-text" / "mail.eml").read_bytes())
    assert "application/octet-stream  cat.txt  3 bytes  taken out" in told
