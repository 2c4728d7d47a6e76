"""The link card: what stands below a copy where the connector has to bring the preview itself.

Enters: a page of the blog, the post, an image ready to send. Leaves: the card's words and the address of its picture.
It fetches nothing and believes nothing: texts are cleaned and short, addresses are http(s).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from syndicator.connector import Attachment, Card
from syndicator.post import Post
from syndicator.render.characters import detached, one_line, same_words
from syndicator.render.nesting import bounded
from syndicator.render.pieces import Piece, Role
from syndicator.render.prose import prose

LONGEST_PAGE = 512_000  # bytes; what describes a page stands near its beginning
LONGEST_TITLE = 300  # code points
LONGEST_DESCRIPTION = 300
LONGEST_ALT = 1_500

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_\-]{2,40})", re.IGNORECASE)
_BODY = re.compile(r"<body[\s>]", re.IGNORECASE)
_PICTURES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
_CONTENTLESS = {"script", "style", "svg", "math", "template", "noscript", "iframe", "textarea", "select", "object"}


@dataclass(frozen=True, slots=True)
class PageCard:
    """What a page says of itself; None and empty where it says nothing."""

    title: str = ""  # for cards
    description: str = ""
    image_url: str | None = None
    image_alt: str = ""
    canonical: str | None = None
    heading: str = ""  # for the window and for search engines; often with the site's name behind it
    abstract: str = ""
    creator: str = ""  # the account that Mastodon names below the card


def read_page(html: bytes, url: str) -> PageCard:
    """Open Graph first, then Twitter's names. Never raises for what a page can hold."""
    reader = _Reader()
    reader.feed(_reduced(_decoded(html[:LONGEST_PAGE])))
    reader.close()
    said = reader.said
    return PageCard(
        title=_first(said, LONGEST_TITLE, "og:title", "twitter:title"),
        description=_first(said, LONGEST_DESCRIPTION, "og:description", "twitter:description"),
        image_url=_address(said, url, *_PICTURES),
        image_alt=_first(said, LONGEST_ALT, "og:image:alt", "twitter:image:alt"),
        canonical=_address(said, url, "canonical", "og:url"),
        heading=_first(said, LONGEST_TITLE, "title"),
        abstract=_first(said, LONGEST_DESCRIPTION, "description"),
        creator=_first(said, LONGEST_TITLE, "fediverse:creator"),
    )


def card_for(
    post: Post,
    page: PageCard | None,
    image: Attachment | None,
    *,
    title: str | None = None,
    description: str | None = None,
) -> Card:
    """What is wished for, what the page says for this purpose, the post's own words, the rest of the page: in that
    order. Each is asked for title and description alone, since many pages say only one of them."""
    page = page or PageCard()
    host = urlsplit(post.link or "").netloc
    titles = (title, page.title, post.title, page.heading, host)
    said = _said(titles, LONGEST_TITLE)
    descriptions = (description, page.description, post.summary, prose(post), page.abstract)
    return Card(
        url=post.link or "",
        title=said,
        description=_said((d for d in descriptions if d and not same_words(d, said)), LONGEST_DESCRIPTION),
        image=image,
    )


def _said(texts: Iterable[str | None], longest: int) -> str:
    return next((short for text in texts if (short := _cut(detached(one_line(text or "")), longest))), "")


def _decoded(html: bytes) -> str:
    declared = _CHARSET.search(html[:4096])
    for charset in ("utf-8-sig", declared[1].decode() if declared else "utf-8"):
        try:
            return html.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
    return html.decode("utf-8", "replace")


def _reduced(html: str) -> str:
    """The few elements that describe a page, well-formed: html.parser takes minutes for malicious markup."""
    import nh3

    return nh3.clean(
        bounded(_BODY.split(html, maxsplit=1)[0]),
        tags={"meta", "link", "title"},
        attributes={"meta": {"property", "name", "content"}, "link": {"rel", "href"}},
        clean_content_tags=_CONTENTLESS,
        link_rel=None,
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: dict[str, str] = {}
        self.in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attrs}
        self.in_title = tag == "title" and "title" not in self.said
        if tag == "meta":
            self._say(names.get("property") or names.get("name") or "", names.get("content", ""))
        if tag == "link" and "canonical" in names.get("rel", "").lower().split():
            self._say("canonical", names.get("href", ""))

    def handle_endtag(self, tag: str) -> None:
        self.in_title = False

    def handle_data(self, data: str) -> None:
        if self.in_title:
            self._say("title", data)

    def _say(self, name: str, value: str) -> None:
        """The first word on a matter stands; a second og:image belongs to a gallery."""
        if value.strip():
            self.said.setdefault(name.strip().lower(), value)


def _first(said: dict[str, str], longest: int, *names: str) -> str:
    return next((text for name in names if (text := _cut(one_line(said.get(name, "")), longest))), "")


def _address(said: dict[str, str], base: str, *names: str) -> str | None:
    return next((url for name in names if name in said and (url := _absolute(base, said[name]))), None)


def _absolute(base: str, found: str) -> str | None:
    try:
        url = urljoin(base, found.strip())
        return url if urlsplit(url).scheme in {"http", "https"} and urlsplit(url).netloc else None
    except ValueError:
        return None


def _cut(text: str, longest: int) -> str:
    from syndicator.render.shorten import fit

    return fit([Piece(Role.BODY, text)], len, longest)[0]
