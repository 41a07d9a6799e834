"""Files inside of a text: uuencode.

Takes out what a person would want to open; never raises, and a file it cannot read stays
in the text.
"""

import binascii
import re

from gateway.ingest.charset import one_line

MAX_FILES = 200  # taken out of one part

_BEGIN = re.compile(r"^begin(?:-base64)? [0-7]{3,4} ([^\n]{1,200})$", re.MULTILINE)


def uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]], str]:
    """The text without its uuencoded files, the files as (name, bytes), and what was cut.

    >>> uuencoded("Hi\\nbegin 644 a.txt\\n#0V%T\\n`\\nend\\nBye")
    ('Hi\\nBye', [('a.txt', b'Cat')], '')
    """
    if "begin" not in text:  # a search for heads of lines takes longer
        return text, [], ""
    files: list[tuple[str, bytes]] = []
    kept: list[str] = []
    cut, at = "", 0
    for tried, match in enumerate(_BEGIN.finditer(text)):
        if tried >= MAX_FILES:
            cut = f"cut: more than {MAX_FILES} uuencoded files"
            break  # each try may read all that is left: many would take a long time
        if match.start() < at:
            continue
        stop = text.find("\nend", match.end())
        if stop < 0:
            break  # none further on has an end either
        data = _uudecoded(text[match.end() + 1 : stop])
        if data is None:
            continue
        files.append((one_line(match[1]), data))
        kept.append(text[at : match.start()])
        at = min(stop + 5, len(text))
    return "".join(kept) + text[at:], files, cut


def _uudecoded(block: str) -> bytes | None:
    out: list[bytes] = []
    for line in block.split("\n"):
        if not line.strip() or line == "`":
            continue
        try:
            out.append(binascii.a2b_uu(line.encode("ascii")))
        except (binascii.Error, UnicodeEncodeError):
            try:  # a coder that pads wrongly: take as many letters as the length says
                count = (((ord(line[0]) - 32) & 63) * 4 + 5) // 3
                out.append(binascii.a2b_uu(line[:count].encode("ascii")))
            except (binascii.Error, UnicodeEncodeError):
                return None
    return b"".join(out)
