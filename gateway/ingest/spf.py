"""May this peer send for that domain? SPF (RFC 7208); the one door to pyspf.

Answers from a `Lookup` that is handed in, within the limits of section 4.6.4: ten terms that
ask the DNS, two that find nothing. The surprising fact: pyspf knows no way to hand it a
resolver, so the one method in which it asks is replaced; its cache goes with it.
"""

from typing import Any

import spf

from gateway.lookup import Lookup, Unanswered

MAX_NAME_CHARS = 253
MAX_RECORD_CHARS = 4_000  # RFC 7208 section 3.4 advises 450; real ones stay below 2,000
RESULTS = ("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror")


def check(peer: str, mail_from: str, helo: str, lookup: Lookup) -> str:
    """The result in the words of RFC 7208 section 2.6; never raises.

    Of a null reverse-path the host's name is checked, as section 2.4 asks.
    """
    try:
        query = _Query(peer.partition("%")[0], mail_from, helo, lookup)
        result = query.check()[0]
    except Exception:  # pyspf raises what it likes for what strangers publish
        return "permerror"
    return result if result in RESULTS else "permerror"


class _Query(spf.query):  # type: ignore[misc]  # pyspf has no type hints
    def __init__(self, peer: str, mail_from: str, helo: str, lookup: Lookup) -> None:
        super().__init__(i=peer, s=mail_from, h=helo, strict=True)
        self._ask = lookup

    def dns(
        self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False
    ) -> list[Any]:
        """In the forms in which pyspf wants its records."""
        name = str(name).removesuffix(".").lower()
        labels = name.split(".")
        if len(name) > MAX_NAME_CHARS or not all(0 < len(label) < 64 for label in labels):
            return []
        try:
            found = self._ask(name, qtype)
        except Unanswered as unanswered:
            raise spf.TempError(str(unanswered)) from None
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("more than two questions without an answer")
        return [_record(text, qtype) for text in found]


def _record(text: str, kind: str) -> object:
    if kind == "TXT":
        if len(text) > MAX_RECORD_CHARS and text.lower().startswith("v=spf1"):
            raise spf.PermError("a record that is too long")
        return [text.encode("latin-1", "replace")]
    if kind == "MX":
        preference, _, host = text.partition(" ")
        return int(preference), host
    return text
