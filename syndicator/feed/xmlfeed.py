"""The text of an RSS or Atom document → entries, through feedparser.

feedparser is handed our own text, decoded and mended, and nothing to fetch: as a stream, because a string it might take
for a file name or an address. What it loses comes from `extras`; what it guesses (types of RSS texts) is not asked.
"""

import io
from calendar import timegm
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from syndicator.feed import dates
from syndicator.feed.bodies import as_html, from_plain
from syndicator.feed.document import Channel, Entry, NotAFeed
from syndicator.feed.extras import Extra, extras_of
from syndicator.feed.links import absolute
from syndicator.feed.markup import declares_entities, mended, shape
from syndicator.feed.text import one_line
from syndicator.feed.titles import unmarked
from syndicator.post import Image

_HTML = ("text/html", "application/xhtml+xml")


def read(text: str, url: str) -> Channel:
    """Raises NotAFeed, whatever stands in the text."""
    if declares_entities(text):
        raise NotAFeed("the document declares its own entities (<!ENTITY …>); no feed needs them, and attacks do")
    text = mended(text)
    try:
        return _channel(_parsed(text, url), text, url)
    except NotAFeed:
        raise
    except Exception as error:  # fuzzing finds TypeError, KeyError, ValueError, IndexError, and surely not all
        raise NotAFeed(f"the document could not be parsed ({type(error).__name__})") from error


def _parsed(text: str, url: str) -> Any:
    import feedparser

    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    return feedparser.parse(
        io.BytesIO(text.encode()), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _channel(parsed: Any, text: str, url: str) -> Channel:
    if not parsed.get("version") and not parsed.entries:
        raise NotAFeed("the document is neither RSS, Atom nor JSON Feed")
    form = shape(text)
    found = parsed.entries if form.closed else parsed.entries[: form.ended]
    extras = extras_of(text, url)
    extras += [Extra()] * (len(found) - len(extras))
    read_entry = _Reader(parsed, url)
    return Channel(
        entries=tuple(read_entry(entry, extra) for entry, extra in zip(found, extras, strict=False)),
        title=one_line(unmarked(parsed.feed.get("title") or "")),
        home=read_entry.home,
        language=read_entry.language,
        partial=not form.closed,
        declared=max(form.begun, len(parsed.entries)),
    )


class _Reader:
    """Reads entries with what their feed says in mind."""

    def __init__(self, parsed: Any, url: str) -> None:
        self.url = url
        self.atom = str(parsed.get("version", "")).startswith("atom")
        self.home = absolute(parsed.feed.get("link"), url)
        self.language = parsed.feed.get("language") or None
        self.author = self._author(parsed.feed)
        self.hosts = {_host(self.home), _host(url)} - {""}

    def __call__(self, entry: Any, extra: Extra) -> Entry:
        guid = extra.guid or (entry.get("id") or "").strip() or None
        link, external = self._links(entry, extra)
        content, summary = self._content(entry), self._html(entry.get("summary") or "", entry.get("summary_detail"))
        if extra.words is not None:
            content, summary = (as_html(words) for words in extra.words)
        detail = entry.get("title_detail") or {}
        return Entry(
            guid=guid,
            link=link,
            external=external,
            title=entry.get("title") or "",
            literal_title=self.atom and detail.get("type") == "text/plain",
            body=content or summary or as_html(extra.markdown),
            summary=summary if content else "",
            published=_date(entry, "published") or _date(entry, "created"),
            updated=_date(entry, "updated"),
            tags=tuple(_tags(entry)),
            images=(*extra.images, *_enclosed(entry, self.url)),
            thumbnails=tuple(_thumbnails(entry, self.url)),
            language=_language(entry) or self.language,
            author=self._author(entry) or self.author,
            base=extra.base,
        )

    def _links(self, entry: Any, extra: Extra) -> tuple[str | None, str | None]:
        """The permalink, and the page that a link post is about.

        RSS link blogs put the page elsewhere into `link` and their own page into a permanent guid; that shows by the
        hosts, while a feed whose blog has moved shows the old host in its guids only.
        """
        link = entry.get("feedburner_origlink") or self._alternate(entry) or entry.get("link") or None
        guid = absolute(extra.guid, None) if extra.permalink and not self.atom else None
        if guid is None or link is None:
            return link or guid, None
        elsewhere = _host(absolute(link, self.url)) not in self.hosts and _host(guid) in self.hosts
        return (guid, link) if elsewhere else (link, None)

    def _alternate(self, entry: Any) -> str | None:
        if not self.atom:
            return None
        alternates = [link for link in entry.get("links", ()) if link.get("rel") == "alternate" and link.get("href")]
        pages = [link for link in alternates if link.get("type", "text/html") in _HTML]
        return next((link["href"] for link in pages or alternates), None)

    def _content(self, entry: Any) -> str:
        readable = [c for c in entry.get("content", ()) if c.get("value") and self._is_text(c)]
        readable.sort(key=lambda c: c.get("type") not in _HTML)
        return next((self._html(c["value"], c) for c in readable if c["value"].strip()), "")

    def _is_text(self, content: Any) -> bool:
        return "src" not in content and str(content.get("type", "")).startswith(("text/", "application/xhtml"))

    def _author(self, element: Any) -> str | None:
        """RSS has one text, which feedparser takes apart wrongly when the address ends in a newer domain."""
        name = (element.get("author_detail") or {}).get("name")
        return (name if self.atom else None) or element.get("author") or name or None

    def _html(self, value: str, detail: Any) -> str:
        """RSS texts are HTML; feedparser guesses, and mixes up the types of several elements."""
        literal = self.atom and (detail or {}).get("type") == "text/plain"
        return from_plain(value) if literal else as_html(value)


def _date(entry: Any, name: str) -> datetime | None:
    """Our own reading first; feedparser's for the languages and notations that only it knows."""
    if name not in entry:
        return None
    written = entry[name] or ""
    found = dates.when(written)
    parsed = entry.get(f"{name}_parsed")
    if found is not None or parsed is None or dates.is_strict(written) or parsed[0] < 1990:
        return found
    return dates.believable(datetime.fromtimestamp(timegm(parsed), UTC))


def _tags(entry: Any) -> list[str]:
    """Blogger marks entries with their kind by a category of its own scheme."""
    tags = [tag for tag in entry.get("tags", ()) if not str(tag.get("scheme") or "").endswith("kind")]
    return [str(tag.get("label") or tag.get("term") or "") for tag in tags]


def _enclosed(entry: Any, url: str) -> list[Image]:
    links = [link for link in entry.get("links", ()) if link.get("rel") == "enclosure"]
    return _images((link.get("href") for link in links if str(link.get("type", "")).startswith("image/")), url)


def _thumbnails(entry: Any, url: str) -> list[Image]:
    named = [thumbnail.get("url") for thumbnail in entry.get("media_thumbnail", ())]
    return _images([*named, (entry.get("image") or {}).get("href")], url)


def _images(addresses: Any, url: str) -> list[Image]:
    found = (absolute(address, url) for address in addresses)
    return [Image(address, lead=True) for address in found if address is not None]


def _language(entry: Any) -> str | None:
    details = [*entry.get("content", ()), entry.get("title_detail") or {}]
    said = [entry.get("language"), *(detail.get("language") for detail in details)]
    return next((language for language in said if language), None)


def _host(url: str | None) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.") if url else ""
