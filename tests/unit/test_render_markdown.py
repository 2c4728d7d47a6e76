"""HTML becomes Markdown that means the same, whatever signs the words hold."""

import time

import pytest

from syndicator.render.markdown import to_markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>One</h2><p>a <b>b</b> <em>c</em> <s>d</s></p>", "## One\n\na **b** *c* ~~d~~"),
        ("<p>a<br>b</p><hr><p>c</p>", "a\\\nb\n\n---\n\nc"),
        ("<ul><li>a<ol start=3><li>b</ol><li><p>c</p><p>d</p></ul>", "- a\n  3. b\n- c\n\n  d"),
        ("<blockquote><p>a</p><ul><li>b</ul></blockquote>", "> a\n>\n> - b"),
        ("<pre><code>\n  a &lt; b\nc</code></pre>", "```\n  a < b\nc\n```"),
        ("<pre>a\n```\nb<br>c</pre>", "````\na\n```\nb\nc\n````"),
        ("<p><code>a*b</code> <code>c`d</code></p>", "`a*b` `` c`d ``"),
        ("<table><tr><th>a|b</th><th>c</th></tr><tr><td>d</td><td>e</td></tr></table>",
         "| a\\|b | c |\n| --- | --- |\n| d | e |"),
        ("<table><tr><td><p>a</p><p>b</p></td></tr></table>", "a\n\nb"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "a\n:   b"),
        ("<img src='https://x.example/a (b).png' alt='c [d]'>", "![c \\[d\\]](https://x.example/a%20%28b%29.png)"),
        ("<img class=emoji src='https://x.example/a.png' alt='🙂'>", "🙂"),
        ("<a href='https://x.example/a_(b)'>c [d]</a>", "[c \\[d\\]](https://x.example/a_%28b%29)"),
        ("<a href='https://x.example/a_b'>https://x.example/a_b</a>", "<https://x.example/a_b>"),
        ("<a href='https://x.example/'><p>a</p><p>b</p></a>", "[a b](https://x.example/)"),
        ("<a>a</a> <a href='https://x.example/'></a>", "a"),
        ("see https://x.example/a_b_c.", "see <https://x.example/a_b_c>."),
        ("x<sup>2</sup>, <q>y</q>", "x², “y”"),
        ("a<script>b</script>", "a"),
        ("", ""),
    ],
)  # fmt: skip
def test_markup_becomes_markdown(html: str, markdown: str) -> None:
    assert to_markdown(html) == markdown


@pytest.mark.parametrize(
    ("words", "escaped"),
    [
        ("1. a", "1\\. a"),
        ("- a", "\\- a"),
        ("# a", "\\# a"),
        ("&gt; a", "\\> a"),
        ("*a* _b_ `c` [d](e) &lt;f&gt; ~~g~~", "\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) \\<f\\> \\~\\~g\\~\\~"),
        ("a &amp;amp; b", "a \\&amp; b"),
        ("a\\b", "a\\\\b"),
    ],
)
def test_signs_that_would_mean_something_are_escaped(words: str, escaped: str) -> None:
    assert to_markdown(f"<p>{words}</p>") == escaped


def test_footnotes_are_footnotes() -> None:
    html = (
        "<p>a<sup><a href='#fn1'>1</a></sup> b<sup><a href='#fn2'>2</a></sup></p><h2>Footnotes</h2><ol>"
        "<li><p>One.</p><p>More. <a href='#fnref1'>↩</a></p></li><li>Two. <a href='#fnref2'>↩</a></li></ol>"
    )
    assert to_markdown(html) == "a[^1] b[^2]\n\n[^1]: One.\n\n    More.\n\n[^2]: Two."


def test_references_without_their_notes_go() -> None:
    assert to_markdown("<p>a<sup><a href='#fn1'>1</a></sup> b</p>") == "a b"


def test_absurdly_deep_markup_becomes_its_words() -> None:
    assert to_markdown("<div>" * 500 + "still *here*<p>1. and<br>here") == "still \\*here\\*\n\n1\\. and\\\nhere"


@pytest.mark.parametrize(
    "unit", ["<!--", "<a ", "<div>", "<ul><li>", "<ol><li>", "<li>x", "<tr><td>x", "<p><b>", "<table>", "*_", "<pre>"]
)
def test_hostile_markup_is_converted_in_reasonable_time(unit: str) -> None:
    began = time.process_time()
    to_markdown(unit * (100_000 // len(unit)))
    assert time.process_time() - began < 8
