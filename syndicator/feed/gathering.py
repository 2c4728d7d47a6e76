"""The pages of a blog's directory → the JSON Feed that the blog could have had.

Enters: which pages there are, with their stamps. Leaves: one document of the newest posts, as if it had been fetched,
so that nothing behind this knows of directories. A page counts for the post that names it as its address: lists,
archives and tag pages repeat posts whose own pages are there as well.

What was read of each page is kept in a file beside the ledger, so that only pages whose bytes have changed are parsed.
It is named after the state of the directory that the ledger has recorded: after a crash the same pages count as changed
again. Lost, it costs time and nothing else.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from syndicator.feed.document import MOST_POSTS, Document, NotAFeed
from syndicator.feed.identify import nurl
from syndicator.feed.place import BUSY, Stamp, Unusable, read_file
from syndicator.feed.text import as_h_feed
from syndicator.feed.version import READER
from syndicator.post import Post

Read = Callable[[bytes, str, str], Document]  # bytes, content type and address of a page; raises NotAFeed
_MARKED = re.compile(rb"\bh-?entry\b")
_INDEX = re.compile(r"(?:^|(?<=/))index\.x?html?$")
_KEPT = re.compile(r"[0-9a-f]{40}\.json")


@dataclass(slots=True)
class _Page:
    """What is known of one file. `items` None: they are older than the window, and were let go."""

    stamp: list[int]
    sha256: str
    dates: list[str]  # of its posts; empty for one without a date
    items: list[dict[str, Any]] | None
    astray: str = ""  # where the first post of a page claims to be that is not there


@dataclass(slots=True)
class Gathering:
    """Makes documents of one directory. `memory`: where it keeps what it has read; `known`: the state recorded last."""

    url: str
    memory: Path
    known: str | None
    read: Read
    skipped: list[str] = field(default_factory=list)  # pages that cannot be read, in sentences

    def __call__(self, root: Path, stamps: Mapping[str, Stamp], state: str) -> bytes:
        """Raises OSError, and Unusable when no page holds a post."""
        before = _remembered(self._file(self.known)) or _remembered(self._file(state))
        found = ((name, self._page(root, name, stamps[name], before.get(name))) for name in sorted(stamps))
        pages = {name: page for name, page in found if page is not None}
        chosen = _window(pages)
        if not chosen:
            raise _nothing(root, self.url, pages)
        for name in {name for name, _ in chosen if pages[name].items is None}:
            pages[name] = self._parsed(name, read_file(root / name), pages[name].stamp)
        items = [items[at] for name, at in chosen if (items := pages[name].items) and at < len(items)]
        self._keep(state, pages, {name for name, _ in chosen})
        feed = {"version": "https://jsonfeed.org/version/1.1", "home_page_url": self.url, "items": items}
        return json.dumps(feed).encode()

    def _page(self, root: Path, name: str, stamp: Stamp, before: _Page | None) -> _Page | None:
        """None for one that has gone since it was listed. One that is being written stays what it was."""
        seen = [stamp.size, stamp.written, stamp.changed]
        if stamp == BUSY:
            return replace(before, stamp=seen) if before is not None else None
        if before is not None and before.stamp == seen:
            return before
        try:
            body = read_file(root / name)
        except FileNotFoundError:
            return None
        except Unusable as error:
            self.skipped.append(error.reason)
            return before
        if before is not None and before.sha256 == hashlib.sha256(body).hexdigest():
            return replace(before, stamp=seen)
        return self._parsed(name, body, seen)

    def _parsed(self, name: str, body: bytes, stamp: list[int]) -> _Page:
        sha256, address = hashlib.sha256(body).hexdigest(), address_of(name, self.url)
        posts: tuple[Post, ...] = ()
        if _MARKED.search(body):
            try:
                posts = self.read(body, as_h_feed(body, ""), address).posts
            except NotAFeed as error:
                self.skipped.append(f"{name}: {error.reason}")
        alone = len(posts) == 1
        mine = [post for post in posts if _belongs(post, address, alone=alone)]
        own = [_item(post, _own_address(post, address, alone=alone)) for post in mine]
        astray = posts[0].link or "" if alone and not own else ""
        dates = [item.get("date_published", "") for item in own]
        return _Page(stamp, sha256, dates, own, astray)

    def _file(self, state: str | None) -> Path | None:
        name = f"{(state or '').removeprefix('files:')}.json"
        return self.memory / name if _KEPT.fullmatch(name) else None

    def _keep(self, state: str, pages: dict[str, _Page], chosen: set[str]) -> None:
        """Both states are kept, because only the ledger knows which of them it has recorded."""
        file, old = self._file(state), self._file(self.known)
        if file is None:
            return
        kept = {
            name: [p.stamp, p.sha256, p.dates, p.items if name in chosen or not p.items else None, p.astray]
            for name, p in pages.items()
        }
        with suppress(OSError):  # it saves time, and nothing depends on it
            self.memory.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = file.with_suffix(".new")
            unfinished.write_text(json.dumps({"reader": _reader(), "pages": kept}))
            unfinished.replace(file)
            for other in self.memory.iterdir() if old is not None else ():
                if other not in (file, old):
                    other.unlink()


def address_of(name: str, url: str) -> str:
    """The address of a page, from its path below the directory whose address is `url`."""
    base = url if url.endswith("/") else f"{url}/"
    return urljoin(base, quote(_INDEX.sub("", name), errors="surrogateescape"))


def _reader() -> str:
    return f"{READER}.1"  # of feeds, and of pages


def _remembered(file: Path | None) -> dict[str, _Page]:
    """Nothing, where the file is missing, damaged or of another version."""
    try:
        found = json.loads(file.read_text()) if file is not None else {}
        if found.get("reader") != _reader():
            return {}
        return {name: _Page(*page) for name, page in found["pages"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _window(pages: Mapping[str, _Page]) -> list[tuple[str, int]]:
    """The posts of the document, newest first: those without a date, which nothing tells the age of, and of the others
    the newest."""
    every = [(date, name, at) for name, page in pages.items() for at, date in enumerate(page.dates)]
    undated = [(name, at) for date, name, at in every if not date][:MOST_POSTS]
    dated = sorted(((date, name, at) for date, name, at in every if date), reverse=True)
    return [*((name, at) for _, name, at in dated[: MOST_POSTS - len(undated)]), *undated]


def _belongs(post: Post, address: str, *, alone: bool) -> bool:
    """Whether this is the page of the post. Hosts may differ: a blog is also built for other places than its own."""
    if post.link is None:
        return alone
    return _path(post.link) == _path(address)


def _path(url: str) -> str:
    return urlsplit(nurl(url.split("#", 1)[0]) or "").path


def _own_address(post: Post, address: str, *, alone: bool) -> str:
    """The only post of a page is where the page is, not at some place on it."""
    return address if post.link is None or (alone and post.link.startswith(f"{address}#")) else post.link


def _item(post: Post, address: str) -> dict[str, Any]:
    """The post as an item of a JSON Feed."""
    wishes = post.wishes
    asked = [*(f"syndicate:{n}" for n in wishes.only), *(f"nosyndicate:{n}" for n in wishes.never)] if wishes else []
    item = {
        "id": post.guid,
        "url": address,
        "external_url": post.external_link,
        "title": post.title,
        "content_html": post.html,
        "summary": post.summary,
        "date_published": post.published.isoformat() if post.published else "",
        "date_modified": post.updated.isoformat() if post.updated else "",
        "tags": [*post.tags, *asked],
        "language": post.language,
        "authors": [{"name": post.author}] if post.author else [],
        "attachments": list(_pictures(post)),
    }
    return {name: value for name, value in item.items() if value}


def _pictures(post: Post) -> Iterator[dict[str, str]]:
    for image in post.images:
        if image.lead:
            yield {"url": image.url, "mime_type": "image/*", "title": image.alt}


def _nothing(root: Path, url: str, pages: Mapping[str, _Page]) -> Unusable:
    lost = next(((name, page.astray) for name, page in pages.items() if page.astray), None)
    if lost is not None:
        name, where = lost
        return Unusable(
            f"the posts in {root} are not at their own addresses: {name} says that it is {where}",
            f"url, now {url}, has to be the address of the directory",
        )
    return Unusable(
        f"none of the {len(pages):,} pages in {root} holds a post that is marked up as h-entry",
        "name the blog's feed file instead, or add the mark-up to the template: https://microformats.org/wiki/h-entry",
    )
