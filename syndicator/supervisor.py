"""Tells systemd how the daemon is doing: readiness, watchdog, one line of status.

Enters: a message such as `READY=1`. Leaves: one datagram, or nothing where no supervisor listens. It never fails: a
supervisor that cannot be told is no reason to stop publishing. The protocol is that of sd_notify(3), which invites
programs to speak it themselves; the package for it comes without a wheel, and would run an unlocked build.
"""

import os
import socket
from contextlib import suppress
from typing import Protocol


class Supervisor(Protocol):
    def notify(self, state: str) -> object: ...


class Systemd:
    """Found by `$NOTIFY_SOCKET`: a path, or with a leading “@” a name in the abstract namespace."""

    def __init__(self) -> None:
        told = os.environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + told[1:] if told.startswith("@") else told

    def notify(self, state: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect(self._address)
            channel.sendall(state.encode())
