"""Copies as text that a person can review: one section for all networks whose copies are the same."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping

from syndicator.connector import Attachment, Rendering, Span, SpanKind
from tests.copies.samples import Sample
from tests.copies.studio import FIVE, Shown

LONGEST = 700  # characters of one line
_NAMED = {"\u2060": "⟨wj⟩", "\u00a0": "⍽", "\u202f": "⎵"}
_LIVE = {"\u200c", "\u200d"}  # joiners, which emoji and several scripts need
_FLAG_TAGS = range(0xE0020, 0xE0080)


def post(sample: Sample, shown: Mapping[str, Shown]) -> str:
    """A post with its copies."""
    sections: dict[str, list[str]] = {}
    for network in FIVE:
        if network in shown:
            sections.setdefault(body(shown[network]), []).append(f"{network} {count(shown[network])}".strip())
    parts = [f"--- {' · '.join(names)}\n{text}" for text, names in sections.items()]
    return f"=== {sample.name}\n\n" + "\n".join(parts)


def sections(text: str) -> dict[tuple[str, str], str]:
    """What such a file says, by post and network."""
    found = {}
    for entry in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        name, *parts = re.split(r"^--- ", entry, flags=re.MULTILINE)
        for part in parts:
            head, _, rest = part.partition("\n")
            for each in head.split(" · "):
                found[name.strip(), each.split(" ")[0]] = f"{each}\n{rest.rstrip()}\n"
    return found


def count(shown: Shown) -> str:
    return "" if shown.rendering is None else f"{shown.length}/{shown.can.max_length}"


def body(shown: Shown) -> str:
    return "".join(f"{line}\n" for line in _lines(shown))


def _lines(shown: Shown) -> Iterator[str]:
    if shown.rendering is None:
        yield f"held: {shown.held}"
        return
    rendering = shown.rendering
    if not rendering.html:  # where the whole post goes, its text is not shown to anybody
        yield from _words(rendering.text, rendering.spans)
    yield from _about(rendering, shown)
    for number, (part, length) in enumerate(zip(rendering.rest, shown.parts, strict=True), 2):
        yield f"then {number}: {length}/{shown.can.max_length}"
        yield from _words(part.text, part.spans)
    yield from (f"warning: {visible(warning)}" for warning in shown.warnings)


def _words(text: str, spans: tuple[Span, ...]) -> Iterator[str]:
    yield from (f"| {visible(line)}" for line in text.split("\n"))
    live = " ".join(_span(text, span) for span in spans)
    if live:
        yield f"~ {live if len(live) < LONGEST else visible(live)}"


def _about(rendering: Rendering, shown: Shown) -> Iterator[str]:
    can = shown.can
    if can.whole_post:
        yield f"title: {visible(rendering.title)}"
        yield f"html: {visible(rendering.html, LONGEST // 2)}".replace("\n", "⏎")
    if can.hashtags == "none" and rendering.tags:
        yield f"tags: {'; '.join(map(visible, rendering.tags))}"
    yield from (f"image: {_picture(image)} “{visible(image.alt)}”" for image in rendering.images)
    if card := rendering.card:
        words = (visible(card.title), visible(card.description), _picture(card.image), visible(card.url))
        yield f"card: {' | '.join(words)}"
    for name in ("content_warning", "visibility", "replies"):
        if value := getattr(rendering, name):
            yield f"{name.replace('_', ' ')}: {visible(value)}"
    if rendering.sensitive:
        yield "sensitive"
    if rendering.language != "en":
        yield f"language: {rendering.language}"


def _span(text: str, span: Span) -> str:
    found = text[span.start : span.end]
    plain = {SpanKind.TAG: f"#{span.target}", SpanKind.LINK: span.target}
    if plain.get(span.kind) == found:
        return f"<{found}>" if span.kind is SpanKind.LINK else visible(found)
    return f"[{span.kind.value} “{visible(found)}” → {visible(span.target)}]"


def _picture(image: Attachment | None) -> str:
    return f"{image.width}×{image.height} {image.mime.removeprefix('image/')}" if image else "no picture"


def visible(text: str, longest: int = LONGEST) -> str:
    """`text` with what cannot be seen spelt out, and the middle of what is very long left out (but summed up)."""
    shown = "".join(map(_sign, text))
    if len(shown) <= longest:
        return shown
    left, middle, right = shown[: longest // 2], shown[longest // 2 : -longest // 4], shown[-longest // 4 :]
    return f"{left}⟨… {len(middle)} more, {hashlib.sha256(middle.encode()).hexdigest()[:8]} …⟩{right}"


def _sign(letter: str) -> str:
    if letter in _NAMED:
        return _NAMED[letter]
    hidden = unicodedata.category(letter) in ("Cc", "Cf", "Co", "Zl", "Zp", "Zs") and letter not in _LIVE | {" "}
    return f"⟨U+{ord(letter):04X}⟩" if hidden and ord(letter) not in _FLAG_TAGS and letter != "\n" else letter
