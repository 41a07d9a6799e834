"""What we check ourselves: the envelope's sender, and what a domain says of both checks."""

import pytest

from gateway.config.trust import Trust
from gateway.ingest.trust_weigh import Verdict
from gateway.message import Source
from support.mail import a_mail
from support.signing import Table, dns_of
from support.trusting import CHECKED, FROM, verdict

MAIL = a_mail(from_=FROM)
POLICY = ("_dmarc.example.com", "TXT")


def checked(raw: bytes, table: Table, **envelope: object) -> Verdict:
    return verdict(raw, CHECKED, dns_of(table), **envelope)


STRAIGHT = {"source": Source.SMTP, "peer": "203.0.113.9", "helo": "out.example.com"}
SPF = {("example.com", "TXT"): ("v=spf1 ip4:203.0.113.0/24 -all",)}


def test_a_peer_that_the_senders_domain_allows_verifies() -> None:
    found = checked(MAIL, SPF, **STRAIGHT)
    assert found.verified
    assert "our own check says spf=pass for ann@example.com" in found.evidence


def test_a_peer_that_it_does_not_allow_verifies_nobody() -> None:
    found = checked(MAIL, SPF, **{**STRAIGHT, "peer": "198.51.100.1"})
    assert (found.verified, found.forged) == (False, False)


def test_an_envelope_of_another_domain_proves_nothing_of_the_author() -> None:
    table = {("evil.example", "TXT"): ("v=spf1 +all",)}
    assert not checked(MAIL, table, **STRAIGHT, mail_from="eve@evil.example").verified


@pytest.mark.parametrize(
    "envelope",
    [
        {**STRAIGHT, "source": Source.IMAP},
        {**STRAIGHT, "source": Source.LMTP},
        {**STRAIGHT, "source": Source.PIPE},
        {**STRAIGHT, "source": Source.IMPORT},
        {**STRAIGHT, "peer": ""},
        {**STRAIGHT, "peer": "127.0.0.1"},
    ],
)
def test_spf_is_checked_of_mail_that_came_straight_to_us_alone(envelope: dict[str, object]) -> None:
    table = {("example.com", "TXT"): ("v=spf1 +all",)}
    assert not checked(MAIL, table, **envelope).verified


def test_spf_is_not_checked_of_a_relay_of_ours() -> None:
    settings = Trust(check=True, relays=("203.0.113.0/24",))
    table = {("example.com", "TXT"): ("v=spf1 +all",)}
    assert not verdict(MAIL, settings, dns_of(table), **STRAIGHT).verified


def test_a_domain_with_a_policy_that_nothing_meets_is_forged() -> None:
    found = checked(
        MAIL, {**SPF, POLICY: ("v=DMARC1; p=reject",)}, **{**STRAIGHT, "peer": "192.0.2.1"}
    )
    assert (found.verified, found.forged) == (False, True)
    assert "our own check says dmarc=fail for example.com" in found.evidence


def test_where_spf_cannot_be_checked_nobody_is_called_forged() -> None:
    found = checked(MAIL, {POLICY: ("v=DMARC1; p=reject",)})
    assert (found.verified, found.forged) == (False, False)


def test_the_policy_of_an_organisation_holds_for_its_subdomains() -> None:
    mail = a_mail(from_="ann@news.example.com")
    table = {POLICY: ("v=DMARC1; p=reject",)}
    found = checked(mail, table, **STRAIGHT, mail_from="ann@news.example.com")
    assert found.forged


def test_several_policies_are_as_good_as_none() -> None:
    table = {POLICY: ("v=DMARC1; p=reject", "v=DMARC1; p=none")}
    found = checked(MAIL, table, **STRAIGHT)
    assert (found.verified, found.forged) == (False, False)


def test_a_policy_is_met_by_the_envelope_as_well() -> None:
    found = checked(MAIL, {**SPF, POLICY: ("v=DMARC1; p=reject; aspf=s",)}, **STRAIGHT)
    assert found.verified
    assert "our own check says dmarc=pass for example.com" in found.evidence


def test_a_policy_may_want_the_very_domain_in_the_envelope() -> None:
    table = {("mail.example.com", "TXT"): ("v=spf1 +all",), POLICY: ("v=DMARC1; p=none; aspf=s",)}
    assert not checked(MAIL, table, **STRAIGHT, mail_from="ann@mail.example.com").verified
