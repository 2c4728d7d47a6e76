"""The text of a web page with h-entry mark-up → entries, through mf2py.

A page is read this way only when its owner says so: a captive portal, too, is a web page. One without any h-entry is
an error, never an empty feed. mf2py is handed mark-up that the sanitiser has repaired, as browsers would: html5lib
takes half a minute for a tag with many attributes, html.parser as long for unclosed comments, the sanitiser neither;
what it leaves is well-formed, so that the quick parser reads it right.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape, unescape
from typing import Any
from urllib.parse import urlsplit

from syndicator.feed import dates
from syndicator.feed.document import MOST_POSTS, Channel, Entry, NotAFeed
from syndicator.feed.images import alt_of
from syndicator.feed.links import absolute
from syndicator.feed.text import fold, one_line
from syndicator.post import Image

NO_ENTRIES = "the page holds no post that is marked up as h-entry"
_HEAD = 100_000  # characters in which `html`, `base` and `title` are looked for
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|template|svg)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_OPENING = {name: re.compile(rf"<{name}(\s[^<>]{{0,4000}})?>", re.IGNORECASE) for name in ("html", "base", "body")}
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,1000})", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z:-]{1,30})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_CUSTOM = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*-[a-zA-Z0-9-]{1,40})[\s>]")
_UNFINISHED = re.compile(r"<[a-zA-Z/!][^<>]*\Z")
_TAGS = (
    "a abbr address area article aside audio b bdi bdo big blockquote body br button caption center cite code col "
    "colgroup data dd del details dfn div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 "
    "header hgroup hr i img input ins kbd label legend li link main map mark nav object ol output p picture pre q "
    "rp rt ruby s samp search section small source span strike strong sub summary sup table tbody td tfoot th thead "
    "time tr tt u ul var video wbr"
)
_ATTRIBUTES = (
    "class id href src srcset alt title value datetime data lang cite poster width height start type rel aria-label "
    "colspan rowspan data-src data-lazy-src data-original"
)
_DROPPED_WHOLE = {"script", "style", "template", "svg", "math", "noscript", "iframe", "title", "textarea", "select"}
_ALSO_ON = 60  # characters around links to copies that are there only to introduce them
_SELF = ("like-of", "repost-of", "rsvp")  # gestures at another page, not posts


def read(text: str, url: str) -> Channel:
    """Raises NotAFeed, whatever stands in the text."""
    try:
        items, base = _items(text, url)
        found = _entries_of(items)
        entries = [_entry(item, base, url) for item in found[:MOST_POSTS]]
    except RecursionError as error:
        raise NotAFeed("the page is nested too deeply") from error
    except Exception as error:  # mf2py and BeautifulSoup promise nothing about what they raise
        raise NotAFeed(f"the page could not be parsed ({type(error).__name__})") from error
    if not found:
        raise NotAFeed(NO_ENTRIES)
    return Channel(
        entries=tuple(entry for entry in entries if entry is not None),
        title=_title(items, text),
        home=url,
        language=_attributes("html", text).get("lang"),
        partial=_UNFINISHED.search(text[-5000:]) is not None,
        declared=len(found),
        omitted=max(0, len(found) - MOST_POSTS),
    )


def _items(text: str, url: str) -> tuple[list[dict[str, Any]], str]:
    """What mf2py finds in the page, and the address that its own addresses start at."""
    import mf2py
    from bs4 import BeautifulSoup

    base = absolute(_attributes("base", text).get("href"), url) or url
    soup = BeautifulSoup(_well_formed(text), "html.parser")
    for content in soup.select(".e-content"):
        _without_copies(content)
    for nowhere in soup.select("a.u-url:not([href])"):  # its words would be taken for the address
        del nowhere["class"]
    return mf2py.parse(doc=soup, url=base)["items"], base


def _well_formed(text: str) -> str:
    """The page with every tag closed, without scripts, and with what its `html` and `body` tags say."""
    import nh3

    from syndicator.render.nesting import bounded

    custom = {name.lower() for name in _CUSTOM.findall(text[:1_000_000])}
    inner = nh3.clean(
        bounded(_HIDDEN.sub("", text)),
        tags={*_TAGS.split(), *sorted(custom)[:50]},
        clean_content_tags=_DROPPED_WHOLE,
        attributes={"*": set(_ATTRIBUTES.split()) - {"rel"}, "a": {"rel"}},
        url_schemes={"http", "https", "mailto", "data", "tag", "urn"},
        link_rel=None,
    )
    said = {name: _attributes(name, text) for name in ("html", "body")}
    opening = "".join(f"<{name}{_written(attributes)}>" for name, attributes in said.items())
    return f"{opening}{inner}</body></html>"


def _attributes(name: str, text: str) -> dict[str, str]:
    """Of the first such tag; the sanitiser knows pages without head and body only."""
    found = _OPENING[name].search(_HIDDEN.sub("", text[:_HEAD]))
    said = _ATTRIBUTE.finditer(found[1] or "") if found is not None else ()
    return {a[1].lower(): unescape(a[2] or a[3] or a[4] or "") for a in said}


def _written(attributes: dict[str, str]) -> str:
    return "".join(f' {n}="{escape(v)}"' for n, v in attributes.items() if n in ("lang", "class"))


def _without_copies(content: Any) -> None:
    """Links to the copies of a post are no words of it; nor is a line that only introduces them."""
    for link in content.select(".u-syndication"):
        around = link.parent
        link.decompose()
        while around is not None and around is not content and _introduces(around):
            emptied, around = around, around.parent
            emptied.decompose()


def _introduces(element: Any) -> bool:
    """Whether nothing is left but a few words and no other link or picture."""
    return len(element.get_text(" ", strip=True)) <= _ALSO_ON and element.find(["a", "img", "video"]) is None


def _entries_of(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries of the first h-feed that has any; on a page without one, all that stand by themselves."""
    flat = list(_walk(items))
    for item in flat:
        if "h-feed" in item["type"] and (inside := [e for e in _walk(item.get("children", ())) if _is_entry(e)]):
            return inside
    return [item for item in flat if _is_entry(item)]


def _walk(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Items and what they contain; what an entry contains belongs to it: comments, quotations, its author."""
    for item in items:
        yield item
        if not _is_entry(item):
            yield from _walk(item.get("children", ()))


def _is_entry(item: dict[str, Any]) -> bool:
    return "h-entry" in item["type"]


def _entry(item: dict[str, Any], base: str, url: str) -> Entry | None:
    """None for what has nothing to say of its own."""
    said: dict[str, list[Any]] = item["properties"]
    content = next((c for c in said.get("content", ()) if isinstance(c, dict) and c.get("html")), None)
    body = str(content["html"]) if content else _paragraph(_first(said, "content"))
    words = str(content.get("value") or "") if content else _first(said, "content")
    name, images = _name(_first(said, "name"), words), tuple(_images(said, base))
    if not (name or words.strip() or images or "<img" in body) or (not words.strip() and any(s in said for s in _SELF)):
        return None
    summary = _first(said, "summary")
    return Entry(
        guid=one_line(_first(said, "uid")) or None,
        link=_link(said, item, base, url),
        external=absolute(_first(said, "bookmark-of"), base),
        title=name,
        literal_title=True,
        body=body or _paragraph(summary),
        summary=_paragraph(summary) if body else "",
        published=dates.when(_first(said, "published")),
        updated=dates.when(_first(said, "updated")),
        tags=tuple(filter(None, (one_line(_text(tag)) for tag in said.get("category", ())))),
        images=images,
        language=(content or {}).get("lang") or item.get("lang"),
        author=_author(said),
        base=base,
    )


def _name(name: str, words: str) -> str:
    """A note has a name too, made from its words: by its author's template (`p-name e-content`), or by the parser,
    which takes all the text there is."""
    folded, text = fold(name), fold(words)
    made_up = folded == text or (len(text) >= 10 and text in folded)
    return "" if made_up else one_line(name)


def _link(said: dict[str, list[Any]], item: dict[str, Any], base: str, url: str) -> str | None:
    """The page of the entry: of several addresses the one on this site; else the place on this page."""
    named = [found for value in said.get("url", ()) if (found := absolute(_text(value), base)) is not None]
    here = urlsplit(url).hostname
    if named:
        return next((link for link in named if urlsplit(link).hostname == here), named[0])
    uid = absolute(_first(said, "uid"), None)
    anchor = str(item.get("id") or "")
    return uid or (absolute(f"#{anchor}", url) if anchor else None)


def _images(said: dict[str, list[Any]], base: str) -> Iterator[Image]:
    for value in (*said.get("featured", ()), *said.get("photo", ())):
        found = absolute(_text(value), base)
        if found is not None:
            yield Image(found, alt_of(str(value.get("alt") or "")) if isinstance(value, dict) else "", lead=True)


def _author(said: dict[str, list[Any]]) -> str | None:
    for author in said.get("author", ()):
        names = author.get("properties", {}).get("name", ()) if isinstance(author, dict) else (author,)
        if name := next((one_line(_text(name)) for name in names if _text(name).strip()), None):
            return name
    return None


def _title(items: list[dict[str, Any]], text: str) -> str:
    feed = next((item for item in _walk(items) if "h-feed" in item["type"]), None)
    named = _first(feed["properties"], "name") if feed is not None else ""
    found = _TITLE.search(_HIDDEN.sub("", text[:_HEAD]))
    return one_line((named if 0 < len(named) <= 200 else "") or (unescape(found[1]) if found else ""))


def _first(said: dict[str, list[Any]], name: str) -> str:
    return next((text for value in said.get(name, ()) if (text := _text(value)).strip()), "")


def _text(value: Any) -> str:
    """Values are texts, or objects that have one: pictures with alt texts, embedded mark-up, nested items."""
    return str(value.get("value") or "") if isinstance(value, dict) else str(value)


def _paragraph(words: str) -> str:
    from syndicator.feed.bodies import from_plain

    return from_plain(words) if words.strip() else ""
