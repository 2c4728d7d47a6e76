"""Pictures and other media of a page, as blocks: those at hand as themselves, the others as a link to them. Pure."""

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from syndicator.connector import Attachment
from syndicator_tumblr.blocks import Picture, Range, Text, shortened

_EMOJI = frozenset({"wp-smiley", "emoji"})
_FILES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg")

Attributes = Mapping[str, str]


def picture(image: Attachment, link: str = "") -> Picture:
    return Picture(
        image.sha256,
        image.mime,
        image.width,
        image.height,
        alt=shortened(image.alt),
        link=link,
        source=image.source,
    )


def pointer(source: str, words: str) -> Text:
    """A line that leads to what the post shows there; without words of its own, by its file's name."""
    label = " ".join(words.split()) or unquote(urlsplit(source).path.rstrip("/").rpartition("/")[2]) or source
    return Text(label, (Range(0, len(label), "link", source),))


def is_emoji(names: Attributes) -> bool:
    """Whether it is a letter drawn as a picture."""
    return bool(_EMOJI & set(names.get("class", "").split()))


def counts_readers(names: Attributes) -> bool:
    """Whether it is one of those pictures of a single pixel that are there to be fetched, not to be seen."""
    return bool({names.get("width"), names.get("height")} & {"0", "1"})


def is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def leads_to(url: str, source: str) -> str:
    """The page that a linked picture leads to; nothing when that is the picture in another size."""
    if not is_web(url) or url == source:
        return ""
    return "" if urlsplit(url).path.lower().endswith(_FILES) else url
