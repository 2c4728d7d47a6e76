"""Copies that are still to be sent, as the page shows them.

Enters: a Copy. Leaves: a Shown with counts, limits and warnings. Pure, and the same for every network: what differs is
in its Look.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from syndicator.connector import Attachment, Card, Rendering, Span, SpanKind
from syndicator.linkback.file import NAMES
from syndicator.preview.copy import Copy, signs_of, size_of
from syndicator.preview.looks import Look, look_of
from syndicator.preview.sheet import Block, LinkCard, Meter, Picture, Piece, Shown, host_of, web
from syndicator.preview.whole import blocks_of


def shown(copy: Copy) -> Shown:
    look = look_of(copy.look or copy.kind)
    named = Shown(copy.network, label(copy.network, copy.kind), look, handle=copy.handle)
    if copy.made is None:
        return replace(named, trouble=copy.trouble or "this copy cannot be shown")
    rendering = copy.made.rendering
    blocks = tuple(_whole(rendering)) if copy.is_whole else ()
    texts = [(rendering.text, rendering.spans), *((part.text, part.spans) for part in rendering.rest)]
    return replace(
        named,
        author=_name(copy),
        handle=copy.network if "/" in copy.handle else copy.handle or copy.network,  # a path is nobody else's business
        parts=tuple(pieces(text, spans, look, copy.handle) for text, spans in texts),
        blocks=blocks,
        pictures=() if blocks else tuple(_picture(image) for image in rendering.images),
        card=_card(rendering.card),
        tags=_tags_apart(copy, rendering),
        warning=rendering.content_warning,
        sensitive=rendering.sensitive,
        language=rendering.language or "",
        meters=tuple(_meters(copy)),
        facts=tuple(_facts(copy, rendering)),
        notes=copy.made.warnings,
        held=copy.held,
    )


def label(network: str, kind: str) -> str:
    """What a heading calls a network: the service's own name, and the owner's where it is another."""
    service = NAMES.get(kind, (kind or network).capitalize())
    return service if network == kind or not kind else f"{service} · {network}"


def pieces(text: str, spans: Sequence[Span], look: Look, handle: str = "") -> tuple[Piece, ...]:
    """The text cut at its spans. Spans that overlap or reach beyond the text are left out rather than believed."""
    found, done = [], 0
    for span in sorted(spans, key=lambda span: span.start):
        if not done <= span.start < span.end <= len(text):
            continue
        found.append(Piece(text[done : span.start]))
        found.append(_live(text[span.start : span.end], span, look, handle))
        done = span.end
    return tuple(piece for piece in [*found, Piece(text[done:])] if piece.text)


def _live(text: str, span: Span, look: Look, handle: str) -> Piece:
    match span.kind:
        case SpanKind.LINK:
            return Piece(_cut(text, look.link_letters) if text == span.target else text, "link", web(span.target))
        case SpanKind.TAG:
            host = handle.rpartition("@")[2] if "@" in handle.lstrip("@") else ""
            wanted = look.tag_page and ("{host}" not in look.tag_page or host)
            return Piece(text, "tag", web(look.tag_page.format(tag=span.target, host=host)) if wanted else "")
        case SpanKind.MENTION:
            return Piece(text, "mention", _person(span.target, look))


def _person(target: str, look: Look) -> str:
    name, _, host = target.removeprefix("@").partition("@")
    if host:
        return web(f"https://{host}/@{name}")
    return web(look.person_page.format(name=name)) if look.person_page else ""


def _cut(address: str, letters: int) -> str:
    if not letters:
        return address
    bare = address.partition("://")[2].removeprefix("www.") or address
    return bare if len(bare) <= letters else f"{bare[:letters]}…"


def _whole(rendering: Rendering) -> Iterator[Block]:
    """The post itself, under its title; the link home is the connector's to place, and is shown as a last line."""
    if rendering.title:
        yield Block("h1", (Piece(rendering.title),))
    yield from blocks_of(rendering.html, rendering.images)
    if rendering.link and (url := web(rendering.link)):
        yield Block("p", (Piece("Original: "), Piece(host_of(url), "link", url)))


def _tags_apart(copy: Copy, rendering: Rendering) -> tuple[str, ...]:
    """Tags that stand in no text: the service shows them below, if it shows them."""
    in_text = any(span.kind is SpanKind.TAG for span in rendering.spans)
    return () if in_text and not copy.is_whole else rendering.tags


def _picture(image: Attachment) -> Picture:
    return Picture(image.data, image.mime, image.alt, web(image.source))


def _card(card: Card | None) -> LinkCard | None:
    if card is None:
        return None
    picture = None if card.image is None else Picture(card.image.data, card.image.mime)
    return LinkCard(web(card.url), card.title or host_of(card.url), card.description, picture)


def _meters(copy: Copy) -> Iterator[Meter]:
    can, made = copy.can, copy.made
    if can is None or made is None:
        return
    if copy.is_whole:
        yield Meter("Words of the post", len(copy.post.text.split()))
    else:
        yield from _of_parts("Characters", copy.lengths, can.max_length)
        weights = [size_of(text) for text in copy.texts]
        if can.max_bytes is not None and max(weights) * 2 > can.max_bytes:  # else the letters are what counts
            yield from _of_parts("Bytes", weights, can.max_bytes)
    if can.max_alt:
        lengths = [signs_of(image.alt) for image in made.rendering.images]
        for at, length in enumerate(lengths, 1):
            yield Meter("Alt text" if len(lengths) == 1 else f"Alt text {at}", length, can.max_alt)


def _of_parts(what: str, lengths: Sequence[int], most: int) -> Iterator[Meter]:
    for at, length in enumerate(lengths, 1):
        yield Meter(what if len(lengths) == 1 else f"{what}, part {at}", length, most)


def _facts(copy: Copy, rendering: Rendering) -> Iterator[str]:
    if copy.can is not None and copy.can.by_hand:
        yield "published by hand"
    yield from (f"{name}: {said}" for name, said in copy.terms)
    if rendering.rest:
        yield f"thread of {len(rendering.rest) + 1}"
    for at, image in enumerate(rendering.images, 1):
        yield f"picture {at}: {described(image)}"
    if rendering.card is not None and rendering.card.image is not None:
        yield f"card picture: {described(rendering.card.image)}"


def described(image: Attachment) -> str:
    return f"{image.width}×{image.height}, {weight(len(image.data))} {image.mime.partition('/')[2].upper()}"


def weight(size: int) -> str:
    """Bytes as people say them."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.0f} kB" if size < 1_000_000 else f"{size / 1e6:.1f} MB"


def _name(copy: Copy) -> str:
    """Whose face stands beside a copy: the post's author, or whoever the account is called after."""
    by_hand = copy.can is not None and copy.can.by_hand
    if copy.post.author or by_hand or "/" in copy.handle:
        return copy.post.author or "You"
    name = copy.handle.removeprefix("@")
    return (name if " " in name else name.partition("@")[0].partition(".")[0].capitalize()) or "You"
