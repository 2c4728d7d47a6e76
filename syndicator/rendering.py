"""Post + network → Rendering: fetches the pictures and the page a copy needs, then renders.

Enters: a Post, a network and its open connector. Leaves: the finished Rendering and a list of warnings. It runs on the
network's seat and publishes nothing. A picture that is missing, huge or broken never stops a post: it goes out in its
next best form, and says so, unless its owner would rather hold it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from syndicator.config.models import Config, NetworkConfig
from syndicator.connector import Capabilities, Card, Connector, Rendering
from syndicator.post import Image, Kind, Post

if TYPE_CHECKING:
    from syndicator.http import Http
    from syndicator.material import Material
    from syndicator.render.style import Style


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
    released: bool = False,
    pages: "Material | None" = None,
    for_show: bool = False,
) -> Made:
    """`released`: its owner has seen why it was held, and let it go. `pages`: what has been fetched for other copies.
    `for_show`: nothing will be sent, so there is time for looking at the page from which a service builds its cards.

    Raises ConfigError for a template that cannot be rendered, Withheld for a copy that its owner would rather not
    have; and whatever the connector raises for its limits."""
    from syndicator.render.compose import render
    from syndicator.render.wording import worded
    from syndicator.styling import style_for

    style = style_for(post, feed_name, network, config)
    style = style.let_go() if released else style
    can = connector.capabilities
    meant = worded(post, style.wish)
    meant = replace(meant, link=post.link) if can.whole_post else meant
    with _material(pages, http, config) as material:
        copy = _Copy(_with_media(meant, style), style, can, material)
        rendering = copy.rendered(
            partial(
                render,
                measure=connector.measure,
                now=now,
                feed_name=feed_name,
                first_seen=first_seen,
                warn=copy.warnings.append,
            ),
            post,
        )
        if for_show:
            copy.look_at_page(rendering)
    return Made(rendering, tuple(dict.fromkeys(copy.warnings)))


def own_hosts(config: Config) -> tuple[str, ...]:
    """The hosts whose addresses may be private, because the owner wrote them down."""
    return (*(feed.url for feed in config.feed), *config.http.allow_private)


@contextmanager
def _material(given: "Material | None", http: "Http", config: Config) -> "Iterator[Material]":
    """What was fetched for other copies already, or a place for this one alone."""
    from syndicator.material import Material

    if given is not None:
        yield given
        return
    with Material(http, own_hosts(config)) as own:
        yield own


def _with_media(post: Post, style: "Style") -> Post:
    """The pictures that the author wishes for, in place of the post's."""
    if style.media is None:
        return post
    return replace(post, images=tuple(Image(m.url, m.alt, lead=True) for m in style.media if m.kind == "image"))


@dataclass(frozen=True, slots=True)
class _Copy:
    """One copy on its way; `post` is as its author wishes it for this network."""

    post: Post
    style: "Style"
    can: Capabilities
    material: "Material"
    warnings: list[str] = field(default_factory=list)

    def rendered(self, render: Callable[..., Rendering], post: Post) -> Rendering:
        """The copy of `post`. Raises Withheld."""
        from syndicator.pictures.attaching import Attaching
        from syndicator.pictures.carding import Carding

        working = (self.post, self.style, self.can, self.material, self.warnings.append)
        carding = Carding(*working)
        images = Attaching(*working).attachments() if self._carries_images() else ()
        subject = carding.subject() if self._shows_subject() else None
        if subject is not None:
            return render(replace(post, external_link=subject.url), self.style, self.can, images=images, card=subject)
        promised = Card(self.post.link, "") if self._may_have_card() and self.post.link else None
        draft = render(post, self.style, self.can, images=images, card=promised)
        if draft.card is None:  # the page is not asked for in vain
            return draft
        return render(post, self.style, self.can, images=images, card=carding.card())

    def look_at_page(self, rendering: Rendering) -> None:
        """Where the service makes the card itself, from the page that the text leads to."""
        from syndicator.pictures.looking import flaws

        leads = rendering.link_in_text and rendering.link is not None and not rendering.images
        if self.can.card_from_page and leads and self.style.card != "never":
            found = flaws(rendering.link or "", self.material)
            self.warnings.extend(f"{flaw.says}; {flaw.hint}" for flaw in found)

    def _may_have_card(self) -> bool:
        return self.can.card and self.style.card != "never" and self.post.link is not None

    def _carries_images(self) -> bool:
        """A card that is wanted always takes their place, where a copy has room for one of the two."""
        return not (self._may_have_card() and self.style.card == "always") or self.can.whole_post

    def _shows_subject(self) -> bool:
        return self._may_have_card() and self.style.card == "always" and self.post.kind is Kind.NOTE
