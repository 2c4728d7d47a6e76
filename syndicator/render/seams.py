"""Where a line of writing may be broken, script by script.

Enters: a text and a place between two characters. Leaves: whether a writer of that script would break there. The rules
are the usual ones: no closing mark at the beginning, no opening one at the end, no syllable torn apart.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence

import regex

WITHOUT_SPACES = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]")
_IN_PHRASES = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")  # blanks stand between phrases, not words
_KATAKANA = regex.compile(r"[\p{Katakana}ー]")
_NOT_FIRST = frozenset(
    "、。，．・：；？！）］｝〉》」』】〕〗〙〟’”…‥ー々〻〜゛゜ヽヾゝゞぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ"
    ",.;:!?)]}%‰°»›،؛؟۔।॥"
    "\u0e30\u0e32\u0e33\u0e45\u0e46\u0e2f\u0e5a\u0eb0\u0eb2\u0eb3\u0eaf\u0ebd\u0ec6\u17d4\u17d5\u17d6\u17d7\u104a\u104b"
)
_NOT_LAST = frozenset(
    "（［｛〈《「『【〔〖〘〝‘“([{«‹„‚¿¡$€£¥#@\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4"
)
_GLUE = frozenset("\u00a0\u202f\u2060\u2011\u200d\ufeff")
_SYLLABLE_END = "\u103a"  # Myanmar's asat is a virama by class, but closes a syllable
_NEAR = 0.7  # how far back a blank between phrases is looked for
_HYPHENS = frozenset("-\u2010–—/\u05be\u30fb")


def word_end(text: str, size: int, least: float, allowed: Sequence[int]) -> int | None:
    """The last place up to `size` and not before `least` of it at which a word ends; `allowed` is sorted."""
    phrase = None
    for at in reversed(allowed[: bisect_right(allowed, size)]):
        if at < size * least:
            break
        if at == len(text) or text[at].isspace() or text[at - 1].isspace():
            if not _glued(text, at):
                return at
        elif phrase is None and between_words(text, at):
            phrase = at
        if phrase is not None and not (_IN_PHRASES.match(text[phrase - 1]) and at > phrase * _NEAR):
            return phrase
    return phrase


def between_words(text: str, at: int) -> bool:
    """Whether a script that puts no blanks between words may be broken at `at`."""
    left, right = text[at - 1], text[at]
    if not (WITHOUT_SPACES.match(left) or WITHOUT_SPACES.match(right)) or not breakable(text, at):
        return False
    return not (_KATAKANA.match(left) and _KATAKANA.match(right))


def hyphen(text: str, size: int, least: float, allowed: Sequence[int]) -> int | None:
    """The last place behind a hyphen within the word that `size` lies in."""
    for at in reversed(allowed[: bisect_right(allowed, size)]):
        if at < size * least:
            return None
        if text[at - 1] in _HYPHENS and breakable(text, at):
            return at
    return None


def seam(text: str, size: int, least: float, allowed: Sequence[int]) -> int | None:
    """The last place up to `size` where breaking tears no syllable and strands no mark."""
    for at in reversed(allowed[: bisect_right(allowed, size)]):
        if at < size * least:
            return None
        if breakable(text, at):
            return at
    return None


def breakable(text: str, at: int) -> bool:
    if at <= 0 or at >= len(text):
        return True
    left, right = text[at - 1], text[at]
    if left in _NOT_LAST or right in _NOT_FIRST or _glued(text, at):
        return False
    if unicodedata.combining(left) == 9 and left != _SYLLABLE_END:  # a virama joins what follows
        return False
    return text[at + 1 : at + 2] != _SYLLABLE_END


def _glued(text: str, at: int) -> bool:
    return text[at - 1 : at] in _GLUE or text[at : at + 1] in _GLUE
