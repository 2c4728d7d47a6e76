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
_PASSING = 100


class _Secrets:
    """Every form in which a known secret could be met, and the pattern that finds them, made when it is needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, frozenset[str]] = {}  # secret → its forms
        self._passing: dict[str, frozenset[str]] = {}  # those that are replaced by others in time, oldest first
        self._pattern: re.Pattern[str] | None = None

    def add(self, value: str, *, rotates: bool) -> None:
        with self._lock:
            if value in self._kept or (rotates and value in self._passing):
                return
            self._passing.pop(value, None)
            (self._passing if rotates else self._kept)[value] = frozenset(_forms_of(value))
            if len(self._passing) > _PASSING:
                del self._passing[next(iter(self._passing))]
            self._pattern = None

    def hide(self, text: str) -> str:
        if not self._kept and not self._passing:
            return text
        with self._lock:
            self._pattern = pattern = self._pattern or self._made()
        return pattern.sub(_HIDDEN, text)

    def _made(self) -> re.Pattern[str]:
        forms = frozenset[str]().union(*self._kept.values(), *self._passing.values())
        longest_first = sorted((form for form in forms if len(form) >= _LEAST), key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)))


_secrets = _Secrets()


def remember_secret(value: str, *, rotates: bool = False) -> None:
    """Never show `value` again, plain or encoded. Under four characters it could not be told from ordinary text.

    One that `rotates` is forgotten when a hundred others have come after it: a daemon renews tokens for years.
    """
    if len(value.strip()) >= _LEAST:
        _secrets.add(value.strip(), rotates=rotates)


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
