"""What feedparser found of one entry of an RSS or Atom feed → an Entry. Pure.

What feedparser loses comes from `extras`; what it guesses (types of RSS texts) is not asked.
"""

from calendar import timegm
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from syndicator.feed import dates
from syndicator.feed.bodies import as_html, from_markdown, from_plain
from syndicator.feed.document import Entry
from syndicator.feed.extras import Extra
from syndicator.feed.links import absolute
from syndicator.post import Image

_HTML = ("text/html", "application/xhtml+xml")


class Reader:
    """Reads entries with what their feed says in mind."""

    def __init__(self, feed: Any, version: str, url: str) -> None:
        self.url = url
        self.atom = version.startswith("atom")
        self.home = absolute(feed.get("link"), url)
        self.language = feed.get("language") or None
        self.author = self._author(feed)
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
            body=content or summary or from_markdown(extra.markdown),
            summary=summary if content else "",
            published=_date(entry, "published") or _date(entry, "created"),
            updated=_date(entry, "updated"),
            tags=tuple(_tags(entry)),
            images=(*extra.images, *_enclosed(entry, self.url)),
            thumbnails=tuple(_thumbnails(entry, self.url)),
            language=_language(entry) or self.language,
            author=self._author(entry) or self.author,
            base=extra.base,
            markdown=extra.markdown,
            posse=extra.posse,
        )

    def _links(self, entry: Any, extra: Extra) -> tuple[str | None, str | None]:
        """The permalink, and the page that a link post is about.

        RSS link blogs put the page elsewhere into `link` and their own page into a permanent guid; that shows by the
        hosts, while a feed whose blog has moved shows the old host in its guids only.
        """
        link = entry.get("feedburner_origlink") or self._alternate(entry) or None
        guid = absolute(extra.guid, None) if extra.permalink or self.atom else None
        if guid is None or link is None or self.atom:
            return link or guid, None
        elsewhere = _host(absolute(link, self.url)) not in self.hosts and _host(guid) in self.hosts
        return (guid, link) if elsewhere else (link, None)

    def _alternate(self, entry: Any) -> str | None:
        """What the entry names as its page, a web page before other kinds; a link that feedparser made of the guid is
        not among them."""
        alternates = [link for link in entry.get("links", ()) if link.get("rel") == "alternate" and link.get("href")]
        pages = [link for link in alternates if link.get("type", "text/html") in _HTML]
        if not self.atom and alternates:
            return str(entry.get("link") or alternates[0]["href"])
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
    details = [*entry.get("content", ()), *(entry.get(name) or {} for name in ("summary_detail", "title_detail"))]
    said = [entry.get("language"), *(detail.get("language") for detail in details)]
    return next((language for language in said if language), None)


def _host(url: str | None) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.") if url else ""
