"""All checks, in the order of their groups."""

from types import ModuleType

from syndicator.testing import (
    abilities,
    conversing,
    declaration,
    failures,
    identity,
    independence,
    measuring,
    patience,
    pictures,
    publishing,
    resending,
    silence,
    wishes,
)
from syndicator.testing.checks import Check


def _checks_of(module: ModuleType) -> tuple[Check, ...]:
    return tuple(value for value in vars(module).values() if isinstance(value, Check))


CHECKS: tuple[Check, ...] = tuple(
    one
    for module in (
        declaration,
        identity,
        publishing,
        wishes,
        failures,
        patience,
        resending,
        measuring,
        pictures,
        silence,
        independence,
        abilities,
        conversing,
    )
    for one in _checks_of(module)
)
