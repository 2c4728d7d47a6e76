"""An entry as its format says it → a Post: every rule that does not depend on the format. Pure.

Texts become NFC and lose their control characters, addresses become absolute, titles and kinds are judged, bodies are
sanitised. What a rule takes away is what an engine added, never what an author wrote.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import islice

from syndicator.feed.bodies import without_tail
from syndicator.feed.document import Entry
from syndicator.feed.images import images_of
from syndicator.feed.links import for_readers, page_base
from syndicator.feed.rewrite import LARGEST_BODY, settle
from syndicator.feed.text import clean, fold, one_line, without_controls
from syndicator.feed.titles import title_of
from syndicator.feed.wishes import wishes_of
from syndicator.post import Image, Kind, Post

MOST_TAGS = 30
LONGEST_TITLE = 1_000  # characters; what is longer is no title, and no network takes it
LONGEST_TAG = 200
LONGEST_GUID = 2_000
FARTHEST = timedelta(days=730)  # ahead of now; a date beyond it is a mistake, or a pin to keep a post on top
_LONGEST_SUMMARY = 50_000
_FEW_WORDS = 80  # characters beside a picture that is the post
_NO_TAG = {"uncategorized", "uncategorised"}
_LANGUAGE = re.compile(r"([a-z]{2,3})((?:-[a-z0-9]{2,8})*)", re.IGNORECASE)
_MAIL_AND_NAME = re.compile(r"\S+@\S+\s*\((.+)\)|(.+?)\s*[(<]\S+@\S+[)>]")


def posts_from(entries: Iterable[Entry], url: str, now: datetime) -> tuple[tuple[Post, ...], tuple[str, ...]]:
    """The posts, and a sentence for each entry over which a rule of ours stumbled: it costs nothing but itself."""
    posts: list[Post] = []
    lost: list[str] = []
    for entry in entries:
        try:
            posts.append(post_from(entry, url, now))
        except MemoryError:
            raise
        except Exception as error:
            lost.append(f"the post {_called(entry)} was left out ({type(error).__name__})")
    return tuple(posts), tuple(lost)


def remarks_on(entries: Iterable[Entry], now: datetime) -> tuple[str, ...]:
    """What the owner should know of entries that will be posts all the same."""
    said = []
    for entry in entries:
        dated = entry.published or entry.updated
        if len(entry.body) > LARGEST_BODY:
            said.append(f"only the first {LARGEST_BODY:,} characters of the post {_called(entry)} were read")
        if dated is not None and dated > now + FARTHEST:
            said.append(f"the post {_called(entry)} is dated {dated:%Y-%m-%d}, too far ahead to be waited for")
    return tuple(said)


def _called(entry: Entry) -> str:
    return one_line(entry.link or entry.guid or entry.title)[:200]


def post_from(entry: Entry, url: str, now: datetime) -> Post:
    """`url` is the address of the feed."""
    link = for_readers(entry.link, entry.base or url)
    base = entry.base or page_base(link, url)
    body, pictures = settle(clean(entry.body), base, link)
    html, text = _sanitised(body)
    text = without_tail(text)
    title = title_of(entry.title, literal=entry.literal_title, body=html, text=text, link=link)[:LONGEST_TITLE]
    external = for_readers(entry.external, url)
    wishes, tags = wishes_of(entry.posse, entry.tags, base)
    return Post(
        guid=_guid(entry.guid),
        link=link,
        title=title,
        html=html,
        text=text,
        summary=_summary(entry, base, text),
        published=_bounded(entry.published or entry.updated, now),
        updated=_bounded(entry.updated, now),
        tags=_tags(tags),
        images=images_of(entry.images, pictures) or images_of(entry.thumbnails, ()),
        language=language_tag(entry.language),
        author=_author(entry.author),
        kind=_kind(title, external, pictures, text),
        external_link=external,
        wishes=wishes,
        markdown=clean(entry.markdown)[:LARGEST_BODY],
    )


def language_tag(said: str | None) -> str | None:
    """BCP 47 in its usual spelling, `pt-BR`; None for what is no language."""
    found = _LANGUAGE.fullmatch((said or "").strip().replace("_", "-"))
    if found is None or found[1].lower() in ("und", "mul", "zxx"):
        return None
    return "-".join([found[1].lower(), *(_subtag(part) for part in found[2].split("-")[1:])])


def _sanitised(html: str) -> tuple[str, str]:
    from syndicator.render.plain import sanitise, to_text

    safe = without_controls(sanitise(html))
    return safe, clean(to_text(safe))


def _guid(said: str | None) -> str | None:
    """As it is written. One of no reasonable length is known by its beginning and a digest of the whole."""
    guid = one_line(said or "")
    if len(guid) > LONGEST_GUID:
        guid = f"{guid[:200]}…{hashlib.sha256(guid.encode()).hexdigest()}"
    return guid or None


def _bounded(moment: datetime | None, now: datetime) -> datetime | None:
    """A date beyond all plans stays in the future, where guards see it, and does not move from one day to the next."""
    return moment if moment is None or moment <= now + FARTHEST else datetime(now.year + 1, 12, 31, tzinfo=UTC)


def _summary(entry: Entry, base: str, text: str) -> str:
    if not entry.summary.strip() or entry.summary.strip() == entry.body.strip():
        return ""
    _, summary = _sanitised(settle(clean(entry.summary[:_LONGEST_SUMMARY]), base)[0])
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
    for tag in (one_line(unescape(tag[:1000])) for tag in islice(said, 1000)):
        if 0 < len(tag) <= LONGEST_TAG and tag.casefold() not in _NO_TAG:
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
