"""Whatever a post holds: every word arrives, in order, and nothing arrives that Medium does not take."""

import re
from dataclasses import dataclass
from html import escape

from hypothesis import given
from hypothesis import strategies as st

from syndicator.connector import Rendering
from syndicator_medium.story import tell
from syndicator_medium.titles import cut, units
from tests.connectors.medium_ground import LINK, Seen

ALLOWED = {
    "h1": set(),
    **{name: set() for name in ("h2", "h3", "h4", "p", "br", "hr", "strong", "em", "u", "code", "pre", "blockquote")},
    **{name: set() for name in ("ul", "li", "figure", "figcaption")},
    "ol": {"start"},
    "a": {"href"},
    "img": {"src", "alt"},
}
# What people write: letters of all directions, joined emoji, signs that mark-up languages care about.
SAMPLES = [
    "مرحبا",
    "שלום",
    "👩\u200d👩\u200d👧\u200d👦",
    "🏳️\u200d🌈",
    "e\u0301",
    "@name",
    "(x)",
    "[y]",
    "<b>",
    "&amp;",
    "a & b",
    "\u200f",
    "10 €",
]
WORDS = st.one_of(
    st.sampled_from(SAMPLES),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), exclude_characters="\ufeff"),
        min_size=1,
        max_size=12,
    ),
)
TEXT = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


@dataclass
class Bit:
    """Mark-up, and the words that a reader sees in it, in order."""

    html: str
    words: list[str]


def said(text: str) -> Bit:
    return Bit(escape(text, quote=False), text.split())


def joined(bits: list[Bit]) -> Bit:
    return Bit("".join(bit.html for bit in bits), [word for bit in bits for word in bit.words])


def wrapped(name: str, bit: Bit, attributes: str = "") -> Bit:
    return Bit(f"<{name}{attributes}>{bit.html}</{name}>", bit.words)


def spaced(bits: list[Bit]) -> Bit:
    return Bit(" ".join(bit.html for bit in bits), [word for bit in bits for word in bit.words])


INLINE = st.recursive(
    TEXT.map(said),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(spaced),
        st.tuples(st.sampled_from(["b", "i", "em", "strong", "u", "code", "kbd", "span", "small", "abbr"]), inner).map(
            lambda pair: wrapped(*pair)
        ),
        inner.map(lambda bit: wrapped("a", bit, ' href="https://o.example/?a=1&amp;b=2"')),
        inner.map(lambda bit: wrapped("a", bit, ' href="#here"')),
    ),
    max_leaves=4,
)
PARAGRAPH = st.tuples(st.sampled_from(["p", "div", "h1", "h2", "h3", "h5", "section"]), INLINE).map(
    lambda pair: wrapped(*pair)
)
PICTURE = st.just(Bit('<figure><img src="https://b.example/a.jpg" alt="x"></figure>', []))
CODE = TEXT.map(lambda text: wrapped("pre", wrapped("code", said(text))))
BLOCK = st.recursive(
    st.one_of(PARAGRAPH, INLINE.map(lambda bit: wrapped("p", bit)), PICTURE, CODE, st.just(Bit("<hr>", []))),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(joined),
        inner.map(lambda bit: wrapped("blockquote", bit)),
        inner.map(lambda bit: wrapped("div", bit)),
    ),
    max_leaves=6,
)
ITEM = st.one_of(INLINE, BLOCK).map(lambda bit: wrapped("li", bit))
FLAT = st.one_of(BLOCK, st.lists(ITEM, min_size=1, max_size=3).map(lambda bits: wrapped("ul", joined(bits))))
NESTED = st.recursive(
    st.one_of(FLAT, BLOCK),
    lambda inner: st.one_of(
        st.lists(inner.map(lambda bit: wrapped("li", bit)), min_size=1, max_size=3).map(
            lambda bits: wrapped("ol", joined(bits))
        ),
        st.lists(inner.map(lambda bit: wrapped("td", bit)), min_size=1, max_size=3).map(
            lambda bits: wrapped("table", wrapped("tr", joined(bits)))
        ),
        inner.map(lambda bit: wrapped("blockquote", bit)),
    ),
    max_leaves=6,
)
TITLE = "The title of this post"


def story_of(bit: Bit) -> Seen:
    return Seen(tell(Rendering(text="", html=bit.html, title=TITLE, link=LINK)).html)


def words_of(seen: Seen) -> list[str]:
    """Of the post itself, without our title and footer."""
    text = seen.text
    assert text.startswith(TITLE)
    body, _, footer = text.removeprefix(TITLE).rpartition("Originally published at ")
    assert footer == "blog.example.org."
    return body.split()


def fused(words: list[str]) -> str:
    return "".join(words)


@given(st.lists(FLAT, max_size=5).map(joined))
def test_every_word_of_a_plain_post_arrives_unaltered_and_in_order(post: Bit) -> None:
    assert fused(words_of(story_of(post))) == fused(post.words)


@given(st.lists(NESTED, max_size=4).map(joined))
def test_in_lists_and_tables_every_word_arrives_in_order_with_signs_of_ours_between(post: Bit) -> None:
    arrived = iter(fused(words_of(story_of(post))))
    missing = [letter for letter in fused(post.words) if letter not in arrived]  # `in` moves on behind what it finds
    assert missing == []


@given(st.lists(NESTED, max_size=5).map(joined))
def test_only_what_medium_takes_is_sent(post: Bit) -> None:
    seen = story_of(post)
    assert [(tag, sorted(given)) for tag, given in seen.elements if not set(given) <= ALLOWED.get(tag, {"never"})] == []
    assert (seen.count("h1"), seen.elements[0][0]) == (1, "h1")
    assert seen.count("img") == post.html.count("<img")


@given(st.text(st.sampled_from(list("<>/abpliu \n&;=\"'!-[]?#x0")), max_size=80))
def test_broken_mark_up_makes_a_sound_story(html: str) -> None:
    seen = Seen(tell(Rendering(text="", html=html, title=TITLE, link=LINK)).html)
    assert {tag for tag, _ in seen.elements} <= set(ALLOWED)


@given(
    st.lists(st.sampled_from(["a", "b", " ", "\n", "\n\n", "\t", "<", "&", "👩\u200d👧", "  x"]), max_size=20).map(
        "".join
    )
)
def test_code_arrives_to_the_last_space(code: str) -> None:
    wanted = re.sub(r"\A(?:[ \t]*\n)+", "", code).rstrip(" \t\n")
    html = f"<p>a</p><pre><code>{escape(code)}</code></pre>"
    seen = Seen(tell(Rendering(text="", html=html, title=TITLE)).html)
    inside = seen.text.partition("a\n")[2] if wanted else ""
    assert inside == wanted


@given(st.lists(WORDS, min_size=1, max_size=40).map(" ".join))
def test_a_post_of_text_alone_arrives_whole(text: str) -> None:
    seen = Seen(tell(Rendering(text=text, title=TITLE, link=LINK)).html)
    assert fused(words_of(seen)) == fused(text.split())


@given(st.text(min_size=1, max_size=300).filter(lambda text: text.strip() == text and "\n" not in text))
def test_a_cut_title_fits_and_is_the_beginning_of_the_whole(title: str) -> None:
    short = cut(title, 100)
    assert units(short) <= 100
    assert short == title or title.startswith(short.removesuffix("…"))


@given(st.lists(NESTED, max_size=3).map(joined))
def test_the_same_post_gives_the_same_story(post: Bit) -> None:
    rendering = Rendering(text="", html=post.html, title="", link=LINK)
    assert tell(rendering) == tell(rendering)
