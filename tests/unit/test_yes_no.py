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


# language: yes | no | neither, as people answer "was it you?"
ANSWERS = {
    "en": ("Yes, that was me|Yes that was me.|Yes - I wrote it|Yes. It also burns in room 4!",
           "No, that was not me|No - phishing!|No, somebody uses my name",
           "Yes? Somebody uses my name, this is phishing!|Yes, somebody wrote in my name"
           "|Yes - phishing!|Yes this is spam|Yes, it was not me|Yes. It wasn't me|OK, but who?"
           "|Yes, I received your mail and will answer when I am back|Drop me a line"
           "|Release notes are attached|No. I mean yes it was mine|No, I don't understand|Nobody"),
    "de": ("Ja, das war ich|Ja das war ich!|Ja, das habe ich selbst geschrieben|Ja, stimmt",
           "Nein, das war ich nicht|Nein. Das ist gefälscht|Nein das war ich nicht",
           "Ja, das ist gefälscht|Ja? Was soll das?|Ja, jemand anderes|Nein, verstehe ich nicht"
           "|Ja, danke für Ihre Mail. Ich bin im Urlaub|Ja, das ist falsch|Ja, das war ich nicht"),
    "fr": ("Oui|Oui, c'était moi|Oui c'est moi.", "Non|Non, ce n'était pas moi",
           "Oui, c'est un faux|Oui, quelqu'un se sert de mon nom|Non compris|Oui ?"),
    "es": ("Sí|Sí, fui yo|Si.", "No, no fui yo|No.",
           "Sí, es falso|Sí, alguien usa mi nombre|No entiendo la pregunta|No fui yo|¿Sí?"),
    "it": ("Sì, sono stato io|Sì.|Si", "No, non sono stato io|Non.",
           "Sì, è falsa|Sì, qualcuno finge|Non ho capito|Non sono in ufficio fino al 3"),
    "pt": ("Sim|Sim, fui eu", "Não.|Não, não fui eu",
           "Sim, é falso|Sim, alguém usa o meu nome|Não entendi|Não estou no escritório"),
    "nl": ("Ja, dat was ik|Ja dat was ik", "Nee|Nee, dat was ik niet",
           "Ja, dat is vals spel van iemand|Nee, wacht even|Ja, vervalst|Ja, dat is vals"),
    "pl": ("Tak|Tak, to ja", "Nie|Nie, to nie ja",
           "Nie rozumiem|Nie rozumiem pytania|Tak, ktoś się podszywa|Tak to fałszywka"),
    "hu": ("Igen, én voltam|Igen!", "Nem|Nem, nem én voltam",
           "Nem értem|Nem értem a kérdést|Igen, hamis|Igen, valaki más"),
    "sv": ("Ja, det var jag", "Nej|Nej, det var inte jag",
           "Ja, den är falsk|Ja, någon annan|Nej, jag förstår inte"),
    "ru": ("Да, это я|Да.", "Нет|Нет, это не я",
           "Да, кто-то другой|Да, это подделка|Нет, не понимаю|Да это не я"),
    "zh": ("是|是的，是我", "不是|不是，有人冒充我", "是，有人冒充我|是吗？我没有写|不知道"),
}  # fmt: skip


@pytest.mark.parametrize("language", ANSWERS)
def test_answers_in_this_language_are_read_as_they_are_meant(language: str) -> None:
    for meant, table in zip((True, False, None), ANSWERS[language], strict=True):
        for text in table.split("|"):
            assert yes_no.said(text) is meant, text


def test_the_table_of_answers_is_long_enough_to_mean_something() -> None:
    answers = [text for row in ANSWERS.values() for table in row for text in table.split("|")]
    assert len(ANSWERS) >= 12
    assert len(answers) >= 80


@pytest.mark.parametrize(
    "text",
    ["Yes. It burns!", "Yes\n\nRoom 4 as well.", "Which mail?", "No, but\nthe toner is empty",
     "Yes\nThanks\nAnn\nPS: It burns in room 4, please come.", "Yes, that was me! Come."],
)  # fmt: skip
def test_this_says_more_than_yes_or_no(text: str) -> None:
    assert yes_no.says_more(text)


@pytest.mark.parametrize(
    "text",
    ["Yes", "*Yes*, that was me.", "Yes\n\nBest regards\nAnn Example", "Nein\n\nGruß\nAnn", "New.",
     "release 8412", "release 1\ndrop 2", "Yes\n\n-- \nAnn\nRoom 3.14", "Ok.\nThanks!", ""],
)  # fmt: skip
def test_this_says_no_more(text: str) -> None:
    assert not yes_no.says_more(text)


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
