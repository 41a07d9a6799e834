"""Statements about a mail's author, weighed: is it proven, is it forged, and by whose word.

Decides from values alone. Alignment is with the author's own domain, also where a mailing list
stands in From. The surprising fact: then not even results of the author's domain count, but for
`dmarc=pass` with that domain in header.from. For a list of the same organisation passes its
checks whoever wrote to it, and a mail provider signs From fields that are not its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.ingest.alignment import aligned, domain_of, identity, organisation
from gateway.ingest.auth_results import Result
from gateway.ingest.charset import one_line
from gateway.message import Address

MAX_EVIDENCE = 20
MAX_WORD_CHARS = 120

_ABOUT = {
    "dmarc": ("header.from",),
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom",),
    "auth": ("smtp.auth",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the mail system proves the author, and on what that rests, in words."""

    verified: bool = False
    forged: bool = False  # somebody whom we trust says that From is not true
    evidence: tuple[str, ...] = ()  # "mx.example.com says dmarc=pass for example.com"


@dataclass(frozen=True, slots=True)
class Statement:
    """A result by somebody whom we trust. `sealed`: recorded before the mail came to us."""

    by: str
    result: Result
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """The author, and who stands in From; for most mails one and the same."""

    author: str  # as `identity` gives them
    in_from: str

    @classmethod
    def of(cls, author: Address, in_from: Address) -> "Named":
        return cls(identity(author), identity(in_from))

    @property
    def domain(self) -> str:
        return domain_of(self.author)

    @property
    def is_behind_list(self) -> bool:
        return self.author != self.in_from


def weigh(statements: Sequence[Statement], who: Named) -> Verdict:
    """The verdict. A trusted dmarc=fail outweighs every pass but that of a trusted chain: a
    list breaks signatures, and its seal says that they were whole (RFC 8617 section 7.2.1)."""
    evidence = tuple(filter(None, map(_in_words, statements)))[:MAX_EVIDENCE]
    if not who.author:
        return Verdict(evidence=(*evidence, "the author's address is none that could be proven"))
    by_seal = any(each.sealed and _proves(each.result, who) for each in statements)
    directly = any(not each.sealed and _proves(each.result, who) for each in statements)
    failed = any(_denies(each.result) for each in statements)
    verified = by_seal or (directly and not failed)
    if directly and failed and not by_seal:
        evidence += ("those whom we trust contradict each other",)
    return Verdict(verified=verified, forged=failed and not verified, evidence=evidence)


def _proves(result: Result, who: Named) -> bool:
    if result.result != "pass":
        return False
    about = domain_of(_about(result))
    if who.is_behind_list:
        lists = organisation(domain_of(who.in_from))
        is_apart = lists != organisation(who.domain)
        return is_apart and result.method == "dmarc" and about == who.domain
    match result.method:
        case "dmarc":
            return about == who.domain
        case "dkim" | "spf":
            return aligned(about, who.domain)
        case "auth":
            return identity(_about(result)) == who.author
    return False


def _denies(result: Result) -> bool:
    return result.method == "dmarc" and result.result == "fail"


def _about(result: Result) -> str:
    """The address or domain that was checked; "" where the field does not say. The first name
    that is there has the last word: where header.d says two things, header.i mends nothing."""
    there = {name for name, _ in result.properties}
    names = _ABOUT.get(result.method, ())
    return next((result.get(name) for name in names if name in there), "")


def _in_words(statement: Statement) -> str:
    result = statement.result
    if result.method not in _ABOUT:
        return ""
    about = _about(result)
    told = f"{statement.by} says {_word(result.method)}={_word(result.result)}"
    told += f" for {_word(about)}" if about else ""
    told += f" ({_word(result.reason)})" if result.reason else ""
    return f"{told}, sealed by ARC" if statement.sealed else told


def _word(text: str) -> str:
    """What a stranger may have chosen, so that it forges no second line."""
    clean = one_line(text.encode("utf-8", "replace").decode())
    return clean if len(clean) <= MAX_WORD_CHARS else f"{clean[:MAX_WORD_CHARS]}…"
