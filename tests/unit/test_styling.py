"""Nearer words win: the post's wishes over its tags, over its feed, over the network, over the defaults."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syndicator.config.models import Config
from syndicator.feed.wishes import wishes_of
from syndicator.post import Kind, Media, Post
from syndicator.render.style import Style
from syndicator.styling import style_for

POST = Post("g", "https://blog.example/a/", title="A", text="B", tags=("Food", "web dev"))


def configured(network: dict[str, Any], **top: Any) -> Config:
    table = {"name": "art", "path": Path("/etc/art.toml"), "connector": "mastodon", **network}
    return Config(
        path=Path("/etc/config.toml"),
        state_dir=Path("/tmp"),
        feed=[{"name": "blog", "url": "https://blog.example/feed.xml"}],  # type: ignore[list-item]
        networks={"art": table},  # type: ignore[dict-item]
        **top,
    )


def style(post: Post = POST, defaults: dict[str, Any] | None = None, **network: Any) -> Style:
    config = configured(network, **({"defaults": defaults} if defaults else {}))
    return style_for(post, "blog", config.networks["art"], config)


def wishing(raw: str, *tags: str, post: Post = POST) -> Post:
    found, rest = wishes_of(raw, (*post.tags, *tags), "https://blog.example/")
    return replace(post, tags=rest, wishes=found)


@pytest.mark.parametrize(
    ("network", "post", "warning"),
    [
        ({}, POST, ""),
        ({"content_warning": "net"}, POST, "net"),
        ({"content_warning": "net", "feed": {"blog": {"content_warning": "feed"}}}, POST, "feed"),
        ({"content_warning": "net", "feed": {"other": {"content_warning": "feed"}}}, POST, "net"),
        ({"feed": {"blog": {"content_warning": "feed"}}, "tag": {"food": {"content_warning": "tag"}}}, POST, "tag"),
        ({"tag": {"WEB  dev": {"content_warning": "two"}, "food": {"content_warning": "one"}}}, POST, "one"),
        ({"tag": {"#Web dev": {"content_warning": "two"}}}, POST, "two"),
        ({"content_warning": "net", "tag": {"food": {"content_warning": ""}}}, POST, ""),
        ({"tag": {"food": {"content_warning": "tag"}}}, wishing("", "cw:post"), "post"),
        ({"tag": {"food": {"content_warning": "tag"}}}, wishing('{"content_warning": ""}'), ""),
        ({}, wishing('{"content_warning": "said"}', "cw:tagged"), "said"),
        ({}, wishing('{"platform_overrides": {"mastodon": {"content_warning": "kind"}}}', "cw:tagged"), "kind"),
    ],
)
def test_the_nearest_word_counts(network: dict[str, Any], post: Post, warning: str) -> None:
    assert style(post, **network).content_warning == warning


def test_each_option_is_varied_by_itself() -> None:
    varied = style(
        hashtags=3,
        backlink="never",
        feed={"blog": {"hashtags": 0, "template": "{{ text }}"}},
        tag={"food": {"backlink": "cite", "sensitive": True, "card": "always", "images": "never", "thread": "plain"}},
    )
    assert (varied.hashtags, varied.backlink, varied.template) == (0, "cite", "{{ text }}")
    assert (varied.sensitive, varied.card, varied.images, varied.thread) == (True, "always", "never", "plain")


def test_a_template_is_named_after_the_table_it_stands_in() -> None:
    network: dict[str, Any] = {"template": "a", "tag": {"web dev": {"template": "b"}, "x": {"template": "c"}}}
    assert style(**network).where == "/etc/art.toml: [tag.web dev]"
    assert style(replace(POST, tags=()), **network).where == "/etc/art.toml"
    assert style(tag={"food": {"hashtags": 1}}, template="a").where == "/etc/art.toml"


def test_what_nobody_says_is_as_in_the_defaults() -> None:
    found = style(defaults={"backlink": "cite", "images": "never", "alt": "require", "timezone": "Europe/Berlin"})
    assert (found.backlink, found.images, found.alt, found.timezone) == ("cite", "never", "require", "Europe/Berlin")


@pytest.mark.parametrize(
    ("asked", "kind", "raw", "found"),
    [
        ("auto", Kind.NOTE, "{}", "auto"),
        ("never", Kind.NOTE, '{"append_url": true}', "always"),
        ("always", Kind.NOTE, '{"append_url": false}', "card"),
        ("never", Kind.NOTE, '{"append_url": false}', "never"),
        ("never", Kind.NOTE, '{"append_url": false, "append_url_if_truncated": true}', "auto"),
        ("auto", Kind.NOTE, '{"append_url_if_truncated": false}', "card"),
        ("auto", Kind.ARTICLE, '{"append_url_if_truncated": false}', "auto"),
    ],
)
def test_what_an_author_wishes_of_the_link(asked: str, kind: Kind, raw: str, found: str) -> None:
    assert style(wishing(raw, post=replace(POST, kind=kind)), backlink=asked).backlink == found


@pytest.mark.parametrize(
    ("raw", "card"), [("{}", "auto"), ('{"attach_link": true}', "always"), ("{attach_link: 0}", "never")]
)
def test_what_an_author_wishes_of_the_card(raw: str, card: str) -> None:
    assert style(wishing(raw)).card == card


def test_other_wishes_stand_where_they_are_looked_for() -> None:
    found = style(
        wishing(
            '{"og_title": "T", "og_description": "D", "og_image": "/i.png",'
            ' "media": [{"type": "image", "url": "/m.png"}],'
            ' "language": "de", "sensitive": true, "visibility": "Unlisted", "replies": "nobody", "summary": "S"}'
        )
    )
    assert (found.card_title, found.card_description, found.card_image) == ("T", "D", "https://blog.example/i.png")
    assert found.media == (Media("https://blog.example/m.png"),)
    assert (found.language, found.sensitive, found.visibility, found.replies) == ("de", True, "unlisted", "nobody")
    assert found.wish.summary == "S"


def test_people_and_renamed_tags_come_from_the_top() -> None:
    config = configured(
        {},
        mentions={
            "Ada": {"url": "https://ada.example/", "mastodon": "@ada@social.example"},
            "bob": {"bluesky": "b.example"},
        },
        hashtags={"rename": {"#Web Dev": "Web"}},
    )
    found = style_for(POST, "blog", config.networks["art"], config)
    assert [(person.name, person.handle) for person in found.people] == [("Ada", "@ada@social.example"), ("bob", "")]
    assert "https://ada.example/" in found.people[0].urls
    assert found.rename == {"web dev": "Web"}


def test_what_is_let_go_is_held_by_nothing_again() -> None:
    found = Style(strict=True, alt="require").let_go()
    assert (found.strict, found.alt, found.released) == (False, "warn", True)
    assert Style(alt="link-only").let_go().alt == "link-only"
