"""The whole program under everything that can happen to it, in any order that Hypothesis thinks of.

Enters: a Scene. Leaves: nothing, or the shortest story that breaks a promise. Each rule is one thing that happens in
the world; after each of them the Judge speaks. In the end all troubles are over and eight days pass: then everything
is done, or waits for a person who was told.

Two things are left out on purpose (docs/guarantees.md). The machine's clock is not put forward within minutes after a
request: how long a service may take until its list is right is an assumption about time. And it is not behind while a
ledger is put back: the end of the time that was lost is read from it. `test_found.py` has what is promised there all
the same.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.lives.file import ends, entries
from tests.lives.judging import Era, Judge
from tests.lives.owner import DOUBTFUL, Owner
from tests.lives.restoring import Backup, backup, is_foreign, put_back
from tests.lives.scene import CAST, Scene
from tests.proof.net import Fault

DAYS = timedelta(days=8)
MOST_PASSES = 300
A_WHILE = timedelta(minutes=5)  # until a service has done what it was asked, and shows it
WRONG = (
    timedelta(seconds=90),
    timedelta(hours=1),
    timedelta(days=3),
    timedelta(hours=-1),
    timedelta(days=-365),
    timedelta(0),
)
ABSENCES = (timedelta(seconds=40), timedelta(minutes=3), timedelta(minutes=55), timedelta(hours=7), timedelta(days=2))
CHANGES: dict[str, dict[str, Any]] = {
    "as it was": {},
    "disabled": {"enabled": False},
    "another template": {"template": "{{ title }}: {{ link }}"},
    "a gap": {"schedule.gap": "2h"},
    "quiet nights": {"schedule.quiet": ["22:00-07:00"]},
}
TROUBLES = ("edited", "taken away", "its guid changed", "all guids changed", "moved to https", "cut")
FITS = {
    "hold": ("ready", "deferred"),
    "skip": ("held", "ready", "deferred", "failed", "ask"),
    "retry": ("deferred", "skipped"),
    "delete": ("delivered",),
}

NUMBERS = st.integers(0, 7)
NETWORKS = st.sampled_from(CAST)
PLACES = st.sampled_from(("", *CAST))
FAULTS = st.sampled_from((None, *Fault))


class Broken(AssertionError):
    """What the Judge said."""


class Lives(RuleBasedStateMachine):
    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene, self.owner = scene, Owner(scene)
        self.judge = Judge(scene, self.owner)
        self.backups: list[Backup] = []
        self.changes: dict[str, dict[str, Any]] = {}
        self.is_over = True  # until it has begun

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        self.scene.reset(seed)
        self.is_over = False

    # The author

    @rule(faults=st.lists(FAULTS, max_size=4), passes=st.sampled_from((0, 1, 4)))
    def a_post_is_written(self, faults: list[Fault | None], passes: int) -> None:
        """`faults`: of each service's next publishing request, and of those and the read-backs after it."""
        self.scene.blog.write(self.scene.true.now())
        for line in self.scene.exchange.lines.values():
            line.net.faults[:] = faults
        self.it_works(passes, by_hand=True)

    @rule(what=st.sampled_from(TROUBLES), number=NUMBERS)
    def the_feed_changes(self, what: str, number: int) -> None:
        blog = self.scene.blog
        match what:
            case "edited":
                blog.edit(f"post{number}")
            case "taken away":
                blog.take_away(f"post{number}")
            case "its guid changed":
                blog.keyed[f"post{number}"] += 1
            case "all guids changed":
                blog.keyed.update(blog.shown)
            case "moved to https":
                blog.scheme = "https"
            case "cut":
                blog.is_cut = not blog.is_cut

    # The program

    @rule(passes=st.sampled_from((1, 3, 6)), by_hand=st.booleans())
    def it_works(self, passes: int, by_hand: bool) -> None:
        if passes:
            self.live(passes, by_hand=by_hand)

    @rule(step=st.integers(1, 60), absent=st.sampled_from((timedelta(0), *ABSENCES)))
    def it_dies_at_work(self, step: int, absent: timedelta) -> None:
        self.live(3, by_hand=False, dies_after=step)
        self.scene.clock.advance(absent)

    def live(self, passes: int, **how: Any) -> None:
        if self.guarded(lambda: self.scene.process.live(passes, **how)):
            self.insist(self.judge.after_pass())

    # The world

    @rule(absent=st.sampled_from(ABSENCES))
    def nobody_is_there(self, absent: timedelta) -> None:
        self.scene.clock.advance(absent)

    @rule(place=PLACES, fault=st.sampled_from(list(Fault)), ahead=st.integers(1, 8), many=st.integers(1, 3))
    def requests_go_wrong(self, place: str, fault: Fault, ahead: int, many: int) -> None:
        net = self.scene.exchange.lines[place].net
        net.anywhere |= {net.number + ahead + n: fault for n in range(many)}

    @rule(place=PLACES)
    def a_service_goes_down_or_comes_back(self, place: str) -> None:
        line = self.scene.exchange.lines[place]
        line.down = not line.down

    @rule(wrong=st.sampled_from(WRONG))
    def the_clock_is_set(self, wrong: timedelta) -> None:
        self.a_while_passes()
        self.judge.eras.append(Era(*ends(self.scene.ledger_file), self.scene.clock.wrong))
        self.scene.clock.wrong = wrong

    # The owner

    @rule(number=NUMBERS, is_right=st.sampled_from((True, True, False)))
    def the_owner_answers(self, number: int, is_right: bool) -> None:
        """What is asked, held or has failed; wrong answers are given only to what is asked."""
        self.a_while_passes()
        one = self.owner.one_of((*DOUBTFUL, "held", "failed") if is_right else DOUBTFUL, number)
        if one is not None:
            self.guarded(lambda: self.owner.answers(one) if is_right else self.owner.is_wrong_about(one))

    @rule(verb=st.sampled_from(("hold", "skip", "retry", "delete")), number=NUMBERS)
    def the_owner_decides(self, verb: str, number: int) -> None:
        self.a_while_passes()
        if one := self.owner.one_of(FITS[verb], number):
            self.guarded(lambda: self.owner.deletes(one) if verb == "delete" else self.owner.decides(verb, one))

    @rule(network=NETWORKS, change=st.sampled_from(("pause", "resume", *CHANGES)))
    def a_network_is_set(self, network: str, change: str) -> None:
        """By a verb, or in its file, which is read again."""
        if change in ("pause", "resume"):
            self.guarded(lambda: self.owner.say(change, network))
            return
        self.changes[network] = CHANGES[change]
        self.guarded(lambda: self.scene.configure(**self.changes))

    # The ledger

    @rule(number=st.sampled_from((None, 0, 1, -1)))
    def the_ledger_is_copied_or_put_back(self, number: int | None) -> None:
        """None: copied. Otherwise which of the copies is put back."""
        if number is None or not self.backups:
            self.backups.append(self.guarded(lambda: backup(self.scene, self.judge.eras)))
        else:
            chosen = self.backups[number % len(self.backups)]
            self.the_clock_is_not_behind()
            self.replace_ledger(chosen.ledger, list(chosen.eras))

    @precondition(lambda self: self.scene.blog.written > 1)
    @rule()
    def another_machine_s_ledger_is_taken(self) -> None:
        self.the_clock_is_not_behind()
        self.replace_ledger(self.scene.of_another_machine, [])

    def the_clock_is_not_behind(self) -> None:
        if self.scene.clock.wrong < timedelta(0):
            self.the_clock_is_set(timedelta(0))

    def replace_ledger(self, ledger: bytes, eras: list[Era]) -> None:
        self.a_while_passes()
        self.judge.lost |= {one.pair for one in entries(self.scene.ledger_file)}
        put_back(self.scene, ledger)
        self.judge.eras[:] = eras
        self.scene.exchange.calls.clear()
        if self.guarded(lambda: is_foreign(self.scene)):
            self.the_ledger_is_reconciled(step=None)

    @rule(step=st.sampled_from((None, None, 5, 20, 40)))
    def the_ledger_is_reconciled(self, step: int | None) -> None:
        """Whether it has lost anything or not; `step`: after so many of them it dies. Until then all may go on as they
        like: nothing is sent to an account that has not been read."""
        self.a_while_passes()
        self.guarded(lambda: self.scene.process.reconcile(step))

    # Judgement

    def a_while_passes(self) -> None:
        self.scene.clock.advance(A_WHILE)
        self.scene.exchange.process_late()

    def guarded(self, work: Callable[[], Any]) -> Any:
        """Whatever comes out of it ends the story here."""
        try:
            return work()
        except BaseException:
            self.is_over = True
            raise

    def insist(self, sentences: list[str]) -> None:
        if sentences:
            self.is_over = True
            raise Broken("\n".join(sentences))

    @invariant()
    def nothing_is_broken(self) -> None:
        if not self.is_over:
            self.insist(self.guarded(self.judge.sentences))

    def teardown(self) -> None:
        if self.is_over:
            return
        self.all_troubles_end()
        self.eight_days_pass()
        self.insist([*self.judge.sentences(), *self.judge.after_pass(), *self.judge.at_the_end()])

    def all_troubles_end(self) -> None:
        self.a_while_passes()
        self.scene.exchange.mend()
        self.the_clock_is_set(timedelta(0))
        self.scene.configure()
        for network in self.scene.parts:
            self.owner.say("resume", network)
        self.the_ledger_is_reconciled(step=None)
        self.live(1, by_hand=True)

    def eight_days_pass(self) -> None:
        """Nobody writes, and nobody comes by; the feed is looked at once more in the end."""
        process, end = self.scene.process, self.scene.clock.now() + DAYS
        for _ in range(MOST_PASSES):
            if (due := process.next_due_now()) is None or due > end:
                break
            self.scene.clock.advance(max(due - self.scene.clock.now(), timedelta(seconds=1)))
            process.live(1, by_hand=False, feeds=False)
        self.scene.clock.advance(max(end - self.scene.clock.now(), timedelta(0)))
        process.live(1, by_hand=False)
