"""Which credentials a service has refused, so that new ones are tried at once and the same ones are not tried again.

Enters: a network's settings. Leaves: yes or no. Kept is a salted, slow hash in the state directory (mode 0600), never a
secret and nothing in the ledger. Some services lock an account after a handful of failed logins.
"""

import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

_COST = {"n": 2**14, "r": 8, "p": 1}  # about 30 ms and 16 MB, once per blocked Pass


def note(path: Path, settings: Any) -> None:
    """Remember that these settings were refused. Raises OSError."""
    salt = os.urandom(16)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{salt.hex()} {_digest(settings, salt).hex()}\n")


def stands(path: Path, settings: Any) -> bool:
    """Whether exactly these settings were refused; without a note nothing is known, and the refusal stands."""
    try:
        salt, digest = path.read_text(encoding="ascii").split()
        return hmac.compare_digest(bytes.fromhex(digest), _digest(settings, bytes.fromhex(salt)))
    except (OSError, ValueError):
        return True


def _digest(settings: Any, salt: bytes) -> bytes:
    plain = json.dumps(settings.model_dump(), sort_keys=True, default=_revealed)
    return hashlib.scrypt(plain.encode(), salt=salt, **_COST)


def _revealed(value: Any) -> str:
    reveal = getattr(value, "get_secret_value", None)
    return str(reveal() if reveal is not None else value)
