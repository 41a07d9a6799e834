"""The one door to the DNS, before a name server of our own on this machine."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from gateway.lookup import Lookup, Unanswered
from gateway.resolver import _Resolver

ZONE = {
    ("s1._domainkey.example.com.", "TXT"): '"v=DKIM1; " "p=AAAA"',
    ("example.com.", "MX"): "10 mx.example.com.",
    ("example.com.", "A"): "192.0.2.1",
}


@contextmanager
def name_server(*, broken: bool = False) -> Iterator[Lookup]:
    """A lookup that asks a server which knows ZONE; `broken`, it fails at every question."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]

        def serve() -> None:
            while True:
                question, client = server.recvfrom(4096)
                if question == b"stop":
                    return
                server.sendto(_answer(question, broken), client)

        worker = Thread(target=serve)
        worker.start()
        try:
            asking = dns.resolver.Resolver(configure=False)
            asking.nameservers, asking.port = ["127.0.0.1"], port
            door = _Resolver(2.0)
            door._asking = asking
            yield door.answer
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.sendto(b"stop", ("127.0.0.1", port))
            worker.join()


def _answer(question: bytes, broken: bool) -> bytes:
    asked = dns.message.from_wire(question)
    reply = dns.message.make_response(asked)
    [only] = asked.question
    name, kind = only.name.to_text(), only.rdtype.name
    if broken:
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif (name, kind) in ZONE:
        reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, ZONE[name, kind]))
    elif not any(name == known for known, _ in ZONE):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply.to_wire()


def test_records_come_in_the_form_of_a_lookup() -> None:
    with name_server() as lookup:
        assert lookup("s1._domainkey.example.com", "TXT") == ("v=DKIM1; p=AAAA",)
        assert lookup("example.com", "MX") == ("10 mx.example.com",)
        assert lookup("example.com", "A") == ("192.0.2.1",)


@pytest.mark.parametrize("name", ["example.com", "nobody.example", "a..example", "x" * 70 + ".a"])
def test_no_such_name_and_no_such_record_are_an_empty_answer(name: str) -> None:
    with name_server() as lookup:
        assert lookup(name, "AAAA") == ()


def test_a_server_that_fails_is_no_answer() -> None:
    with (
        name_server(broken=True) as lookup,
        pytest.raises(Unanswered, match=r"TXT of example\.com"),
    ):
        lookup("example.com", "TXT")
