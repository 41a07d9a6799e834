"""HTML of strangers: readable, harmless, and in time."""

import pytest

from gateway.html import MAX_DEPTH, MAX_TAGS, clean, is_harmless, to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("one<br>two", "one\ntwo"),
        ("<ul><li>a</li><li>b</li></ul>", "* a\n  * b"),
        ("<table><tr><td>Name</td><td>Ann</td></tr></table>", "Name  Ann"),
        ("Gr&uuml;&szlig;e", "Grüße"),
        ("a<span>b</span>c", "abc"),
        ("<style>p{}</style><script>x()</script>Hi", "Hi"),
        ("<div style='display:none'>hidden</div>seen", "seen"),
        (
            'See <a href="https://x.example/a">the manual</a>.',
            "See the manual <https://x.example/a>.",
        ),
        ('<a href="https://x.example/">www.x.example</a>', "www.x.example"),
        ('<a href="mailto:bo@x.example?subject=Hi">Bo</a>', "Bo <bo@x.example>"),
        ('<a href="mailto:bo@x.example">Bo (BO@x.example)</a>', "Bo (BO@x.example)"),
        (
            '<a href="https://evil.example">https://bank.example</a>',
            "https://bank.example <https://evil.example>",
        ),
        (f'<a href="https://t.example/{"x" * 200}">Click</a>', "Click <https://t.example/…>"),
        ('<a href="#top">up</a> <a name="top">here</a>', "up here"),
        ('<a href="javascript:x()">Click</a>', "Click"),
        ('<a href="https://x.example/?a=1&amp;b=2">x</a>', "x <https://x.example/?a=1&b=2>"),
        ('<a href="https://x.example"><img src="cid:a" alt="Logo"></a>', "[Logo]"),
        ('It says <img src="cid:a" alt="Error 42"> here', "It says [Error 42] here"),
        ('Thanks <img src="cid:a" alt="😀">', "Thanks 😀"),
        ('<img src="https://spy.example/1.gif" alt="" width=1>Hi', "Hi"),
        ("<ol><li>one</li><li>two</li></ol>", "1. one\n 2. two"),
        ('<div style="max-height:0;overflow:hidden">preview</div>Hi', "Hi"),
        ('<p style="opacity:0.5;max-height:0.5em">dim</p>', "dim"),
        ('<span style="mso-hide:all">read by all but Outlook</span>', "read by all but Outlook"),
        ("<!--[if mso]><p>Outlook</p><![endif]-->A<![if !mso]>B<![endif]>", "AB"),
        ('<?xml version="1.0" encoding="utf-8"?><p>Hi</p>', "Hi"),
        ("", ""),
    ],
    ids=range(28),
)
def test_text_is_what_a_person_reads(html: str, text: str) -> None:
    assert to_text(html).strip() == text


def test_quotes_are_marked_as_in_plain_mail() -> None:
    html = "<p>Yes</p><blockquote>Works?<blockquote>Older</blockquote></blockquote><p>Ann</p>"
    assert to_text(html) == "Yes\n\n> Works?\n>> Older\n\nAnn"


def test_marks_of_ours_in_the_mail_of_a_stranger_mean_nothing() -> None:
    assert to_text("<p>\ue0f0one</p><p>two</p>") == "one\n\ntwo"


@pytest.mark.parametrize(
    "attack",
    [
        "<script>x()</script>", '<img src=x onerror="x()">', '<a href="javascript:x()">a</a>',
        '<a href="java&#x0A;script:x()">a</a>', '<iframe src="http://evil.example"></iframe>',
        '<img src="http://spy.example/1.gif">', '<img src="//spy.example/1.gif">',
        '<div style="background:url(http://spy.example)">x</div>', "<svg onload=x()>",
        '<base href="http://evil.example">', '<form action="http://evil.example"><input></form>',
        '<meta http-equiv="refresh" content="0;url=http://evil.example">',
        '<link rel="stylesheet" href="http://spy.example/x.css">',
        '<math><mtext><script>x()</script></mtext></math>', '<a href="//evil.example">a</a>',
        '<img src="data:text/html;base64,PHNjcmlwdD4=">', '<table background="http://spy.example">',
    ],
)  # fmt: skip
def test_nothing_of_an_attack_is_left(attack: str) -> None:
    cleaned = clean(attack)
    for word in ("script", "onerror", "onload", "spy.example", "evil.example", "data:", "<svg"):
        assert word not in cleaned


def test_image_that_came_with_the_mail_stays() -> None:
    assert 'src="cid:logo@x.example"' in clean('<img src="cid:logo@x.example">')


BOMBS = {
    "nested tags": "<div>" * 100_000,
    "a tag of many attributes": "<a " + "x=1 " * 100_000 + ">",
    "open angle brackets": "<" * 1_000_000,
    "comments without an end": "<!--" * 250_000,
    "scripts without an end": "<script>" * 100_000,
    "ampersands": "&" * 1_000_000,
    "nested quotes": "<blockquote>" * 80_000,
    "cells": "<td>" * 60_000,
    "too much of all": "<p>word</p>" * 200_000,
}


@pytest.mark.timeout(60)  # ten times what the slowest takes and more: a hang, not a slow machine
@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_read_and_cleaned(name: str) -> None:
    to_text(BOMBS[name])
    clean(BOMBS[name])


def test_guard_stops_what_the_libraries_are_slow_at() -> None:
    slow = ("nested tags", "a tag of many attributes", "ampersands", "cells", "too much of all")
    assert not any(is_harmless(BOMBS[name]) for name in slow)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "html", ["<div>" * MAX_DEPTH, "<p>x" * (MAX_TAGS - 1), "<li>x<ul>" * (MAX_DEPTH // 2)]
)
def test_what_passes_the_guard_is_quick_too(html: str) -> None:
    to_text(html)
    clean(html)


def test_what_the_guard_stops_is_still_text() -> None:
    html = "<div>" * 1_000 + "Please <b>help</b> &amp; hurry<br>Ann" + "</div>" * 1_000
    assert to_text(html).strip() == "Please help & hurry\nAnn"
    assert "Please help &amp; hurry" in clean(html)
