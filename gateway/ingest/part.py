"""What the header of one part says: its type, what it is for, its name.

Decides the name of a part that has none: it says what the part is, and stays the same
each time the mail is read. Never looks at the bytes of a part. The surprising fact: the
parts that most need a name (reports, signatures, attached mails) seldom have one.
"""

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.ingest.fields import parameters, text_of
from gateway.ingest.tree import Node, encoding_of, inner, raw_field
from gateway.message import Protection

MAX_FILENAME = 200  # letters; most file systems end at 255 octets

SMIME = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
SMIME_SIGNATURES = frozenset(("application/pkcs7-signature", "application/x-pkcs7-signature"))
TNEF = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
CALENDARS = frozenset(("text/calendar", "application/ics", "text/x-vcalendar"))
PGP_SIGNATURE = "application/pgp-signature"
PGP_ENCRYPTED = "application/pgp-encrypted"  # RFC 3156 section 4: says "Version: 1", no more

_APPLEDOUBLE = b"\x00\x05\x16\x07"  # RFC 1740 section 5: the other part is the file
_SIGNATURE_NAME = re.compile(r"(?:|.*\.(?:p7s|asc|sig|pgp))", re.IGNORECASE)


def is_technical(part: "Part", data: bytes) -> bool:
    """Whether nobody opens it. The type alone says nothing: an invoice may come under that of a
    signature, and must be seen."""
    kind = part.content_type
    if kind == "application/applefile":
        return data.startswith(_APPLEDOUBLE)
    if kind == PGP_ENCRYPTED:
        return data.lstrip().lower().startswith(b"version")
    is_signature = kind == PGP_SIGNATURE or kind in SMIME_SIGNATURES
    return is_signature and bool(_SIGNATURE_NAME.fullmatch(part.filename))


_NAMES = {
    "message/delivery-status": "delivery-status.txt",
    "message/global-delivery-status": "delivery-status.txt",
    "message/feedback-report": "feedback-report.txt",
    "message/disposition-notification": "read-receipt.txt",
    "message/global-disposition-notification": "read-receipt.txt",
    "text/rfc822-headers": "headers.txt",
    "message/rfc822-headers": "headers.txt",
    "message/global-headers": "headers.txt",
    "message/external-body": "external-body.txt",
    PGP_SIGNATURE: "signature.asc",
    PGP_ENCRYPTED: "version.txt",
    "application/pgp-keys": "public-key.asc",
    **dict.fromkeys(SMIME_SIGNATURES, "smime.p7s"),
    **dict.fromkeys(SMIME, "smime.p7m"),
    **dict.fromkeys(TNEF, "winmail.dat"),
}


_SLASH = re.compile(r"[/\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part without parts: what its header says it is."""

    content_type: str
    parameters: Mapping[str, str]
    disposition: str
    filename: str
    content_id: str
    encoding: str

    @property
    def has_lines(self) -> bool:
        """Whether its line ends may have changed on the way; base64 carries them through."""
        return self.content_type.startswith("text/") or self.encoding != "base64"

    @property
    def is_tnef(self) -> bool:
        return self.content_type in TNEF or self.filename.lower() == "winmail.dat"

    @property
    def is_smime(self) -> bool:
        """RFC 8551 section 3.2.1: a gateway may have left nothing but the name."""
        named = self.content_type == "application/octet-stream"
        return self.content_type in SMIME or (
            named and self.filename.lower().endswith((".p7m", ".p7z"))
        )

    @property
    def is_calendar(self) -> bool:
        named = self.content_type == "application/octet-stream"
        return self.content_type in CALENDARS or (named and self.filename.lower().endswith(".ics"))


def described(node: Node, kind: str, given: Mapping[str, str]) -> Part:
    disposition, more = parameters(raw_field(node, "content-disposition") or "")
    return Part(
        content_type=kind,
        parameters=given,
        disposition=disposition,
        filename=short_name(more.get("filename") or given.get("name", "")),
        content_id=text_of(raw_field(node, "content-id") or "").strip("<> "),
        encoding=encoding_of(node),
    )


def protection_of(part: Part) -> Protection | None:
    """What a signature part says of the mail it is in: RFC 1847 section 2.1."""
    if part.content_type == PGP_SIGNATURE:
        return Protection.PGP_SIGNED
    return Protection.SMIME_SIGNED if part.content_type in SMIME_SIGNATURES else None


def short_name(name: str) -> str:
    """A name without folders: some user agents send the whole path of the file.

    >>> short_name("C:\\\\Documents\\\\a.pdf"), short_name("../../etc/passwd")
    ('a.pdf', 'passwd')
    """
    name = name.replace("\\", "/").rpartition("/")[2].strip()
    stem, dot, extension = name.rpartition(".")
    if len(name) > MAX_FILENAME and dot and len(extension) < 20:
        return stem[: MAX_FILENAME - len(extension) - 1] + dot + extension
    return name[:MAX_FILENAME]


def made_up_name(node: Node, part: Part, number: int) -> str:
    """A name for a part without one that says what it is, and stays the same."""
    kind, given = part.content_type, part.parameters
    if kind in ("message/rfc822", "message/global"):
        subject = next((text_of(raw_field(mail, "subject") or "") for mail in inner(node)), "")
        return short_name((_SLASH.sub("-", subject) or f"part-{number}") + ".eml")
    if kind == "text/calendar" and "method" in given:
        return f"{short_name(given['method'].lower())}.ics"  # request, reply, cancel
    if kind == "message/partial" and given.get("number", "").isdecimal():
        return short_name(f"partial-{given['number']}-of-{given.get('total', 'many')}.eml")
    made_up = f"part-{number}{mimetypes.guess_extension(kind) or '.bin'}"
    return _NAMES.get(kind, made_up)
