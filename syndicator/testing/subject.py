"""What is checked: a connector, the pretend service that it talks to, and what its author declares about the two.

Enters: a connector class and its author's declarations. Leaves: a Subject, which opens nothing by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import TracebackType
from typing import Any, Protocol, Self

from syndicator.connector import Connector, ConnectorError


class Pretend(Protocol):
    """A pretend service as the kit and the demo see it. One over HTTP is a `PretendService`; one that is no server
    (a folder, a command) needs these five and no more."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None: ...

    def settings(self) -> dict[str, Any]:
        """What a network's file has to say to reach it."""
        ...

    def copies(self) -> list[dict[str, Any]]:
        """Every copy as its readers see it."""
        ...


SettingsFor = Callable[[Any], Mapping[str, Any]]
Differences = Mapping[str, tuple[type[ConnectorError], str]]  # row → what it means here, and why


def own_settings(service: Any) -> Mapping[str, Any]:
    return {} if service is None else dict(service.settings())


def some_refusal(status: int) -> Any:
    return {"error": "refused by the conformance kit"}


@dataclass(frozen=True, slots=True)
class Subject:
    """`refusal` gives the body of a refusal as the service writes it. `installed` says whether its entry point is to be
    looked for. `strict` holds a connector to the usual meaning of an answer where it declares no difference; without it
    only to the promises."""

    connector: type[Connector]
    service: Callable[[], Any] | None = None
    settings: SettingsFor = own_settings
    differs: Differences = field(default_factory=dict)
    refusal: Callable[[int], Any] = some_refusal
    installed: bool = True
    strict: bool = True

    @property
    def kind(self) -> str:
        return str(getattr(self.connector, "kind", self.connector.__name__))


def service_of(connector: type[Connector]) -> Callable[[], Any] | None:
    """The pretend service that a connector names, None when it names none. Raises what importing it raises."""
    where = getattr(connector, "sandbox", None)
    if not where:
        return None
    module, _, name = where.partition(":")
    found: Callable[[], Any] = getattr(import_module(module), name)
    return found
