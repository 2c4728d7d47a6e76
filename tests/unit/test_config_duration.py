from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.config.duration import NEVER, parse, parse_or_never, write


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("1h", timedelta(hours=1)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(days=7)),
        ("1h30m", timedelta(minutes=90)),
        ("1h 30m", timedelta(minutes=90)),
        (" 5m ", timedelta(minutes=5)),
        ("0", timedelta(0)),
        (0, timedelta(0)),
        (timedelta(seconds=3), timedelta(seconds=3)),
    ],
)
def test_a_length_of_time_is_read(text: object, length: timedelta) -> None:
    assert parse(text) == length


@pytest.mark.parametrize("number", [300, "300", 300.0])
def test_a_bare_number_is_refused_with_what_to_write(number: object) -> None:
    with pytest.raises(ValueError, match='write "300s" for seconds or "300m" for minutes'):
        parse(number)


@pytest.mark.parametrize(
    "wrong", ["", "soon", "5 minutes", "-5m", "5", "m5", "1.5h", "never", True, None, [], "9" * 50]
)
def test_anything_else_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"write a length of time|needs its unit"):
        parse(wrong)


def test_lengths_beyond_the_calendar_are_refused() -> None:
    with pytest.raises(ValueError, match="longer than ten years"):
        parse("999999999w")


def test_never_is_longer_than_everything() -> None:
    assert parse_or_never("never") == NEVER > timedelta(days=365_000)


@pytest.mark.parametrize("nothing", [0, "0s"])
def test_nothing_is_refused_where_people_mean_no_limit(nothing: object) -> None:
    with pytest.raises(ValueError, match='write "never"'):
        parse_or_never(nothing)


@given(st.integers(min_value=1, max_value=10 * 365 * 86400))
def test_what_is_written_is_read_back(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert parse_or_never(write(length)) == length


@pytest.mark.parametrize(("length", "text"), [(NEVER, "never"), (timedelta(0), "0s"), (timedelta(hours=1.5), "1h30m")])
def test_lengths_are_written_as_people_write_them(length: timedelta, text: str) -> None:
    assert write(length) == text
