"""Links that open a mail: what a client reads out of them is what we meant."""

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.outbound import mailto
from gateway.outbound.mailto import MAX_URL_CHARS

TAG = "[#1042-k3v5xw]"
SIGNED = "support+1042-aeaqaaaaamfwl6fwyal5thoszznjpp3e@example.com"

texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)
local_parts = st.text(st.sampled_from("abcxyz019!#$%&'*+-/=?^_`{|}~.äж"), min_size=1, max_size=64)


def read(url: str) -> tuple[str, str, str]:
    """Address, subject and body, as RFC 6068 section 4 has a client read them."""
    parts = urlsplit(url)
    assert parts.scheme == "mailto"
    assert "+" not in url, "a form's blank to some"
    assert url.isascii()
    fields = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True))
    return unquote(parts.path), fields["subject"], fields.get("body", "")


def test_a_client_reads_what_we_wrote() -> None:
    url = mailto.link(SIGNED, "Re: 100% & more? #1", "#wait requester: ", tag=TAG)
    assert read(url) == (SIGNED, f"Re: 100% & more? #1 {TAG}", "#wait requester: ")


def test_line_breaks_are_those_of_mail() -> None:
    """RFC 6068 section 5."""
    url = mailto.link(SIGNED, "x", "#take\n\n")
    assert url.endswith("&body=%23take%0D%0A%0D%0A")


def test_a_mail_without_a_first_line_has_no_body() -> None:
    assert "body" not in mailto.link(SIGNED, "Re: Printer")


@given(local_parts, texts, texts)
@example("a" * 64, "🔥" * 200, "")
@example("a?b&c", "?&=#", "\u202e")
def test_whatever_is_in_a_subject_stays_in_the_subject(local: str, subject: str, line: str) -> None:
    address = f"{local}@example.com"
    to, told, body = read(mailto.link(address, subject, line, tag=TAG))
    assert to == address
    assert told.endswith(TAG)
    assert body == line
    kept = told.removesuffix(TAG).strip().removesuffix("…")
    assert " ".join(subject.split()).startswith(kept)


@pytest.mark.parametrize("subject", ["x" * 500, "火" * 500, "🔥" * 500, "\\" * 500])
@pytest.mark.parametrize("line", ["#take\n\n", f"#assign {'a' * 64}@{'b' * 180}.example\n\n"])
def test_a_link_is_short_enough_for_every_client(subject: str, line: str) -> None:
    local = "s" * 20 + "=123456789012-" + "a" * 32
    url = mailto.link(f"{local}@{'b' * 180}.example", subject, line, tag=TAG)
    assert len(url) <= MAX_URL_CHARS
    assert read(url)[1].endswith(TAG)
