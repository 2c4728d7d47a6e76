"""How a copy's directory is called: day, words of the title, and eight digits of the delivery's key.

Enters: a Rendering, whose title is a stranger's text. Leaves: a name that every file system takes, one path segment
long, that begins with a digit or a letter. It asks nobody and nothing, not even the clock.
"""

import unicodedata

from syndicator.connector import Rendering

LONGEST = 80  # bytes of the words; with all around it far below the 143 of the narrowest file system (eCryptfs)
READ = 400  # letters of the title that are looked at at all: one code point can become eighteen in NFKC
UNDATED = "undated"
_IN_NAMES = "LMN"  # letters with their marks, numbers: of any script, but no controls, separators or signs


def name_of(rendering: Rendering, key: str) -> str:
    """The words make it findable for a person, the key makes it the delivery's own."""
    day = rendering.published.strftime("%Y-%m-%d") if rendering.published else UNDATED
    return "-".join(filter(None, (day, slug(rendering.title) or slug(rendering.text), key[:8])))


def slug(words: str) -> str:
    """Words, with hyphens between them; empty when there is not one letter."""
    plain = unicodedata.normalize("NFKC", words[:READ]).casefold().replace("’", "").replace("'", "")
    kept = "".join(letter if unicodedata.category(letter)[0] in _IN_NAMES else " " for letter in plain)
    return _cut("-".join(kept.split()))


def _cut(name: str) -> str:
    """At a hyphen if there is one in the second half, and never within a letter's bytes."""
    if len(name.encode()) <= LONGEST:
        return name
    short = name.encode()[:LONGEST].decode(errors="ignore")
    at = short.rfind("-", len(short) // 2)
    return short if at < 0 else short[:at]
