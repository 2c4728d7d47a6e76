"""Whether a service that makes its cards from the page will find on it what a card needs.

Enters: the address of a page. Leaves: what is wrong with it, in sentences for the owner of the blog. Services look
once, shortly after a copy is out; what is mended later does not change that copy's card.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from syndicator.material import Material, NoPage
from syndicator.render.card import PageCard
from syndicator.render.header import BadImage, read_header

CREATOR = "fediverse:creator"


@dataclass(frozen=True, slots=True)
class Flaw:
    says: str
    hint: str  # what to do about it
    is_wish: bool = False  # nothing is broken; something more could be had


def flaws(url: str, material: Material) -> tuple[Flaw, ...]:
    """One for each thing that a card would lack."""
    page = material.page(url)
    if isinstance(page, NoPage):
        says = f"no link card can be made of {url}: {page.reason}"
        return (Flaw(says, "see that the page is there before the post is announced"),)
    return tuple(_of_page(url, page, material))


def _of_page(url: str, page: PageCard, material: Material) -> Iterator[Flaw]:
    if not (page.title or page.heading):
        says = f"the page {url} has neither og:title nor a title, so it gets no link card"
        yield Flaw(says, "add <title> or og:title to the page's <head>")
    if page.image_url is not None and (why := _unfit(page.image_url, material)):
        yield Flaw(f"the link card of {url} will have no picture: og:image {page.image_url}: {why}", "mend og:image")
    if not page.creator:
        says = f"the page {url} does not say who wrote it, so Mastodon names no author below its card"
        yield Flaw(says, f'add <meta name="{CREATOR}" content="@you@your.server"> to the pages', is_wish=True)


def _unfit(url: str, material: Material) -> str:
    """Why a picture cannot be shown; empty when it can."""
    try:
        read_header(material.raw(url)[:_BEGINNING])
    except BadImage as error:
        return error.reason
    return ""


_BEGINNING = 200_000  # bytes; a photograph may have its camera's notes and a thumbnail before its size
