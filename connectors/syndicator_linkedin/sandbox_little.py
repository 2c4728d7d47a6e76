"""How the pretend LinkedIn reads `commentary`: a parser of “little text”, written apart from the one who writes it.

Enters: the string as it came. Leaves: what readers see, in pieces, and whether something was cut off. As the real one
does, it takes a text with a reserved character in the wrong place, and shows what stands before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

RESERVED = set("\\|{}@[]()<>#*_~")
_SIGNS = ("\\#", "#", "\\＃", "＃")


@dataclass(slots=True)
class Reading:
    """`pieces` as readers see them; `cut` is what they do not."""

    pieces: list[dict[str, str]] = field(default_factory=list)
    cut: str = ""

    @property
    def text(self) -> str:
        return "".join(piece["text"] for piece in self.pieces)

    def plain(self, letter: str) -> None:
        if self.pieces and set(self.pieces[-1]) == {"text"}:
            self.pieces[-1]["text"] += letter
        else:
            self.pieces.append({"text": letter})


def read(commentary: str) -> Reading:
    reading, at = Reading(), 0
    while at < len(commentary):
        taken = _element(commentary, at, reading)
        if not taken:
            reading.cut = commentary[at:]
            break
        at += taken
    return reading


def utf16(text: str) -> int:
    """[U] How LinkedIn counts to 3,000 is not known; this is how its browsers would."""
    return sum(2 if ord(letter) > 0xFFFF else 1 for letter in text)


def with_links(reading: Reading) -> list[Mapping[str, str]]:
    """The pieces as a page shows them, where an address in plain words can be clicked."""
    shown: list[Mapping[str, str]] = []
    for piece in reading.pieces:
        shown += [piece] if len(piece) > 1 else _linked(piece["text"])
    return shown


def _element(text: str, at: int, reading: Reading) -> int:
    """Read one element and say how long it was; 0 for what cannot stand here."""
    letter = text[at]
    if letter not in RESERVED:
        reading.plain(letter)
        return 1
    if letter == "\\":
        if text[at + 1 : at + 2] not in RESERVED or at + 1 == len(text):
            return 0
        reading.plain(text[at + 1])
        return 2
    if letter == "{":
        return _template(text, at, reading)
    if letter == "@":
        return _mention(text, at, reading)
    return _bare_tag(text, at, reading) if letter == "#" else 0


def _template(text: str, at: int, reading: Reading) -> int:
    for sign in _SIGNS:
        opening = f"{{hashtag|{sign}|"
        if text.startswith(opening, at):
            word, end = _until(text, at + len(opening), "}")
            if not word or end is None:
                return 0
            _tag(word, reading)
            return end - at
    return 0


def _mention(text: str, at: int, reading: Reading) -> int:
    if text[at + 1 : at + 2] != "[":
        return 0
    name, end = _until(text, at + 2, "]")
    if not name or end is None or text[end : end + 1] != "(":
        return 0
    close = text.find(")", end)
    urn = text[end + 1 : close]
    if close < 0 or not urn.startswith(("urn:li:person:", "urn:li:organization:")):
        return 0
    reading.pieces.append({"text": name, "href": f"https://www.linkedin.com/{urn}", "urn": urn})
    return close + 1 - at


def _bare_tag(text: str, at: int, reading: Reading) -> int:
    end = at + 1
    while end < len(text) and text[end].isalnum():
        end += 1
    if end == at + 1:
        return 0
    _tag(text[at + 1 : end], reading)
    return end - at


def _tag(word: str, reading: Reading) -> None:
    reading.pieces.append({"text": f"#{word}", "href": f"https://www.linkedin.com/feed/hashtag/{word}", "tag": word})


def _until(text: str, at: int, close: str) -> tuple[str, int | None]:
    """Plain and escaped letters up to `close`, and the place behind it; None when something else comes first."""
    found = ""
    while at < len(text):
        if text[at] == close:
            return found, at + 1
        if text[at] == "\\" and text[at + 1 : at + 2] in RESERVED and at + 1 < len(text):
            at += 1
        elif text[at] in RESERVED:
            return found, None
        found += text[at]
        at += 1
    return found, None


def _linked(text: str) -> list[Mapping[str, str]]:
    pieces: list[Mapping[str, str]] = []
    words = ""
    for part in _words_and_blanks(text):
        if part.startswith(("http://", "https://")):
            pieces += [{"text": words}] if words else []
            pieces.append({"text": part, "href": part})
            words = ""
        else:
            words += part
    return [*pieces, {"text": words}] if words else pieces


def _words_and_blanks(text: str) -> list[str]:
    parts: list[str] = []
    for letter in text:
        if parts and parts[-1][-1].isspace() == letter.isspace():
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts
