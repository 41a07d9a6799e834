"""A word counts as yes or no only where it can mean nothing else."""

import pytest

from gateway.decide import yes_no

YES = """
Yes|yes!|Yes, that was me.|*Yes*|YES please|  yes|"Yes"|Ja|Ja, das war ich|Jawohl|Oui, c'est moi
Sí|Sí, fui yo|Sì|Si.|Sim, fui eu|Tak|Tak.|Ano|Áno|Igen, én voltam|Kyllä|Evet|Ναι|Да, это я|Да.
Так.|हाँ|نعم|כן|はい|はい、私です|是|是的。|예|네, 접니다|ok|OK!|y
release|release 8412|Release: #8412
"""

NO = """
No|No.|No, that was not me|no!|Nein|Nein, das war ich nicht|Non|Non, ce n'est pas moi|Não|Nie|Ne.
Nem|Ei|Hayır|HAYIR|Όχι|Нет|Нет, это не я|Ні|いいえ|否|不是|아니요|لا|לא|n|drop|drop 8413|Nej
"""

NEITHER = """
?|Why?|Which mail?|Da hat jemand in meinem Namen geschrieben|Da war ich im Urlaub|  |8412
No problem, let it in|No idea what this is|Y eso no lo escribí yo|Si ce n'est pas moi, qui est-ce
Так это не я|Ja tego nie pisałem|Ja nisam to napisao|Yes I did not write this|Yes or no
No, yes|No yes|Yes, no|Ok but who wrote it|Tak for din mail|Nothing|Yesterday I wrote to you
Nobody wrote this|Notes|Yesno|Hello, yes that was me|Ei ole totta
"""


def each_of(table: str) -> list[str]:
    return table.strip("\n").replace("\n", "|").split("|")


@pytest.mark.parametrize("text", each_of(YES))
def test_this_is_a_yes(text: str) -> None:
    assert yes_no.said(text) is True
    assert yes_no.said(f"\n\n{text}\n\n-- \nAnn, no longer in room 3") is True


@pytest.mark.parametrize("text", each_of(NO))
def test_this_is_a_no(text: str) -> None:
    assert yes_no.said(text) is False
    assert yes_no.said(f"\r\n{text}\r\nYes, I am sure.") is False


@pytest.mark.parametrize("text", each_of(NEITHER))
def test_this_says_neither(text: str) -> None:
    assert yes_no.said(text) is None


def test_no_word_means_both() -> None:
    assert not (yes_no.YES | yes_no.YES_ALONE) & (yes_no.NO | yes_no.NO_ALONE)
    assert not yes_no.YES & yes_no.YES_ALONE
    assert all(yes_no.said(word) is True for word in yes_no.YES | yes_no.YES_ALONE)
    assert all(yes_no.said(word) is False for word in yes_no.NO | yes_no.NO_ALONE)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("release 1", {1: True}),
        ("Release 1, 2 3; #4", {1: True, 2: True, 3: True, 4: True}),
        ("* drop: 7\n* release 8\nthanks", {7: False, 8: True}),
        ("release 1\ndrop 1", {}),
        ("please release 1", {}),
        ("released 1", {}),
        ("drop 1\n\nBest,\nLee\nrelease 2", {1: False}),
        ("> release 1", {}),
        ("On Monday IT Support wrote:\nrelease 1", {}),
        ("release", {}),
        ("release it\ndrop 2nd", {}),
        ("release 1 and drop 2", {1: True}),
        ("release 99999999999999999999", {}),
        ("", {}),
    ],
)
def test_lines_name_the_mails_that_they_decide_about(text: str, found: dict[int, bool]) -> None:
    assert yes_no.named(text) == found


def test_a_long_reply_names_no_more_than_a_person_would() -> None:
    lines = "\n".join(f"release {number}" for number in range(100_000))
    assert len(yes_no.named(lines)) == 500
