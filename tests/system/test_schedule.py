"""Quiet times and distance between posts, through real Passes: what waits, until when, and that nothing is lost."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from syndicator.cli import words
from syndicator.clock import ManualClock
from syndicator.daemon import Daemon
from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.run import Scope, make_pass
from syndicator.supervisor import Systemd
from tests.system.harbour import Harbour, harbour_in
from tests.system.pass_ground import DAY, HOUR, MINUTE
from tests.system.rope import KIND, Rope, chain

FILE = f"networks.d/{KIND}.toml"


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harbour]:
    """It is noon, in UTC."""
    with harbour_in(tmp_path, monkeypatch) as made:
        made.ground.clock.advance(until(made, 12))
        yield made


def until(harbour: Harbour, hour: int, minute: int = 0) -> timedelta:
    """How long it takes until it is that late."""
    now = harbour.ground.clock.now()
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return then - now if then > now else then + DAY - now


def keep(harbour: Harbour, *rules: str) -> None:
    harbour.ground.edit(FILE, "", "\n[schedule]\n" + "".join(f"{rule}\n" for rule in rules))


def late(harbour: Harbour, hour: int, minute: int = 0) -> None:
    harbour.ground.later(until(harbour, hour, minute))


def follow(harbour: Harbour, most: int = 200) -> list[datetime]:
    """As a daemon would: a Pass whenever something is due, until nothing is. When each copy went out."""
    times: list[datetime] = []
    harbour.ground.walk()
    with harbour.ground.host() as host:
        for _ in range(most):
            times += [host.clock.now()] * (len(harbour.shore.texts()) - len(times))
            due = host.ledger.next_due()
            if due is None:
                return times
            assert due > host.clock.now()
            harbour.ground.later(due - host.clock.now())
            make_pass(host, Scope(by_hand=False))
    raise AssertionError("it never ends")


def test_in_quiet_hours_nothing_goes_out_and_nothing_is_opened(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(harbour, 'quiet = ["22:00-07:00"]')
    late(harbour, 23)
    harbour.publish("walk", 1)
    opened: list[Any] = []
    monkeypatch.setattr(Rope, "open", classmethod(lambda cls, *told: opened.append(told)))
    report = harbour.ground.walk()
    assert (report.exit_code, report.deliveries, opened) == (ExitCode.OK, [], [])
    (row,) = harbour.rows("walk")
    assert (row.state, row.cause, row.attempts) == (State.READY, "quiet-hours", 0)
    with harbour.ground.ledger() as ledger:
        assert ledger.open_work(harbour.ground.clock.now()) == {}
        assert ledger.next_due() == harbour.ground.clock.now() + 8 * HOUR


def test_in_the_morning_it_goes_out_at_the_minute(harbour: Harbour) -> None:
    keep(harbour, 'quiet = ["22:00-07:00"]')
    late(harbour, 23)
    words = harbour.publish("walk")
    (first, *_) = times = follow(harbour)
    assert harbour.said() == chain(*words)
    assert (first.hour, first.minute, first.second, len(times)) == (7, 0, 0, 3)
    assert [event.cause for event in events(harbour) if event.move == "start"] == ["new"]


def events(harbour: Harbour) -> list[Any]:
    with harbour.ground.ledger() as ledger:
        return ledger.events(harbour.rows("walk")[0].id)


def test_the_daemon_wakes_when_the_quiet_time_ends(harbour: Harbour) -> None:
    keep(harbour, 'quiet = ["22:00-07:00"]')
    late(harbour, 6, 55)
    harbour.publish("walk", 1)
    harbour.ground.walk()
    with harbour.ground.host() as host:
        daemon = Daemon(host, lambda: host.config, Systemd())
        assert daemon.next_due().astimezone(UTC).strftime("%H:%M:%S") == "07:00:00"


def test_waiting_makes_nothing_too_late(harbour: Harbour) -> None:
    keep(harbour, "per_day = 1")
    harbour.ground.edit("config.toml", "[defaults]\n", '[defaults]\nbest_before = "30h"\n')
    for name in "abcd":
        harbour.publish(name, 1)
    times = follow(harbour)
    assert harbour.shore.texts() == [f"Words of {name}, 1." for name in "abcd"]
    assert times == [times[0] + n * DAY for n in range(4)]


def test_time_before_the_wait_still_counts(harbour: Harbour) -> None:
    keep(harbour, 'quiet = ["22:00-07:00"]')
    harbour.ground.edit("config.toml", "[defaults]\n", '[defaults]\nbest_before = "2h"\n')
    harbour.ground.say("pause", KIND)
    late(harbour, 21)
    harbour.publish("walk", 1)
    harbour.ground.walk()
    late(harbour, 22, 30)
    harbour.ground.say("resume", KIND)
    harbour.ground.walk()
    late(harbour, 7, 20)
    harbour.ground.say("pause", KIND)
    harbour.ground.walk()
    late(harbour, 7, 40)
    harbour.ground.say("resume", KIND)
    harbour.ground.walk()
    assert [row.cause for row in harbour.rows("walk")] == ["stale"]


def test_an_overflow_of_thirty_posts_goes_out_in_order_and_whole(harbour: Harbour) -> None:
    keep(harbour, 'quiet = ["22:00-07:00"]', 'gap = "20m"', "per_hour = 2", "per_day = 7")
    harbour.ground.edit("config.toml", "[defaults]\n", "[defaults]\nburst = 100\n")
    names = [f"n{number:02}" for number in range(30)]
    for name in names:
        harbour.publish(name, 1)
    times = follow(harbour)
    assert harbour.shore.texts() == [f"Words of {name}, 1." for name in names]
    assert all(7 <= at.hour < 22 for at in times)
    assert all(b - a >= 20 * MINUTE for a, b in pairwise(times))
    assert all(c - a >= HOUR for a, c in zip(times, times[2:], strict=False))
    assert all(h - a >= DAY for a, h in zip(times, times[7:], strict=False))
    assert times[-1] - times[0] < 6 * DAY


def test_the_parts_of_a_thread_count_as_one_and_do_not_wait(harbour: Harbour) -> None:
    keep(harbour, 'gap = "20m"', "per_day = 2")
    threads = [harbour.publish("walk", 5), harbour.publish("swim", 5)]
    times = follow(harbour)
    assert harbour.said() == [*chain(*threads[0]), *chain(*threads[1])]
    assert {at - times[0] for at in times} == {timedelta(0), 20 * MINUTE}


def test_what_is_sent_again_after_a_lost_reply_does_not_wait_and_counts(harbour: Harbour) -> None:
    keep(harbour, 'gap = "2h"')
    harbour.publish("walk", 1)
    harbour.shore.next("lose")
    harbour.ground.walk()
    (harbour.shore.path / "copies").unlink()  # it was never there
    harbour.publish("swim", 1)
    times = follow(harbour)
    assert harbour.shore.texts() == ["Words of walk, 1.", "Words of swim, 1."]
    assert times[0] < times[1]
    (walk,) = harbour.rows("walk")
    assert walk.last_sent_at is not None
    assert walk.attempts == 2
    assert times[1] - walk.last_sent_at == 2 * HOUR


def test_what_has_failed_for_certain_takes_no_place(harbour: Harbour) -> None:
    keep(harbour, "per_day = 1")
    harbour.publish("walk", 1)
    harbour.shore.next("hurt")
    harbour.ground.walk()
    harbour.publish("swim", 1)
    harbour.ground.walk()
    assert harbour.shore.texts() == ["Words of swim, 1."]


def test_a_try_that_is_repeated_keeps_the_quiet(harbour: Harbour) -> None:
    keep(harbour, 'quiet = ["22:00-07:00"]')
    late(harbour, 21, 59)
    harbour.publish("walk", 1)
    harbour.shore.next("refuse")
    (time,) = follow(harbour)
    assert (time.hour, time.minute) == (7, 0)


def test_a_released_post_waits_for_the_end_of_the_quiet_time(harbour: Harbour) -> None:
    harbour.ground.edit(FILE, "", "approve = true\n")
    keep(harbour, 'quiet = ["22:00-07:00"]')
    late(harbour, 23)
    harbour.publish("walk", 1)
    harbour.ground.walk()
    assert [row.state for row in harbour.rows("walk")] == [State.HELD]
    harbour.ground.say("release", "--cause", "approve")
    (time,) = follow(harbour)
    assert time.hour == 7


def test_a_post_dated_into_the_night_goes_out_in_the_morning(harbour: Harbour) -> None:
    keep(harbour, 'quiet = ["22:00-07:00"]')
    harbour.ground.publish("walk", age=-until(harbour, 23))
    (time,) = follow(harbour)
    assert time.hour == 7


def test_held_and_released_while_it_waits_it_still_waits(harbour: Harbour) -> None:
    keep(harbour, 'quiet = ["22:00-07:00"]')
    late(harbour, 23)
    harbour.publish("walk", 1)
    harbour.ground.walk()
    harbour.ground.say("hold", harbour.ground.link("walk"))
    harbour.ground.say("release", harbour.ground.link("walk"))
    (time,) = follow(harbour)
    assert time.hour == 7


def test_a_schedule_that_is_taken_back_lets_go_with_the_next_pass(harbour: Harbour) -> None:
    keep(harbour, 'quiet = ["22:00-07:00"]')
    late(harbour, 23)
    harbour.publish("walk", 1)
    harbour.ground.walk()
    owed = harbour.rows("walk")[0].owed_since
    harbour.ground.edit(FILE, "22:00-07:00", "22:00-23:30")
    harbour.ground.walk(by_hand=False)
    with harbour.ground.ledger() as ledger:
        assert ledger.next_due() == harbour.ground.clock.now() + 30 * MINUTE
    assert owed - harbour.rows("walk")[0].owed_since == 7 * HOUR + 30 * MINUTE
    harbour.ground.edit(FILE, 'quiet = ["22:00-23:30"]', "")
    harbour.ground.walk(by_hand=False)
    assert len(harbour.shore.texts()) == 1


def test_what_is_let_go_goes_out_in_the_same_pass_also_while_time_goes_on(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(harbour, 'quiet = ["11:00-15:00"]')
    harbour.publish("first", 1)
    harbour.ground.walk()
    harbour.ground.edit(FILE, 'quiet = ["11:00-15:00"]', "quiet = []")
    clock, still = harbour.ground.clock, type(harbour.ground.clock).now

    def passing(self: ManualClock) -> datetime:
        self.advance(timedelta(microseconds=1))
        return still(self)

    monkeypatch.setattr(type(clock), "now", passing)
    harbour.ground.walk()
    assert len(harbour.shore.texts()) == 1


def test_a_clock_that_is_set_back_delays_nothing(harbour: Harbour) -> None:
    keep(harbour, "per_day = 1")
    harbour.publish("walk", 1)
    harbour.publish("swim", 1)
    harbour.ground.walk()
    harbour.ground.later(-3 * DAY)
    harbour.ground.walk(by_hand=False)
    assert len(harbour.shore.texts()) == 2


def test_the_wait_is_told_in_words(harbour: Harbour, capsys: pytest.CaptureFixture[str]) -> None:
    keep(harbour, 'gap = "3h"')
    harbour.publish("walk", 1)
    harbour.publish("swim", 1)
    harbour.ground.walk()
    (row,) = harbour.rows("swim")
    assert words.why(row.cause) == "posts keep their distance there (gap, per_hour, per_day)"
    assert words.happens_next(row, None, harbour.ground.clock.now()) == "it goes out in 3 h, in its turn"
    harbour.ground.say("status")
    assert "posts keep their distance there" in capsys.readouterr().out
    harbour.ground.say("explain", harbour.ground.link("swim"))
    assert "in its turn" in capsys.readouterr().out


def test_networks_keep_schedules_of_their_own(harbour: Harbour) -> None:
    harbour.ground.edit(
        "config.toml", "[linkback.file]", '[defaults.schedule]\nquiet = ["22:00-07:00"]\n\n[linkback.file]'
    )
    keep(harbour, "per_day = 9")
    late(harbour, 23)
    harbour.publish("walk", 1)
    harbour.ground.walk()
    assert len(harbour.shore.texts()) == 1


def test_the_default_schedule_is_in_the_authors_zone(harbour: Harbour) -> None:
    harbour.ground.edit("config.toml", "[defaults]\n", '[defaults]\ntimezone = "Asia/Tokyo"\n')
    harbour.ground.edit(
        "config.toml", "[linkback.file]", '[defaults.schedule]\nquiet = ["22:00-07:00"]\n\n[linkback.file]'
    )
    late(harbour, 14)  # 23:00 in Tokyo
    harbour.publish("walk", 1)
    (time,) = follow(harbour)
    assert time.hour == 22
