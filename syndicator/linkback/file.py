"""The copies' links as a file that the blog's templates read.

Enters: the links of everything delivered. Leaves: `syndication.json` (and its flat form), replaced atomically, and
only when its bytes would change, so that a file watcher or a deploy is not woken for nothing. It never reads the blog.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from syndicator.config.models import LinkbackFile
from syndicator.ledger.epoch import sync_directory
from syndicator.ledger.rows import Link

FORMAT = 1
NAMES = {"mastodon": "Mastodon", "bluesky": "Bluesky", "tumblr": "Tumblr", "linkedin": "LinkedIn", "medium": "Medium"}


def full(links: Iterable[Link]) -> bytes:
    """The canonical form: permalink → path and copies, sorted, ending in a newline."""
    posts = {
        permalink: {"path": urlsplit(permalink).path or "/", "syndication": [_copy(link) for link in copies]}
        for permalink, copies in _by_permalink(links)
    }
    return _as_json({"version": FORMAT, "generator": "syndicator", "posts": posts})


def flat(links: Iterable[Link]) -> bytes:
    """The short form: permalink → list of URLs."""
    return _as_json({permalink: [link.url for link in copies] for permalink, copies in _by_permalink(links)})


def write_files(target: LinkbackFile, links: Sequence[Link]) -> list[Path]:
    """Write every form the owner asked for; the paths that changed come back. Raises OSError."""
    forms = [(target.path, full), (target.flat, flat)]
    return [path for path, form in forms if path is not None and write(path, form(links))]


def write(path: Path, content: bytes) -> bool:
    """Replace `path` unless it holds `content` already; True when it was written. Raises OSError."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(_mode_of(path))
        Path(name).replace(path)
        _keep_name(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def _keep_name(path: Path) -> None:
    """The ledger notes that the blog has its links; a renaming that the power undoes would not be made again."""
    with suppress(PermissionError):  # not everybody may look into every directory they may write to
        sync_directory(path.parent)


def _mode_of(path: Path) -> int:
    # A static-site generator often runs as another user, hence readable by all unless the owner chose otherwise.
    return path.stat().st_mode & 0o777 if path.exists() else 0o644


def _by_permalink(links: Iterable[Link]) -> list[tuple[str, Sequence[Link]]]:
    ordered = sorted(links, key=lambda link: (link.permalink, link.network, link.url))
    return [(permalink, list(copies)) for permalink, copies in groupby(ordered, key=lambda link: link.permalink)]


def _copy(link: Link) -> dict[str, Any]:
    return {
        "target": link.network,
        "service": link.connector,
        "name": NAMES.get(link.connector, link.connector.capitalize()),
        "url": link.url,
        "published": link.delivered_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _as_json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
