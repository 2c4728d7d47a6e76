"""HTML becomes safe HTML and readable text, whatever it was."""

import time

import pytest

from syndicator.render.characters import clean, one_line
from syndicator.render.plain import code_lines, lost_links, sanitise, to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One <b>bold</b></p><p>Two<br>lines</p>", "One bold\n\nTwo\nlines"),
        ("<p>a</p>\n\n   <p>b</p> c\n d", "a\n\nb\n\nc d"),
        ("<ul><li>a</li><li><p>b</p></li><li>c<ul><li>d</li></ul></li></ul>e", "• a\n• b\n• c\n  ◦ d\n\ne"),
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
        ("<h2>Head</h2>text<blockquote>quote</blockquote>", "Head\n\ntext\n\n> quote"),
        ("<b>x</b>&#824;", "x̸"),
        ("<ul><li>a<ul><li>b<ol><li>c</ol></ul>d</ul>", "• a\n  ◦ b\n    1. c\nd"),
        ("<blockquote><p>a</p><p>b<br>c</p></blockquote>d", "> a\n\n> b\n> c\n\nd"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n\n> > b"),
        ("<blockquote><p>“a.”</p></blockquote>", "“a.”"),
        ("<blockquote><p>„a“ und „b“</p></blockquote>", "„a“ und „b“"),
        ("<blockquote><p>“a” she said</p></blockquote>", "> “a” she said"),
        ("<blockquote><pre>a\n  b</pre></blockquote>", "> a\n>   b"),
        ("she said <q>yes <q>no</q></q>", "she said “yes ‘no’”"),
        ("use <code>git  push</code>, <code>a`b</code>", "use `git push`, a`b"),
        ("<code><p>a</p></code>b <code> </code>c", "a\n\nb c"),
        ("<dl><dt>a</dt><dd>b</dd><dt>c?</dt><dd>d</dd><dt>e:</dt><dd><p>f</p></dd></dl>", "a: b\nc?\nd\ne: f"),
        ("<dl><dt>a</dt><dd></dd></dl>b", "a\n\nb"),
        ("<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a | b"),
        ("<table><tr><td><p>a</p><p>b</p></td></tr></table>", "a\n\nb"),
        ("<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>", "a\n\nb\n\nc"),
        ("<details><summary>a</summary><p>b</p></details>", "a\n\nb"),
        ("<figure><img src=x alt=y><figcaption>a</figcaption></figure>b", "a\n\nb"),
        ("10<sup>2</sup>, H<sub>2</sub>O, 1<sup>st</sup>, word<sup>1</sup>", "10², H₂O, 1st, word¹"),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby> <ruby>a<rt>b</rt></ruby>", "漢（かん） a(b)"),
        ("costs <del>20</del> <ins>15</ins> €", "costs 15 €"),
        ("a – b — c ‘d’ “e” 'f' \"g\"", "a – b — c ‘d’ “e” 'f' \"g\""),
        ("", ""),
    ],
)
def test_markup_becomes_readable_text(html: str, text: str) -> None:
    assert to_text(html) == text


ENGINES = [
    # Markdown, as most generators write it
    "a<sup><a href='#fn:1'>1</a></sup> b<div><hr><ol><li><p>Note. <a href='#fnref:1'>↩︎</a></p></li></ol></div>",
    # WordPress
    "a<sup><a href='https://x.example/#c-f'>1</a></sup> b<ol><li>N <a href='https://x.example/#c-link'>↩︎</a></li></ol>",
    # GitHub
    "a<sup><a href='#user-content-fn-1'>1</a></sup> b<h2>Notes</h2><ol><li>N<a href='#user-content-fnref-1'>↩</a></ol>",
    # Word
    "a<a href='#_ftn1'>[1]</a> b<p><a href='#_ftnref1'>[1]</a> Note.</p>",
    # newsletters
    "a<a href='https://x.example/p#footnote-1'>1</a> b<div><a href='https://x.example/p#footnote-anchor-1'>1</a><p>N</p></div>",
]


@pytest.mark.parametrize("html", ENGINES)
def test_footnotes_go_with_all_that_points_to_them(html: str) -> None:
    assert to_text(f"<p>Before.</p><p>{html}<p>After.</p>") == "Before.\n\na b\n\nAfter."


@pytest.mark.parametrize("html", ENGINES)
def test_a_footnote_that_is_left_out_is_a_reason_to_lead_to_the_original(html: str) -> None:
    assert lost_links(html, to_text(html))


def test_a_list_with_ways_back_is_no_list_of_footnotes_when_nothing_led_there() -> None:
    assert to_text("<ol><li>One <a href='#ref1'>↩</a></li></ol>") == "1. One"


def test_lines_of_code_can_be_told_from_words() -> None:
    html = "<p>a b</p><pre><code>def f():\n    pass\n\n</code></pre><p><code>c d</code></p>"
    assert code_lines(html) == {"def f():", "pass"}


def test_a_link_may_read_otherwise_than_its_words() -> None:
    html = "<a href='https://x.example/'>An <b>example</b></a>, <a href='https://y.example/'>why</a>"
    assert to_text(html, called=lambda url, words: f"{words}!" if "x." in url else None) == "An example!, why"


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
    began = time.process_time()
    to_text(unit * (200_000 // len(unit)))
    assert time.process_time() - began < 4


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
