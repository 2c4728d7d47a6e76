"""The text of a JSON Feed 1.0 or 1.1 → entries. Half a document is no document: invalid JSON is refused whole."""

import json
from typing import Any

from syndicator.feed import dates
from syndicator.feed.bodies import as_html, from_plain
from syndicator.feed.document import Channel, Entry, NotAFeed
from syndicator.feed.images import alt_of
from syndicator.feed.links import absolute
from syndicator.feed.text import one_line
from syndicator.post import Image

_VERSION = "jsonfeed.org/version/"


def read(text: str, url: str) -> Channel:
    """Raises NotAFeed."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAFeed("the document begins like JSON, but is damaged or cut off") from error
    if not isinstance(feed, dict) or _VERSION not in _string(feed, "version"):
        raise NotAFeed("the document is JSON, but not a JSON Feed")
    items = feed.get("items")
    items = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    language, author = _string(feed, "language") or None, _author(feed)
    found = [_entry(item, url, language, author) for item in items]
    return Channel(
        entries=tuple(entry for entry in found if entry is not None),
        title=one_line(_string(feed, "title")),
        home=absolute(_string(feed, "home_page_url"), url),
        language=language,
        partial=False,
        declared=len(items),
    )


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
