"""Secrets known to this process, and the one function that keeps them out of whatever people read.

Enters: secret values as they are loaded; any text. Leaves: the text without them, in whatever encoding they were in.
Nothing here can be asked what the secrets are.
"""

import json
import re
import threading
from base64 import b64encode
from urllib.parse import quote, quote_plus

_LEAST = 4  # hiding every "a" would hide the log
_HIDDEN = "[redacted]"


class _Secrets:
    """Every form in which a known secret could be met, and the pattern that finds them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, value: str) -> None:
        with self._lock:
            if value in self._forms:
                return
            self._forms |= {form for form in _forms_of(value) if len(form) >= _LEAST}
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def hide(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(_HIDDEN, text)


_secrets = _Secrets()


def remember_secret(value: str) -> None:
    """Never show `value` again, plain or encoded. Under four characters it could not be told from ordinary text."""
    if len(value.strip()) >= _LEAST:
        _secrets.add(value.strip())


def redact(text: str) -> str:
    """`text` without the secrets we know."""
    return _secrets.hide(text)


def _forms_of(value: str) -> set[str]:
    quoted = {
        quote(value, safe="", errors="replace"),
        quote(value, errors="replace"),
        quote_plus(value, errors="replace"),
    }
    lower = {re.sub("%[0-9A-F]{2}", lambda hit: hit[0].lower(), form) for form in quoted}
    in_json = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    in_base64 = _base64_cores(value.encode("utf-8", "surrogatepass"))
    in_python = {repr(value)[1:-1], ascii(value)[1:-1], repr(value.encode("utf-8", "surrogatepass"))[2:-1]}
    return {value} | quoted | lower | in_json | in_python | in_base64


def _base64_cores(raw: bytes) -> set[str]:
    """What base64 makes of `raw` wherever it begins inside a longer value, as a password does in Basic credentials."""
    cores = set()
    for skip in range(3):
        first, last = -(-skip * 8 // 6), (skip + len(raw)) * 8 // 6  # the characters made of bits of `raw` alone
        core = b64encode(bytes(skip) + raw).decode()[first:last]
        cores |= {core, core.replace("+", "-").replace("/", "_")}
    return {core for core in cores if len(core) >= 2 * _LEAST}
