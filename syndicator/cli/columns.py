"""How many columns of a terminal a text takes, and where its lines end.

Enters: plain text. Leaves: widths, and stretches of the text that fit. An emoji of several signs is one picture two
columns wide, as terminals of today draw it. It changes no character.
"""

import unicodedata
from collections.abc import Iterator

_EMOJI = "\ufe0f"  # asks for the picture of a sign that has both forms


def width(text: str) -> int:
    return sum(_of_cluster(cluster) for cluster in _clusters(text))


def shorten(text: str, columns: int) -> str:
    """As much of `text` as fits, on one line."""
    words = " ".join(text.split())
    if width(words) <= columns:
        return words
    kept, used = "", 1
    for cluster in _clusters(words):
        used += _of_cluster(cluster)
        if used > columns:
            break
        kept += cluster
    return f"{kept.rstrip()}…"


def wrap(text: str, columns: int) -> Iterator[tuple[int, int]]:
    """Where each line starts and ends; blanks at the end of a line are left out. Words wider than a line are cut only
    if they are no address: an address that is cut cannot be clicked on."""
    start = 0
    for line in text.split("\n"):
        yield from ((start + a, start + b) for a, b in _wrapped(line, columns))
        start += len(line) + 1


def _wrapped(line: str, columns: int) -> Iterator[tuple[int, int]]:
    begin = end = at = used = 0  # where the line that is being filled begins, and where its last word ends
    for word in _words(line, columns):
        bare = word.rstrip()
        if used and used + width(bare) > columns:
            yield begin, end
            begin, used = at, 0
        used += width(word)
        end = at + len(bare) if bare else end
        at += len(word)
    yield begin, end


def _words(line: str, columns: int) -> Iterator[str]:
    """What stays on one line: words with the blanks after them. Scripts that are written without blanks, and what is
    wider than a line, come sign by sign."""
    import regex

    for found in regex.finditer(r"\s*\S+\s*|\s+", line):
        word = found[0]
        if "://" in word or (width(word.rstrip()) <= columns and not any(map(_breaks_anywhere, word))):
            yield word
        else:
            yield from _signs(word, columns)


def _signs(word: str, columns: int) -> Iterator[str]:
    """One by one, but those that no line begins with stay with the one before."""
    kept = ""
    for cluster in _clusters(word):
        if kept and not (cluster[0] in _NOT_FIRST and width(kept + cluster) <= columns):
            yield kept
            kept = ""
        kept += cluster
    yield kept


_NOT_FIRST = "、。，．・：；！？）」』】〕》〉ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ…"


def _breaks_anywhere(sign: str) -> bool:
    is_wide = unicodedata.east_asian_width(sign) in "WF" and unicodedata.category(sign) == "Lo"
    return is_wide and not "\uac00" <= sign <= "\ud7a3"  # Korean has blanks


def _clusters(text: str) -> list[str]:
    import regex

    return regex.findall(r"\X", text)


def _of_cluster(cluster: str) -> int:
    if cluster == "\t":
        return 8
    signs = [sign for sign in cluster if unicodedata.category(sign) not in ("Mn", "Me", "Cf", "Cc")]
    if not signs:
        return 0
    if _EMOJI in cluster or "\U0001f1e6" <= signs[0] <= "\U0001f1ff":
        return 2
    return max(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in signs)
