"""The text of a JSON Feed 1.0 or 1.1 → entries. Half a document is no document: invalid JSON is refused whole."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syndicator.feed import dates
from syndicator.feed.bodies import as_html, from_plain
from syndicator.feed.document import MOST_POSTS, Channel, Entry, NotAFeed, Push
from syndicator.feed.images import alt_of
from syndicator.feed.links import absolute
from syndicator.feed.text import one_line
from syndicator.feed.window import remark_on, window
from syndicator.post import Image

_VERSION = "jsonfeed.org/version/"
_MOST_HUBS = 5


def read(text: str, url: str) -> Channel:
    """Raises NotAFeed."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAFeed("the document begins like JSON, but is damaged or cut off") from error
    if not isinstance(feed, dict) or _VERSION not in _string(feed, "version"):
        raise NotAFeed("the document is JSON, but not a JSON Feed")
    items = [item for item in _list(feed, "items") if isinstance(item, dict)]
    language, author = _string(feed, "language") or None, _author(feed)
    published = [_date_of(item) for item in items] if len(items) > MOST_POSTS else [None] * len(items)
    kept = window(published)
    found = [_entry(items[i], url, language, author) for i in kept]
    return Channel(
        entries=tuple(entry for entry in found if entry is not None),
        title=one_line(_string(feed, "title")),
        home=absolute(_string(feed, "home_page_url"), url),
        language=language,
        partial=False,
        declared=len(items),
        omitted=len(items) - len(kept),
        remarks=(*remark_on(published), *_nameless(found)),
        push=_push(feed, url),
        expired=feed.get("expired") is True,
    )


def _nameless(found: Sequence[Entry | None]) -> list[str]:
    lost = sum(entry is None for entry in found)
    unnamed = sum(entry is not None and entry.guid is None for entry in found)
    said = [(lost, "neither an id nor an address and cannot be told from others")]
    said += [(unnamed, "no id, which the format asks for, and will be new to us whenever the address changes")]
    return [f"{'1 post has' if number == 1 else f'{number} posts have'} {what}" for number, what in said if number]


def _push(feed: dict[str, Any], url: str) -> Push:
    hubs = [hub for hub in _list(feed, "hubs") if isinstance(hub, dict)]
    found = [absolute(_string(hub, "url"), url) for hub in hubs if _string(hub, "type").lower() == "websub"]
    return Push(tuple(filter(None, found))[:_MOST_HUBS], absolute(_string(feed, "feed_url"), url))


def _date_of(item: dict[str, Any]) -> datetime | None:
    return dates.when(_string(item, "date_published")) or dates.when(_string(item, "date_modified"))


def _entry(item: dict[str, Any], url: str, language: str | None, author: str | None) -> Entry | None:
    """None for an item without any name. The specification drops all that lack an id; some feeds have none at all, and
    their items have addresses."""
    guid, external = _identifier(item.get("id")), absolute(_string(item, "external_url"), url)
    link = absolute(_string(item, "url"), url) or absolute(guid, None) or (None if guid else external)
    if guid is None and link is None:
        return None
    summary, html = _string(item, "summary"), _string(item, "content_html")
    body = as_html(html) if html.strip() else from_plain(_string(item, "content_text"))
    return Entry(
        guid=guid,
        link=link,
        external=external,
        title=_string(item, "title"),
        literal_title=True,
        body=body or from_plain(summary),
        summary=from_plain(summary) if body else "",
        published=dates.when(_string(item, "date_published")),
        updated=dates.when(_string(item, "date_modified")),
        tags=tuple(tag for tag in _list(item, "tags") if isinstance(tag, str)),
        images=tuple(_images(item, url)),
        language=_string(item, "language") or language,
        author=_author(item) or author,
        posse=json.dumps(item["_posse"]) if isinstance(item.get("_posse"), dict) else "",
    )


def _identifier(value: Any) -> str | None:
    """Ids are strings; numbers are common, and 2.0 is the 2 of a programme that knows no integers."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value).strip() or None


def _images(item: dict[str, Any], url: str) -> list[Image]:
    attached = [a for a in _list(item, "attachments") if isinstance(a, dict)]
    pictures = [a for a in attached if _string(a, "mime_type").startswith("image/")]
    named = [(_string(item, name), "") for name in ("image", "banner_image")]
    named += [(_string(picture, "url"), _string(picture, "title")) for picture in pictures]
    found = [(absolute(address, url), words) for address, words in named]
    return [Image(address, alt_of(words), lead=True) for address, words in found if address is not None]


def _author(element: dict[str, Any]) -> str | None:
    """Version 1.1 has a list, 1.0 had one."""
    authors = [a for a in (*_list(element, "authors"), element.get("author")) if isinstance(a, dict)]
    return next((name for a in authors if (name := _string(a, "name"))), None)


def _string(element: dict[str, Any], name: str) -> str:
    value = element.get(name)
    return value if isinstance(value, str) else ""


def _list(element: dict[str, Any], name: str) -> list[Any]:
    value = element.get(name)
    return value if isinstance(value, list) else []
