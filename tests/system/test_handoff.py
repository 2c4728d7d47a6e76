"""Copies that a person publishes: prepared once, told once, reminded of twice, and never sent by the program."""

import itertools
import json
import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syndicator.cli.main import run
from syndicator.connector import Proof
from syndicator.exitcode import ExitCode
from syndicator.handoff import LOOKED_FOR, REMINDERS
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.states import State
from syndicator.run import Scope, make_pass
from tests.system.by_hand import PAGE, Desk, add_blind_hand, desk_in, number_in
from tests.system.cli_ground import Said
from tests.system.pass_ground import DAY, HOUR, MINUTE, Ground, ground_in

SECOND = timedelta(seconds=1)
EITHER = pytest.mark.parametrize("desk", ["by-hand", "blind-hand"], indirect=True)
Syndicate = Callable[..., Said]


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An installation with a network that a person publishes on; `indirect` says which."""
    with desk_in(tmp_path, monkeypatch, getattr(request, "param", "by-hand")) as made:
        yield made


@pytest.fixture
def ground(desk: Desk) -> Ground:
    return desk.ground


@pytest.fixture
def waiting(desk: Desk) -> Desk:
    """One post has been handed off, now."""
    desk.ground.publish("walk", tags=("lakes",), images=(("lake.png", "A lake at dawn"),))
    desk.ground.walk()
    return desk


@pytest.fixture
def syndicate(ground: Ground, capsys: pytest.CaptureFixture[str]) -> Syndicate:
    """The command over `ground`, in this process, on the machine's own clock."""

    def call(*words: str) -> Said:
        capsys.readouterr()
        code = run(["--config", str(ground.scene.config), *words])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


def state(desk: Desk, name: str = "walk") -> State:
    return desk.ground.delivery(desk.network, name).state


def number(desk: Desk, name: str = "walk") -> int:
    return desk.ground.delivery(desk.network, name).id


def later(desk: Desk, by: timedelta) -> None:
    """Time passes, and then a Pass is made as the daemon makes one."""
    desk.ground.later(by)
    desk.ground.walk(by_hand=False)


# Preparing


@EITHER
def test_what_is_due_is_laid_ready_and_announced_and_not_sent(desk: Desk, ground: Ground) -> None:
    ground.publish("walk", tags=("lakes",), images=(("lake.png", "A lake at dawn"),))
    report = ground.walk()
    (folder,), (line,) = desk.folders, report.deliveries
    (told,) = ground.events.of("delivery_handoff")
    assert (report.exit_code, report.waiting, report.pending) == (ExitCode.PERSON, 1, 0)
    assert (line.result, line.reason) == ("handoff", f"prepared in {folder}")
    assert told == {
        "network": desk.network,
        "post": ground.link("walk"),
        "path": str(folder),
        "page": PAGE,
        "hint": f"syndicate done {number(desk)} ADDRESS-OF-THE-COPY",
    }
    assert sorted(path.name for path in folder.iterdir()) == [
        "card.html",
        "card.md",
        "cover.png",
        "story.html",
        "text.txt",
    ]
    assert "sent" not in desk.world.read()


def test_the_folder_is_named_after_the_day_and_the_post(waiting: Desk) -> None:
    (folder,) = waiting.folders
    row = waiting.ground.delivery("by-hand")
    day = (waiting.ground.clock.now() - MINUTE).date().isoformat()
    assert folder.relative_to(waiting.outbox).as_posix() == f"by-hand/{day}-walk-{row.key[:6]}"
    assert number_in((folder / "card.md").read_text()) == row.id


def test_many_passes_later_it_has_been_announced_once_and_its_folder_is_as_it_was(waiting: Desk) -> None:
    before = {path: path.stat().st_mtime_ns for path in waiting.folders[0].iterdir()}
    for _ in range(5):
        report = waiting.ground.walk()
        assert (report.exit_code, report.deliveries) == (ExitCode.PERSON, [])
        waiting.ground.later(20 * MINUTE)
    assert waiting.told("delivery_handoff") == 1
    assert {path: path.stat().st_mtime_ns for path in waiting.folders[0].iterdir()} == before


def test_each_post_has_a_folder_of_its_own(desk: Desk, ground: Ground) -> None:
    ground.publish("one", "two", "three")
    ground.walk()
    assert len(desk.folders) == desk.told("delivery_handoff") == 3


def killed(desk: Desk, monkeypatch: pytest.MonkeyPatch, where: object, name: str, *, at: int = 1) -> None:
    """Make a Pass in a process that is killed when it calls `name` for the `at`-th time."""
    calls = []

    original = getattr(where, name)

    def count(*args: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **named)

    child = os.fork()
    if child == 0:
        try:
            setattr(where, name, count)
            desk.ground.walk()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_a_kill_between_the_folder_and_the_ledger_does_no_harm(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.ground.publish("walk")
    killed(desk, monkeypatch, Ledger, "hand_off")
    (before,) = desk.folders
    assert state(desk) is State.READY
    desk.ground.later(MINUTE)
    desk.ground.walk()
    assert (state(desk), desk.folders, desk.told("delivery_handoff")) == (State.HANDOFF, [before], 1)


def test_a_kill_while_the_folder_is_written_leaves_nothing_behind(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.ground.publish("walk")
    killed(desk, monkeypatch, os, "fsync", at=3)
    half = {path.name for path in desk.folders[0].iterdir()}
    assert any(name.startswith(".card.html.") for name in half)
    desk.ground.walk()
    assert {path.name for path in desk.folders[0].iterdir()} == {"card.md", "card.html", "text.txt", "story.html"}


def test_an_outbox_that_cannot_be_written_stops_its_network_and_loses_nothing(desk: Desk, ground: Ground) -> None:
    desk.outbox.write_text("in the way")
    ground.publish("one", "two")
    report = ground.walk()
    row = ground.network("by-hand")
    assert (report.exit_code, row.health) == (ExitCode.NETWORKS, "down")
    assert row.reason == f"the outbox cannot be written: {desk.outbox}: File exists"
    assert {ground.delivery("by-hand", name).attempts for name in ("one", "two")} == {0}
    desk.outbox.unlink()
    ground.walk()
    assert ground.states("by-hand")[-2:] == [State.HANDOFF, State.HANDOFF]


def test_what_its_owner_left_out_meanwhile_is_not_handed_off(
    desk: Desk, ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.publish("walk", images=(("lake.png", ""),))
    ground.while_drawing(lambda: ground.say("skip", ground.link("walk")))
    ground.walk()
    assert (state(desk), desk.folders, desk.told("delivery_handoff")) == (State.SKIPPED, [], 0)


def test_news_that_is_too_old_is_held_and_not_prepared(desk: Desk, ground: Ground) -> None:
    ground.edit("config.toml", "[defaults]\n", '[defaults]\nbest_before = "1h"\n')
    ground.edit("config.toml", 'settle = "0s"', 'settle = "2h"')
    ground.publish("walk")
    ground.walk()
    later(desk, 2 * HOUR)
    assert (state(desk), desk.folders) == (State.HELD, [])


def test_a_paused_network_is_not_prepared_for(desk: Desk, ground: Ground) -> None:
    ground.say("pause", "by-hand")
    ground.publish("walk")
    ground.walk()
    assert (state(desk), desk.folders) == (State.READY, [])


def test_the_outbox_can_be_elsewhere(desk: Desk, ground: Ground, tmp_path: Path, syndicate: Syndicate) -> None:
    ground.edit("config.toml", "", '\n[outbox]\npath = "for-me"\n')
    ground.publish("walk")
    ground.walk()
    (folder,) = tmp_path.glob("for-me/by-hand/*")
    assert str(folder) in syndicate("explain", ground.link("walk")).out
    syndicate("done", ground.link("walk"))
    assert not folder.exists()


@pytest.mark.parametrize("words", [["preview", "{link}"], ["run", "--dry-run"]])
def test_a_copy_can_be_looked_at_before(words: list[str], desk: Desk, ground: Ground, syndicate: Syndicate) -> None:
    ground.publish("walk")
    said = syndicate(*(word.format(link=ground.link("walk")) for word in words))
    assert (said.code, desk.folders) == (0, [])
    assert "About walk" in said.out


# Reminding


@EITHER
def test_reminders_come_after_three_days_and_after_ten_each_once(waiting: Desk) -> None:
    passed, told = timedelta(0), []
    for at in (*(moment for after in REMINDERS for moment in (after - SECOND, after, after + SECOND)), 40 * DAY):
        later(waiting, at - passed)
        waiting.ground.walk()
        passed = at
        told.append(waiting.told("handoff_reminded"))
    assert told == [0, 1, 1, 1, 2, 2, 2]


def test_a_reminder_says_where_it_lies_and_what_to_type(waiting: Desk) -> None:
    later(waiting, 3 * DAY)
    (told,) = waiting.ground.events.of("handoff_reminded")
    assert told["path"] == str(waiting.folders[0])
    assert told["hint"] == f"syndicate done {number(waiting)} ADDRESS-OF-THE-COPY"
    assert told["since"] == waiting.ground.clock.now() - 3 * DAY


@EITHER
def test_after_a_long_absence_one_reminder_is_told_and_not_two(waiting: Desk) -> None:
    later(waiting, 15 * DAY)
    later(waiting, 15 * DAY)
    assert waiting.told("handoff_reminded") == 1


def test_without_a_page_to_read_the_daemon_wakes_for_the_reminders_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk_in(tmp_path, monkeypatch, "blind-hand") as desk:
        desk.ground.publish("walk")
        desk.ground.walk()
        start = desk.ground.clock.now()
        woken: list[timedelta] = []
        while len(woken) < 9 and (at := due(desk)) is not None:
            woken.append(at - start)
            later(desk, at - desk.ground.clock.now())
        assert woken == [*REMINDERS]


def test_a_reminder_needs_no_service_that_answers_and_is_not_told_again_for_that(waiting: Desk) -> None:
    waiting.world.note("down", "503")
    later(waiting, 3 * DAY)
    assert waiting.told("handoff_reminded") == 1
    for _ in range(3):
        later(waiting, HOUR)
    assert (waiting.told("handoff_reminded"), waiting.told("network_down"), waiting.looks) == (1, 4, 0)


def due(desk: Desk) -> datetime | None:
    """When the daemon would wake."""
    with desk.ground.ledger() as ledger:
        return ledger.next_due()


# Finding


def test_a_copy_that_its_owner_published_is_found_and_linked_back(waiting: Desk) -> None:
    url = waiting.publish()
    later(waiting, HOUR - SECOND)
    assert (waiting.looks, state(waiting)) == (0, State.HANDOFF)
    later(waiting, SECOND)
    row = waiting.ground.delivery("by-hand")
    assert (row.state, row.url, row.proof, row.remote_id) == (State.DELIVERED, url, Proof.READ_BACK, "story")
    assert row.extra == {}
    assert waiting.ground.events.of("delivery_found") == [
        {"network": "by-hand", "post": waiting.ground.link("walk"), "url": url}
    ]
    assert waiting.folders == []
    links = json.loads(waiting.ground.scene.links.read_text())["posts"][waiting.ground.link("walk")]
    assert [copy["url"] for copy in links["syndication"]] == [url]
    assert waiting.ground.walk().exit_code == ExitCode.OK


def test_it_is_looked_for_ever_more_slowly_for_a_month(waiting: Desk) -> None:
    start = waiting.ground.clock.now()
    at: list[float] = []
    while len(at) < 99 and (when := due(waiting)) is not None:
        assert when > waiting.ground.clock.now()
        later(waiting, when - waiting.ground.clock.now())
        at.append((waiting.ground.clock.now() - start) / HOUR)
    assert at[:7] == [1, 2, 4, 8, 16, 28, 40]
    assert max(b - a for a, b in itertools.pairwise(at)) == 12
    assert waiting.looks == len(at)
    assert LOOKED_FOR / HOUR - 12 < at[-1] <= LOOKED_FOR / HOUR
    assert state(waiting) is State.HANDOFF


def test_a_look_asks_for_what_was_published_since_it_was_handed_off(waiting: Desk) -> None:
    since = waiting.ground.clock.now()
    later(waiting, 2 * HOUR)
    assert waiting.world.read()["looks"] == [since.isoformat()]


def test_a_page_that_cannot_be_read_proves_nothing_and_its_trouble_is_noted_once(waiting: Desk) -> None:
    waiting.world.note("trouble", "the page answers 503")
    for _ in range(3):
        later(waiting, 12 * HOUR)
    with waiting.ground.ledger() as ledger:
        noted = [(a.kind, a.outcome, a.reason) for a in ledger.attempts(number(waiting))]
    assert (waiting.looks, noted) == (3, [("read", "inconclusive", "the page answers 503")])
    waiting.world.forget("trouble")
    waiting.publish()
    later(waiting, 12 * HOUR)
    assert state(waiting) is State.DELIVERED


def test_a_look_while_its_owner_says_done_changes_nothing(
    waiting: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.system.by_hand import ByHand

    find = ByHand.find

    def slowly(self: ByHand, *args: object) -> object:
        waiting.ground.say("done", waiting.ground.link("walk"), "https://by-hand.example/mine")
        return find(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(ByHand, "find", slowly)
    waiting.publish()
    later(waiting, HOUR)
    row = waiting.ground.delivery("by-hand")
    assert (row.url, row.proof) == ("https://by-hand.example/mine", Proof.HUMAN)


@pytest.mark.needs("medium")
def test_a_story_that_was_imported_into_medium_is_found_on_its_feed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ground_in(tmp_path, "medium") as ground:
        medium, file = ground.scene.services["medium"], ground.scene.config.parent / "networks.d" / "medium.toml"
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in medium.settings_by_hand().items()]
        file.write_text("".join(['connector = "medium"\n', *lines]))
        ground.walk()
        ground.publish("walk", long=True, tags=("lakes",), images=(("lake.png", "A lake at dawn"),))
        ground.walk()
        (folder,) = tmp_path.glob("state/outbox/medium/*")
        assert ground.link("walk") in (folder / "card.md").read_text()
        medium.publish_import(medium.import_story(ground.link("walk"), "About walk", "<p>As the feed has it.</p>"))
        ground.later(HOUR)
        assert ground.walk().exit_code == ExitCode.OK
        row = ground.delivery("medium")
        assert (row.state, row.proof, row.url) == (State.DELIVERED, Proof.READ_BACK, ground.copies("medium")[0]["url"])
        assert (folder.exists(), medium.created) == (False, [])


# The owner's word


def test_done_with_the_address_closes_it_and_links_back(waiting: Desk, syndicate: Syndicate) -> None:
    mine = "https://by-hand.example/me/a-walk"
    said = syndicate("done", waiting.ground.link("walk"), mine)
    row = waiting.ground.delivery("by-hand")
    assert said == Said(0, f"{row.id} by-hand: recorded as published at {mine}\n", "")
    assert (row.state, row.url, row.proof, waiting.folders) == (State.DELIVERED, mine, Proof.HUMAN, [])
    assert waiting.ground.walk().exit_code == ExitCode.OK
    assert mine in waiting.ground.scene.links.read_text()


def test_done_by_number_without_an_address_says_what_is_missing(waiting: Desk, syndicate: Syndicate) -> None:
    said = syndicate("done", str(number(waiting)))
    assert (said.code, state(waiting)) == (0, State.DELIVERED)
    assert "its address is not known, so no link to it" in said.out


@pytest.mark.parametrize(
    ("copy", "why"),
    [
        ("by-hand.example/me/a-walk", "the copy's address is a URL"),
        ("{link}", "is the post itself, not its copy"),
        (PAGE, "is the page to publish on, not the copy"),
    ],
)
def test_done_takes_no_address_that_cannot_be_the_copys(
    copy: str, why: str, waiting: Desk, syndicate: Syndicate
) -> None:
    link = waiting.ground.link("walk")
    said = syndicate("done", link, copy.format(link=link))
    assert (said.code, state(waiting)) == (ExitCode.USAGE, State.HANDOFF)
    assert why in said.err


def test_done_of_a_post_that_waits_on_two_networks_wants_one_named(desk: Desk, syndicate: Syndicate) -> None:
    add_blind_hand(desk)
    desk.ground.publish("walk")
    desk.ground.walk()
    link, mine = desk.ground.link("walk"), "https://by-hand.example/me/a-walk"
    said = syndicate("done", link, mine)
    assert said.code == ExitCode.USAGE
    assert "that was prepared for several networks (blind-hand, by-hand); name one" in said.err
    assert syndicate("done", link, mine, "--network", "blind-hand").code == 0
    assert (state(desk), desk.ground.delivery("blind-hand").state) == (State.HANDOFF, State.DELIVERED)
    assert syndicate("done", link, mine).out == f"{number(desk)} by-hand: recorded as published at {mine}\n"


def test_done_of_what_was_never_handed_off_says_how_it_stands(desk: Desk, syndicate: Syndicate) -> None:
    desk.ground.edit("config.toml", 'settle = "0s"', 'settle = "5m"')
    desk.ground.publish("walk")
    desk.ground.walk()
    said = syndicate("done", desk.ground.link("walk"))
    assert said == Said(ExitCode.USAGE, f"{number(desk)} by-hand: left alone: ready to go (ready)\n", "")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("https://elsewhere.example/",), "no post is known as https://elsewhere.example/"),
        (("999",), "there is no delivery 999"),
        (("ALL",), "each copy has an address of its own; name one"),
        (("{link}", "--network", "by-hnd"), "no network is called by-hnd; did you mean by-hand?"),
    ],
)
def test_done_of_nothing_says_what_is_wrong(
    words: tuple[str, ...], why: str, waiting: Desk, syndicate: Syndicate
) -> None:
    said = syndicate("done", *(word.format(link=waiting.ground.link("walk")) for word in words))
    assert said.code == ExitCode.USAGE
    assert why in said.err


def test_a_second_done_says_that_it_is_published(waiting: Desk, syndicate: Syndicate) -> None:
    link = waiting.ground.link("walk")
    syndicate("done", link, "https://by-hand.example/1")
    said = syndicate("done", link, "https://by-hand.example/2")
    assert (said.code, said.out) == (ExitCode.USAGE, f"{number(waiting)} by-hand: left alone: published (delivered)\n")


@pytest.mark.parametrize("words", [["skip", "{link}"], ["resolve", "{link}", "--posted", "https://by-hand.example/1"]])
def test_whatever_closes_it_takes_the_folder_away(words: list[str], waiting: Desk, syndicate: Syndicate) -> None:
    assert syndicate(*(word.format(link=waiting.ground.link("walk")) for word in words)).code == 0
    assert waiting.folders == []


def test_what_its_owner_put_into_the_folder_stays(waiting: Desk, syndicate: Syndicate) -> None:
    notes = waiting.folders[0] / "my notes.txt"
    notes.write_text("mine")
    syndicate("done", waiting.ground.link("walk"))
    assert [path.name for path in waiting.folders[0].iterdir()] == ["my notes.txt"]


def test_retry_by_number_prepares_it_anew_as_the_post_reads_now(waiting: Desk, syndicate: Syndicate) -> None:
    said = syndicate("retry", str(number(waiting)))
    assert "; if you have published it already, `syndicate hold" in said.out
    assert (state(waiting), waiting.folders) == (State.READY, [])
    waiting.ground.scene.blog.entries.pop(0)
    waiting.ground.publish("walk", title="A better title")
    waiting.ground.walk()
    assert (state(waiting), waiting.told("delivery_handoff")) == (State.HANDOFF, 2)
    assert "A better title" in (waiting.folders[0] / "card.md").read_text()


@pytest.mark.parametrize("words", [["ALL"], ["{link}"], ["--network", "by-hand"]])
def test_retry_in_bulk_leaves_what_may_have_been_published_alone(
    words: list[str], waiting: Desk, syndicate: Syndicate
) -> None:
    syndicate("retry", *(word.format(link=waiting.ground.link("walk")) for word in words))
    assert state(waiting) is State.HANDOFF


# From hand to account and back


def test_with_an_account_what_was_handed_off_stays_so_until_its_owner_says_otherwise(
    waiting: Desk, syndicate: Syndicate
) -> None:
    waiting.log_in("7")
    waiting.ground.publish("next")
    waiting.ground.walk()
    assert (state(waiting), state(waiting, "next")) == (State.HANDOFF, State.DELIVERED)
    syndicate("retry", str(number(waiting)))
    waiting.ground.walk()
    assert (state(waiting), len(waiting.world.read()["sent"])) == (State.DELIVERED, 2)


def test_logging_in_and_out_is_no_changed_account_and_another_account_still_is(desk: Desk, ground: Ground) -> None:
    def after(name: str) -> tuple[str, str | None]:
        ground.publish(name)
        ground.walk()
        row = ground.network("by-hand")
        return row.health, row.account

    assert after("one") == ("ok", None)
    log_out = desk.log_in("7")
    assert after("two") == ("ok", "7")
    log_out()
    assert after("three") == ("ok", "7")
    desk.log_in("8")
    assert after("four") == ("auth_broken", "7")
    assert [ground.delivery("by-hand", n).state for n in ("one", "two", "three", "four")] == [
        State.HANDOFF,
        State.DELIVERED,
        State.HANDOFF,
        State.READY,
    ]


def test_a_pass_writes_nothing_about_a_network_that_it_knows(waiting: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a pause that comes in the middle of it would be lifted."""
    written: list[object] = []
    monkeypatch.setattr(Ledger, "set_network", lambda *args, **_: written.append(args))
    waiting.ground.publish("next")
    waiting.ground.walk()
    assert (state(waiting, "next"), written) == (State.HANDOFF, [])


# Looking


def test_status_says_where_it_lies_and_list_what_to_type(waiting: Desk, syndicate: Syndicate) -> None:
    said, folder = syndicate("status"), waiting.folders[0]
    assert f"you        by-hand  1 handoff  prepared in {folder.parent}" in said.out
    assert "→ next: syndicate list --state handoff --network by-hand" in said.out
    listed = syndicate("list", "--state", "handoff").out
    assert f"{number(waiting)}: {folder}: publish it at {PAGE}, then `syndicate done {number(waiting)} URL`" in listed
    (entry,) = json.loads(syndicate("list", "--json").out)
    assert (entry["folder"], entry["cause"]) == (str(folder), "by-hand")


def test_explain_tells_how_it_stands(waiting: Desk, syndicate: Syndicate) -> None:
    said = syndicate("explain", waiting.ground.link("walk")).out
    assert f"by-hand: prepared for you to publish by hand (handoff, delivery {number(waiting)})" in said
    assert "  Why: it lies in the outbox, and you publish it." in said
    assert f"  Prepared in {waiting.folders[0]}, to be published at {PAGE}." in said
    assert "Next: nothing is sent; it waits until you have published it and say where; the program comes back" in said
    assert f"  → syndicate done {number(waiting)} URL\n" in said


def test_what_was_handed_off_says_so_to_a_verb_that_does_not_fit(waiting: Desk, syndicate: Syndicate) -> None:
    said = syndicate("hold", str(number(waiting)))
    assert said.code == ExitCode.USAGE
    assert f"by hand (handoff); once it is, `syndicate done {number(waiting)} URL` says so" in said.out


def test_one_that_came_without_words_waits_for_its_owner_only(desk: Desk, ground: Ground) -> None:
    """A ledger that was put back may hold one of which nothing but the state is known."""
    ground.publish("walk")
    with ground.host() as host:
        host.stop.set()
        make_pass(host, Scope())
        row = ground.delivery("by-hand")
        host.ledger.move(row, "handoff", cause="any", due_at=ground.clock.now())
    later(desk, HOUR)
    assert (state(desk), due(desk), desk.told("handoff_reminded")) == (State.HANDOFF, ground.clock.now() + 3 * DAY, 0)
