"""What is remembered of short texts, and that strangers cannot fill the memory with it."""

from gateway.memory import MAX_LETTERS, MAX_TEXTS, remembering


def test_a_short_text_is_asked_about_once_and_a_long_one_each_time() -> None:
    asked: list[str] = []

    @remembering
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    short, long = "a" * MAX_LETTERS, "b" * (MAX_LETTERS + 1)
    assert [length(each) for each in (short, short, long, long)] == [
        len(each) for each in (short, short, long, long)
    ]
    assert asked == [short, long, long]


def test_no_more_texts_are_remembered_than_there_is_room_for() -> None:
    asked: list[str] = []
    spoken = remembering(lambda text: asked.append(text) or text)
    for number in (*range(MAX_TEXTS + 1), 0):
        spoken(str(number))
    assert asked[-1] == "0"
    assert len(asked) == MAX_TEXTS + 2
