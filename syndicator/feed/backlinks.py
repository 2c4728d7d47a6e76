"""The words of a post without the links by which its blog points to our copies of it. Pure.

Enters: a Post, and where its copies are. Leaves: text. A blog that shows its copies does so under the post, in its feed
too; those lines are our own doing, so they are no edit.
"""

from html.parser import HTMLParser

from syndicator.feed.identify import nurl
from syndicator.feed.marks import tokens
from syndicator.post import Post

LABEL = 5  # words at most beside the links of a line that is there for them: “Also on”, “Discuss this at … and …”
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCK_NAMES = "p div ul ol li dl dt dd blockquote section article aside footer header nav hr table tr"
_BLOCKS = _HEADINGS | set(_BLOCK_NAMES.split())


def own_words(post: Post, copies: frozenset[str]) -> str:
    """The text as the author wrote it. With `copies` it is taken from the markup, with or without such links in it,
    so that both sides of a comparison come by the same way."""
    if not copies or not post.html:
        return post.text
    reader = _Lines(frozenset(nurl(url) or url for url in copies))
    reader.feed(post.html)
    reader.close()
    return "\n".join(_without_links(reader.lines))


class _Line:
    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.text: list[str] = []
        self.links = False  # to our copies

    @property
    def is_label(self) -> bool:
        text = "".join(self.text).strip()
        short = len(tokens(text)) <= LABEL
        return short and (self.tag in _HEADINGS or text.endswith(":"))


def _without_links(lines: list[_Line]) -> list[str]:
    kept: list[_Line] = []
    for line in lines:
        if line.links and len(tokens("".join(line.text))) <= LABEL:
            if kept and kept[-1].is_label:
                kept.pop()
            continue
        kept.append(line)
    return ["".join(line.text) for line in kept]


class _Lines(HTMLParser):
    """Blocks with their text; the words of a link to a copy are left out."""

    def __init__(self, copies: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.copies = copies
        self.lines = [_Line("")]
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._begin(tag)
        elif tag == "br":
            self.lines[-1].text.append("\n")
        elif tag == "a":
            href = dict(attrs).get("href") or ""
            self.inside = (nurl(href) or href) in self.copies
            self.lines[-1].links |= self.inside

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._begin("")
        elif tag == "a":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.lines[-1].text.append(data)

    def _begin(self, tag: str) -> None:
        line = self.lines[-1]
        if line.links or "".join(line.text).strip():
            self.lines.append(_Line(tag))
        else:
            line.tag = tag
