"""What validation has to know while a configuration is being loaded, and cannot be told as an argument.

Enters: `files.py` sets it. Leaves: the models read it. Outside of a load there is none, and the models then take
values as they are given.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from syndicator.config.lines import Path as Keys
from syndicator.config.secrets import Place
from syndicator.registry import Registry


@dataclass(frozen=True, slots=True)
class Loading:
    path: Path  # config.toml
    registry: Registry
    network_paths: dict[str, Path] = field(default_factory=dict)
    with_secrets: bool = True
    variables: dict[Keys, str] = field(default_factory=dict)  # which environment variable set which key

    def place(self, file: Path, *, read: bool = True) -> Place:
        """Relative paths start at the directory of config.toml, in network files as well."""
        return Place(self.path.parent, file, read and self.with_secrets)


_current: ContextVar[Loading | None] = ContextVar("loading", default=None)


def current() -> Loading | None:
    return _current.get()


@contextmanager
def during(loading: Loading) -> Iterator[None]:
    before = _current.set(loading)
    try:
        yield
    finally:
        _current.reset(before)
