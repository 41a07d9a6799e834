"""What is new in a reply, and that nothing of the rest is lost."""

import time

import pytest

from gateway.threading.quoting import REPLY_MARKER, new_text

ATTRIBUTIONS = [
    "On Tue, Oct 1, 2024 at 10:05 AM Support <s@x.example> wrote:",
    "On 01/10/2024 10:05, Support wrote:",
    "Am Di., 1. Okt. 2024 um 10:05 Uhr schrieb Support <s@x.example>:",
    "Le mar. 1 oct. 2024 à 10:05, Support <s@x.example> a écrit :",
    "El mar, 1 oct 2024 a las 10:05, Support (<s@x.example>) escribió:",
    "Il giorno mar 1 ott 2024 alle ore 10:05 Support <s@x.example> ha scritto:",
    "Op di 1 okt 2024 om 10:05 schreef Support <s@x.example>:",
    "Op 1 okt. 2024 om 10:05 heeft Support <s@x.example> het volgende geschreven:",
    "Em ter., 1 de out. de 2024 às 10:05, Support <s@x.example> escreveu:",
    "wt., 1 paź 2024 o 10:05 Support <s@x.example> napisał(a):",
    "Wiadomość napisana przez Support <s@x.example> w dniu 01.10.2024, o godz. 10:05:",
    "Den tis 1 okt. 2024 kl 10:05 skrev Support <s@x.example>:",
    "вт, 1 окт. 2024 г. в 10:05, Support <s@x.example>:",
    "Support <s@x.example> 于2024年10月1日周二 10:05写道：",
    "2024年10月1日(火) 10:05 Support <s@x.example>:",
    "2024/10/01 10:05、Support <s@x.example>のメール：",
    "2024년 10월 1일 (화) 오전 10:05, Support <s@x.example>님이 작성:",
    "Support <s@x.example>, 1 Eki 2024 Sal, 10:05 tarihinde şunu yazdı:",
    "po 1. 10. 2024 v 10:05 odesílatel Support <s@x.example> napsal:",
    "* Support <s@x.example> [2024-10-01 10:05 +0200]:",
    '"Support" <s@x.example> schrieb am 01.10.2024 10:05:',
    "At 10:05 01/10/2024, Support wrote:",
    "On Tue, Oct 1, 2024 at 10:05 AM Support of the Very Long Name\n<s@x.example> wrote:",
    "On Oct 1, 2024,\nat 10:05,\nSupport <s@x.example> wrote:",
    "---- On Tue, 01 Oct 2024 10:05:00 +0200 Support <s@x.example> wrote ----",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_answer_above_the_quote_is_what_is_new(attribution: str) -> None:
    text = f"It works now.\nThanks!\n\n{attribution}\n\n> Try again.\n>\n> Support\n"
    assert new_text(text).new == "It works now.\nThanks!\n"[:-1]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_answer_below_the_quote_is_what_is_new(attribution: str) -> None:
    assert new_text(f"{attribution}\n> Try again.\n\nIt works now.\n").new == "It works now."


@pytest.mark.parametrize("attribution", [a for a in ATTRIBUTIONS if not a.startswith("*")])
def test_quote_without_marks_is_known_by_its_attribution(attribution: str) -> None:
    assert new_text(f"It works now.\n\n{attribution}\n\nTry again.\n").new == "It works now."


HEADER_BLOCKS = [
    "From: Support <s@x.example>\nSent: Tuesday, 1 October 2024 10:05\nTo: Ann\nSubject: Printer",
    "Von: Support <s@x.example>\nGesendet: Dienstag, 1. Oktober 2024 10:05\nAn: Ann\nBetreff: x",
    "De : Support <s@x.example>\nEnvoyé : mardi 1 octobre 2024 10:05\nÀ : Ann\nObjet : x",
    "De: Support <s@x.example>\nEnviado: martes, 1 de octubre de 2024 10:05\nPara: A\nAsunto: x",
    "Da: Support <s@x.example>\nInviato: martedì 1 ottobre 2024 10:05\nA: Ann\nOggetto: x",
    "Van: Support <s@x.example>\nVerzonden: dinsdag 1 oktober 2024 10:05\nAan: A\nOnderwerp: x",
    "Od: Support <s@x.example>\nWysłano: wtorek, 1 października 2024 10:05\nDo: A\nTemat: x",
    "Från: Support <s@x.example>\nSkickat: den 1 oktober 2024 10:05\nTill: A\nÄmne: x",
    "От: Support <s@x.example>\nОтправлено: 1 октября 2024 г. 10:05\nКому: A\nТема: x",
    "发件人: Support <s@x.example>\n发送时间: 2024年10月1日 10:05\n收件人: A\n主题: x",
    "差出人: Support <s@x.example>\n送信日時: 2024年10月1日 10:05\n宛先: A\n件名: x",
    "*From:* Support <s@x.example>\n*Sent:* Tuesday, 1 October 2024 10:05\n*To:* A\n*Subject:* x",
    "________________________________\nFrom: Support\nSent: 1 October 2024\nTo: A\nSubject: x",
    "-----Original Message-----\nFrom: Support\nSent: 1 October 2024\nTo: A\nSubject: x",
    "-----Ursprüngliche Nachricht-----\nVon: Support\nGesendet: gestern\nAn: A\nBetreff: x",
    "-------- Mensaje original --------",
]


@pytest.mark.parametrize("block", HEADER_BLOCKS)
def test_what_stands_below_a_header_block_is_old(block: str) -> None:
    assert new_text(f"It works now.\n\n{block}\n\nTry again.\n").new == "It works now."


def test_answers_between_the_quotes_are_kept_with_the_quotes() -> None:
    text = "On 1 Oct 2024 at 10:05, S wrote:\n> Which floor?\nSecond.\n> Which room?\n204."
    assert new_text(text).new == text


def test_answer_that_quotes_one_line_of_many_keeps_it() -> None:
    text = "> Which floor?\n\nSecond."
    assert new_text(text).new == text


def test_quote_left_over_below_the_answers_is_cut() -> None:
    text = "> Which floor?\nSecond.\n> Which room?\n204.\n\n> Regards\n> Support\n"
    assert new_text(text).new == "> Which floor?\nSecond.\n> Which room?\n204."


@pytest.mark.parametrize("start", ["", "Hello Ann,\n\n"], ids=["bare", "greeting"])
def test_below_our_own_marker_nothing_is_new(start: str) -> None:
    text = f"{start}It works.\n\nSupport wrote on 1 Oct 2024 at 10:05\n{REPLY_MARKER}\nTry again."
    assert new_text(text).new.rstrip() == f"{start}It works."


def test_answer_below_a_quoted_marker_is_not_lost() -> None:
    text = f"On 1 Oct 2024 at 10:05, S wrote:\n> {REPLY_MARKER}\n> Try again.\n\nIt works now."
    assert new_text(text).new == "It works now."


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------", "Begin forwarded message:",
        "-------- Weitergeleitete Nachricht --------", "---------- Message transféré ----------",
        "Inizio messaggio inoltrato:", "---------- Пересылаемое сообщение ----------",
        "---------- 转发的邮件 ---------",
    ],
)  # fmt: skip
def test_forward_is_all_content(mark: str) -> None:
    text = (
        f"Please see below.\n\n{mark}\nFrom: Bo <b@x.example>\nDate: 1 Oct 2024 10:05\nTo: A\n\nHi"
    )
    assert new_text(text).new == text


def test_answer_to_a_forward_is_an_answer() -> None:
    text = f"Done.\n\n{ATTRIBUTIONS[0]}\n> FYI\n>\n> ---------- Forwarded message ---------\n> Hi"
    assert new_text(text).new == "Done."


def test_subject_can_make_it_a_forward() -> None:
    text = f"FYI\n\n{HEADER_BLOCKS[0]}\n\nThe printer burns."
    assert new_text(text, subject="WG: Drucker").new == text
    assert new_text(text, subject="AW: Drucker").new == "FYI"


@pytest.mark.parametrize(
    "text",
    [
        "> only a quote\n> and no answer",
        "From: Support <s@x.example>\nSent: 1 October 2024 10:05\nTo: Ann\nSubject: x\n\nHello",
        f"{ATTRIBUTIONS[0]}\n\n> Try again.",
        "-- \nAnn",
        "",
        "\n\n",
    ],
    ids=range(6),
)
def test_nothing_is_cut_where_nothing_would_be_left(text: str) -> None:
    assert new_text(text).new == text.strip("\n")


@pytest.mark.parametrize(
    "text",
    [
        "On Monday the printer broke. On Tuesday too:\n\n  error 5",
        "Dates that fail:\n2024-01-15 14:30:25\n15.01.2024 14:30\nJan 15, 2024 at 14:30",
        "He wrote:\nplease fix\nand I agree",
        "Steps:\n\nFirst: open it\nSecond: close it\nThird: cry",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "To: the team\nSubject: none of that matters",
        "I read 'please reply above this line' and did not understand it.",
        "Sent from my desk, which is broken.",
        "We tried:\n-- first this\n-- then that\nand gave up",
        "The text 'Original Message' appears twice",
    ],
    ids=range(10),
)
def test_text_that_looks_like_a_quote_is_left_alone(text: str) -> None:
    assert new_text(text).new == text


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAnn\nExample Ltd", "Sent from my iPhone", "Von meinem iPhone gesendet",
        "Envoyé de mon iPad", "Get Outlook for Android", "Enviado desde mi iPhone",
        "发自我的 iPhone", "-- \nAnn\n\nSent from my iPhone",
    ],
)  # fmt: skip
def test_signature_is_no_news(signature: str) -> None:
    assert new_text(f"It works now.\n\n{signature}\n").new.strip() == "It works now."


@pytest.mark.parametrize(
    "text",
    [
        "#note look\nAnn <ann@x.example> wrote:\n> It burns.\n\nShe lies.",
        "#note\nAnn wrote:\n> It burns.\n\nShe lies.",
        "#note She wrote:\n> It burns.\n\nShe lies.",
        "#note from carl@x.example:\n> It was her.\n\nShe lies.",
        "#take\n#note Die Chefin schrieb mir:\n> Sie war es.\n\nSie l\u00fcgt.",
        "#wait vendor: Dell wrote:\n> No spare part.\n\nShe lies.",
        "#assign lee\nAnn wrote:\n> It burns.\n\nShe lies.",
        "*#note* Ann wrote:\n> It burns.\n\nShe lies.",
        "- \uff03note Ann wrote:\n> It burns.\n\nShe lies.",
        "#l\u00f6sung Ann wrote:\n> It burns.\n\nShe lies.",
        "#take\n#note Ann wrote on 1 Oct 2024 at 10:05:\nIt burns.\n\nShe lies.",
        "Done.\n#note Ann wrote:\n| It burns.\n\nShe lies.",
        "Done.\n#note On Tue, 1 Oct 2024 at 9:00, Ann <a@x.example> wrote: It burns. She lies.",
    ],
)  # fmt: skip
def test_a_command_that_introduces_a_quotation_is_never_cut_with_it(text: str) -> None:
    assert new_text(text).new == text


def test_every_cut_can_be_undone() -> None:
    text = f"One\n\n{ATTRIBUTIONS[0]}\n> Two\n-- \nThree"
    found = new_text(text)
    assert found.whole == text
    assert all(0 <= start < end <= len(text) for start, end in found.ranges)
    assert found.new == "One"


BAIT = {
    "one line of marks": ">" * 5_000_000,
    "quoted lines": "> x\n" * 200_000,
    "attributions": "On 1 Oct 2024 at 10:05, a wrote:\n" * 50_000,
    "labels": "From: a@x.example\n" * 100_000,
    "labels apart": "From: a@x.example\n\n" * 100_000,
    "dashes": "-----Original" * 100_000,
    "colons": "a: b\n" * 200_000,
    "signatures": "-- \n" * 300_000,
    "blocks": "On 1 Oct 2024 10:05 a wrote:\n> a\nb\n" * 50_000,
    "markers": f"> {REPLY_MARKER}\n" * 50_000,
    "line breaks": "\n" * 2_000_000,
    "words": "wrote " * 500_000,
}


@pytest.mark.parametrize("name", BAIT)
def test_bait_for_the_patterns_is_read_in_linear_time(name: str) -> None:
    start = time.process_time()
    new_text(BAIT[name])
    assert time.process_time() - start < 5
