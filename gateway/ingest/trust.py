"""How well is the author proven? A closed ladder; a peer's address is never proof.

`From:` is free text. It proves somebody only together with something that was given to them
alone, or that somebody we trust has checked: a mail server of ours (`trace_fields` says which
fields it wrote), one who forwards to us (`arc`), or we ourselves (`dmarc`). All of them speak
of domains. The surprising fact: a verdict can take proof away. Where one whom we trust says
that From is false, a signed address proves nothing, for it is From that makes it the person's.
"""

from collections.abc import Iterator
from dataclasses import replace
from email.utils import getaddresses
from enum import StrEnum

from gateway.config.trust import Trust
from gateway.ingest import arc, dmarc, fields
from gateway.ingest.alignment import identity
from gateway.ingest.charset import one_line
from gateway.ingest.trace_fields import Header, believed, header_of
from gateway.ingest.trust_weigh import Named, Statement, Verdict, weigh
from gateway.lookup import Limited, Lookup
from gateway.memory import remembering
from gateway.message import NOBODY, Address, Envelope, Message, Source
from gateway.threading.tag import Signed

__all__ = ["Proof", "Verdict", "judge", "markers", "prove"]

MAX_LOOKUPS = 60  # for one mail: SPF may cause 30, each signature one, each set of ARC two
OURSELVES = "our own check"


class Proof(StrEnum):
    """Strongest first."""

    VERIFIED = "verified"  # by a server we trust, or our own check
    TOKEN = "token"  # noqa: S105 - From is the person the unexpired signature was made for
    CLAIMED = "claimed"  # nothing but the From: itself


def prove(
    message: Message,
    author: Address,
    signed: Signed | None,
    made_for: Address | None,
    verdict: Verdict | None = None,
) -> Proof:
    """The proof of `author` (as the directory knows them) for this mail.

    A mail with several From fields proves nobody: RFC 5322 section 3.6 allows one, and
    programs differ in which they show. Nor does one whose From names nobody: its author is then
    the envelope's word, free text as well. `verdict` is `judge`'s, of the author in the mail.
    """
    verdict = verdict or Verdict()
    if message.author == NOBODY or not _names_one(message) or verdict.forged:
        return Proof.CLAIMED
    if verdict.verified:
        return Proof.VERIFIED
    if signed is None or signed.expired:
        return Proof.CLAIMED
    return Proof.TOKEN if made_for and made_for.key == author.key else Proof.CLAIMED


def judge(
    message: Message,
    envelope: Envelope,
    raw: bytes,
    author: Address,
    settings: Trust,
    lookup: Lookup,
    *,
    own: frozenset[str] = frozenset(),
) -> Verdict:
    """What the mail system says of `author`. Never raises; may wait for the DNS.

    `author` is who wrote the mail by its own word (`message.author`), before the directory puts
    a main address in place of an alias: what is proven is the address in the mail. `own` are
    the desk's addresses.
    """
    try:
        seen = tuple(markers(message, author, own))
        verdict = _judged(message, envelope, raw, author, settings, lookup)
    except Exception as error:  # a bug of ours must cost the proof, not the mail
        return Verdict(evidence=(f"not judged: {type(error).__name__}",))
    return replace(verdict, evidence=tuple(dict.fromkeys((*verdict.evidence, *seen))))


def _judged(
    message: Message,
    envelope: Envelope,
    raw: bytes,
    author: Address,
    settings: Trust,
    lookup: Lookup,
) -> Verdict:
    if settings.believes_nobody and not envelope.auth_user:
        return Verdict()
    if author == NOBODY or not _names_one(message):
        return Verdict(evidence=("From names nobody, or several",))
    header = header_of(raw)
    in_from = [each for value in header.values("from") for each in fields.addresses(value)]
    if header.odd or len(in_from) != 1 or len(header.values("from")) != 1:
        reason = header.odd or "From names nobody, or several"
        return Verdict(evidence=(f"programs may read this header differently: {reason}",))
    who = Named.of(author, in_from[0])
    if who.author and who.author == identity(envelope.auth_user):
        return Verdict(verified=True, evidence=(f"logged in here as {who.author}",))
    asking = Limited(lookup, most=MAX_LOOKUPS, seconds=3 * settings.dns_timeout_seconds)
    said = (
        _recorded(header, envelope, settings),
        _sealed(raw, settings, asking),
        _checked(who, raw, envelope, settings, asking),
    )
    verdict = weigh([each for statements, _ in said for each in statements], who)
    remarks = [each for _, others in said for each in others]
    if envelope.auth_user:
        remarks.append(f"logged in here as {one_line(envelope.auth_user)}")
    return replace(verdict, evidence=(*verdict.evidence, *remarks))


def _recorded(
    header: Header, envelope: Envelope, settings: Trust
) -> tuple[list[Statement], list[str]]:
    """What our own mail servers wrote into the header, if it is they who handed us the mail."""
    if not settings.servers and not settings.unnamed:
        return [], []
    by_smtp = envelope.source in (Source.SMTP, Source.LMTP)
    if by_smtp and not dmarc.is_relay(envelope.peer, settings):
        return [], [f"it came from {envelope.peer}, which is no mail server of ours"]
    found = believed(
        header.fields,
        frozenset(settings.servers),
        unnamed=settings.unnamed,
        hops=settings.hops,
        below=settings.below,
    )
    statements = [
        Statement(each.server or "our mail server", result)
        for each in found
        for result in each.results
    ]
    unreadable = "the results of our mail server are not readable"
    broken = [f"{unreadable}: {each.defect}" for each in found if each.defect]
    return statements, broken if found else ["no mail server of ours says anything"]


def _sealed(raw: bytes, settings: Trust, lookup: Lookup) -> tuple[list[Statement], list[str]]:
    if not settings.arc_sealers:
        return [], []
    found, reason = arc.recorded(raw, frozenset(settings.arc_sealers), lookup)
    statements = [
        Statement(each.server, result, sealed=True) for each in found for result in each.results
    ]
    return statements, [reason] if reason else []


def _checked(
    who: Named, raw: bytes, envelope: Envelope, settings: Trust, lookup: Lookup
) -> tuple[list[Statement], list[str]]:
    """Our own check is of From alone, so it says nothing of an author behind a list."""
    if not settings.check or who.is_behind_list or not who.domain:
        return [], []
    found = dmarc.checked(who.domain, raw, envelope, settings, lookup)
    return [Statement(OURSELVES, each) for each in found], []


def markers(message: Message, author: Address, own: frozenset[str] = frozenset()) -> Iterator[str]:
    """What a person should look at twice. It proves nothing, and takes no proof away."""
    if message.reply_to:
        in_from = fields.addresses(message.header("from"))
        known = {identity(each) for each in (*own, author.address, *(a.address for a in in_from))}
        if any(identity(each) not in known for each in message.reply_to):
            yield "Reply-To differs from From"
    if author.key in own:
        yield "From is an address of this desk"
    _, _, named = author.name.strip().rpartition(" ")
    shown = identity(named.strip("\"'<>()"))
    if shown and shown != identity(author):
        yield "the name in From is another address"


def _names_one(message: Message) -> bool:
    """RFC 5322 section 3.6.2 allows several authors in one field; then it could be any of them."""
    found = message.all_headers("from")
    return len(found) == 1 and _addresses_in(found[0]) == 1


@remembering
def _addresses_in(value: str) -> int:
    return sum("@" in address for _, address in getaddresses([value]))
