"""A well-behaved connector without HTTP: each copy is one JSON file in a folder, named by the key of its delivery."""

import json
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from syndicator.connector import API, AuthRequired, Capabilities, Identity, Receipt, Rendering, Resend, Retryable


class ShelfSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    folder: Path


class ShelfConnector:
    kind: ClassVar[str] = "shelf"
    api: ClassVar[int] = API
    Settings: ClassVar[type[BaseModel]] = ShelfSettings
    sandbox: ClassVar[str | None] = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def open(cls, settings: ShelfSettings, http: Any, tokens: Any) -> Self:
        return cls(settings.folder)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(max_length=2000, resend=Resend.SAME_RECORD)

    def whoami(self) -> Identity:
        if not self._folder.is_dir():
            raise AuthRequired(f"there is no folder {self._folder}")
        return Identity(str(self._folder), self._folder.name)

    def measure(self, text: str) -> int:
        return len(text)

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        copy = {"text": rendering.text, "language": rendering.language}
        try:
            self.path_for(key).write_text(json.dumps(copy), encoding="utf-8")
        except OSError as error:
            raise Retryable(f"{self._folder} cannot be written: {error.strerror}") from error
        return Receipt(key)

    def delete(self, receipt: Receipt) -> None:
        self.path_for(receipt.remote_id).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held open."""

    def path_for(self, key: str) -> Path:
        return self._folder / f"{key}.json"
