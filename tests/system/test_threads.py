"""Threads: parts that answer each other, one after the other, whatever happens in between."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from syndicator.exitcode import ExitCode
from syndicator.ledger import tables
from syndicator.ledger.states import State
from syndicator.run import Scope, make_pass
from tests.system.harbour import Harbour, harbour_in
from tests.system.pass_ground import DAY, HOUR, MINUTE
from tests.system.rope import KIND, chain
from tests.system.rope_killing import rope_killer

SEED = int(os.environ.get("SYNDICATOR_SEED", "20261120"))
LATER = 3 * MINUTE  # by then a lost reply is looked for, and looked for again


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harbour]:
    with harbour_in(tmp_path, monkeypatch) as made:
        yield made


def walk(harbour: Harbour, times: int = 1, pause: timedelta = LATER) -> None:
    for _ in range(times):
        harbour.ground.walk()
        harbour.ground.later(pause)


def states(harbour: Harbour, name: str = "walk") -> list[State]:
    return [row.state for row in harbour.rows(name)]


def test_a_thread_goes_out_in_one_pass_each_part_answering_the_one_before(harbour: Harbour) -> None:
    words = harbour.publish("walk")
    report = harbour.ground.walk()
    assert harbour.said() == chain(*words)
    assert (report.exit_code, [d.result for d in report.deliveries]) == (ExitCode.OK, ["delivered"] * 3)
    first, *later = harbour.shore.copies()
    assert {copy["thread"] for copy in later} == {first["id"]}
    assert [copy["knot"] for copy in later] == [copy["id"][::-1] for copy in (first, later[0])]


def test_each_part_has_a_key_and_a_later_time_of_its_own(harbour: Harbour) -> None:
    harbour.publish("walk")
    walk(harbour)
    made = [copy["made"] for copy in harbour.shore.copies()]
    assert made == sorted(set(made))
    assert len({row.key for row in harbour.rows("walk")}) == 3


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("fault", ["lose", "refuse", "cut"])
def test_whatever_befalls_a_part_the_thread_goes_on(harbour: Harbour, part: int, fault: str) -> None:
    words = harbour.publish("walk")
    harbour.shore.next(*["well"] * part, fault)
    walk(harbour, 6)
    assert harbour.said() == chain(*words)
    assert states(harbour) == [State.DELIVERED] * 3


def test_a_part_that_waits_keeps_its_words_and_gets_a_later_time(harbour: Harbour) -> None:
    words = harbour.publish("walk")
    harbour.shore.next("well", "refuse")
    walk(harbour)
    harbour.publish("other", 1)
    walk(harbour, 4)
    copies = harbour.shore.copies()
    assert [copy["text"] for copy in copies] == [words[0], "Words of other, 1.", *words[1:]]
    assert copies[2]["made"] > copies[1]["made"]


def test_nothing_comes_between_the_parts_of_a_thread(harbour: Harbour) -> None:
    """An older post that waits for another try is due again before the thread has ended."""
    harbour.shore.next("refuse")
    harbour.publish("older", 1)
    walk(harbour, pause=timedelta(0))
    harbour.publish("walk")
    with harbour.ground.host() as host:
        stopping = iter([False] * 6 + [True] * 9)
        host.stop.is_set = lambda: next(stopping)  # type: ignore[method-assign]
        make_pass(host, Scope())
    begun = len(harbour.shore.texts())
    walk(harbour, 3, pause=HOUR)
    texts = harbour.shore.texts()
    assert 0 < begun < 3
    assert texts.index("Words of walk, 3.") - texts.index("Words of walk, 1.") == 2


def test_a_thread_that_has_begun_is_never_too_late(harbour: Harbour) -> None:
    words = harbour.publish("walk")
    harbour.shore.next("well", "refuse")
    harbour.ground.walk()
    harbour.ground.later(3 * DAY)
    harbour.ground.walk()
    assert harbour.said() == chain(*words)


def test_a_part_that_fails_waits_for_its_owner_and_is_tried_with_its_own_words(harbour: Harbour) -> None:
    words = harbour.publish("walk")
    harbour.shore.next("well", "hurt")
    walk(harbour)
    assert states(harbour) == [State.DELIVERED, State.FAILED]
    assert harbour.ground.say("retry", harbour.ground.link("walk")) == ExitCode.OK
    walk(harbour)
    assert harbour.said() == chain(*words)


def test_a_part_that_is_left_out_ends_the_thread(harbour: Harbour) -> None:
    words = harbour.publish("walk")
    harbour.shore.next("well", "hurt")
    walk(harbour)
    assert harbour.ground.say("skip", harbour.ground.link("walk")) == ExitCode.OK
    walk(harbour, 2)
    assert harbour.said() == chain(words[0])
    assert states(harbour) == [State.DELIVERED, State.SKIPPED]


def test_only_the_first_part_is_linked_from_the_blog(harbour: Harbour) -> None:
    harbour.publish("walk")
    walk(harbour)
    first, *later = harbour.shore.copies()
    links = harbour.ground.scene.links.read_text()
    assert first["id"] in links
    assert [copy["id"] for copy in later if copy["id"] in links] == []


def test_explain_counts_the_parts(harbour: Harbour, capsys: pytest.CaptureFixture[str]) -> None:
    harbour.publish("walk")
    harbour.shore.next("well", "refuse")
    harbour.ground.walk()
    harbour.ground.say("explain", harbour.ground.link("walk"))
    told = capsys.readouterr().out
    assert "part 1 of 3" in told
    assert "part 2 of 3" in told
    harbour.ground.say("list")
    assert "(part 2)" in capsys.readouterr().out


def test_a_post_of_one_part_has_no_parts(harbour: Harbour, capsys: pytest.CaptureFixture[str]) -> None:
    harbour.publish("walk", 1)
    walk(harbour)
    harbour.ground.say("explain", harbour.ground.link("walk"))
    assert "part" not in capsys.readouterr().out


# Where nobody knows what to answer


@pytest.fixture
def blind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harbour]:
    """Nothing can be looked for."""
    with harbour_in(tmp_path, monkeypatch, looks=False) as made:
        yield made


def test_after_a_copy_without_a_name_its_owner_decides(blind: Harbour, capsys: pytest.CaptureFixture[str]) -> None:
    words = blind.publish("walk", 4)
    blind.shore.next("well", "cut")
    walk(blind, 2)
    assert states(blind) == [State.DELIVERED, State.DELIVERED, State.HELD]
    number = blind.rows("walk")[-1].id
    blind.ground.say("explain", str(number))
    told = capsys.readouterr().out
    assert "what the service calls the part before it is not known" in told
    assert f"syndicate release {number}" in told
    blind.ground.say("release", "--cause", "thread-unlinked")
    walk(blind)
    assert blind.said() == [*chain(*words[:2]), (words[2], words[0]), (words[3], words[2])]


def test_after_its_owners_word_that_a_part_is_out_the_next_one_is_held(blind: Harbour) -> None:
    blind.publish("walk")
    blind.shore.next("lose")
    walk(blind)
    blind.ground.say("resolve", blind.ground.link("walk"), "--posted", "https://rope.example/1")
    assert states(blind) == [State.DELIVERED, State.HELD]


def test_on_a_network_that_takes_no_answers_any_more_the_thread_is_held(harbour: Harbour) -> None:
    words = harbour.publish("walk")
    harbour.shore.next("well", "refuse")
    walk(harbour)
    harbour.ground.edit(f"networks.d/{KIND}.toml", "", "threads = false\n")
    walk(harbour, pause=HOUR)
    walk(harbour)
    assert harbour.said() == chain(words[0])
    assert [(row.state, row.cause) for row in harbour.rows("walk")][1:] == [(State.HELD, "no-threads")]


def test_a_thread_that_its_owner_let_go_without_its_page_is_not_held_up_by_it(harbour: Harbour) -> None:
    words = harbour.publish("walk")
    harbour.ground.scene.blog.unbuilt.add("walk")
    for _ in range(4):
        walk(harbour, pause=9 * HOUR)
    assert [row.cause for row in harbour.rows("walk")] == ["page-dead"]
    harbour.ground.say("release", "--cause", "page-dead")
    walk(harbour)
    assert harbour.said() == chain(*words)


def test_a_part_of_a_post_that_is_gone_is_held_and_its_owner_is_asked_once(harbour: Harbour) -> None:
    words = harbour.publish("walk")
    harbour.shore.next("well", "refuse")
    harbour.ground.walk()
    with harbour.ground.ledger() as ledger:
        (post,) = ledger.find_posts(harbour.ground.link("walk"))
        gone_at = harbour.ground.clock.now()
        with ledger._transactions.writing() as connection:
            connection.execute(update(tables.post).where(tables.post.c.id == post.id).values(gone_at=gone_at))
        assert [row.part for row in ledger.hold_for_gone()] == [1]
    harbour.ground.say("release", "--cause", "source-gone")
    harbour.shore.next("well", "refuse")
    walk(harbour)
    with harbour.ground.ledger() as ledger:
        assert ledger.hold_for_gone() == []
    walk(harbour, 2)
    assert harbour.said() == chain(*words)


# Kills


def test_kills_at_any_moment_leave_neither_a_doubled_nor_a_missing_part(tmp_path: Path) -> None:
    with rope_killer(tmp_path, SEED) as made:
        made.run(kills=5)
        assert made.broken() == {}


@pytest.mark.slow
def test_the_harness_notices_parts_that_are_owed_too_late(tmp_path: Path) -> None:
    """A seeded mistake: the next part is owed in a transaction of its own."""
    with rope_killer(tmp_path, SEED, careless=True) as made:
        made.run(kills=5)
        assert made.broken() != {}
