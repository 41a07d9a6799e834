"""Who may add to a ticket: one table of (evidence, who writes, how well they are proven).

Evidence proves the ticket, never the person. The surprising row is the claim: a participant
whom nothing proves is neither believed nor turned away, but asked at the address on file.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from gateway.ingest.trust import Proof
from gateway.threading.match import Evidence


class Role(StrEnum):
    """What somebody is to a ticket."""

    REQUESTER = "requester"
    WATCHER = "watcher"
    AGENT = "agent"
    COLLEAGUE = "colleague"  # an agent of another queue, where this one is open to them
    STRANGER = "stranger"
    MACHINE = "machine"  # whatever its From: a bounce, a vacation notice, a read receipt


class Admission(IntEnum):
    """What becomes of the mail; the more, the higher."""

    OPEN = 1
    FILE = 2
    HOLD = 3
    NOTE = 4
    MARK = 5
    JOIN = 6

    @property
    def joins(self) -> bool:
        return self >= Admission.NOTE


MEANING = {
    Admission.OPEN: "opens a ticket of its own, linked to this one, which is left alone",
    Admission.FILE: "is kept inside the ticket; nobody is told, nothing is reopened",
    Admission.HOLD: "waits; its author is asked at the address on file whether it was they",
    Admission.NOTE: "becomes a note, which only agents see",
    Admission.MARK: "joins, with the mark that nothing but its reply address proves it",
    Admission.JOIN: "joins",
}

_OPEN, _FILE, _HOLD = Admission.OPEN, Admission.FILE, Admission.HOLD
_NOTE, _MARK, _JOIN = Admission.NOTE, Admission.MARK, Admission.JOIN

_ADDRESS, _ISSUED = Evidence.SIGNED_ADDRESS, Evidence.ISSUED_MESSAGE_ID
_STORED, _TAG = Evidence.STORED_MESSAGE_ID, Evidence.SUBJECT_TAG
_PARTNER = Evidence.PARTNER_NUMBER

PROOFS = (Proof.VERIFIED, Proof.TOKEN, Proof.CLAIMED)

#   evidence   who              verified  token    claimed
TABLE: dict[tuple[Evidence, Role], tuple[Admission, Admission, Admission]] = {
    (_ADDRESS, Role.REQUESTER): (_JOIN,   _MARK,   _HOLD),
    (_ADDRESS, Role.WATCHER):   (_JOIN,   _MARK,   _HOLD),
    (_ADDRESS, Role.AGENT):     (_JOIN,   _MARK,   _HOLD),
    (_ADDRESS, Role.COLLEAGUE): (_NOTE,   _NOTE,   _HOLD),
    (_ADDRESS, Role.STRANGER):  (_OPEN,   _OPEN,   _OPEN),
    (_ADDRESS, Role.MACHINE):   (_FILE,   _FILE,   _FILE),
    (_ISSUED,  Role.REQUESTER): (_JOIN,   _MARK,   _HOLD),
    (_ISSUED,  Role.WATCHER):   (_JOIN,   _MARK,   _HOLD),
    (_ISSUED,  Role.AGENT):     (_NOTE,   _NOTE,   _HOLD),
    (_ISSUED,  Role.COLLEAGUE): (_NOTE,   _NOTE,   _HOLD),
    (_ISSUED,  Role.STRANGER):  (_OPEN,   _OPEN,   _OPEN),
    (_ISSUED,  Role.MACHINE):   (_FILE,   _FILE,   _FILE),
    (_STORED,  Role.REQUESTER): (_JOIN,   _HOLD,   _HOLD),
    (_STORED,  Role.WATCHER):   (_JOIN,   _HOLD,   _HOLD),
    (_STORED,  Role.AGENT):     (_NOTE,   _HOLD,   _HOLD),
    (_STORED,  Role.COLLEAGUE): (_NOTE,   _HOLD,   _HOLD),
    (_STORED,  Role.STRANGER):  (_OPEN,   _OPEN,   _OPEN),
    (_STORED,  Role.MACHINE):   (_FILE,   _FILE,   _FILE),
    (_TAG,     Role.REQUESTER): (_JOIN,   _HOLD,   _HOLD),
    (_TAG,     Role.WATCHER):   (_JOIN,   _HOLD,   _HOLD),
    (_TAG,     Role.AGENT):     (_NOTE,   _HOLD,   _HOLD),
    (_TAG,     Role.COLLEAGUE): (_NOTE,   _HOLD,   _HOLD),
    (_TAG,     Role.STRANGER):  (_OPEN,   _OPEN,   _OPEN),
    (_TAG,     Role.MACHINE):   (_FILE,   _FILE,   _FILE),
    (_PARTNER, Role.REQUESTER): (_JOIN,   _HOLD,   _HOLD),
    (_PARTNER, Role.WATCHER):   (_JOIN,   _HOLD,   _HOLD),
    (_PARTNER, Role.AGENT):     (_NOTE,   _HOLD,   _HOLD),
    (_PARTNER, Role.COLLEAGUE): (_NOTE,   _HOLD,   _HOLD),
    (_PARTNER, Role.STRANGER):  (_OPEN,   _OPEN,   _OPEN),
    (_PARTNER, Role.MACHINE):   (_FILE,   _FILE,   _FILE),
}  # fmt: skip
"""A signed address is evidence of the first kind only where it is valid and the author's own
(and a signed Message-ID is, where the mailbox has no such addresses): made for somebody else,
or expired, it counts like a Message-ID of ours. An agent's plain reply does what the address
it came to says; without one of their own it is a note, however well they are proven.
"""


class Grant(StrEnum):
    """That somebody has let a held mail in."""

    NOBODY = ""
    AUTHOR = "author"  # said yes, by a reply to a one-time mail of ours
    APART = "apart"  # its author said that it is a matter of its own
    PERSON = "person"  # an agent or the admin released it


@dataclass(frozen=True, slots=True)
class Policy:
    """What a mailbox asks for: the least proof that counts, of agents and of the others."""

    agents: Proof
    participants: Proof

    def counts(self, role: Role, proof: Proof) -> Proof:
        """The proof as this mailbox takes it: one that is not enough is no more than a claim.

        >>> strict = Policy(agents=Proof.VERIFIED, participants=Proof.TOKEN)
        >>> strict.counts(Role.AGENT, Proof.TOKEN), strict.counts(Role.REQUESTER, Proof.TOKEN)
        (<Proof.CLAIMED: 'claimed'>, <Proof.TOKEN: 'token'>)
        """
        needed = self.agents if role in (Role.AGENT, Role.COLLEAGUE) else self.participants
        return proof if PROOFS.index(proof) <= PROOFS.index(needed) else Proof.CLAIMED

    def believes_claims_of(self, role: Role) -> bool:
        """Whether the admin has chosen to believe a From: alone. Of agents nobody can."""
        return role in (Role.REQUESTER, Role.WATCHER) and self.participants is Proof.CLAIMED


def admit(evidence: Evidence, role: Role, proof: Proof, grant: Grant = Grant.NOBODY) -> Admission:
    """What becomes of a mail with this evidence of a ticket.

    A yes of its author counts like a verified mail to their own address (but says nothing of what
    an agent was told that a plain reply does); whom an agent lets in joins with a mark. Neither
    makes a participant of a stranger.

    >>> admit(Evidence.SUBJECT_TAG, Role.REQUESTER, Proof.CLAIMED).name
    'HOLD'
    >>> admit(Evidence.SUBJECT_TAG, Role.REQUESTER, Proof.CLAIMED, Grant.AUTHOR).name
    'JOIN'
    """
    if grant is Grant.AUTHOR:
        evidence, proof = Evidence.SIGNED_ADDRESS, Proof.VERIFIED
    admitted = TABLE[evidence, role][PROOFS.index(proof)]
    if grant is Grant.PERSON and admitted is Admission.HOLD:
        return Admission.NOTE if role in (Role.AGENT, Role.COLLEAGUE) else Admission.MARK
    return admitted
