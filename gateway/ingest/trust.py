"""How well is the author proven? A closed ladder; a peer's address is never proof.

`From:` is free text. It proves somebody only together with something that was given
to them alone, or that somebody we trust has checked.
"""

from email.utils import getaddresses
from enum import StrEnum

from gateway.message import Address, Message
from gateway.threading.tag import Signed


class Proof(StrEnum):
    """Strongest first."""

    VERIFIED = "verified"  # by a server we trust, or our own check
    TOKEN = "token"  # noqa: S105 - From is the person the unexpired signature was made for
    CLAIMED = "claimed"  # nothing but the From: itself


def prove(
    message: Message, author: Address, signed: Signed | None, made_for: Address | None
) -> Proof:
    """The proof of `author` (as the directory knows them) for this mail.

    A mail with several From fields proves nobody: RFC 5322 section 3.6 allows one, and
    programs differ in which they show.
    """
    if not _names_one(message) or signed is None or signed.expired:
        return Proof.CLAIMED
    return Proof.TOKEN if made_for and made_for.key == author.key else Proof.CLAIMED


def _names_one(message: Message) -> bool:
    """RFC 5322 section 3.6.2 allows several authors in one field; then it could be any of them."""
    fields = message.all_headers("from")
    return len(fields) == 1 and sum("@" in address for _, address in getaddresses(fields)) == 1
