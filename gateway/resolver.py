"""Questions to the name system, asked for real; the one door to dnspython.

Decides nothing: a `Lookup` over the machine's own name servers, with a cache that keeps to
the times the zones ask for. A name that cannot be one has no records.
"""

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from gateway.lookup import Lookup, Unanswered

CACHED_ANSWERS = 10_000


def resolver(timeout_seconds: float) -> Lookup:
    """A function that asks the name servers of /etc/resolv.conf, each question for at most so
    long. Nothing is read or asked before its first use; workers may share it."""
    return _Resolver(timeout_seconds).answer


class _Resolver:
    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._asking: dns.resolver.Resolver | None = None

    def answer(self, name: str, kind: str) -> tuple[str, ...]:
        try:
            asked = dns.name.from_text(name)
        except (dns.exception.DNSException, UnicodeError):
            return ()
        try:
            found = self._resolver().resolve(
                asked, kind, lifetime=self._timeout_seconds, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise Unanswered(f"{kind} of {name}: {type(error).__name__}") from None
        return tuple(_text(record, kind) for record in found)

    def _resolver(self) -> dns.resolver.Resolver:
        if self._asking is None:
            asking = dns.resolver.Resolver()
            asking.cache = dns.resolver.LRUCache(CACHED_ANSWERS)
            self._asking = asking
        return self._asking


def _text(record: object, kind: str) -> str:
    """A record in the form of `Lookup`. RFC 7208 section 3.3: pieces are joined as they are."""
    if kind == "TXT":
        strings: tuple[bytes, ...] = record.strings  # type: ignore[attr-defined]
        return b"".join(strings).decode("latin-1")
    return str(record).rstrip(".")
