"""Invitations are told in a few lines of text, once, whatever calendar wrote them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.ingest import invitation as reading
from gateway.ingest.parse import parse
from gateway.message import Address, Invitation, Message

EVENT = (
    "SUMMARY:Printer\\, floor 2\nDTSTART;TZID=Europe/Berlin:20241001T100000\n"
    "DTEND;TZID=Europe/Berlin:20241001T110000\nLOCATION:Room 7\n"
    "ORGANIZER;CN=Ann Adler:mailto:ann@x.example\n"
    "ATTENDEE;CN=Bo;PARTSTAT=NEEDS-ACTION:MAILTO:bo@x.example\n"
)
TOLD = (
    "Invitation: Printer, floor 2\n"
    "When: Tuesday, 1 October 2024, 10:00 to 11:00 (Europe/Berlin)\n"
    "Where: Room 7\nOrganizer: Ann Adler <ann@x.example>\nAttendees: Bo"
)


def calendar(event: str = EVENT, method: str = "REQUEST") -> str:
    return (
        f"BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:{method}\nBEGIN:VEVENT\n{event}END:VEVENT\n"
        "END:VCALENDAR\n"
    )


def mail(ics: str, text: str | None = None, kind: str = "text/calendar") -> Message:
    raw = "From: ann@x.example\nContent-Type: multipart/alternative; boundary=b\n\n"
    if text is not None:
        raw += f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    raw += f"--b\nContent-Type: {kind}; charset=utf-8; method=REQUEST\n\n{ics}\n--b--\n"
    return parse(raw.encode())


def invited(event: str, method: str = "REQUEST") -> Invitation:
    found = mail(calendar(event, method)).invitation
    assert found is not None
    return found


def test_invitation_without_a_text_is_the_text() -> None:
    message = mail(calendar())
    assert message.text == TOLD
    assert [each.filename for each in message.files] == ["request.ics"]


def test_invitation_stands_above_a_text_that_does_not_tell_it() -> None:
    assert mail(calendar(), "Please come.\n-- \nAnn").text == f"{TOLD}\n\nPlease come.\n-- \nAnn"


@pytest.mark.parametrize(
    "text",
    [
        "Wann: Dienstag, 01.10.2024 10:00-11:00. (UTC+01:00) Amsterdam, Berlin",
        "When: Tue Oct 1, 2024 10am - 11am (CEST)",
        "Quand : mar. 1 oct. 2024 10h00 - 11h00",
        "On 2024-10-01 at 10:00 AM",
    ],
    ids=["Outlook", "Google", "French", "by hand"],
)
def test_invitation_that_the_text_tells_is_not_told_again(text: str) -> None:
    message = mail(calendar(), text)
    assert message.text == text
    assert message.invitation is not None


def test_what_is_told_is_kept_as_values() -> None:
    found = invited(EVENT)
    assert found.method == "request"
    assert found.start == datetime(2024, 10, 1, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    assert (found.zone, found.location) == ("Europe/Berlin", "Room 7")
    assert found.organizer == Address("ann@x.example", "Ann Adler")
    assert found.attendees == (Address("bo@x.example", "Bo"),)


@pytest.mark.parametrize(
    ("start", "when"),
    [
        ("DTSTART:20241001T080000Z\nDTEND:20241001T093000Z", "08:00 to 09:30 (UTC)"),
        ("DTSTART;TZID=W. Europe Standard Time:20241001T100000", "10:00 (Europe/Berlin)"),
        ("DTSTART;TZID=Our own zone:20241001T100000", "10:00 (Our own zone)"),
        ("DTSTART;TZID=Europe/:20241001T100000", "10:00 (no time zone given)"),
        ("DTSTART:20241001T100000\nDURATION:PT90M", "10:00 to 11:30 (no time zone given)"),
        ("DTSTART:20241001T230000Z\nDTEND:20241002T010000Z",
         "23:00 to Wednesday, 2 October 2024, 01:00 (UTC)"),
        ("DTSTART;VALUE=DATE:20241001\nDTEND;VALUE=DATE:20241002", "all day"),
        ("DTSTART;VALUE=DATE:20241001", "all day"),
    ],
    ids=["UTC", "Windows", "unknown zone", "folder", "duration", "over night",
         "one day", "one day, no end"],
)  # fmt: skip
def test_time_is_told_with_its_zone(start: str, when: str) -> None:
    text = mail(calendar(f"SUMMARY:x\n{start}\n")).text
    assert text.split("\n")[1] == f"When: Tuesday, 1 October 2024, {when}"


def test_last_day_of_several_is_inside() -> None:
    text = mail(calendar("DTSTART;VALUE=DATE:20241001\nDTEND;VALUE=DATE:20241004\n")).text
    assert "1 October 2024 to Thursday, 3 October 2024, all day" in text


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY;BYDAY=TU,TH", "every week on Tuesday, Thursday"),
        ("FREQ=DAILY;COUNT=5", "every day, 5 times"),
        ("FREQ=MONTHLY;INTERVAL=2;UNTIL=20250101T000000Z", "every 2 months, until 2025-01-01"),
        ("FREQ=MONTHLY;BYDAY=1MO", "every month, …"),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1", "every year, …"),
        ("FREQ=SECONDLY", "every second"),
        ("nonsense", ""),
    ],
    ids=str,
)
def test_recurrence_is_told_in_words_and_never_worked_out(rule: str, words: str) -> None:
    assert invited(f"{EVENT}RRULE:{rule}\n").recurrence == words


@pytest.mark.parametrize(
    ("method", "title"),
    [
        ("REQUEST", "Invitation: "),
        ("CANCEL", "Invitation cancelled: "),
        ("COUNTER", "Another time proposed: "),
        ("PUBLISH", "Calendar entry: "),
        ("x\x00y z" * 20, "Calendar entry: "),
    ],
    ids=["request", "cancel", "counter", "publish", "nonsense"],
)
def test_method_is_the_first_word(method: str, title: str) -> None:
    assert mail(calendar(method=method)).text.startswith(title)


def test_reply_tells_the_answer() -> None:
    event = EVENT.replace("NEEDS-ACTION", "DECLINED")
    assert mail(calendar(event, "REPLY")).text.startswith("Answer to an invitation (declined): ")


def test_attendees_beyond_the_first_few_are_counted() -> None:
    people = "".join(f"ATTENDEE:mailto:p{n}@x.example\n" for n in range(5_000))
    found = invited(EVENT + people)
    assert (len(found.attendees), found.attendee_count) == (20, 5_001)
    assert mail(calendar(EVENT + people)).text.endswith(" and 4996 more")


def test_description_is_shown_where_there_is_no_text() -> None:
    ics = calendar(EVENT + "DESCRIPTION:Bring toner.\\nAnd\n  paper.\n")
    assert mail(ics).text == f"{TOLD}\n\nBring toner.\nAnd paper."
    assert "toner" not in mail(ics, "Please come.").text


def test_other_entries_are_counted() -> None:
    event = f"BEGIN:VEVENT\n{EVENT}END:VEVENT\n"
    text = mail(f"BEGIN:VCALENDAR\n{event * 3}END:VCALENDAR").text
    assert text.startswith("Invitation: Printer, floor 2 (the first of 3 entries)")


def test_alarm_inside_of_the_event_says_nothing_about_it() -> None:
    event = "BEGIN:VALARM\nSUMMARY:Alarm\nDESCRIPTION:x\nEND:VALARM\n" + EVENT
    assert mail(calendar(event)).text == TOLD


@pytest.mark.parametrize(
    "broken",
    [
        calendar(EVENT + "this is no line\nX_Y Z\n"),
        calendar(EVENT).replace("END:VEVENT\n", ""),
        "junk before\n" + calendar(EVENT),
        calendar(EVENT).replace("\n", "\r\n"),
        calendar(EVENT.replace("LOCATION", "location")),
        calendar(EVENT + "DURATION:soon\nRRULE:FREQ=;COUNT=x\n"),
        calendar(EVENT + 'DESCRIPTION;X="open:x\n'),
    ],
    ids=["junk", "no end", "before", "CRLF", "lower case", "values that are none", "quotes"],
)
def test_broken_calendar_is_told_as_far_as_it_goes(broken: str) -> None:
    assert mail(broken).text == TOLD


@pytest.mark.parametrize(
    "ics",
    [
        "", "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR", "BEGIN:VEVENT\n" * 50_000,
        calendar("DTSTART:99999999T999999\nDTEND:0\n"), calendar("DTSTART:\nRRULE:\nATTENDEE:\n"),
        calendar("ATTENDEE" + ";X=1" * 20_000 + ":mailto:a\nSUMMARY:" + "\\," * 100_000 + "\n"),
        calendar("DTSTART:99991231T235959Z\nDURATION:P999999999D\n"),
        calendar('ORGANIZER;CN="' + '"' * 1_000 + ":x\n"), calendar("SUMMARY:" + "a\n " * 50_000),
    ],
    ids=range(9),
)  # fmt: skip
def test_no_calendar_costs_the_mail(ics: str) -> None:
    message = mail(ics, "Please come.")
    assert "Please come." in message.text
    assert not message.degraded


def test_calendar_that_is_too_long_is_cut() -> None:
    message = mail(calendar(EVENT + "X-PAD:" + "x" * reading.MAX_CALENDAR_BYTES + "\n"))
    assert message.text == TOLD
    assert any(each.startswith("cut: calendar of") for each in message.defects)


def test_library_is_handed_the_first_event_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import icalendar

    seen: list[int] = []
    real = icalendar.Event.from_ical

    def measuring(text: str) -> object:
        seen.append(len(text))
        return real(text)

    monkeypatch.setattr(icalendar.Event, "from_ical", measuring)
    zone = "BEGIN:STANDARD\nDTSTART:19700101T000000\nRRULE:FREQ=SECONDLY\nEND:STANDARD\n" * 3_000
    event = f"BEGIN:VEVENT\n{EVENT}END:VEVENT\n"
    mail(f"BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\n{zone}END:VTIMEZONE\n{event * 2_000}END:VCALENDAR")
    assert len(seen) == 1
    assert seen[0] < 1_000


@pytest.mark.parametrize("kind", ["application/ics", "application/octet-stream; name=a.ics"])
def test_calendar_under_other_names_is_read(kind: str) -> None:
    assert mail(calendar(), kind=kind).invitation is not None


def test_mail_with_an_invitation_is_told_from_its_zone() -> None:
    assert invited("DTSTART:20241001T080000Z\n").start == datetime(2024, 10, 1, 8, tzinfo=UTC)
