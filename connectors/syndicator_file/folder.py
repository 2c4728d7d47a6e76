"""The owner's folder: copies are laid out of sight, then shown with one rename.

Enters: names of one path segment, and bytes. Leaves: directories that are complete, or none. Everything is reached
through the folder's own descriptor, and no link in it is followed. It knows nothing of posts, and raises OSError.
"""

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

LARGEST = 20_000_000  # bytes that are read of a file that somebody else may have put there
_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NOT_OURS = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


class Folder:
    def __init__(self, descriptor: int) -> None:
        self._at = descriptor

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator["Folder"]:
        """The folder may be a link, for its owner wrote it down."""
        descriptor = os.open(path, _OPEN_DIRECTORY)
        try:
            yield cls(descriptor)
        finally:
            os.close(descriptor)

    def is_taken(self, name: str) -> bool:
        try:
            os.stat(name, dir_fd=self._at, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def read(self, name: str, file: str) -> bytes | None:
        """What stands in a file of a copy; None where there is no such directory, or no such plain file in it."""
        try:
            with self._directory(name) as directory:
                descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=directory)
        except OSError as error:
            if error.errno in _NOT_OURS:
                return None
            raise
        with os.fdopen(descriptor, "rb") as opened:
            return opened.read(LARGEST) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None

    def lay(self, name: str, files: Mapping[str, bytes]) -> None:
        """Write a copy out of sight, down to the disk. What a killed process left there makes way for it."""
        self._sweep(_hidden(name))
        try:
            os.mkdir(_hidden(name), dir_fd=self._at)
            with self._directory(_hidden(name)) as directory:
                for file, data in files.items():
                    _write(directory, file, data)
                _sync(directory)
        except OSError:
            with suppress(OSError):
                self._sweep(_hidden(name))
            raise

    def show(self, name: str) -> None:
        """One rename: there is no moment at which half a copy can be seen. Never replaces what has files in it."""
        os.rename(_hidden(name), name, src_dir_fd=self._at, dst_dir_fd=self._at)
        self.keep()

    def keep(self) -> None:
        """Have the disk remember which names there are."""
        _sync(self._at)

    def remove(self, name: str, is_ours: Callable[[str], object]) -> None:
        """Delete our files of a copy, and its directory unless somebody has put something of their own into it."""
        try:
            with self._directory(name) as directory:
                with os.scandir(directory) as found:
                    ours = [file.name for file in found if is_ours(file.name)]
                for file in ours:
                    os.unlink(file, dir_fd=directory)
            os.rmdir(name, dir_fd=self._at)
        except OSError as error:
            if error.errno not in {*_NOT_OURS, errno.ENOTEMPTY, errno.EEXIST}:
                raise
        self.keep()

    @contextmanager
    def _directory(self, name: str) -> Iterator[int]:
        descriptor = os.open(name, _OPEN_DIRECTORY | os.O_NOFOLLOW, dir_fd=self._at)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _sweep(self, name: str) -> None:
        if not self.is_taken(name):
            return
        if stat.S_ISDIR(os.stat(name, dir_fd=self._at, follow_symlinks=False).st_mode):
            shutil.rmtree(name, dir_fd=self._at)
        else:
            os.unlink(name, dir_fd=self._at)


def _hidden(name: str) -> str:
    """The same name for each try, so that nothing piles up."""
    return f".{name}.part"


def _write(directory: int, file: str, data: bytes) -> None:
    with os.fdopen(os.open(file, _NEW_FILE, 0o666, dir_fd=directory), "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some network file systems cannot do it for directories
            raise
