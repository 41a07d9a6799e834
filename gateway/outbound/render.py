"""A letter becomes the words of a mail: subject, text and HTML. The one door to jinja2.

Decides which template is used: the desk's before the packaged one, the mailbox's
language before English, both parts of a mail in one language. Never puts the tag into
the subject (`compose` does) and never sends. The surprising fact: a desk's template
that breaks costs nobody a mail. The packaged pair is used for that mail and the fault
is in `Rendered.faults`; only a broken packaged template raises, being a bug.
"""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import cast

from jinja2 import (
    Environment,
    FunctionLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from gateway.errors import Fault
from gateway.outbound import folders, output, phrasing, remedies
from gateway.outbound.audience import as_told, in_language
from gateway.outbound.flatten import flattened
from gateway.outbound.letter import Letter, Notice
from gateway.outbound.samples import sample_letters

DEFAULT_LANGUAGE = "en"
"""What templates without a language in their name are written in."""

_STYLES = "_style.html.j2"


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
        self._packaged = _Templates(folders.packaged_folders(), Environment, capped=False)
        self._overrides = overrides
        self._desk: tuple[folders.Files, _Templates | None] = (frozenset(), None)

    def render(self, letter: Letter) -> Rendered:
        """The mail's words. Raises only what a broken packaged template raises."""
        return self.for_one_mail()(letter)

    def for_one_mail(self) -> Callable[[Letter], Rendered]:
        """`render` for all letters that one mail causes: the folder is looked at once for them."""
        return partial(self._rendered, self._of_desk())

    def _rendered(self, desk: "_Templates | None", letter: Letter) -> Rendered:
        told = as_told(letter)
        if desk is None:
            return self._packaged.mail(told)
        try:
            return desk.mail(told)
        except Exception:  # whatever it is: the requester's mail does not wait for the admin
            faults = desk.faults(told)
            return replace(self._packaged.mail(told), faults=tuple(faults))

    def _of_desk(self) -> "_Templates | None":
        """The desk's templates as they are now; None while it has none of its own."""
        files = folders.files_in(self._overrides) if self._overrides else frozenset()
        known, desk = self._desk
        if files != known:
            desk = _of_desk(self._overrides) if self._overrides and files else None
            self._desk = (files, desk)
        return desk


def faults_of_templates(overrides: Path) -> list[Fault]:
    """What is wrong in a desk's folder of templates: names, syntax, and each mail tried out.

    >>> faults_of_templates(Path("no/such/folder"))
    []
    """
    packaged = folders.file_names(*folders.packaged_folders())
    desk = _of_desk(overrides)
    faults: list[Fault] = []
    tried: set[tuple[Notice, str]] = set()
    for name in folders.file_names(overrides):
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

    `capped` ones are stopped when they write without end. Files are looked for and read once.
    """

    def __init__(
        self, places: tuple[Path, ...], environment: type[Environment], *, capped: bool
    ) -> None:
        self._folders = places
        self._capped = capped
        self._jinja = _environment(places, environment)
        self._languages: dict[tuple[Notice, str], str] = {}
        self._found: dict[tuple[Notice, str, str], Template] = {}

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
        if remedies.notice_and_language(name) and not folders.find(self._folders, other):
            problem = "is never used: both parts of a mail are in one language"
            return [Fault(self._folders[0] / name, None, "", problem, f"write {other} as well")]
        return []

    def _subject_and_text(self, letter: Letter) -> tuple[str, str]:
        return output.subject_and_text(self._output(letter, "txt"), letter.text)

    def _html(self, letter: Letter) -> str:
        return self._output(letter, "html").strip() + "\n"

    def _output(self, letter: Letter, part: str) -> str:
        template = self._template(letter, part)
        said = in_language(letter, self._language(letter) or DEFAULT_LANGUAGE)
        if not self._capped:
            return template.render(letter=said)
        return output.joined(template.generate(letter=said), letter.text)

    def _template(self, letter: Letter, part: str) -> Template:
        wanted = letter.notice, letter.mailbox.language, part
        if wanted not in self._found:
            self._found[wanted] = template = self._jinja.get_template(self._name(letter, part))
            # else a chain of dictionaries, which each mail would copy link by link
            template.globals = dict(template.globals)
        return self._found[wanted]

    def _name(self, letter: Letter, part: str) -> str:
        return ".".join(filter(None, (letter.notice, self._language(letter), part, "j2")))

    def _language(self, letter: Letter) -> str:
        """The mailbox's language, or it without its region, or "": the first with both parts."""
        wanted = letter.notice, letter.mailbox.language
        if wanted not in self._languages:
            self._languages[wanted] = self._found_language(*wanted)
        return self._languages[wanted]

    def _found_language(self, notice: Notice, wanted: str) -> str:
        for language in (wanted, wanted.partition("-")[0]):
            names = (f"{notice}.{language}.{part}.j2" for part in ("txt", "html"))
            if all(folders.find(self._folders, name) for name in names):
                return language
        return ""

    def _fault(self, error: Exception, name: str) -> Fault:
        """Where in the desk's folder the error arose, as deep inside as we can say."""
        file = folders.find(self._folders, name) or self._folders[0] / name
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
            names = folders.file_names(*self._folders)
            guess = remedies.did_you_mean(str(error.name), names) or "write it, or leave it out"
            return Fault(file, line, "", f'there is no template "{error.name}"', guess)
        kind = "" if type(error).__module__.startswith("jinja2") else f"{type(error).__name__}: "
        problem, remedy = remedies.said_plainly(f"{kind}{error}", self._jinja.filters)
        return Fault(file, line, "", problem, remedy)


def _of_desk(overrides: Path) -> _Templates:
    places = (overrides, *folders.packaged_folders())
    return _Templates(places, ImmutableSandboxedEnvironment, capped=True)


def _environment(places: tuple[Path, ...], kind: type[Environment]) -> Environment:
    """What is packaged needs no sandbox, and its parts do not change: that halves the time."""
    is_packaged = kind is Environment

    @cache
    def styles() -> dict[str, str]:
        module = jinja.get_template(_STYLES).module
        return {name: str(escape(value)) for name, value in vars(module).items()}

    def load(name: str) -> tuple[str, str, None]:
        source, path = _read(places, name)
        if is_packaged and name != _STYLES:
            source = flattened(source, lambda part: _read(places, part)[0], styles())
        return source, path, None

    jinja = kind(
        loader=FunctionLoader(load),
        auto_reload=False,  # whoever holds it looks, once for each mail
        undefined=StrictUndefined,
        autoescape=lambda name: name is None or name.endswith(".html.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters |= _FILTERS
    return jinja


def _read(places: tuple[Path, ...], name: str) -> tuple[str, str]:
    """A template's source and its path. Raises TemplateNotFound and, where it is not in UTF-8,
    TemplateSyntaxError with the line."""
    path = folders.find(places, name)
    if path is None:
        raise TemplateNotFound(name)
    try:
        return path.read_text(encoding="utf-8-sig"), str(path)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise TemplateSyntaxError("is not in UTF-8", line, name, str(path)) from error


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


_FILTERS: dict[str, Callable[..., str]] = {
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
