"""One self-contained page from a Sheet: no script, nothing remote, its pictures inside.

Enters: a Sheet. Leaves: HTML. Everything is escaped by the template engine; what others wrote is text, never mark-up.
"""

import base64
from collections.abc import Iterator, Sequence
from importlib.resources import files

from syndicator.preview.sheet import Block, Picture, Sheet

_LARGEST = 300_000  # bytes of a picture that go in as they are
_SIDE = 1080  # pixels; more than a card on the page is ever wide
_TAGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4}
_NEAREST = 4  # the level below the headings of the page itself


def page(sheet: Sheet) -> str:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters.update(data_url=data_url, grouped=grouped, letters=letters, tone=tone, code=code)
    style = Markup(_file("page.css"))  # noqa: S704 - our own file
    return environment.from_string(_file("page.html")).render(sheet=sheet, style=style)


def data_url(picture: Picture) -> str:
    """The picture as an address; a heavy one is made as small as the page needs it."""
    data, mime = _lighter(picture.data, picture.mime) if len(picture.data) > _LARGEST else (picture.data, picture.mime)
    known = mime if mime in ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif") else "image/jpeg"
    return f"data:{known};base64,{base64.b64encode(data).decode()}"


def grouped(blocks: Sequence[Block]) -> Iterator[tuple[str, list[Block]]]:
    """Blocks as elements of the page: items side by side are one list, headings go down one level at a time."""
    level, items = _NEAREST - 1, list[Block]()
    for block in blocks:
        if block.tag == "li":
            items.append(block)
            continue
        if items:
            yield "ul", items
            items = []
        if block.tag in _TAGS:
            level = min(6, level + 1, _NEAREST - 1 + _TAGS[block.tag])
            yield f"h{level}", [block]
        else:
            yield block.tag, [block]
    if items:
        yield "ul", items


def letters(author: str) -> str:
    """What stands in the round where a face would be."""
    words = [word for word in author.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "·"


def tone(author: str) -> int:
    """Which of six colours the round has; the same for the same name."""
    return sum(author.encode("utf-8", "replace")) % 6


def code(language: str) -> str:
    """A language as HTML may name it; nothing for what is none."""
    import re

    return language if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else ""


def _lighter(data: bytes, mime: str) -> tuple[bytes, str]:
    import io
    from warnings import catch_warnings, simplefilter

    from PIL import Image

    try:
        with catch_warnings():
            simplefilter("ignore")
            image = Image.open(io.BytesIO(data))
            image.draft("RGB", (_SIDE, _SIDE))
            image.thumbnail((_SIDE, _SIDE))
            file = io.BytesIO()
            image.convert("RGB").save(file, "JPEG", quality=80, optimize=True)
    except Exception:  # a picture that cannot be made smaller is shown as it is
        return data, mime
    return file.getvalue(), "image/jpeg"


def _file(name: str) -> str:
    return files("syndicator.preview").joinpath(name).read_text(encoding="utf-8")
