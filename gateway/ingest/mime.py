"""The MIME tree as what a person sees: sections of text, and attachments.

Decides which parts are the text (multipart/alternative, related and signed opened; RFC
2046 section 5.1); never descends into an attached message, which is one attachment.
Each part's bytes are decoded once, on the way through, and not kept: attachments are
found again by their number in document order.
"""

import mimetypes
import re
from dataclasses import dataclass, field
from email.generator import BytesGenerator
from email.message import Message as Tree
from hashlib import sha256
from io import BytesIO

from gateway.ingest.charset import clean, decode
from gateway.ingest.fields import parameters, text_of, unfolded
from gateway.ingest.unpack import tnef_files, uuencoded
from gateway.message import Attachment

MAX_PARTS = 1_000
MAX_DEPTH = 50
MAX_DECODED_BYTES = 200 * 2**20
MAX_REPORT_PARTS = 10
MAX_FILENAME = 200  # letters; most file systems end at 255 octets

Node = Tree  # a node of the tree that the standard library builds
Fields = tuple[tuple[str, str], ...]

_REPORTS = frozenset(
    ("message/delivery-status", "message/global-delivery-status", "message/feedback-report",
     "message/disposition-notification", "message/global-disposition-notification")
)  # fmt: skip
_RETURNED = frozenset(
    ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers")
)
# The few that are written without what follows or with it glued on are still plain to see.
_TYPE = re.compile(r"text/(?:plain|html)|[a-z0-9][\w.+!#$&^-]{0,80}/[a-z0-9][\w.+!#$&^-]{0,80}")
_TYPE_ALONE = {"html": "text/html", "multipart": "multipart/mixed"}
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

    @property
    def is_text(self) -> bool:
        return self.content_type.startswith("text/")


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
    walk.body.sections = walk.sections(tree, 0)
    walk.body.digest = walk.digest.hexdigest()
    return walk.body


class _Walk:
    """One pass: the body it fills, and the digest over every part's decoded bytes."""

    def __init__(self, body: Body, hint: str | None) -> None:
        self.body = body
        self.hint = hint
        self.digest = sha256()

    def sections(self, node: Node, depth: int) -> list[Section]:
        kind, given = _typed(node)
        if not (kind.startswith("multipart/") and node.is_multipart()):
            return self._part(node, kind, given)
        if depth >= MAX_DEPTH:
            self._defect(f"cut: more than {MAX_DEPTH} parts inside each other")
            return []
        children = [child for child in node.get_payload() if isinstance(child, Tree)]
        branches = [self.sections(child, depth + 1) for child in children]
        if kind == "multipart/alternative":
            return _chosen(branches)
        return [section for branch in branches for section in branch]

    def _part(self, node: Node, kind: str, given: dict[str, str]) -> list[Section]:
        if self.body.parts >= MAX_PARTS or self.body.decoded_bytes > MAX_DECODED_BYTES:
            self._defect(f"cut: more than {MAX_PARTS} parts or {MAX_DECODED_BYTES} bytes in them")
            return []
        part = _described(node, kind, given)
        data = content(node, kind)
        number = self._count(data, is_text=part.is_text)
        if kind in _REPORTS:
            self.body.reports.append((kind, _blocks(node, data)))
        if kind in _RETURNED and not self.body.returned:
            self.body.returned = _returned(node, data)
            self._report_inside(node)
        shown = kind in ("text/plain", "text/html") or kind.startswith("multipart/")
        if shown and part.disposition != "attachment" and not part.filename:
            return self._text(part, data)
        self._attach(part, node, data, number)
        return []

    def _report_inside(self, node: Node) -> None:
        """A scanner may have put a delivery report into a mail of its own: the facts are inside."""
        payload = node.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else None
        if not isinstance(inner, Tree) or inner.get_content_type() != "multipart/report":
            return
        for part in list(inner.walk())[:MAX_REPORT_PARTS]:
            kind, _ = _typed(part)
            if kind in _REPORTS:
                self.body.reports.append((kind, _blocks(part, content(part, kind))))
            elif kind in _RETURNED:
                self.body.returned = _returned(part, content(part, kind))
                break

    def _text(self, part: Part, data: bytes) -> list[Section]:
        text = clean(decode(data, part.parameters.get("charset"), hint=self.hint)[0])
        text = text.removeprefix("\ufeff")
        if part.content_type == "text/html":
            return [Section(html=text)]
        if part.parameters.get("format", "").lower() == "flowed":
            text = unflowed(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
        text, files = uuencoded(text)
        for name, inner in files:
            self._attach_bytes(name, "application/octet-stream", inner)
        return [Section(plain=text)]

    def _attach(self, part: Part, node: Node, data: bytes, number: int) -> None:
        self.body.attachments.append(
            Attachment(
                filename=part.filename or _made_up(node, part.content_type, number),
                content_type=part.content_type,
                size_bytes=len(data),
                inline=part.disposition == "inline" or bool(part.content_id),
                content_id=part.content_id,
                part=number,
            )
        )
        if part.content_type in _TNEF or part.filename.lower() == "winmail.dat":
            for name, inner in tnef_files(data):
                kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
                self._attach_bytes(name, kind, inner)

    def _attach_bytes(self, name: str, kind: str, data: bytes) -> None:
        number = self._count(b"")  # the bytes have been counted with what they came in
        if self.body.wanted == number:
            self.body.kept = data
        file = Attachment(
            filename=_short(name) or f"part-{number}.bin", content_type=kind, size_bytes=len(data),
            part=number,
        )  # fmt: skip
        self.body.attachments.append(file)

    def _count(self, data: bytes, *, is_text: bool = False) -> int:
        number = self.body.parts
        self.body.parts += 1
        self.body.decoded_bytes += len(data)
        if self.body.wanted == number:
            self.body.kept = data
        # line ends and blank lines at the end are the transport's, not the author's
        self.digest.update(data.replace(b"\r\n", b"\n").rstrip(b"\n") if is_text else data)
        return number

    def _defect(self, text: str) -> None:
        if text not in self.body.defects:
            self.body.defects.append(text)


def _typed(node: Node) -> tuple[str, dict[str, str]]:
    """RFC 2045 section 5.2: what says nothing readable is text/plain."""
    value = raw_field(node, "content-type")
    if value is None:
        return node.get_default_type(), {}
    kind, given = parameters(value)
    named = _TYPE.match(kind)
    kind = named[0] if named else _TYPE_ALONE.get(kind, "text/plain")
    return kind, given


def _described(node: Node, kind: str, given: dict[str, str]) -> Part:
    disposition, more = parameters(raw_field(node, "content-disposition") or "")
    return Part(
        content_type=kind,
        parameters=given,
        disposition=disposition,
        filename=_short(more.get("filename") or given.get("name", "")),
        content_id=text_of(raw_field(node, "content-id") or "").strip("<> "),
    )


def raw_field(node: Node, name: str) -> str | None:
    """First value of the field as on the wire, 8-bit bytes as surrogates."""
    return next((value for key, value in node.raw_items() if key.lower() == name), None)


def content(node: Node, kind: str) -> bytes:
    """The decoded bytes of a part; of an attached message, the message."""
    payload = node.get_payload()
    if isinstance(payload, list):
        if kind in _REPORTS:
            return b"\n".join(_flat(block) for block in payload if isinstance(block, Tree))
        return b"".join(_flat(inner) for inner in payload[:1] if isinstance(inner, Tree))
    try:
        data = node.get_payload(decode=True)
    except Exception:  # a transfer encoding that lies; what came is what there is
        data = None
    if isinstance(data, bytes):
        return data
    return str(payload or "").encode("utf-8", "surrogateescape")


def _flat(node: Node) -> bytes:
    out = BytesIO()
    try:
        BytesGenerator(out, mangle_from_=False, maxheaderlen=0).flatten(node)
    except Exception:  # 8-bit where none may be: the body alone
        return str(node.get_payload() or "").encode("utf-8", "surrogateescape")
    return out.getvalue()


def _blocks(node: Node, data: bytes) -> tuple[Fields, ...]:
    """The groups of fields of a report, RFC 3464 section 2.1, with or without MIME's help."""
    payload = node.get_payload()
    if isinstance(payload, list):
        inner = [block for block in payload if isinstance(block, Tree)]
        found = tuple(_raw_fields(block) for block in inner if block.keys())
        if found:
            return found
    return tuple(fields for fields in map(text_fields, data.split(b"\n\n")) if fields)


def header_fields(node: Node, hint: str | None = None) -> Fields:
    """All fields of a header block, names in lower case, values readable."""
    return tuple((name.lower(), text_of(value, hint)) for name, value in node.raw_items())


def _raw_fields(node: Node) -> Fields:
    """Fields of a report, their values as they are: RFC 3464 section 2.1.2 encodes no words."""
    return tuple((name.lower(), unfolded(value)) for name, value in node.raw_items())


def text_fields(block: bytes) -> Fields:
    """Header fields that came as text."""
    text = clean(decode(block, None)[0]).replace("\n ", " ").replace("\n\t", " ")
    pairs = (line.partition(":") for line in text.split("\n"))
    return tuple((name.strip().lower(), text_of(value)) for name, colon, value in pairs if colon)


def _returned(node: Node, data: bytes) -> Fields:
    payload = node.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Tree):
        fields = header_fields(payload[0])
        if fields:
            return fields
    return text_fields(data.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")[0])


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


def _made_up(node: Node, kind: str, number: int) -> str:
    if kind == "message/rfc822":
        payload = node.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else None
        subject = text_of(raw_field(inner, "subject") or "") if isinstance(inner, Tree) else ""
        return _short((subject.replace("/", "-") or f"part-{number}") + ".eml")
    return f"part-{number}{mimetypes.guess_extension(kind) or '.bin'}"


def unflowed(text: str, *, delsp: bool = False) -> str:
    """RFC 3676 section 4: lines that end in a space go on in the next of the same depth.

    >>> unflowed("A long \\nline.\\n> quoted \\n> too\\n-- \\nAnn")
    'A long line.\\n> quoted too\\n-- \\nAnn'
    """
    out: list[str] = []
    flowing: int | None = None
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare[1:] if bare.startswith(" ") else bare  # space-stuffing, section 4.4
        signature = bare == "-- "
        if flowing == depth and not signature:
            out[-1] += bare
        else:
            out.append((">" * depth + " " + bare if bare else ">" * depth) if depth else bare)
        soft = bare.endswith(" ") and not signature
        if soft and delsp:
            out[-1] = out[-1][:-1]
        flowing = depth if soft else None
    return "\n".join(out)
