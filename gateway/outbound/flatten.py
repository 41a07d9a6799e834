"""A packaged template with its parts put in place, so that each mail need not look for them.

Knows nothing of jinja2 but the five forms in which our own templates use it; what is written
in another form stays as it is. The surprising fact: a mail of ours is made of nineteen files,
and finding and entering them takes longer than writing what they say.
"""

import re
from collections.abc import Callable, Mapping

_EXTENDS = re.compile(r'^\{% extends "([\w.-]+)" %\}\n')
_BLOCK = re.compile(r"^\{% block (\w+) %\}\n?(.*?)\{% endblock %\}\n?", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"\{% block (\w+) %\}\{% endblock %\}\n?")
_INCLUDE = re.compile(r'^\{% include "([\w.-]+)" %\}\n?', re.MULTILINE)
_STYLE = re.compile(r"\{\{ style\.(\w+) \}\}")
_IMPORT = re.compile(r'^\{% import "_style\.html\.j2" as style %\}\n', re.MULTILINE)


def flattened(source: str, read: Callable[[str], str], styles: Mapping[str, str]) -> str:
    """The source in what it extends, with what it includes and with the styles it names; `read`
    gives a part's source, `styles` are fit for HTML.

    >>> flattened('{% include "_a" %}\\nb', {"_a": "<p {{ style.text }}>\\n"}.get, {"text": "x"})
    '<p x>\\nb'
    >>> page = "<b>{% block a %}{% endblock %}</b>"
    >>> flattened('{% extends "_b" %}\\n{% block a %}c{% endblock %}\\n', {"_b": page}.get, {})
    '<b>c</b>'
    """
    whole = _INCLUDE.sub(lambda found: flattened(read(found[1]), read, styles), source)
    if extended := _EXTENDS.match(whole):
        whole = _filled(read(extended[1]), whole[extended.end() :])
    said = _STYLE.sub(lambda found: styles.get(found[1], found[0]), whole)
    return said if "style." in _IMPORT.sub("", said) else _IMPORT.sub("", said)


def _filled(layout: str, source: str) -> str:
    """The layout with the source's blocks in it, below what the source has beside them."""
    blocks = dict(_BLOCK.findall(source))
    filled = _PLACE.sub(lambda place: blocks.get(place[1], ""), layout)
    return _BLOCK.sub("", source) + filled
