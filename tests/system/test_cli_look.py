"""status, list, explain and connectors, over a real ledger."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syndicator.cli.main import run
from syndicator.connector import Receipt
from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.outcome import Kind
from tests.system.cli_ground import BLOG, Ground, Said, feed_memory

Syndicate = Callable[..., Said]


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


@pytest.fixture
def syndicate(ground: Ground, capsys: pytest.CaptureFixture[str]) -> Syndicate:
    """The command over `ground`, in this process."""

    def call(*words: str) -> Said:
        code = run([*words, "--config", str(ground.config)])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


def test_status_of_a_new_ledger_says_what_to_do(syndicate: Syndicate) -> None:
    said = syndicate("status")
    assert said.code == 0
    assert "blog  never" in said.out
    assert "Nothing waits." in said.out
    assert said.out.endswith("→ next: syndicate run\n")


def test_status_counts_by_network_and_state(ground: Ground, syndicate: Syndicate) -> None:
    ground.owe("mastodon", "bluesky", state=State.SKIPPED, cause="baseline")
    ground.owe("mastodon")
    said = syndicate("status").out
    assert "1 held, 1 skipped" in said


def test_status_names_the_one_command_that_lets_held_posts_go(ground: Ground, syndicate: Syndicate) -> None:
    ground.owe("mastodon")
    said = syndicate("status").out
    assert "you        mastodon  1 held" in said
    assert "→ next: syndicate release --network mastodon --cause burst" in said


def test_status_puts_refused_credentials_first(ground: Ground, syndicate: Syndicate) -> None:
    ground.owe("mastodon")
    ledger = ground.open()
    ledger.set_network("bluesky", "auth_broken", reason="the password is not accepted")
    ledger.close()
    said = syndicate("status").out
    assert "waits for your login: the password is not accepted" in said
    assert "→ next: syndicate auth bluesky" in said


def test_status_tells_the_trouble_of_a_feed(ground: Ground, syndicate: Syndicate) -> None:
    ledger = ground.open()
    ledger.remember_feed(feed_memory(datetime.now(UTC), trouble="the server answered 500"))
    ledger.close()
    said = syndicate("status")
    assert "the server answered 500" in said.out
    assert "→ next: syndicate check" in said.out


def test_status_remembers_a_network_that_is_no_longer_configured(ground: Ground, syndicate: Syndicate) -> None:
    ground.owe("tumblr")
    assert "tumblr    no longer configured" in syndicate("status").out


def test_status_as_json_has_everything_a_script_needs(ground: Ground, syndicate: Syndicate) -> None:
    ground.owe("mastodon")
    view = json.loads(syndicate("status", "--json").out)
    assert (view["feeds"][0]["name"], view["exit"]) == ("blog", 80)
    assert [w["command"] for w in view["waiting"]] == ["syndicate release --network mastodon --cause burst"]


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.HELD, ExitCode.PERSON),
        (State.READY, ExitCode.OK),
        (State.SKIPPED, ExitCode.OK),
    ],
)
def test_status_check_says_by_its_exit_code_whom_it_waits_for(
    state: State, code: int, ground: Ground, syndicate: Syndicate
) -> None:
    ground.owe("mastodon", state=state)
    assert syndicate("status", "--check") == Said(code, "", "")


def test_list_shows_what_is_not_finished(ground: Ground, syndicate: Syndicate) -> None:
    (held,) = ground.owe("mastodon", title="Held back")
    ground.owe("mastodon", state=State.SKIPPED, cause="baseline", title="Left out")
    said = syndicate("list").out
    assert f"{held}!  mastodon  held" in said
    assert "Left out" not in said
    assert said.splitlines()[-1] == "-- 1 shown: 1 held (!)"


def test_list_of_nothing_says_so(syndicate: Syndicate) -> None:
    assert syndicate("list").out == "Nothing is waiting.\n"


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ([], {"one", "two", "three"}),
        (["--network", "bluesky"], {"two"}),
        (["--state", "ready"], {"three"}),
        (["--state", "ready", "--state", "held"], {"one", "two", "three"}),
        (["--cause", "old"], {"two"}),
        (["--all"], {"one", "two", "three", "four"}),
        (["--limit", "1", "--state", "ready"], {"three"}),
    ],
)
def test_list_is_narrowed_by_state_network_and_cause(
    words: list[str], titles: set[str], ground: Ground, syndicate: Syndicate
) -> None:
    ground.owe("mastodon", title="one")
    ground.owe("bluesky", cause="old", title="two")
    ground.owe("mastodon", state=State.READY, cause="new", title="three")
    ground.owe("mastodon", state=State.SKIPPED, cause="baseline", title="four")
    assert {entry["title"] for entry in json.loads(syndicate("list", "--json", *words).out)} == titles


def test_list_says_when_there_is_more(ground: Ground, syndicate: Syndicate) -> None:
    ground.owe("mastodon", "bluesky")
    assert "-- 1 shown: 1 held (!); there are more, see --limit" in syndicate("list", "--limit", "1").out


def test_list_shows_a_hostile_title_harmlessly(ground: Ground, syndicate: Syndicate) -> None:
    ground.owe("mastodon", title="clear \x1b[2J all")
    assert "\x1b" not in syndicate("list").out


def test_an_unknown_network_is_answered_with_the_nearest(syndicate: Syndicate) -> None:
    said = syndicate("list", "--network", "mastadon")
    assert said.code == ExitCode.USAGE
    assert "no network is called mastadon; did you mean mastodon?" in said.err


def test_explain_tells_when_it_was_seen_and_how_it_is_recognised(ground: Ground, syndicate: Syndicate) -> None:
    ground.owe("mastodon")
    said = syndicate("explain", f"{BLOG}/1").out
    assert said.startswith(f"A walk\n  {BLOG}/1, from the feed blog\n  Seen: first ")
    assert "Recognised by: guid tag:blog.example,1; url //blog.example/1." in said


def test_explain_says_why_and_what_to_type(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon")
    said = syndicate("explain", f"{BLOG}/1").out
    assert "Why: more new posts came at once than usual, which may be a mishap of the blog." in said
    assert f"Next: nothing until you let it go.\n  → syndicate release {number}\n" in said


def test_explain_names_the_network_that_owes_nothing(ground: Ground, syndicate: Syndicate) -> None:
    ground.owe("mastodon")
    assert "bluesky: nothing is owed there" in syndicate("explain", f"{BLOG}/1").out


def test_explain_tells_every_attempt_with_its_reason(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon", state=State.READY, cause="new")
    ground.send(number, Kind.DEFERRED, "503 Service Unavailable")
    said = syndicate("explain", str(number)).out
    assert "deferred: 503 Service Unavailable" in said
    assert "Next: it is tried again in 1 h" in said


def test_explain_finds_a_post_by_the_address_of_its_copy(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon", state=State.READY, cause="new")
    ground.send(number, Kind.DELIVERED, receipt=Receipt("9", "https://social.example/@me/9"))
    said = syndicate("explain", "https://social.example/@me/9").out
    assert said.startswith("A walk\n")
    assert "Copy: https://social.example/@me/9" in said


def test_explain_says_that_a_paused_network_stands_in_the_way(ground: Ground, syndicate: Syndicate) -> None:
    ground.owe("mastodon", state=State.READY, cause="new")
    syndicate("pause", "mastodon")
    assert "but mastodon is paused until `syndicate resume mastodon`" in syndicate("explain", f"{BLOG}/1").out


def test_explain_as_json_has_attempts_and_events(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon", state=State.READY, cause="new")
    ground.send(number, Kind.REJECTED, "too long")
    (story,) = json.loads(syndicate("explain", f"{BLOG}/1", "--json").out)
    chapter = story["chapters"][0]
    assert chapter["attempts"][0]["reason"] == "too long"
    assert [event["target"] for event in chapter["events"]] == ["ready", "sending", "failed"]


@pytest.mark.parametrize("word", ["https://blog.example/nowhere", "999", "99999999999999999999999"])
def test_what_nobody_knows_is_said_and_ends_with_64(word: str, syndicate: Syndicate) -> None:
    said = syndicate("explain", word)
    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert word in said.err


def test_looking_changes_nothing(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon", state=State.READY)
    before = ground.delivery(number)
    syndicate("status")
    syndicate("list")
    syndicate("explain", str(number))
    assert ground.delivery(number) == before


def test_without_a_ledger_the_error_names_the_next_command(ground: Ground, syndicate: Syndicate) -> None:
    (ground.home / "ledger.db").unlink()
    said = syndicate("status")
    assert said.code == ExitCode.LEDGER
    assert said.err.startswith("syndicate: the ledger ")
    assert "→ try: " in said.err


def test_connectors_names_what_is_installed(syndicate: Syndicate) -> None:
    said = syndicate("connectors")
    assert said.code == 0
    assert said.out.startswith("KIND")


def test_connectors_as_json_says_why_one_cannot_be_used(syndicate: Syndicate) -> None:
    records = json.loads(syndicate("connectors", "--json").out)
    assert {"kind", "distribution", "version", "status", "reason"} <= set(records[0])
