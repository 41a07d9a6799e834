"""The MIME tree as what a person sees: sections of text, and attachments.

Decides which parts are the text (multipart/alternative, related and signed opened; RFC
2046 section 5.1); never descends into an attached message, which is one attachment.
Each part's bytes are decoded once, on the way through, and kept of attachments alone, up to a
limit: others are found again by their number in document order, and what lies inside of a part
(S/MIME, winmail.dat, uuencode) has the numbers behind that of the part.
"""

import mimetypes
from collections.abc import Collection, Mapping
from dataclasses import replace
from hashlib import sha256
from itertools import islice

from gateway.ingest import pgp, smime
from gateway.ingest.body import Body, Section, chosen
from gateway.ingest.charset import clean, decode, flat
from gateway.ingest.fields import text_of
from gateway.ingest.flowed import unflowed
from gateway.ingest.inline import with_inline
from gateway.ingest.parse_limits import MAX_DEPTH, within_limits
from gateway.ingest.part import (
    PGP_ENCRYPTED,
    TNEF,
    Part,
    described,
    is_technical,
    made_up_name,
    protection_of,
    short_name,
)
from gateway.ingest.tnef import unpacked
from gateway.ingest.tree import (
    REPORTS,
    RETURNED,
    Node,
    content,
    groups,
    inner,
    raw_field,
    returned_header,
    typed,
)
from gateway.ingest.tree_builder import tree_of
from gateway.ingest.unpack import uuencoded
from gateway.message import Attachment, Protection

__all__ = ["Body", "Section", "read_body"]

MAX_PARTS = 1_000
MAX_DECODED_BYTES = 200 * 2**20
MAX_TEXT_BYTES = 8 * 2**20  # of one part; two million letters in any charset
MAX_REPORT_PARTS = 10
MAX_SMIME_LAYERS = 3  # RFC 2634 section 1.1: triple wrapping is the most that is in use
MAX_NESTED_SMIME_BYTES = 2 * 2**20  # in the inner ones of them: each is held while it is read

_NOTICE = (
    "[This mail is encrypted with {} and cannot be read here. "
    "Please send it again without encryption.]"
)
SMIME_NOTICE, PGP_NOTICE = _NOTICE.format("S/MIME"), _NOTICE.format("OpenPGP")


def read_body(
    tree: Node, *, hint: str | None = None, wanted: Collection[int] = (), room: int = 0
) -> Body:
    """Everything in the tree, in one pass. Never raises for what a sender wrote."""
    walk = _Walk(Body(wanted=wanted, room=room), hint)
    body = walk.body
    body.sections = walk.sections(tree, 0) or walk.only_named()
    if walk.hidden and all(section.is_blank for section in body.sections):
        body.sections = [walk.hidden]
    elif walk.hidden and not walk.hidden.is_told_in(body.sections):
        body.attachments = [
            replace(file, technical=file.technical and file.content_type not in TNEF)
            for file in body.attachments
        ]
    body.attachments = with_inline(
        body.attachments, walk.locations, [s.html for s in body.sections if s.html]
    )
    body.digest = walk.digest.hexdigest()
    return body


class _Walk:
    """One pass: the body it fills, and the digest over every part's decoded bytes."""

    def __init__(self, body: Body, hint: str | None) -> None:
        self.body = body
        self.hint = hint
        self.digest = sha256()
        self.named: tuple[Part, bytes] | None = None  # the first text that has a file name
        self.hidden: Section | None = None  # the text inside of a winmail.dat
        self.locations: dict[int, str] = {}  # Content-Location of attachments, by part
        self.layers = 0
        self.nested_bytes = 0  # of S/MIME inside of S/MIME
        self.inflated_bytes = 0

    def sections(self, node: Node, depth: int) -> list[Section]:
        kind, given = typed(node)
        if not (kind.startswith("multipart/") and node.is_multipart()):
            return self._part(node, kind, given, depth)
        if depth >= MAX_DEPTH:
            self._defect(f"cut: more than {MAX_DEPTH} parts inside each other")
            return []
        branches = [self.sections(child, depth + 1) for child in inner(node)]
        if kind == "multipart/alternative":
            return chosen(branches)
        found = [section for branch in branches for section in branch]
        if kind == "multipart/encrypted" and not self.body.protection:
            return [self._encrypted(Protection.PGP_ENCRYPTED, PGP_NOTICE), *found]
        return found

    def _part(self, node: Node, kind: str, given: Mapping[str, str], depth: int) -> list[Section]:
        if self.body.parts >= MAX_PARTS or self.body.decoded_bytes > MAX_DECODED_BYTES:
            self._defect(f"cut: more than {MAX_PARTS} parts or {MAX_DECODED_BYTES} bytes in them")
            return []
        part = described(node, kind, given)
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
        if part.is_smime:
            return self._smime(part, node, data, number, depth)
        if part.is_tnef:
            self._tnef(part, node, data, number)
            return []
        self._attach(part, node, data, number)
        if part.is_calendar and not self.body.calendar:
            self.body.calendar = (part, data)
        if kind == PGP_ENCRYPTED:
            return [self._encrypted(Protection.PGP_ENCRYPTED, PGP_NOTICE)]
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
        text = decode(data, part.parameters.get("charset"), hint=self.hint)[0]
        if part.content_type == "text/html":
            return [Section(html=clean(flat(text)).removeprefix("\ufeff"))]
        text = clean(text).removeprefix("\ufeff")
        if part.parameters.get("format", "").lower() == "flowed":
            text = unflowed(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
        if pgp.has_armour(text):
            text = self._without_armour(text)
        text, files, cut = uuencoded(text)
        if cut:
            self._defect(cut)
        for name, taken_out in files:
            self._attach_bytes(name, "application/octet-stream", taken_out)
        return [Section(plain=text)]

    def _without_armour(self, text: str) -> str:
        found = pgp.peeled(text, PGP_NOTICE)
        if found.cut:
            self._defect(found.cut)
        if found.signed:
            self.body.protection = self.body.protection or Protection.PGP_SIGNED
        for block in found.encrypted:
            self.body.protection = Protection.PGP_ENCRYPTED
            self._attach_bytes("encrypted.asc", "application/octet-stream", block.encode())
        return found.text

    def _encrypted(self, protection: Protection, notice: str) -> Section:
        self.body.protection = protection
        return Section(plain=notice)

    def _smime(self, part: Part, node: Node, data: bytes, number: int, depth: int) -> list[Section]:
        """What lies in a p7m, in its place: a mail's content, or a file that somebody signed."""
        found = smime.opened(data, inflated_before=self.inflated_bytes)
        is_mail = found is not None and smime.is_entity(found.content)
        if found and self.layers:
            self.nested_bytes += len(found.content)
        too_deep = (
            self.layers >= MAX_SMIME_LAYERS
            or depth >= MAX_DEPTH
            or self.nested_bytes > MAX_NESTED_SMIME_BYTES
        )
        is_read = is_mail and not too_deep and not (found and found.cut)
        self._attach(part, node, data, number, technical=is_read)
        if found is None:
            return []
        if found.cut:
            self._defect(found.cut)
        if found.seal is smime.Seal.ENCRYPTED:
            return [self._encrypted(Protection.SMIME_ENCRYPTED, SMIME_NOTICE)]
        if found.seal is smime.Seal.COMPRESSED:
            self.inflated_bytes += len(found.content)
        if is_mail:
            if found.seal is smime.Seal.SIGNED:
                self.body.protection = self.body.protection or Protection.SMIME_SIGNED
            if not too_deep:
                return self._layer(found.content, depth)
            more = f"{MAX_SMIME_LAYERS} layers or {MAX_NESTED_SMIME_BYTES} bytes"
            self._defect(f"cut: more than {more} of S/MIME inside of S/MIME")
            return []
        if found.content:
            self._attach_guessed(part.filename.rpartition(".")[0], found.content)
        return []

    def _layer(self, mail: bytes, depth: int) -> list[Section]:
        self.layers += 1
        mail, cut = within_limits(mail)
        node, more = tree_of(mail)
        self.body.defects.extend(cut + more)
        if typed(node)[0] == "message/rfc822":  # RFC 8551 section 3.1: its header is signed, too
            node = next(iter(inner(node)), node)
        found = self.sections(node, depth + 1)
        self.layers -= 1
        return found

    def _tnef(self, part: Part, node: Node, data: bytes, number: int) -> None:
        found = unpacked(data, with_text=self.hidden is None)
        if found.cut:
            self._defect(found.cut)
        self._attach(part, node, data, number, technical=found.is_whole)
        for name, file in found.files:
            self._attach_guessed(name, file)
        if found.text.strip() or found.html.strip():
            self.hidden = self.hidden or Section(found.text or None, found.html or None)

    def _attach(
        self, part: Part, node: Node, data: bytes, number: int, *, technical: bool = False
    ) -> None:
        location = raw_field(node, "content-location")
        if location:
            self.locations[number] = text_of(location)
        self.body.protection = self.body.protection or protection_of(part)
        self.body.keep(number, data)
        self.body.attachments.append(
            Attachment(
                filename=part.filename or made_up_name(node, part, number),
                content_type=part.content_type,
                size_bytes=len(data),
                content_id=part.content_id,
                part=number,
                technical=technical or is_technical(part, data),
            )
        )

    def _attach_guessed(self, name: str, data: bytes) -> None:
        self._attach_bytes(name, mimetypes.guess_type(name)[0] or "application/octet-stream", data)

    def _attach_bytes(self, name: str, kind: str, data: bytes) -> None:
        number = self._count(b"")  # the bytes have been counted with what they came in
        self.body.keep(number, data)
        name = short_name(name) or f"part-{number}.bin"
        file = Attachment(filename=name, content_type=kind, size_bytes=len(data), part=number)
        self.body.attachments.append(file)

    def _count(self, data: bytes, *, has_lines: bool = False) -> int:
        number = self.body.parts
        self.body.parts += 1
        self.body.decoded_bytes += len(data)
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
