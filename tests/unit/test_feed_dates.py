"""Reading dates as feeds write them."""

from datetime import UTC, datetime

import pytest

from syndicator.feed.dates import when


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-01T12:30:00Z",
        "2026-06-01T14:30:00+02:00",
        "2026-06-01T14:30:00.123456+0200",
        "2026-06-01 12:30",
        "2026-06-01 12:30:00 UTC",
        "Mon, 01 Jun 2026 12:30:00 GMT",
        "Mon, 1 Jun 26 08:30:00 EDT",
        "Mon, 01 Jun 2026 14:30:00 CEST",
        "Mon, 01 Jun 2026 21:30:00 JST",
        "01 Jun 2026 12:30 +0000",
        "1 Jun. 2026 12:30:00 GMT",
        "June 1, 2026 12:30 GMT",
        "Mon Jun 01 2026 14:30:00 GMT+0200 (Central European Summer Time)",
        "1780317000",
        "1780317000000",
        "  2026-06-01T12:30:00Z\n",
    ],
)
def test_one_moment_in_many_spellings(text: str) -> None:
    moment = when(text)
    assert moment is not None
    assert moment.replace(microsecond=0, second=0) == datetime(2026, 6, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("12 Sept. 2023 10:00:00 GMT", datetime(2023, 9, 12, 10, tzinfo=UTC)),
        ("2026-06-01", datetime(2026, 6, 1, tzinfo=UTC)),
        ("2026-06-01T24:00:00Z", datetime(2026, 6, 2, tzinfo=UTC)),
        ("Tue, 02 Jul 2024 12:00:00 XYZ", datetime(2024, 7, 2, 12, tzinfo=UTC)),
        ("2099-01-01T00:00:00Z", datetime(2099, 1, 1, tzinfo=UTC)),
    ],
)
def test_spellings_that_need_care(text: str, moment: datetime) -> None:
    assert when(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "1989-12-31T23:59:59Z",
        "2024-06-31",
        "Sun, 31 Jun 2024 00:00:00 GMT",
        "03/04/2024",
        "2024",
        "1031",
        "yesterday",
        "Two days in June",
        "99999-01-01",
        "2024-01-01T99:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "x" * 100_000,
    ],
)
def test_what_is_no_date_or_cannot_be_true_is_none(text: str | None) -> None:
    assert when(text) is None
