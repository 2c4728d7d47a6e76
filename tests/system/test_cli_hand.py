"""retry, hold, release, skip, resolve, pause, resume: what they move, what they leave alone, what they say."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicator.cli import picking
from syndicator.cli.main import run
from syndicator.connector import Proof
from syndicator.exitcode import ExitCode
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import Delivery
from syndicator.ledger.states import State
from syndicator.outcome import Kind
from tests.system.cli_ground import BLOG, Ground, Said

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


def ready(ground: Ground, network: str = "mastodon") -> int:
    (number,) = ground.owe(network, state=State.READY, cause="new")
    return number


def ended(ground: Ground, kind: Kind, network: str = "mastodon") -> int:
    number = ready(ground, network)
    ground.send(number, kind, "as the test wants it")
    return number


def asked(ground: Ground) -> int:
    number = ended(ground, Kind.UNKNOWN)
    ledger = ground.open()
    ledger.move(ledger.delivery(number), "ask", cause="the service offers no way to find out")
    ledger.close()
    return number


@pytest.mark.parametrize("kind", [Kind.REJECTED, Kind.DEFERRED])
def test_retry_makes_a_delivery_due_now(kind: Kind, ground: Ground, syndicate: Syndicate) -> None:
    number = ended(ground, kind)
    said = syndicate("retry", str(number))
    ledger = ground.open()
    due = [delivery.id for delivery in ledger.due("mastodon", datetime.now(UTC))]
    ledger.close()
    assert said == Said(0, f"{number} mastodon: tried again with the next run\n", "")
    assert due == [number]


def test_retry_begins_the_time_it_may_be_tried_anew(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon", state=State.READY, cause="new", age=24 * 30)
    ground.send(number, Kind.REJECTED)
    syndicate("retry", str(number))
    assert datetime.now(UTC) - ground.delivery(number).owed_since < timedelta(minutes=5)


def test_retry_of_an_unknown_points_to_resolve_and_moves_nothing(ground: Ground, syndicate: Syndicate) -> None:
    number = ended(ground, Kind.UNKNOWN)
    said = syndicate("retry", str(number))
    assert said.code == ExitCode.USAGE
    assert f"{number} mastodon: left alone: sent, but the answer was lost (unknown)" in said.out
    assert f"if you know, `syndicate resolve {number}`" in said.out
    assert ground.delivery(number).state is State.UNKNOWN


def test_retry_all_never_revives_what_was_skipped(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon", state=State.SKIPPED, cause="baseline")
    assert syndicate("retry", "ALL") == Said(0, "Nothing matches.\n", "")
    assert ground.delivery(number).state is State.SKIPPED


@pytest.mark.parametrize("words", [["{number}"], ["--state", "skipped"]])
def test_a_skipped_one_is_revived_by_name(words: list[str], ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon", state=State.SKIPPED, cause="baseline")
    syndicate("retry", *(word.format(number=number) for word in words))
    assert ground.delivery(number).state is State.READY


def test_release_lets_held_ones_of_a_cause_go(ground: Ground, syndicate: Syndicate) -> None:
    (burst,) = ground.owe("mastodon")
    (old,) = ground.owe("mastodon", cause="old")
    assert syndicate("release", "--cause", "burst").code == 0
    assert (ground.delivery(burst).state, ground.delivery(old).state) == (State.READY, State.HELD)


def test_release_by_url_lets_all_networks_of_the_post_go(ground: Ground, syndicate: Syndicate) -> None:
    numbers = ground.owe("mastodon", "bluesky")
    syndicate("release", f"{BLOG}/1")
    assert [ground.delivery(n).state for n in numbers] == [State.READY, State.READY]


def test_release_by_url_and_network_lets_one_go(ground: Ground, syndicate: Syndicate) -> None:
    mastodon, bluesky = ground.owe("mastodon", "bluesky")
    syndicate("release", f"{BLOG}/1", "--network", "bluesky")
    assert (ground.delivery(mastodon).state, ground.delivery(bluesky).state) == (State.HELD, State.READY)


def test_a_released_old_post_is_not_at_once_too_late(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon", cause="old", age=24 * 30)
    syndicate("release", str(number))
    assert datetime.now(UTC) - ground.delivery(number).owed_since < timedelta(minutes=5)


def test_release_says_that_a_paused_network_stands_in_the_way(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon")
    syndicate("pause", "mastodon")
    said = syndicate("release", str(number)).out
    assert "; but mastodon is paused until `syndicate resume mastodon`" in said


def test_hold_keeps_a_ready_delivery_back(ground: Ground, syndicate: Syndicate) -> None:
    number = ready(ground)
    syndicate("hold", str(number))
    held = ground.delivery(number)
    assert (held.state, held.cause) == (State.HELD, "owner")


def test_hold_leaves_a_delivery_in_doubt_alone(ground: Ground, syndicate: Syndicate) -> None:
    number = ended(ground, Kind.UNKNOWN)
    said = syndicate("hold", "ALL")
    assert said == Said(0, "Nothing matches.\n", "")
    assert ground.delivery(number).state is State.UNKNOWN


def test_skip_decides_against_several_at_once(ground: Ground, syndicate: Syndicate) -> None:
    held, late = ground.owe("mastodon")[0], ended(ground, Kind.DEFERRED)
    syndicate("skip", str(held), str(late))
    assert {ground.delivery(held).state, ground.delivery(late).state} == {State.SKIPPED}


def test_skip_of_a_delivered_one_says_that_it_is_done(ground: Ground, syndicate: Syndicate) -> None:
    number = ended(ground, Kind.DELIVERED)
    said = syndicate("skip", str(number))
    assert said.code == ExitCode.USAGE
    assert said.out == f"{number} mastodon: left alone: published (delivered)\n"


@pytest.mark.parametrize("verb", ["retry", "hold", "release", "skip"])
def test_nothing_moves_without_a_target(verb: str, ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon")
    said = syndicate(verb)
    assert said.code == ExitCode.USAGE
    assert "or ALL" in said.err
    assert ground.delivery(number).state is State.HELD


def test_the_word_all_in_small_letters_is_no_order(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon")
    assert syndicate("release", "all").code == ExitCode.USAGE
    assert ground.delivery(number).state is State.HELD


def test_one_wrong_word_among_several_moves_nothing(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon")
    assert syndicate("release", str(number), "999").code == ExitCode.USAGE
    assert ground.delivery(number).state is State.HELD


def test_what_the_owner_did_is_written_down_as_the_owners(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon")
    syndicate("release", str(number))
    ledger = ground.open()
    last = list(ledger.events(number))[-1]
    ledger.close()
    assert (last.move, last.actor, last.target) == ("release", "owner", State.READY)


@pytest.mark.parametrize("make", [asked, lambda ground: ended(ground, Kind.UNKNOWN)])
def test_resolve_posted_records_the_copy_and_who_said_so(
    make: Callable[[Ground], int], ground: Ground, syndicate: Syndicate
) -> None:
    number = make(ground)
    assert syndicate("resolve", str(number), "--posted", "https://social.example/@me/5").code == 0
    moved = ground.delivery(number)
    assert (moved.state, moved.url, moved.proof) == (State.DELIVERED, "https://social.example/@me/5", Proof.HUMAN)
    assert moved.delivered_at is not None


def test_resolve_not_posted_sends_it_again(ground: Ground, syndicate: Syndicate) -> None:
    number = asked(ground)
    syndicate("resolve", f"{BLOG}/1", "--not-posted")
    assert ground.delivery(number).state is State.READY


@pytest.mark.parametrize(
    "words",
    [[], ["--posted", "https://social.example/1", "--not-posted"], ["--posted", "yes"]],
)
def test_resolve_wants_one_clear_answer(words: list[str], ground: Ground, syndicate: Syndicate) -> None:
    number = asked(ground)
    assert syndicate("resolve", str(number), *words).code == ExitCode.USAGE
    assert ground.delivery(number).state is State.ASK


def test_resolve_of_several_networks_wants_one_named(ground: Ground, syndicate: Syndicate) -> None:
    mastodon, bluesky = ground.owe("mastodon", "bluesky")
    said = syndicate("resolve", f"{BLOG}/1", "--posted", "https://social.example/1")
    assert said.code == ExitCode.USAGE
    assert "several networks (mastodon, bluesky); name one" in said.err
    assert syndicate("resolve", f"{BLOG}/1", "-n", "bluesky", "--posted", "https://bsky.example/1").code == 0
    assert (ground.delivery(mastodon).state, ground.delivery(bluesky).state) == (State.HELD, State.DELIVERED)


def test_resolve_never_takes_the_word_all(ground: Ground, syndicate: Syndicate) -> None:
    number = asked(ground)
    assert syndicate("resolve", "ALL", "--not-posted").code == ExitCode.USAGE
    assert ground.delivery(number).state is State.ASK


def test_a_pass_that_was_faster_wins_and_is_named(
    ground: Ground, syndicate: Syndicate, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = ready(ground)
    choose = picking.pick

    def choose_then_lose(wanted: Any, order: Any, o: Any) -> Any:
        picked = choose(wanted, order, o)
        ground.send(number, Kind.DELIVERED)
        return picked

    monkeypatch.setattr("syndicator.cli.hand.pick", choose_then_lose)
    said = syndicate("hold", str(number))
    assert said.code == ExitCode.LATER
    assert "a running Pass was faster, nothing was changed" in said.out
    assert ground.delivery(number).state is State.DELIVERED


def test_pause_and_resume_turn_a_network_off_and_on(ground: Ground, syndicate: Syndicate) -> None:
    remember_account(ground)
    assert syndicate("pause", "mastodon").code == 0
    paused = health(ground)
    assert syndicate("resume", "mastodon").code == 0
    assert (paused, health(ground)) == ("paused", "ok")


def test_pausing_does_not_forget_the_account(ground: Ground, syndicate: Syndicate) -> None:
    remember_account(ground)
    syndicate("pause", "mastodon")
    ledger = ground.open()
    row = ledger.network("mastodon")
    ledger.close()
    assert (row.account, row.account_name) == ("7", "@me")


def test_pausing_what_is_not_there_names_the_nearest(syndicate: Syndicate) -> None:
    said = syndicate("pause", "blusky")
    assert said.code == ExitCode.USAGE
    assert "did you mean bluesky?" in said.err


def health(ground: Ground) -> str:
    ledger: Ledger = ground.open()
    try:
        return ledger.network("mastodon").health
    finally:
        ledger.close()


def remember_account(ground: Ground) -> None:
    ledger = ground.open()
    ledger.set_network("mastodon", "ok", account="7", account_name="@me")
    ledger.close()


def test_a_delivery_is_named_as_the_list_names_it(ground: Ground, syndicate: Syndicate) -> None:
    (number,) = ground.owe("mastodon")
    delivery: Delivery = ground.delivery(number)
    assert syndicate("skip", str(number)).out.startswith(f"{delivery.id} {delivery.network}: left out")


@pytest.mark.parametrize(
    "cause",
    [
        "burst",
        "look-alike",
        "repurposed",
        "strange",
        "undated",
        "away",
        "readdressed",
        "restored",
        "local-link",
        "old",
        "approve",
    ],
)
def test_every_guard_lets_go_at_one_command(ground: Ground, syndicate: Syndicate, cause: str) -> None:
    (held,) = ground.owe("mastodon", cause=cause)
    assert syndicate("release", "--cause", cause).code == 0
    assert ground.delivery(held).state is State.READY
