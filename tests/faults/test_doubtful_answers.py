"""Answers that say neither yes nor no, over real sockets: each ends in a proof or with a person, never in two copies.

F-10 (a captive portal), F-12, F-13, F-14, F-15, F-17 and F-18. A ground lives as long as this module, one per kind of
service; each test publishes a post of its own on it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from syndicator.connector import Proof
from syndicator.ledger.states import State
from tests.conftest import is_here
from tests.faults import toxics
from tests.faults.ground import SECOND, Faulty, eventually, faulty
from tests.faults.proxy import Toxic
from tests.system.pass_ground import PUBLISHING


@dataclass(frozen=True, slots=True)
class Part:
    """A service, and what a delivery in doubt ends in there: when the copy is out, and when it is not."""

    network: str
    habits: Mapping[str, Any]
    found: State = State.DELIVERED
    missing: State = State.DELIVERED


PARTS = {
    "same record": Part("bluesky", {}),
    "key": Part("mastodon", {"list_lag": 20.0}),
    "list only": Part("mastodon", {"list_lag": 20.0, "flavour": "gotosocial"}),
    "list of another kind": Part("tumblr", {"list_lag": 20.0}),
    "nothing to look at": Part("linkedin", {}, State.ASK, State.ASK),
    "a public feed": Part("medium", {}, State.DELIVERED, State.ASK),
}
THREE = ("same record", "key", "list only")  # the kinds of proof; the others in `make soak`
_numbers = count()


def parts(usual: tuple[str, ...] = THREE) -> pytest.MarkDecorator:
    """Each that is installed; what is not `usual` only in `make soak`."""
    here = [part for part in PARTS if is_here(PARTS[part].network)]
    return pytest.mark.parametrize(
        "part", [pytest.param(part, marks=() if part in usual else pytest.mark.slow) for part in here]
    )


def over(faults: Mapping[str, Toxic], *usual: str) -> pytest.MarkDecorator:
    """The `usual` faults with three kinds of proof, every other of the rest with one; each with each in `make soak`."""
    cases = [(part, fault) for fault in faults for part in PARTS if is_here(PARTS[part].network)]
    rest = [fault for fault in faults if fault not in usual]
    always = {("key", fault) for fault in rest[::2]} | {(part, fault) for part in THREE for fault in usual}
    return pytest.mark.parametrize(
        ("part", "fault"),
        [pytest.param(*case, marks=() if case in always else pytest.mark.slow) for case in cases],
        ids=str,
    )


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Faulty]]:
    with ExitStack() as stack:
        made: dict[str, Faulty] = {}

        def ground(part: str) -> Faulty:
            if part not in made:
                where: Path = tmp_path_factory.mktemp("ground")
                made[part] = stack.enter_context(faulty(where, PARTS[part].network, more=dict(PARTS[part].habits)))
            return made[part]

        yield ground


@dataclass(frozen=True, slots=True)
class Ended:
    first: State  # after the Pass that met the fault
    last: State
    copies: int
    requests: int  # for publishing
    told: list[str]
    proof: Proof | None


def meet(
    ground: Faulty,
    network: str,
    toxic: Toxic,
    *,
    work_is_done: bool = False,
    meanwhile: Callable[[], object] = lambda: None,
) -> Ended:
    """A post of its own, whose publishing request meets the toxic; then Pass after Pass until all is settled."""
    name = f"walk-{next(_numbers)}"
    before, since = len(ground.proxies[network].seen(PUBLISHING[network])), len(ground.events.told)
    ground.later(3 * 3600 * SECOND)  # some services take no more than ten posts a day
    ground.publish(name)
    ground.spoil(network, toxic)
    ground.walk()
    assert not ground.proxies[network].armed, "the fault was not met"
    first = ground.delivery(network, name).state
    meanwhile()
    assert not work_is_done or eventually(lambda: ground.copies_of(network, name) == 1)
    last = ground.settle(network, name)
    requests = len(ground.proxies[network].seen(PUBLISHING[network])) - before
    proof = ground.delivery(network, name).proof
    return Ended(first, last, ground.copies_of(network, name), requests, ground.told_of(network, since), proof)


NOT_DONE: dict[str, Toxic] = {
    "the connection is reset before anybody reads": toxics.reset_unread,
    "the request is read and the connection reset": toxics.reset(done=False),
    "the request is read and nothing said": toxics.silence(done=False),
    "500 instead of the work": toxics.answer(500, b"<h1>Oops</h1>"),
    "502 instead of the work": toxics.answer(502, b"<h1>Bad Gateway</h1>"),
    "503 instead of the work, with a time": toxics.answer(503, b"", {"Retry-After": "120"}),
    "504 instead of the work": toxics.answer(504, {"error": "timeout"}),
    "520 instead of the work": toxics.answer(520, b"<h1>Web server is returning an unknown error</h1>"),
    "408 instead of the work": toxics.answer(408, {"error": "timeout"}),
    "endless 100 instead of the work": toxics.endless_interim(100, done=False),
    "endless 103 instead of the work": toxics.endless_interim(103, done=False),
    "the page of a captive portal": toxics.portal,
    "garbage instead of HTTP": toxics.garbage(done=False),
}
DONE: dict[str, Toxic] = {
    "the answer is lost": toxics.reset(done=True),
    "the connection closes without an answer": toxics.closing(done=True),
    "nothing is said until the deadline": toxics.silence(done=True),
    "500 after the work": toxics.answer(500, b"<h1>Oops</h1>", done=True),
    "502 after the work": toxics.answer(502, b"<h1>Bad Gateway</h1>", done=True),
    "503 after the work": toxics.answer(503, b"", {"Retry-After": "120"}, done=True),
    "504 after the work": toxics.answer(504, {"error": "timeout"}, done=True),
    "slower than the deadline": toxics.latency(0.7),
    "a head that drips": toxics.drip_head(),
    "endless 100": toxics.endless_interim(100),
    "garbage in place of the answer": toxics.garbage(),
    "a header of 200 kB": toxics.large_header(),
}
YES: dict[str, Toxic] = {
    "a body that is cut by a reset": toxics.cut(with_length=True, reset=True),
    "a body that ends too early": toxics.cut(with_length=True),
    "a body that ends too early, without a length": toxics.cut(with_length=False),
    "chunks that cannot be counted": toxics.bad_chunking,
    "a body that drips": toxics.drip_body(),
    "a body of ten gigabytes": toxics.endless_body(),
    "a gzip bomb": toxics.bomb(),
    "a page in place of the body": toxics.instead_of_its_body([toxics.PAGE]),
    "no body at all": toxics.instead_of_its_body([]),
}
FINE: dict[str, Toxic] = {
    "a long way": toxics.latency(0.1),
    "1 kB in a second": toxics.bandwidth(1000),
    "byte by byte": toxics.slicing(),
}


@over(DONE, "the answer is lost", "nothing is said until the deadline")
def test_a_copy_that_is_out_is_never_sent_again_and_never_lost(
    grounds: Callable[[str], Faulty], part: str, fault: str
) -> None:
    """F-12, F-14, F-15, F-17: the work is done, and its answer does not arrive."""
    ground, kind = grounds(part), PARTS[part]
    ended = meet(ground, kind.network, DONE[fault], work_is_done=True)
    assert (ended.first, ended.last, ended.copies) == (State.UNKNOWN, kind.found, 1)
    assert ended.requests == (2 if part == "same record" else 1)
    assert ended.told


@over(NOT_DONE, "the request is read and the connection reset")
def test_a_copy_that_is_not_out_goes_out_once_that_is_proven(
    grounds: Callable[[str], Faulty], part: str, fault: str
) -> None:
    """F-13, F-15, F-17: nobody has done the work, and nobody says so."""
    kind = PARTS[part]
    ended = meet(grounds(part), kind.network, NOT_DONE[fault])
    assert (ended.first, ended.last) == (State.UNKNOWN, kind.missing)
    assert (ended.requests, ended.copies) == ((2, 1) if kind.missing is State.DELIVERED else (1, 0))
    assert ended.told


@parts()
def test_a_request_that_is_done_45_seconds_after_we_gave_up_is_found(
    grounds: Callable[[str], Faulty], part: str
) -> None:
    """F-14: the service's queue was long."""
    ground, kind = grounds(part), PARTS[part]

    def work_late() -> None:
        ground.later(45 * SECOND)
        ground.proxies[kind.network].release()

    ended = meet(ground, kind.network, toxics.late, meanwhile=work_late)
    assert (ended.first, ended.last, ended.copies) == (State.UNKNOWN, kind.found, 1)
    assert ended.proof is {"same record": Proof.SAME_RECORD, "nothing to look at": None}.get(part, Proof.READ_BACK)


@over(YES, "a body that is cut by a reset")
def test_a_yes_whose_rest_is_damaged_is_a_yes(grounds: Callable[[str], Faulty], part: str, fault: str) -> None:
    """F-17, F-18: the status line and the headers came, so the copy is out."""
    kind = PARTS[part]
    ended = meet(grounds(part), kind.network, YES[fault])
    assert (ended.last, ended.copies) == (State.DELIVERED, 1)
    assert ended.requests == 1 or part == "same record"  # which says it once more, where that is harmless


@over(FINE)
def test_an_answer_that_is_slow_but_in_time_is_an_answer(
    grounds: Callable[[str], Faulty], part: str, fault: str
) -> None:
    """F-12."""
    ground, kind = grounds(part), PARTS[part]
    ground.hurries = False
    try:
        ended = meet(ground, kind.network, FINE[fault])
    finally:
        ground.hurries = True
    assert (ended.first, ended.last, ended.copies, ended.requests) == (State.DELIVERED, State.DELIVERED, 1, 1)
