"""The five networks' real connectors over their pretend services, opened once, and what they make of a post."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from syndicator.config.files import load
from syndicator.config.models import Config
from syndicator.connector import Capabilities, Connector, Rendering
from syndicator.errors import UserError, Withheld
from syndicator.http import Http
from syndicator.material import Material
from syndicator.post import Post
from syndicator.registry import Registry
from syndicator.rendering import make
from syndicator.sandbox.stage import pretend_services, write_config
from syndicator.tokens import FileTokens
from tests.conftest import is_here
from tests.copies.samples import FEED, Sample, samples
from tests.copies.site import Site

FIVE = ("mastodon", "bluesky", "tumblr", "linkedin", "medium")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a network was to be sent, or why nothing was."""

    can: Capabilities
    length: int = 0
    rendering: Rendering | None = None
    parts: tuple[int, ...] = ()  # the lengths of what follows in a thread
    warnings: tuple[str, ...] = ()
    held: str = ""


@dataclass
class Studio:
    directory: Path
    http: Http
    material: Material
    services: Mapping[str, Any]
    opened: dict[str, Connector] = field(default_factory=dict)
    configs: dict[tuple[str, ...], Config | UserError] = field(default_factory=dict)
    seen: dict[tuple[Sample, str], Shown] = field(default_factory=dict)

    @cached_property
    def registry(self) -> Registry:
        return Registry.discover()

    def show(self, sample: Sample, network: str) -> Shown:
        """The copy; made once, however often it is looked at."""
        if (sample, network) not in self.seen:
            self.seen[sample, network] = self._show(sample, network)
        return self.seen[sample, network]

    def _show(self, sample: Sample, network: str) -> Shown:
        config = self.config(sample.settings)
        if isinstance(config, UserError):
            return Shown(Capabilities(0), held=self._told("; ".join([str(config), *getattr(config, "problems", ())])))
        return self.copy(sample.post(), network, config)

    def copy(self, post: Post, network: str, config: Config) -> Shown:
        connector = self.connector(network, config)
        can = connector.capabilities
        try:
            made = make(
                *(post, "blog", config.networks[network], config, connector, self.http, NOW),
                first_seen=NOW,
                pages=self.material,
            )
        except Withheld as error:
            return Shown(can, held=f"{error.cause}: {self._told(error.sentence)}")
        rendering = made.rendering
        parts = tuple(connector.measure(part.text) for part in rendering.rest)
        return Shown(can, connector.measure(rendering.text), rendering, parts, tuple(map(self._told, made.warnings)))

    def _told(self, sentence: str) -> str:
        return sentence.replace(str(self.directory), "…")

    def config(self, settings: Sequence[str] = ()) -> Config | UserError:
        key = tuple(settings)
        if key not in self.configs:
            self.configs[key] = self._config(key)
        return self.configs[key]

    def _config(self, settings: Sequence[str]) -> Config | UserError:
        """Real files, loaded as always; each setting goes where it belongs."""
        path = write_config(self.directory, FEED, self.services, self.directory / "links.json", settle="0s")
        own = [line for line in settings if line.split(".")[0] not in ("every", *FIVE)]
        path.write_text("\n".join([*own, path.read_text().replace("[defaults]\nsettle", "[defaults.schedule]\n#")]))
        for network in self.services:
            lines = [line.partition(".")[2] for line in settings if line.split(".")[0] in ("every", network)]
            file = self.directory / "networks.d" / f"{network}.toml"
            file.write_text("\n".join([*lines, file.read_text()]))
        try:
            return load(path, registry=self.registry)
        except UserError as error:
            return error

    def plain(self, network: str) -> Connector:
        """The network as it is when its owner has said nothing."""
        config = self.config()
        assert isinstance(config, Config), config
        return self.connector(network, config)

    def connector(self, network: str, config: Config) -> Connector:
        settings = config.networks[network].settings
        key = f"{network} {settings!r}"
        if key not in self.opened:
            tokens = FileTokens(self.directory / f"{len(self.opened)}.json")
            self.opened[key] = self.registry.load(network).open(settings, Http(allow_private=["127.0.0.1"]), tokens)
        return self.opened[key]


@contextmanager
def studio() -> Iterator[Studio]:
    """Of those of the five that are installed."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context(Site(sample.post() for sample in samples()))
        http = site.http()
        material = stack.enter_context(Material(http))
        here = [network for network in FIVE if is_here(network)]
        services = {kind: stack.enter_context(service) for kind, service in pretend_services(*here).items()}
        made = Studio(directory, http, material, services)
        yield made
        for connector in made.opened.values():
            connector.close()
