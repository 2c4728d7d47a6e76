"""A pretend blog server, and small feeds to serve or parse."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from syndicator.feed.parse import Document, parse
from syndicator.feed.parser import Parser
from syndicator.post import Post
from syndicator.sandbox.service import PretendService, Reply, Request

FEEDS = Path(__file__).parents[1] / "feeds"
FEED_URL = "https://blog.example/feed.xml"
RSS = b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>T</title><link>https://blog.example/</link>
<item><title>Hello</title><link>https://blog.example/a</link><guid>https://blog.example/a</guid></item>
</channel></rss>"""


class ParserHere(Parser):
    """Reads documents in this process, which starts no other: for tests of what comes after."""

    def parse(self, body: bytes, content_type: str, url: str, now: datetime | None = None) -> Document:
        return parse(body, content_type, url, now)


class Blog(PretendService):
    """Answers each path with what `pages` holds for it."""

    def __init__(self, pages: Mapping[str, Reply]) -> None:
        super().__init__()
        self.pages = dict(pages)

    def answer(self, request: Request) -> Reply:
        return self.pages.get(request.path, Reply(404, b"<html>nothing here"))


def rss(items: str, *, declared: str = "utf-8", head: str = "<link>https://blog.example/</link>") -> str:
    namespaces = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    return (
        f'<?xml version="1.0" encoding="{declared}"?>\n<rss version="2.0" {namespaces}>'
        f"<channel><title>T</title>{head}{items}</channel></rss>"
    )


def atom(entries: str, attributes: str = "") -> str:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" {attributes}>'
        f"<title>T</title><id>urn:f</id>{entries}</feed>"
    )


def item(inside: str, link: str = "https://blog.example/p/a/") -> str:
    return f"<item><link>{link}</link>{inside}</item>"


def read(text: str | bytes, url: str = FEED_URL, content_type: str = "") -> Document:
    return parse(text.encode() if isinstance(text, str) else text, content_type, url)


def only(text: str | bytes, url: str = FEED_URL) -> Post:
    (post,) = read(text, url).posts
    return post


def sample(name: str, url: str = FEED_URL) -> Document:
    return read((FEEDS / name).read_bytes(), url)
