"""The program's moves are those that were specified; what it adds or leaves out has a reason that is written down."""

from syndicator.ledger.states import MOVES, State
from tests.proof.moves import ADDED, BORN, LEFT_OUT, NAMED, SPECIFIED, Edge, allowed

OF_PROGRAM = {(name, Edge(str(source), str(move.target))) for name, move in MOVES.items() for source in move.sources}
AT_BIRTH = {("owed", Edge(BORN, state)) for state in ("held", "ready", "skipped")}


def test_every_move_of_the_program_is_specified_or_added_for_a_reason() -> None:
    assert [(name, edge) for name, edge in OF_PROGRAM if not allowed(name, edge.source, edge.target)] == []


def test_every_move_that_was_specified_is_one_of_the_program_or_left_out_for_a_reason() -> None:
    made = {edge for name, edge in OF_PROGRAM | AT_BIRTH}
    left_out = {edge for _, edge in LEFT_OUT}
    specified = {edge for edges in SPECIFIED.values() for edge in edges}
    assert specified - made - left_out == set()


def test_each_edge_that_was_specified_is_made_by_a_move_that_stands_for_its_number() -> None:
    made = {(number, edge) for name, edge in OF_PROGRAM | AT_BIRTH for number in NAMED.get(name, ())}
    specified = {(number, edge) for number, edges in SPECIFIED.items() for edge in edges}
    assert specified - made - set(LEFT_OUT) == set()


def test_every_number_is_made_by_a_move_or_left_out() -> None:
    made = {number for numbers in NAMED.values() for number in numbers}
    assert set(SPECIFIED) - made == {number for number, _ in LEFT_OUT}


def test_nothing_is_named_or_excused_that_the_program_does_not_do() -> None:
    assert set(NAMED) - {"owed"} <= set(MOVES)
    assert {(name, edge) for name, edge in ADDED if name != "owed"} <= OF_PROGRAM
    assert [reason for reason in (*ADDED.values(), *LEFT_OUT.values()) if len(reason) < 10] == []


def test_no_addition_weakens_the_three_rules() -> None:
    """R1: only `start` leads to sending. R2: from there only an answer, or unknown. R3: from unknown only proof, or
    a person, whose verbs are those of T17."""
    added = {edge: name for name, edge in ADDED}
    assert [edge for edge in added if edge.target == "sending"] == []
    assert {name for edge, name in added.items() if edge.source == "sending"} == {"blocked"}
    assert {name for edge, name in added.items() if edge.source == "unknown"} == {"posted", "not_posted"}


def test_the_model_knows_the_program_s_states_and_no_other() -> None:
    states = {state for edges in SPECIFIED.values() for edge in edges for state in (edge.source, edge.target)}
    assert states - {BORN} == set(State) - {State.HANDOFF}
