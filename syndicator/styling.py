"""What is asked of one copy, from all the places where its owner and its author may have said so.

Enters: a post, the feed it came with, a network's file, the defaults. Leaves: a Style, plain data. Nearer words win:
the post's own wishes, then its tags, then its feed, then the network, then the defaults.
"""

from collections.abc import Iterator

from syndicator.config.models import Config, NetworkConfig
from syndicator.post import Post
from syndicator.render.style import Person, Style


def style_for(post: Post, feed: str, network: NetworkConfig, config: Config) -> Style:
    """What render needs to know of the configuration, and of what the post wishes on this network."""
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
        rename={tag.casefold(): word for tag, word in config.hashtags.rename.items()},
        people=tuple(_people(network, config)),
        thread=network.thread,
        strict=network.strict,
        network=network.name,
    )


def _people(network: NetworkConfig, config: Config) -> Iterator[Person]:
    for name, known in config.mentions.items():
        here = known.get(network.name, known.get(network.connector, ""))
        yield Person(name.casefold(), tuple(url for url in (known.get("url"),) if url), here)
