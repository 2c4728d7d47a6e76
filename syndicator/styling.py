"""What is asked of one copy, from all the places where its owner and its author may have said so.

Enters: a post, the feed it came with, a network's file, the defaults. Leaves: a Style, plain data. Nearer words win:
the post's own wishes, then its tags, then its feed, then the network, then the defaults.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from syndicator.config.models import Config, NetworkConfig, Variation
from syndicator.feed.wishes import wish_for
from syndicator.post import Kind, Post, Wish
from syndicator.render.characters import one_line
from syndicator.render.hashtags import fold
from syndicator.render.mentions import pages
from syndicator.render.style import Person, Style


def style_for(post: Post, feed: str, network: NetworkConfig, config: Config) -> Style:
    """What render needs to know of the configuration, and of what the post wishes on this network."""
    style = _of_network(network, config)
    for where, variation in _variations(post, feed, network):
        style = replace(style, **_said(variation, f"{network.path}: {where}"))
    return _wished(style, post, wish_for(post, network.name, network.connector))


def _of_network(network: NetworkConfig, config: Config) -> Style:
    defaults = config.defaults
    return Style(
        template=network.template,
        where=str(network.path),
        backlink=network.backlink or defaults.backlink,
        hashtags=network.hashtags,
        language=network.language,
        content_warning=network.content_warning,
        sensitive=network.sensitive,
        images=network.images or defaults.images,
        alt=network.alt or defaults.alt,
        card=network.card,
        hashtag_place=network.hashtag_place,
        rename={_folded(tag): word for tag, word in config.hashtags.rename.items()},
        people=tuple(_people(network, config)),
        thread=network.thread,
        strict=network.strict,
        network=network.name,
        timezone=defaults.timezone,
    )


def _people(network: NetworkConfig, config: Config) -> Iterator[Person]:
    for name, known in config.mentions.items():
        here = known.get(network.name, known.get(network.connector, ""))
        yield Person(name.removeprefix("@"), pages(known), here)


def _variations(post: Post, feed: str, network: NetworkConfig) -> Iterator[tuple[str, Variation]]:
    """The farthest first, so that the nearest has the last word: of the tags that is the one the post names first."""
    if feed in network.feed:
        yield f"[feed.{feed}]", network.feed[feed]
    named: Mapping[str, tuple[str, Variation]] = {
        _folded(tag): (f"[tag.{tag}]", variation) for tag, variation in network.tag.items()
    }
    for tag in reversed(post.tags):
        if _folded(tag) in named:
            yield named[_folded(tag)]


def _said(variation: Variation, where: str) -> dict[str, Any]:
    """What the table says; what it leaves out stays as it was."""
    said = {name: value for name, value in variation if value is not None}
    return {**said, "where": where} if variation.template is not None else said


def _folded(tag: str) -> str:
    return fold(one_line(tag).removeprefix("#"))


def _wished(style: Style, post: Post, wish: Wish) -> Style:
    return replace(
        style,
        wish=wish,
        backlink=_backlink(style.backlink, post, wish),
        card=style.card if wish.attach_link is None else ("always" if wish.attach_link else "never"),
        language=wish.language or style.language,
        content_warning=style.content_warning if wish.content_warning is None else wish.content_warning,
        sensitive=style.sensitive if wish.sensitive is None else wish.sensitive,
        visibility=wish.visibility or style.visibility,
        replies=wish.replies or style.replies,
        card_title=wish.og_title or wish.title,
        card_description=wish.og_description or wish.summary,
        card_image=wish.og_image,
        media=wish.media,
    )


def _backlink(asked: str, post: Post, wish: Wish) -> str:
    """`append_url` speaks of the text, `append_url_if_truncated` of one that says less than the post does."""
    if wish.append_url:
        return "always"
    if wish.append_url_if_truncated:
        return "auto"
    is_whole = post.kind in (Kind.NOTE, Kind.PHOTO)
    if wish.append_url is False or (wish.append_url_if_truncated is False and is_whole):
        return asked if asked == "never" else "card"
    return asked
