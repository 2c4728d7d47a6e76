"""Where things are on this machine. Enters: what the owner wrote and what the system says. Leaves: absolute paths.
Nothing is created here.
"""

import os
from pathlib import Path
from typing import Any

from syndicator.config.ledger_url import sqlite_path
from syndicator.config.loading import current

ETC = Path("/etc/syndicator/config.toml")
VAR = Path("/var/lib/syndicator")  # what StateDirectory=syndicator is


def of_owner(path: Path) -> Path:
    """A path as the owner means it: “~” is their home, a relative one starts at the directory of config.toml."""
    loading = current()
    base = loading.path.parent if loading else Path()
    return Path(os.path.normpath((base / _home_expanded(path)).absolute()))


def default_state_dir(ledger_url: Any) -> Path:
    """What systemd gives; else beside the SQLite ledger, since locks and tokens belong to it; else where state belongs
    that goes with this config.toml, so that two configurations never share a ledger by accident, and a service and
    its owner's shell never use two."""
    given = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if given:
        return Path(given)
    ledger = sqlite_path(ledger_url) if isinstance(ledger_url, str) else None
    if ledger is not None:
        return ledger.parent
    loading = current()
    directory = loading.path.parent if loading is not None else user_config().parent
    if directory == ETC.parent:
        return VAR
    if directory == user_config().parent:
        return _user_directory("XDG_STATE_HOME", "~/.local/state")
    return directory / "state"


def user_config() -> Path:
    return _user_directory("XDG_CONFIG_HOME", "~/.config") / "config.toml"


def _user_directory(variable: str, otherwise: str) -> Path:
    given = os.environ.get(variable, "")
    root = Path(given) if given.startswith("/") else _home_expanded(Path(otherwise))
    return root / "syndicator"


def _home_expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # an account without a home
        return path
