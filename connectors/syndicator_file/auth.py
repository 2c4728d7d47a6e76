"""`syndicate auth` for a folder: there is nothing to log in to, so it is made, and proven to be writable.

Enters: what the network's file says, and the owner's answer. Leaves: the folder. Nothing else makes one: a folder that
is missing later is more likely a disk that is not mounted.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from syndicator.connector import Rejected
from syndicator.login import Talk

from .settings import FileSettings
from .trouble import nothing_written


def written_down(talk: Talk, known: Mapping[str, Any]) -> FileSettings:
    """The settings as far as a folder needs them; asked for, where the file does not tell."""
    folder = str(known.get("folder") or talk.ask("Folder for the copies, such as ~/syndicated")).strip()
    try:
        return FileSettings(folder=Path(folder))
    except ValidationError as error:
        raise Rejected(f"folder: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None


def made(talk: Talk, folder: Path) -> None:
    if folder.exists():
        return
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise nothing_written(error, folder) from error
    talk.show(f"Made the folder {folder}.")
