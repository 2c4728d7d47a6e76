"""A copy on the terminal: its words, and beside them everything that its readers or its service would mind.

Enters: a Copy, or a comparison of two. Leaves: lines that fit. On a terminal links and tags are marked and the length
is drawn; in a pipe there is no colour, and the words are the same.
"""

from collections.abc import Iterator, Sequence

from syndicator.cli import show
from syndicator.cli.columns import shorten, width, wrap
from syndicator.cli.show import Cell
from syndicator.connector import Attachment, Span, SpanKind
from syndicator.post import Post
from syndicator.preview.before import described
from syndicator.preview.copy import Copy, signs_of, size_of
from syndicator.preview.sheet import Change
from syndicator.preview.whole import blocks_of

WIDEST = 80
_INDENT = "  "
_STYLES = {SpanKind.LINK: "underline cyan", SpanKind.TAG: "cyan", SpanKind.MENTION: "bold cyan"}
_MARKS = {"del": ("[-", "-]", "red strike"), "ins": ("{+", "+}", "green underline"), "same": ("", "", "")}
_BAR = 20


def show_copy(copy: Copy) -> None:
    if copy.made is None:
        show.heading(f"{copy.network}: cannot be shown")
        _prose(copy.trouble, _INDENT)
        show.line()
        return
    _heading(copy)
    if copy.is_whole:
        _show_whole(copy)
    else:
        _show_parts(copy)
    for text in _extras(copy):
        _prose(text, _INDENT, _alarm(text))
    show.line()


def show_post(post: Post) -> None:
    """What the copies that follow are copies of."""
    title, link = shorten(post.title or post.text, min(60, show.columns())), post.link or ""
    apart = width(title) + width(link) + 2 > min(WIDEST, show.columns())
    show.styled([Cell(title, "bold underline"), *([] if apart else [Cell("  "), Cell(link, "bright_black")])])
    if apart:
        show.styled([Cell(link, "bright_black")])
    show.line()


def show_changes(network: str, verdict: str, changes: Sequence[Change]) -> None:
    show.heading(f"{network}: {verdict}")
    for change in changes:
        show.line(f"{_INDENT}{change.what}:")
        _show_change(change)
    show.line()


def _heading(copy: Copy) -> None:
    counted = f"{len(copy.post.text.split())} words" if copy.is_whole else f"{copy.length} of {copy.limit}"
    title = f"{copy.network}  {counted}"
    if not show.on_terminal() or copy.is_whole or not copy.limit:
        show.heading(title)
        return
    share = copy.length / copy.limit
    filled = min(_BAR, max(1, round(share * _BAR))) if copy.length else 0
    colour = "red" if share > 1 else "yellow" if share > 0.95 else "green"
    show.styled([Cell(f"{title}  ", "bold"), Cell("━" * filled, colour), Cell("━" * (_BAR - filled), "bright_black")])


def _show_parts(copy: Copy) -> None:
    if copy.made is None:
        return
    rendering = copy.made.rendering
    _words(rendering.text, rendering.spans)
    for at, part in enumerate(rendering.rest, 2):
        length = copy.lengths[at - 1] if len(copy.lengths) >= at else len(part.text)
        show.styled([Cell(f"{_INDENT}↳ part {at}, {length} of {copy.limit}", "bold")])
        _words(part.text, part.spans)


def _show_whole(copy: Copy) -> None:
    """The post as its readers get it, its beginning: who wrote it knows the rest."""
    if copy.made is None:
        return
    rendering = copy.made.rendering
    blocks = [
        text for block in blocks_of(rendering.html, ()) if (text := "".join(p.text for p in block.pieces).strip())
    ]
    begin = [text for text in (rendering.title, *(show.shorten(block, 240) for block in blocks[:3])) if text]
    _words("\n\n".join(begin), ())
    if len(blocks) > 3:
        _prose(f"… and {show.count(len(blocks) - 3, 'more paragraph')}", _INDENT)


def _words(text: str, spans: Sequence[Span]) -> None:
    for start, end in wrap(text, _room(_INDENT * 2)):
        show.styled([Cell("  │ " if end > start else "  │", "bright_black"), *_cells(text, start, end, spans)])


def _cells(text: str, start: int, end: int, spans: Sequence[Span]) -> Iterator[Cell]:
    at = start
    for span in sorted(spans, key=lambda span: span.start):
        begin, stop = max(span.start, at), min(span.end, end)
        if begin < stop:
            yield Cell(text[at:begin])
            yield Cell(text[begin:stop], _STYLES[span.kind])
            at = stop
    yield Cell(text[at:end])


def _show_change(change: Change) -> None:
    """One text with both versions in it. It is wrapped as it is shown, so with the marks."""
    shown, styles = "", list[tuple[int, int, str]]()
    for one in change.stretches:
        before, after, style = _MARKS[one.how]
        start = len(shown)
        shown += one.text if show.on_terminal() or one.how == "same" else f"{before}{one.text}{after}"
        styles.append((start, len(shown), style))
    for start, end in wrap(shown, _room(_INDENT * 2)):
        cells = [
            Cell(shown[max(a, start) : min(b, end)], style) for a, b, style in styles if max(a, start) < min(b, end)
        ]
        show.styled([Cell(_INDENT * 2), *cells])


def _extras(copy: Copy) -> Iterator[str]:
    if copy.made is None:
        return
    rendering = copy.made.rendering
    if copy.held:
        yield f"held: {copy.held}"
    if rendering.content_warning:
        yield f"behind the warning: {rendering.content_warning}"
    yield from _counts(copy)
    for image in rendering.images:
        yield from _image(image, copy)
    if (card := rendering.card) is not None:
        picture = f", picture {card.image.width}×{card.image.height}" if card.image else ", no picture"
        yield f"[card{picture}] {card.title} <{card.url}>"
    if facts := ", ".join(_facts(copy)):
        yield facts
    for warning in copy.made.warnings:
        yield f"warning: {warning}"


def _counts(copy: Copy) -> Iterator[str]:
    most = copy.can.max_bytes if copy.can is not None else None
    if most is None or copy.is_whole:
        return
    heaviest = max(size_of(text) for text in copy.texts)
    if heaviest > most // 2:
        yield f"{heaviest} of {most} bytes"


def _image(image: Attachment, copy: Copy) -> Iterator[str]:
    size = described(image).partition(", ")[2]
    most = copy.can.max_alt if copy.can is not None else 0
    alt = f"alt {signs_of(image.alt)} of {most}" if most and image.alt else ""
    yield f"[image {image.width}×{image.height}] {image.alt or '(no alt text)'}"
    yield f"  {', '.join(filter(None, (size, alt)))}"


def _facts(copy: Copy) -> Iterator[str]:
    if copy.made is None:
        return
    if copy.can is not None and copy.can.by_hand:
        yield "published by hand"
    yield from (f"{name} {said}" for name, said in copy.terms)
    if copy.made.rendering.sensitive:
        yield "marked sensitive"


def _prose(text: str, indent: str, style: str = "") -> None:
    """Wrapped, with what follows the first line indented by two more."""
    for nth, (start, end) in enumerate(wrap(text, _room(indent + "  "))):
        show.styled([Cell(f"{indent}{'  ' if nth else ''}{text[start:end]}".rstrip(), style)])


def _alarm(text: str) -> str:
    return "yellow" if text.startswith(("warning: ", "held: ")) or text.endswith("(no alt text)") else ""


def _room(indent: str) -> int:
    return max(20, min(WIDEST, show.columns()) - width(indent))
