"""The posts of `posts/*.txt`: a name, a few header lines, and the body as the blog's own HTML.

    === name
    title: …                     also link, about, summary, tags (one; two), language, author, image (URL | alt), posse
    ! mastodon.thread = "plain"  what the owner's files say for this post: TOML; `every` stands for all networks
                                 (an empty line)
    <p>…</p>

What cannot be seen is written ⟨U+200B⟩, what is long ⟨×40 words⟩, in which ⟨#⟩ is the number of the repetition.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path

from syndicator.feed.parse import parse
from syndicator.post import Post

POSTS = Path(__file__).with_name("posts")
BLOG = (
    "https://blog.example.org"  # a reserved name whose end Mastodon knows, so that links cost there what they always do
)
FEED = f"{BLOG}/feed.xml"

_SIGN = re.compile(r"⟨U\+([0-9A-F]{4,6})⟩")
_REPEATED = re.compile(r"⟨×(\d+) ((?:⟨#⟩|[^⟩])*)⟩", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sample:
    theme: str
    name: str
    said: tuple[tuple[str, str], ...]
    settings: tuple[str, ...]
    body: str

    @property
    def where(self) -> str:
        return f"{self.theme}/{self.name}"

    def of(self, key: str) -> str:
        return dict(self.said).get(key, "")

    @property
    def page(self) -> str:
        return self.of("link") or f"{BLOG}/{self.where}/"

    def post(self) -> Post:
        """The post as the real parser finds it in the blog's feed."""
        document = parse(self.feed().encode(), "application/rss+xml; charset=utf-8", FEED)
        (post,) = document.posts
        return post

    def links(self) -> set[str]:
        """Every address that this post's copies may lead to: whole, and without what a sentence puts behind it."""
        post = self.post()
        named = re.findall(r'(?:href|src)="([^"]*)"', post.html) + re.findall(r'"(https?://[^"]*)"', self.of("posse"))
        bare = re.findall(r"https?://[^\s<>“”「」，。…]+", f"{post.text}\n{post.title}\n{post.summary}")
        found = {unescape(url) for url in named} | {url for url in (post.link, post.external_link) if url}
        found |= {url[: len(url) - n] for url in bare for n in range(4) if not url[len(url) - n :].strip(".,;:!?)'\"")}
        return found | {
            f"{post.link}?via={network}" for network in ("mastodon", "bluesky", "tumblr", "linkedin", "medium")
        }

    def feed(self) -> str:
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:posse="https://posseparty.com/2024/Feed"><channel><title>A small blog</title>'
            f"<link>{BLOG}/</link><description/><language>{self.of('language') or 'en'}</language>"
            f"<item>{''.join(self._item())}</item></channel></rss>\n"
        )

    def _item(self) -> Iterator[str]:
        yield "<pubDate>Sat, 21 Nov 2026 11:00:00 +0000</pubDate>"
        yield from self._addresses()
        for key, element in (("title", "title"), ("summary", "description"), ("author", "dc:creator")):
            if self.of(key):
                yield f"<{element}>{escape(self.of(key))}</{element}>"
        yield from (f"<category>{escape(tag.strip())}</category>" for tag in self.of("tags").split(";") if tag.strip())
        if image := self.of("image"):
            url, _, alt = (part.strip() for part in image.partition("|"))
            body = f'<img src="{url}" alt="{escape(alt)}">' + self.body
            yield f'<enclosure url="{BLOG}{url}" type="image/jpeg" length="1"/>'
        else:
            body = self.body
        if self.of("posse"):
            yield f'<posse:post format="json">{escape(self.of("posse"))}</posse:post>'
        if body:
            yield f"<content:encoded>{escape(body)}</content:encoded>"

    def _addresses(self) -> Iterator[str]:
        if self.of("link") == "none":
            yield f'<guid isPermaLink="false">{self.where}</guid>'
        elif about := self.of("about"):
            yield f'<link>{escape(about)}</link><guid isPermaLink="true">{self.page}</guid>'
        else:
            yield f"<link>{escape(self.page)}</link><guid>{escape(self.page)}</guid>"


def samples() -> list[Sample]:
    """All of them, file by file."""
    return [sample for path in sorted(POSTS.glob("*.txt")) for sample in read(path)]


def read(path: Path) -> Iterator[Sample]:
    entries = re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for entry in entries:
        head, _, body = entry.partition("\n\n")
        name, *lines = head.strip().split("\n")
        said = [line.partition(":") for line in lines if not line.startswith("!")]
        yield Sample(
            theme=path.stem,
            name=name.strip(),
            said=tuple((key.strip(), written(value.strip())) for key, _, value in said),
            settings=tuple(written(line[1:].strip()) for line in lines if line.startswith("!")),
            body=written(body.strip("\n")),
        )


def written(text: str) -> str:
    """`text` with what is only described in it put in place."""
    text = _SIGN.sub(lambda found: chr(int(found[1], 16)), text)
    return _REPEATED.sub(lambda found: "".join(found[2].replace("⟨#⟩", str(n + 1)) for n in range(int(found[1]))), text)
