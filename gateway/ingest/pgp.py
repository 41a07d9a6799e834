"""OpenPGP in the text of a mail (RFC 4880 section 6.2): armour taken off, ciphertext named.

Decides which lines are armour. Never verifies and never decrypts. The surprising fact: a
line of a signed text that begins with a dash comes with "- " in front (section 7.1), which
makes every signature separator and every list of dashes look wrong.
"""

import re
from dataclasses import dataclass

MAX_BLOCKS = 20  # of one text

_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "\n-----BEGIN PGP SIGNATURE-----"
_SIGNATURE_END = "\n-----END PGP SIGNATURE-----"
_CRYPTED = "-----BEGIN PGP MESSAGE-----"
_CRYPTED_END = "\n-----END PGP MESSAGE-----"
_BEGIN = re.compile(r"^-----BEGIN PGP (?:SIGNED )?MESSAGE-----[ \t]*$", re.MULTILINE)
_HEADERS = re.compile(r"(?:\n[A-Za-z]{1,30}:[^\n]*)*\n[ \t]*\n")  # Hash: SHA256
_DASH = re.compile(r"^- ", re.MULTILINE)


def has_armour(text: str) -> bool:
    """A quick look that costs nothing where there is none."""
    return "-----BEGIN PGP " in text


@dataclass(frozen=True, slots=True)
class Peeled:
    """A text without armour, whether some of it was signed, and the encrypted blocks."""

    text: str
    signed: bool = False
    encrypted: tuple[str, ...] = ()
    cut: str = ""


def peeled(text: str, notice: str) -> Peeled:
    """The text without armour; for each encrypted block there stands `notice`.

    >>> peeled("-----BEGIN PGP SIGNED MESSAGE-----\\nHash: SHA1\\n\\nHi\\n- -- \\nAnn\\n"
    ...        "-----BEGIN PGP SIGNATURE-----\\n\\nx\\n-----END PGP SIGNATURE-----\\n", "").text
    'Hi\\n-- \\nAnn\\n'
    """
    kept: list[str] = []
    blocks: list[str] = []
    at, signed, cut = 0, False, ""
    for tried, begin in enumerate(_BEGIN.finditer(text)):
        if tried >= MAX_BLOCKS:
            cut = f"cut: more than {MAX_BLOCKS} blocks of OpenPGP"
            break
        if begin.start() < at:
            continue
        end = _CRYPTED_END if begin[0].startswith(_CRYPTED) else _SIGNATURE_END
        stop = text.find(end, begin.end())
        inside = None if stop < 0 else _inside(text, begin, stop, notice)
        if inside is None:
            continue
        stop += len(end)
        if begin[0].startswith(_CRYPTED):
            blocks.append(text[begin.start() : stop] + "\n")
        signed = signed or begin[0].startswith(_SIGNED)
        kept += [text[at : begin.start()], inside]
        at = stop
    return Peeled("".join(kept) + text[at:], signed, tuple(blocks), cut)


def _inside(text: str, begin: re.Match[str], stop: int, notice: str) -> str | None:
    if begin[0].startswith(_CRYPTED):
        return notice
    headers = _HEADERS.match(text, begin.end())
    if not headers:
        return None
    signature = text.find(_SIGNATURE, headers.end() - 1, stop)
    return None if signature < 0 else _DASH.sub("", text[headers.end() : signature])
