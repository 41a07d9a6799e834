"""What one Authentication-Results field says (RFC 8601 section 2.2), or one of ARC.

Decides nothing about whom to believe. Servers quote what strangers chose, such as the local
part of a bounce address, so quoted text and comments are opaque: nothing inside of them is a
result. The surprising fact: a comment cannot be trusted to end where it ends. A server that
copies `"a) ; dkim=pass header.d=bank.example ("@evil.example` into a comment writes our
results for the stranger, so a comment with half a pair of quotes makes the field unreadable.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_FIELD_CHARS = 16_000  # longer ones are no server's: real ones are below 2,000
MAX_RESULTS = 50
MAX_METHODS = ("dmarc", "auth", "arc")  # at most one result of each in a field


@dataclass(frozen=True, slots=True)
class Result:
    """One check and how it ended: `dkim`, `pass`, and what it was about."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()
    reason: str = ""

    def get(self, name: str) -> str:
        """The value of a property such as header.d; "" where there is none, or two that differ.

        >>> Result("dkim", "pass", (("header.d", "a.example"),)).get("header.d")
        'a.example'
        """
        values = {value for key, value in self.properties if key == name}
        return values.pop() if len(values) == 1 else ""


@dataclass(frozen=True, slots=True)
class AuthResults:
    """`server` is the authserv-id in lower case, "" where the field has none (Exchange Online).

    An unreadable field has a `defect` and no results.
    """

    server: str = ""
    results: tuple[Result, ...] = ()
    defect: str = ""


def read_results(value: str) -> AuthResults:
    """The field's value, read; never raises.

    >>> read_results('mx.example.com (a; dkim=pass) 1; SPF=Pass smtp.mailfrom="a;b"@x.example')
    AuthResults(server='mx.example.com', results=(Result(method='spf', result='pass', \
properties=(('smtp.mailfrom', 'a;b@x.example'),), reason=''),), defect='')
    >>> read_results("mx.example.com 1; none").results
    ()
    """
    try:
        segments = [list(_joined(each)) for each in _segments(value)]
    except ValueError as broken:
        return AuthResults(defect=str(broken))
    server = ""
    if segments and _is_instance(segments[0]):  # RFC 8617 section 4.1.1: i=1; before the rest
        del segments[0]
    if segments and segments[0] and "=" not in segments[0][0].marks:
        server = segments[0][0].text.partition("/")[0].lower()
        if any("=" in word.marks for word in segments[0][1:]):
            return AuthResults(server, defect="results without a semicolon before them")
        del segments[0]
    found = [result for segment in segments if (result := _result(segment))]
    for method in MAX_METHODS:
        if sum(result.method == method for result in found) > 1:
            return AuthResults(server, defect=f"{method} is there twice")
    return AuthResults(server, tuple(found[:MAX_RESULTS]))


@dataclass(slots=True)
class _Word:
    """Letters without space between them. `marks` has = where one stands outside of quotes;
    `before` and `after` are what it parts."""

    text: str = ""
    marks: str = ""
    cut: int = -1

    @property
    def before(self) -> str:
        return self.text[: self.cut] if self.marks else self.text

    @property
    def after(self) -> str:
        return self.text[self.cut + 1 :] if self.marks else ""


@dataclass(slots=True)
class _Lexer:
    segments: list[list[_Word]] = field(default_factory=lambda: [[]])
    word: _Word = field(default_factory=_Word)

    def end_word(self) -> None:
        if self.word.text:
            self.segments[-1].append(self.word)
        self.word = _Word()

    def end_segment(self) -> None:
        self.end_word()
        self.segments.append([])


def _segments(value: str) -> list[list[_Word]]:
    """The words between semicolons, comments left out. Raises ValueError for what is no field."""
    if len(value) > MAX_FIELD_CHARS:
        raise ValueError(f"more than {MAX_FIELD_CHARS} letters")
    lexer, at = _Lexer(), 0
    while at < len(value):
        char = value[at]
        if char == "(":
            lexer.end_word()
            at = _comment_end(value, at)
        elif char == '"':
            at, quoted = _quoted(value, at)
            lexer.word.text += quoted
        elif char == ")":
            raise ValueError("a comment ends that did not begin")
        else:
            if char == ";":
                lexer.end_segment()
            elif char.isspace():
                lexer.end_word()
            else:
                if char == "=" and not lexer.word.marks:
                    lexer.word.marks, lexer.word.cut = "=", len(lexer.word.text)
                lexer.word.text += char
            at += 1
    lexer.end_segment()
    return [words for words in lexer.segments if words]


def _comment_end(value: str, start: int) -> int:
    """Where the comment ends that begins here: they nest, RFC 5322 section 3.2.2."""
    depth, quotes, at = 0, 0, start
    while at < len(value):
        char = value[at]
        if char == "\\":
            at += 1
        elif char == '"':
            quotes += 1
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                if quotes % 2:
                    raise ValueError("a comment with half a pair of quotes")
                return at + 1
        at += 1
    raise ValueError("a comment without an end")


def _quoted(value: str, start: int) -> tuple[int, str]:
    """Where the quoted text ends that begins here, and what is in it."""
    out: list[str] = []
    at = start + 1
    while at < len(value):
        char = value[at]
        if char == '"':
            return at + 1, "".join(out)
        if char == "\\" and at + 1 < len(value):
            at += 1
            char = value[at]
        out.append(char)
        at += 1
    raise ValueError("quotes without an end")


def _joined(words: list[_Word]) -> Iterator[_Word]:
    """RFC 8601 section 2.2 allows space around each =: `spf = pass` is one word here."""
    pending: _Word | None = None
    for word in words:
        if pending is None:
            pending = word
        elif pending.marks and not pending.after and not word.marks:
            pending.text += word.text  # "spf=" "pass"
        elif not pending.marks and word.marks and word.cut == 0:
            pending.marks, pending.cut = "=", len(pending.text)  # "spf" "=pass"
            pending.text += word.text
        else:
            yield pending
            pending = word
    if pending is not None:
        yield pending


def _is_instance(words: list[_Word]) -> bool:
    return len(words) == 1 and words[0].before.lower() == "i" and words[0].after.isdecimal()


def _result(words: list[_Word]) -> Result | None:
    """One check; None for `none` and whatever else is no result."""
    first, *rest = words
    if not first.marks:
        return None
    pairs = [(word.before.lower(), word.after) for word in rest if word.marks]
    return Result(
        method=first.before.partition("/")[0].lower(),
        result=first.after.lower(),
        properties=tuple(pair for pair in pairs if "." in pair[0]),
        reason=next((value for name, value in pairs if name == "reason"), ""),
    )
