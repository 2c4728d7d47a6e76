"""The last part of a copy's address: words of the title, and six digits of the delivery's key by which it is found.

Whether Tumblr shortens long slugs is unconfirmed, so ours are short. Pure.
"""

import re
import unicodedata

from syndicator.connector import Rendering

LONGEST = 50
MARK = 6
_SPELLED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "þ": "th", "ð": "d"})


def slug(rendering: Rendering, key: str) -> str:
    return f"{stem(rendering)}-{key[:MARK]}"


def stem(rendering: Rendering) -> str:
    """Words of the title, or of the text, in plain letters."""
    words = unicodedata.normalize("NFKD", (rendering.title or rendering.text[:200]).lower().translate(_SPELLED))
    plain = words.encode("ascii", "ignore").decode()
    tied = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return _whole_words(tied, LONGEST - MARK - 1) or "post"


def ours(seen: str, key: str) -> bool:
    return bool(key) and (seen == key[:MARK] or seen.endswith(f"-{key[:MARK]}"))


def _whole_words(tied: str, room: int) -> str:
    if len(tied) <= room:
        return tied
    return (tied[: room + 1].rpartition("-")[0] or tied[:room]).strip("-")
