"""The parts of a mail as a tree to look at: types, names, sizes, and what holds what.

Decides nothing about what the mail says; `mime` does. Never raises. The surprising fact: it
descends into attached mails, which are one attachment everywhere else, and it decodes each
leaf again, because it is made for a person who waits and not for the daemon.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.ingest import smime
from gateway.ingest.charset import one_line
from gateway.ingest.fields import parameters, text_of
from gateway.ingest.parse_limits import MAX_DEPTH, within_limits
from gateway.ingest.tree import Node, content, encoding_of, inner, raw_field, typed
from gateway.ingest.tree_builder import tree_of
from gateway.message import Attachment

MAX_OUTLINED = 200  # parts; a person reads no more, and the rest is counted
MAX_COUNTED = 50_000  # so far; a kilobyte each
MAX_WORD = 60  # letters of a charset or an encoding; none that is registered is longer
MAX_NAME = 200

_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,60}")
_SEALED = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_MAILS = frozenset(("message/rfc822", "message/global"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One part, and the parts in it. Every text is on one line and safe for a terminal.

    `number` counts as RFC 3501 section 6.4.5 does, "2.1", and is "" for the mail itself.
    `size_bytes` is decoded, without the headers of what is inside. `more` parts follow that
    are not outlined.
    """

    number: str
    content_type: str
    size_bytes: int = 0
    seal: str = ""  # signed, compressed, encrypted: S/MIME that was opened, or could not be
    filename: str = ""
    charset: str = ""
    encoding: str = ""
    disposition: str = ""
    content_id: str = ""
    subject: str = ""  # of an attached mail
    parts: tuple["Outline", ...] = ()
    more: int = 0


def outline(raw: bytes) -> Outline:
    """The mail and all that is in it; a bare leaf where no parser reads it. Never raises."""
    try:
        return _Walk().outlined(_tree(raw), "", 0)
    except Exception:
        return Outline(number="", content_type="(unreadable)", size_bytes=len(raw))


def part_bytes(raw: bytes, number: str) -> bytes | None:
    """The decoded bytes of the part with this number; of an attached mail, the mail.

    None where there is no such part, or it is nothing but parts. Never raises.
    """
    if not _NUMBER.fullmatch(number):
        return None
    try:
        node = _tree(raw)
        for step in map(int, number.split(".")):
            below = _opened(node)
            below = below or _unsealed(_opened_seal(node))
            if below:
                node = below[range(1, len(below) + 1).index(step)]
            elif number != "1":
                return None
        kind = typed(node)[0]
        return None if _is_branch(node, kind) else content(node, kind)
    except Exception:
        return None


class _Walk:
    """One pass in document order; `left` is how many parts may still be outlined."""

    def __init__(self) -> None:
        self.left = MAX_OUTLINED
        self.unsealed_bytes = 0

    def outlined(self, node: Node, number: str, depth: int) -> Outline:
        kind, given = typed(node)
        disposition, more = parameters(raw_field(node, "content-disposition") or "")
        seal = _opened_seal(node, self.unsealed_bytes)
        self.unsealed_bytes += len(seal.content) if seal else 0
        below = _opened(node) or _unsealed(seal)
        parts = self._below(below, number, depth + 1)
        return Outline(
            number=number or ("" if below else "1"),
            content_type=kind,
            size_bytes=sum(p.size_bytes for p in parts) if below else len(content(node, kind)),
            seal=str(seal.seal) if seal else "",
            filename=(more.get("filename") or given.get("name", ""))[:MAX_NAME],
            charset=given.get("charset", "")[:MAX_WORD],
            encoding=one_line(encoding_of(node))[:MAX_WORD],
            disposition=one_line(disposition)[:MAX_WORD],
            content_id=text_of(raw_field(node, "content-id") or "").strip("<> ")[:MAX_NAME],
            subject=_subject(node, kind),
            parts=parts,
            more=_count(below[len(parts) :]),
        )

    def _below(self, nodes: list[Node], number: str, depth: int) -> tuple[Outline, ...]:
        parts: list[Outline] = []
        for at, node in enumerate(nodes, start=1):
            if self.left <= 0 or depth > MAX_DEPTH:
                break
            self.left -= 1
            parts.append(self.outlined(node, f"{number}.{at}".lstrip("."), depth))
        return tuple(parts)


def _tree(raw: bytes) -> Node:
    return tree_of(within_limits(raw)[0], MAX_COUNTED)[0]


def _is_branch(node: Node, kind: str) -> bool:
    return kind.startswith("multipart/") and node.is_multipart()


def _opened(node: Node) -> list[Node]:
    """What is inside: of an attached mail, the parts of that mail. A report is a leaf."""
    kind = typed(node)[0]
    if _is_branch(node, kind):
        return inner(node)
    if kind not in _MAILS:
        return []
    mails = inner(node)
    if mails and _is_branch(mails[0], typed(mails[0])[0]):
        return inner(mails[0])
    return mails


def _opened_seal(node: Node, before_bytes: int = 0) -> smime.Opened | None:
    """Of an S/MIME part, what it is and its content; None for every other part."""
    kind, given = typed(node)
    if _is_branch(node, kind) or kind.startswith("text/"):
        return None
    named = parameters(raw_field(node, "content-disposition") or "")[1].get("filename", "")
    if kind not in _SEALED and not (named or given.get("name", "")).lower().endswith(".p7m"):
        return None
    return smime.opened(content(node, kind), inflated_before=before_bytes)


def _unsealed(seal: smime.Opened | None) -> list[Node]:
    """The one part that a seal was around; a file that somebody signed is no part."""
    if seal is None or not smime.is_entity(seal.content):
        return []
    return [_tree(seal.content)]


def _subject(node: Node, kind: str) -> str:
    """Of an attached mail."""
    mails = inner(node) if kind in _MAILS else []
    return text_of(raw_field(mails[0], "subject") or "")[:MAX_NAME] if mails else ""


def _count(nodes: Sequence[Node]) -> int:
    """All parts from here down; without recursion, however deep they are."""
    waiting, found = list(nodes), 0
    while waiting:
        found += 1
        waiting += _opened(waiting.pop())
    return found


def taken_out(mail: Outline, files: Sequence[Attachment]) -> dict[str, list[Attachment]]:
    """Of the mail's attachments those that are no part but were inside one, by its number.

    `mime` counts a part and at once what it takes out of it, so the numbers tell: an
    attachment that is not the next part came out of the one before.
    """
    leaves = _leaves(mail)
    found: dict[str, list[Attachment]] = {}
    at, counted = 0, 0
    for file in sorted(files, key=lambda each: each.part):
        at += file.part - counted  # what has no attachment between them is a part that is text
        counted = file.part + 1
        if at < len(leaves) and (leaves[at].content_type, True) == (
            file.content_type,
            leaves[at].size_bytes == file.size_bytes or bool(leaves[at].parts),
        ):
            at += 1
        elif leaves:
            found.setdefault(leaves[min(at, len(leaves)) - 1].number, []).append(file)
    return found


def _leaves(mail: Outline) -> list[Outline]:
    """The parts that `mime` counts: an attached mail is one."""
    if mail.content_type in _MAILS or not mail.parts:
        return [mail]
    return [leaf for part in mail.parts for leaf in _leaves(part)]
