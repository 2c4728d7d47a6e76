"""Environment variables over files: SYNDICATOR_LEDGER__URL, SYNDICATOR_NETWORKS__MASTODON__INSTANCE and the like.

Enters: what the files say. Leaves: the same with the variables put in, each text marked as coming from there. Feeds are
called by name (SYNDICATOR_FEED__BLOG__EVERY), as networks are. Values stay texts unless they are written as a JSON list
or object; the models turn them into what they need, so that a token of digits stays a token.

A variable without a double underscore is left alone unless it is an option, because SYNDICATOR_CONFIG and names chosen
for { env = "…" } begin the same way.
"""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

from syndicator.config.lines import Path as Keys
from syndicator.config.loading import current
from syndicator.config.secrets import FromEnvironment

PREFIX = "SYNDICATOR_"
NOT_OPTIONS = frozenset({"path"})  # a field that nobody configures


class EnvironmentOverFiles(PydanticBaseSettingsSource):
    """Does nothing outside of a load: a Config made by hand is what its maker says."""

    def __init__(self, settings: type[BaseSettings], files: PydanticBaseSettingsSource) -> None:
        super().__init__(settings)
        self._files: dict[str, Any] = dict(files.init_kwargs) if isinstance(files, InitSettingsSource) else {}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._files.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        loading = current()
        if loading is None:
            return self._files
        options = set(self.settings_cls.model_fields) - NOT_OPTIONS
        merged = _copy(self._files)
        for variable, steps in _ours(os.environ, options):
            keys = _put(merged, steps, _value(os.environ[variable]))
            loading.variables[keys] = variable
        return dict(merged)


def _ours(environ: Mapping[str, str], options: set[str]) -> Iterable[tuple[str, list[str]]]:
    for variable in sorted(environ):
        if variable.startswith(PREFIX):
            steps = variable.removeprefix(PREFIX).lower().split("__")
            if all(steps) and (len(steps) > 1 or steps[0] in options):
                yield variable, steps


def _put(merged: dict[str, Any], steps: list[str], value: Any) -> Keys:
    """Put one value in its place; returns the keys of that place."""
    keys: Keys = ()
    at: Any = merged
    for step in steps[:-1]:
        key = _index_of(at, step) if isinstance(at, list) else _spelt(at, step)
        if isinstance(at, dict) and not isinstance(at.get(key), dict | list):
            at[key] = [] if keys == () and key == "feed" else {}
        keys, at = (*keys, key), at[key]
    last: str | int = _index_of(at, steps[-1]) if isinstance(at, list) else _spelt(at, steps[-1])
    at[last] = value
    return (*keys, last)


def _index_of(feeds: list[Any], name: str) -> int:
    """The feed of that name; a new one when there is none."""
    for index, feed in enumerate(feeds):
        if isinstance(feed, dict) and _folded(str(feed.get("name"))) == name:
            return index
    feeds.append({"name": FromEnvironment(name)})
    return len(feeds) - 1


def _spelt(table: dict[str, Any], step: str) -> str:
    """The key as the files spell it; a variable's name can have no hyphens."""
    return next((key for key in table if _folded(key) == step), step)


def _folded(key: str) -> str:
    return key.lower().replace("-", "_")


def _value(text: str) -> Any:
    if text.startswith(("[", "{")):
        try:
            return _marked(json.loads(text))
        except ValueError:
            pass
    return FromEnvironment(text)


def _marked(value: Any) -> Any:
    if isinstance(value, list):
        return [_marked(each) for each in value]
    return FromEnvironment(value) if isinstance(value, str) else value


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value
