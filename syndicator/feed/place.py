"""A feed on this machine's disk → its bytes, "unchanged", or why there is nothing. No network.

Enters: the path of a feed file, or of a directory of rendered pages with the address it has on the web. Leaves: the
same answers as `fetch`. Where nothing has changed it costs one look at each file's date, and no file is opened. What is
being written, hidden, or a link is not read; a directory as a whole is turned into one document by `gathering`.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syndicator.clock import Clock
from syndicator.feed.fetch import LARGEST, Fetched, Unavailable, Unchanged, Validators
from syndicator.feed.text import as_h_feed

SETTLE = 2.0  # seconds without a change after which a file counts as finished
MOST = 50_000  # pages of one blog
DEEPEST = 40  # directories inside one another
PAGES = (".html", ".htm", ".xhtml")
_TOO_LARGE = f"is larger than {LARGEST:,} bytes"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes whenever a file does: a copying program may put the date back, but not the kernel's own."""

    size: int
    written: int  # nanoseconds since 1970, as all of these
    changed: int


@dataclass(frozen=True, slots=True)
class Source:
    """`url` is the address that `path` has on the web; `is_page`: a file is to be read for its h-entry mark-up."""

    path: Path
    url: str
    is_page: bool = False


BUSY = Stamp(-1, -1, -1)  # of a file that is being written
Stamps = dict[str, Stamp]  # by path, relative to the place; of a file that is the place itself: by ""
Gather = Callable[[Path, Stamps, str], bytes]


class Unusable(Exception):
    """The place cannot be read; `reason` and `hint` are for the owner."""

    def __init__(self, reason: str, hint: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def look(
    source: Source, known: Validators, clock: Clock, gather: Gather, *, sha256: str | None = None
) -> Fetched | Unchanged | Unavailable:
    """`gather` makes one document of the pages of a directory; `sha256`: of the document that was read last."""
    path = source.path
    try:
        stamps = _settled(path, clock)
        digest = _digest(source, stamps)
        if digest == known.etag:
            return Unchanged(known, None, asked=known)
        answer = _document(*_content(source, stamps, digest, gather), source.url, digest, known)
        if answer.sha256 == sha256:
            return Unchanged(answer.validators, None, asked=known)
        return answer
    except Unusable as error:
        return Unavailable(error.reason, error.hint)
    except OSError as error:
        return Unavailable(*_said(error, path))


def read_file(path: Path) -> bytes:
    """The bytes of a plain file, never through a link or a pipe. Raises OSError, Unusable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unusable(f"{path} is not a file")
        body = file.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise Unusable(f"{path} {_TOO_LARGE}", "a feed needs no more than its latest posts; shorten it")
    return body


def _content(source: Source, stamps: Stamps, digest: str, gather: Gather) -> tuple[bytes, str]:
    """The document and its type."""
    if "" not in stamps:
        if not source.url.startswith("http"):
            raise Unusable(f"{source.path} is a directory", 'write its address too: url = "https://blog.example/"')
        return gather(source.path, stamps, digest), "application/feed+json"
    body = read_file(source.path.resolve())  # the owner may name a link
    if not body.strip():
        raise Unusable(f"{source.path} is empty", "a build that failed may have left it so")
    return body, as_h_feed(body, "") if source.is_page else ""


def _document(body: bytes, content_type: str, url: str, digest: str, known: Validators) -> Fetched:
    sha256 = hashlib.sha256(body).hexdigest()
    return Fetched(body, content_type, url, Validators(digest, None, None), None, sha256, None, asked=known)


def _settled(path: Path, clock: Clock) -> Stamps:
    """The stamps of all files; BUSY for one that is being written. Waits once, and not for long, because whoever has
    just built a blog may well run us right behind that."""
    stamps = _stamps(path)
    if not _young(stamps, clock.now()):
        return stamps
    clock.sleep(SETTLE)
    again = _stamps(path)
    restless = {name for name in _young(again, clock.now()) if again[name] != stamps.get(name)}
    if "" in restless:
        raise Unusable(f"{path} is being written", "nothing to do; it is looked at again soon")
    return again | dict.fromkeys(restless, BUSY)


def _young(stamps: Stamps, now: datetime) -> set[str]:
    """Those written a moment ago. A date in the future is a mistake of the clock that wrote it."""
    limit = now.timestamp() * 1e9
    return {name for name, stamp in stamps.items() if abs(limit - stamp.written) < SETTLE * 1e9}


def _stamps(path: Path) -> Stamps:
    """Of a file: its own; of a directory: those of all pages below it."""
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        return dict(_walk(path))
    if not stat.S_ISREG(found.st_mode):
        raise Unusable(f"{path} is neither a file nor a directory")
    return {"": _stamp(found)}


def _walk(root: Path) -> Iterator[tuple[str, Stamp]]:
    """Every page below, in no order. Hidden names are left out: rsync's unfinished files are among them. So are links,
    which lead out of the directory or to what is read anyway."""
    waiting, count = [("", 0)], 0
    while waiting:
        directory, depth = waiting.pop()
        for entry in _entries(root / directory):
            if entry.name.startswith("."):
                continue
            name = f"{directory}{entry.name}"
            if entry.is_dir(follow_symlinks=False) and depth < DEEPEST:
                waiting.append((f"{name}/", depth + 1))
            elif entry.name.lower().endswith(PAGES) and (stamp := _stamp_of(entry)) is not None:
                count += 1
                yield name, stamp
        if count > MOST:
            raise Unusable(f"{root} holds more than {MOST:,} pages", "name the directory of the posts alone")


def _entries(directory: Path) -> list["os.DirEntry[str]"]:
    """What is in a directory; one that has just been removed holds nothing."""
    try:
        with os.scandir(directory) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _stamp_of(entry: "os.DirEntry[str]") -> Stamp | None:
    try:
        found = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return _stamp(found) if stat.S_ISREG(found.st_mode) else None


def _stamp(found: os.stat_result) -> Stamp:
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _digest(source: Source, stamps: Stamps) -> str:
    told = hashlib.sha256(f"{source.path}\n{source.url}\n{source.is_page}\n".encode(errors="surrogateescape"))
    for name, stamp in sorted(stamps.items()):
        told.update(f"{name}\0{stamp.size} {stamp.written} {stamp.changed}\n".encode(errors="surrogateescape"))
    return f"files:{told.hexdigest()[:40]}"


def _said(error: OSError, path: Path) -> tuple[str, str | None]:
    where = error.filename if isinstance(error.filename, str) else str(path)
    match error.errno:
        case errno.ENOENT:
            return f"{where} is not there", "look at `path` in config.toml; a build that failed may have removed it"
        case errno.EACCES | errno.EPERM:
            return f"{where} cannot be read: permission denied", "chmod -R a+rX, or run as a user who may read it"
        case errno.ELOOP:
            return f"{where} is a link that leads nowhere", "name what it should lead to"
    return f"{where} cannot be read: {error.strerror or error}", None
