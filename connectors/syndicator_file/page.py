"""The whole post as a page of its own, for `layout = "full"`.

Enters: a Rendering with the post's sanitised HTML, and its pictures. Leaves: a document that can be opened from the
folder, whose pictures are the ones beside it. What was not fetched keeps its address; what stands nowhere in the post
comes after it. Nothing else of the post is touched.
"""

from collections.abc import Mapping, Sequence
from html import escape
from html.parser import HTMLParser

from syndicator.connector import Rendering

from .pictures import Kept

_SOURCES = {"src", "srcset", "sizes"}  # `srcset` would be taken before `src`
_PAGE = """<!doctype html>
<html{language}>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
{canonical}{heading}{body}
</html>
"""


def page(rendering: Rendering, kept: Sequence[Kept]) -> str:
    heading = f"<h1>{escape(rendering.title)}</h1>\n" if rendering.title else ""
    return _PAGE.format(
        language=f' lang="{escape(rendering.language)}"' if rendering.language else "",
        title=escape(rendering.title or rendering.link or ""),
        heading=_warning(rendering) + heading,
        body=_body(rendering.html, kept),
        canonical=f'<link rel="canonical" href="{escape(rendering.link)}">\n' if rendering.link else "",
    )


def _body(html: str, kept: Sequence[Kept]) -> str:
    reader = _Pictures({one.image.source: one.file for one in kept if one.image.source})
    reader.feed(html)
    reader.close()
    others = (one for one in kept if one.file not in reader.shown)
    figures = (f"\n<figure>{_img([('src', one.file), ('alt', one.image.alt)])}</figure>" for one in others)
    return "".join((*reader.parts, *figures))


def _warning(rendering: Rendering) -> str:
    words = rendering.content_warning.strip()
    return f"<p><strong>{escape(words)}</strong></p>\n" if words else ""


class _Pictures(HTMLParser):
    """Copies everything as it stands, and names other files in `img`."""

    def __init__(self, files: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.shown: set[str] = set()
        self._files = files

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        file = self._files.get(dict(attrs).get("src") or "") if tag == "img" else None
        if file is None:
            self.parts.append(self.get_starttag_text() or "")
            return
        self.shown.add(file)
        self.parts.append(
            _img([("src", file), *((name, value or "") for name, value in attrs if name not in _SOURCES)])
        )

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")


def _img(attrs: Sequence[tuple[str, str]]) -> str:
    return "<img" + "".join(f' {name}="{escape(value)}"' for name, value in attrs) + ">"
