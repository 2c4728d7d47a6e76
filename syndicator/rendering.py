"""Post + network → Rendering: fetches the pictures and the page a copy needs, then renders.

Enters: a Post, a network and its open connector. Leaves: the finished Rendering and a list of warnings. It runs on the
network's seat and publishes nothing. A picture that is missing, huge or broken never stops a post: it goes out in its
next best form, and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from syndicator.config.models import Config, NetworkConfig
from syndicator.connector import Attachment, Capabilities, Card, Connector, Rendering
from syndicator.post import Image, Post

if TYPE_CHECKING:
    from syndicator.http import GuardedSession, Http
    from syndicator.render.card import PageCard

LONGEST_SIDE = 2048  # pixels; more than any timeline shows
CARD_SIDE = 1200  # what link cards are shown at, at most
MAX_IMAGE = 10_000_000  # bytes fetched
MAX_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class Made:
    rendering: Rendering
    warnings: tuple[str, ...] = ()


def make(
    post: Post,
    feed_name: str,
    network: NetworkConfig,
    config: Config,
    connector: Connector,
    http: "Http",
    now: datetime,
    *,
    first_seen: datetime | None = None,
) -> Made:
    """Raises ConfigError for a template that cannot be rendered; whatever the connector raises for its limits."""
    from syndicator.render.compose import render
    from syndicator.render.images import choose
    from syndicator.styling import style_for

    can = connector.capabilities
    style = style_for(post, feed_name, network, config)
    warnings: list[str] = []
    session = http.allowing(*own_hosts(config)).session(max_body=MAX_IMAGE, deadline=30.0)
    wanted = choose(post, can, style.images)
    images = tuple(a for a in (_picture(i, can, session, warnings.append) for i in wanted) if a is not None)
    card = _card(post, can, session, warnings.append) if can.card and (can.whole_post or not images) else None
    rendering = render(
        post,
        style,
        can,
        connector.measure,
        images=images,
        card=card,
        now=now,
        feed_name=feed_name,
        first_seen=first_seen,
    )
    return Made(rendering, tuple(warnings))


def own_hosts(config: Config) -> tuple[str, ...]:
    """The hosts whose addresses may be private, because the owner wrote them down."""
    return (*(feed.url for feed in config.feed), *config.http.allow_private)


def _picture(
    image: Image, can: Capabilities, session: "GuardedSession", warn: Callable[[str], None]
) -> Attachment | None:
    from syndicator.render.images import attachment, encode

    data = _get(image.url, session, warn)
    if data is None:
        return None
    limit = can.max_image_bytes or MAX_IMAGE
    try:
        encoded = encode(
            data, max_bytes=limit, max_pixels=can.max_image_pixels, types=can.image_types, max_side=LONGEST_SIDE
        )
    except ValueError as error:
        warn(f"image {image.url} left out: {error}")
        return None
    return replace(attachment(encoded, image.alt, can.max_alt), source=image.url)


def _card(post: Post, can: Capabilities, session: "GuardedSession", warn: Callable[[str], None]) -> Card | None:
    from syndicator.render.card import card_for

    if post.link is None:
        return None
    page = _page(post.link, session) if not post.images or not (post.summary or post.text) else None
    return card_for(post, page, _card_picture(post, page, can, session, warn))


def _card_picture(
    post: Post, page: "PageCard | None", can: Capabilities, session: "GuardedSession", warn: Callable[[str], None]
) -> Attachment | None:
    from syndicator.render.images import attachment, encode

    url = post.images[0].url if post.images else (page.image_url if page is not None else None)
    if not url or not can.max_card_image_bytes:
        return None
    data = _get(url, session, warn)
    if data is None:
        return None
    try:
        encoded = encode(
            data, max_bytes=can.max_card_image_bytes, max_pixels=None, types=can.image_types, max_side=CARD_SIDE
        )
    except ValueError as error:
        warn(f"card picture {url} left out: {error}")
        return None
    return attachment(encoded, "", 0)


def _page(url: str, session: "GuardedSession") -> "PageCard | None":
    """The permalink's own card data; a page that cannot be had only makes the card plainer."""
    import requests

    from syndicator.render.card import read_page

    try:
        response = session.get(url, headers={"Accept": "text/html"})
    except requests.RequestException:
        return None
    if response.status_code != 200 or "html" not in response.headers.get("content-type", "html"):
        return None
    return read_page(response.content[:MAX_PAGE], response.url)


def _get(url: str, session: "GuardedSession", warn: Callable[[str], None]) -> bytes | None:
    import requests

    try:
        response = session.get(url, headers={"Accept": "image/*"})
    except requests.RequestException as error:
        warn(f"image {url} left out: {error}")
        return None
    if response.status_code != 200:
        warn(f"image {url} left out: the server answered {response.status_code}")
        return None
    return bytes(response.content)
