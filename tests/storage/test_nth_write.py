"""The n-th call that changes a file fails, or is the last one: said in words, nothing sent without a lasting intent,
and the next life settles everything. The normal run plays a sample, `make soak` every number (F-30, F-31, F-32)."""

import errno
from typing import Any

import pytest

from syndicator.exitcode import ExitCode
from tests.storage.conftest import Zygote
from tests.storage.shim import How

SAMPLE = 110  # in the normal run: each 110th number, and for each way of failing others
GOES_ON = (ExitCode.OK, ExitCode.LATER, ExitCode.NETWORKS, ExitCode.CREDENTIALS)
"""Where what failed was not the ledger's: the tokens' file, or something that is made again."""

ERRORS = {"full": errno.ENOSPC, "broken": errno.EIO, "read-only": errno.EROFS, "short": 0, "killed": 0}
HOW = [
    ("full", How.FAIL),
    ("broken", How.FAIL),
    ("read-only", How.FAIL),
    ("full", How.FAIL_FROM),
    ("broken", How.FAIL_FROM),
    ("read-only", How.FAIL_FROM),
    ("short", How.SHORTEN),
    ("killed", How.KILL_BEFORE),
    ("killed", How.KILL_AFTER),
]
NAMES = [f"{what}-{how.name.lower()}" for what, how in HOW]


def played(zygote: Zygote, what: str, how: How, numbers: range, *, from_nothing: bool) -> list[dict[str, Any]]:
    asked = {"how": how, "error": ERRORS[what], "from_nothing": from_nothing}
    found: list[dict[str, Any]] = zygote.ask("stories", numbers=list(numbers), **asked)
    return found


def wrong(story: dict[str, Any]) -> list[str]:
    """What is not as it has to be; the next life has been judged already."""
    number, ending, broken = story["number"], story["ending"], list(story["broken"])
    if ending is not None and ending["code"] == ExitCode.LEDGER and ending["message"] and not ending["hint"]:
        broken.append("it ends without advice")
    if ending is not None and ending["code"] not in (ExitCode.LEDGER, *GOES_ON):
        broken.append(f"it ends with {ending['code']}: {ending['message']}")
    return [f"at call {number}: {sentence}" for sentence in broken]


def calls(zygote: Zygote, *, from_nothing: bool) -> int:
    found = zygote.ask("calls", from_nothing=from_nothing)
    assert (found["code"], found["message"]) == (0, "")
    return int(found["calls"])


def test_a_healthy_life_needs_many_calls(zygote: Zygote) -> None:
    assert calls(zygote, from_nothing=False) > 150


@pytest.mark.parametrize(("number", "what", "how"), [(i, *one) for i, one in enumerate(HOW)], ids=NAMES)
def test_a_disk_that_fails_at_some_calls_does_no_harm(zygote: Zygote, number: int, what: str, how: How) -> None:
    last = calls(zygote, from_nothing=False)
    stories = played(zygote, what, how, range(1 + 12 * number, last + 1, SAMPLE), from_nothing=False)
    assert all(story["hit"] for story in stories)
    assert [sentence for story in stories for sentence in wrong(story)] == []


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("from_nothing", [False, True], ids=["a-pass", "the-first-pass"])
@pytest.mark.parametrize(("what", "how"), HOW, ids=NAMES)
def test_a_disk_that_fails_at_any_call_does_no_harm(zygote: Zygote, what: str, how: How, from_nothing: bool) -> None:
    last = calls(zygote, from_nothing=from_nothing)
    stories = played(zygote, what, how, range(1, last + 1), from_nothing=from_nothing)
    assert all(story["hit"] for story in stories)
    assert [sentence for story in stories for sentence in wrong(story)] == []


def test_a_disk_that_stays_read_only_stops_everything_before_it_sends(zygote: Zygote) -> None:
    (story,) = played(zygote, "read-only", How.FAIL_FROM, range(1, 2), from_nothing=False)
    assert story["ending"]["code"] == ExitCode.LEDGER
    assert "Read-only file system" in story["ending"]["message"]
    assert story["broken"] == []
