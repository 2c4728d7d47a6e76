"""The rules for one entry: title, kind, words, pictures, players, addresses, tags, language, author."""

from datetime import UTC, datetime, timedelta

import pytest

from syndicator.feed.normalise import language_tag
from syndicator.feed.parse import parse
from syndicator.post import Image, Kind, Post
from tests.unit.feed_ground import FEED_URL, atom, item, only, read, rss

LONG = "A paragraph that goes on for quite a while about one thing or another. " * 10


def rss_post(inside: str, link: str = "https://blog.example/p/a/") -> Post:
    return only(rss(item(inside, link)))


def titled(title: str, body: str = "Words of the body", link: str = "https://blog.example/p/a/") -> Post:
    return rss_post(f"<title>{title}</title><description><![CDATA[{body}]]></description>", link)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Tom &amp;amp; Jerry &amp;lt;3", "Tom & Jerry <3"),
        ("Why vector&lt;int&gt; and a &lt; b work", "Why vector<int> and a < b work"),
        ("A &lt;em&gt;fine&lt;/em&gt; day", "A fine day"),
        ("The &amp;lt;b&amp;gt; element", "The <b> element"),
        ("  Two\n  lines  ", "Two lines"),
        ("Cafe\u0301", "Café"),
        ("&amp;amp;amp;amp;", "&amp;"),
        ("1984", "1984"),
        ("Post", ""),
        ("(Untitled)", ""),
        ("2026-06-01", ""),
        ("June 1, 2026", ""),
        ("https://blog.example/p/a/", ""),
        ("https://blog.example/p/a", ""),
    ],
)
def test_a_title_is_what_its_author_wrote(written: str, title: str) -> None:
    assert titled(written).title == title


def test_an_atom_text_title_is_literal() -> None:
    entry = "<entry><id>1</id><title type='text'>About &amp;amp; and &lt;b&gt;</title></entry>"
    assert only(atom(entry)).title == "About &amp; and <b>"


@pytest.mark.parametrize(
    ("title", "link"),
    [
        ("note-1", "https://blog.example/posts/note-1/"),
        ("77", "https://blog.example/?p=77"),
        ("77", "https://blog.example/77"),
    ],
)
def test_a_title_that_is_only_the_address_is_none(title: str, link: str) -> None:
    assert titled(title, link=link).kind is Kind.NOTE


@pytest.mark.parametrize("dots", ["", "…", "...", " …"])
def test_a_title_that_is_only_the_first_words_is_none(dots: str) -> None:
    post = titled(f"Just a note that was cut{dots}", "<p>Just a note that was cut after some words.</p>")
    assert (post.title, post.kind) == ("", Kind.NOTE)


@pytest.mark.parametrize(
    "body", [f"<h1>Making good bread</h1><p>{LONG}", f"<p>Making good bread</p><p>{LONG}", "<p>Today I made bread</p>"]
)
def test_an_article_that_repeats_its_title_keeps_it(body: str) -> None:
    assert titled("Making good bread", body).title == "Making good bread"


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("", "Words", Kind.NOTE),
        ("Harbour", '<img src="https://blog.example/h.jpg">', Kind.PHOTO),
        ("Harbour", '<img src="https://blog.example/h.jpg"><img src="https://blog.example/i.jpg">', Kind.ARTICLE),
        ("Harbour", f'<img src="https://blog.example/h.jpg">{LONG}', Kind.ARTICLE),
        ("Harbour", "Few words", Kind.ARTICLE),
    ],
)
def test_the_kind_of_a_post(title: str, body: str, kind: Kind) -> None:
    assert titled(title, body).kind is kind


def test_a_link_post_of_a_link_blog() -> None:
    guid = "<guid isPermaLink='true'>https://blog.example/linked/1</guid><title>Worth reading</title>"
    post = rss_post(guid, "https://elsewhere.example/essay")
    assert (post.kind, post.link) == (Kind.LINK, "https://blog.example/linked/1")
    assert post.external_link == "https://elsewhere.example/essay"


@pytest.mark.parametrize(
    "guid",
    [
        "<guid>https://old-name.example/p/a/</guid>",
        "<guid isPermaLink='false'>https://blog.example/p/a/</guid>",
        "<guid>tag:blog.example,2026:1</guid>",
    ],
)
def test_a_guid_elsewhere_or_of_another_kind_makes_no_link_post(guid: str) -> None:
    post = rss_post(f"<title>Moved house</title>{guid}", "https://blog.example/2026/moved")
    assert (post.link, post.external_link, post.kind) == ("https://blog.example/2026/moved", None, Kind.ARTICLE)


@pytest.mark.parametrize(
    ("guid", "link"),
    [
        ("<guid>https://blog.example/1</guid>", "https://blog.example/1"),
        ("<guid isPermaLink='false'>https://blog.example/1</guid>", None),
        ("<guid>urn:1</guid>", None),
    ],
)
def test_a_missing_link_is_a_permanent_guid_or_none(guid: str, link: str | None) -> None:
    assert only(rss(f"<item><title>A</title>{guid}</item>")).link == link


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ("/p/a?utm_source=rss&amp;id=7&amp;fbclid=x", "https://blog.example/p/a?id=7"),
        ("https://blog.example/p/a?source=rss-12ab------2", "https://blog.example/p/a"),
        ("https://blog.example/p/a?ref=feed", "https://blog.example/p/a"),
        ("https://blog.example/p/a?source=tree&amp;q=a%20b", "https://blog.example/p/a?source=tree&q=a%20b"),
        ("https://blog.example/ä b#c", "https://blog.example/ä%20b#c"),
        ("javascript:alert(1)", None),
        ("http://[", None),
    ],
)
def test_a_link_is_absolute_and_counts_no_clicks(written: str, link: str | None) -> None:
    assert rss_post("<title>A</title>", written).link == link


def test_guids_stay_as_they_are_written() -> None:
    assert rss_post("<guid> /Posts/1 </guid><title>A</title>").guid == "/Posts/1"
    assert rss_post("<guid></guid><title>A</title>").guid is None


def test_the_alternate_html_page_is_the_link_of_an_atom_entry() -> None:
    entry = (
        "<entry><id>1</id><link rel='replies' href='/r'/><link rel='alternate' type='application/json' href='/j'/>"
        "<link rel='alternate' type='text/html' href='/p'/></entry>"
    )
    assert only(atom(entry)).link == "https://blog.example/p"


IMAGE = "&lt;img src='pic.jpg'&gt;"


@pytest.mark.parametrize(
    ("feed", "entry", "content", "address"),
    [
        ("", "", "", "https://blog.example/p/a/pic.jpg"),
        ("xml:base='https://cdn.example/'", "", "", "https://cdn.example/pic.jpg"),
        ("xml:base='https://cdn.example/'", "xml:base='x/'", "", "https://cdn.example/x/pic.jpg"),
        ("", "xml:base='https://cdn.example/x/'", "xml:base='y/'", "https://cdn.example/x/y/pic.jpg"),
        ("", "xml:base=''", "xml:base='#top'", "https://blog.example/p/a/pic.jpg"),
    ],
)
def test_relative_addresses_start_from_xml_base_or_else_from_the_page(
    feed: str, entry: str, content: str, address: str
) -> None:
    inside = f"<id>1</id><link href='https://blog.example/p/a'/><content type='html' {content}>{IMAGE}</content>"
    assert only(atom(f"<entry {entry}>{inside}</entry>", feed)).images == (Image(address),)


@pytest.mark.parametrize(
    ("link", "image"),
    [
        ("https://blog.example/p/a", "https://blog.example/p/a/pic.jpg"),
        ("https://blog.example/p/a.html", "https://blog.example/p/pic.jpg"),
        ("https://blog.example/p/?id=3", "https://blog.example/p/pic.jpg"),
    ],
)
def test_a_page_without_extension_is_a_folder(link: str, image: str) -> None:
    assert rss_post(f"<title>A</title><description>{IMAGE}</description>", link).images == (Image(image),)


def content(body: str, summary: str) -> Post:
    return rss_post(
        f"<title>A</title><description>{summary}</description><content:encoded><![CDATA[{body}]]></content:encoded>"
    )


def test_content_is_the_body_and_a_different_description_the_summary() -> None:
    post = content("<p>All of it.</p>", "A teaser.")
    assert (post.text, post.summary) == ("All of it.", "A teaser.")
    assert content("<p>All of it.</p>", "All of it.").summary == ""


@pytest.mark.parametrize(
    "tail",
    [
        " [&#8230;]",
        " [...]",
        " […]\n<a href='/p/a/'>Continue reading</a>",
        "… <a href='/p/a/'>Read more »</a>",
        "… <a href='/p/a/'>Continue reading A walk along the river</a>",
        "…</p><p><a href='/p/a/'>Read more…</a> (2 min remaining to read)",
        "…</p><p><a href='/p/a/'>Weiterlesen →</a>",
        "…</p><p>The post <a href='/p/a/'>A</a> appeared first on <a href='/'>B</a>.",
    ],
)
def test_the_tail_of_an_excerpt_is_taken_off(tail: str) -> None:
    assert content("<p>All of it.</p>", f"<![CDATA[<p>We walked{tail}</p>]]>").summary == "We walked…"


@pytest.mark.parametrize(
    "text", ["I read more than I write.", "Books\n\nRead more books.", "Weiterlesen lohnt sich", "He said […] and left"]
)
def test_words_of_the_author_are_no_tail(text: str) -> None:
    body = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
    assert titled("A", body).text == text


def test_a_body_that_was_escaped_twice_is_repaired() -> None:
    post = titled("A", '&lt;p&gt;Hi &lt;img src="https://blog.example/i.png" alt="cat"&gt;&lt;/p&gt;')
    assert (post.text, post.images) == ("Hi", (Image("https://blog.example/i.png", "cat"),))


def test_tags_shown_as_text_stay_text() -> None:
    assert titled("A", "<p>Use &lt;p&gt; here</p>").text == "Use <p> here"


@pytest.mark.parametrize(
    ("kind", "written", "text"),
    [
        ("text", "1 &lt; 2\n\nNext\nline", "1 < 2\n\nNext\nline"),
        ("text", "&lt;p&gt;Forgot the type&lt;/p&gt;", "Forgot the type"),
        ("html", "&lt;p&gt;Hi &amp;amp; bye", "Hi & bye"),
        ("xhtml", "<div xmlns='http://www.w3.org/1999/xhtml'><p>Hi <b>you</b></p></div>", "Hi you"),
        ("image/png", "iVBORw0KGgo=", ""),
    ],
)
def test_atom_content_is_read_by_its_type(kind: str, written: str, text: str) -> None:
    assert only(atom(f"<entry><id>1</id><content type='{kind}'>{written}</content></entry>")).text == text


def test_plain_paragraphs_in_rss_stay_paragraphs() -> None:
    assert titled("A", "One\nline.\n\nAnother.").text == "One line.\n\nAnother."


def body_images(body: str) -> tuple[Image, ...]:
    return titled("A", body).images


def test_pictures_of_the_feed_come_first_and_each_counts_once() -> None:
    post = rss_post(
        "<title>A</title><enclosure url='https://blog.example/cover.jpg' type='image/jpeg' length='0'/>"
        "<enclosure url='https://blog.example/talk.mp3' type='audio/mpeg' length='0'/>"
        "<media:thumbnail url='https://blog.example/tiny.jpg'/><description><![CDATA["
        "<img src='/wp/two.jpg' alt='two'><img src='http://www.blog.example/cover-300x200.jpg?w=9' alt='the cover'>"
        "]]></description>"
    )
    cover = Image("https://blog.example/cover.jpg", "the cover", lead=True)
    assert post.images == (cover, Image("https://blog.example/wp/two.jpg", "two"))


def test_media_elements_keep_their_own_descriptions() -> None:
    post = rss_post(
        "<title>A</title><media:content url='/1.jpg' medium='image'><media:description>one</media:description>"
        "</media:content><media:content url='/2.jpg' type='image/jpeg'><media:title>two</media:title></media:content>"
        "<media:content url='/film.mp4' type='video/mp4'/>"
        "<media:group><media:content url='/3s.jpg' medium='image' width='100'/><media:content url='/3.jpg' "
        "medium='image' width='900'/><media:description>three</media:description></media:group>"
        "<description>Words</description>"
    )
    assert [(image.url[-5:], image.alt) for image in post.images] == [
        ("1.jpg"[-5:], "one"),
        ("2.jpg", "two"),
        ("3.jpg", "three"),
    ]
    assert (post.text, post.summary) == ("Words", "")


def test_a_thumbnail_is_better_than_nothing() -> None:
    post = rss_post("<title>A</title><media:thumbnail url='/tiny.jpg'/>")
    assert post.images == (Image("https://blog.example/tiny.jpg", lead=True),)


@pytest.mark.parametrize(
    ("body", "alt"),
    [
        ("<img src='/i.jpg' alt=' A\n cat '>", "A cat"),
        ("<figure><img src='/i.jpg'><figcaption>A <b>cat</b></figcaption></figure>", "A cat"),
        ("<figure><img src='/j.jpg'><img src='/i.jpg'><figcaption>Cats</figcaption></figure>", ""),
        ("<img src='/i.jpg' title='A cat'>", "A cat"),
        ("<img src='/i.jpg' aria-label='A cat'>", "A cat"),
        ("<img src='/i.jpg' alt='IMG_2034.JPG'>", ""),
        ("<img src='/i.jpg'>", ""),
    ],
)
def test_an_alt_text_is_the_authors_or_none(body: str, alt: str) -> None:
    assert body_images(body)[-1] == Image("https://blog.example/i.jpg", alt)


@pytest.mark.parametrize(
    "attributes",
    [
        "src='/i.jpg'",
        "srcset='/s.jpg 300w, /i.jpg 1200w, /m.jpg 600w' src='/s.jpg'",
        "srcset='/s.jpg 1x,/i.jpg 2x'",
        "src='data:image/gif;base64,R0lG' data-src='/i.jpg'",
    ],
)
def test_the_largest_version_of_a_picture_is_taken(attributes: str) -> None:
    assert body_images(f"<img {attributes}>") == (Image("https://blog.example/i.jpg"),)


@pytest.mark.parametrize(
    "body",
    [
        "<img src='https://t.example/p.gif' width='1' height='1'>",
        "<img src='https://medium.com/_/stat?event=post' width='100'>",
        "<img src='https://secure.gravatar.com/avatar/1'>",
        "<img src='data:image/png;base64,AAAA'>",
        "<a href='https://www.facebook.com/sharer.php?u=x'><img src='/fb.png'></a>",
        "<img src='https://s.w.org/images/core/emoji/1/x.png' alt='🎉'>",
        "<img>",
        "<script><img src='/x.jpg'></script>",
    ],
)
def test_what_is_no_picture_of_the_post_is_left_out(body: str) -> None:
    assert body_images(body) == ()


def test_emoji_drawn_as_pictures_are_letters() -> None:
    post = titled("A", "<p>Done <img class='wp-smiley' src='https://s.w.org/x.png' alt='🎉'> at last</p>")
    assert (post.text, post.images) == ("Done 🎉 at last", ())


def test_tags_lose_their_doubles_and_the_engines_own() -> None:
    categories = "".join(
        f"<category>{tag}</category>" for tag in ("Cats", "cats", "Uncategorized", " a  b ", "Q&amp;amp;A", "")
    )
    assert rss_post(f"<title>A</title>{categories}").tags == ("Cats", "a b", "Q&A")


def test_blogger_kinds_are_no_tags_and_labels_are_better_than_terms() -> None:
    entry = (
        "<entry><id>1</id><category term='x#post' scheme='http://schemas.google.com/g/2005#kind'/>"
        "<category term='cat-s' label='Cats'/></entry>"
    )
    assert only(atom(entry)).tags == ("Cats",)


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("en_us", "en-US"),
        ("DE", "de"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("english", None),
        ("und", None),
        ("", None),
        (None, None),
    ],
)
def test_a_language_is_spelled_as_usual_or_none(said: str | None, tag: str | None) -> None:
    assert language_tag(said) == tag


def test_the_language_of_the_content_goes_before_that_of_the_feed() -> None:
    entry = "<entry><id>1</id><content type='html' xml:lang='fr'>x</content></entry><entry><id>2</id></entry>"
    document = atom(entry, "xml:lang='de'")
    assert [post.language for post in only_two(document)] == ["fr", "de"]


def only_two(document: str) -> tuple[Post, Post]:
    first, second = read(document, FEED_URL).posts
    return first, second


@pytest.mark.parametrize(
    ("written", "author"),
    [
        ("<author>ann@blog.example (Ann Other)</author>", "Ann Other"),
        ("<author>ann@blog.example</author>", None),
        ("<author>Ann Other &lt;ann@blog.example&gt;</author>", "Ann Other"),
        ("<dc:creator>Ann Other</dc:creator>", "Ann Other"),
        ("", None),
    ],
)
def test_an_author_is_a_name(written: str, author: str | None) -> None:
    assert rss_post(f"<title>A</title>{written}").author == author


def test_texts_are_composed_and_without_control_characters() -> None:
    items = '[{"id": "a\\u0000b\\ud800", "content_text": "e\\u0301\\u0007"}]'
    post = only(f'{{"version": "https://jsonfeed.org/version/1", "items": {items}}}')
    assert (post.guid, post.text) == ("ab", "é")


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "body", ["<a " * 60_000, "<!--" * 50_000, "<div>" * 60_000, "<p>The post " * 20_000, " " * 300_000, "[" * 200_000]
)
def test_hostile_bodies_take_no_time(body: str) -> None:
    assert titled("A title", body.replace("]]>", "")).title == "A title"


@pytest.mark.parametrize(
    ("embedded", "page"),
    [
        (
            "<iframe src='https://www.youtube-nocookie.com/embed/aB-3_x?start=9'></iframe>",
            "www.youtube.com/watch?v=aB-3_x",
        ),
        ("<iframe src='//www.youtube.com/embed/videoseries?list=PL1'></iframe>", "www.youtube.com/playlist?list=PL1"),
        ("<iframe src='https://player.vimeo.com/video/77?h=1'>no frames</iframe>", "vimeo.com/77"),
        ("<iframe src='https://tube.example/videos/embed/9f-1'></iframe>", "tube.example/videos/watch/9f-1"),
        ("<iframe src='https://open.spotify.com/embed/album/1'></iframe>", "open.spotify.com/album/1"),
        ("<iframe src='about:blank' data-src='https://maps.example/?q=1'></iframe>", "maps.example/?q=1"),
        ("<video src='film.mp4' controls>Your browser cannot play this.</video>", "blog.example/p/a/film.mp4"),
        (
            "<video><source src='/film.webm'><source src='/film.mp4'><a href='/x'>x</a></video>",
            "blog.example/film.webm",
        ),
        ("<audio><source src='/talk.mp3'></audio>", "blog.example/talk.mp3"),
        ("<object data='/a.swf'><embed src='https://www.youtube.com/v/ID'></object>", "www.youtube.com/watch?v=ID"),
        ("<embed src='https://maps.example/1'>", "maps.example/1"),
    ],
)
def test_what_plays_in_the_page_is_a_link_in_the_post(embedded: str, page: str) -> None:
    post = titled("A", f"<p>Before {embedded} and after.</p>")
    assert post.text == f"Before\n\nhttps://{page}\n\nand after."
    assert f'href="https://{page}"' in post.html
    assert "<iframe" not in post.html


@pytest.mark.parametrize(
    "embedded",
    [
        "<iframe src='https://www.googletagmanager.com/ns.html?id=GTM'></iframe>",
        "<iframe src='https://blog.example/x' width='1' height='1'></iframe>",
        "<iframe src='https://www.facebook.com/plugins/like.php?href=x'></iframe>",
        "<iframe src='javascript:alert(1)'></iframe>",
        "<iframe srcdoc='&lt;p&gt;x'>words</iframe>",
        "<video>Your browser cannot play this.</video>",
        "<object data='/a.swf'>words</object>",
        "<audio></audio>",
    ],
)
def test_what_shows_nobody_anything_leaves_nothing(embedded: str) -> None:
    assert titled("A", f"<p>Before{embedded}, after.</p>").text.replace("\n\n", "") == "Before, after."


def test_an_entry_of_one_film_is_not_empty() -> None:
    post = titled("A film", "<iframe src='https://www.youtube.com/embed/x1'></iframe>")
    assert (post.kind, post.text) == (Kind.ARTICLE, "https://www.youtube.com/watch?v=x1")


@pytest.mark.parametrize("guid", ["77", "<![CDATA[post/77]]>", "urn:77"])
def test_a_guid_that_is_no_address_is_no_link(guid: str) -> None:
    assert only(rss(f"<item><title>A</title><guid>{guid}</guid></item>")).link is None
    assert only(atom(f"<entry><id>{guid}</id><title>A</title></entry>")).link is None


def test_an_atom_id_that_is_an_address_serves_as_a_link() -> None:
    assert only(atom("<entry><id>https://blog.example/1</id></entry>")).link == "https://blog.example/1"


def test_the_link_before_a_feed_service_rewrote_it_is_the_link() -> None:
    original = (
        "<title>A</title><f:origLink xmlns:f='http://rssnamespace.org/feedburner/ext/1.0'>https://blog.example/1?utm_x=y"
        "</f:origLink>"
    )
    assert rss_post(original, "http://feedproxy.example/~r/1").link == "https://blog.example/1"


MARKDOWN = "<s:markdown xmlns:s='http://source.scripting.com/'>Some *words*\n\n&lt;b&gt;and&lt;/b&gt; more</s:markdown>"


def test_markdown_is_kept_and_is_the_body_for_want_of_another() -> None:
    post = rss_post(f"<title>A</title>{MARKDOWN}")
    assert (post.markdown, post.text) == ("Some *words*\n\n<b>and</b> more", "Some *words*\n\nand more")
    post = rss_post(f"<title>A</title><description>Other</description>{MARKDOWN}")
    assert (post.markdown[:12], post.text) == ("Some *words*", "Other")


@pytest.mark.parametrize(
    ("feed_says", "body_shows"),
    [
        ("https://blog.example/content/images/a.jpg", "https://blog.example/content/images/size/w600/a.jpg"),
        ("https://blog.example/a.jpg", "https://i0.wp.com/blog.example/a.jpg?resize=300%2C200&amp;ssl=1"),
        ("https://s3.example/a.jpg", "https://cdn.example/image/fetch/w_1456,c_limit/https%3A%2F%2Fs3.example%2Fa.jpg"),
        ("https://blog.example/s1600/a.jpg", "https://blog.example/s320/a.jpg"),
    ],
)
def test_one_picture_in_two_sizes_is_one(feed_says: str, body_shows: str) -> None:
    enclosed = f"<enclosure url='{feed_says}' type='image/jpeg'/>"
    post = rss_post(
        f"<title>A</title>{enclosed}<description><![CDATA[<img src='{body_shows}' alt='x'>]]></description>"
    )
    assert post.images == (Image(feed_says, "x", lead=True),)


def test_addresses_in_a_body_are_absolute_or_none() -> None:
    addresses = (" https://x.example/ ", "ftp://x.example/", "mailto:a@b.example", "d")
    html = titled("A", "".join(f"<a href='{address}'>a</a>" for address in addresses)).html
    assert 'href="https://x.example/"' in html
    assert 'href="mailto:a@b.example"' in html
    assert 'href="https://blog.example/p/a/d"' in html
    assert "ftp" not in html


def test_what_is_longer_than_any_reader_wants_is_cut() -> None:
    long = "x" * 20_000
    post = rss_post(f"<title>{long}</title><guid>{long}</guid><category>{long}</category><category>y</category>")
    assert (len(post.title), post.tags) == (1_000, ("y",))
    assert post.guid is not None
    assert len(post.guid) < 300
    other = rss_post(f"<title>A</title><guid>{long}y</guid>")
    assert other.guid != post.guid


def test_a_body_that_was_cut_is_told() -> None:
    document = read(rss(item(f"<title>A</title><description>{'words ' * 90_000}</description>")))
    assert document.remarks == ("only the first 500,000 characters of the post https://blog.example/p/a/ were read",)


def test_a_date_beyond_all_plans_stays_ahead_and_is_told() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    dated = atom("<entry><id>1</id><title>P</title><published>2099-01-01T00:00:00Z</published></entry>")
    document = parse(dated.encode(), "", FEED_URL, now)
    assert document.posts[0].published == datetime(2027, 12, 31, tzinfo=UTC)
    assert document.posts == parse(dated.encode(), "", FEED_URL, now + timedelta(days=200)).posts
    assert document.remarks == ("the post 1 is dated 2099-01-01, too far ahead to be waited for",)


def test_control_characters_written_as_entities_are_gone() -> None:
    post = titled("A", "<p>a&#1;b&#x8;c</p><img src='/i.jpg' alt='d&#2;e'>")
    assert (post.text.replace("\n", ""), post.images[0].alt) == ("abc", "de")
    assert not [c for c in post.html if ord(c) < 32 and c != "\n"]
