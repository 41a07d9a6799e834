"""What the word of our own mail servers proves of an author, and what it never does."""

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from gateway.cli.parse.view import show
from gateway.config.trust import Trust
from gateway.ingest.parse import parse_parts
from gateway.ingest.trust_weigh import Verdict
from gateway.message import Address, Kind, Reading, Source
from support.mail import a_mail
from support.trusting import BORDER, FROM, RECEIVED, behind_border, verdict

MX = "mx.desk.example"
DMARC = f"{MX}; dmarc=pass header.from=example.com"


def test_dmarc_passed_for_the_very_domain_of_from_verifies() -> None:
    found = verdict(behind_border(DMARC))
    assert found == Verdict(
        verified=True, evidence=("mx.desk.example says dmarc=pass for example.com",)
    )


@pytest.mark.parametrize(
    "results",
    [
        "dkim=pass header.d=example.com",
        "dkim=pass header.d=mail.example.com",
        "dkim=pass header.i=@news.example.com",
        "spf=pass smtp.mailfrom=bounce@mail.example.com",
        "spf=pass smtp.mailfrom=example.com",
        "auth=pass smtp.auth=Ann@example.com",
        "dkim=fail header.d=example.com; dkim=pass header.d=example.com",
        "dmarc=none header.from=example.com; dkim=pass header.d=example.com",
    ],
)
def test_what_is_aligned_with_the_author_verifies(results: str) -> None:
    assert verdict(behind_border(f"{MX}; {results}")).verified


@pytest.mark.parametrize(
    "results",
    [
        "dmarc=pass header.from=evil.example",
        "dmarc=pass header.from=mail.example.com",
        "dmarc=pass",
        "dmarc=bestguesspass header.from=example.com",
        "dkim=pass header.d=evil.example",
        "dkim=pass header.d=notexample.com",
        "dkim=pass header.d=example.com.evil.example",
        "dkim=pass header.d=com",
        "dkim=pass header.d=evil.example header.d=foo.example header.i=@example.com",
        "dkim=pass header.d= header.i=@example.com",
        "dkim=pass",
        "dkim=policy header.d=example.com",
        "dkim=neutral header.d=example.com",
        "spf=pass smtp.mailfrom=ann@evil.example",
        "spf=pass smtp.helo=example.com",
        "spf=softfail smtp.mailfrom=ann@example.com",
        "auth=pass smtp.auth=bob@example.com",
        "auth=pass smtp.auth=ann",
        "iprev=pass smtp.remote-ip=192.0.2.7",
        "compauth=pass reason=100",
        "none",
    ],
)
def test_what_is_not_aligned_with_the_author_verifies_nobody(results: str) -> None:
    found = verdict(behind_border(f"{MX}; {results}"))
    assert (found.verified, found.forged) == (False, False)


@pytest.mark.parametrize(
    "more", ["dkim=pass header.d=example.com", "spf=pass smtp.mailfrom=example.com"]
)
def test_a_trusted_dmarc_fail_says_forged_and_outweighs_what_passed(more: str) -> None:
    found = verdict(behind_border(f"{MX}; {more}; dmarc=fail header.from=example.com"))
    assert (found.verified, found.forged) == (False, True)
    assert "mx.desk.example says dmarc=fail for example.com" in found.evidence
    assert "those whom we trust contradict each other" in found.evidence


def test_two_servers_of_ours_that_contradict_each_other_verify_nobody() -> None:
    found = verdict(behind_border(DMARC, f"{MX}; dmarc=fail header.from=example.com"))
    assert (found.verified, found.forged) == (False, True)


def test_without_settings_no_field_is_believed_and_none_is_read() -> None:
    assert verdict(behind_border(DMARC), Trust()) == Verdict()


def test_a_strangers_field_below_our_received_verifies_nobody() -> None:
    raw = behind_border(
        mail=f"Authentication-Results: {DMARC}\r\nFrom: {FROM}\r\n\r\nHi\r\n".encode()
    )
    found = verdict(raw)
    assert not found.verified
    assert found.evidence == ("no mail server of ours says anything",)


def test_exchange_online_writes_no_name_of_its_own() -> None:
    results = (
        "spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=example.com; dkim=pass (signature was"
        " verified) header.d=example.com;dmarc=pass action=none"
        " header.from=example.com;compauth=pass reason=100"
    )
    found = verdict(behind_border(results), Trust(unnamed=True))
    assert found.verified
    assert found.evidence[0] == "our mail server says spf=pass for example.com"


def test_gmails_field_stands_below_its_received() -> None:
    raw = (
        f"Received: by inner; x\r\n{RECEIVED}\r\nReceived-SPF: pass\r\nAuthentication-Results: "
        f"mx.google.com; dmarc=pass header.from=example.com\r\nFrom: {FROM}\r\n\r\nHi\r\n"
    ).encode()
    settings = Trust(servers=("mx.google.com",), hops=2, below=1)
    assert verdict(raw, settings).verified
    assert not verdict(raw, settings.model_copy(update={"below": 0})).verified


@pytest.mark.parametrize("source", [Source.SMTP, Source.LMTP])
def test_a_peer_that_is_no_server_of_ours_writes_all_of_the_header_itself(source: Source) -> None:
    found = verdict(behind_border(DMARC), source=source, peer="203.0.113.9")
    assert not found.verified
    assert found.evidence == ("it came from 203.0.113.9, which is no mail server of ours",)


@pytest.mark.parametrize("peer", ["", "127.0.0.1", "::1", "10.0.0.5"])
def test_this_machine_and_a_named_relay_hand_on_what_our_border_wrote(peer: str) -> None:
    settings = BORDER.model_copy(update={"relays": ("10.0.0.0/24",)})
    assert verdict(behind_border(DMARC), settings, source=Source.SMTP, peer=peer).verified


def test_who_logged_in_here_under_the_authors_address_is_the_author() -> None:
    raw = behind_border()
    found = verdict(
        raw, Trust(), source=Source.SMTP, peer="203.0.113.9", auth_user="Ann@example.com"
    )
    assert found == Verdict(verified=True, evidence=("logged in here as ann@example.com",))


@pytest.mark.parametrize("user", ["bob@example.com", "ann", "ann@evil.example"])
def test_who_logged_in_here_under_another_name_is_not(user: str) -> None:
    found = verdict(behind_border(), Trust(), source=Source.SMTP, auth_user=user)
    assert not found.verified
    assert f"logged in here as {user}" in found.evidence


@pytest.mark.parametrize(
    "from_",
    [
        "Ann <ann@example.com>, Eve <eve@evil.example>",
        "ann@example.com\r\nFrom: eve@evil.example",
        "nobody at all",
    ],
)
def test_several_authors_or_none_are_proven_by_nothing(from_: str) -> None:
    raw = behind_border(DMARC, mail=f"From: {from_}\r\n\r\nHi\r\n".encode())
    assert not verdict(raw).verified
    assert not verdict(raw, auth_user="ann@example.com", source=Source.SMTP).verified


@pytest.mark.parametrize(
    "field", ["X: a\rFrom: b@c.example", "Subject: a\rb", "Subject: a\0b", "a line of no field"]
)
def test_a_header_that_two_programs_read_differently_proves_nobody(field: str) -> None:
    raw = behind_border(DMARC, mail=f"From: {FROM}\r\n{field}\r\n\r\nHi\r\n".encode())
    found = verdict(raw)
    assert not found.verified


def test_a_reply_to_of_somebody_else_is_told() -> None:
    raw = behind_border(
        DMARC, mail=f"From: {FROM}\r\nReply-To: eve@evil.example\r\n\r\nHi\r\n".encode()
    )
    found = verdict(raw)
    assert found.verified
    assert "Reply-To differs from From" in found.evidence
    told = verdict(raw, own=frozenset(("eve@evil.example",)))
    assert "Reply-To differs from From" not in told.evidence


def test_a_name_that_is_another_address_is_told() -> None:
    mail = b'From: "ceo@example.com" <eve@evil.example>\r\n\r\nHi\r\n'
    assert "the name in From is another address" in verdict(behind_border(mail=mail)).evidence


def test_from_as_of_our_own_address_is_told() -> None:
    found = verdict(behind_border(), own=frozenset(("ann@example.com",)))
    assert "From is an address of this desk" in found.evidence


def test_evidence_has_no_line_that_a_stranger_wrote() -> None:
    value = f'{MX}; spf=pass smtp.mailfrom="a\\\r\n b{"x" * 5000}"@evil.example'
    found = verdict(behind_border(value))
    assert all(len(each) < 300 and each.isprintable() for each in found.evidence)


def test_a_field_of_ours_that_cannot_be_read_is_told() -> None:
    found = verdict(behind_border(f"{MX}; dkim=pass (never closed"))
    assert found.evidence == (
        "the results of our mail server are not readable: a comment without an end",
    )


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"From:", b"\0", b"From: \xff@\xff\r\n\r\n"])
def test_whatever_the_mail_there_is_a_verdict(raw: bytes) -> None:
    assert not verdict(raw).verified


HEADERS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                f"Authentication-Results: {DMARC.replace(MX, 'evil.example')}",
                "Authentication-Results: (mx.desk.example) x; dmarc=pass header.from=example.com",
                'Authentication-Results: "mx.desk.example.evil"; dkim=pass header.d=example.com',
                "Authentication-Results: dmarc=pass header.from=example.com",
                f"ARC-Authentication-Results: i=1; {DMARC}",
                RECEIVED,
                f"From: {FROM}",
                "Sender: ann@example.com",
            ]
        ),
        st.text(max_size=60).filter(lambda text: MX not in text),
    ),
    max_size=8,
)


@given(HEADERS)
def test_without_a_name_that_we_trust_no_header_whatever_verifies(lines: list[str]) -> None:
    raw = "\r\n".join([*lines, RECEIVED, f"From: {FROM}", "", "Hi"]).encode("utf-8", "replace")
    assert not verdict(raw).verified


@given(HEADERS, st.sampled_from((DMARC, f"{MX}; none", f"{MX}; dkim=pass header.d=example.com")))
def test_below_our_received_no_header_whatever_verifies(lines: list[str], results: str) -> None:
    below = "\r\n".join([f"Authentication-Results: {results}", *lines, f"From: {FROM}", "", "Hi"])
    raw = f"{RECEIVED}\r\n{below}".encode("utf-8", "replace")
    assert not verdict(raw).verified


def test_a_mail_without_an_author_has_a_verdict() -> None:
    assert not verdict(behind_border(DMARC), author=str(Address("nobody@invalid").address)).verified


def test_a_mail_of_ours_is_as_it_is_on_the_wire() -> None:
    assert verdict(behind_border(DMARC, mail=a_mail(from_=FROM))).verified


def test_parse_shows_a_person_what_to_look_at_twice() -> None:
    raw = f"From: {FROM}\r\nReply-To: eve@evil.example\r\nSubject: Hi\r\n\r\nHi\r\n".encode()
    reading = Reading(message=parse_parts(raw).message, kind=Kind.ORDINARY)
    out = Console(file=StringIO(), width=100)
    show(out, "a.eml", raw, reading, heading=False)
    assert "beware      Reply-To differs from From" in out.file.getvalue()  # type: ignore[attr-defined]
