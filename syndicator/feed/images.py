"""The pictures of an entry: those its feed names, then those of its body, each once, with the author's own alt texts.

Enters: HTML with absolute addresses. Nothing is fetched, and no alt text is invented.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from syndicator.feed.addresses import nurl
from syndicator.feed.text import one_line
from syndicator.post import Image

MOST = 50
_MOST_IN_BODY = 500
_LONGEST_ALT = 5_000  # characters
_COUNTERS = re.compile(
    r"//(?:[\w-]+\.)*(?:feedburner\.com|feedproxy\.google\.com|doubleclick\.net|pixel\.wp\.com|stats\.wordpress\.com|"
    r"statcounter\.com|gravatar\.com|feedsportal\.com)/|//medium\.com/_/stat",
    re.IGNORECASE,
)
_SHARING = re.compile(
    r"//(?:[\w-]+\.)*(?:feeds\.feedburner\.com|addtoany\.com|facebook\.com/sharer|twitter\.com/(?:intent|share)|"
    r"reddit\.com/submit|linkedin\.com/share|pinterest\.com/pin/create)",
    re.IGNORECASE,
)
_RESIZED = re.compile(
    r"-\d{2,5}x\d{2,5}(?=\.\w{2,5}$)|/s\d{2,4}(?:-c)?(?=/)|=[swh]\d{2,4}(?:-[a-z0-9-]+)?$|/size/w\d{2,4}(?:h\d{2,4})?(?=/)"
)
_PROXY = re.compile(r"^//i\d\.wp\.com/")
_FETCHED = re.compile(r"/image/fetch/.{0,200}?(https?(?::|%3A).+)$")  # Cloudinary's, which Substack uses
_FILE_NAME = re.compile(
    r"\S{1,200}\.(?:jpe?g|png|gif|webp|heic|avif|tiff?|bmp)|(?:IMG|DSC|PXL)_?\d[\w-]*", re.IGNORECASE
)
_SIZES = {"w", "h", "width", "height", "fit", "ssl", "resize", "quality", "strip"}
_LENGTH = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)(?![\d.]*%)")


def images_of(named: Iterable[Image], in_body: Iterable[Image]) -> tuple[Image, ...]:
    """One list without repetitions; a picture that is named twice keeps whichever alt text there is."""
    kept: dict[str, Image] = {}
    for image in (*named, *in_body):
        if _COUNTERS.search(image.url):
            continue
        key = _key(image.url)
        first = kept.setdefault(key, image)
        if image.alt and not first.alt:
            kept[key] = Image(first.url, image.alt, first.lead)
    return tuple(kept.values())[:MOST]


def alt_of(words: str) -> str:
    """Words as an alt text; the name that a camera or a programme gave the file is none."""
    alt = one_line(words[:_LONGEST_ALT])
    return "" if _FILE_NAME.fullmatch(alt) else alt


def counts_or_shares(url: str) -> bool:
    """Whether an address counts readers or lets them share, instead of showing them something."""
    return bool(_COUNTERS.search(url) or _SHARING.search(url))


def is_dot(attributes: Mapping[str, str]) -> bool:
    """Whether an element is too small to be seen."""
    sizes = [_LENGTH.match(attributes.get(side, "")) for side in ("width", "height")]
    return any(size is not None and float(size[1]) <= 2 for size in sizes)


def _key(url: str) -> str:
    """What two addresses of one picture have in common, whatever size they ask for."""
    fetched = _FETCHED.search(url)
    address = (nurl(unquote(fetched[1]) if fetched else url) or url).split("?", 1)
    return _RESIZED.sub("", _PROXY.sub("//", address[0])) + _identifying(address[1:])


def _identifying(query: list[str]) -> str:
    """What a query says besides the size that is wanted."""
    return "&".join(p for q in query for p in q.split("&") if p.split("=")[0] not in _SIZES)


class Pictures:
    """Collects the content pictures of a body, in its order: no counters, avatars or share buttons.

    Is told of each element and text by whoever parses the body; addresses have been made absolute.
    """

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self.figure: int | None = None  # how many were found before the figure began
        self.caption: list[str] | None = None
        self.sharing = False

    def images(self) -> tuple[Image, ...]:
        return tuple(Image(url, alt_of(words)) for url, words in self.found)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "img":
            self._add(attributes)
        elif tag == "a":
            self.sharing = bool(_SHARING.search(attributes.get("href", "")))
        elif tag == "figure":
            self.figure, self.caption = len(self.found), None
        elif tag == "figcaption":
            self.caption = []

    def end(self, tag: str) -> None:
        if tag == "a":
            self.sharing = False
        elif tag == "figcaption" and self.caption is not None:
            self._describe("".join(self.caption))
            self.caption = None
        elif tag == "figure":
            self.figure = None

    def text(self, data: str) -> None:
        if self.caption is not None:
            self.caption.append(data)

    def _add(self, attributes: Mapping[str, str]) -> None:
        url = attributes.get("src", "")
        is_web = url.startswith(("http://", "https://")) and len(self.found) < _MOST_IN_BODY
        if not is_web or self.sharing or is_dot(attributes):
            return
        alt = attributes.get("alt", "").strip() or attributes.get("title", "").strip()
        self.found.append((url, alt or attributes.get("aria-label", "").strip()))

    def _describe(self, caption: str) -> None:
        """A caption says what its one picture shows, when nothing else does."""
        if self.figure is not None and len(self.found) == self.figure + 1 and not self.found[-1][1]:
            self.found[-1] = (self.found[-1][0], caption)
