"""The Markdown says what the words say, read by somebody else's reader of Markdown; so does the page."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from syndicator.connector import Card, Rendering, Span, SpanKind
from syndicator_file.markdown import markdown
from syndicator_file.pictures import Kept
from tests.connectors.file_ground import KEY, WORDS, connector, picture, prepared, with_pictures

PROSE = {"paragraph_open", "paragraph_close", "inline"}
MARKS = st.sampled_from([*"*_`~#+-=>|[]()!&;<\\:.0123456789 \n\tab", "&amp;", "1. ", "```", "    ", "---", "<b>"])
TYPED = st.lists(MARKS, max_size=40).map("".join)


def tokens_of(text: str) -> list[Token]:
    return MarkdownIt("gfm-like", {"linkify": False}).parse(text)


def words_of(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield from words_of(token.children or [])
            yield "\n"
        elif token.type in ("text", "text_special"):
            yield token.content
        elif token.type in ("hardbreak", "softbreak"):
            yield "\n"


def plain(text: str) -> str:
    """Without what Markdown cannot tell: empty lines and spaces around lines."""
    lines = (line.strip(" \t\xa0") for line in re.split(r"\r\n?|\n", text))
    return "\n".join(line for line in lines if line)


def said(rendering: Rendering) -> str:
    return markdown(replace(rendering, link=None), (), None)


@given(TYPED)
@example("# no heading\n- no list\n1. none\n===\n> no quotation")
@example("| a | b |\n|---|---|\n| c | d |")
@example("no | table\n--- | ---")
@example("no heading\n===")
@example("no heading\n---")
@example("+ no list")
@example("    no code\n\n\tnone")
@example("[no]: https://ada.example/\n\n[no]")
@example("~~kept~~ and *kept* and `kept` and <b>kept</b> &copy; \\")
def test_nothing_that_was_typed_is_taken_for_markup(text: str) -> None:
    tokens = tokens_of(said(Rendering(text=text)))
    kinds = {child.type for token in tokens for child in token.children or ()}
    assert {token.type for token in tokens} <= PROSE
    assert kinds <= {"text", "text_special", "hardbreak"}
    assert plain("".join(words_of(tokens))) == plain(text)


def links_of(text: str) -> list[object]:
    inline = [child for token in tokens_of(text) for child in token.children or ()]
    return [token.attrs["href"] for token in inline if token.type == "link_open"]


def test_a_link_in_the_text_is_alive_and_a_hashtag_is_words() -> None:
    text = "See a_b [here] and https://ada.example/a_b?c=1&copy;=2 #walks"
    at = text.index("https")
    spans = (
        Span(4, 14, SpanKind.LINK, "https://ada.example/<x y>&amp;"),
        Span(at, text.index(" #"), SpanKind.LINK, "https://ada.example/a_b?c=1&copy;=2"),
        Span(text.index("#"), len(text), SpanKind.TAG, "walks"),
    )
    made = said(Rendering(text=text, spans=spans))
    assert links_of(made) == [
        "https://ada.example/%3Cx%20y%3E&amp;",
        "https://ada.example/a_b?c=1&copy;=2",
    ]
    assert plain("".join(words_of(tokens_of(made)))) == text


def test_a_warning_stands_before_the_words() -> None:
    made = said(replace(WORDS, content_warning="Herons *everywhere*\nreally"))
    assert made.startswith("**Herons \\*everywhere\\* really**\n\nAround the lake")


def test_the_original_is_named_only_where_the_words_name_it() -> None:
    """Its owner may have said `backlink = "never"`."""
    assert "ada.example" not in markdown(WORDS, (), None)


def test_a_card_is_a_link_with_its_picture() -> None:
    card = Card("https://ada.example/lake/", "The [lake]", "A\nwalk")
    made = markdown(replace(WORDS, card=card), (), Kept(picture(alt="A [map]"), "card.png"))
    end = "[The \\[lake\\]](<https://ada.example/lake/>)\n\nA walk\n\n![A \\[map\\]](card.png)\n"
    assert made.endswith(end)


class Seen(HTMLParser):
    def __init__(self, page: Path) -> None:
        super().__init__()
        self.images: list[tuple[str | None, str | None]] = []
        self.words = ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.images.append((dict(attrs).get("src"), dict(attrs).get("alt")))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_is_the_whole_post_with_its_pictures_beside_it(tmp_path: Path) -> None:
    html = (
        '<p>1 &lt; 2 &amp;amp; 3 &#8211; <b>so</b></p><p><img alt="A &quot;lake&quot;" '
        'src="https://ada.example/a.png?x=1&amp;y=2" srcset="https://ada.example/b.png 2x"></p>'
        '<p><img src="https://ada.example/lost.png" alt="Lost"></p>'
    )
    images = [picture(source="https://ada.example/a.png?x=1&y=2"), picture(alt="Beside the post")]
    words = with_pictures(images, replace(WORDS, html=html, title="<Lake>", content_warning="<Herons>"))
    name = connector(tmp_path, layout="full").deliver(prepared(words), KEY).remote_id
    text = (tmp_path / name / "post.html").read_text(encoding="utf-8")
    assert "1 &lt; 2 &amp;amp; 3 &#8211; <b>so</b>" in text
    assert "b.png" not in text
    seen = Seen(tmp_path / name / "post.html")
    assert seen.images == [
        ("picture-1.png", 'A "lake"'),
        ("https://ada.example/lost.png", "Lost"),
        ("picture-2.png", "Beside the post"),
    ]
    assert seen.words.count("<Lake>") == 2  # the title, and the heading
    assert seen.words.index("<Herons>") < seen.words.index("1 < 2")
    assert '<link rel="canonical" href="https://ada.example/lake/">' in text


def test_teasers_have_no_page(tmp_path: Path) -> None:
    name = connector(tmp_path).deliver(prepared(), KEY).remote_id
    assert not (tmp_path / name / "post.html").exists()
    assert not connector(tmp_path).capabilities.whole_post
    assert connector(tmp_path, layout="full").capabilities.whole_post
