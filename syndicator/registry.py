"""Finds connectors by entry point, ours and anyone else's by the same way.

Enters: what is installed. Leaves: a record per kind, and the class of a kind that is asked for. Finding reads package
metadata only; a connector's module is imported when it is asked for, behind its own guard, so that a broken one harms
nobody else.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from typing import Any, Self

from syndicator.connector import API, Connector, MayLack
from syndicator.errors import ConfigError

GROUP = "syndicator.connectors"
STARTER = "network.toml"
_LONGEST_REASON = 300  # letters; import errors can be novels


class Status(StrEnum):
    READY = "ready"
    INCOMPLETE = "incomplete"  # packages that it needs are not installed
    WRONG_API = "wrong-api"  # made for another version of the contract
    LOAD_ERROR = "load-error"  # its module does not import, or is no connector
    DUPLICATE = "duplicate"  # two distributions claim one kind; neither is used


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one kind. `stability` is the connector's own word for how far to trust it."""

    kind: str
    distribution: str
    version: str
    status: Status
    reason: str = ""
    stability: str = ""


@dataclass(frozen=True, slots=True)
class _Offer:
    distribution: str
    version: str
    load: Callable[[], Any]
    package: str = ""  # where the connector's files lie


class Registry:
    """Kinds of connectors, each imported at most once."""

    def __init__(self, offers: Mapping[str, tuple[_Offer, ...]]) -> None:
        self._offers = dict(sorted(offers.items()))
        self._examined: dict[str, tuple[Record, type[Connector] | None]] = {}

    @classmethod
    def discover(cls) -> Self:
        """Everything that is installed. Imports none of it."""
        return cls._from_entry_points(entry_points(group=GROUP))

    @classmethod
    def of(cls, connectors: Mapping[str, type[Connector]]) -> Self:
        """A registry of these classes and no others."""
        return cls({kind: (_Offer("given", "", partial(_same, one)),) for kind, one in connectors.items()})

    @classmethod
    def _from_entry_points(cls, found: Iterable[EntryPoint]) -> Self:
        offers: dict[str, tuple[_Offer, ...]] = {}
        for point in found:
            offers[point.name] = (*offers.get(point.name, ()), _offer(point))
        return cls(offers)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self._offers)

    @property
    def records(self) -> dict[str, Record]:
        """The record of every kind. Imports every installed connector; made for `syndicate connectors`."""
        return {kind: self._examine(kind)[0] for kind in self._offers}

    def record(self, kind: str) -> Record:
        """The record of one kind. Raises ConfigError for a kind that is not installed."""
        if kind not in self._offers:
            raise self._unknown(kind)
        return self._examine(kind)[0]

    def load(self, kind: str) -> type[Connector]:
        """The class of a kind. Raises ConfigError, with the reason, for one that is missing or cannot be used."""
        record = self.record(kind)
        found = self._examine(kind)[1]
        if found is None:
            raise ConfigError(
                f"the connector “{kind}” of {record.distribution} cannot be used ({record.status}): {record.reason}",
                hint="syndicate connectors",
            )
        return found

    def starter(self, kind: str) -> str | None:
        """The text of `network.toml` beside the connector: how a network of this kind begins. None without one."""
        offer = self._offers[kind][0]
        try:
            text = files(offer.package).joinpath(STARTER).read_text(encoding="utf-8") if offer.package else None
        except Exception:  # a single module has no files beside it, and a stranger's package may fail in its own ways
            return None
        return text

    def _unknown(self, kind: str) -> ConfigError:
        near = get_close_matches(kind, self._offers, 1)
        guess = f", did you mean “{near[0]}”?" if near else ";"
        installed = ", ".join(self._offers) or "none"
        return ConfigError(
            f"no connector “{kind}” is installed{guess} installed: {installed}", hint="syndicate connectors"
        )

    def _examine(self, kind: str) -> tuple[Record, type[Connector] | None]:
        if kind not in self._examined:
            self._examined[kind] = _examine(kind, self._offers[kind])
        return self._examined[kind]


def _offer(point: EntryPoint) -> _Offer:
    name, version = (point.dist.name, point.dist.version) if point.dist else ("?", "")
    return _Offer(name, version, point.load, point.module.partition(".")[0])


def _same(one: Any) -> Any:
    return one


def _examine(kind: str, offers: tuple[_Offer, ...]) -> tuple[Record, type[Connector] | None]:
    offer = offers[0]

    def record(status: Status, reason: str = "", stability: str = "") -> Record:
        return Record(kind, offer.distribution, offer.version, status, reason, stability)

    if len(offers) > 1:
        names = " and ".join(o.distribution for o in offers)
        return record(Status.DUPLICATE, f"{names} both bring it; uninstall one"), None
    try:
        found = offer.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a stranger's module may even exit
        return record(Status.LOAD_ERROR, _in_one_line(error)), None
    api = getattr(found, "api", None)
    if api != API:
        return record(Status.WRONG_API, f"it is made for contract {api!r}, this is contract {API}"), None
    flaw = _flaw(kind, found)
    if flaw:
        return record(Status.LOAD_ERROR, flaw), None
    try:
        lacks = found.lacks() if isinstance(found, MayLack) else ""
    except Exception as error:
        return record(Status.LOAD_ERROR, _in_one_line(error)), None
    stability = str(getattr(found, "stability", ""))
    return record(Status.INCOMPLETE if lacks else Status.READY, lacks, stability), found


def _flaw(kind: str, found: Any) -> str:
    if not isinstance(found, type):
        return "its entry point names no class"
    if getattr(found, "kind", None) != kind:
        return f"its class calls itself “{getattr(found, 'kind', None)}”"
    if not hasattr(getattr(found, "Settings", None), "model_fields"):
        return "its class has no Settings"
    missing = [name for name in ("open", "whoami", "measure", "deliver", "close") if not hasattr(found, name)]
    return f"its class has no {', '.join(missing)}" if missing else ""


def _in_one_line(error: BaseException) -> str:
    said = "".join(c if c.isprintable() else " " for c in f"{type(error).__name__}: {error}")
    return said if len(said) <= _LONGEST_REASON else said[: _LONGEST_REASON - 1] + "…"
