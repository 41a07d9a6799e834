"""Words in texts and addresses of people: what fits and what does not."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.message import Address
from gateway.rules.conditions import AddressPattern, Phrase, address_in, fold, words_in


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("vpn", "My VPN is down"),
        ("vpn", "VPN?"),
        ("vpn", "my-vpn, (vpn) and vpn_client"),
        ("VPN", "vpn"),
        ("drucker", "Der DRÜCKER"),
        ("Drücker", "der drucker"),
        ("Drücker", unicodedata.normalize("NFD", "Drücker")),
        ("strasse", "Straße"),
        ("resume", "Résumé"),
        ("sifre", "ŞİFRE"),
        ("kapı", "KAPI"),
        ("lodz", "Łódź"),
        ("пароль", "Забыл ПАРОЛЬ!"),
        ("κωδικος", "Ο ΚΩΔΙΚΌΣ μου"),
        ("remote access", "remote\r\n  access"),
        ("remote access", "remote\u00a0access"),
        ("remote   access", "Remote Access"),
        ("don't", "I don’t know"),
        ("e-mail", "e‑mail"),
        ("office", "oﬃce"),
        ("invoice", "in\u00advoice"),
        ("vpn", "ＶＰＮ"),
        ("c++", "I write C++, mostly"),
        (".net", "the .NET one"),
        ("#urgent", "re:#URGENT"),
        ("404", "error 404."),
        ("密码", "我忘记密码了"),
        ("パスワード", "新しいパスワードが必要"),
        ("パスワード", "ﾊﾟｽﾜｰﾄﾞ"),
        ("รหัสผ่าน", "ลืมรหัสผ่านแล้ว"),
        ("비밀번호", "비밀번호를 잊었습니다"),
        ("vpn", "VPN接続ができません"),
        ("vpn 接続", "この vpn 接続は"),
        ("सहायता", "मुझे सहायता चाहिए"),
        ("سلام", "السَّلام سَلام"),
    ],
)
def test_word_is_found_whatever_its_case_accents_and_typesetting(phrase: str, text: str) -> None:
    assert Phrase(phrase).found_in(fold(text))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("vpn", "vpnd and openvpn"),
        ("P1", "P10"),
        ("404", "4040"),
        ("art", "Straßenbahn-Start"),
        ("remote access", "remote-access"),
        ("remote access", "remote and access"),
        ("remote access", "remote accessory"),
        ("ann", "Hannah, anne"),
        ("пароль", "паролями"),
        ("か", "が"),
        ("가", "각"),
        ("कर", "करना"),
        ("कर", "करा"),
        ("रक", "कारक"),
        ("vpn", ""),
    ],
)
def test_part_of_a_word_is_no_word(phrase: str, text: str) -> None:
    assert not Phrase(phrase).found_in(fold(text))


@pytest.mark.parametrize("nothing", ["", "  ", "\u200b", "\n"])
def test_phrase_that_says_nothing_is_refused(nothing: str) -> None:
    with pytest.raises(ValueError, match="says nothing; write a word"):
        Phrase(nothing)


@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_phrase_is_found_between_spaces_in_any_text(phrase: str, around: str) -> None:
    if not fold(phrase).split():
        return
    assert Phrase(phrase).found_in(fold(f"{around} {phrase} {around}"))


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=30), st.integers(2, 200))
@example("\u1100\u1161\u11a8\u0301", 40)
def test_folding_does_not_depend_on_what_stands_around_or_was_folded_before(
    text: str, times: int
) -> None:
    """Short runs of foreign letters are known from before, long ones are not."""
    long = fold(f"{text} a" * times)
    assert long == f"{fold(text)} a" * times
    assert fold(text * times) == fold(fold(text * times))


@given(st.text())
def test_folding_sees_no_difference_between_composed_and_decomposed(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        ("ann@x.example", "Ann@X.Example", "joann@x.example"),
        ("Ann@X.Example", "ann@x.example", "ann@y.example"),
        ("@x.example", "ann@x.example", "ann@mail.x.example"),
        ("@x.example", "bob@x.example", "bob@notx.example"),
        ("*@x.example", "ann@x.example", "ann@x.example.org"),
        ("@*.x.example", "ann@mail.x.example", "ann@x.example"),
        ("@*.x.example", "ann@a.b.x.example", "ann@ax.example"),
        ("*-alerts@x.example", "disk-alerts@x.example", "alerts@x.example"),
        ("support+*@x.example", "support+1042@x.example", "support@x.example"),
        ("a.b@x.example", "a.b@x.example", "aXb@x.example"),
    ],
)
def test_address_pattern_fits_what_it_says_and_nothing_else(
    pattern: str, fitting: str, other: str
) -> None:
    assert AddressPattern(pattern).fits(Address(fitting))
    assert not AddressPattern(pattern).fits(Address(other))


@pytest.mark.parametrize("pattern", ["", "@", "x.example", "ann@", "a b@x", "a@b@c", "Ann <a@b>"])
def test_address_pattern_that_fits_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="is neither address nor domain"):
        AddressPattern(pattern)


def test_bare_domain_is_answered_with_the_way_to_write_it() -> None:
    with pytest.raises(ValueError, match=r'or "@mail\.x\.example"'):
        AddressPattern("mail.x.example")


def test_first_word_that_is_found_is_named() -> None:
    words = [Phrase("printer"), Phrase("Drücker"), Phrase("vpn")]
    assert words_in("body", words, fold("DRUCKER and vpn")) == (True, 'body has "Drücker"')


def test_every_word_that_was_looked_for_is_named_when_none_is_found() -> None:
    words = [Phrase("a"), Phrase("b"), Phrase("c")]
    assert words_in("body", words, "x") == (False, 'body has none of "a", "b", "c"')


def test_any_recipient_may_fit() -> None:
    patterns = [AddressPattern("hr@x.example"), AddressPattern("@y.example")]
    found = address_in("to", patterns, [Address("it@x.example"), Address("Ann@Y.example")])
    assert found == (True, 'to is ann@y.example, which fits "@y.example"')


def test_mail_without_recipients_fits_no_pattern() -> None:
    assert address_in("to", [AddressPattern("*@*")], []) == (False, 'to has no "*@*"')
