"""From a post to a story: what Medium can carry goes along, what it cannot becomes readable."""

from html import escape

import pytest

from syndicator.connector import Rendering, Span, SpanKind
from syndicator_medium.story import Story, tell
from tests.connectors.medium_ground import LINK, Seen, rendering

FOOTER = f'<hr>\n<p><em>Originally published at </em><a href="{LINK}"><em>blog.example.org</em></a><em>.</em></p>'


def body(html: str, title: str = "Title", link: str | None = LINK) -> str:
    """The story of a post without its title and footer."""
    story = tell(Rendering(text="", html=html, title=title, link=link))
    head, foot = f"<h1>{title}</h1>", FOOTER if link else ""
    assert story.html.startswith(head)
    assert story.html.endswith(foot)
    return story.html[len(head) : len(story.html) - len(foot)].strip()


def story(html: str) -> Story:
    return tell(rendering(html=html))


def test_the_title_is_the_first_heading_and_the_original_is_named_last() -> None:
    told = tell(rendering(html="<p>Hello</p>", title="Fish & <chips>"))
    assert told.html == f"<h1>Fish &amp; &lt;chips&gt;</h1>\n<p>Hello</p>\n{FOOTER}"


def test_a_post_without_an_address_has_no_footer() -> None:
    assert body("<p>Hello</p>", link=None) == "<p>Hello</p>"


@pytest.mark.parametrize(
    ("given", "carried"),
    [
        (
            "<p>a <b>b</b> <i>c</i> <u>d</u> <kbd>e</kbd></p>",
            "<p>a <strong>b</strong> <em>c</em> <u>d</u> <code>e</code></p>",
        ),
        (
            '<p><a href="https://o.example/?a=1&amp;b=2">x</a></p>',
            '<p><a href="https://o.example/?a=1&amp;b=2">x</a></p>',
        ),
        ("<p>one<br>two</p>", "<p>one<br>two</p>"),
        ("<h2>A</h2><h3>B</h3><h5>C</h5>", "<h2>A</h2>\n<h3>B</h3>\n<h4>C</h4>"),
        ("<h1>A</h1><h2>B</h2><h3>C</h3><p>x</p>", "<h2>A</h2>\n<h3>B</h3>\n<h4>C</h4>\n<p>x</p>"),
        ("<ul><li>a</li><li>b</li></ul><ul><li>c</li></ul>", "<ul><li>a</li><li>b</li></ul>\n<ul><li>c</li></ul>"),
        ("<ol><li>a</li><li>b</li></ol>", "<ol><li>a</li><li>b</li></ol>"),
        ('<ol start="4"><li>a</li></ol>', '<ol start="4"><li>a</li></ol>'),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "<blockquote><p>a</p><p>b</p></blockquote>"),
        ("<p>a</p><hr><p>b</p>", "<p>a</p>\n<hr>\n<p>b</p>"),
        ("<div>a<div>b</div>c</div>d", "<p>a</p>\n<p>b</p>\n<p>c</p>\n<p>d</p>"),
        ("<p> a \n  <b> b</b>  c </p>", "<p>a <strong>b</strong> c</p>"),
        ("<p>&nbsp;</p><p></p><p>a&nbsp;b</p>", "<p>a\u00a0b</p>"),
        ("<p>a <q>b</q></p>", "<p>a “b”</p>"),
        ("<dl><dt>t</dt><dd>d</dd></dl>", "<p><strong>t</strong></p>\n<p>d</p>"),
        ("<p><b>a<p>b</b></p>", "<p><strong>a</strong></p>\n<p><strong>b</strong></p>"),
        ("<details><summary>s</summary>d</details>", "<p><strong>s</strong></p>\n<p>d</p>"),
    ],
)
def test_what_medium_takes_is_carried(given: str, carried: str) -> None:
    assert body(given) == carried


def test_code_keeps_every_space_inside() -> None:
    code = '<pre><code class="language-python">\nif a &lt; b:\n\n\treturn  "x"   # @name\n</code></pre>'
    assert body(code) == '<pre>if a &lt; b:\n\n\treturn  "x"   # @name</pre>'


def test_code_keeps_the_indentation_of_its_first_line() -> None:
    assert body("<pre>\n    a\n  b</pre>") == "<pre>    a\n  b</pre>"


def test_code_may_have_words_set_apart() -> None:
    assert body("<pre><code>a <b>b</b><br>c</code></pre>") == "<pre>a <strong>b</strong>\nc</pre>"


def test_the_line_numbers_of_a_highlighter_are_no_code() -> None:
    table = "<table><tr><td><pre>1\n2\n</pre></td><td><pre>a\nb\n</pre></td></tr></table>"
    assert body(table) == "<pre>a\nb</pre>"


def test_numbers_that_are_the_code_stay() -> None:
    assert body("<pre>1\n2</pre><pre>a</pre>") == "<pre>1\n2</pre>\n<pre>a</pre>"


def test_loose_items_are_one_item_each() -> None:
    assert body("<ul><li><p>a</p><p>b</p></li><li><p>c</p></li></ul>") == "<ul><li>a<br>b</li><li>c</li></ul>"


def test_lists_in_lists_become_lines_of_their_item() -> None:
    nested = "<ul><li>a<ul><li>b<ol><li>c</li><li>d</li></ol></li></ul></li><li>e</li></ul>"
    assert body(nested) == "<ul><li>a<br>– b<br>\u20031. c<br>\u20032. d</li><li>e</li></ul>"


def test_a_list_in_a_numbered_item_does_not_count_along() -> None:
    nested = "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"
    assert body(nested) == "<ol><li>a<br>– b</li><li>c</li></ol>"


def test_numbers_go_on_behind_code_within_a_list() -> None:
    steps = "<ol><li>a<pre>x</pre></li><li>b</li></ol>"
    assert body(steps) == '<ol><li>a</li></ol>\n<pre>x</pre>\n<ol start="2"><li>b</li></ol>'


def test_words_behind_code_in_an_item_stay_in_their_place() -> None:
    assert body("<ul><li>a<pre>x</pre>b</li></ul>") == "<ul><li>a</li></ul>\n<pre>x</pre>\n<p>b</p>"


def test_a_list_in_a_quotation_stays_quoted() -> None:
    quoted = "<blockquote><p>q</p><ul><li>a</li></ul><ol><li>b</li><li>c</li></ol></blockquote>"
    assert body(quoted) == "<blockquote><p>q</p><p>• a</p><p>1. b</p><p>2. c</p></blockquote>"


def test_a_quotation_in_an_item_is_a_quotation() -> None:
    quoted = "<ul><li>a<blockquote><p>q</p></blockquote></li><li>b</li></ul>"
    assert body(quoted) == "<ul><li>a</li></ul>\n<blockquote><p>q</p></blockquote>\n<ul><li>b</li></ul>"


def test_headings_in_items_and_quotations_are_strong_words() -> None:
    assert body("<ul><li><h3>a</h3>b</li></ul>") == "<ul><li><strong>a</strong><br>b</li></ul>"
    assert body("<blockquote><h2>a</h2></blockquote>") == "<blockquote><p><strong>a</strong></p></blockquote>"


def test_a_table_is_a_line_per_row() -> None:
    table = (
        "<table><caption>Prices</caption><thead><tr><th>Fish</th><th>Euro</th></tr></thead>"
        '<tbody><tr><td>Cod<br>(fresh)</td><td><a href="https://o.example/">9</a></td></tr><tr><td><p>Eel</p></td></tr></tbody></table>'
    )
    assert body(table) == (
        "<p><em>Prices</em></p>\n<p><strong>Fish</strong> · <strong>Euro</strong><br>"
        'Cod (fresh) · <a href="https://o.example/">9</a><br>Eel</p>'
    )
    assert any("no tables" in warning for warning in story(table).warnings)


def test_a_table_of_one_cell_is_no_loss() -> None:
    assert body("<table><tr><td>a</td></tr></table>") == "<p>a</p>"
    assert story("<table><tr><td>a</td></tr></table>").warnings == ()


def test_words_around_a_table_stay_around_it() -> None:
    table = "<p>a</p>b<table><tr><td>1</td><td>2</td></tr></table>c"
    assert body(table) == "<p>a</p>\n<p>b</p>\n<p>1 · 2</p>\n<p>c</p>"


def test_a_picture_stays_at_its_address_with_its_words() -> None:
    given = (
        '<figure><img src="https://b.example/a.jpg?x=1&amp;y=2" alt="A &quot;b&quot;" width="5">'
        "<figcaption>By <b>me</b></figcaption></figure>"
    )
    assert body(given) == (
        '<figure><img src="https://b.example/a.jpg?x=1&amp;y=2" alt="A &quot;b&quot;">'
        "<figcaption>By <strong>me</strong></figcaption></figure>"
    )


def test_a_caption_above_belongs_to_the_picture_below() -> None:
    given = '<figure><figcaption>C</figcaption><img src="https://b.example/a.jpg" alt=""></figure>'
    assert body(given) == '<figure><img src="https://b.example/a.jpg" alt=""><figcaption>C</figcaption></figure>'


def test_a_caption_without_a_picture_is_a_paragraph() -> None:
    assert body("<figure><pre>x</pre><figcaption>C</figcaption></figure>") == "<pre>x</pre>\n<p><em>C</em></p>"


def test_pictures_of_one_figure_keep_their_own_figures() -> None:
    given = '<figure><img src="https://b.example/1.jpg"><img src="https://b.example/2.jpg"><figcaption>C</figcaption></figure>'
    assert body(given) == (
        '<figure><img src="https://b.example/1.jpg" alt=""></figure>\n'
        '<figure><img src="https://b.example/2.jpg" alt=""><figcaption>C</figcaption></figure>'
    )


def test_a_picture_in_a_paragraph_stands_between_its_halves() -> None:
    given = '<p>a <a href="https://b.example/big"><img src="https://b.example/a.jpg" alt="x"></a> b</p>'
    linked = '<figure><a href="https://b.example/big"><img src="https://b.example/a.jpg" alt="x"></a></figure>'
    assert body(given) == f"<p>a</p>\n{linked}\n<p>b</p>"


@pytest.mark.parametrize("src", ["data:image/png;base64,AAAA", "/a.jpg", "a.jpg", "javascript:x", ""])
def test_a_picture_without_an_address_stays_away_and_that_is_told(src: str) -> None:
    told = story(f'<p>a<img src="{src}">b</p>')
    assert "<img" not in told.html
    assert any("picture" in warning for warning in told.warnings)


@pytest.mark.parametrize("href", [f"{LINK}#notes", "#notes", "notes", "/notes", "javascript:alert(1)", "tel:123"])
def test_links_that_lead_nowhere_from_a_copy_are_words(href: str) -> None:
    assert body(f'<p>see <a href="{href}">below</a></p>') == "<p>see below</p>"


@pytest.mark.parametrize(
    "href", [LINK, "https://blog.example.org/2026/10/#x", "mailto:ada@b.example", "HTTPS://o.example"]
)
def test_links_that_lead_somewhere_stay(href: str) -> None:
    assert body(f'<p><a href="{href}">x</a></p>') == f'<p><a href="{href}">x</a></p>'


def test_the_note_of_a_day_page_may_link_to_itself() -> None:
    link = "https://blog.example.org/2026/11/20#note-3"
    told = tell(
        rendering(
            html=f'<p><a href="{link}">#</a> <a href="https://blog.example.org/2026/11/20#note-2">2</a></p>', link=link
        )
    )
    assert f'<p><a href="{link}">#</a> 2</p>' in told.html


@pytest.mark.parametrize(
    ("player", "page"),
    [
        ('<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0"></iframe>', "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ('<iframe src="https://player.vimeo.com/video/76979871">old browser</iframe>', "https://vimeo.com/76979871"),
        ('<video src="https://b.example/v.mp4">old browser</video>', "https://b.example/v.mp4"),
        ('<audio><source src="https://b.example/a.ogg"><source src="https://b.example/a.mp3"></audio>', "https://b.example/a.ogg"),
        ('<object data="https://b.example/o.pdf"><p>old browser</p></object>', "https://b.example/o.pdf"),
        ('<embed src="https://b.example/e.svg">', "https://b.example/e.svg"),
    ],
)  # fmt: skip
def test_what_is_embedded_becomes_a_link(player: str, page: str) -> None:
    assert body(f"<p>a</p>{player}<p>b</p>") == f'<p>a</p>\n<p><a href="{page}">{page}</a></p>\n<p>b</p>'


def test_what_no_reader_sees_stays_away() -> None:
    assert body("<p>a<script>x()</script><style>p{}</style><template>t</template></p>") == "<p>a</p>"


def test_raised_and_lowered_digits_do_not_fall_onto_the_line() -> None:
    told = story("<p>10<sup>6</sup> H<sub>2</sub>O x<sup>n+1</sup> 4<sup>th</sup></p>")
    assert "<p>10⁶ H₂O xⁿ⁺¹ 4th</p>" in told.html
    assert told.warnings == ()


def test_what_cannot_be_raised_is_told() -> None:
    told = story("<p>2<sup>xy</sup></p>")
    assert ("<p>2xy</p>" in told.html, len(told.warnings)) == (True, 1)


def test_struck_words_stay_and_that_is_told() -> None:
    told = story("<p><del>cats</del> dogs</p>")
    assert "<p>cats dogs</p>" in told.html
    assert any("strike" in warning for warning in told.warnings)


def test_a_title_that_the_post_repeats_is_not_said_twice() -> None:
    assert body("<h1>Title</h1><p>x</p>") == "<p>x</p>"
    assert body("<h2> Title</h2><h1>A</h1>") == "<h2>A</h2>"
    assert body("<p>Title</p><h2>Title</h2>") == "<p>Title</p>\n<h2>Title</h2>"


def test_a_content_warning_comes_before_the_text() -> None:
    told = tell(rendering(html="<p>x</p>", title="T", content_warning="Politics & fish"))
    assert told.html.startswith("<h1>T</h1>\n<p><em>Politics &amp; fish</em></p>\n<p>x</p>")


# Feeds that give only a text


def test_without_html_the_text_is_told_with_its_links() -> None:
    text = "First & foremost\nhere\n\nSee https://o.example/ 👋 #tag"
    at = text.index("https")
    spans = (
        Span(at, at + 18, SpanKind.LINK, "https://o.example/"),
        Span(len(text) - 4, len(text), SpanKind.TAG, "tag"),
    )
    told = tell(Rendering(text=text, spans=spans, title="T"))
    assert told.html == (
        "<h1>T</h1>\n<p>First &amp; foremost<br>here</p>\n"
        '<p>See <a href="https://o.example/">https://o.example/</a> 👋 #tag</p>'
    )


def test_a_long_post_in_many_scripts_arrives_whole() -> None:
    rtl = "مرحبا بالعالم (أهلاً) — \u200fשלום"
    long = "The quick brown fox jumps. " * 223
    signs = "👩\u200d👩\u200d👧\u200d👦 @name (brackets) [square] {curly} <tag> *stars* _lines_"
    sources = [f"https://b.example/{n}.jpg" for n in range(3)]
    html = (
        f'<p>{long}</p><p dir="rtl">{rtl}</p><p>{escape(signs)}</p><pre><code>SELECT *\n  FROM t;</code></pre>'
        "<ul><li>one</li></ul><blockquote><p>quote</p></blockquote>"
        + "".join(f'<img src="{source}" alt="">' for source in sources)
    )
    seen = Seen(tell(rendering(html=html)).html)
    for words in (long.strip(), rtl, signs, "SELECT *\n  FROM t;", "one", "quote"):
        assert words in seen.words
    assert [given["src"] for tag, given in seen.elements if tag == "img"] == sources
