"""A folder: each copy is a directory with the words as Markdown, everything as JSON, and the pictures.

Enters: a Rendering. Leaves: a directory that is complete, or none. It uses no network, keeps nothing between
calls, and never touches what it did not write.
"""

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from syndicator.connector import (
    API,
    Capabilities,
    Credential,
    Identity,
    OutcomeUnknown,
    Proof,
    Receipt,
    Rejected,
    Rendering,
    Resend,
    Retryable,
    TokenStore,
)
from syndicator.http import Http
from syndicator.login import Authorised, Talk

from .auth import made, written_down
from .contents import RECORD, contents, is_ours
from .folder import Folder
from .naming import name_of
from .pictures import ENDINGS
from .record import key_of
from .settings import FileSettings
from .trouble import nothing_written

TEXT = Capabilities(
    max_length=100_000,
    max_images=20,
    max_image_bytes=10_000_000,
    image_types=frozenset(ENDINGS),
    max_alt=5_000,
    card=True,
    max_card_image_bytes=10_000_000,
    content_warning=True,
    visibilities=("public", "unlisted", "private", "direct"),  # written down, for whoever reads the JSON
    replies=("everybody", "mentioned", "following", "followers", "nobody"),
    thread=True,
    resend=Resend.SAME_RECORD,
)
FULL = replace(TEXT, whole_post=True, max_images=100)


class FileConnector:
    kind: ClassVar[str] = "file"
    api: ClassVar[int] = API
    Settings: ClassVar[type[BaseModel]] = FileSettings
    sandbox: ClassVar[str | None] = "syndicator_file.sandbox:PretendFolder"

    def __init__(self, settings: FileSettings) -> None:
        self._path = settings.folder
        self._capabilities = FULL if settings.layout == "full" else TEXT

    @classmethod
    def open(cls, settings: FileSettings, http: Http, tokens: TokenStore) -> Self:
        return cls(settings)

    @classmethod
    def authorise(cls, talk: Talk, http: Http, tokens: TokenStore, known: Mapping[str, Any]) -> Authorised:
        settings = written_down(talk, known)
        made(talk, settings.folder)
        return Authorised(cls(settings).whoami(), {"folder": str(settings.folder)}, {})

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def measure(self, text: str) -> int:
        return len(text)

    def whoami(self) -> Identity:
        """The place is the account, wherever links to it lead from; it is looked at, and not written to."""
        with self._opened():
            place = self._path.resolve(strict=True)
            if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError(errno.EROFS if os.statvfs(place).f_flag & os.ST_RDONLY else errno.EACCES, "")
        name = os.fsencode(place).decode(errors="backslashreplace")
        return Identity(name, str(self._path), credential=Credential("folder"))

    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        """Fix the name: another release, or another Python’s Unicode, might make another one of the same title."""
        return replace(rendering, prepared={"name": name_of(rendering, key)})

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        name = _name(rendering, key)
        made = contents(rendering, key, self._capabilities)
        with self._opened() as folder:
            if _key_at(folder, name) == key:
                _settle(folder.keep, name)
                return Receipt(name, proof=Proof.SAME_RECORD)
            if folder.is_taken(name):
                raise Rejected(f"something else stands at {self._path / name}; move it away and try again")
            folder.lay(name, made.files)
            _settle(partial(folder.show, name), name)
        return Receipt(name, warnings=made.warnings)

    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        """A copy has one name, so looking there is a complete list."""
        name = _name(rendering, key)
        try:
            with Folder.opened(self._path) as folder:
                if _key_at(folder, name) == key:
                    return Receipt(name, proof=Proof.READ_BACK)
                taken = folder.is_taken(name)
        except OSError as error:
            raise Retryable(nothing_written(error, self._path).reason) from error
        if taken:
            raise Retryable(f"{self._path / name} cannot be read as a copy of this post")
        return None

    def delete(self, receipt: Receipt) -> None:
        """Only what was written by us; a file that its owner has put there stays, and so does the directory then."""
        with self._opened() as folder:
            folder.remove(_one_segment(receipt.remote_id), is_ours)

    def close(self) -> None:
        """Nothing is open between two calls."""

    @contextmanager
    def _opened(self) -> Iterator[Folder]:
        try:
            with Folder.opened(self._path) as folder:
                yield folder
        except OSError as error:
            raise nothing_written(error, self._path) from error


def _name(rendering: Rendering, key: str) -> str:
    return _one_segment((rendering.prepared or {}).get("name") or name_of(rendering, key))


def _one_segment(name: str) -> str:
    if not name or name.startswith(".") or "/" in name or "\0" in name:
        raise Rejected("this copy has a name that was never given by syndicator")
    return name


def _key_at(folder: Folder, name: str) -> str | None:
    written = folder.read(name, RECORD)
    return None if written is None else key_of(written)


def _settle(last_step: Callable[[], None], name: str) -> None:
    """From here on the copy may be seen, so an error says nothing any more."""
    try:
        last_step()
    except OSError as error:
        raise OutcomeUnknown(f"the disk did not confirm {name}: {error.strerror}") from error
