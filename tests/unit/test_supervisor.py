import socket
from pathlib import Path

import pytest

from syndicator.supervisor import Systemd


@pytest.mark.parametrize("abstract", [False, True], ids=["path", "abstract"])
def test_systemd_hears_what_it_is_told(abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{tmp_path}/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + name if abstract else name)
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name if abstract else name)
        Systemd().notify("STATUS=2 need you · ok")
        assert systemd.recv(100) == "STATUS=2 need you · ok".encode()


@pytest.mark.parametrize("where", ["", "/nowhere/at/all"], ids=["not under systemd", "gone"])
def test_nobody_listening_is_no_trouble(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", where)
    Systemd().notify("READY=1")
