"""format=flowed of RFC 3676: the lines as their author wrote them, before they were cut.

Decides only which lines go on in the next. Never joins lines of different quote depth,
and never touches a signature separator. The surprising fact: a line that ends in a space
may be the last of its paragraph all the same, where the quote depth changes behind it.
"""


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
