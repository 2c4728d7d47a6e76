"""A post → the finished copy for one network. Pure: the same arguments give the same Rendering.

Enters: the post, the owner's style, what the network can carry and how it counts, images and link card that the host
has fetched. Leaves: a Rendering. It fetches nothing, looks at no clock, and never returns a text that is too long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from syndicator.connector import Attachment, Capabilities, Card, Rendering, SpanKind
from syndicator.post import Post
from syndicator.render.characters import clean, detached, one_line
from syndicator.render.hashtags import fold, hashtag, hashtags
from syndicator.render.marking import JOINER, Marker, leads_to
from syndicator.render.pieces import Joined, Piece, Role
from syndicator.render.plain import lost_links
from syndicator.render.shapes import Shape, first_paragraph, of_kind, of_template
from syndicator.render.shorten import Measure, Room, fit
from syndicator.render.style import Style
from syndicator.render.template import Compiled, Values, compile_template


def render(
    post: Post,
    style: Style,
    can: Capabilities,
    measure: Measure,
    *,
    images: Sequence[Attachment] = (),
    card: Card | None = None,
    now: datetime,
    feed_name: str = "",
    first_seen: datetime | None = None,
) -> Rendering:
    """Raises ConfigError when the owner's template fails on this post."""
    carried = tuple(images)[: can.max_images]
    published = post.published or first_seen or now
    values = _values(post, style, can, feed_name, published)
    has_room = can.whole_post or not carried  # a card takes the place of pictures, but for a whole post's
    possible = card if can.card and has_room and post.link and style.backlink != "never" else None
    copy = _Copy(post, style, values, _room(style, can, measure), _marker(post, can, values), len(carried))
    (text, spans), points_back = copy.written(carded=possible is not None, warn_in_text=not can.content_warning)
    in_text = any(span.kind is SpanKind.LINK and leads_to(span.target, post.link or "") for span in spans)
    return Rendering(
        text=text,
        spans=spans,
        html=post.html if can.whole_post else "",
        link=post.link,
        link_in_text=in_text,
        title=post.title,
        tags=post.tags,
        images=carried,
        card=possible if points_back or in_text else None,
        language=style.language or post.language,
        content_warning=style.content_warning if can.content_warning else "",
        sensitive=style.sensitive,
        published=published,
        composed=now,
    )


@dataclass(frozen=True, slots=True)
class _Copy:
    post: Post
    style: Style
    values: Values
    room: Room
    marker: Marker
    images: int

    def written(self, *, carded: bool, warn_in_text: bool) -> tuple[Joined, bool]:
        """The text, and whether the copy is meant to lead to the original (by the text or by the card)."""
        template = self._template()
        shape = self._shape(template, carded)
        opening = self._opening(warn_in_text)
        tail, points_back = self._backlink(shape, opening)
        if not self._adds(template, shape, carded and points_back):
            tail = ()
        return self._or_the_link(self._fitted([*opening, *shape.around(*tail)])), points_back

    def _adds(self, template: Compiled | None, shape: Shape, in_card: bool) -> bool:
        """Whether the permalink goes into the text here; a template that names it has its own place for it."""
        always = self.style.backlink == "always"
        if template is not None and "link" in template.names:
            return always and not any(piece.own for piece in self.marker.mark(shape.around()))
        return always or not in_card

    def _template(self) -> Compiled | None:
        return compile_template(self.style.template, self.style.where) if self.style.template else None

    def _shape(self, template: Compiled | None, carded: bool) -> Shape:
        if template is None:
            return of_kind(self.post.kind, self.values, teaser=carded)
        return of_template(template, self.values)

    def _opening(self, warn_in_text: bool) -> list[Piece]:
        warning = self.style.content_warning if warn_in_text else ""
        return [Piece(Role.FIXED, f"CW: {warning}\n\n")] if warning else []

    def _backlink(self, shape: Shape, opening: Sequence[Piece]) -> tuple[tuple[Piece, ...], bool]:
        """A copy that says everything needs no link: readers who follow one expect more. All others have one."""
        link = (Piece(Role.LINK, self.values.link),) if self.values.link else ()
        if self.style.backlink == "never" or not link:
            return (), False
        if self.style.backlink == "always" or shape.announces or not self._complete([*opening, *shape.around()]):
            return link, True
        cited = (Piece(Role.FIXED, citation(self.values.link)),)
        if self.style.backlink == "cite" and self._complete([*opening, *shape.around(*cited)]):
            return cited, False
        return (), False

    def _complete(self, pieces: Sequence[Piece]) -> bool:
        """Nothing of the post is missing: every word, every picture, every address it links to."""
        whole = self.room.takes(self.marker.mark(pieces)) and self.images >= len(self.post.images)
        return whole and not set(lost_links(self.post.html, self.values.text)) - {self.values.link}

    def _fitted(self, pieces: Sequence[Piece]) -> Joined:
        return fit(self.marker.mark(pieces), self.room.measure, self.room.max_length, self.room.max_bytes)

    def _or_the_link(self, written: Joined) -> Joined:
        """A post without a word still has an address; no network takes a copy without text and images."""
        if written[0] or self.images:
            return written
        return self._fitted([Piece(Role.LINK, self.values.link)])


def citation(link: str) -> str:
    """ "(blog.example 2026/11/post)": host, blank, path; read as an address by people and by discovery tools, but not
    linked (https://indieweb.org/permashortcitation)."""
    parts = urlsplit(link)
    path = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
    return f"({f'{parts.netloc} {path}'.strip()})"


def _values(post: Post, style: Style, can: Capabilities, feed_name: str, published: datetime) -> Values:
    text = detached(clean(post.text).strip())
    return Values(
        title=detached(one_line(post.title)),
        link=post.link or "",
        summary=detached(one_line(post.summary)) or one_line(first_paragraph(text)),
        text=text,
        tags=tuple(one_line(tag) for tag in post.tags),
        hashtags=hashtags(post.tags, can.hashtags, style.hashtags),
        author=detached(one_line(post.author or "")),
        date=published,
        feed=feed_name,
        network=style.network,
        kind=post.kind.value,
        external_link=(post.external_link or "") if post.external_link != post.link else "",
    )


def _room(style: Style, can: Capabilities, measure: Measure) -> Room:
    """A service with content warnings counts them as part of the text."""
    warning = measure(style.content_warning) if can.content_warning and style.content_warning else 0
    return Room(measure, can.max_length - warning, can.max_bytes)


def _marker(post: Post, can: Capabilities, values: Values) -> Marker:
    own = (hashtag(tag, can.hashtags) for tag in post.tags)
    tags = frozenset(fold(word) for word in own if word)
    return Marker(values.link, can.hashtags, tags, joiner="" if can.inert_text else JOINER)
