"""Cutting, parting, marking and converting words: nothing is lost that should stay, and nothing is torn apart."""

import html as escaping
import re

import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator.connector import Hashtags, Span, SpanKind
from syndicator.render.hashtags import fold
from syndicator.render.markdown import to_markdown
from syndicator.render.marking import JOINER, Marker
from syndicator.render.pieces import Piece, Role, join
from syndicator.render.plain import to_text
from syndicator.render.shorten import Measure, Room, fit
from syndicator.render.style import Person
from syndicator.render.thread import split

LATIN = "blog Grüße don’t e.g. Dr. word. Sentence! Is it? 3.14 1. • > - fin\u00a0! Ελλάδα Привет"
OTHERS = "日本語の文章。 「引用」と、中文字，한국어 ภาษาไทยเป็น เช่น हिन्दी क्षत्रिय العربية، עברית. می\u200cخواهم"
EMOJI = "👨\u200d👩\u200d👧\u200d👦 👍🏽 🇩🇪🇯🇵 ❤\ufe0f\u200d🔥 z͑ͫ̓a͐l̈g̃o Donaudampfschifffahrtsgesellschaft-kapitän"
LIVE = (
    "https://x.example/a_(b) https://long.example/path/that/goes/on?and=on&on @ada @bob @dataclass #own #other own Own"
)
SAMPLES = [word for line in (LATIN, OTHERS, EMOJI, LIVE) for word in line.split(" ")]
TAGS = "p div li ul ol blockquote pre code em b a sup table tr td dl dt dd h2 q s figure"
OPENING = {"(": ")", "[": "]", "「": "」", "“": "”", "„": "“", "«": "»"}
ADA = Person("ada", (), "@ada@social.example")
MARKER = Marker("", Hashtags.WORD, frozenset({"own"}), people=(ADA,))

words = st.sampled_from(SAMPLES)
phrases = st.lists(words, min_size=1, max_size=12).map(" ".join)
bracketed = st.recursive(
    phrases,
    lambda inner: st.builds(
        lambda before, mark, within, after: f"{before} {mark}{within}{OPENING[mark]} {after}",
        inner,
        st.sampled_from(sorted(OPENING)),
        inner,
        phrases,
    ),
    max_leaves=6,
)
paragraphs = st.lists(bracketed, min_size=1, max_size=6).map("\n\n".join)
texts = st.one_of(
    paragraphs, phrases, st.text(max_size=80).map(str.strip), st.text('([「“„«»”」])" a.’\n', max_size=60)
)


def clusters(text: str) -> list[str]:
    return list(regex.findall(r"\X", text))


def strict(text: str) -> int:
    return len(clusters(text))


def with_short_links(text: str) -> int:
    return strict(regex.sub(r"https?://[^\s<>()…]+(?:\([^\s<>()…]*\))?", "x" * 23, text))


def with_escapes(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2 + sum(text.count(sign) for sign in "\\|{}@[]()<>#*_~")


measures = st.sampled_from([strict, with_short_links, with_escapes])


def marked(text: str, marker: Marker = MARKER) -> tuple[str, tuple[Span, ...]]:
    return join(marker.mark([Piece(Role.BODY, text)]))


def unbalanced(text: str) -> list[str]:
    """Opening marks without their partners, by a count that knows no apostrophes and no paragraphs."""
    text = regex.sub(r"https?://[\w./?=&-]+(\(\w\))?", "", text)
    return [mark for mark, partner in OPENING.items() if mark not in "“„" and text.count(mark) > text.count(partner)]


@settings(max_examples=100, deadline=None)
@given(texts, measures, st.integers(1, 120))
def test_a_shortened_text_fits_and_holds_nothing_else(text: str, measure: Measure, length: int) -> None:
    whole, _ = marked(text)
    kept, spans = fit(MARKER.mark([Piece(Role.BODY, text)]), measure, length)
    stem = kept.rpartition("…")[0].rstrip() if kept != whole else kept
    assert measure(kept) <= length
    assert whole.startswith(stem)
    assert clusters(whole)[: strict(stem)] == clusters(stem)
    assert all(kept[span.start : span.end].lstrip("#") == span.target for span in spans)


@settings(max_examples=100, deadline=None)
@given(paragraphs, measures, st.integers(20, 200))
def test_a_cut_leaves_no_bracket_open(text: str, measure: Measure, length: int) -> None:
    kept, _ = fit(MARKER.mark([Piece(Role.BODY, text)]), measure, length)
    assert unbalanced(kept) == unbalanced(marked(text)[0]) == []


@settings(max_examples=100, deadline=None)
@given(paragraphs, measures, st.integers(10, 200))
def test_a_cut_ends_with_a_word_and_tears_nothing_live(text: str, measure: Measure, length: int) -> None:
    whole, before = marked(text)
    kept, after = fit(MARKER.mark([Piece(Role.BODY, text)]), measure, length)
    assert after == before[: len(after)]
    assert not re.search(r"[(\[「“„«,;:\s–-]…", kept.replace(" …", "…")) or "…" in whole


@settings(max_examples=100, deadline=None)
@given(texts, measures, st.integers(12, 150), st.booleans())
def test_a_thread_holds_every_word_once_and_in_order(text: str, measure: Measure, length: int, numbered: bool) -> None:
    whole, spans = marked(text)
    room = Room(measure, length, length * 3)
    parts = split(whole, spans, room, numbered=numbered)
    said = [
        part.text.removesuffix(f"\n\n{at}/{len(parts)}") if numbered else part.text for at, part in enumerate(parts, 1)
    ]
    assert all(room.holds(part.text) for part in parts)
    assert len(parts) != 1
    assert len(parts) <= 25
    if parts:
        assert "".join("".join(said).split()) == "".join(whole.split())
        assert [one.target for part in parts for one in part.spans] == [span.target for span in spans]
        assert all(s.strip() == s and s for s in said)


@settings(max_examples=100, deadline=None)
@given(texts, measures, st.integers(12, 150), st.booleans())
def test_the_spans_of_a_part_slice_to_what_they_were(text: str, measure: Measure, length: int, numbered: bool) -> None:
    whole, spans = marked(text)
    parts = split(whole, spans, Room(measure, length), numbered=numbered)
    shown = [part.text[one.start : one.end] for part in parts for one in part.spans]
    assert not parts or shown == [whole[span.start : span.end] for span in spans]


@settings(max_examples=100, deadline=None)
@given(texts)
def test_only_known_people_are_called(text: str) -> None:
    shown, spans = marked(text)
    live = {at for span in spans if span.kind is not SpanKind.TAG for at in range(span.start, span.end)}
    calls = regex.finditer(r"(?<![\p{L}\p{N}_/])@(?=[\p{L}\p{N}_])", shown)
    assert [call.start() for call in calls if call.start() not in live] == []
    assert {span.target for span in spans if span.kind is SpanKind.MENTION} <= {ADA.handle}


@settings(max_examples=100, deadline=None)
@given(texts, st.lists(st.sampled_from(["own", "blog", "word", "Sentence", "日本語の文章"]), unique=True).map(tuple))
def test_a_word_comes_alive_once_and_stays_the_same_word(text: str, tags: tuple[str, ...]) -> None:
    plain, _ = marked(text, Marker("", Hashtags.WORD))
    shown, spans = marked(text, Marker("", Hashtags.WORD, inline=True, words=tags))
    live = [span for span in spans if span.kind is SpanKind.TAG]
    rest = "".join(letter for at, letter in enumerate(shown) if at not in {span.start for span in live})
    assert rest == plain
    assert len({fold(span.target) for span in live}) == len(live)
    assert all(shown[span.start : span.end] == "#" + span.target for span in live)


tags = st.sampled_from(TAGS.split())
trees = st.recursive(
    phrases.map(escaping.escape),
    lambda inner: st.builds(
        lambda tag, href, within: f'<{tag} href="{href}">{"".join(within)}</{tag}>',
        tags,
        st.sampled_from(["https://x.example/", "#fn1", "#fnref1", ""]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)
markup = st.one_of(trees, st.text(), st.text(alphabet="<>/ab=\"'&;!-pli #\n"))


@settings(max_examples=100, deadline=None)
@given(markup)
def test_markup_of_any_kind_becomes_text_and_markdown(html: str) -> None:
    text = to_text(html)
    assert text == text.strip()
    assert "\n\n\n" not in text
    assert to_text(html) == text
    assert to_markdown(html) == to_markdown(html)


signs = st.text(alphabet="*_`[]()<>#+-=~|\\!&;:1.) \nab日", max_size=30)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["p", "h2", "li", "blockquote"]), signs), min_size=1, max_size=4))
def test_markdown_means_the_words_it_was_made_of(blocks: list[tuple[str, str]]) -> None:
    from markdown_it import MarkdownIt

    html = "".join(f"<{tag}>{escaping.escape(words)}</{tag}>" for tag, words in blocks)
    read = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(to_markdown(html))
    assert "".join(to_text(read).split()) == "".join(to_text(html).split())


def test_the_joiner_is_what_it_says() -> None:
    assert marked("@bob")[0] == f"@{JOINER}bob"
