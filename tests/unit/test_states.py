"""The ten states and their moves, as data."""

from itertools import product

import pytest

from syndicator.ledger.states import MOVES, OPEN, WAITS_FOR_PERSON, IllegalMove, State, target

LEGAL = [(move.name, source, move.target) for move in MOVES.values() for source in sorted(move.sources)]
PAIRS = product(MOVES, State)
ILLEGAL = [(name, source) for name, source in PAIRS if source not in MOVES[name].sources]


@pytest.mark.parametrize(("move", "source", "expected"), LEGAL)
def test_a_listed_move_leads_where_the_table_says(move: str, source: State, expected: State) -> None:
    assert target(move, source) is expected


@pytest.mark.parametrize(("move", "source"), ILLEGAL)
def test_a_move_that_is_not_listed_is_refused(move: str, source: State) -> None:
    with pytest.raises(IllegalMove, match=move):
        target(move, source)


def test_a_move_nobody_knows_is_refused() -> None:
    with pytest.raises(IllegalMove, match="publish_again"):
        target("publish_again", State.UNKNOWN)


def test_only_start_leads_to_sending() -> None:
    assert [m.name for m in MOVES.values() if m.target is State.SENDING] == ["start"]


def test_without_an_answer_sending_leads_to_unknown_only() -> None:
    answered = {"delivered", "deferred", "rejected", "blocked"}
    others = {m.target for m in MOVES.values() if State.SENDING in m.sources and m.name not in answered}
    assert others == {State.UNKNOWN}


def test_from_unknown_the_ways_out_are_proof_and_people() -> None:
    assert {m.name for m in MOVES.values() if State.UNKNOWN in m.sources} == {
        "found",
        "resend",
        "ask",
        "posted",
        "not_posted",
    }


def test_a_hold_never_stops_what_may_be_on_the_wire() -> None:
    assert not {State.SENDING, State.UNKNOWN} & MOVES["hold"].sources


def test_nothing_leaves_delivered() -> None:
    assert [m.name for m in MOVES.values() if State.DELIVERED in m.sources] == []


def test_every_state_is_worked_on_or_waits_or_is_done() -> None:
    assert {*OPEN, *WAITS_FOR_PERSON, State.DELIVERED, State.SKIPPED} == set(State)
    assert not set(OPEN) & set(WAITS_FOR_PERSON)


@pytest.mark.parametrize("state", [s for s in State if s is not State.DELIVERED])
def test_every_unfinished_state_has_a_way_out(state: State) -> None:
    assert [m.name for m in MOVES.values() if state in m.sources] != []
