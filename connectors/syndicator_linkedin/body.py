"""A rendering and what was uploaded for it → the body of `POST /rest/posts`.

Enters: finished words, the author, image names. Leaves: one mapping. Pure. Escaping belongs to `commentary` alone:
title, description and alt texts are plain, and would show the backslashes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from syndicator.connector import Card, Json, Rejected, Rendering
from syndicator_linkedin.commentary import fitted, little, units
from syndicator_linkedin.settings import LinkedInSettings

LONGEST_TITLE = 200  # [U] documented for the API before this one; nothing is said of this one
LONGEST_DESCRIPTION = 256
UNMENTIONED = "the text fills what LinkedIn takes, so people are named in it and not mentioned"
_LETTERS_OF_AN_END = " \t\r\n,;:–—-("


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that LinkedIn has, under its name there."""

    urn: str
    alt: str = ""


def build(rendering: Rendering, settings: LinkedInSettings, author: str, pictures: Sequence[Picture]) -> dict[str, Any]:
    """`pictures`: the thumbnail of the card, or else what the post shows. Raises Rejected for a post without a word."""
    body: dict[str, Any] = {
        "author": author,
        "commentary": _commentary(rendering),
        "visibility": (rendering.visibility or settings.visibility).upper(),
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": not settings.reshare,
    }
    content = _content(rendering.card, pictures)
    return {**body, "content": content} if content else body


def _commentary(rendering: Rendering) -> str:
    """LinkedIn refuses a blank one, also below a picture."""
    if rendering.text.strip():
        return fitted(rendering.text, rendering.spans)[0]
    words = rendering.title.strip() or next((i.alt.strip() for i in rendering.images if i.alt.strip()), "")
    if not words:
        raise Rejected("LinkedIn takes no post without words, and this one has neither text nor title")
    return little(words)


def warnings(rendering: Rendering) -> tuple[str, ...]:
    """What is otherwise in the body than in the rendering."""
    return (UNMENTIONED,) if fitted(rendering.text, rendering.spans)[1] else ()


def _content(card: Card | None, pictures: Sequence[Picture]) -> Json:
    if card is not None:
        return {"article": _article(card, pictures)}
    shown = [{"id": picture.urn, **({"altText": picture.alt} if picture.alt else {})} for picture in pictures]
    if len(shown) > 1:
        return {"multiImage": {"images": shown}}
    return {"media": shown[0]} if shown else None


def _article(card: Card, pictures: Sequence[Picture]) -> dict[str, str]:
    """LinkedIn does not look at the page, and answers an article without a title with an error."""
    title = shortened(card.title, LONGEST_TITLE) or shortened(urlsplit(card.url).hostname or card.url, LONGEST_TITLE)
    description = shortened(card.description, LONGEST_DESCRIPTION)
    article = {"source": card.url, "title": title}
    article |= {"description": description} if description else {}
    return article | ({"thumbnail": pictures[0].urn} if pictures else {})


def shortened(text: str, most: int) -> str:
    """`text` on one line in at most `most` UTF-16 units; cut between words, and between characters if need be."""
    line = " ".join(text.split())
    if units(line) <= most:
        return line
    begun = _begun(line, most - 1)
    whole = begun if line[len(begun)].isspace() else re.sub(r"\s\S*$", "", begun)
    return (whole if units(whole) * 2 > most else begun).rstrip(_LETTERS_OF_AN_END) + "…"


def _begun(line: str, most: int) -> str:
    """As many whole characters, as readers see them, as go into `most` units."""
    import regex

    end = used = 0
    for cluster in regex.finditer(r"\X", line):
        used += units(cluster[0])
        if used > most:
            break
        end = cluster.end()
    return line[:end]
