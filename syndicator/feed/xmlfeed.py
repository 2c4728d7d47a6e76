"""The text of an RSS or Atom document → entries, through feedparser.

feedparser is handed our own text, decoded and mended, and nothing to fetch: as a stream, because a string it might take
for a file name or an address. A document that is well-formed is read as a whole; any other one entry by entry, so that
neither a stray ampersand nor an entry over which feedparser stumbles costs more than itself.
"""

import io
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from syndicator.feed.document import MOST_POSTS, Channel, NotAFeed, Push
from syndicator.feed.extras import Extra, Extras, extras_of
from syndicator.feed.links import absolute
from syndicator.feed.markup import kept_prefixes, mended, without_foreign
from syndicator.feed.outline import Outline, date_of, guid_of, outline, without
from syndicator.feed.text import one_line
from syndicator.feed.titles import unmarked
from syndicator.feed.window import remark_on, window
from syndicator.feed.xmlentry import Reader

_LARGEST_PREFACE = 2_000_000  # characters of a document without any entry
_MOST_HUBS = 5
_LONGEST_TTL = 60 * 24 * 7  # minutes


@dataclass(slots=True)
class _Sheet:
    """What was read of a document: feedparser's words for the feed and for each entry, and what they lack."""

    version: str
    feed: Any
    entries: list[tuple[Any, Extra]]
    extras: Extras
    lost: Counter[str] = field(default_factory=Counter)  # by what went wrong
    trimmed: Counter[str] = field(default_factory=Counter)


def read(text: str, url: str) -> Channel:
    """Raises NotAFeed, whatever stands in the text."""
    text = mended(text)
    form = outline(text)
    if not form.begun and len(text) > _LARGEST_PREFACE:
        raise NotAFeed(f"the document goes on for {len(text):,} characters without any post")
    whole = len(form.spans)
    published = [date_of(text[start:end]) for start, end in form.spans] if whole > MOST_POSTS else [None] * whole
    if whole > MOST_POSTS:
        text, form = _shortened(text, form, set(window(published)))
    sheet = _as_a_whole(text, url, form) or _one_by_one(text, url, form)
    if not sheet.version and not sheet.entries:
        raise NotAFeed("the document is neither RSS, Atom nor JSON Feed")
    return _channel(sheet, form, url, omitted=max(0, whole - MOST_POSTS), remarks=remark_on(published))


def _shortened(text: str, form: Outline, kept: set[int]) -> tuple[str, Outline]:
    text = without(text, (span for i, span in enumerate(form.spans) if i not in kept))
    return text, outline(text)


def _as_a_whole(text: str, url: str, form: Outline) -> _Sheet | None:
    """None when anything is in doubt: the mark-up, the number of entries, or feedparser's patience."""
    extras = extras_of(text, url)
    if extras.fault is not None:
        return None
    try:
        parsed = _parsed(text, url)
    except MemoryError:
        raise
    except Exception:  # fuzzing finds TypeError, KeyError, ValueError, IndexError, and surely not all
        return None
    if parsed.bozo or not form.begun == len(form.spans) == len(parsed.entries) == len(extras.entries):
        return None
    pairs = list(zip(parsed.entries, extras.entries, strict=True))
    return _Sheet(str(parsed.get("version") or ""), parsed.feed, pairs, extras)


def _one_by_one(text: str, url: str, form: Outline) -> _Sheet:
    """Raises NotAFeed when not even what stands around the entries can be read."""
    kept = kept_prefixes(text)
    frame = without(text, iter(form.spans))
    lost: Counter[str] = Counter()
    around = _tried(frame, url, kept, lost, Counter())
    if around is None:
        raise NotAFeed(f"the document could not be parsed ({', '.join(lost)})")
    sheet = _Sheet(str(around.get("version") or ""), around.feed, [], extras_of(text, url))
    for start, end in form.spans:
        apart = f"{form.opened}{text[start:end]}{form.ending}"
        found = _tried(apart, url, kept, sheet.lost, sheet.trimmed)
        if found is not None and found.entries:
            sheet.version = sheet.version or str(found.get("version") or "")
            extras = extras_of(apart, url)
            is_whole = extras.fault is None and extras.entries
            sheet.entries.append((found.entries[0], extras.entries[0] if is_whole else Extra(guid_of(text[start:end]))))
    return sheet


def _tried(text: str, url: str, kept: frozenset[str], lost: Counter[str], trimmed: Counter[str]) -> Any:
    """feedparser's answer, if need be without the elements of vocabularies that are not needed here."""
    for attempt in (text, without_foreign(text, kept)):
        try:
            parsed = _parsed(attempt, url)
        except MemoryError:
            raise
        except Exception as error:
            reason = type(error).__name__
        else:
            trimmed.update([reason] if attempt is not text else [])
            return parsed
    lost[reason] += 1
    return None


def _parsed(text: str, url: str) -> Any:
    import feedparser

    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    return feedparser.parse(
        io.BytesIO(text.encode()), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _channel(sheet: _Sheet, form: Outline, url: str, *, omitted: int, remarks: tuple[str, ...]) -> Channel:
    read_entry = Reader(sheet.feed, sheet.version, url)
    entries = tuple(read_entry(entry, extra) for entry, extra in sheet.entries)
    return Channel(
        entries=entries,
        title=one_line(unmarked(sheet.feed.get("title") or "")),
        home=read_entry.home,
        language=read_entry.language,
        partial=not form.closed,
        declared=form.begun + omitted,
        omitted=omitted + len(form.spans) - len(entries),
        deleted=sheet.extras.deleted,
        remarks=(*remarks, *_remarks(sheet)),
        push=_push(sheet.feed, url),
        ttl=_ttl(sheet.feed.get("ttl")),
    )


def _remarks(sheet: _Sheet) -> list[str]:
    said = []
    if sheet.extras.fault is not None:
        said.append(f"the document is not well-formed XML ({sheet.extras.fault}); each post was read by itself")
    if sheet.trimmed:
        said.append(
            f"in {_posts(sheet.trimmed)} the elements of other vocabularies were left out, because something among "
            f"them cannot be read ({', '.join(sheet.trimmed)})"
        )
    if sheet.lost:
        said.append(f"{_posts(sheet.lost)} could not be read ({', '.join(sheet.lost)})")
    return said


def _posts(counted: Counter[str]) -> str:
    return "1 post" if counted.total() == 1 else f"{counted.total():,} posts"


def _push(feed: Any, url: str) -> Push:
    links = [(str(link.get("rel")), absolute(link.get("href"), url)) for link in feed.get("links", ())]
    hubs = dict.fromkeys(href for rel, href in links if rel == "hub" and href is not None)
    return Push(
        hubs=tuple(hubs)[:_MOST_HUBS],
        topic=next((href for rel, href in links if rel == "self"), None),
        cloud=_cloud(feed.get("cloud") or {}),
    )


def _cloud(said: Any) -> str | None:
    """https://www.rssboard.org/rsscloud-interface; the other protocols need what nobody runs any more."""
    host, port, path = (str(said.get(name) or "").strip() for name in ("domain", "port", "path"))
    if said.get("protocol") != "http-post" or not host:
        return None
    return absolute(f"{'https' if port == '443' else 'http'}://{host}:{port or 80}/{path.lstrip('/')}", None)


def _ttl(said: Any) -> timedelta | None:
    text = str(said or "").strip()
    minutes = int(text) if text.isdecimal() and len(text) < 9 else 0
    return timedelta(minutes=minutes) if 0 < minutes <= _LONGEST_TTL else None
