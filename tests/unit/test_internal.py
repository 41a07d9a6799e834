"""No quotation of a note leaves with an agent's answer, however a client wraps it."""

import re
import textwrap
import time
import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.threading.folding import looks_quoted
from gateway.threading.folding import words as words_of
from gateway.threading.internal import (
    RUN_LETTERS,
    RUN_WORDS,
    SHINGLE_WORDS,
    carries_our_mail,
    repeated_run,
    without_quotes_of,
)

NOTE = "The laptop was stolen, police informed on Monday.\nDo not tell Ann before HR has."

MARKS = [
    "> ",
    ">",
    ">> ",
    "> > ",
    "  > ",
    "| ",
    "» ",
    "› ",
    "    ",
    "\t",
    "LA> ",
    "Bob> ",
    ": ",
    "%> ",
]
words = st.text(alphabet="abcdefghij", min_size=2, max_size=9)
notes = st.lists(words, min_size=SHINGLE_WORDS, max_size=40, unique=True).map(" ".join)
thorough = settings(max_examples=150, deadline=None)


def quoted(text: str, width: int, mark: str = "> ") -> str:
    """As a client quotes: lines of its own width behind its mark."""
    return "\n".join(mark + line for line in textwrap.wrap(text, width))


@thorough
@given(
    note=notes,
    width=st.integers(12, 100),
    mark=st.sampled_from(MARKS),
    cut=st.tuples(st.integers(0, 36), st.integers(SHINGLE_WORDS, 40)),
)
def test_no_rewrapped_part_of_a_note_leaves(
    note: str, width: int, mark: str, cut: tuple[int, int]
) -> None:
    part = note.split()[cut[0] : cut[0] + cut[1]]
    assume(len(part) >= SHINGLE_WORDS)
    text = f"YES, ALL DONE.\n\n{quoted(' '.join(part), width, mark)}\n\nBYE"
    assert without_quotes_of(text, [note]).split() == ["YES,", "ALL", "DONE.", "BYE"]


@thorough
@given(note=notes, before=words, after=words, width=st.integers(12, 100))
def test_a_quote_that_has_a_note_within_it_is_dropped_whole(
    note: str, before: str, after: str, width: int
) -> None:
    text = quoted(f"X{before} {note} X{after}", width)
    assert without_quotes_of(text, [note]) == ""


@thorough
@given(text=st.text(max_size=300))
def test_without_notes_nothing_is_touched(text: str) -> None:
    assert without_quotes_of(text, []) == text
    assert without_quotes_of(text, ["", " \n", "..."]) == text


@thorough
@given(note=st.text(max_size=80), text=st.lists(st.text(max_size=30), max_size=6).map("\n".join))
def test_what_an_agent_writes_anew_is_never_dropped(note: str, text: str) -> None:
    fresh = [line for line in text.splitlines() if not looks_quoted(line)]
    goes_on = len(words_of(note)) >= SHINGLE_WORDS and set(words_of(note)) & set(words_of(text))
    assume(not goes_on)
    kept = without_quotes_of(text, [note])
    assert [line for line in "\n".join(fresh).split() if line not in kept] == []


@pytest.mark.parametrize(
    "quote",
    [
        "> the LAPTOP was stolen",
        "> The laptop -- was stolen!",
        "> *The* laptop was /stolen/",
        "> The\n> laptop\n> was\n> stolen",
        "> The laptop was\n>\n> stolen, police informed",
        "> Hello Ann,\n> The laptop was stolen, police informed\n> Bye",
        "> > The laptop was\n> > stolen",
        "\t> The laptop was stolen",
    ],
)
def test_a_note_is_known_again_in_another_dress(quote: str) -> None:
    assert without_quotes_of(f"Yes.\n{quote}\nBye.", [NOTE]) == "Yes.\nBye."


def test_a_short_note_counts_as_a_whole() -> None:
    assert without_quotes_of("> call her\n\nYes.", ["Call her!"]) == "Yes."
    assert without_quotes_of("> call them\n\nYes.", ["Call her!"]) == "> call them\n\nYes."


def test_only_the_block_with_the_note_is_dropped() -> None:
    text = "> Which printer?\n\nThe red one.\n\n> The laptop was stolen, police\n\nSure."
    assert without_quotes_of(text, [NOTE]) == "> Which printer?\n\nThe red one.\n\n\nSure."


def test_every_note_of_the_ticket_is_kept_inside() -> None:
    notes = ["one two three four", NOTE, "five six seven eight"]
    assert without_quotes_of("> five six seven eight\nYes.", notes) == "Yes."


SCRIPTS = {
    "chinese": "笔记本电脑被盗了警方已经得到通知在人力资源部之前不要告诉她",
    "japanese": "ノートパソコンが盗まれました警察には連絡済みです本人には言わないでください",
    "thai": "แล็ปท็อปถูกขโมยแจ้งตำรวจแล้วอย่าบอกเธอก่อนฝ่ายบุคคล",
    "greek": "Ο φορητός υπολογιστής κλάπηκε, η αστυνομία ενημερώθηκε τη Δευτέρα",
    "hebrew": "המחשב הנייד נגנב והמשטרה קיבלה הודעה ביום שני",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_note_in_any_script_stays_inside_when_rewrapped(script: str) -> None:
    """Chinese, Japanese and Thai have no blanks: clients wrap them between any two letters."""
    note = SCRIPTS[script]
    spaced = " " in note
    lines = textwrap.wrap(note, 25) if spaced else re.findall(r".{1,10}", note)
    text = "\n".join(f"> {line}" for line in lines)
    assert without_quotes_of(f"{text}\n\nOK", [note]) == "OK"


@pytest.mark.parametrize("script", SCRIPTS)
def test_half_a_note_in_any_script_stays_inside(script: str) -> None:
    note = SCRIPTS[script]
    half = " ".join(note.split()[:SHINGLE_WORDS]) if " " in note else note[: len(note) // 2]
    assert without_quotes_of(f"> {half}\n\nOK", [note]) == "OK"


@thorough
@given(
    note=notes, begin=st.integers(0, 30), width=st.integers(12, 100), mark=st.sampled_from("#*- ")
)
def test_a_run_of_a_note_is_told_however_it_is_wrapped(
    note: str, begin: int, width: int, mark: str
) -> None:
    part = note.split()[begin : begin + RUN_WORDS]
    text = f"YES.\n{quoted(' '.join(part), width, mark)}\nBYE."
    run = repeated_run(text, [note])
    assert run.replace(mark, " ").split() == (part if len(part) == RUN_WORDS else [])


@pytest.mark.parametrize("script", ["chinese", "japanese", "thai"])
def test_without_spaces_a_run_is_counted_in_letters(script: str) -> None:
    note = SCRIPTS[script]
    assert repeated_run(f"OK {note[4 : 4 + RUN_LETTERS]}", [note]) == note[4 : 4 + RUN_LETTERS]
    assert repeated_run(f"OK {note[4 : 3 + RUN_LETTERS]}", [note]) == ""


def test_what_the_requester_wrote_is_no_secret_of_the_note_that_repeats_it() -> None:
    theirs = "Since Monday nobody on the third floor can print in colour."
    note = f"She says: {theirs} I think the whole driver package is to be replaced."
    assert repeated_run(f"You wrote: {theirs}", [note], [theirs]) == ""
    assert "the whole driver" in repeated_run(note, [note], [theirs])


def test_a_disclaimer_that_everybody_sends_is_no_secret() -> None:
    house = "Desk Ltd, Main Street 1, 12345 Town\n\nThis mail may hold what is meant for you alone."
    note = f"{NOTE}\n\nBob\n{house}"
    assert repeated_run(f"We look.\n\nLee\n{house}\n", [note]) == ""
    assert repeated_run(f"{NOTE}\n\nLee\n{house}", [note]) != ""
    assert repeated_run(NOTE, [NOTE]) != ""


def test_only_the_beginning_of_a_long_run_is_told_back() -> None:
    note = " ".join(f"word{n}" for n in range(500))
    assert repeated_run(note, [note]).endswith(" ...")


@pytest.mark.parametrize(
    ("note", "quote"),
    [
        (
            "Her badge was cloned by\u2028Kowalski of floor three",
            "> Her badge was cloned by\u2028Kowalski of floor three",
        ),
        (
            "She was seen on Monday by the guard with Kowalski and stolen laptops",
            "> She was seen on Monday by the guard\nwith Kowalski and stolen laptops",
        ),
        (
            "She was seen on Monday by the guard with Kowalski and stolen laptops",
            "> She was seen on\nMonday by the guard\nwith Kowalski\nand stolen laptops",
        ),
        ("J\u00f6rg Kow\u00e1lski stahl sie", "> Jo\u0308rg Kowa\u0301lski stahl sie"),
        ("Die Straße nach \ufb01nster Kowalski", "> DIE STRASSE NACH FINSTER KOWALSKI"),
        ("The manipulation by Kowalski", "> The mani\u00adpulation by Kowal\u00adski"),
        ("The manipulation by Kowalski", "\u200f> The \u2066manipulation\u2069 by Kowal\u200bski"),
        ("Kowalski was seen stealing", "> _Kowalski was seen stealing_"),
    ],
)  # fmt: skip
def test_a_quotation_of_a_note_is_known_again(note: str, quote: str) -> None:
    text = f"Hello,\n\n{quote}\n\nWe look into it."
    assert without_quotes_of(text, [note]).split() == ["Hello,", "We", "look", "into", "it."]
    assert carries_our_mail(quote.encode(), [note])


@pytest.mark.parametrize("note", ["Jörg Kowálski fälschte alle Überstunden seit letztem Mai"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_run_of_a_note_is_told_in_whatever_form_it_comes(note: str, form: str) -> None:
    text = unicodedata.normalize(form, note.replace("stunden", "stun\u00adden"))
    assert repeated_run(f"Hello, {text}", [note]) == note
    assert repeated_run(f"Hello, {note}", [text]) == note


def test_words_of_the_agents_own_that_follow_a_quotation_stay() -> None:
    """Few may follow by chance, and what is not marked at all is not dropped but told."""
    assert without_quotes_of("> please call\nHer line is dead.", ["Call her"]) != ""
    text = "> Hello\n\nThe laptop was stolen, police informed."
    assert without_quotes_of(text, [NOTE]) == text


WORDS = "Fire Kowalski before Christmas and keep it quiet"
THIRD = f"Do nothing for now, this is from the manager.\n\n> {WORDS}\n\nOk?"


def test_what_a_note_quotes_of_a_third_person_is_a_secret() -> None:
    assert without_quotes_of(f"Hello,\n>> {WORDS}\nBye", [THIRD]) == "Hello,\nBye"
    assert repeated_run(f"Hello,\n{WORDS}\nBye", [THIRD]) == WORDS
    assert carries_our_mail(WORDS.encode(), [THIRD])


def test_what_a_note_quotes_of_the_requester_is_none() -> None:
    text = f"Hello,\n>> {WORDS}\nBye"
    assert without_quotes_of(text, [THIRD], [f"Please!\n{WORDS}"]) == text
    assert repeated_run(text, [THIRD], [WORDS]) == ""
    assert not carries_our_mail(WORDS.encode(), [THIRD], [WORDS])
    assert without_quotes_of("> Thanks\nBye", ["> Thanks\n\nShe has it."], ["Thanks, Ann"]) != "Bye"


def test_what_a_note_says_itself_is_a_secret_in_the_requesters_words_too() -> None:
    assert without_quotes_of(f"> {WORDS}\nBye", [WORDS], [WORDS]) == "Bye"


def test_long_texts_are_looked_through_in_time() -> None:
    note = " ".join(f"w{n}" for n in range(2_000))
    text = "\n".join(f"{'> ' * (n % 2)}w{n % 1999} w{n % 7} x_y \u00fc" for n in range(20_000))
    begun = time.monotonic()
    without_quotes_of(text, [note], [text])
    repeated_run(text, [note], [text])
    assert time.monotonic() - begun < 5
