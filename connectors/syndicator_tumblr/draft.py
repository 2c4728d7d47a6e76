"""A rendering → the body of a Tumblr post, fixed to the last letter. Pure: no request, no clock.

Enters: the rendering, the owner's settings, what has to be different after a refusal. Leaves: the JSON body and which
picture goes under which identifier.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from syndicator.connector import Attachment, Json, Rendering, SpanKind
from syndicator_tumblr import fit, npf
from syndicator_tumblr.blocks import Block, Card, Picture, Range, Text, piece, shortened, stripped
from syndicator_tumblr.corrections import Correction
from syndicator_tumblr.links import same_page
from syndicator_tumblr.people import UUID
from syndicator_tumblr.pictures import is_web, picture, pointer
from syndicator_tumblr.settings import TumblrSettings
from syndicator_tumblr.slug import slug
from syndicator_tumblr.transport import as_bytes

LONGEST_TAG, MOST_TAGS = 140, 30  # of Tumblr's own editor; whether the API enforces them is unconfirmed
LARGEST_POST = 900_000  # bytes of JSON; Tumblr stores a megabyte
WITHOUT_PICTURES = "posted without pictures: Tumblr refused them"
TOO_LONG = "the post is longer than Tumblr takes; the copy is a card with a teaser instead"

_PARAGRAPHS = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True, slots=True)
class Draft:
    body: dict[str, Json]
    pictures: dict[str, str]  # identifier → sha256 of the attachment
    warnings: tuple[str, ...] = ()


def draft(rendering: Rendering, settings: TumblrSettings, key: str, correction: Correction, now: datetime) -> Draft:
    """`now` counts only for what is scheduled."""
    warnings = [WITHOUT_PICTURES] if correction.bare else []
    made = _made(rendering, correction, full=settings.layout == "full")
    if settings.layout == "full" and len(as_bytes({"content": [b.json() for b in made]})) > LARGEST_POST:
        warnings.append(TOO_LONG)
        made = _made(rendering, correction, full=False)
    content, pictures = _identified(made)
    state = state_of(rendering, settings)
    body: dict[str, Json] = {
        "content": [block.json() for block in content],
        "state": state,
        "tags": tags(rendering.tags),
        "slug": slug(rendering, key),
    }
    body |= _layout(rendering, content)
    if rendering.link and (rendering.card is not None or rendering.link_in_text):
        body["source_url"] = rendering.link
    if settings.publish_in is not None and state == "queue":
        body["publish_on"] = (now + settings.publish_in).astimezone(UTC).isoformat(timespec="seconds")
    return Draft(body, pictures, tuple(warnings))


def state_of(rendering: Rendering, settings: TumblrSettings) -> str:
    return rendering.visibility or settings.state


def tags(own: Iterable[str]) -> str:
    """One text with commas between, so that a comma inside a tag would make two of it."""
    clean = (" ".join(tag.replace(",", " ").split()).lstrip("#")[:LONGEST_TAG].strip() for tag in own)
    distinct = {tag.casefold(): tag for tag in reversed([tag for tag in clean if tag])}
    return ",".join(list(reversed(distinct.values()))[:MOST_TAGS])


def attachments(rendering: Rendering) -> dict[str, Attachment]:
    """Every picture that a copy may carry, by its name."""
    poster = rendering.card.image if rendering.card else None
    return {image.sha256: image for image in (*rendering.images, *((poster,) if poster else ()))}


def _made(rendering: Rendering, correction: Correction, *, full: bool) -> list[Block]:
    whole = full and rendering.html
    body = _whole_post(rendering) if whole else _announcement(rendering)
    warning: list[Block] = [Text(f"CW: {rendering.content_warning}")] if rendering.content_warning else []
    text = [*warning, *(fit.without_pictures(body) if correction.bare else body)]
    unwanted = rendering.sensitive or correction.no_poster or correction.plain or correction.bare
    card = _card(rendering, with_poster=not unwanted)
    fitted = (fit.plain if correction.plain else fit.fit)(text, fit.MOST_BLOCKS - len(card))
    return [*fitted, *card]


def _whole_post(rendering: Rendering) -> list[Block]:
    """Title, pictures that stand nowhere in the post, the post, what it is about if it does not say so."""
    body = npf.blocks(rendering.html, rendering.images)
    shown = {block.sha256 for block in body if isinstance(block, Picture)}
    lead = [picture(image) for image in rendering.images if image.sha256 not in shown]
    return [*_title(rendering.title, body), *lead, *body, *_missing_links(rendering)]


def _title(title: str, body: Sequence[Block]) -> list[Block]:
    first = body[0].text if body and isinstance(body[0], Text) else ""
    if not title.strip() or _folded(first) == _folded(title):
        return []
    return [Text(" ".join(title.split()), subtype="heading1")]


def _missing_links(rendering: Rendering) -> Iterator[Block]:
    """A post about another page names it outside of its own text."""
    for span in rendering.spans:
        foreign = span.kind is SpanKind.LINK and not same_page(span.target, rendering.link or "")
        if foreign and is_web(span.target) and not _is_linked(rendering.html, span.target):
            yield pointer(span.target, rendering.text[span.start : span.end])


def _is_linked(html: str, url: str) -> bool:
    from html import escape, unescape

    return url in html or escape(url) in html or url in unescape(html)


def _announcement(rendering: Rendering) -> list[Block]:
    """The composed text, a block for each paragraph, and its pictures."""
    links = [span for span in rendering.spans if span.kind is SpanKind.LINK and is_web(span.target)]
    people = [span for span in rendering.spans if span.kind is SpanKind.MENTION and UUID.fullmatch(span.target)]
    ranges = (
        *(Range(span.start, span.end, "link", span.target) for span in links),
        *(Range(span.start, span.end, "mention", span.target) for span in people),
    )
    paragraphs = list(_paragraphs(Text(rendering.text, ranges)))
    if paragraphs and rendering.title and _folded(paragraphs[0].text) == _folded(rendering.title):
        paragraphs[0] = replace(paragraphs[0], subtype="heading1")
    return [*paragraphs, *(picture(image) for image in rendering.images)]


def _paragraphs(text: Text) -> Iterator[Text]:
    start = 0
    for gap in (*_PARAGRAPHS.finditer(text.text), None):
        end = gap.start() if gap else len(text.text)
        part = stripped(piece(text, start, end))
        if part.text:
            yield part
        start = gap.end() if gap else end


def _card(rendering: Rendering, *, with_poster: bool) -> list[Card]:
    card = rendering.card
    if card is None:
        return []
    poster = picture(card.image) if with_poster and card.image else None
    title = card.title or urlsplit(card.url).netloc
    host = urlsplit(card.url).netloc.removeprefix("www.")
    return [Card(card.url, shortened(title), shortened(card.description), host, poster)]


def _identified(blocks: Sequence[Block]) -> tuple[list[Block], dict[str, str]]:
    """Give every upload a name. A picture that stands in two places is sent twice: one part belongs to one block."""
    done, pictures = list[Block](), dict[str, str]()

    def named(one: Picture) -> Picture:
        identifier = f"img{len(pictures)}"
        pictures[identifier] = one.sha256
        return replace(one, identifier=identifier)

    for block in blocks:
        if isinstance(block, Picture):
            done.append(named(block))
        elif isinstance(block, Card) and block.poster is not None:
            done.append(replace(block, poster=named(block.poster)))
        else:
            done.append(block)
    return done, pictures


def _layout(rendering: Rendering, content: Sequence[Block]) -> dict[str, Json]:
    """“Keep reading” after the warning, or after the title, of what readers may not want to see unasked. It stays in
    the simplest form too: what its owner wants hidden is rather not posted than shown."""
    hidden = rendering.content_warning or (rendering.sensitive and any(isinstance(b, Picture) for b in content))
    if not hidden or len(content) < 2:
        return {}
    visible = 0 if isinstance(content[0], Text) and (rendering.content_warning or content[0].subtype) else -1
    rows = [{"blocks": [at]} for at in range(len(content))]
    return {"layout": [{"type": "rows", "display": rows, "truncate_after": visible}]}


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
