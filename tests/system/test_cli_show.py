"""What is printed: escaped, aligned, plain in a pipe, and times as people say them."""

import io
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syndicator.cli import moments, show, words
from syndicator.ledger.rows import FeedMemory
from syndicator.ledger.states import State

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Terminal(io.StringIO):
    """A stdout that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_escape_in_remote_text_is_shown_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    show.line("a title \x1b[2J with a trick \u202e")
    assert capsys.readouterr().out == "a title \\x1b[2J with a trick \\u202e\n"


def test_trouble_goes_to_stderr_and_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    show.trouble("it said \x07")
    assert capsys.readouterr().err == "it said \\x07\n"


def test_columns_line_up_also_under_wide_letters(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(("TITLE", "STATE"), [("日本", "held"), ("abc", "ready")])
    assert capsys.readouterr().out == "TITLE  STATE\n日本   held\nabc    ready\n"


def test_a_table_without_rows_still_has_its_titles(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(("TITLE", "STATE"), [])
    assert capsys.readouterr().out == "TITLE  STATE\n"


def test_a_pipe_gets_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(("STATE",), [(show.Cell("failed", "red"),)])
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(("variable", "coloured"), [("TERM", True), ("NO_COLOR", False)])
def test_a_terminal_gets_colour_unless_no_color_is_set(
    variable: str, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(variable, "xterm")
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    show.table(("STATE",), [(show.Cell("failed", "red"),)])
    assert ("\x1b[31m" in terminal.getvalue()) is coloured


def test_a_title_in_brackets_is_no_markup_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    show.table(("POST",), [("[red]not markup[/red] :smile:",)])
    assert "[red]not markup[/red] :smile:" in terminal.getvalue()


def test_json_is_one_line_with_times_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    show.as_json({"at": NOW, "rest": timedelta(minutes=2), "state": State.HELD, "feed": FeedMemory("blog")})
    out = capsys.readouterr().out
    said = json.loads(out)
    assert out.count("\n") == 1
    assert (said["at"], said["rest"], said["state"]) == ("2026-03-01T12:00:00Z", 120.0, "held")
    assert said["feed"]["name"] == "blog"


def test_json_carries_no_control_letter_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show.as_json(["\x1b[2J\x9b\u202e"])
    assert capsys.readouterr().out == '["\\u001b[2J\\u009b\\u202e"]\n'


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=0), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=5, seconds=30), "5 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=3, hours=4), "3 d"),
    ],
)
def test_a_length_is_said_in_its_largest_unit(length: timedelta, said: str) -> None:
    assert moments.span(length) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (None, "never"),
        (NOW, "just now"),
        (NOW - timedelta(minutes=3), "3 min ago"),
        (NOW - timedelta(days=90), "2025-12-01"),
    ],
)
def test_the_past_is_said_as_people_say_it(at: datetime | None, said: str) -> None:
    assert moments.ago(at, NOW) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (None, "with the next run"),
        (NOW - timedelta(minutes=1), "with the next run"),
        (NOW + timedelta(minutes=90), "in 1 h 30 min"),
        (NOW + timedelta(days=90), "on 2026-05-30"),
    ],
)
def test_the_future_is_said_as_people_say_it(at: datetime | None, said: str) -> None:
    assert moments.until(at, NOW) == said


def test_a_moment_is_shown_in_the_owners_zone() -> None:
    assert moments.moment(NOW, ZoneInfo("Europe/Berlin")) == "2026-03-01 13:00 CET"


def test_every_state_has_words_and_a_mark_of_its_own() -> None:
    marks = [words.STATES[state].mark for state in State]
    assert len(set(marks)) == len(list(State))
    assert {len(mark) for mark in marks} == {1}


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        ("tag:nosyndicate", "it is tagged nosyndicate, which is among the network's exclude_tags"),
        ("burst", "more new posts came at once than usual, which may be a mishap of the blog"),
        ("503 Service Unavailable", "503 Service Unavailable"),
    ],
)
def test_a_cause_becomes_a_sentence(cause: str, sentence: str) -> None:
    assert words.why(cause) == sentence


@pytest.mark.parametrize(
    "cause",
    ["look-alike", "repurposed", "strange", "undated", "away", "readdressed", "archive", "withdrawn", "burst", "old"],
)
def test_every_guard_says_what_it_is_afraid_of(cause: str) -> None:
    assert words.why(cause) == words.CAUSES[cause] != cause
