"""Whatever the page: no letter is lost, and what goes out keeps to the specification."""

import html
import re
from itertools import pairwise

import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator_tumblr.blocks import Block, Picture, Range, Text, merged, split
from syndicator_tumblr.fit import fit
from syndicator_tumblr.npf import blocks
from tests.connectors.tumblr_ground import image

FAMILY = "👩‍👩‍👧‍👦"
CAT = "https://blog.example.org/cat.png"
ENDS = st.integers(0, 200)

LETTER = st.one_of(
    st.characters(exclude_categories=("Cs", "Cc")),
    st.sampled_from([FAMILY, "🇦🇹", "שלום", "e\N{COMBINING ACUTE ACCENT}", "@name", "(x)", "\n", " "]),
)
WORDS = st.lists(LETTER, min_size=1, max_size=30).map("".join)
_NAMES = "p div b i a strong s small h1 h3 ul ol li blockquote pre table tr td figure figcaption code dl dt dd em mark"
TAGS = _NAMES.split()


def _tree(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def element(tag: str, inner: list[str]) -> str:
        attribute = ' href="https://x.example/?a=1"' if tag == "a" else ""
        return f"<{tag}{attribute}>{''.join(inner)}</{tag}>"

    return st.builds(element, st.sampled_from(TAGS), st.lists(children, max_size=4))


LEAVES = st.one_of(WORDS.map(html.escape), st.sampled_from(["<br>", "<hr>", f'<img src="{CAT}">']))
PAGES = st.lists(st.recursive(LEAVES, _tree, max_leaves=25), max_size=6).map("".join)
ADDED = re.compile(r"\* \* \*|\d+\. |[|•]")  # what stands for a rule, a number, a cell, an item


def letters(text: str) -> str:
    return "".join(c for c in ADDED.sub("", text) if not c.isspace() and c not in "•|*." and not c.isdigit())


def source_of(markup: str) -> str:
    return letters(html.unescape(re.sub(r"<[^<>]*>", "", markup)))


def texts_of(made: list[Block]) -> str:
    return "".join(b.text if isinstance(b, Text) else b.caption if isinstance(b, Picture) else "" for b in made)


@settings(max_examples=150, deadline=None)
@given(PAGES)
def test_every_letter_of_any_page_survives(markup: str) -> None:
    made = fit(blocks(markup, [image(source=CAT)]))
    # A caption comes out below its picture, so order is looked at where there is none.
    wanted, found = source_of(markup), letters(texts_of(made))
    if "figcaption" in markup:
        assert sorted(found) == sorted(wanted)
    else:
        assert found == wanted


@settings(max_examples=150, deadline=None)
@given(PAGES)
def test_any_page_keeps_to_the_specification(markup: str) -> None:
    from syndicator_tumblr.sandbox_rules import check

    made = fit(blocks(markup, [image(source=CAT)]))
    for block in made:
        if isinstance(block, Text):
            for one in block.formatting:
                inside = block.text[one.start : one.end]
                assert inside
                assert inside == inside.strip(" \t\n\r\f")
    if made:
        uploads = {"": (image().data, "image/png")}
        check({"content": [block.json() for block in made]}, uploads, [], 0.0)


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=200), st.integers(5, 40), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=5)
)
def test_a_text_cut_anywhere_is_the_same_text(text: str, limit: int, ends: list[tuple[int, int]]) -> None:
    ranges = [Range(min(e), min(max(e), len(text)), "bold") for e in ends if min(e) < min(max(e), len(text))]
    whole = Text(text, tuple(merged(ranges)))
    parts = split(whole, limit)
    assert "".join(part.text for part in parts) == text
    assert all(len(part.text) <= limit for part in parts)
    bold = [c for r in whole.formatting for c in text[r.start : r.end] if c not in " \t\n\r\f"]
    kept = [c for p in parts for r in p.formatting for c in p.text[r.start : r.end] if c not in " \t\n\r\f"]
    assert kept == bold
    whole_letters = {m.end() for m in regex.finditer(r"\X", text)}
    at = 0
    for part in parts[:-1]:
        at += len(part.text)
        near = [end for end in whole_letters if at - limit < end <= at]
        assert at in whole_letters or not near


@given(st.lists(st.builds(Range, st.integers(0, 9), st.integers(1, 9), st.sampled_from(["bold", "italic"]))))
def test_merged_ranges_of_a_kind_never_overlap(ranges: list[Range]) -> None:
    ranges = [r for r in ranges if r.start < r.end]
    done = merged(ranges)
    for kind in ("bold", "italic"):
        mine = [r for r in done if r.type == kind]
        assert all(a.end < b.start for a, b in pairwise(mine))
        covered = {n for r in ranges if r.type == kind for n in range(r.start, r.end)}
        assert {n for r in mine for n in range(r.start, r.end)} == covered
