"""Mail through a list that the mailbox stands behind is a person's; through another, it is not."""

import pytest

from gateway.ingest.classify import classify
from gateway.ingest.lists import by_its_author, list_named
from gateway.ingest.parse import parse
from gateway.message import Kind, Message

OURS = frozenset({"support@d.example"})
GROUP = frozenset({"support@d.example"})

GOOGLE = (
    "From: 'Ann Lee' via Support <support@d.example>\n"
    "Reply-To: Ann Lee <ann@x.example>\n"
    "To: support@d.example\n"
    "X-Original-From: Ann Lee <ann@x.example>\n"
    "X-Original-Sender: ann@x.example\n"
    "Precedence: list\n"
    "Mailing-list: list support@d.example; contact support+owners@d.example\n"
    "List-ID: <support.d.example>\n"
    "X-Google-Group-Id: 123456789\n"
    "List-Post: <https://groups.google.example/a/d.example/group/support/post>,\n"
    " <mailto:support@d.example>\n"
    "List-Help: <https://support.google.example/a/d.example/bin/topic.py?topic=25838>\n"
    "List-Archive: <https://groups.google.example/a/d.example/group/support/>\n"
    "List-Unsubscribe: <mailto:googlegroups-manage+123456789+unsubscribe@googlegroups.example>,\n"
    " <https://groups.google.example/a/d.example/group/support/subscribe>\n"
)
MAILMAN = (
    "From: Ann Lee via Help <help@lists.d.example>\n"
    "Reply-To: Ann Lee <ann@x.example>, help@lists.d.example\n"
    "X-BeenThere: help@lists.d.example\n"
    "X-Mailman-Version: 2.1.39\n"
    "Precedence: list\n"
    "List-Id: Where help is <help.lists.d.example>\n"
    "List-Unsubscribe: <https://lists.d.example/options/help>,\n"
    " <mailto:help-request@lists.d.example?subject=unsubscribe>\n"
    "List-Post: <mailto:help@lists.d.example>\n"
)


def message(header: str) -> Message:
    return parse(f"{header}Subject: Printer\nMessage-ID: <1@x.example>\n\nIt burns.\n".encode())


def verdict(header: str, behind: frozenset[str]) -> tuple[Kind, tuple[str, ...], str]:
    mail = by_its_author(message(header), behind, OURS)
    kind, evidence = classify(
        mail, null_sender=False, own_addresses=OURS, own_desk="desk", behind_lists=behind
    )
    return kind, evidence, str(mail.author)


@pytest.mark.parametrize(
    ("header", "behind"),
    [
        (GOOGLE, "support@d.example"),
        (GOOGLE, "support.d.example"),
        (MAILMAN, "help@lists.d.example"),
        (MAILMAN, "help.lists.d.example"),
        (MAILMAN, "HELP.lists.d.example"),
    ],
)
def test_mail_through_a_list_we_stand_behind_is_the_persons_own(header: str, behind: str) -> None:
    kind, evidence, author = verdict(header, frozenset({behind}))
    assert (kind, author) == (Kind.ORDINARY, "Ann Lee <ann@x.example>")
    assert any(behind in each for each in evidence)


def test_unnamed_list_is_a_list_and_nobody_else_becomes_the_author() -> None:
    kind, _, author = verdict(MAILMAN, frozenset({"other@lists.d.example"}))
    assert (kind, author) == (Kind.LIST, "Ann Lee via Help <help@lists.d.example>")


@pytest.mark.parametrize(
    "more",
    [
        "List-Id: Shop news <news.shop.example>\n",
        "List-Unsubscribe: <https://click.shop.example/u/1>\n",
        "Precedence: junk\n",
    ],
)
def test_newsletter_through_our_list_is_still_one(more: str) -> None:
    assert verdict(more + GOOGLE, GROUP)[0] is Kind.LIST
    assert verdict(GOOGLE + more, GROUP)[0] is Kind.LIST


def test_mail_that_does_not_come_through_the_list_keeps_its_marks_and_its_author() -> None:
    newsletter = "From: Shop <news@shop.example>\nList-Id: <news.shop.example>\n"
    assert verdict(newsletter, GROUP)[::2] == (Kind.LIST, "Shop <news@shop.example>")
    forged = "From: Ann <ann@x.example>\nX-Original-From: boss@x.example\n"
    assert verdict(forged, GROUP)[2] == "Ann <ann@x.example>"


def test_list_that_leaves_from_alone_changes_no_author() -> None:
    header = GOOGLE.replace("'Ann Lee' via Support <support@d.example>", "Cy <cy@y.example>")
    assert verdict(header, GROUP)[::2] == (Kind.ORDINARY, "Cy <cy@y.example>")


def test_auto_reply_through_our_list_is_one() -> None:
    assert verdict(GOOGLE + "Auto-Submitted: auto-replied\n", GROUP)[0] is Kind.AUTO_REPLY


def test_our_own_mail_through_our_list_is_a_loop() -> None:
    ours = GOOGLE.replace("Ann Lee <ann@x.example>", "IT <support@d.example>")
    ours = ours.replace("X-Original-Sender: ann@x.example", "X-Original-Sender: support@d.example")
    assert verdict(ours, GROUP)[0] is Kind.LOOP
    assert verdict(GOOGLE + "X-Ticket-Gateway: desk\n", GROUP)[0] is Kind.LOOP


def test_reply_to_of_several_people_names_no_author() -> None:
    header = MAILMAN.replace("Reply-To: ", "Reply-To: Bo <bo@x.example>, ")
    found = by_its_author(message(header), frozenset({"help@lists.d.example"}), OURS)
    assert found.author.address == "help@lists.d.example"


def test_no_list_is_named_without_the_setting() -> None:
    assert list_named(message(GOOGLE), frozenset()) == ""


def test_way_to_unsubscribe_that_is_no_address_is_anothers() -> None:
    assert verdict(GOOGLE + "List-Unsubscribe: <http://[:x>\n", GROUP)[0] is Kind.LIST
