"""The failing disk, compiled and spoken to.

Enters: a directory to compile into; later, in the process that was started with the library loaded first, what is to
go wrong. Leaves: the library's path, or why there is none. What it can do is described in `disk.c`.
"""

import ctypes
import shutil
import subprocess
from enum import IntEnum
from pathlib import Path

SOURCE = Path(__file__).with_name("disk.c")


class How(IntEnum):
    FAIL = 1  # this once
    FAIL_FROM = 2  # and from then on
    KILL_BEFORE = 3
    KILL_AFTER = 4
    SHORTEN = 5  # a write does half of its work


def compiled(directory: Path) -> Path | str:
    """The library; or, where it cannot be made, the reason."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return "no C compiler here, and the failing disk is a small library in C"
    library = directory / "disk.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return library if done.returncode == 0 else f"the failing disk does not compile here: {done.stderr.strip()[:300]}"


class Disk:
    """The library in this process."""

    def __init__(self) -> None:
        self._here = ctypes.CDLL(None)
        self._here.disk_count.restype = ctypes.c_long

    def watch(self, directory: Path) -> None:
        self._here.disk_watch(str(directory).encode())

    def arm(self, how: How, number: int, error: int = 0) -> None:
        self._here.disk_arm(int(how), ctypes.c_long(number), error)

    def limit(self, growth: int) -> None:
        """By so many bytes files may still grow."""
        self._here.disk_budget(ctypes.c_longlong(growth))

    def record(self, descriptor: int) -> None:
        self._here.disk_record(descriptor)

    def mark(self, what: str) -> None:
        self._here.disk_mark(what.encode())

    @property
    def count(self) -> int:
        return int(self._here.disk_count())

    @property
    def has_fired(self) -> bool:
        return bool(self._here.disk_fired())
