"""What a subject says, in the languages of mail programs."""

import pytest

from gateway.config.formats import number_pattern
from gateway.threading.subject import is_forward, is_same_topic, partner_numbers, topic

FORWARDS = """\
Fwd: FW: Fw: WG: TR: I: RV: ENC: PD: VB: VL: Doorst: FS: TS: TRS: İLT: ΠΡΘ: Пересл: 转发： 轉寄:
転送: 전달: הועבר: YML: CT:"""
REPLIES = """\
Re: RE: AW: Antw: SV: Odp: YNT: R: RIF: RES: Réf: Vá: ATB: На: Ответ: ΑΠ: ΣΧΕΤ: השב: رد: 回复：
答复: 返信: 회신: BLS:"""


@pytest.mark.parametrize("prefix", FORWARDS.split())
def test_a_forward_is_known_by_the_prefix_of_its_language(prefix: str) -> None:
    assert is_forward(f"{prefix} Printer")
    assert is_forward(f"{prefix} Re: Printer [#1042-k3v5xw]")
    assert topic(f"{prefix} Printer") == "printer"


@pytest.mark.parametrize("prefix", REPLIES.split())
def test_a_reply_to_a_forward_is_a_reply(prefix: str) -> None:
    assert not is_forward(f"{prefix} Printer")
    assert not is_forward(f"{prefix} Fwd: Printer")
    assert topic(f"{prefix} WG: Printer") == "printer"


@pytest.mark.parametrize(
    "subject", ["Fwd[3]: Printer", "FW (2): Printer", "[EXTERNAL] Fwd: Printer", "  fwd : x",
                "Fwd: Fwd: Re: x", "[it-list] [EXT] WG: AW: x"],
)  # fmt: skip
def test_counters_and_brackets_hide_no_forward(subject: str) -> None:
    assert is_forward(subject)


@pytest.mark.parametrize(
    "subject", ["", ":", "Fwd", "Forwarding: how do I switch it on?", "Question: Fwd: what is it?",
                "Re: Fwd: x", "[Fwd: Printer]", "Re^2: Printer", "10: Fwd: x"],
)  # fmt: skip
def test_what_only_looks_like_a_forward_is_none(subject: str) -> None:
    assert not is_forward(subject)


@pytest.mark.parametrize(("language", "forward"), [("fi", False), ("et", False), ("da", True),
                                                   ("nb-NO", True), ("en", True)])  # fmt: skip
def test_a_prefix_of_two_meanings_is_read_in_the_mailboxs_language(
    language: str, forward: bool
) -> None:
    assert is_forward("VS: Tulostin", language) is forward


@pytest.mark.parametrize(
    "subject", ["Re: Printer", "PRINTER", "AW: RE: printer [#1042-k3v5xw]", " Pri nter ", "Re:", "",
                "[EXTERNAL] Re[2]: Printer", "Ｐｒｉｎｔｅｒ"],
)  # fmt: skip
def test_prefixes_tags_case_and_spaces_make_no_new_subject(subject: str) -> None:
    assert is_same_topic(subject, "Printer")


@pytest.mark.parametrize("subject", ["Scanner", "Re: Printer and scanner", "Printer 2", "Prin"])
def test_other_words_make_a_new_subject(subject: str) -> None:
    assert not is_same_topic(subject, "Printer")


def test_a_long_subject_that_a_program_cut_is_the_same() -> None:
    long = "The printer in the corridor of the third floor prints nothing but blue pages"
    assert is_same_topic(f"Re: {long[:60]}...", long)


def test_a_subject_of_prefixes_alone_costs_no_time() -> None:
    assert not is_forward("Re: " * 20_000 + "Fwd: x")
    assert topic("[" * 50_000)


@pytest.mark.parametrize("pattern", [r"INC\d{7}", r"[A-Z]{2,10}-\d+", r"(?:CS|INC)\d{4,9}"])
def test_the_numbers_of_well_known_systems_can_be_written(pattern: str) -> None:
    assert number_pattern(pattern) == pattern


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", r"(?:\d+)*x", r"(\d)\1", r"(?=x)\d", r"\d*\d*\d*x", "[", ".*", "", "x" * 61,
                r"\d{1,99999999999}", "print.r", r"(?:\d|\d\d){2,}"],
)  # fmt: skip
def test_a_pattern_that_costs_time_or_finds_anything_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="write for example"):
        number_pattern(pattern)


def test_a_partners_number_is_that_of_its_own_domain() -> None:
    found = [partner_numbers("Re: inc0000005 and X-INC0000006", [r"INC\d{7}"], domain)
             for domain in ("x.example", "y.example")]  # fmt: skip
    assert found == [("inc0000005 x.example",), ("inc0000005 y.example",)]


def test_the_worst_pattern_costs_no_time() -> None:
    worst = number_pattern(r"[0-9a-z -]*\d*#")
    assert partner_numbers("0" * 100_000, [worst] * 5, "x.example") == ()
