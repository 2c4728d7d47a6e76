"""The link card of one copy, where the connector attaches it.

Enters: a post, what was asked of the copy, the page it leads to. Leaves: a Card, and warnings. The author's wishes come
first, then what the page says of itself for this purpose, then the post, then the rest of the page.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from syndicator.connector import Attachment, Capabilities, Card
from syndicator.errors import Withheld
from syndicator.material import Material
from syndicator.pictures.decoder import bounds_of
from syndicator.post import Post
from syndicator.render.card import PageCard, card_for
from syndicator.render.encoding import Encoded
from syndicator.render.header import BadImage
from syndicator.render.images import attachment, in_order
from syndicator.render.plain import lost_links
from syndicator.render.style import Style

CARD_SIDE = 1200  # pixels; what link cards are shown at, at most
SMALLEST = 200  # pixels; below it a picture is a symbol, and looks poor when it is enlarged
_TRIED = 3  # of the post's own pictures
_SYMBOL = re.compile(r"(?:^|[-_./])(?:logo|favicon|icon|avatar|apple-touch-icon)(?:[-_.@\d][^/]*)?$", re.IGNORECASE)
_DRAWING = re.compile(r"\.svgz?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Carding:
    """For one copy of one post."""

    post: Post
    style: Style
    can: Capabilities
    material: Material
    warn: Callable[[str], None]

    def card(self) -> Card:
        """What leads to the post. Raises Withheld."""
        return self._of_page(self.post, self.post.link or "")

    def subject(self) -> Card | None:
        """A note that names an address shows it, as it would if it had been typed by hand. Raises Withheld."""
        named = (self.post.external_link, *lost_links(self.post.html, ""))
        url = next((url for url in named if url and url != self.post.link), None)
        if url is None or not isinstance(self.material.page(url), PageCard):
            return None
        return self._of_page(Post(guid=None, link=url), url, wished=False)

    def _of_page(self, post: Post, url: str, *, wished: bool = True) -> Card:
        found = self.material.page(url)
        page = found if isinstance(found, PageCard) else PageCard()
        style = self.style if wished else replace(self.style, card_title=None, card_description=None, card_image=None)
        picture = self._picture(post, page, style)
        return card_for(post, page, picture, title=style.card_title, description=style.card_description)

    def _picture(self, post: Post, page: PageCard, style: Style) -> Attachment | None:
        """The first that can be had and is no symbol; a symbol where there is nothing else."""
        if not self.can.max_card_image_bytes:
            return None
        symbol: Encoded | None = None
        failed: list[str] = []
        for url in candidates(post, page, style):
            encoded = self._fitted(url, failed)
            if encoded is not None and min(encoded.source) >= SMALLEST and not is_symbol(url, style):
                self._tell(failed, "another picture is shown instead")
                return attachment(encoded, "", 0)
            symbol = symbol or encoded
        if symbol is not None:
            self._tell(failed, "a small one is shown instead")
            return attachment(symbol, "", 0)
        if failed and style.strict:
            raise Withheld("picture", f"the link card of {post.link} has no picture: {failed[0]}")
        self._tell(failed, "the card has none")
        return None

    def _fitted(self, url: str, failed: list[str]) -> Encoded | None:
        can = self.can
        bounds = bounds_of(can.max_card_image_bytes, can.image_types, max_pixels=None, max_side=CARD_SIDE)
        try:
            return self.material.picture(url, bounds)
        except BadImage as error:
            failed.append(f"{url} cannot be used: {error.reason}")
            return None

    def _tell(self, failed: list[str], outcome: str) -> None:
        for sentence in failed:
            self.warn(f"link card: picture {sentence}; {outcome}")


def candidates(post: Post, page: PageCard, style: Style) -> Iterator[str]:
    """Addresses of pictures for a card, the best first, each once; drawings are never among them."""
    named = [page.image_url] if page.image_url else []
    symbols = [url for url in named if is_symbol(url, style)]
    own = [image.url for image in in_order(post.images)[:_TRIED]]
    posters = [medium.poster for medium in style.media or () if medium.poster]
    wished = [style.card_image] if style.card_image else []
    better = [url for url in named if url not in symbols]
    for url in dict.fromkeys([*wished, *better, *own, *posters, *symbols]):
        if not _DRAWING.search(urlsplit(url).path):
            yield url


def is_symbol(url: str, style: Style) -> bool:
    """A picture that stands for the site, not for the post; what the author wishes for is taken as it is."""
    if url == style.card_image:
        return False
    name = urlsplit(url).path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return _SYMBOL.search(name) is not None
