"""What the page shows, as values; the same whether a copy is still to be sent or has been received by a service.

Enters: nothing; the adapters `before.py` and `after.py` fill it in. Leaves: what `page.html` is written from. All texts
are plain, and no address is anything but http or https.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from syndicator.preview.looks import PLAIN, Look

BLOCKS = frozenset({"p", "h1", "h2", "h3", "h4", "li", "blockquote", "pre", "figure", "figcaption"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `kind` is link, tag or mention, or empty for mere words."""

    text: str
    kind: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """`data` is empty where the service fetches it itself; then `source` is where from."""

    data: bytes = b""
    mime: str = "image/jpeg"
    alt: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class LinkCard:
    url: str
    title: str
    description: str = ""
    picture: Picture | None = None

    @property
    def host(self) -> str:
        return host_of(self.url)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of a whole post. `tag` is one of BLOCKS, and nothing else that somebody wrote."""

    tag: str
    pieces: tuple[Piece, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """Something counted, and how much of it there may be; None: nobody minds."""

    what: str
    used: int
    most: int | None = None

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.used / self.most)) if self.most else 0

    @property
    def over(self) -> int:
        return max(0, self.used - self.most) if self.most is not None else 0


@dataclass(frozen=True, slots=True)
class Changed:
    """A stretch of a comparison: `how` is "same", "ins" or "del"."""

    how: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    what: str
    stretches: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One copy. `parts` are the texts of a thread, the first of which is the copy itself."""

    network: str
    label: str
    look: Look = PLAIN
    author: str = ""
    handle: str = ""
    parts: tuple[tuple[Piece, ...], ...] = ()
    blocks: tuple[Block, ...] = ()  # instead of words, where the whole post is carried
    pictures: tuple[Picture, ...] = ()
    card: LinkCard | None = None
    tags: tuple[str, ...] = ()  # where they stand apart from the words
    warning: str = ""
    sensitive: bool = False
    language: str = ""
    url: str = ""
    meters: tuple[Meter, ...] = ()
    facts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # warnings, as sentences
    held: str = ""
    trouble: str = ""
    changes: tuple[Change, ...] = ()
    verdict: str = ""  # of a comparison, in words
    before: "Shown | None" = None


@dataclass(frozen=True, slots=True)
class ShownPost:
    title: str
    link: str = ""
    language: str = ""
    copies: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    lead: str
    posts: tuple[ShownPost, ...]
    foot: str = ""


def web(address: object) -> str:
    """The address if it is one of the web, else nothing: what a stranger wrote is never a script to click on."""
    text = str(address or "")
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.netloc else ""


def host_of(url: str) -> str:
    try:
        return urlsplit(url).netloc.removeprefix("www.")
    except ValueError:
        return ""
