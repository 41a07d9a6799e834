"""HTML of strangers: readable, harmless, and in time."""

import time

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
        ('<?xml version="1.0" encoding="utf-8"?><p>Hi</p>', "Hi"),
        ("", ""),
    ],
    ids=range(10),
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


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_read_in_linear_time(name: str) -> None:
    start = time.process_time()
    to_text(BOMBS[name])
    clean(BOMBS[name])
    assert time.process_time() - start < 5


def test_guard_stops_what_the_libraries_are_slow_at() -> None:
    slow = ("nested tags", "a tag of many attributes", "ampersands", "cells", "too much of all")
    assert not any(is_harmless(BOMBS[name]) for name in slow)


@pytest.mark.parametrize(
    "html", ["<div>" * MAX_DEPTH, "<p>x" * (MAX_TAGS - 1), "<li>x<ul>" * (MAX_DEPTH // 2)]
)
def test_what_passes_the_guard_is_quick_too(html: str) -> None:
    start = time.process_time()
    to_text(html)
    clean(html)
    assert time.process_time() - start < 5


def test_what_the_guard_stops_is_still_text() -> None:
    html = "<div>" * 1_000 + "Please <b>help</b> &amp; hurry<br>Ann" + "</div>" * 1_000
    assert to_text(html).strip() == "Please help & hurry\nAnn"
    assert "Please help &amp; hurry" in clean(html)
