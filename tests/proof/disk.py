"""The disk under the connector that writes to a folder: points to die at, and errors, where a service has its wire.

Enters: a Net, which keeps the plan and the record. Leaves: a context in which the real connector writes to a disk that
fails when it is told to. The rename that shows a copy is its publishing request.
"""

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from tests.proof.net import Fault, Net, Saw, Sent

DEFINITE = (Fault.REFUSED, Fault.LIMITED)  # the disk is full: nothing is shown
BEFORE = (Fault.RESET, Fault.FAILED, Fault.PORTAL, Fault.LATE)  # the rename fails
AFTER = (Fault.LOST, Fault.SILENT, Fault.DONE_503, Fault.CUT)  # it is renamed, and the directory cannot be synced


@contextmanager
def failing_disk(net: Net) -> Iterator[None]:
    from syndicator_file.folder import Folder

    lay, show, keep = Folder.lay, Folder.show, Folder.keep
    shown: list[Fault | None] = []

    def watched_lay(self: Any, name: str, files: Any) -> None:
        net.observed += 1
        net.met()
        if net.faults and net.faults[0] in DEFINITE:
            net.log.append(f"disk full at {name} {net.faults.pop(0)}")
            raise OSError(errno.ENOSPC, "No space left on device")
        net.step("before lay")
        lay(self, name, files)
        net.step("after lay")

    def watched_show(self: Any, name: str) -> None:
        net.guard()
        fault = net.faults.pop(0) if net.faults else None
        net.sent.append(Sent(net.clock.now().timestamp(), delivery=net.sending))
        net.log.append(f"show {name} {fault or 'ok'}")
        net.step("before show")
        if fault in BEFORE:
            raise OSError(errno.EIO, "Input/output error")
        shown.append(fault)
        show(self, name)
        net.sent[-1].saw = Saw.YES

    def watched_keep(self: Any) -> None:
        fault = shown.pop() if shown else None
        net.durable()
        net.step("within show")
        if fault in AFTER:
            raise OSError(errno.EIO, "Input/output error")
        keep(self)

    with ExitStack() as stack:
        for name, watched in (("lay", watched_lay), ("show", watched_show), ("keep", watched_keep)):
            stack.enter_context(patch.object(Folder, name, watched))
        yield
