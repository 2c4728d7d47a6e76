"""For people who will not register an app: where to paste a copy by hand, and in which order. Pure."""

from collections.abc import Iterator
from urllib.parse import quote

from syndicator.connector import HandOff, Rendering

_AUDIENCES = {"connections": "“Connections only”", "logged_in": "members who are logged in, if that is offered"}


def hand_off(rendering: Rendering, www: str) -> HandOff:
    """LinkedIn's share page takes an address and nothing else; it ignores words given along with it."""
    shares_link = rendering.link is not None and not rendering.images
    page = f"{www}/sharing/share-offsite/?url={quote(str(rendering.link), safe='')}" if shares_link else f"{www}/feed/"
    return HandOff(page, tuple(_steps(rendering, shares_link=shares_link)))


def _steps(rendering: Rendering, *, shares_link: bool) -> Iterator[str]:
    if shares_link:
        yield "Open the page; LinkedIn asks you to log in if need be and shows a new post with the link’s preview."
    else:
        yield "Open the page and choose “Start a post”."
    yield "Paste the text. Where a hashtag is offered while you look at it, take it."
    if rendering.images:
        yield "Add the pictures in their order, and give each its alt text under “Edit”."
    if rendering.visibility in _AUDIENCES:
        yield f"Choose who can see it: {_AUDIENCES[rendering.visibility]}."
    yield "Publish it, open the post’s own address (⋯ → “Copy link to post”), and tell `syndicate done` that address."
