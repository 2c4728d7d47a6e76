"""Secrets: where they come from, and what is refused.

Enters: what a configuration file says, a text or one of {file}, {env}, {credential}, {command}. Leaves: a SecretStr.
Every value read here is made known to the log's redactor. Nothing here prints, stores or returns a bare value.
"""

import os
import stat
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import BeforeValidator, SecretStr
from pydantic_core import PydanticCustomError

from syndicator.errors import CredentialError

PATIENCE = 30.0  # seconds a command may take; long enough for a person to unlock a key
LARGEST = 64 * 1024  # bytes; a token is never that long, so it is the wrong file
CREDENTIAL = "credential"  # the error type by which other mistakes are told from refused secrets


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is being read for: what a relative path starts from, and the file that may hold it as text."""

    directory: Path = field(default_factory=Path.cwd)
    file: Path | None = None
    read: bool = True  # False: leave secrets unread, for commands that need none


_place: ContextVar[Place | None] = ContextVar("place", default=None)


@contextmanager
def at(place: Place) -> Iterator[None]:
    """Read the secrets of everything that is validated inside, for `place`."""
    before = _place.set(place)
    try:
        yield
    finally:
        _place.reset(before)


class FromEnvironment(str):
    """A text that came from an environment variable, so no file's mode has to be looked at."""

    __slots__ = ()


class UnreadSecret(SecretStr):
    """Stands for a secret that was left unread; asking for its value is a mistake of the program."""

    def __init__(self) -> None:
        super().__init__("")

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def get_secret_value(self) -> NoReturn:
        raise CredentialError("this secret was not read", hint="load the configuration with its secrets")


def resolve(value: object) -> SecretStr:
    """What `Secret` does with the configured value. Raises what pydantic collects; no message repeats the value."""
    place = _place.get() or Place()
    if isinstance(value, SecretStr):
        return value
    if isinstance(value, str):
        return _literal(value, place) if place.read else UnreadSecret()
    if isinstance(value, Mapping):
        source, told = _source_of(value)
        return _known(source(told, place)) if place.read else UnreadSecret()
    raise ValueError(f"must be a text in quotes or one of {_SOURCES_WRITTEN}")


Secret = Annotated[SecretStr, BeforeValidator(resolve)]


def _literal(value: str, place: Place) -> SecretStr:
    if not isinstance(value, FromEnvironment) and place.file is not None:
        refuse_if_open(place.file)
    return _known(_one_line(value, "the text"))


def refuse_if_open(path: Path) -> None:
    """Refuse a configuration file that holds a secret as text while others may read it."""
    if path.stat().st_mode & 0o077:
        _refuse(f"others can read this file, and a secret stands in it; type: chmod 600 {path}")


def _source_of(value: Mapping[str, Any]) -> tuple[Any, Any]:
    """Which of the four ways is meant, and what it was told."""
    for name in value:
        if name not in _SOURCES:
            near = get_close_matches(str(name), _SOURCES, 1)
            raise ValueError(f"a secret has no “{name}”" + (f", did you mean “{near[0]}”?" if near else ""))
    if len(value) != 1:
        raise ValueError(f"name exactly one of {_SOURCES_WRITTEN}")
    name, told = next(iter(value.items()))
    if name == "command":
        if not (isinstance(told, list) and told and all(isinstance(word, str) for word in told)):
            raise ValueError('command must be a list of words, such as ["pass", "show", "mastodon"]')
    elif not (isinstance(told, str) and told):
        raise ValueError(f"{name} must be a text in quotes")
    return _SOURCES[name], told


def _from_file(told: str, place: Place) -> str:
    path = place.directory / Path(told).expanduser()
    if place.file is not None and not _exists(path):
        _refuse(f"there is no file {path}; type: syndicate auth {place.file.stem}")
    return _one_line(_read(path), str(path))


def _from_environment(told: str, place: Place) -> str:
    value = os.environ.get(told)
    if value is None:
        _refuse(f"the environment variable {told} is not set")
    return _one_line(value, f"the environment variable {told}")


def _from_credential(told: str, place: Place) -> str:
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if "/" in told or told in (".", ".."):
        raise ValueError("credential is a name, not a path")
    if not directory:
        _refuse(f"there are no systemd credentials here: CREDENTIALS_DIRECTORY is not set (LoadCredential={told}:…)")
    return _one_line(_read(Path(directory) / told), f"the credential {told}")


def _from_command(told: list[str], place: Place) -> str:
    """Run the owner's own command. Its words and what it printed may be secret, so a refusal shows the program only."""
    try:
        done = subprocess.run(
            told,
            cwd=place.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        _refuse(f"the command {told[0]} did not end within {PATIENCE:g} seconds")
    except (OSError, ValueError) as error:
        _refuse(f"the command {told[0]} could not be started: {_why(error)}")
    if done.returncode:
        _refuse(f"the command {told[0]} ended with status {done.returncode}")
    return _one_line(_text(done.stdout, told[0]).partition("\n")[0], f"the first line that {told[0]} printed")


_SOURCES = {
    "file": _from_file,
    "env": _from_environment,
    "credential": _from_credential,
    "command": _from_command,
}
_SOURCES_WRITTEN = '{ file = "…" }, { env = "…" }, { credential = "…" }, { command = ["…"] }'


def _read(path: Path) -> str:
    """Open first, look at what was opened, read last: nothing can be exchanged in between."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        _refuse(f"{path}: {_why(error)}")
    try:
        _look_at(os.fstat(opened), path)
        with os.fdopen(opened, "rb", closefd=False) as stream:
            content = stream.read(LARGEST + 1)
    finally:
        os.close(opened)
    if len(content) > LARGEST:
        _refuse(f"{path} is too long for a secret")
    return _text(content, str(path))


def _look_at(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        _refuse(f"{path} is not a regular file")
    if found.st_uid not in (0, os.geteuid()):
        _refuse(f"{path} belongs to somebody else; type: chown {os.geteuid()} {path}")
    forbidden = 0o337 if _is_credential(path) else 0o077  # systemd makes credentials 0400, later versions 0440
    if found.st_mode & forbidden:
        _refuse(f"others can read {path}; type: chmod 600 {path}")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return True  # opening it will say what is wrong


def _is_credential(path: Path) -> bool:
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    return bool(directory) and path.resolve().is_relative_to(Path(str(directory)).resolve())


def _text(content: bytes, where: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        _refuse(f"{where} is not text")


def _one_line(value: str, where: str) -> str:
    """Without its trailing newline. One inside is refused: HTTP libraries quote such a header in their complaint."""
    line = value.rstrip("\r\n")
    if not line.strip():
        _refuse(f"{where} is empty")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in line):
        _refuse(f"{where} has more than one line or a control character; a secret is one line")
    return line


def remember(value: str) -> None:
    """Make a secret known to the log's redactor."""
    from syndicator.log import remember_secret

    remember_secret(value)


def _known(value: str) -> SecretStr:
    remember(value)
    return SecretStr(value)


def _why(error: OSError | ValueError) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else "impossible path"


def _refuse(what: str) -> NoReturn:
    raise PydanticCustomError(CREDENTIAL, "{what}", {"what": what})
