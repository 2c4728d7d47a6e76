"""Shows copies before they are sent: the words, the counts, the pictures, the card.

Enters: posts and open connectors. Leaves: text or JSON. Nothing is sent and nothing is recorded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from syndicator.cli import show
from syndicator.config.models import NetworkConfig
from syndicator.connector import Connector, ConnectorError
from syndicator.errors import UserError
from syndicator.host import Host
from syndicator.post import Post
from syndicator.rendering import Made, make


@dataclass(frozen=True, slots=True)
class Copy:
    """One post as one network would show it, or why that cannot be said."""

    network: str
    post: Post
    made: Made | None = None
    length: int = 0
    limit: int = 0
    trouble: str | None = None

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"network": self.network, "post": self.post.link, "title": self.post.title}
        if self.made is None:
            return {**shown, "trouble": self.trouble}
        rendering = self.made.rendering
        card = rendering.card
        return {
            **shown,
            "text": rendering.text,
            "length": self.length,
            "limit": self.limit,
            "spans": [
                {"start": s.start, "end": s.end, "kind": s.kind.value, "target": s.target} for s in rendering.spans
            ],
            "images": [{"alt": i.alt, "width": i.width, "height": i.height, "mime": i.mime} for i in rendering.images],
            "card": card and {"url": card.url, "title": card.title, "description": card.description},
            "language": rendering.language,
            "content_warning": rendering.content_warning,
            "warnings": list(self.made.warnings),
        }


@contextmanager
def connected(host: Host, network: NetworkConfig) -> Iterator[Connector]:
    connector = host.connect(network)
    try:
        yield connector
    finally:
        connector.close()


def copies(host: Host, network: NetworkConfig, posts: list[tuple[str, Post]]) -> list[Copy]:
    """Render `posts` (feed name, Post) for one network; asks the service for its limits, publishes nothing."""
    try:
        with connected(host, network) as connector:
            return [_copy(host, network, connector, feed, post) for feed, post in posts]
    except (ConnectorError, UserError) as error:
        return [Copy(network.name, post, trouble=_trouble(error)) for _, post in posts]


def _copy(host: Host, network: NetworkConfig, connector: Connector, feed: str, post: Post) -> Copy:
    try:
        made = make(post, feed, network, host.config, connector, host.http, host.clock.now())
    except UserError as error:
        return Copy(network.name, post, trouble=_trouble(error))
    length, limit = connector.measure(made.rendering.text), connector.capabilities.max_length
    return Copy(network.name, post, made, length, limit)


def _trouble(error: ConnectorError | UserError) -> str:
    return f"{error.message}; try: {error.hint}" if isinstance(error, UserError) and error.hint else str(error)


def show_copy(copy: Copy) -> None:
    """One copy as a paragraph with its counts."""
    if copy.made is None:
        show.heading(f"{copy.network}: cannot be shown")
        show.line(f"  {copy.trouble}")
        show.line()
        return
    show.heading(f"{copy.network}  {copy.length} of {copy.limit}")
    for line in copy.made.rendering.text.split("\n"):
        show.prose(f"  {line}".rstrip())
    for line in _extras(copy.made):
        show.line(line)
    show.line()


def _extras(made: Made) -> Iterator[str]:
    rendering = made.rendering
    if rendering.content_warning:
        yield f"  behind the warning: {rendering.content_warning}"
    for image in rendering.images:
        yield f"  [image {image.width}×{image.height}] {image.alt or '(no alt text)'}"
    if (card := rendering.card) is not None:
        picture = f", picture {card.image.width}×{card.image.height}" if card.image else ", no picture"
        yield f"  [card{picture}] {card.title} <{card.url}>"
    for warning in made.warnings:
        yield f"  warning: {warning}"
