"""What an answer means, exactly at the limits; the meanings themselves are in `test_http.py`."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from syndicator.connector import OutcomeUnknown, Rejected
from syndicator.reply import judge, retry_after, said

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def reply(status: int, body: bytes | Any = b"", **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def nested(words: str, depth: int, *, in_lists: bool) -> Any:
    for _ in range(depth):
        words = [words] if in_lists else {"error": words}  # type: ignore[assignment]
    return words


def test_every_2xx_is_a_yes_and_every_3xx_a_way_elsewhere() -> None:
    assert [judge(reply(status), NOW) for status in (200, 299)] == [None, None]
    for status in (300, 399):
        answer = judge(reply(status, Location="https://new.example/"), NOW)
        assert isinstance(answer, Rejected)
        assert "points to https://new.example/" in answer.reason
    assert "points to" not in str(judge(reply(400), NOW))
    assert isinstance(judge(reply(199), NOW), OutcomeUnknown)


def test_words_as_long_as_there_is_room_stay_as_they_are() -> None:
    assert said(reply(422, {"error": "x" * 200})) == "x" * 200
    assert said(reply(422, {"error": "x" * 201})) == "x" * 199 + "…"


@pytest.mark.parametrize("in_lists", [False, True], ids=["objects", "lists"])
def test_words_are_looked_for_four_levels_deep(in_lists: bool) -> None:
    assert said(reply(422, nested("deep", 4, in_lists=in_lists))) == "deep"
    assert said(reply(422, nested("deeper", 5, in_lists=in_lists))) != "deeper"


def test_of_many_complaints_three_are_told() -> None:
    assert said(reply(422, ["a", "b", "c", "d"])) == "a: b: c"


def test_of_a_long_page_the_beginning_is_read() -> None:
    assert said(reply(502, b" " * 19_999 + b"ab")) == "a"


def test_a_large_number_is_a_moment_and_a_smaller_one_a_wait() -> None:
    assert retry_after(reply(429, RateLimit_Reset="999999999"), NOW) == timedelta(days=1)
    assert retry_after(reply(429, RateLimit_Reset="1000000000"), NOW) == timedelta(seconds=1)


@pytest.fixture
def _in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_in_tokyo")
def test_a_time_without_a_zone_is_not_taken_for_ours() -> None:
    assert retry_after(reply(429, X_RateLimit_Reset="2026-01-01 12:01:00"), NOW) == timedelta(minutes=1)
