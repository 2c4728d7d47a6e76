"""Letting only characters through that a reader can see or a script needs.

Enters: any text. Leaves: NFC without control, zero-width and bidirectional-override characters. Joiners stay where
emoji or letters need them. It never changes a visible character.
"""

import re
import unicodedata

_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # C0 and C1; tab, newline, VT and FF are white space
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # what UTF-8 cannot carry, and what is no character
    "\U0010ff00-\U0010ffff]"  # the template's own marks live here
)
_JOINER = re.compile("[\u200c\u200d]")
_FLAG_TAGS = re.compile("(\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)|[\U000e0000-\U000e007f]")
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
_STOPS = " .…"
_ZWJ = "\u200d"
_PICTURES = {"So", "Sk"}  # emoji, and the skin tones among the modifiers
_SCRIPTS = {"Lo", "Mn", "Mc"}  # scripts without upper case: the ones that shape their letters by joiners


def clean(text: str) -> str:
    """`text` in NFC, without what cannot be seen; line ends become newlines."""
    return unicodedata.normalize("NFC", unveil(text))


def unveil(text: str) -> str:
    """As `clean`, without composing: NFC would merge a combining mark into the '>' of a tag before it."""
    text = _UNSEEN.sub("", _BREAKS.sub("\n", text))
    text = _FLAG_TAGS.sub(lambda match: match[1] or "", text)
    return _JOINER.sub(_needed, text)


def one_line(text: str) -> str:
    """`clean`, with every run of white space folded to one blank; no-break spaces are typography and stay."""
    return _SPACES.sub(" ", clean(text)).strip()


def same_words(one: str, other: str) -> bool:
    """Whether both say the same, whatever their case and the stops at their ends."""
    return one.casefold().strip(_STOPS) == other.casefold().strip(_STOPS)


def detached(text: str) -> str:
    """`text` without leading marks and joiners, which would melt into whatever is put before it."""
    start = 0
    while start < len(text) and (text[start] in "\u200c\u200d" or unicodedata.category(text[start])[0] == "M"):
        start += 1
    return text[start:]


def _needed(match: re.Match[str]) -> str:
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    if not before or not after:
        return ""
    left, right = unicodedata.category(before), unicodedata.category(after)
    if left in _SCRIPTS and right in _SCRIPTS:
        return match[0]
    if match[0] == _ZWJ and left in _PICTURES | {"Mn"} and right in _PICTURES:
        return match[0]
    return ""
