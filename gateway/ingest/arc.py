"""What those who forwarded a mail recorded of it before they changed it (ARC, RFC 8617).

Only a chain that verifies, from its newest set on as long as each is sealed by a domain that
the admin trusts. The surprising fact: a valid chain by itself means nothing. Anybody can seal
"dmarc=pass" under a domain of their own, and everything older than the last stranger's seal is
that stranger's to choose.
"""

from itertools import takewhile

from gateway import dkim
from gateway.ingest.alignment import a_label
from gateway.ingest.auth_results import AuthResults, read_results
from gateway.ingest.charset import one_line
from gateway.lookup import Lookup


def recorded(
    raw: bytes, sealers: frozenset[str], lookup: Lookup
) -> tuple[tuple[AuthResults, ...], str]:
    """The results with the trusted sealer as their server, newest first; and why there are
    none, "" where the mail has no chain. Never raises."""

    def is_trusted(domain: str) -> bool:
        return a_label(domain) in sealers

    chain = dkim.chain(raw, is_trusted, lookup)
    if chain.result == "none":
        return (), ""
    if chain.result != "pass":
        return (), f"the ARC chain proves nothing ({chain.result}: {one_line(chain.reason)})"
    trusted = takewhile(lambda each: is_trusted(each.sealer), chain.sets)
    found = ((a_label(each.sealer), read_results(each.results)) for each in trusted)
    return tuple(AuthResults(sealer, read.results, read.defect) for sealer, read in found), ""
