"""Copies of invented posts, examined one by one: what is wrong with which."""

from collections.abc import Iterable

from syndicator.errors import Withheld
from syndicator.render.compose import render
from tests.copies.counters import NOW, faults
from tests.copies.invented import Invented, invented
from tests.copies.studio import Studio, studio

ENOUGH = 5  # to see what is wrong

Wrong = dict[tuple[int, str], list[str]]


def examine(here: Studio, networks: Iterable[str], numbers: range) -> Wrong:
    found: Wrong = {}
    for number in numbers:
        one = invented(number)
        for network in networks:
            if said := _of(here, network, one):
                found[number, network] = said
        if len(found) >= ENOUGH:
            break
    return found


def examine_alone(first: int, count: int) -> Wrong:
    """In a process of its own."""
    with studio() as here:
        return examine(here, tuple(here.services), range(first, first + count))


def _of(here: Studio, network: str, one: Invented) -> list[str]:
    connector = here.plain(network)
    can = connector.capabilities
    images, card = one.images[: can.max_images], one.card if can.card else None
    try:
        copy = render(one.post, one.style, can, connector.measure, images=images, card=card, now=NOW)
    except Withheld as withheld:
        return [f"withheld: {withheld.sentence}"]
    return faults(network, copy, one.links)
