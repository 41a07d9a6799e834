"""Our own check of an author's domain: DKIM, SPF, and what the domain says of both (DMARC).

Gives results as a server of ours would record them (RFC 8601), so that they are weighed like
those. The surprising fact: dmarc=fail is said only where all was looked at. SPF cannot be
checked behind a relay or by IMAP, and a mail that was forwarded would be called forged.
"""

from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from gateway import dkim
from gateway.config.trust import Trust
from gateway.ingest import spf
from gateway.ingest.alignment import aligned, domain_of, organisation
from gateway.ingest.auth_results import Result
from gateway.lookup import Lookup, Unanswered
from gateway.message import Envelope, Source


@dataclass(frozen=True, slots=True)
class Policy:
    """How strictly a domain wants to be compared; RFC 7489 section 6.3."""

    strict_dkim: bool = False
    strict_spf: bool = False


def checked(
    domain: str, raw: bytes, envelope: Envelope, settings: Trust, lookup: Lookup
) -> tuple[Result, ...]:
    """What we find of the author's domain ourselves. Never raises."""
    about = (("header.from", domain),)
    try:
        policy = policy_of(domain, lookup)
    except Unanswered as unanswered:
        return (Result("dmarc", "temperror", about, str(unanswered)),)
    wanted = policy or Policy()
    found = [
        *_signatures(domain, raw, wanted, lookup),
        _sender(domain, envelope, settings, wanted, lookup),
    ]
    if policy is None:
        return tuple(found)
    results = {each.result for each in found}
    if "pass" in results:
        return (*found, Result("dmarc", "pass", about))
    if "temperror" in results:
        return (*found, Result("dmarc", "temperror", about))
    if not _came_straight(envelope, settings):
        return tuple(found)
    return (*found, Result("dmarc", "fail", about))


def policy_of(domain: str, lookup: Lookup) -> Policy | None:
    """The DMARC record of the domain, else of its organisation: RFC 7489 section 6.6.3.

    Raises Unanswered. Several records are as good as none.
    """
    for name in dict.fromkeys((domain, organisation(domain))):
        texts = lookup(f"_dmarc.{name}", "TXT")
        records = [text for text in texts if text.replace(" ", "").startswith("v=DMARC1")]
        if len(records) == 1:
            tags = dict(_tag(each) for each in records[0].split(";"))
            return Policy(tags.get("adkim") == "s", tags.get("aspf") == "s")
    return None


def _tag(item: str) -> tuple[str, str]:
    name, _, value = item.partition("=")
    return name.strip().lower(), value.strip().lower()


def _signatures(domain: str, raw: bytes, policy: Policy, lookup: Lookup) -> list[Result]:
    found = dkim.signatures(raw, lambda name: aligned(domain_of(name), domain), lookup)
    results = []
    for each in found:
        result = Result("dkim", each.result, (("header.d", domain_of(each.domain)),), each.reason)
        if not aligned(domain_of(each.domain), domain, strict=policy.strict_dkim):
            result = replace(result, result="policy", reason="the domain wants its very name")
        results.append(result)
    return results or [Result("dkim", "none", (("header.d", domain),))]


def _sender(
    domain: str, envelope: Envelope, settings: Trust, policy: Policy, lookup: Lookup
) -> Result:
    """SPF, of the envelope's sender alone, and only where it can speak for the author."""
    sender = domain_of(envelope.mail_from)
    about = (("smtp.mailfrom", envelope.mail_from),)
    if not _came_straight(envelope, settings):
        return Result("spf", "none", about, "the mail did not come straight from its sender")
    if not aligned(sender, domain, strict=policy.strict_spf):
        return Result("spf", "none", about, "the envelope's sender is of another domain")
    return Result("spf", spf.check(envelope.peer, envelope.mail_from, envelope.helo, lookup), about)


def _came_straight(envelope: Envelope, settings: Trust) -> bool:
    """Whether the peer is the one that the sender's domain would have to allow."""
    return (
        envelope.source is Source.SMTP
        and bool(envelope.peer)
        and not is_relay(envelope.peer, settings)
    )


def is_relay(peer: str, settings: Trust) -> bool:
    """Whether this peer is a server of ours: this machine, or one that the admin names.

    "" is a Unix socket, which only this machine can reach.
    """
    if not peer:
        return True
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or any(address in ip_network(each) for each in settings.relays)
