"""A stage on loopback: a blog, the pretend service of every connector, and a configuration that connects them.

Enters: an empty directory. Leaves: a Stage whose `config` is a real configuration on disk, used by the real program.
It opens no connection to anywhere else.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from syndicator.registry import Registry, Status
from syndicator.sandbox.blog import PretendBlog
from syndicator.sandbox.service import PretendService


@dataclass(frozen=True, slots=True)
class Stage:
    blog: PretendBlog
    services: Mapping[str, Any]  # network → its pretend service
    config: Path
    links: Path  # the syndication.json

    @property
    def copies(self) -> dict[str, list[dict[str, Any]]]:
        return {network: service.copies() for network, service in self.services.items()}


@contextmanager
def stage(
    directory: Path,
    blog: PretendBlog | None = None,
    *,
    settle: str = "0s",
    cast: Mapping[str, PretendService] | None = None,
    defaults: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Iterator[Stage]:
    """Start everything, and stop it at the end. `cast` replaces the services of all connectors; `defaults` and
    `options` are set besides, the latter for every network."""
    with ExitStack() as stack:
        site = stack.enter_context(blog or PretendBlog())
        chosen = pretend_services() if cast is None else cast
        services = {kind: stack.enter_context(service) for kind, service in chosen.items()}
        links = directory / "blog" / "syndication.json"
        config = write_config(
            directory, site.feed_url, services, links, settle=settle, defaults=defaults, options=options
        )
        yield Stage(site, services, config, links)


def pretend_services(*kinds: str) -> dict[str, PretendService]:
    """One pretend service for every installed connector that brings one, or for each of these `kinds`."""
    return {kind: made() for kind, made in pretend_classes().items() if not kinds or kind in kinds}


def pretend_classes() -> dict[str, type[PretendService]]:
    """What stands for the services of the installed connectors, by kind."""
    registry = Registry.discover()
    found = {}
    for kind in registry.kinds:
        where = getattr(registry.load(kind), "sandbox", None)
        if where is not None and registry.record(kind).status is Status.READY:
            module, _, name = where.partition(":")
            found[kind] = getattr(import_module(module), name)
    return found


def write_config(
    directory: Path,
    feed_url: str,
    services: Mapping[str, Any],
    links: Path,
    *,
    settle: str = "0s",
    defaults: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Path:
    """Write `config.toml` and one network file per service; the settings are what the services say of themselves."""
    networks = directory / "networks.d"
    networks.mkdir(parents=True, exist_ok=True)
    for kind, service in services.items():
        path = networks / f"{kind}.toml"
        path.touch(mode=0o600)
        path.write_text(f'connector = "{kind}"\n' + _toml(options or {}) + _toml(service.settings()))
    config = directory / "config.toml"
    config.write_text(
        _toml({"state_dir": str(directory / "state")})
        + ("\n[[feed]]\n" + _toml({"name": "blog", "url": feed_url}))
        + ("\n[defaults]\n" + _toml({"settle": settle, **(defaults or {})}))
        + ("\n[linkback.file]\n" + _toml({"path": str(links)}))
    )
    return config


def _toml(settings: Mapping[str, Any]) -> str:
    # TOML strings, numbers, booleans and flat lists are written as JSON writes them, but for its escapes of emoji.
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in settings.items())
