"""A small blog on loopback, for the demonstration and for tests: a feed with validators, pages with cards, pictures."""

import hashlib
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from syndicator.sandbox.service import PretendService, Reply, Request


@dataclass(frozen=True, slots=True)
class Entry:
    """One post as its author wrote it. `images` are (file name, alt text) of pictures that the blog draws itself;
    `about` is the page elsewhere that a link post is about."""

    slug: str
    title: str
    body: str
    published: datetime
    tags: tuple[str, ...] = ()
    images: tuple[tuple[str, str], ...] = ()
    language: str = ""  # where it is another than the blog's
    about: str = ""


class PretendBlog(PretendService):
    """Serves `/feed.xml`, `/SLUG/` and `/images/NAME`; `publish` adds an entry, as a rebuilt static site would."""

    def __init__(self, entries: Sequence[Entry] = (), *, title: str = "A small blog", language: str = "en") -> None:
        super().__init__()
        self.entries = list(entries)
        self.title = title
        self.language = language
        self.draw: Callable[[str], bytes] = picture
        self.unbuilt: set[str] = set()  # slugs that stand in the feed, and whose pages are not online yet
        self.canonical: Callable[[Entry], str] = lambda entry: f"{self.url}/{entry.slug}/"

    @property
    def feed_url(self) -> str:
        return f"{self.url}/feed.xml"

    def publish(self, *entries: Entry) -> None:
        with self.lock:
            self.entries = [*entries, *self.entries]

    def answer(self, request: Request) -> Reply:
        if request.path == "/feed.xml":
            return self._feed(request)
        if request.path.startswith("/images/"):
            return Reply(200, self.draw(request.path.rsplit("/", 1)[-1]), {"Content-Type": "image/png"})
        for entry in self.entries:
            if request.path == f"/{entry.slug}/" and entry.slug not in self.unbuilt:
                return Reply(200, self._page(entry).encode(), {"Content-Type": "text/html; charset=utf-8"})
        if request.path == "/":
            return Reply(200, self._home().encode(), {"Content-Type": "text/html; charset=utf-8"})
        return Reply(404, b"not here", {"Content-Type": "text/plain"})

    def _feed(self, request: Request) -> Reply:
        body = self._rss().encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("if-none-match") == tag:
            return Reply(304, None, {"ETag": tag})
        return Reply(200, body, {"Content-Type": "application/rss+xml; charset=utf-8", "ETag": tag})

    def _rss(self) -> str:
        items = "".join(self._item(entry) for entry in self.entries)
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
            f"<title>{escape(self.title)}</title><link>{self.url}/</link><description/>"
            f"<language>{self.language}</language>{items}</channel></rss>\n"
        )

    def _item(self, entry: Entry) -> str:
        link = f"{self.url}/{entry.slug}/"
        tags = "".join(f"<category>{escape(tag)}</category>" for tag in entry.tags)
        title = f"<title>{escape(entry.title)}</title>" if entry.title else ""
        language = f' xml:lang="{entry.language}"' if entry.language else ""
        return (
            f"<item>{title}<link>{escape(entry.about) or link}</link><guid>{link}</guid>"
            f"<pubDate>{format_datetime(entry.published.astimezone(UTC))}</pubDate>{tags}"
            f"<content:encoded{language}>{escape(self._body(entry))}</content:encoded></item>"
        )

    def _body(self, entry: Entry) -> str:
        images = "".join(f'<img src="/images/{name}" alt="{escape(alt)}">' for name, alt in entry.images)
        return entry.body + images

    def _page(self, entry: Entry) -> str:
        description = escape(" ".join(re.sub(r"<[^>]*>", " ", entry.body).split())[:200])
        return (
            f'<!doctype html><html lang="{entry.language or self.language}"><title>{escape(entry.title)}</title>'
            f'<link rel="canonical" href="{escape(self.canonical(entry))}">'
            f'<meta property="og:title" content="{escape(entry.title)}">'
            f'<meta property="og:description" content="{description}">'
            f'<meta property="og:image" content="{self.url}/images/{entry.slug}.png">{self._body(entry)}</html>'
        )

    def _home(self) -> str:
        feed = '<link rel="alternate" type="application/rss+xml" title="Posts" href="/feed.xml">'
        return f"<!doctype html><title>{escape(self.title)}</title>{feed}"


def picture(name: str) -> bytes:
    """A PNG that is the same for the same name: soft bands of colour, drawn from a hash."""
    from PIL import Image, ImageDraw

    seed = hashlib.sha256(name.encode()).digest()
    image = Image.new("RGB", (1200, 630), (seed[0] // 2 + 96, seed[1] // 2 + 96, seed[2] // 2 + 96))
    draw = ImageDraw.Draw(image)
    for index in range(7):
        colour = tuple(channel // 3 + 150 for channel in seed[3 + index * 3 : 6 + index * 3])
        top = 90 * index + seed[index] // 4
        draw.ellipse((seed[-index - 1] * 4 - 300, top - 120, seed[-index - 1] * 4 + 300, top + 180), fill=colour)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
