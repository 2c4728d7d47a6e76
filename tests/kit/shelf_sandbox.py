import json
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class PretendShelf:
    """A folder of its own for each check. There is no server, so there is nothing to answer."""

    def __enter__(self) -> Self:
        self._directory = tempfile.TemporaryDirectory(prefix="shelf-")
        self.folder = Path(self._directory.name)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._directory.cleanup()

    def settings(self) -> dict[str, Any]:
        return {"folder": str(self.folder)}

    def copies(self) -> list[dict[str, Any]]:
        """What somebody would find in the folder, the oldest first; read with other means than it was written."""
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(self.folder.glob("*.json"))]
