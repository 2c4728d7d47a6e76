"""The exit code of a Pass: every cause, and which of several wins."""

import json

import pytest

from syndicator.exitcode import ExitCode, worst
from syndicator.report import DeliveryReport, FeedReport, PassReport

BAD_FEED = FeedReport("blog", "failed", reason="HTTP 500")
GOOD_FEED = FeedReport("notes", "unchanged")


def test_severity_is_in_the_documented_order() -> None:
    order = [78, 77, 74, 70, 80, 65, 69, 75, 0]
    codes = [ExitCode(number) for number in order]
    assert [worst(codes[place:]) for place in range(len(codes))] == codes
    assert [worst(reversed(codes[place:])) for place in range(len(codes))] == codes


def test_nothing_that_happened_is_all_done() -> None:
    assert worst([]) is ExitCode.OK
    assert PassReport().exit_code is ExitCode.OK


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (PassReport(feeds=[GOOD_FEED], networks={"m": "ok", "b": "ok"}), ExitCode.OK),
        (PassReport(networks={"m": "ok", "b": "auth_broken"}), ExitCode.CREDENTIALS),
        (PassReport(linkback="/srv/x: Is a directory"), ExitCode.LEDGER),
        (PassReport(waiting=1), ExitCode.PERSON),
        (PassReport(feeds=[GOOD_FEED, BAD_FEED]), ExitCode.FEED),
        (PassReport(networks={"m": "down"}), ExitCode.NETWORKS),
        (PassReport(networks={"m": "down", "b": "cooling"}), ExitCode.NETWORKS),
        (PassReport(networks={"m": "ok", "b": "down"}), ExitCode.LATER),
        (PassReport(networks={"m": "ok", "b": "cooling"}), ExitCode.LATER),
        (PassReport(pending=1), ExitCode.LATER),
        (PassReport(networks={"m": "paused"}), ExitCode.OK),
        (PassReport(networks={"m": "paused", "b": "down"}), ExitCode.LATER),
    ],
)
def test_each_cause_has_its_code(report: PassReport, code: ExitCode) -> None:
    assert report.exit_code is code


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (PassReport(networks={"m": "auth_broken"}, linkback="x", waiting=1, feeds=[BAD_FEED]), ExitCode.CREDENTIALS),
        (PassReport(linkback="x", waiting=1, feeds=[BAD_FEED]), ExitCode.LEDGER),
        (PassReport(waiting=1, feeds=[BAD_FEED], networks={"m": "down"}), ExitCode.PERSON),
        (PassReport(feeds=[BAD_FEED], networks={"m": "down"}, pending=1), ExitCode.FEED),
        (PassReport(networks={"m": "down"}, pending=1), ExitCode.NETWORKS),
    ],
)
def test_of_several_causes_the_severest_wins(report: PassReport, code: ExitCode) -> None:
    assert report.exit_code is code


def test_as_json_it_tells_everything_a_script_would_want() -> None:
    sent = DeliveryReport("m", "https://blog.example/1", "Title", "delivered", "https://social.example/1")
    report = PassReport(feeds=[BAD_FEED], deliveries=[sent], networks={"m": "ok"}, waiting=2, pending=3)
    told = json.loads(json.dumps(report.as_json()))
    assert (told["exit"], told["waiting_for_a_person"], told["pending"]) == (80, 2, 3)
    assert told["networks"] == {"m": "ok"}
    assert told["feeds"][0] == {"name": "blog", "result": "failed", "new": 0, "known": 0, "reason": "HTTP 500"}
    assert (told["deliveries"][0]["url"], told["linkback"]) == ("https://social.example/1", None)
