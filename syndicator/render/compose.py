"""A post → the finished copy for one network. Pure: the same arguments give the same Rendering.

Enters: the post, the owner's style, what the network can carry and how it counts, images and link card that the host
has fetched. Leaves: a Rendering, and sentences for the owner. It fetches nothing, looks at no clock, and never returns
a text that is too long.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from syndicator.connector import Attachment, Capabilities, Card, Rendering, SpanKind
from syndicator.post import Kind, Post
from syndicator.render import audience
from syndicator.render.characters import clean, detached, one_line
from syndicator.render.cutting import graphemes
from syndicator.render.hashtags import fold, hashtag, hashtags, renamed, unwritable
from syndicator.render.marking import JOINER, Marker, leads_to
from syndicator.render.mentions import spoken
from syndicator.render.pieces import Piece, Role
from syndicator.render.plain import code_lines
from syndicator.render.prose import prose
from syndicator.render.shapes import Below, first_paragraph
from syndicator.render.shorten import Measure, Room, fit
from syndicator.render.style import Style
from syndicator.render.template import Tagger, Values
from syndicator.render.wording import worded
from syndicator.render.writing import Writer, Written

LARGEST_WARNING = 3  # what part of the room a content warning may take at most: one third
SAME_WORDS = 20  # characters by which a card is known to begin with words that stand in the text


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
    warn: Callable[[str], None] = lambda sentence: None,
) -> Rendering:
    """`warn` is told what is not as it was asked for. Raises Withheld where that must not go out."""
    seen, reply = audience.visibility(style, can, warn), audience.replies(style, can, warn)
    said = _reworded(post, style, can)
    style = _with_short_warning(style, can, measure, warn)
    below = _carded(card, post, said, style, can, images)
    carried = () if below is not None and not can.whole_post else tuple(images)[: can.max_images]
    published = post.published or first_seen or now
    values = _values(said, style, can, measure, feed_name, published, len(carried))
    _tell_of_tags(said, style, can, warn)
    known = _addresses(post, style, values)
    written = _writer(said, style, can, measure, values, _shows(below, said), len(carried), known, warn).written()
    link = _link_of(written, said, values)
    return Rendering(
        text=written.text,
        spans=written.spans,
        html=said.html if can.whole_post else "",
        link=link,
        link_in_text=_leads_to(written, link),
        title=said.title,
        tags=tuple(word for tag in said.tags if (word := renamed(tag, style.rename))),
        images=carried,
        card=_card_below(below, written, said, style, can, link),
        language=style.language or said.language,
        content_warning=style.content_warning if can.content_warning else "",
        sensitive=style.sensitive,
        visibility=seen,
        replies=reply,
        rest=written.rest,
        published=published,
        composed=now,
    )


def _writer(
    post: Post,
    style: Style,
    can: Capabilities,
    measure: Measure,
    values: Values,
    below: Below,
    images: int,
    known: frozenset[str],
    warn: Callable[[str], None],
) -> Writer:
    return Writer(
        post=post,
        style=style,
        can=can,
        values=values,
        room=_room(style, can, measure),
        marker=_marker(post, style, can, values),
        tagger=_tagger(style, can),
        below=below,
        prose=prose(post, style.people) if post.kind in (Kind.ARTICLE, Kind.LINK) else "",
        images=images,
        of_images=len(_pictures(post, style)),
        warn=warn,
        known=known,
    )


def _reworded(post: Post, style: Style, can: Capabilities) -> Post:
    """A copy that is the whole post names its true original, whatever else it is wished to lead to."""
    said = worded(post, style.wish)
    return replace(said, link=post.link) if can.whole_post else said


def _with_short_warning(style: Style, can: Capabilities, measure: Measure, warn: Callable[[str], None]) -> Style:
    """A warning takes room from the words, and there must be words."""
    warning = one_line(style.content_warning)
    room = can.max_length // LARGEST_WARNING
    if _of_warning(warning, measure) <= room:
        return replace(style, content_warning=warning)
    warn(f"the content warning “{warning[:40]}…” is too long for {style.network} and is shortened")
    return replace(
        style, content_warning=fit([Piece(Role.BODY, warning)], partial(_of_warning, measure=measure), room)[0]
    )


def _of_warning(warning: str, measure: Measure) -> int:
    """Services that count addresses and mentions as less than they are do so in the text, and not here."""
    return max(measure(warning), graphemes(warning))


# The card


def _carded(
    card: Card | None, post: Post, said: Post, style: Style, can: Capabilities, images: Sequence[Attachment]
) -> Card | None:
    """The card that may hang below. It takes the place of pictures, but for a whole post's."""
    if card is None or not can.card or style.card == "never" or not said.link:
        return None
    wanted = style.card == "always"
    if style.backlink == "never" and not wanted:
        return None
    if images and not can.whole_post and not wanted:
        return None
    return replace(card, url=said.link) if card.url == post.link else card


def _shows(card: Card | None, said: Post) -> Below:
    if card is None:
        return Below.NOTHING
    return Below.SUBJECT if said.external_link and card.url == said.external_link != said.link else Below.POST


def _card_below(
    card: Card | None, written: Written, said: Post, style: Style, can: Capabilities, link: str | None
) -> Card | None:
    if card is None:
        return None
    if not (style.card == "always" or written.leads_back or _leads_to(written, link)):
        return None
    told = f"{written.text}\n{said.text if can.whole_post else ''}"
    return replace(card, description="") if _says(told, card.description) else card


def _says(text: str, description: str) -> bool:
    """Whether the words of a card stand in the text already, as far as both go."""
    told, again = (" ".join(words.casefold().split()) for words in (text, description.rstrip(" ….")))
    return again.replace("#", "")[:SAME_WORDS] in told.replace(JOINER, "").replace("#", "")


# The link


def _leads_to(written: Written, link: str | None) -> bool:
    return any(span.kind is SpanKind.LINK and leads_to(span.target, link or "") for span in written.spans)


def _link_of(written: Written, said: Post, values: Values) -> str | None:
    """By which the copy is found again: what stands in the text, else the permalink."""
    shorter = values.link != said.link and _leads_to(written, values.link) and not _leads_to(written, said.link)
    return values.link if shorter else said.link


def _addresses(post: Post, style: Style, values: Values) -> frozenset[str]:
    """What the text need not say: the post's own addresses, and the pages of people whom it mentions."""
    own = (post.link, values.link, values.external_link)
    theirs = (url for person in style.people if person.handle for url in person.urls)
    return frozenset(url for url in (*own, *theirs) if url)


# What the words are made of


def _values(
    said: Post,
    style: Style,
    can: Capabilities,
    measure: Measure,
    feed_name: str,
    published: datetime,
    images: int,
) -> Values:
    text = detached(clean(spoken(said, style.people)).strip())
    return Values(
        title=detached(one_line(said.title)),
        subtitle=detached(one_line(style.wish.subtitle or "")),
        link=_shortest(said.link or "", style, can, measure),
        summary=detached(one_line(said.summary)) or one_line(first_paragraph(text)),
        text=text,
        html=clean(said.html),
        tags=tuple(one_line(tag) for tag in said.tags),
        hashtags=hashtags(said.tags, can.hashtags, style.hashtags, style.rename),
        author=detached(one_line(said.author or "")),
        date=published.astimezone(ZoneInfo(style.timezone)),
        feed=feed_name,
        network=style.network,
        kind=said.kind.value,
        external_link=(said.external_link or "") if said.external_link != said.link else "",
        language=style.language or said.language or "",
        images=images,
    )


def _shortest(link: str, style: Style, can: Capabilities, measure: Measure) -> str:
    """The short address, where that saves room: on many services every address counts the same."""
    short = style.wish.short_url
    saves = short is not None and not can.whole_post and measure(f"x {short}") < measure(f"x {link}")
    return short if saves and short else link


def _room(style: Style, can: Capabilities, measure: Measure) -> Room:
    """A service with content warnings counts them as part of the text."""
    counts = can.content_warning and style.content_warning
    warning = _of_warning(style.content_warning, measure) if counts else 0
    return Room(measure, can.max_length - warning, can.max_bytes)


def _marker(said: Post, style: Style, can: Capabilities, values: Values) -> Marker:
    own = (hashtag(renamed(tag, style.rename), can.hashtags) for tag in said.tags)
    return Marker(
        values.link,
        can.hashtags,
        frozenset(fold(word) for word in own if word),
        joiner="" if can.inert_text else JOINER,
        people=style.people,
        inline=style.hashtag_place == "inline",
        words=values.hashtags,
        apart=code_lines(said.html) if "<pre" in said.html else frozenset(),
    )


def _tagger(style: Style, can: Capabilities) -> Tagger:
    return partial(_tagged, style, can)


def _tagged(style: Style, can: Capabilities, tags: Iterable[str]) -> tuple[str, ...]:
    wanted = list(tags)
    return hashtags(wanted, can.hashtags, len(wanted), style.rename)


def _pictures(said: Post, style: Style) -> Sequence[object]:
    """What the copy would have to carry to have all of them."""
    return said.images if style.media is None else style.media


def _tell_of_tags(said: Post, style: Style, can: Capabilities, warn: Callable[[str], None]) -> None:
    if not style.hashtags:
        return
    for tag in unwritable(said.tags, can.hashtags, style.rename):
        warn(
            f"the tag “{tag}” cannot be written as a hashtag and is left out; name one in config.toml, "
            f'under [hashtags]: rename = {{ "{tag}" = "…" }}, or "" for none'
        )
