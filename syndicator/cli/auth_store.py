"""Where a login is kept: secret files, tokens, and the network's own file with the comments it had.

Enters: a proven login. Leaves: files, each replaced at once. Their order is such that a crash between two of them
leaves a network that works as before, or one whose next Pass says which command to type. No secret is written into the
network's file, and nothing is kept before `keep` is called.
"""

import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from syndicator.config.starter import network_file
from syndicator.errors import ConfigError
from syndicator.login import Authorised
from syndicator.registry import Registry
from syndicator.tokens import FileTokens, MemoryTokens

if TYPE_CHECKING:
    from pydantic import BaseModel

_MISSING = object()


class Staged:
    """A token store that shows what is kept and keeps what is new to itself, until the account has been compared."""

    def __init__(self, path: Path) -> None:
        self._kept = FileTokens(path)
        self._before: dict[str, Any] = {}
        self._new: MemoryTokens | None = None

    def load(self) -> dict[str, Any]:
        return self._kept.load() if self._new is None else self._new.load()

    def save(self, tokens: Mapping[str, Any]) -> None:
        if self._new is None:
            self._before, self._new = self._kept.load(), MemoryTokens()
        self._new.save(tokens)

    def commit(self) -> None:
        """Keep what has changed and nothing else: a daemon may have written its own meanwhile."""
        if self._new is None:
            return
        now, after = self._kept.load(), self._new.load()
        for name in self._before.keys() | after.keys():
            if after.get(name, _MISSING) == self._before.get(name, _MISSING):
                continue
            now.pop(name, None)
            if name in after:
                now[name] = after[name]
        self._kept.save(now)


def document(path: Path, network: str, connector: str | None) -> Any:
    """The network's file as it is, or a new one. Raises ConfigError."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    if path.exists():
        try:
            found = tomlkit.parse(path.read_text(encoding="utf-8"))
        except (TOMLKitError, UnicodeDecodeError, OSError) as error:
            raise ConfigError(f"{path}: {error}", hint="syndicate check") from error
        if connector is not None and found.get("connector") not in (None, connector):
            raise ConfigError(
                f"{path} says connector = “{found['connector']}” already", hint="another name for the new network"
            )
        found.setdefault("connector", connector or network)
        return found
    kind, registry = connector or network, Registry.discover()
    text = registry.starter(kind) if kind in registry.kinds else None
    return tomlkit.parse(network_file(kind, text, network))


def secret_fields(settings: "type[BaseModel]") -> set[str]:
    """The names of a connector's settings that hold secrets."""
    from pydantic import SecretStr

    def is_secret(kind: object) -> bool:
        return kind is SecretStr or any(map(is_secret, get_args(kind)))

    return {name for name, field in settings.model_fields.items() if is_secret(field.annotation)}


def refuse_if_unwritable(path: Path) -> None:
    """Before anybody logs in: raises ConfigError when the result could not be stored."""
    for directory in (path.parent, path.parent.parent / "secrets"):
        there = next(each for each in (directory, *directory.parents) if each.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            raise ConfigError(
                f"{there} cannot be written, and what the login gives is stored there",
                hint=f"run it as the user who owns {there}",
            )


def keep(
    path: Path,
    document: Any,
    authorised: Authorised,
    *,
    known: Mapping[str, Any],
    secret_names: set[str],
    tokens: Staged,
) -> None:
    """Secrets first, then what refers to them. Raises ConfigError or LedgerError when the disk refuses."""
    for key, value in authorised.settings.items():
        if document.get(key) != value:
            document[key] = value
    for key, secret in authorised.secrets.items():
        if not _is_there(known.get(key), secret):
            others = ({name for name in secret_names if name in document} | authorised.secrets.keys()) - {key}
            _keep_secret(path, document, key, secret, others)
    tokens.commit()
    document["enabled"] = True
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    _write(path, _checked(document), mode)


def _is_there(known: object, secret: str) -> bool:
    """Whether the file leads to this very secret already, wherever that is kept; then it stays there."""
    reveal = getattr(known, "get_secret_value", None)
    return reveal is not None and reveal() == secret


def _keep_secret(path: Path, document: Any, key: str, secret: str, others: set[str]) -> None:
    import tomlkit

    base = path.parent.parent
    told = document.get(key)
    place = told.get("file") if isinstance(told, Mapping) else None
    if place is None or not _is_ours(base, Path(place)) or any(document.get(other) == told for other in others):
        place = f"secrets/{path.stem}-{key}" if others else f"secrets/{path.stem}"
        document[key] = tomlkit.value(f'{{ file = "{place}" }}')  # with the spaces that our example files have
    _write(base / place, f"{secret}\n", 0o600)


def _is_ours(base: Path, place: Path) -> bool:
    """Whether a secret's file is one of those that `auth` writes, rather than one that its owner has put elsewhere."""
    return (base / place).parent == base / "secrets"


def _checked(document: Any) -> str:
    """The text of the file, proven to say what was meant before it replaces the old one."""
    import tomlkit

    text = tomlkit.dumps(document)
    if tomllib.loads(text) != document.unwrap():
        raise ConfigError("the network's file could not be edited safely", hint="write the settings into it by hand")
    return text


def _write(path: Path, text: str, mode: int) -> None:
    """Replace a file at once, with its mode set before anything is in it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if mode == 0o600 else 0o755)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            _fill(handle, text, mode)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync(path.parent)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}", hint=f"make {path.parent} writable, and the disk not full"
        ) from error


def _fill(handle: int, text: str, mode: int) -> None:
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    """Without this the rename itself may be forgotten at power loss."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
