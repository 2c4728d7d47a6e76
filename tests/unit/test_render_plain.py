"""HTML becomes safe HTML and readable text, whatever it was."""

import time

import pytest

from syndicator.render.characters import clean, one_line
from syndicator.render.plain import lost_links, sanitise, to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One <b>bold</b></p><p>Two<br>lines</p>", "One bold\n\nTwo\nlines"),
        ("<p>a</p>\n\n   <p>b</p> c\n d", "a\n\nb\n\nc d"),
        ("<ul><li>a</li><li><p>b</p></li><li>c<ul><li>d</li></ul></li></ul>e", "• a\n• b\n• c\n• d\n\ne"),
        ("<ol start='3'><li>x<li>y</ol>", "3. x\n4. y"),
        ("x<pre>\n  def f():\n      pass\n</pre>y", "x\n\n  def f():\n      pass\n\ny"),
        ("<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
        ("a<br><br><br><br>b", "a\n\nb"),
        ("5 < 6 &amp; 7 &eacute; &#x1F600;", "5 < 6 & 7 é 😀"),
        ("fin&nbsp;! a&nbsp; b", "fin\xa0! a b"),
        ("<p>Look <img src=cat.jpg alt='A cat'></p>", "Look"),
        ("hi <img class='wp-smiley' src=x.png alt='🙂'>", "hi 🙂"),
        ("hi <img src='https://s.w.org/images/core/emoji/15/72x72/1f642.png' alt='🙂'>", "hi 🙂"),
        ("word<sup><a href='#fn1'>1</a></sup>.", "word."),
        ("a<script>alert(1)</script><style>p{}</style>b", "ab"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c<td>d</table>", "a | b\nc | d"),
        ("she said <q>yes</q>", "she said “yes”"),
        ("<h2>Head</h2>text<blockquote>quote</blockquote>", "Head\n\ntext\n\nquote"),
        ("<b>x</b>&#824;", "x̸"),
        ("", ""),
    ],
)
def test_markup_becomes_readable_text(html: str, text: str) -> None:
    assert to_text(html) == text


@pytest.mark.parametrize(
    ("dirty", "kept"),
    [
        ("a\u200bb\ufeffc\u00ad\u2060", "abc"),
        ("\u202eevil\u202c \u2066x\u2069\u200e", "evil x"),
        ("bell\x07 nul\x00 esc\x1b[31m c1\x9b", "bell nul esc[31m c1"),
        ("e\u0301", "é"),
        ("a\r\nb\u2028c", "a\nb\nc"),
        ("👨\u200d👩\u200d👧 ok", "👨\u200d👩\u200d👧 ok"),
        ("❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈", "❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈"),
        ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("in\u200cvis\u200dible", "invisible"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("a\U000e0041\U000e0042b", "ab"),
        ("lone \ud83d surrogate", "lone  surrogate"),
        ("mark \U0010ff01 of ours", "mark  of ours"),
        ("apple \uf8ff stays", "apple \uf8ff stays"),
    ],
)
def test_only_characters_that_can_be_seen_or_are_needed_pass(dirty: str, kept: str) -> None:
    assert clean(dirty) == kept


def test_a_title_is_one_line_with_its_no_break_spaces() -> None:
    assert one_line("  Hello\n\t world\u00a0! ") == "Hello world\u00a0!"


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<a href='javascript:alert(1)' onclick=x>a</a>", "<a>a</a>"),
        ("<img src='data:image/png;base64,AA' onerror=x alt=y>", '<img alt="y">'),
        ("<p style='color:red'>a<iframe src=x>b</iframe></p>", "<p>a</p>"),
        ("<svg><script>x</script></svg>z", "z"),
        ("<form><input></form>z<!-- comment -->", "z"),
        ("<figure><img src='https://a.example/b.png' class='big emoji'></figure>",
         '<figure><img src="https://a.example/b.png" class="emoji"></figure>'),
    ],
)  # fmt: skip
def test_only_harmless_markup_passes(html: str, safe: str) -> None:
    assert sanitise(html) == safe


def test_relative_addresses_become_absolute_when_the_base_is_known() -> None:
    assert sanitise("<a href='/x'>a</a>", "https://blog.example/p/") == '<a href="https://blog.example/x">a</a>'


def test_sanitising_twice_changes_nothing() -> None:
    once = sanitise("<p>a<b>b<i>c</b>d</i><ul><li>e")
    assert sanitise(once) == once


@pytest.mark.parametrize(
    "unit", ["<!--", "<a ", "<a b='", "</", "<div>", "<ul><li>", "<p><b>", "<table>", "&amp;", "<a/"]
)
def test_hostile_markup_is_read_in_reasonable_time(unit: str) -> None:
    began = time.perf_counter()
    to_text(unit * (200_000 // len(unit)))
    assert time.perf_counter() - began < 4


def test_words_in_absurdly_deep_markup_survive() -> None:
    assert to_text("<div>" * 5_000 + "still here") == "still here"


def test_drawings_with_many_shapes_are_not_taken_for_deep_markup() -> None:
    drawing = "<svg>" + "<path d='m0 0'/>" * 3_000 + "</svg>"
    assert to_text(f"<p>a</p>{drawing}<p>b</p>") == "a\n\nb"


@pytest.mark.parametrize(
    ("html", "lost"),
    [
        ('<a href="https://x.example/a">this</a>', ("https://x.example/a",)),
        ('<a href="https://x.example/a/">x.example/a</a>', ()),
        ('<a href="https://x.example/tags/cat">#cat</a> <a href="https://y.example/@me">@me</a>', ()),
        ('<a href="https://x.example/big.jpg"><img src="https://x.example/small.jpg"></a>', ()),
        ('<a href="https://blog.example/p#fn:1">1</a> <a href="mailto:a@b.example">mail</a>', ()),
    ],
)
def test_links_hidden_behind_words_are_noticed(html: str, lost: tuple[str, ...]) -> None:
    assert lost_links(html, to_text(html)) == lost
