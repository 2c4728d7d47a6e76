"""Makes copies of posts without sending them: for `preview`, and for a rehearsal of a Pass.

Enters: posts and networks. Leaves: Copies. It asks services for their limits and the blog for pages and pictures, each
once; it publishes nothing and records nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from syndicator.config.models import NetworkConfig
from syndicator.connector import Connector, ConnectorError, Rendering
from syndicator.errors import UserError, Withheld
from syndicator.host import Host
from syndicator.material import Material
from syndicator.post import Post
from syndicator.preview.copy import Copy
from syndicator.rendering import Made, make


@dataclass(frozen=True, slots=True)
class Wanted:
    """A copy to be shown: of which post, found in which feed."""

    feed: str
    post: Post
    first_seen: datetime | None = None
    released: bool = False  # after it had been withheld
    fixed: Rendering | None = None  # what will be sent has been decided already


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes copies with the configuration of one Host. `introduce` asks each service who we are."""

    host: Host
    pages: Material  # what has been fetched for other copies
    introduce: bool = False

    def copies(self, network: NetworkConfig, wanted: Sequence[Wanted]) -> list[Copy]:
        named = [Copy(network.name, one.post, kind=network.connector) for one in wanted]
        if not wanted:
            return []
        try:
            with connected(self.host, network) as connector:
                look, handle = str(getattr(connector, "look", "")), self._handle(connector)
                return [
                    self._copy(replace(copy, look=look, handle=handle), network, connector, one)
                    for copy, one in zip(named, wanted, strict=True)
                ]
        except (ConnectorError, UserError) as error:
            return [replace(copy, trouble=_trouble(error)) for copy in named]

    def _copy(self, named: Copy, network: NetworkConfig, connector: Connector, wanted: Wanted) -> Copy:
        try:
            made, held = self._made(network, connector, wanted)
        except UserError as error:
            return replace(named, trouble=_trouble(error))
        copy = replace(named, made=made, can=connector.capabilities, held=held)
        return replace(copy, lengths=tuple(connector.measure(text) for text in copy.texts))

    def _made(self, network: NetworkConfig, connector: Connector, wanted: Wanted) -> tuple[Made, str]:
        """What would be withheld is made as its owner would see it after letting it go, and says so."""
        if wanted.fixed is not None:
            return Made(wanted.fixed), ""
        host = self.host
        told = (wanted.post, wanted.feed, network, host.config, connector, host.http, host.clock.now())
        making = partial(make, *told, first_seen=wanted.first_seen, pages=self.pages, for_show=True)
        try:
            return making(released=wanted.released), ""
        except Withheld as withheld:
            return making(released=True), withheld.sentence

    def _handle(self, connector: Connector) -> str:
        """The account's name, where it can be had; a copy can be looked at without."""
        if not self.introduce:
            return ""
        try:
            return connector.whoami().name
        except (ConnectorError, UserError):
            return ""


@contextmanager
def connected(host: Host, network: NetworkConfig) -> Iterator[Connector]:
    connector = host.connect(network)
    try:
        yield connector
    finally:
        connector.close()


def _trouble(error: ConnectorError | UserError) -> str:
    return f"{error.message}; try: {error.hint}" if isinstance(error, UserError) and error.hint else str(error)
