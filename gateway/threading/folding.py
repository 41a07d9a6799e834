"""Words as they are compared, whatever form a client gave them, and the marks of quoted lines.

One folding for all: composed or not, upper or lower case, with soft hyphens and other unseen
letters or without, a word is the same word. An underscore is no letter: clients put it around
what is stressed.
"""

import re
from collections.abc import Iterator
from unicodedata import normalize

# Format characters (Unicode category Cf), variation selectors, and the grapheme joiner.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef]+"
)
# Where no spaces part words, every letter counts as one: Thai, Japanese, Chinese, Korean.
_NO_SPACES = re.compile(r"[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]")
_WORD = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]"
    r"|[^\W_\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]+"
)
_QUOTED = re.compile(
    r"^(?:\t| {4}|\s*+(?:>|&gt;|[|\u2502\u00bb\u203a\uff1e]|: |%>|[^\W\d_]{1,12}>))+"
)


def words(text: str) -> list[str]:
    """
    >>> words("_The_ mani\\u00adpulation") == words("the MANIPULATION") == ["the", "manipulation"]
    True
    """
    folded = text.casefold()
    if not text.isascii():
        folded = normalize("NFKC", _UNSEEN.sub("", folded))
    return _WORD.findall(folded)


def seen(text: str) -> str:
    """The text as it is seen, its letters composed: what `spans` are of."""
    return text if text.isascii() else normalize("NFC", _UNSEEN.sub("", text))


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """The words with where they begin and end in the text, which has been made `seen`."""
    for found in _WORD.finditer(text):
        word = found[0].casefold()
        word = word if word.isascii() else normalize("NFKC", word)
        yield word, found.start(), found.end()


def is_letter(word: str) -> bool:
    """Whether it is a word only because no spaces part the words of its script."""
    return bool(_NO_SPACES.match(word))


def looks_quoted(line: str) -> bool:
    """Whether some client marks quoted lines like this. More do than `>` alone; code does too, so
    it matters only where the line repeats what is ours or a note's.

    >>> [looks_quoted(line) for line in ("> a", "| a", "LA> a", "\u00bb a", "    a", "a > b")]
    [True, True, True, True, True, False]
    """
    return bool(_QUOTED.match(_marked(line)))


def unquoted(line: str) -> str:
    """
    >>> unquoted("> LA> a"), unquoted(":")
    ('a', '')
    """
    return _QUOTED.sub("", _marked(line)).lstrip()


def _marked(line: str) -> str:
    """An empty line has lost the blank of its mark."""
    return seen(line) if line.strip() != ":" else ": "
