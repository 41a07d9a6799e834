"""May this peer send for that domain? RFC 7208, from a table in place of the DNS."""

import pytest

from gateway.ingest.spf import RESULTS, check
from support.signing import dns_of

PEER = "203.0.113.9"
TABLE = {
    ("ip4.example", "TXT"): ("v=spf1 ip4:203.0.113.9 -all",),
    ("net.example", "TXT"): ("v=spf1 ip4:203.0.113.0/24 ~all",),
    ("ip6.example", "TXT"): ("v=spf1 ip6:2001:db8::/32 -all",),
    ("a.example", "TXT"): ("v=spf1 a -all",),
    ("a.example", "A"): ("203.0.113.9",),
    ("mx.example", "TXT"): ("unrelated", "v=spf1 mx -all"),
    ("mx.example", "MX"): ("10 in.mx.example", "20 in2.mx.example"),
    ("in.mx.example", "A"): ("198.51.100.1",),
    ("in2.mx.example", "A"): ("203.0.113.9",),
    ("include.example", "TXT"): ("v=spf1 include:ip4.example -all",),
    ("redirect.example", "TXT"): ("v=spf1 redirect=ip4.example",),
    ("exists.example", "TXT"): ("v=spf1 exists:%{ir}.%{l1r}.allow.example -all",),
    ("9.113.0.203.ann.allow.example", "A"): ("127.0.0.2",),
    ("soft.example", "TXT"): ("v=spf1 ~all",),
    ("neutral.example", "TXT"): ("v=spf1 ?all",),
    ("twice.example", "TXT"): ("v=spf1 +all", "v=spf1 -all"),
    ("broken.example", "TXT"): ("v=spf1 ip4:999 -all",),
    ("round.example", "TXT"): ("v=spf1 include:round.example -all",),
    ("void.example", "TXT"): ("v=spf1 a:x.void.example a:y.void.example a:z.void.example +all",),
    ("silent.example", "TXT"): None,
    ("later.example", "TXT"): ("v=spf1 include:silent.example +all",),
    ("ptr.example", "TXT"): ("v=spf1 ptr -all",),
    ("9.113.0.203.in-addr.arpa", "PTR"): ("out.ptr.example",),
    ("out.ptr.example", "A"): ("203.0.113.9",),
}


@pytest.mark.parametrize(
    ("domain", "result"),
    [
        ("ip4.example", "pass"), ("net.example", "pass"), ("a.example", "pass"),
        ("mx.example", "pass"), ("include.example", "pass"), ("redirect.example", "pass"),
        ("exists.example", "pass"), ("ptr.example", "pass"), ("ip6.example", "fail"),
        ("soft.example", "softfail"), ("neutral.example", "neutral"), ("none.example", "none"),
        ("twice.example", "permerror"), ("broken.example", "permerror"),
        ("round.example", "permerror"), ("void.example", "permerror"),
        ("silent.example", "temperror"), ("later.example", "temperror"),
    ],
)  # fmt: skip
def test_the_domain_says_who_may_send_for_it(domain: str, result: str) -> None:
    assert check(PEER, f"ann@{domain}", "out.example", dns_of(TABLE)) == result


def test_another_peer_is_not_allowed() -> None:
    assert check("198.51.100.7", "ann@ip4.example", "out.example", dns_of(TABLE)) == "fail"


def test_a_peer_may_have_an_ipv6_address() -> None:
    assert check("2001:db8::7", "ann@ip6.example", "out.example", dns_of(TABLE)) == "pass"
    assert check("::ffff:203.0.113.9", "ann@ip4.example", "o.example", dns_of(TABLE)) == "pass"


def test_a_record_that_makes_us_ask_without_end_is_cut_off() -> None:
    table = {
        (f"n{number}.example", "TXT"): (f"v=spf1 include:n{number + 1}.example -all",)
        for number in range(100)
    }
    asked: list[str] = []
    assert check(PEER, "ann@n0.example", "out.example", dns_of(table, asked)) == "permerror"
    assert len(asked) <= 12


@pytest.mark.parametrize("peer", ["", "nonsense", "203.0.113.999"])
def test_a_peer_that_is_none_is_not_allowed(peer: str) -> None:
    assert check(peer, "ann@ip4.example", "out.example", dns_of(TABLE)) != "pass"


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 %",
        "v=spf1 exists:%{z}.x",
        "v=spf1 a:" + "x." * 200,
        "v=spf1 \xff",
        "v=spf1 redirect=",
    ],
)
def test_whatever_a_domain_publishes_there_is_a_result(record: str) -> None:
    table = {("odd.example", "TXT"): (record,)}
    assert check(PEER, "ann@odd.example", "out.example", dns_of(table)) in RESULTS
