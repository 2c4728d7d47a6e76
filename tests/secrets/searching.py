"""Looks for a secret in whatever a program has left, as somebody would who wants it: in the forms that undo themselves.

It shares no code with the redactor that it judges.
"""

import base64
import binascii
import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

_ESCAPED = re.compile(rb"\\u([0-9a-fA-F]{4})|\\(.)", re.DOTALL)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_SHORT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def forms_of(secret: str, text: bytes) -> set[str]:
    """The forms in which `secret` stands in `text`: as it is, in an address, in JSON, in base64."""
    return {form for form, pieces in _undone(text).items() if any(secret.encode() in piece for piece in pieces)}


@lru_cache(maxsize=1)
def _undone(text: bytes) -> dict[str, list[bytes]]:
    return {
        "plain": [text],
        "quoted": [unquote_to_bytes(text.replace(b"+", b" ")), unquote_to_bytes(text)],
        "escaped": [_ESCAPED.sub(_unescaped, text)],
        "base64": _decoded(text),
    }


def _unescaped(hit: "re.Match[bytes]") -> bytes:
    code, short = hit.groups()
    return chr(int(code, 16)).encode("utf-8", "surrogatepass") if code else _SHORT.get(short, short)


def _decoded(text: bytes) -> list[bytes]:
    """All that could be base64, read from each of its four beginnings."""
    found = []
    for run in _BASE64.findall(text):
        plain = run.replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):
            piece = plain[start:]
            piece = piece[: len(piece) // 4 * 4]
            try:
                found.append(base64.b64decode(piece))
            except binascii.Error:
                continue
    return found
