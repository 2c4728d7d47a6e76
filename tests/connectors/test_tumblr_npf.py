"""The whole post as Tumblr's blocks: every letter, in order, in the form that Tumblr has for it."""

import unicodedata
from typing import Any

import pytest

from syndicator_tumblr.blocks import TEXT_LIMIT, Picture, Range, Text, piece, shortened, split
from syndicator_tumblr.fit import MOST_BLOCKS, MOST_LINKS, MOST_PICTURES, fit, numbered, plain, without_pictures
from syndicator_tumblr.npf import blocks
from tests.connectors.tumblr_ground import image

FAMILY = "👩‍👩‍👧‍👦"
CAT = "https://blog.example.org/cat.png"
INNER = {"text": "x", "subtype": "unordered-list-item", "indent_level": 1}


def seen(markup: str, *images: Any) -> list[Any]:
    """What goes out: a text alone where nothing else is said, else the whole block."""
    made = [block.json() for block in fit(blocks(markup, images))]
    return [b["text"] if b.keys() == {"type", "text"} else {k: v for k, v in b.items() if k != "type"} for b in made]


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p>One</p><p>Two</p>", ["One", "Two"]),
        ("One<p>Two</p>Three", ["One", "Two", "Three"]),
        ("<p>a\n  b<br>c <br/> d</p>", ["a b\nc\nd"]),
        ("<p> \n </p><p>&nbsp;</p><p>x</p>", ["x"]),
        ("<h1>A</h1><h2>B</h2><h3>C</h3>", [("A", "heading1"), ("B", "heading1"), ("C", "heading2")]),
        ("<p>x <code>a  b</code></p>", ["x a b"]),
        ("<p>“a” &amp; &lt;b&gt;</p><hr><p>c</p>", ["“a” & <b>", "* * *", "c"]),
        ("<p>10<sup>6</sup>, H<sub>2</sub>O, 1<sup>st</sup></p>", ["10⁶, H₂O, 1st"]),
        ("<p>sagt <q>ja</q></p>", ["sagt “ja”"]),
        ("<p>　字下げ</p>", ["　字下げ"]),
    ],
)  # fmt: skip
def test_words_keep_their_place(markup: str, shown: list[Any]) -> None:
    wanted = [s if isinstance(s, str) else {"text": s[0], "subtype": s[1]} for s in shown]
    assert seen(markup) == wanted


def test_code_keeps_its_lines_and_its_indentation() -> None:
    markup = "<pre><code>\n  if x:\n\t\treturn  1\n\n  else: …\n\n</code></pre><p>after</p>"
    assert seen(markup) == [{"text": "  if x:\n\t\treturn  1\n\n  else: …", "subtype": "chat"}, "after"]


def test_lists_nest_to_the_depth_that_tumblr_has() -> None:
    markup = "<ul><li>a" * 9 + "</li></ul>" * 9
    depths = [block.get("indent_level", 0) for block in (b.json() for b in fit(blocks(markup)))]
    assert depths == [0, 1, 2, 3, 4, 5, 6, 7, 7]


def test_paragraphs_of_one_item_are_lines_of_one_item() -> None:
    markup = "<ol><li><p>a</p><p>b</p></li><li>c<ul><li>d</li></ul></li></ol>"
    assert seen(markup) == [
        {"text": "a\nb", "subtype": "ordered-list-item"},
        {"text": "c", "subtype": "ordered-list-item"},
        {"text": "d", "subtype": "unordered-list-item", "indent_level": 1},
    ]


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<ol start=4><li>d<li>e</ol>", ["4. d", "5. e"]),
        ("<ol><li>a<pre>x</pre></li><li>b</li></ol>", [["a"], {"text": "x", "subtype": "chat"}, "2. b"]),
        ("<ol><li>a</ol><ol><li>b</ol>", [["a"], "1. b"]),
        ("<ol><li>a<li>b</ol><p>x</p><ol><li>c</ol>", [["a"], ["b"], "x", ["c"]]),
        ("<ol><li>a<ul><li>x</ul><li>b</ol>", [["a"], INNER, ["b"]]),
    ],
)
def test_a_number_that_tumblr_would_get_wrong_is_written_out(markup: str, shown: list[Any]) -> None:
    wanted = [{"text": s[0], "subtype": "ordered-list-item"} if isinstance(s, list) else s for s in shown]
    assert seen(markup.replace("<li>", "</li><li>").replace("</li>", "", 1)) == wanted


def test_quotes_of_several_paragraphs_stay_quotes() -> None:
    markup = "<blockquote><p>a</p><h3>b</h3><blockquote>c</blockquote><ul><li>d</li></ul></blockquote><p>e</p>"
    bold = [{"start": 0, "end": 1, "type": "bold"}]
    assert seen(markup) == [
        {"text": "a", "subtype": "indented"},
        {"text": "b", "subtype": "indented", "formatting": bold},
        {"text": "c", "subtype": "indented", "indent_level": 1},
        {"text": "d", "subtype": "unordered-list-item", "indent_level": 1},
        "e",
    ]


def test_tables_become_lines_and_their_code_stays_code() -> None:
    markup = (
        "<table><caption>T</caption><thead><tr><th>A</th><th>B</th></tr></thead>"
        "<tr><td><p>1</p></td><td><ul><li>x</li><li>y</li></ul></td></tr></table><p>z</p>"
    )
    assert seen(markup) == ["T\nA | B\n1 | • x • y", "z"]
    assert seen("<table><tr><td><pre>1\n2</pre></td><td><pre>a\nb</pre></td></tr></table>") == [
        {"text": "1\n2", "subtype": "chat"},
        "|",
        {"text": "a\nb", "subtype": "chat"},
    ]


def test_formatting_counts_code_points() -> None:
    (block,) = fit(blocks(f"<p>{FAMILY} <b>fett {FAMILY}</b> <a href='https://x.example/'>da </a></p>"))
    assert isinstance(block, Text)
    cut = [(block.text[r.start : r.end], r.type, r.url) for r in block.formatting]
    assert cut == [(f"fett {FAMILY}", "bold", ""), ("da", "link", "https://x.example/")]


def test_formats_of_one_kind_are_merged_and_others_overlap() -> None:
    (block,) = fit(blocks("<b>a<strong>b</strong></b><b>c</b><i>d<s>e</s></i><small>f</small>"))
    assert [(r.start, r.end, r.type) for r in block.formatting] == [  # type: ignore[union-attr]
        (0, 3, "bold"), (3, 5, "italic"), (4, 5, "strikethrough"), (5, 6, "small"),
    ]  # fmt: skip


def test_a_format_goes_on_in_the_next_block() -> None:
    made = fit(blocks("<b><p>a</p><p>b</p></b><p>c</p>"))
    assert [[(r.start, r.end) for r in b.formatting] for b in made if isinstance(b, Text)] == [[(0, 1)], [(0, 1)], []]


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ('<a href="mailto:a@b.example">Mail</a>', "Mail (a@b.example)"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ('<a href="/there">there</a>', "there"),
    ],
)
def test_links_that_lead_to_no_page_are_words(markup: str, shown: str) -> None:
    assert seen(f"<p>{markup}</p>") == [shown]


def test_a_picture_is_a_block_with_alt_text_caption_and_target() -> None:
    markup = f'<p>a <a href="https://x.example/page"><img src="{CAT}"></a> b</p>'
    figure = f'<figure><a href="{CAT}"><img src="{CAT}"></a><figcaption>Eine <i>Katze</i></figcaption></figure>'
    first, second = [b for b in fit(blocks(markup + figure, [image(source=CAT)])) if isinstance(b, Picture)]
    assert (first.alt, first.caption, first.link) == ("a cat", "", "https://x.example/page")
    assert (second.caption, second.link, second.width, second.height) == ("Eine Katze", "", 80, 60)


def test_a_caption_with_links_and_one_of_several_pictures_stand_below_as_text() -> None:
    linked = f'<figure><img src="{CAT}"><figcaption>by <a href="https://x.example/">me</a></figcaption></figure>'
    several = f'<figure><img src="{CAT}"><img src="{CAT}"><figcaption>both</figcaption></figure>'
    texts = [b.text for b in fit(blocks(linked + several, [image(source=CAT)])) if isinstance(b, Text)]
    assert texts == ["by me", "both"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (f'<img src="{CAT}" alt="A cat">', "A cat"),
        (f'<img src="{CAT}">', "cat.png"),
        ('<video src="https://v.example/a%20b.mp4"></video>', "a b.mp4"),
    ],
)
def test_what_cannot_be_shown_is_linked(markup: str, text: str) -> None:
    (block,) = seen(markup)
    assert block["text"] == text
    assert (block["formatting"][0]["start"], block["formatting"][0]["end"]) == (0, len(text))
    assert block["formatting"][0]["url"].startswith("https://")


def test_counting_pixels_vanish_and_drawn_emoji_are_letters() -> None:
    pixel = '<img src="https://t.example/p" width="1" height="1">'
    markup = f'<p>a{pixel} <img class="emoji" src="https://e.example/1" alt="🙂"></p>'
    assert seen(markup) == ["a 🙂"]


def test_a_long_paragraph_is_cut_between_sentences_and_formats_with_it() -> None:
    sentence = "Wort " * 100 + "Ende. "
    parts = fit(blocks(f"<p><b>{sentence * 12}</b></p>"))
    assert len(parts) == 2
    assert all(isinstance(p, Text) and len(p.text) <= TEXT_LIMIT and p.text.rstrip().endswith("Ende.") for p in parts)
    assert [(r.start, r.end) for p in parts for r in p.formatting] == [  # type: ignore[union-attr]
        (0, len(p.text.rstrip())) for p in parts if isinstance(p, Text)
    ]


def test_a_cut_never_goes_through_what_looks_like_one_letter() -> None:
    parts = split(Text(FAMILY * 700))
    assert "".join(p.text for p in parts) == FAMILY * 700
    assert all(len(p.text) % len(FAMILY) == 0 and len(p.text) <= TEXT_LIMIT for p in parts)


def test_a_blank_that_carries_a_mark_is_no_place_to_cut() -> None:
    text = "a" * 3000 + " \N{COMBINING ACUTE ACCENT}" + "a" * 3000
    assert [len(part.text) for part in split(Text(text))] == [4096, len(text) - 4096]


def test_a_letter_longer_than_a_block_is_cut_all_the_same() -> None:
    monster = "a" + "\N{COMBINING ACUTE ACCENT}" * 9000
    assert "".join(p.text for p in split(Text(monster))) == monster


def test_the_rest_of_a_long_item_is_no_item_and_later_numbers_stay_right() -> None:
    first, rest, last = fit(blocks(f"<ol><li>{'a ' * 3000}</li><li>b</li></ol>"))
    assert [b.subtype for b in (first, rest, last) if isinstance(b, Text)] == ["ordered-list-item", "", ""]
    assert isinstance(rest, Text)
    assert isinstance(last, Text)
    assert (rest.text[:4], last.text) == ("a a ", "2. b")


def test_a_number_that_is_written_out_fits_into_the_block_and_is_written_once() -> None:
    (first, *_) = fit(blocks(f"<ol start=5><li>{'a' * 4096}</li></ol>"))
    assert isinstance(first, Text)
    assert (first.text[:4], len(first.text) <= TEXT_LIMIT) == ("5. a", True)
    many = fit(blocks("<ol start=5>" + "<li>x</li>" * 1500 + "</ol>"))
    lines = [line for b in many if isinstance(b, Text) for line in b.text.split("\n")]
    assert lines == [f"{number}. x" for number in range(5, 1505)]


def test_what_is_more_than_tumblr_takes_is_put_into_words_and_together() -> None:
    pictures = fit(blocks(f'<img src="{CAT}">' * 33, [image(source=CAT)]))
    assert sum(isinstance(b, Picture) for b in pictures) == MOST_PICTURES
    assert [b.text for b in pictures if isinstance(b, Text)] == ["a cat"] * 3
    links = fit(blocks("".join(f'<p><a href="https://x.example/{n}">n</a></p>' for n in range(103))))
    assert sum(r.type == "link" for b in links if isinstance(b, Text) for r in b.formatting) == MOST_LINKS
    assert [b.text for b in links[-2:] if isinstance(b, Text)] == [
        "n (https://x.example/101)",
        "n (https://x.example/102)",
    ]
    items = fit(blocks("<ul>" + "<li>x</li>" * 2500 + "</ul>"))
    assert len(items) <= MOST_BLOCKS
    assert sum(b.text.count("• x") for b in items if isinstance(b, Text)) == 2500


def test_the_simplest_form_says_in_words_what_its_forms_said() -> None:
    markup = '<h1>T</h1><ol><li>a</li></ol><ul><li>b</li></ul><p><a href="https://x.example/">da</a></p>'
    markup += f'<img src="{CAT}">'
    made = plain(blocks(markup, [image(source=CAT)]))
    assert [b.text for b in made if isinstance(b, Text)] == ["T", "1. a", "• b", "da (https://x.example/)"]
    assert all(not (b.subtype or b.formatting or b.indent) for b in made if isinstance(b, Text))


def test_without_pictures_their_descriptions_lead_to_them() -> None:
    (block,) = without_pictures(blocks(f'<img src="{CAT}">', [image(source=CAT)]))
    assert block == Text("a cat", (Range(0, 5, "link", CAT),))


def test_a_shortened_text_says_so_and_fits() -> None:
    assert shortened("a" * 4096) == "a" * 4096
    assert (len(shortened("a " * 4000)) <= 4096, shortened("a " * 4000)[-1]) == (True, "…")


def test_a_piece_takes_its_share_of_the_formats() -> None:
    assert piece(Text("abcdef", (Range(1, 5, "bold"),)), 2, 4) == Text("cd", (Range(0, 2, "bold"),))


def test_numbering_that_fits_stays_a_list() -> None:
    items = [Text(t, (), "ordered-list-item", 0, n) for n, t in enumerate("abc", 1)]
    assert list(numbered(items)) == items


def test_compatibility_forms_are_left_alone() -> None:
    word = "ﬁx Ⅳ ½"
    assert seen(f"<p>{word}</p>") == [word]
    assert unicodedata.normalize("NFKC", word) != word
