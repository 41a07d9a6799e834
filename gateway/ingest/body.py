"""What the walk through a mail finds: sections of text, attachments, and what they tell.

Values, and the choice between forms of one text. The surprising fact: the best form of a
multipart/alternative is its last, but the form to read is the first that has plain words.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from gateway.ingest.part import Part
from gateway.ingest.tree import Fields
from gateway.message import Attachment, Protection

WORDS_TO_FIND = 100  # letters of a text, without space, by which it is known again


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of the body: the same text in one or two forms."""

    plain: str | None = None
    html: str | None = None

    def is_told_in(self, sections: "Sequence[Section]") -> bool:
        """Whether this text stands in those as well, as far as its first words can tell."""
        words = "".join((self.plain or "").split())[:WORDS_TO_FIND]
        told = "".join("".join((each.plain or "").split()) for each in sections)
        return bool(words) and words in told

    @property
    def is_blank(self) -> bool:
        return not ((self.plain or "").strip() or (self.html or "").strip())


@dataclass(slots=True)
class Body:
    """What a walk through the tree finds. It keeps the bytes of the attachments that are `wanted`,
    and of others while there is `room`."""

    wanted: Collection[int] = ()
    kept: dict[int, bytes] = field(default_factory=dict)
    room: int = 0
    sections: list[Section] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reports: list[tuple[str, tuple[Fields, ...]]] = field(default_factory=list)
    returned: Fields = ()
    calendar: tuple[Part, bytes] | None = None
    protection: Protection | None = None
    defects: list[str] = field(default_factory=list)
    parts: int = 0
    decoded_bytes: int = 0
    digest: str = ""

    def keep(self, number: int, data: bytes) -> None:
        """An attachment's bytes, where it is wanted or there is room for them."""
        if number not in self.wanted:
            if len(data) >= self.room:
                return
            self.room -= len(data)
        self.kept[number] = data


def chosen(branches: list[list[Section]]) -> list[Section]:
    """RFC 2046 section 5.1.4: the last is the best form; the first plain one is its text."""
    plain = next((b for b in branches if any((s.plain or "").strip() for s in b)), [])
    rich = next((b for b in reversed(branches) if any((s.html or "").strip() for s in b)), [])
    if plain is rich or not rich:
        return plain or rich
    html = "\n".join(section.html for section in rich if section.html)
    text = "\n".join(section.plain for section in plain if section.plain) if plain else None
    return [Section(plain=text, html=html)]
