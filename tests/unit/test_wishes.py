"""What authors wish of the copies of a post: read from `posse:post` and from tags, and never trusted."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.feed.relaxed import DEEPEST, LONGEST, loads
from syndicator.feed.wishes import read, refuses, wish_for, wishes_of
from syndicator.ledger.posts import pack, unpack
from syndicator.post import Media, Post, Wish, Wishes
from tests.unit.feed_ground import atom, only

BASE = "https://blog.example/a/"
NOTHING = Wish()


def wishes(raw: str) -> Wishes:
    found = read(raw, BASE)
    assert found is not None
    return found


def of(raw: str) -> Wish:
    return wishes(raw).everywhere


def post(raw: str = "", *tags: str) -> Post:
    found, rest = wishes_of(raw, tags, BASE)
    return Post("g", BASE, tags=rest, wishes=found)


def test_an_entry_without_wishes_has_none() -> None:
    assert read("  ", BASE) is None
    assert wishes_of("", ("art",), BASE) == (None, ("art",))


# Where a post goes


@pytest.mark.parametrize(
    ("raw", "tags", "network", "kind", "cause"),
    [
        ("", (), "mastodon", "mastodon", None),
        ("", ("NoSyndicate",), "mastodon", "mastodon", "tagged:nosyndicate"),
        ('{"syndicate": true}', ("nosyndicate",), "mastodon", "mastodon", "tagged:nosyndicate"),
        ("", ("nosyndicate:LinkedIn",), "work", "linkedin", "tagged:nosyndicate:linkedin"),
        ("", ("nosyndicate:linkedin",), "mastodon", "mastodon", None),
        ("", ("syndicate:mastodon",), "mastodon", "mastodon", None),
        ("", ("syndicate:mastodon",), "second", "mastodon", None),
        ("", ("syndicate: mastodon",), "bluesky", "bluesky", "tagged:syndicate:mastodon"),
        ("", ("syndicate:mastodon", "syndicate:bsky"), "bluesky", "bluesky", None),
        ('{"syndicate": false}', (), "mastodon", "mastodon", "posse:off"),
        ('{"syndicate": "no"}', (), "mastodon", "mastodon", "posse:off"),
        ('{"syndicate": false}', ("syndicate:mastodon",), "mastodon", "mastodon", "posse:off"),
        ('{"platform_overrides": {"bsky": {"syndicate": false}}}', (), "bluesky", "bluesky", "posse:off"),
        ('{"platform_overrides": {"bsky": {"syndicate": false}}}', (), "mastodon", "mastodon", None),
        ('{"syndicate": false, "platform_overrides": {"mastodon": {"syndicate": true}}}', (), "m", "mastodon", None),
        ('{"syndicate": false, "platform_overrides": {"x": {"syndicate": true}}}', (), "m", "mastodon", "posse:off"),
        (
            '{"platform_overrides": {"mastodon": {"syndicate": false}, "art": {"syndicate": true}}}',
            (),
            "art",
            "mastodon",
            None,
        ),
    ],
)
def test_a_post_says_where_it_does_not_want_to_go(
    raw: str, tags: tuple[str, ...], network: str, kind: str, cause: str | None
) -> None:
    assert refuses(post(raw, *tags), network, kind) == cause


def test_tags_that_say_where_a_post_goes_are_no_tags_of_it() -> None:
    assert post("", "art", "syndicate:mastodon", "nosyndicate:linkedin", "syndicate:", "a:b").tags == (
        *("art", "syndicate:", "a:b"),
    )


def test_what_is_said_of_one_network_is_laid_over_what_is_said_of_its_kind_and_of_all() -> None:
    raw = """{"title": "All", "summary": "S", "truncate": false, "platform_overrides":
        {"Mastodon": {"title": "Kind", "truncate": true}, "art": {"title": "Name"}}}"""
    assert wish_for(post(raw), "bluesky", "bluesky").title == "All"
    assert wish_for(post(raw), "second", "mastodon") == Wish(title="Kind", summary="S", truncate=True)
    assert wish_for(post(raw), "art", "mastodon") == Wish(title="Name", summary="S", truncate=True)
    assert wish_for(Post("g", None), "art", "mastodon") == NOTHING


@pytest.mark.parametrize(
    ("tags", "wish", "rest"),
    [
        (("cw:Food and drink",), Wish(content_warning="Food and drink"), ()),
        (("CW: Food", "art", "cw:War"), Wish(content_warning="Food, War"), ("art",)),
        (("visibility:Unlisted",), Wish(visibility="unlisted"), ()),
        (("visibility:unlisted", "visibility:private"), Wish(visibility="unlisted"), ()),
        (("lang:de_AT",), Wish(language="de-AT"), ()),
        (("replies:Nobody",), Wish(replies="nobody"), ()),
        (("Sensitive",), Wish(sensitive=True), ()),
        (("cw:", "lang", "sensitive:yes", "cwx:y"), NOTHING, ("cw:", "lang", "sensitive:yes", "cwx:y")),
    ],
)
def test_tags_that_any_engine_has_say_how_a_post_is_shown(
    tags: tuple[str, ...], wish: Wish, rest: tuple[str, ...]
) -> None:
    found, kept = wishes_of("", tags, BASE)
    assert ((found or Wishes()).everywhere, kept) == (wish, rest)


def test_the_element_says_more_exactly_what_a_tag_says() -> None:
    found, _ = wishes_of('{"language": "fr", "title": "T"}', ("lang:de", "cw:Food"), BASE)
    assert found is not None
    assert found.everywhere == Wish(language="fr", title="T", content_warning="Food")


@pytest.mark.parametrize(
    ("tag", "fault"),
    [("lang:not a language", "language"), ("visibility:<b>", "visibility"), ("replies:" + "x" * 50, "replies")],
)
def test_a_tag_that_cannot_be_understood_is_told_and_is_no_hashtag(tag: str, fault: str) -> None:
    found, rest = wishes_of("", (tag,), BASE)
    assert found is not None
    assert (rest, found.everywhere) == ((), NOTHING)
    assert found.ignored[0].startswith(f"“a tag's {fault}” is left out: ")


# What a copy says


def test_every_wish_is_read_in_its_type() -> None:
    found = wishes(
        """{"title": "T", "subtitle": "U", "summary": "S", "content": "C", "format_string": "{{title}}\\n{{url}}",
        "truncate": true, "append_url": false, "append_url_if_truncated": "yes", "append_url_spacer": " ",
        "append_url_label": "more", "attach_link": 0, "alternate_url": "/other/", "related_url": "https://r.example/",
        "short_url": "//b.example/x", "og_image": "card.png", "og_title": "O", "og_description": "D",
        "media": [{"type": "image", "url": "p.jpg", "alt": "A lake"},
                  {"type": "video", "url": "f.mp4", "poster_url": "f.png"}],
        "content_warning": "War", "language": "de_at", "syndicate": true, "sensitive": "yes",
        "visibility": "Unlisted", "replies": "followers"}"""
    )
    assert found.ignored == ()
    assert found.everywhere == Wish(
        syndicate=True,
        title="T",
        subtitle="U",
        summary="S",
        content="C",
        format_string="{{title}}\n{{url}}",
        truncate=True,
        append_url=False,
        append_url_if_truncated=True,
        append_url_spacer=" ",
        append_url_label="more",
        attach_link=False,
        alternate_url="https://blog.example/other/",
        related_url="https://r.example/",
        short_url="https://b.example/x",
        og_image="https://blog.example/a/card.png",
        og_title="O",
        og_description="D",
        media=(
            Media("https://blog.example/a/p.jpg", "image", "A lake"),
            Media("https://blog.example/a/f.mp4", "video", "", "https://blog.example/a/f.png"),
        ),
        content_warning="War",
        language="de-AT",
        sensitive=True,
        visibility="unlisted",
        replies="followers",
    )


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ('{"og_image": "javascript:alert(1)"}', "og_image"),
        ('{"alternate_url": "https://me:secret@blog.example/"}', "alternate_url"),
        ('{"short_url": {"a": 1}}', "short_url"),
        ('{"truncate": "maybe"}', "truncate"),
        ('{"syndicate": []}', "syndicate"),
        ('{"title": ["T"]}', "title"),
        ('{"title": "%s"}' % ("x" * 501), "title"),
        ('{"content": "%s"}' % ("x" * 60_000), "content"),
        ('{"append_url_spacer": "%s"}' % ("x" * 21), "append_url_spacer"),
        ('{"media": {"url": "a.png"}}', "media"),
        ('{"media": [{"url": "data:image/png;base64,AA"}]}', "media"),
        ('{"media": [{"type": "application/x-sh", "url": "a"}]}', "media"),
        ('{"language": "not a language"}', "language"),
        ('{"titel": "T"}', "titel"),
    ],
)
def test_a_value_that_cannot_be_used_is_left_out_and_named(raw: str, fault: str) -> None:
    found = wishes(raw)
    assert (found.everywhere, found.overrides) == (NOTHING, ())
    assert len(found.ignored) == 1
    assert f"“{fault}”" in found.ignored[0]
    assert "secret" not in found.ignored[0]


@pytest.mark.parametrize(
    "said", ['"all"', "[]", '{"a b": {}}', '{"mastodon": true}', '{"": {}}', '{"mastodon": {"title": 5}}']
)
def test_an_override_that_cannot_be_used_spoils_nothing_else(said: str) -> None:
    found = wishes(f'{{"title": "T", "platform_overrides": {said}}}')
    assert found.everywhere.title == "T"
    assert all(wish == NOTHING for _, wish in found.overrides)
    assert len(found.ignored) == 1


def test_what_others_use_for_themselves_is_no_fault() -> None:
    raw = '{"id": 1, "url": "x", "published_at": "y", "author_name": "z", "channel": "story", "title": null}'
    assert wishes(raw) == Wishes()


def test_mark_up_becomes_words_and_control_characters_go() -> None:
    found = of(
        '{"content": "<p>One<script>alert(1)</script></p><p>Two &amp; three</p>", "title": "A\\u0000\\u001b[31m B"}'
    )
    assert found == Wish(content="One\n\nTwo & three", title="A[31m B")
    assert of('{"title": "vector<3 & so"}').title == "vector<3 & so"


def test_a_format_string_is_kept_as_it_is_and_means_nothing_here() -> None:
    assert of('{"format_string": "{% include x %}{{ title.__class__ }}"}').format_string == (
        "{% include x %}{{ title.__class__ }}"
    )


# Relaxed JSON


@pytest.mark.parametrize(
    "raw",
    [
        "{title: 'It\\'s', truncate: true}",
        '{"title": "It\'s", "truncate": true,}',
        '{\n  // a remark\n  "title": "It\'s", /* and\n another */ "truncate": True,\n}',
        "{'title': 'It\\'s', 'truncate': true, 'related_url': None}",
    ],
)
def test_json_may_be_written_as_people_write_it(raw: str) -> None:
    assert of(raw) == Wish(title="It's", truncate=True)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ('["a//b", "/*c*/", \'say "hi"\', \'\\"\', "two\nlines", "\\u00e9\\n", -1.5e3, [[],],]',
         ["a//b", "/*c*/", 'say "hi"', '"', "two\nlines", "é\n", -1500.0, [[]]]),
        ("{a: {b: null}}", {"a": {"b": None}}),
    ],
)  # fmt: skip
def test_relaxed_values_keep_their_meaning(raw: str, value: object) -> None:
    assert loads(raw) == value


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_strict_json_means_the_same(value: object) -> None:
    import json

    assert loads(json.dumps(value)) == value
    assert loads(json.dumps(value, ensure_ascii=False, indent=1)) == value


@given(st.text(alphabet="{}[]:,'\"\\/*\n ab1.-tru", max_size=60))
def test_any_text_is_read_or_refused(raw: str) -> None:
    found = read(raw, BASE)
    assert found is None or isinstance(found, Wishes)


@pytest.mark.parametrize(
    "raw", ["{", "{title: x}", "[1, 2]", '"text"', "{" * 40_000, "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)]
)
def test_wishes_that_cannot_be_read_are_told_and_change_nothing(raw: str) -> None:
    found = wishes(raw)
    assert found.everywhere == NOTHING
    assert found.ignored[0].startswith("the post's wishes are not used: ")


@pytest.mark.parametrize("text", ["[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), " " * LONGEST + "1"], ids=["deep", "long"])
def test_what_is_too_deep_or_too_long_is_refused_before_it_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"nested too deeply|longer than"):
        loads(text)


@pytest.mark.parametrize("raw", ['{"syndicate": false,, }', "{syndicate: no; title}", "{'syndicate' : 'false'"])
def test_a_no_counts_even_in_a_text_that_cannot_be_read(raw: str) -> None:
    assert refuses(post(raw), "mastodon", "mastodon") == "posse:off"


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "raw", ["'" * 99_999, "/*" * 49_999, '"\\' * 49_999, "{a:" * 30_000, "x" * 99_999, '{"a":' + "9" * 90_000]
)
def test_hostile_wishes_take_no_time(raw: str) -> None:
    assert wishes(raw).ignored


def test_many_faults_are_told_in_few_sentences() -> None:
    raw = "{" + ",".join(f'"k{n}": 1' for n in range(150)) + "}"
    assert len(wishes(raw).ignored) == 10


# On their way


def test_wishes_come_with_the_entry_and_survive_the_ledger() -> None:
    entry = (
        "<entry><id>urn:1</id><title>A</title><link href='https://blog.example/a'/><updated>2024-01-02T00:00:00Z</updated>"
        "<category term='syndicate:mastodon'/><posse:post xmlns:posse='https://posseparty.com/2024/Feed' format='json'>"
        '<![CDATA[{title: "B", media: [{url: "c.png"}], platform_overrides: {bsky: {truncate: true}}, odd: 1}]]>'
        "</posse:post></entry>"
    )
    found = only(atom(entry))
    assert found.wishes is not None
    assert (found.tags, found.wishes.only, found.wishes.everywhere.title) == ((), ("mastodon",), "B")
    assert unpack(pack(found)) == found
    assert found.wishes.ignored == ("“odd” is no wish that is known here",)


def test_a_post_stored_before_there_were_wishes_has_none() -> None:
    import json

    stored = json.loads(pack(Post("g", None)))
    del stored["wishes"]
    assert unpack(json.dumps(stored)) == Post("g", None)


def test_wishes_do_not_share_what_they_hold() -> None:
    assert replace(NOTHING, title="T") != NOTHING
    assert asdict(Wishes())["everywhere"]["media"] is None
