"""What is made once and then wanted again, by several threads: kept while there is room.

Enters: a key, and how to make what it stands for. Leaves: the same value for everybody. Two who want one thing at the
same time wait for one making of it. What has lain longest goes first.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

V = TypeVar("V")


@dataclass(slots=True)
class _Place:
    lock: threading.Lock = field(default_factory=threading.Lock)
    value: Any = None
    is_made: bool = False
    weight: int = 0


class Shelf:
    def __init__(self, most: int, weigh: Callable[[Any], int]) -> None:
        """`most`: what all values together may weigh; one that is heavier alone is handed on and not kept."""
        self._most = most
        self._weigh = weigh
        self._weight = 0
        self._places: OrderedDict[object, _Place] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def weight(self) -> int:
        return self._weight

    def take(self, key: object, make: Callable[[], V]) -> V:
        """What `make` raises is raised, and not kept."""
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
        with place.lock:
            if not place.is_made:
                place.value, place.is_made = make(), True
                self._keep(key, place)
            value: V = place.value
            return value

    def _keep(self, key: object, place: _Place) -> None:
        with self._lock:
            if self._places.get(key) is not place:
                return
            place.weight = self._weigh(place.value)
            self._weight += place.weight
            while self._weight > self._most:
                key = next(key for key, other in self._places.items() if other.weight)
                self._weight -= self._places.pop(key).weight
