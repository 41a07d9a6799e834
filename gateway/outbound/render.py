"""A letter becomes the words of a mail: subject, text and HTML. The one door to jinja2.

Decides which template is used: the desk's before the packaged one, the mailbox's
language before English, both parts of a mail in one language. Never puts the tag into
the subject (`compose` does) and never sends. The surprising fact: a desk's template
that breaks costs nobody a mail. The packaged pair is used for that mail and the fault
is in `Rendered.faults`; only a broken packaged template raises, being a bug.
"""

import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from gateway.errors import Fault
from gateway.outbound import output, phrasing, remedies
from gateway.outbound.audience import as_told, in_language
from gateway.outbound.letter import Letter, Notice
from gateway.outbound.samples import sample_letters

DEFAULT_LANGUAGE = "en"
"""What templates without a language in their name are written in."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a mail says. `faults` are of the desk's templates that could not be used for it."""

    subject: str
    text: str
    html: str
    faults: tuple[Fault, ...] = ()


class Renderer:
    """The templates of a desk. A file changed, added or removed counts from the next mail on.

    `overrides` is the desk's own folder of templates; it may be missing.
    """

    def __init__(self, overrides: Path | None) -> None:
        self._packaged = _Templates(_packaged_folders(), capped=False)
        self._desk = _of_desk(overrides) if overrides else None

    def render(self, letter: Letter) -> Rendered:
        """The mail's words. Raises only what a broken packaged template raises."""
        told = as_told(letter)
        if self._desk is None:
            return self._packaged.mail(told)
        try:
            return self._desk.mail(told)
        except Exception:  # whatever it is: the requester's mail does not wait for the admin
            faults = self._desk.faults(told)
            return replace(self._packaged.mail(told), faults=tuple(faults))


def faults_of_templates(overrides: Path) -> list[Fault]:
    """What is wrong in a desk's folder of templates: names, syntax, and each mail tried out.

    >>> faults_of_templates(Path("no/such/folder"))
    []
    """
    packaged = _file_names(*_packaged_folders())
    desk = _of_desk(overrides)
    faults: list[Fault] = []
    tried: set[tuple[Notice, str]] = set()
    for name in _file_names(overrides):
        if wrong := remedies.wrong_name(name, packaged):
            faults.append(Fault(overrides / name, None, "", *wrong))
        if wrong or not name.endswith(".j2"):
            continue
        faults += desk.faults_of_file(name)
        if mail := remedies.notice_and_language(name):
            tried.add(mail)
        else:  # a shared part may be in any mail
            tried.update(filter(None, map(remedies.notice_and_language, packaged)))
    for letter in sample_letters():
        for language in sorted(language for notice, language in tried if notice is letter.notice):
            faults += desk.faults(as_told(in_language(letter, language or DEFAULT_LANGUAGE)))
    return list(dict.fromkeys(faults))


class _Templates:
    """Templates from folders: for each name, the first folder that has it.

    `capped` ones are stopped when they write without end.
    """

    def __init__(self, folders: tuple[Path, ...], *, capped: bool) -> None:
        self._folders = folders
        self._capped = capped
        self._jinja = _environment(folders)

    def mail(self, letter: Letter) -> Rendered:
        """The mail. Raises what its templates raise."""
        return Rendered(*self._subject_and_text(letter), self._html(letter))

    def faults(self, letter: Letter) -> list[Fault]:
        """What keeps the templates from giving this mail, each part tried by itself."""
        faults = []
        for part, give in (("txt", self._subject_and_text), ("html", self._html)):
            try:
                give(letter)
            except Exception as error:  # see Renderer.render
                faults.append(self._fault(error, self._name(letter, part)))
        return faults

    def faults_of_file(self, name: str) -> list[Fault]:
        """What keeps one file from being read as a template, whether a mail uses it or not."""
        try:
            self._jinja.get_template(name)
        except Exception as error:  # see Renderer.render
            return [self._fault(error, name)]
        other = (
            name.replace(".txt.", ".html.") if ".txt." in name else name.replace(".html.", ".txt.")
        )
        if remedies.notice_and_language(name) and not _find(self._folders, other):
            problem = "is never used: both parts of a mail are in one language"
            return [Fault(self._folders[0] / name, None, "", problem, f"write {other} as well")]
        return []

    def _subject_and_text(self, letter: Letter) -> tuple[str, str]:
        return output.subject_and_text(self._output(letter, "txt"), letter.text)

    def _html(self, letter: Letter) -> str:
        return self._output(letter, "html").strip() + "\n"

    def _output(self, letter: Letter, part: str) -> str:
        name = self._name(letter, part)
        said = in_language(letter, self._language(letter) or DEFAULT_LANGUAGE)
        pieces = self._jinja.get_template(name).generate(letter=said)
        return output.joined(pieces, letter.text) if self._capped else "".join(pieces)

    def _name(self, letter: Letter, part: str) -> str:
        return ".".join(filter(None, (letter.notice, self._language(letter), part, "j2")))

    def _language(self, letter: Letter) -> str:
        """The mailbox's language, or it without its region, or "": the first with both parts."""
        wanted = letter.mailbox.language
        for language in (wanted, wanted.partition("-")[0]):
            names = (f"{letter.notice}.{language}.{part}.j2" for part in ("txt", "html"))
            if all(_find(self._folders, name) for name in names):
                return language
        return ""

    def _fault(self, error: Exception, name: str) -> Fault:
        """Where in the desk's folder the error arose, as deep inside as we can say."""
        file = _find(self._folders, name) or self._folders[0] / name
        if isinstance(error, output.Unusable):
            return Fault(file, 1, "", str(error), error.remedy)
        if isinstance(error, TemplateSyntaxError):
            said = remedies.said_plainly(error.message or "", self._jinja.filters)
            return Fault(Path(error.filename or file), error.lineno, "", *said)
        frames = traceback.extract_tb(error.__traceback__)
        places = [(Path(frame.filename), frame.lineno) for frame in frames]
        places = [place for place in places if place[0].suffix == ".j2"]
        of_desk = [place for place in places if place[0].parent == self._folders[0]]
        file, line = (of_desk or places or [(file, None)])[-1]
        if isinstance(error, TemplateNotFound):
            names = _file_names(*self._folders)
            guess = remedies.did_you_mean(str(error.name), names) or "write it, or leave it out"
            return Fault(file, line, "", f'there is no template "{error.name}"', guess)
        kind = "" if type(error).__module__.startswith("jinja2") else f"{type(error).__name__}: "
        problem, remedy = remedies.said_plainly(f"{kind}{error}", self._jinja.filters)
        return Fault(file, line, "", problem, remedy)


def _of_desk(overrides: Path) -> _Templates:
    return _Templates((overrides, *_packaged_folders()), capped=True)


def _packaged_folders() -> tuple[Path, ...]:
    """In the wheel inside the package, in a checkout beside it."""
    package = Path(__file__).parent.parent
    return package / "templates" / "email", package.parent / "templates" / "email"


def _file_names(*folders: Path) -> list[str]:
    return sorted(
        {path.name for folder in folders for path in folder.glob("[!.]*") if path.is_file()}
    )


def _find(folders: Iterable[Path], name: str) -> Path | None:
    """Templates stand side by side: a name with a folder in it, or "..", finds nothing."""
    if Path(name).name != name:
        return None
    for folder in folders:
        with suppress(OSError):  # a folder that we may not look into is as good as missing
            if (folder / name).is_file():
                return folder / name
    return None


def _environment(folders: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    """FileSystemLoader would not notice a desk's file that is added later: hence our own."""

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        path = _find(folders, name)
        if path is None:
            return None
        stamp = path.stat().st_mtime_ns
        try:
            source = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise TemplateSyntaxError("is not in UTF-8", line, name, str(path)) from error
        return (
            source,
            str(path),
            lambda: _find(folders, name) == path and path.stat().st_mtime_ns == stamp,
        )

    jinja = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        autoescape=lambda name: name is None or name.endswith(".html.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters |= {
        "when": _when,
        "size": _size,
        "duration": _duration,
        "paragraphs": _paragraphs,
        "one_line": phrasing.one_line,
        "as_reply": phrasing.as_reply,
        "excerpt": phrasing.excerpt,
        "called": phrasing.called,
        "who": phrasing.who,
        "in_full": phrasing.in_full,
    }
    return jinja


def _paragraphs(text: str, style: str = phrasing.PARAGRAPH_STYLE, last: str = "") -> Markup:
    return Markup(phrasing.paragraphs(text, style, last))  # noqa: S704 - it escapes what it is given


@pass_context
def _when(context: Context, at: datetime) -> str:
    mailbox = cast(Letter, context["letter"]).mailbox
    return phrasing.when(at, mailbox.zone, mailbox.language)


@pass_context
def _size(context: Context, octets: int) -> str:
    return phrasing.size(octets, cast(Letter, context["letter"]).mailbox.language)


@pass_context
def _duration(context: Context, span: timedelta | float) -> str:
    return phrasing.duration(span, cast(Letter, context["letter"]).mailbox.language)
