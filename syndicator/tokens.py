"""Tokens that rotate: one JSON object per network, in a file that only we can read.

Enters: a mapping of JSON values. Leaves: the same mapping, or a CredentialError that names the file and the command to
type. A write is all or nothing, also when the power goes: a refresh token that is half written is an account lost.
What is called a token, secret, password or JWT is made known to the redactor on its way through.
"""

import json
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syndicator import log
from syndicator.errors import CredentialError, LedgerError

_TELLING = re.compile(r"token|secret|password|jwt|key", re.IGNORECASE)


class FileTokens:
    """A token file, mode 0600, replaced atomically."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"FileTokens({str(self.path)!r})"

    def load(self) -> dict[str, Any]:
        """The stored tokens; empty when there is no file. Raises CredentialError."""
        try:
            text = _read_private(self.path)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise CredentialError(
                f"{self.path}: the tokens cannot be read: {error.strerror}",
                hint="run syndicate as the user who owns the state directory",
            ) from error
        return _remembered(_parsed(text, self.path))

    def save(self, tokens: Mapping[str, Any]) -> None:
        """Replace the file. Raises LedgerError when the disk refuses, with the old file still in place."""
        text = json.dumps(_remembered(dict(tokens)), indent=1)
        try:
            is_new = not self.path.parent.exists()
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _replace(self.path, text.encode())
            if is_new:  # what lies in a directory is lost with its name
                _sync_directory(self.path.parent.parent)
        except OSError as error:
            raise LedgerError(
                f"{self.path}: the tokens cannot be written: {error.strerror}",
                hint=f"make {self.path.parent} writable for the user who runs syndicate, and the disk not full",
            ) from error


class MemoryTokens:
    """Tokens that last as long as the process, for demonstrations and dry runs."""

    def __init__(self) -> None:
        self._text = "{}"

    def load(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self._text)
        return loaded

    def save(self, tokens: Mapping[str, Any]) -> None:
        self._text = json.dumps(_remembered(dict(tokens)))


def _read_private(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & 0o077:
            raise CredentialError(
                f"{path}: other users of this machine can get at these tokens (mode {mode:04o})",
                hint=f"chmod 600 {path}",
            )
        return file.read()


def _parsed(text: bytes, path: Path) -> dict[str, Any]:
    try:
        tokens = json.loads(text)
    except ValueError:
        tokens = None
    if not isinstance(tokens, dict):
        raise CredentialError(
            f"{path}: the stored tokens are damaged; without the file the next run logs in anew",
            hint=f"rm {path}",
        )
    return tokens


def _replace(path: Path, data: bytes) -> None:
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")  # 0600 from the start
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    """Without this the rename itself may be forgotten at power loss."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _remembered(tokens: dict[str, Any]) -> dict[str, Any]:
    for name, value in tokens.items():
        if isinstance(value, dict):
            _remembered(value)
        elif isinstance(value, str) and _TELLING.search(name):
            log.remember_secret(value, rotates=True)
    return tokens
