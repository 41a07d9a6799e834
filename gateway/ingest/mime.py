"""The MIME tree as what a person sees: sections of text, and attachments.

Decides which parts are the text (multipart/alternative, related and signed opened; RFC
2046 section 5.1); never descends into an attached message, which is one attachment.
Each part's bytes are decoded once, on the way through, and not kept: attachments are
found again by their number in document order.
"""

import mimetypes
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice

from gateway.ingest.charset import clean, decode
from gateway.ingest.fields import parameters, text_of
from gateway.ingest.parse_limits import MAX_DEPTH
from gateway.ingest.tree import (
    REPORTS,
    RETURNED,
    Fields,
    Node,
    content,
    encoding_of,
    groups,
    inner,
    raw_field,
    returned_header,
    typed,
)
from gateway.ingest.unpack import tnef_files, uuencoded
from gateway.message import Attachment

MAX_PARTS = 1_000
MAX_DECODED_BYTES = 200 * 2**20
MAX_TEXT_BYTES = 8 * 2**20  # of one part; two million letters in any charset
MAX_REPORT_PARTS = 10
MAX_FILENAME = 200  # letters; most file systems end at 255 octets

_TNEF = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of the body: the same text in one or two forms."""

    plain: str | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part without parts: what its header says it is."""

    content_type: str
    parameters: dict[str, str]
    disposition: str
    filename: str
    content_id: str
    encoding: str

    @property
    def has_lines(self) -> bool:
        """Whether its line ends may have changed on the way; base64 carries them through."""
        return self.content_type.startswith("text/") or self.encoding != "base64"


@dataclass(slots=True)
class Body:
    """What a walk through the tree finds; `wanted` names the part whose bytes it keeps."""

    wanted: int | None = None
    kept: bytes = b""
    sections: list[Section] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reports: list[tuple[str, tuple[Fields, ...]]] = field(default_factory=list)
    returned: Fields = ()
    defects: list[str] = field(default_factory=list)
    parts: int = 0
    decoded_bytes: int = 0
    digest: str = ""


def read_body(tree: Node, *, hint: str | None = None, wanted: int | None = None) -> Body:
    """Everything in the tree, in one pass. Never raises for what a sender wrote."""
    walk = _Walk(Body(wanted=wanted), hint)
    walk.body.sections = walk.sections(tree, 0) or walk.only_named()
    walk.body.digest = walk.digest.hexdigest()
    return walk.body


class _Walk:
    """One pass: the body it fills, and the digest over every part's decoded bytes."""

    def __init__(self, body: Body, hint: str | None) -> None:
        self.body = body
        self.hint = hint
        self.digest = sha256()
        self.named: tuple[Part, bytes] | None = None  # the first text that has a file name

    def sections(self, node: Node, depth: int) -> list[Section]:
        kind, given = typed(node)
        if not (kind.startswith("multipart/") and node.is_multipart()):
            return self._part(node, kind, given)
        if depth >= MAX_DEPTH:
            self._defect(f"cut: more than {MAX_DEPTH} parts inside each other")
            return []
        branches = [self.sections(child, depth + 1) for child in inner(node)]
        if kind == "multipart/alternative":
            return _chosen(branches)
        return [section for branch in branches for section in branch]

    def _part(self, node: Node, kind: str, given: dict[str, str]) -> list[Section]:
        if self.body.parts >= MAX_PARTS or self.body.decoded_bytes > MAX_DECODED_BYTES:
            self._defect(f"cut: more than {MAX_PARTS} parts or {MAX_DECODED_BYTES} bytes in them")
            return []
        part = _described(node, kind, given)
        data = content(node, kind)
        number = self._count(data, has_lines=part.has_lines)
        if kind in REPORTS:
            self.body.reports.append((kind, groups(node, data)))
        if kind in RETURNED and not self.body.returned:
            self.body.returned = returned_header(node, data)
            self._report_inside(node)
        shown = kind in ("text/plain", "text/html") or kind.startswith("multipart/")
        if shown and part.disposition != "attachment":
            if not part.filename:
                return self._text(part, data)
            self.named = self.named or (part, data)
        self._attach(part, node, data, number)
        return []

    def only_named(self) -> list[Section]:
        """Some programs give the one text they send a file name: it is the text all the same."""
        return self._text(*self.named) if self.named else []

    def _report_inside(self, node: Node) -> None:
        """A scanner may have put a delivery report into a mail of its own: the facts are inside."""
        mail = next(iter(inner(node)), None)
        if mail is None or typed(mail)[0] != "multipart/report":
            return
        for part in islice(mail.walk(), MAX_REPORT_PARTS):
            kind, _ = typed(part)
            if kind in REPORTS:
                self.body.reports.append((kind, groups(part, content(part, kind))))
            elif kind in RETURNED:
                self.body.returned = returned_header(part, content(part, kind))
                break

    def _text(self, part: Part, data: bytes) -> list[Section]:
        if len(data) > MAX_TEXT_BYTES:
            self._defect(f"cut: text of {len(data)} bytes")
            data = _shortened(data)
        text = clean(decode(data, part.parameters.get("charset"), hint=self.hint)[0])
        text = text.removeprefix("\ufeff")
        if part.content_type == "text/html":
            return [Section(html=text)]
        if part.parameters.get("format", "").lower() == "flowed":
            text = unflowed(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
        text, files = uuencoded(text)
        for name, unpacked in files:
            self._attach_bytes(name, "application/octet-stream", unpacked)
        return [Section(plain=text)]

    def _attach(self, part: Part, node: Node, data: bytes, number: int) -> None:
        self.body.attachments.append(
            Attachment(
                filename=part.filename or _made_up(node, part, number),
                content_type=part.content_type,
                size_bytes=len(data),
                inline=part.disposition == "inline" or bool(part.content_id),
                content_id=part.content_id,
                part=number,
            )
        )
        if part.content_type in _TNEF or part.filename.lower() == "winmail.dat":
            for name, unpacked in tnef_files(data):
                kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
                self._attach_bytes(name, kind, unpacked)

    def _attach_bytes(self, name: str, kind: str, data: bytes) -> None:
        number = self._count(b"")  # the bytes have been counted with what they came in
        if self.body.wanted == number:
            self.body.kept = data
        file = Attachment(
            filename=_short(name) or f"part-{number}.bin", content_type=kind, size_bytes=len(data),
            part=number,
        )  # fmt: skip
        self.body.attachments.append(file)

    def _count(self, data: bytes, *, has_lines: bool = False) -> int:
        number = self.body.parts
        self.body.parts += 1
        self.body.decoded_bytes += len(data)
        if self.body.wanted == number:
            self.body.kept = data
        # line ends and blank lines at the end are the transport's, not the author's
        self.digest.update(data.replace(b"\r\n", b"\n").rstrip(b"\n") if has_lines else data)
        return number

    def _defect(self, text: str) -> None:
        if text not in self.body.defects:
            self.body.defects.append(text)


def _shortened(data: bytes) -> bytes:
    """As much as is read of a text, to the end of a line or at least of a letter."""
    at = data.rfind(b"\n", MAX_TEXT_BYTES // 2, MAX_TEXT_BYTES)
    if at < 0:
        at = MAX_TEXT_BYTES
        while at > MAX_TEXT_BYTES - 4 and data[at] & 0xC0 == 0x80:  # inside of a UTF-8 letter
            at -= 1
    return data[:at]


def _described(node: Node, kind: str, given: dict[str, str]) -> Part:
    disposition, more = parameters(raw_field(node, "content-disposition") or "")
    return Part(
        content_type=kind,
        parameters=given,
        disposition=disposition,
        filename=_short(more.get("filename") or given.get("name", "")),
        content_id=text_of(raw_field(node, "content-id") or "").strip("<> "),
        encoding=encoding_of(node),
    )


def _chosen(branches: list[list[Section]]) -> list[Section]:
    """RFC 2046 section 5.1.4: the last is the best form; the first plain one is its text."""
    plain = next((b for b in branches if any((s.plain or "").strip() for s in b)), [])
    rich = next((b for b in reversed(branches) if any((s.html or "").strip() for s in b)), [])
    if plain is rich or not rich:
        return plain or rich
    html = "\n".join(section.html for section in rich if section.html)
    text = "\n".join(section.plain for section in plain if section.plain) if plain else None
    return [Section(plain=text, html=html)]


def _short(name: str) -> str:
    """A name without folders: some user agents send the whole path of the file."""
    name = name.replace("\\", "/").rpartition("/")[2].strip()
    stem, dot, extension = name.rpartition(".")
    if len(name) > MAX_FILENAME and dot and len(extension) < 20:
        return stem[: MAX_FILENAME - len(extension) - 1] + dot + extension
    return name[:MAX_FILENAME]


def _made_up(node: Node, part: Part, number: int) -> str:
    """A name for a part without one that says what it is, and stays the same."""
    if part.content_type == "message/rfc822":
        subject = next((text_of(raw_field(mail, "subject") or "") for mail in inner(node)), "")
        return _short((subject.replace("/", "-") or f"part-{number}") + ".eml")
    if part.content_type == "text/calendar" and "method" in part.parameters:
        return f"{_short(part.parameters['method'].lower())}.ics"  # request, reply, cancel
    return f"part-{number}{mimetypes.guess_extension(part.content_type) or '.bin'}"


def unflowed(text: str, *, delsp: bool = False) -> str:
    """RFC 3676 section 4: lines that end in a space go on in the next of the same depth.

    >>> unflowed("A long \\nline.\\n> quoted \\n> too\\n-- \\nAnn")
    'A long line.\\n> quoted too\\n-- \\nAnn'
    """
    out: list[list[str]] = []
    flowing: int | None = None
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare[1:] if bare.startswith(" ") else bare  # space-stuffing, section 4.4
        soft = bare.endswith(" ") and bare != "-- "
        shown = bare[:-1] if soft and delsp else bare
        if flowing == depth and bare != "-- ":
            out[-1].append(shown)
        else:
            out.append([">" * depth + (" " if depth and bare else ""), shown])
        flowing = depth if soft else None
    return "\n".join("".join(pieces) for pieces in out)
