"""Mistakes in templates, before any post is rendered.

Enters: a configuration that is right otherwise. Leaves: problems with file, line and key. The template engine costs
more than a Pass without news, so what has been found right is remembered, as one digest in the state directory; where
that cannot be written, the templates are read every time.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from syndicator import __version__
from syndicator.config.lines import Path as Keys
from syndicator.config.models import Config
from syndicator.config.problems import Problem, Sources
from syndicator.errors import ConfigError

REMEMBERED = "templates.right"


def mistakes(config: Config, sources: Sources) -> list[Problem]:
    written = sorted(_templates(config))
    if not written or _is_remembered(config.state_dir / REMEMBERED, _digest(written)):
        return []
    found = [problem for keys, source in written for problem in _of(keys, source, sources)]
    if not found:
        _remember(config.state_dir / REMEMBERED, _digest(written))
    return found


def _templates(config: Config) -> Iterator[tuple[Keys, str]]:
    for name, network in config.networks.items():
        keys: Keys = ("networks", name)
        if network.template is not None:
            yield (*keys, "template"), network.template
        for table, variations in (("feed", network.feed), ("tag", network.tag)):
            for about, variation in variations.items():
                if variation.template is not None:
                    yield (*keys, table, about, "template"), variation.template


def _of(keys: Keys, source: str, sources: Sources) -> Iterable[Problem]:
    from syndicator.render.template import compile_template

    try:
        compile_template(source, "")
    except ConfigError as error:
        yield sources.problem(keys, error.message.removeprefix(": template: "))


def _digest(written: Iterable[tuple[Keys, str]]) -> str:
    """Of the version too: another one may know other names."""
    return hashlib.sha256("\0".join([__version__, *(source for _, source in written)]).encode()).hexdigest()


def _is_remembered(path: Path, digest: str) -> bool:
    try:
        return path.read_text() == digest
    except (OSError, UnicodeDecodeError):
        return False


def _remember(path: Path, digest: str) -> None:
    with suppress(OSError):
        path.write_text(digest)
