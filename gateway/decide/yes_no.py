"""Whether a reply says yes or no, in the languages of an office. In doubt it says neither.

A false yes lets a stranger in, and a false no loses a mail. So a word that means something
else in another language counts only where it stands alone: "da" is a Slav's yes, and the
beginning of many a German's "da hat jemand in meinem Namen geschrieben".
"""

import re
import unicodedata

_YES = """yes yep yeah ja jawohl oui sí sì sim ano áno igen kyllä evet ναι да haan हाँ हां نعم כן
    はい 是 是的 예 네 release"""
_NO = """nope nein nee nej non nie nem hayır hayir όχι нет ні não nao नहीं لا לא いいえ 否 不 不是
    아니요 아니오 drop"""
_YES_ALONE = "y ok okay da si tak так jo jep yup"
_NO_ALONE = "n no ne ei nei nu"
_NEW = """new neu nouveau nouvelle nuevo nueva nuovo nuova novo nova nowy nowe nieuw nieuwe ny nyt
    nytt uusi nové nový új yeni новый новое нове νέο חדש جديد 新規 新しい 新 新的 새로운"""
_NOT = "not never didn nicht kein keine niet geen pas inte ikke не nisam nejsem nincs"

YES, NO = frozenset(_YES.split()), frozenset(_NO.split())
YES_ALONE, NO_ALONE = frozenset(_YES_ALONE.split()), frozenset(_NO_ALONE.split())
NEW = frozenset(_NEW.split())
DENIES = NO | NO_ALONE | frozenset(_NOT.split())
"""Behind a yes, they leave it open what was meant."""

_COMMAND = re.compile(
    r"[\s*_•-]*(release|drop)[^\S\n]*[:#]?[^\S\n]*(#?\d{1,12}\b(?:[ \t,;]+#?\d{1,12}\b)*)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_MAX_NAMED = 500  # held mails in one reply


def said(text: str) -> bool | None:
    """What the first line says: yes, no, or neither.

    >>> said("  *Yes*, that was me"), said("Nein, das war ich nicht"), said("release 8412")
    (True, False, True)
    >>> said("Da war ich im Urlaub"), said("Da."), said("No problem, do it"), said("Why?")
    (None, True, None, None)
    """
    line = next((each for each in text.splitlines() if _words(each)), "")
    words = _words(line)
    if not words:
        return None
    first, alone = words[0], _stands_alone(line, words)
    is_yes = first in YES or (alone and first in YES_ALONE)
    is_no = first in NO or (alone and first in NO_ALONE)
    contradicted = (DENIES if is_yes else YES).intersection(words[1:])
    return is_yes if is_yes != is_no and not contradicted else None


def wants_new(text: str) -> bool:
    """Whether the first line begins with the word for a ticket of its own: "new", and no more
    than that and a mark, for a sentence may begin with it.

    >>> wants_new("New."), wants_new("Neu!\\n\\nGruss"), wants_new("New is better than old")
    (True, True, False)
    """
    line = next((each for each in text.splitlines() if _words(each)), "")
    words = _words(line)
    return bool(words) and words[0] in NEW and _stands_alone(line, words)


def named(text: str) -> dict[int, bool]:
    """The held mails that lines such as "release 8412" name, and whether they are let in. One
    of which both is said is not among them.

    Only lines at the top count, up to the first that is no such line: below may stand what the
    reply quotes, and in that the subject that a stranger chose.

    >>> named("release 8412\\nDrop: #8413, 8414\\n\\nrelease 8413\\nBest,\\nrelease 8415")
    {8412: True, 8414: False}
    """
    found: dict[int, set[bool]] = {}
    for line in filter(str.strip, text.splitlines()):
        match = _COMMAND.match(line)
        if match is None:
            break
        for number in _NUMBER.findall(match[2]):
            if len(found) < _MAX_NAMED:
                found.setdefault(int(number), set()).add(match[1].lower() == "release")
    return {number: said == {True} for number, said in found.items() if len(said) == 1}


def _stands_alone(line: str, words: list[str]) -> bool:
    """Whether nothing, or a punctuation mark, follows the first word."""
    rest = line.casefold().partition(words[0])[2].strip("*_ \t\u00a0")
    return not rest or unicodedata.category(rest[0])[0] in "PS"


def _words(line: str) -> list[str]:
    """Letters with the marks that belong to them, which `\\w` would part."""
    line = unicodedata.normalize("NFC", line.casefold())
    spaced = (each if unicodedata.category(each)[0] in "LMN" else " " for each in line)
    return "".join(spaced).split()
