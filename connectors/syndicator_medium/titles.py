"""Titles: of what length Medium takes them, and where a note gets one from. Pure."""

import re

LONGEST = 100  # longer, and Medium passes over it and makes up one of its own
OF_A_NOTE = 80

_SENTENCE = re.compile(r".{8,80}?(?:[.!?…](?=\s)|[。！？])")
_CLOSING = ".。"


def units(text: str) -> int:
    """Medium's own way of counting is not known; this one, of browsers, is never less than characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, longest: int) -> str:
    """`text` within `longest`, ending between words where there are any, never within what people see as one letter."""
    import regex

    if units(text) <= longest:
        return text
    kept, room = "", longest - 1
    for letter in regex.findall(r"\X", text):
        if units(kept) + units(letter) > room:
            break
        kept += letter
    whole_words = kept if text[len(kept)].isspace() else kept.rpartition(" ")[0]
    return (whole_words if len(whole_words) > len(kept) // 2 else kept).rstrip(" ,;:–—-") + "…"


def from_words(text: str) -> str:
    """A title for a note that has none: its first sentence if that is short, else its first words."""
    line = " ".join(text.split("\n", 1)[0].split())
    if units(line) <= OF_A_NOTE:
        return line
    sentence = _SENTENCE.match(line)
    if sentence and units(sentence[0]) <= OF_A_NOTE:
        return sentence[0].rstrip(_CLOSING)
    return cut(line, OF_A_NOTE)
