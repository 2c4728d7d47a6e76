"""The folder of a copy that a person publishes: what is in it, that nothing in it comes alive, and that it can go."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from syndicator import outbox
from syndicator.connector import Attachment, Card, HandOff, Rendering
from syndicator.outbox import Folder, compose

KEY = "3fa9c1" + "0" * 58
PAGE = "https://medium.example/p/import"
LINK = "https://blog.example/2026/walk-by-the-lake/"
STEPS = ("Open the page.", f"Paste {LINK} into it.", "Check the pictures (and captions).")
WORDS = Rendering(
    "A walk by the lake\n\nhttps://blog.example/2026/walk-by-the-lake/",
    link=LINK,
    title="A walk by the lake",
    tags=("walks", "lake life"),
    language="en-GB",
    published=datetime(2026, 3, 1, 23, 59, tzinfo=UTC),
)
HAND_OFF = HandOff(PAGE, STEPS, tags=("walks", "lake life"))
HOSTILE = [
    "# heading",
    "<script>alert(1)</script>",
    "</pre><img src=x onerror=alert(1)>",
    "```\n# out of the fence\n```",
    "````text\n~~~~",
    "[click](javascript:alert(1)) ![x](https://evil.example/x.png)",
    '<a href="https://evil.example">"\'&amp;',
    "- [x] done\n1. one\n=====\n-----",
    "https://evil.example/<b>`code`*bold*_em_",
    "&lt;b&gt; &#x3c;script> \\<b>",
    "\x1b[2J\x1b]0;title\x07\r\x9b31m",
    "|a|b|\n|-|-|",
    "$$x$$ :::note",
]
TEXTS = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=60), st.text(alphabet="`~#<>[]()!*_\\&-=\n 1.https:/", max_size=60)
)


def picture(data: bytes = b"PNG", mime: str = "image/png", alt: str = "A lake") -> Attachment:
    return Attachment(data, hashlib.sha256(data).hexdigest(), mime, 4, 3, alt=alt)


def made(rendering: Rendering = WORDS, hand_off: HandOff = HAND_OFF) -> Folder:
    return compose("medium", 12, KEY, rendering, hand_off)


def text(folder: Folder, name: str) -> str:
    return folder.files[name].decode()


# What is in it


def test_a_folder_is_named_by_network_day_post_and_key() -> None:
    assert made().name == "medium/2026-03-01-walk-by-the-lake-3fa9c1"


@pytest.mark.parametrize(
    ("link", "title", "slug"),
    [
        ("https://blog.example/?p=12", "Größe & Maß!", "grosse-ma"),
        ("https://blog.example/..%2f..%2fetc/", "", "etc"),
        ("https://blog.example/%E6%B9%96/", "湖", "post"),
        ("https://blog.example/a.html#x", "", "a-html"),
        (None, "A Note", "a-note"),
        ("http://[", "Broken", "broken"),
        (f"https://blog.example/{'long-' * 30}", "", ("long-" * 8).strip("-")),
    ],
)
def test_the_slug_is_plain_whatever_the_post_is_called(link: str | None, title: str, slug: str) -> None:
    expected = slug if "ß" not in title else "groe-ma"
    assert made(replace(WORDS, link=link, title=title)).name == f"medium/2026-03-01-{expected}-3fa9c1"


def test_a_post_without_a_date_says_so() -> None:
    assert made(replace(WORDS, published=None)).name.startswith("medium/undated-walk")


def test_the_card_has_the_page_the_steps_and_the_command() -> None:
    card = text(made(), "card.md")
    assert "A copy for **medium**, to be published by hand.\n" in card
    assert f"## Page\n\n<{PAGE}>\n" in card
    assert "- [ ] Open the page.\n" in card
    assert f"- [ ] Paste <{LINK}> into it.\n" in card
    assert "- [ ] Say that it is published, and where: `syndicate done 12 ADDRESS-OF-THE-COPY`\n" in card
    assert "```text\nsyndicate skip 12\n```\n" in card


def test_what_is_to_be_pasted_stands_as_it_is() -> None:
    card, page = text(made(), "card.md"), text(made(), "card.html")
    for words in (LINK, "A walk by the lake", WORDS.text, "walks, lake life"):
        assert f"```text\n{words}\n```\n" in card
        assert f"<pre dir=auto>\n{words}</pre>" in page
    assert text(made(), "text.txt") == f"{WORDS.text}\n"


def test_what_a_post_does_not_have_is_not_mentioned() -> None:
    bare = made(Rendering("", published=WORDS.published, link=LINK), HandOff(PAGE, STEPS))
    assert set(bare.files) == {"card.md", "card.html"}
    card = text(bare, "card.md")
    assert "blog.example" in card.split("\n")[0]
    assert not {"## Text (also in text.txt)", "## Tags", "## Title", "## Pictures", "## Story"} & set(card.split("\n"))


def test_words_that_are_pasted_nowhere_are_not_laid_ready() -> None:
    folder = made(hand_off=HandOff(PAGE, STEPS, html="<p>The whole post</p>", takes_text=False))
    assert "text.txt" not in folder.files
    assert WORDS.text not in text(folder, "card.md")


def test_a_content_warning_is_to_be_pasted_too() -> None:
    assert "## Content warning\n\n```text\nPolitics\n```" in text(
        made(replace(WORDS, content_warning="Politics")), "card.md"
    )


def test_the_story_is_a_page_of_its_own_that_runs_nothing() -> None:
    folder = made(hand_off=replace(HAND_OFF, html="<p>Words</p><script>alert(1)</script>"))
    story = text(folder, "story.html")
    assert "<article>\n<p>Words</p>" in story
    assert "Content-Security-Policy\" content=\"default-src 'none';" in story
    assert story.index("Content-Security-Policy") < story.index("<p>Words</p>")
    assert "story.html" in text(folder, "card.md")
    assert 'href="story.html"' in text(folder, "card.html")


def test_the_picture_of_the_card_is_the_cover() -> None:
    card = Card(LINK, "A walk", image=picture(b"cover", "image/jpeg", ""))
    folder = made(replace(WORDS, card=card, images=(picture(b"one"),)))
    assert (folder.files["cover.jpg"], folder.files["image-1.png"]) == (b"cover", b"one")


def test_an_articles_first_picture_is_the_cover_and_the_others_keep_their_numbers() -> None:
    images = (picture(b"one", "image/jpeg"), picture(b"two", "image/webp", "Boats\nand `more`"), picture(b""))
    folder = made(replace(WORDS, images=images))
    assert {name: data for name, data in folder.files.items() if name[:4] in ("cove", "imag")} == {
        "cover.jpg": b"one",
        "image-2.webp": b"two",
    }
    assert "- `image-2.webp`, described as:\n\n  ```text\n  Boats and `more`\n  ```" in text(folder, "card.md")
    assert '<img src="image-2.webp" alt="Boats and `more`">' in text(folder, "card.html")


@pytest.mark.parametrize("of", [picture(b"one"), replace(picture(b"smaller"), source="https://blog.example/one.png")])
def test_a_picture_that_is_the_cover_is_there_once_and_as_large_as_it_is(of: Attachment) -> None:
    images = (picture(b"zero"), replace(picture(b"one"), source="https://blog.example/one.png"))
    folder = made(replace(WORDS, card=Card(LINK, "A walk", image=of), images=images))
    assert {name: data for name, data in folder.files.items() if name[:4] in ("cove", "imag")} == {
        "image-1.png": b"zero",
        "cover.png": b"one",
    }


def test_a_notes_pictures_are_counted_from_one() -> None:
    folder = made(replace(WORDS, title="", images=(picture(b"one", "image/../../x"),)))
    assert folder.files["image-1.x"] == b"one"


def test_the_same_rendering_gives_the_same_bytes() -> None:
    assert made() == made(replace(WORDS, composed=datetime(2026, 3, 9, tzinfo=UTC)))


# Words of the feed are data


def tokens(markdown: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(markdown):
        yield token
        yield from token.children or ()


def shape(markdown: str) -> list[tuple[str, str]]:
    """What a reader of Markdown makes of it, without the words."""
    return [(t.type, t.tag) for t in tokens(markdown) if t.type not in ("text", "inline", "softbreak")]


def hostile(words: str, *, link: str | None = LINK) -> Folder:
    rendering = Rendering(
        words, link=link, title=words, tags=(words,), content_warning=words, images=(picture(alt=words),)
    )
    return made(rendering, HandOff(PAGE, (f"Give it the title {words}",)))


def addresses(words: str) -> bool:
    return "http" in words


@given(words=TEXTS.filter(lambda words: words.strip() and not addresses(words)))
def test_no_words_of_the_feed_come_alive_in_the_card(words: str) -> None:
    if not outbox_words(words):
        return
    assert shape(text(hostile(words), "card.md")) == shape(text(hostile("harmless"), "card.md"))


def outbox_words(words: str) -> str:
    return "".join(c for c in words if c.isprintable()).strip()


@given(words=TEXTS)
def test_an_address_in_the_words_is_at_most_an_address(words: str) -> None:
    card = text(hostile(words), "card.md")
    links = [t for t in tokens(card) if t.type == "link_open"]
    assert all(str(t.attrs["href"]).startswith(("https://", "http://")) and t.markup == "autolink" for t in links)
    assert not [t for t in tokens(card) if t.type in ("html_block", "html_inline", "image")]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.blocks: list[str] = []
        self._in_pre = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))
        if tag == "pre":
            self._in_pre = True
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_pre = self._in_pre and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self._in_pre:
            self.blocks[-1] += data


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    tags.close()
    return tags


@given(words=TEXTS.filter(lambda words: words.strip() and not addresses(words)))
def test_no_words_of_the_feed_come_alive_in_the_page(words: str) -> None:
    if not outbox_words(words):
        return
    assert read(text(hostile(words), "card.html")).found == read(text(hostile("harmless"), "card.html")).found


@pytest.mark.parametrize("words", ["\n\nTwo lines first", "a < b & c", "👩‍👩‍👧 שלום", "tab\tand  spaces  "])
def test_a_block_of_the_page_holds_the_very_words(words: str) -> None:
    page = text(made(replace(WORDS, text=words)), "card.html")
    assert f"\n{words}" in read(page).blocks


def test_a_page_that_fills_in_a_form_is_opened_whole_and_named_short() -> None:
    folder = made(hand_off=replace(HAND_OFF, page=f"{PAGE}?url=x&title=y"))
    assert f"<{PAGE}?url=x&title=y>" in text(folder, "card.md")
    button = f'href="{PAGE}?url=x&amp;title=y" target=_blank rel="noopener noreferrer">{PAGE}</a>'
    assert button in text(folder, "card.html")


@pytest.mark.parametrize("page", ["javascript:alert(1)", "https://x.example/ onclick=alert(1)", "not an address"])
def test_a_page_that_is_no_address_is_no_link(page: str) -> None:
    folder = made(hand_off=replace(HAND_OFF, page=page, steps=()))
    assert "href" not in text(folder, "card.html")
    links = [str(token.attrs["href"]) for token in tokens(text(folder, "card.md")) if token.type == "link_open"]
    assert links == (["https://x.example/"] if "x.example" in page else [])


@pytest.mark.parametrize("name", ["card.md", "card.html", "text.txt"])
def test_nothing_in_it_can_drive_the_terminal_it_is_read_on(name: str) -> None:
    written = text(hostile("a\x1b[2Jb\x9b31m\x07\rc", link=LINK), name)
    assert not [c for c in written if (ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0]


def test_half_of_a_surrogate_pair_stops_nothing() -> None:
    assert b"\xed" not in made(replace(WORDS, text="a\ud83db")).files["text.txt"]


# On the disk


def test_writing_twice_writes_once(tmp_path: Path) -> None:
    path = outbox.write(tmp_path / "outbox", made())
    before = {entry.name: entry.stat() for entry in path.iterdir()}
    assert path == tmp_path / "outbox" / made().name
    outbox.write(tmp_path / "outbox", made())
    assert {entry.name: entry.stat() for entry in path.iterdir()} == before


def test_everybody_may_read_it_whatever_the_umask_says(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        path = outbox.write(tmp_path / "deep" / "outbox", made())
    finally:
        os.umask(old)
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (path.parents[1], path.parent, path)}
    assert (modes, {stat.S_IMODE(p.stat().st_mode) for p in path.iterdir()}) == ({0o755}, {0o644})


def test_a_directory_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir(mode=0o700)
    outbox.write(tmp_path / "outbox", made())
    assert stat.S_IMODE((tmp_path / "outbox").stat().st_mode) == 0o700


def test_what_an_earlier_try_left_is_put_right(tmp_path: Path) -> None:
    path = outbox.write(tmp_path, made(replace(WORDS, images=(picture(b"one"), picture(b"two")))))
    (path / ".card.md.x1y2z3").write_text("half")
    (path / "my notes.md").write_text("mine")
    outbox.write(tmp_path, made(replace(WORDS, title="Another title")))
    assert {entry.name for entry in path.iterdir()} == {"card.md", "card.html", "text.txt", "my notes.md"}
    assert "Another title" in (path / "card.md").read_text()


def test_removing_takes_the_folder_and_nothing_of_its_owners(tmp_path: Path) -> None:
    folder = made(hand_off=replace(HAND_OFF, html="<p>x</p>"))
    path = outbox.write(tmp_path, folder)
    (path / "cover.png").mkdir()
    (path / "notes.txt").write_text("mine")
    outbox.remove(tmp_path, folder.name)
    assert {entry.name for entry in path.iterdir()} == {"cover.png", "notes.txt"}
    (path / "cover.png").rmdir()
    (path / "notes.txt").unlink()
    outbox.remove(tmp_path, folder.name)
    assert not path.exists()


def test_removing_follows_no_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "card.md").write_text("precious")
    root = tmp_path / "outbox"
    (root / "medium").mkdir(parents=True)
    (root / made().name).symlink_to(elsewhere)
    outbox.remove(root, made().name)
    assert (elsewhere / "card.md").read_text() == "precious"
    (root / made().name).unlink()
    path = outbox.write(root, made())
    (path / "card.md").unlink()
    (path / "card.md").symlink_to(elsewhere / "card.md")
    outbox.remove(root, made().name)
    assert not path.exists()
    assert (elsewhere / "card.md").read_text() == "precious"


@pytest.mark.parametrize("name", ["../elsewhere", "/etc/x", "medium/../../elsewhere", "medium", "", "a/b/c"])
def test_only_a_name_of_ours_is_removed(tmp_path: Path, name: str) -> None:
    for directory in (tmp_path / "elsewhere", tmp_path / "outbox" / "medium"):
        directory.mkdir(parents=True)
        (directory / "card.md").write_text("precious")
    outbox.remove(tmp_path / "outbox", name)
    assert len(list(tmp_path.rglob("card.md"))) == 2


def test_what_is_gone_already_is_no_failure(tmp_path: Path) -> None:
    outbox.remove(tmp_path, made().name)
