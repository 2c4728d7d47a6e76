"""An entry as its format says it → a Post: every rule that does not depend on the format. Pure.

Texts become NFC and lose their control characters, addresses become absolute, titles and kinds are judged, bodies are
sanitised. What a rule takes away is what an engine added, never what an author wrote.
"""

import re
from collections.abc import Iterable
from html import unescape

from syndicator.feed.bodies import without_tail
from syndicator.feed.document import Entry
from syndicator.feed.images import images_of, in_body
from syndicator.feed.links import for_readers, page_base
from syndicator.feed.rewrite import settle
from syndicator.feed.text import clean, fold, one_line
from syndicator.feed.titles import title_of
from syndicator.post import Image, Kind, Post

MOST_TAGS = 30
_FEW_WORDS = 80  # characters beside a picture that is the post
_NO_TAG = {"uncategorized", "uncategorised"}
_LANGUAGE = re.compile(r"([a-z]{2,3})((?:-[a-z0-9]{2,8})*)", re.IGNORECASE)
_MAIL_AND_NAME = re.compile(r"\S+@\S+\s*\((.+)\)|(.+?)\s*[(<]\S+@\S+[)>]")


def post_from(entry: Entry, url: str) -> Post:
    """`url` is the address of the feed."""
    link = for_readers(entry.link, entry.base or url)
    base = entry.base or page_base(link, url)
    body = settle(clean(entry.body), base, link)
    html, text = _sanitised(body)
    text = without_tail(text)
    pictures = in_body(body)
    title = title_of(entry.title, literal=entry.literal_title, body=html, text=text, link=link)
    external = for_readers(entry.external, url)
    return Post(
        guid=one_line(entry.guid or "") or None,
        link=link,
        title=title,
        html=html,
        text=text,
        summary=_summary(entry, base, text),
        published=entry.published or entry.updated,
        updated=entry.updated,
        tags=_tags(entry.tags),
        images=images_of(entry.images, pictures) or images_of(entry.thumbnails, ()),
        language=language_tag(entry.language),
        author=_author(entry.author),
        kind=_kind(title, external, pictures, text),
        external_link=external,
    )


def language_tag(said: str | None) -> str | None:
    """BCP 47 in its usual spelling, `pt-BR`; None for what is no language."""
    found = _LANGUAGE.fullmatch((said or "").strip().replace("_", "-"))
    if found is None or found[1].lower() in ("und", "mul", "zxx"):
        return None
    return "-".join([found[1].lower(), *(_subtag(part) for part in found[2].split("-")[1:])])


def _sanitised(html: str) -> tuple[str, str]:
    from syndicator.render.plain import sanitise, to_text

    safe = sanitise(html)
    return safe, clean(to_text(safe))


def _summary(entry: Entry, base: str, text: str) -> str:
    if not entry.summary.strip():
        return ""
    _, summary = _sanitised(settle(clean(entry.summary), base))
    summary = without_tail(summary)
    return "" if fold(summary) == fold(text) else summary


def _kind(title: str, external: str | None, pictures: tuple[Image, ...], text: str) -> Kind:
    if not title:
        return Kind.NOTE
    if external is not None:
        return Kind.LINK
    return Kind.PHOTO if len(pictures) == 1 and len(text) < _FEW_WORDS else Kind.ARTICLE


def _tags(said: Iterable[str]) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for tag in (one_line(unescape(tag)) for tag in said):
        if tag and tag.casefold() not in _NO_TAG:
            kept.setdefault(tag.casefold(), tag)
    return tuple(kept.values())[:MOST_TAGS]


def _author(said: str | None) -> str | None:
    """A name; RSS has an address there, with the name in brackets behind it at best."""
    name = one_line((said or "")[:100])
    if found := _MAIL_AND_NAME.fullmatch(name):
        name = (found[1] or found[2]).strip()
    return name if name and "@" not in name else None


def _subtag(part: str) -> str:
    if len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if len(part) == 2 else part.lower()
