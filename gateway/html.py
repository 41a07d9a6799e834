"""HTML of strangers: turned into text, or cleaned by an allow-list.

Never fetches anything and never takes longer than linear time. The surprising fact:
the good libraries are quadratic (100,000 nested tags, a tag of 100,000 attributes),
so nothing reaches them that has not passed the guard; what does not pass is
stripped of its tags by a scan.
"""

import html as entities
import re

import inscriptis
import nh3
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

MAX_CHARS = 1_000_000
MAX_TAGS = 50_000
MAX_DEPTH = 200
MAX_TAG_CHARS = 20_000
MAX_ENTITIES = 50_000  # a run of a million bare ampersands costs the cleaner nine seconds

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
# Their end tags may be left out (HTML section 13.1.2.4), so they say nothing about depth.
_UNCLOSED = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
    "track", "wbr", "p", "li", "td", "tr", "th", "dt", "dd", "option",
))  # fmt: skip
_LONG_TAG = re.compile(rf"<[^<>]{{{MAX_TAG_CHARS}}}")

# Private-use letters that stand for "a quote begins here" and "it ends" on their way through
# the converter; whatever a sender wrote with these letters is dropped before.
_QUOTE, _END = "\ue0f0", "\ue0f1"
_BLOCKQUOTE = re.compile(r"<(/?)blockquote\b[^<>]*>", re.IGNORECASE)
_LINK = re.compile(r"<a\b([^<>]*)>|</a\s*>", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_TARGET = re.compile(r"(?:https?://|mailto:|tel:)[^\s<>]+", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]{1,300})"|'([^']{1,300})')""", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]*>")
# Other ways than display:none to hide the line that a newsletter shows in a list of mails.
# Not `mso-hide`: what only Outlook hides, everybody else reads.
_HIDDEN = re.compile(
    r"max-height:\s{0,3}0(?![.\d])|visibility:\s{0,3}hidden|opacity:\s{0,3}0(?![.\d])"
)
_STYLED = re.compile(r"""(<[a-z][^<>]*\bstyle\s*=\s*["'])([^"'<>]*)""", re.IGNORECASE)
_PROLOGUE = re.compile(r"^\s*<\?xml[^<>]*>", re.IGNORECASE)

# The library's other profile indents each div and puts spaces around each span; mail programs
# put divs around everything, and word processors cut words into spans.
_LOOK = ParserConfig(css=CSS_PROFILES["strict"])

_BREAKING = frozenset((
    "br", "p", "div", "tr", "li", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4",
    "h5", "h6", "pre", "hr",
))  # fmt: skip
_SILENT = frozenset((
    "script", "style", "head", "title",
))  # fmt: skip
MAX_TARGET = 120  # letters of a link's target in a text; a longer one only counts who clicks
_BLANK_LINES = re.compile(r"\n{3,}")

_TAGS = frozenset((
    "a", "abbr", "address", "b", "blockquote", "br", "center", "code", "dd", "del", "div", "dl",
    "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol",
    "p", "pre", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
))  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "font": {"color"},
    "ol": {"start"},
    "*": {"style", "dir", "lang"},
}
_STYLES = {
    "color", "background-color", "font-weight", "font-style", "text-decoration", "text-align",
    "white-space", "margin-left", "padding-left",
}  # fmt: skip


def to_text(html: str) -> str:
    """The text a person would read; quotes (`blockquote`) as lines with ``>``.

    A link shows where it leads, where its words do not say so; a picture its `alt`.

    >>> to_text("<p>Yes.</p><blockquote>Does it work?</blockquote><script>x()</script>")
    'Yes.\\n\\n> Does it work?'
    >>> to_text('<a href="https://x.example/p">The price</a> <a href="mailto:a@b.c">a@b.c</a>')
    'The price <https://x.example/p> a@b.c'
    """
    if not is_harmless(html):
        return _strip_tags(html)
    marked = html.replace(_QUOTE, "").replace(_END, "")
    marked = _BLOCKQUOTE.sub(_mark, _PROLOGUE.sub("", marked))
    marked = _with_targets(_IMAGE.sub(_alt, marked))
    if _HIDDEN.search(marked):
        marked = _STYLED.sub(_hidden, marked)
    try:
        text = inscriptis.get_text(marked, _LOOK)
    except Exception:  # lxml's own limits; the scan reads anything
        return _strip_tags(html)
    text = text.replace("\r", " ")  # from `&#13;`, which begins no line
    return _with_quotes(text) if _QUOTE in text else _tidy(text)


def clean(html: str) -> str:
    """Harmless HTML of the same look: no script, no remote image, no link that runs.

    Images are kept only where they came with the mail (`cid:`). RFC 2392 section 2.

    >>> clean('<img src="http://spy.example/1.gif"><b onclick="x()">Hi</b>')
    '<img><b>Hi</b>'
    """
    if not is_harmless(html):
        return "<pre>" + entities.escape(_strip_tags(html)) + "</pre>"
    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_attribute,
        filter_style_properties=set(_STYLES),
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )


def is_harmless(html: str) -> bool:
    """Claim that the libraries will take this in linear time.

    >>> is_harmless("<div>" * 1_000), is_harmless("<p>" * 1_000)
    (False, True)
    """
    if len(html) > MAX_CHARS or html.count("&") > MAX_ENTITIES or _LONG_TAG.search(html):
        return False
    depth = deepest = 0
    tags = 0
    for tags, match in enumerate(_TAG.finditer(html), 1):
        if tags > MAX_TAGS:
            return False
        if match[2].lower() not in _UNCLOSED:
            depth = depth + 1 if not match[1] else max(depth - 1, 0)
            deepest = max(deepest, depth)
    return deepest <= MAX_DEPTH


def _attribute(tag: str, name: str, value: str) -> str | None:
    scheme = value.strip().lower()
    if tag == "img" and name == "src" and not scheme.startswith("cid:"):
        return None
    if name == "href" and scheme.startswith(("/", "\\")):
        return None  # protocol-relative: the reader's page would lend it its own scheme
    return value


def _mark(match: re.Match[str]) -> str:
    return f"{_END}</div>" if match[1] else f"<div>{_QUOTE}"


def _hidden(match: re.Match[str]) -> str:
    return match[1] + "display:none" if _HIDDEN.search(match[2].lower()) else match[0]


def _alt(match: re.Match[str]) -> str:
    found = _ALT.search(match[0])
    words = " ".join((found[1] or found[2]).split()) if found else ""
    if not any(char.isalnum() for char in words):
        return words  # an emoji, or nothing
    return f"[{words}]" if "&lt;" not in words else ""


def _with_targets(html: str) -> str:
    """Behind the words of each link its target, if the words are not the target themselves."""
    out: list[str] = []
    at = opened = 0
    target = ""
    for match in _LINK.finditer(html):
        if match[1] is None and target:
            shown = _shown(target, html[opened : match.start()])
            out += (html[at : match.start()], shown)
            at, target = match.start(), ""
        elif match[1] is not None:
            found = _HREF.search(match[1])
            given = entities.unescape((found[1] or found[2] or found[3] or "") if found else "")
            target = given.strip() if _TARGET.fullmatch(given.strip()) else ""
            opened = match.end()
    return "".join((*out, html[at:])) if out else html


def _shown(target: str, label: str) -> str:
    words = " ".join(entities.unescape(_ANY_TAG.sub("", label)).split())
    if not words or words.startswith("[") or _bare(words) == _bare(target):
        return ""
    scheme, _, rest = target.partition(":")
    if scheme.lower() in ("mailto", "tel"):
        target = rest.partition("?")[0]
        if target.lower() in words.lower():
            return ""
    if len(target) > MAX_TARGET:
        target = "/".join((*target.split("/", 3)[:3], "…"))[:MAX_TARGET]
    return f" &lt;{entities.escape(target)}&gt;"


def _bare(link: str) -> str:
    """A link without what its words leave out."""
    link = link.lower().removeprefix("mailto:").removeprefix("tel:")
    link = link.removeprefix("https://").removeprefix("http://").removeprefix("www.")
    return link.rstrip("/")


def _with_quotes(text: str) -> str:
    """Lines between the marks get one ``>`` for each quote they are in."""
    depth = 0
    lines = []
    for line in text.split("\n"):
        opened, closed = line.count(_QUOTE), line.count(_END)
        bare = line.replace(_QUOTE, "").replace(_END, "").strip()
        depth += opened
        if depth and (bare or not (opened or closed)):
            lines.append((">" * depth + " " + bare).rstrip())
        elif not depth and (bare or not closed):
            lines.append(bare and line.replace(_END, "").rstrip())
        depth = max(depth - closed, 0)
    return _tidy("\n".join(lines))


def _tidy(text: str) -> str:
    lines = (line.rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def _strip_tags(html: str) -> str:
    """Text without tags by one scan from left to right: any size, any depth."""
    out: list[str] = []
    at = 0
    endless: set[str] = set()  # ends looked for in vain: never again, or the scan is quadratic
    while (tag := html.find("<", at)) >= 0:
        out.append(html[at:tag])
        name = _TAG.match(html, tag)
        if html.startswith("<!--", tag):
            at = _behind(html, "-->", tag, endless) or tag + 4
        elif not name:
            out.append("<")
            at = tag + 1
        else:
            at = _behind(html, ">", tag, endless) or len(html)
            word = name[2].lower()
            if word in _BREAKING:
                out.append("\n")
            elif word in _SILENT and not name[1]:
                at = _behind(html, f"</{word}>", at, endless) or at
    out.append(html[at:])
    return _tidy(entities.unescape("".join(out)))


def _behind(html: str, end: str, at: int, endless: set[str]) -> int:
    """Where reading goes on behind `end`; 0 when it does not come any more."""
    stop = -1 if end in endless else html.find(end, at)
    if stop < 0:
        endless.add(end)
        return 0
    return stop + len(end)
