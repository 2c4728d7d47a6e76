"""Mistakes of a configuration as sentences.

Enters: what pydantic collected. Leaves: problems, each with file, line and key. A value is never repeated: nobody can
tell whether a misspelt key holds a secret.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from syndicator.config.environment import NOT_OPTIONS
from syndicator.config.lines import Path as Keys
from syndicator.config.lines import line_of, positions
from syndicator.config.loading import Loading
from syndicator.config.models import OPTIONS_OF_NETWORK, Config, SettingsRefused, Table
from syndicator.config.secrets import CREDENTIAL

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_CLOSE = 0.6  # difflib's own measure of likeness; "acces_token" and "access_token" are at 0.96
_QUOTED = 6  # letters; shorter values are not secrets, and taking them out would garble the sentence

_PLAIN = {
    "missing": "is missing",
    "string_type": "must be a text in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": 'must be a list, such as ["one", "two"]',
    "tuple_type": 'must be a list, such as ["one", "two"]',
    "path_type": "must be a path in quotes",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    where: str  # a file, or the environment
    line: int  # 0: none
    key: str
    what: str
    is_credential: bool = False

    def __str__(self) -> str:
        place = f"{self.where}:{self.line}" if self.line else self.where
        return f"{place}: {self.key}: {self.what}" if self.key else f"{place}: {self.what}"


class Sources:
    """The texts that were read, to find lines in; scanned only when something is wrong."""

    def __init__(self, loading: Loading, texts: Mapping[Path, str]) -> None:
        self._loading = loading
        self._texts = texts
        self._where: dict[Path, dict[Keys, int]] = {}

    def problem(self, keys: Sequence[str | int], what: str, *, is_credential: bool = False) -> Problem:
        """Where `keys` of the whole configuration stand: a variable if one set them, else a file and a line."""
        steps = tuple(keys)
        setter = self._setter(steps)
        if setter is not None:
            place, variable = setter
            about = what if place[: len(steps)] == steps[: len(place)] else f"{written(steps)} {what}"
            return Problem("environment", 0, variable, about, is_credential)
        path, inner = self._in_file(steps)
        return Problem(str(path), line_of(self._positions(path), inner), written(inner), what, is_credential)

    def _setter(self, steps: Keys) -> tuple[Keys, str] | None:
        """The variable that set `steps` or a table around them; or, where no file has a table, one that made it."""
        for n in range(len(steps), 0, -1):
            if steps[:n] in self._loading.variables:
                return steps[:n], self._loading.variables[steps[:n]]
        for n in range(len(steps), 0, -1):
            if self._stands_in_file(steps[:n]):
                return None
            for place, variable in self._loading.variables.items():
                if place[:n] == steps[:n]:
                    return place, variable
        return None

    def _stands_in_file(self, steps: Keys) -> bool:
        path, inner = self._in_file(steps)
        return not inner or inner in self._positions(path)

    def _in_file(self, steps: Keys) -> tuple[Path, Keys]:
        """The file that `steps` would stand in, and what they are called there."""
        paths = self._loading.network_paths
        if len(steps) > 1 and steps[0] == "networks" and steps[1] in paths:
            return paths[str(steps[1])], steps[2:]
        return self._loading.path, steps

    def _positions(self, path: Path) -> dict[Keys, int]:
        if path not in self._where:
            self._where[path] = positions(self._texts.get(path, ""))
        return self._where[path]


def written(keys: Sequence[str | int]) -> str:
    """A key as people write it; the line says which of several tables is meant."""
    return ".".join(key for key in keys if isinstance(key, str))


def problems_of(error: ValidationError, sources: Sources) -> list[Problem]:
    return list(_of(error, Config, (), sources))


def _of(error: ValidationError, model: type[BaseModel], before: Keys, sources: Sources) -> Iterable[Problem]:
    """`before`: the keys that lead to `model`."""
    for line in error.errors(include_url=False):
        keys = line["loc"]
        if model is Config and keys[0] == "networks" and keys[2:] == ("settings",):  # no key that anyone wrote
            keys = keys[:-1]
        cause = line.get("ctx", {}).get("error")
        if isinstance(cause, SettingsRefused):
            yield from _of(cause.error, cause.model, before + keys, sources)
        else:
            is_credential = line["type"] == CREDENTIAL
            yield sources.problem(before + keys, _said(line, model), is_credential=is_credential)


def _said(line: "ErrorDetails", model: type[BaseModel]) -> str:
    kind, keys = line["type"], line["loc"]
    if kind == "extra_forbidden":
        return _unknown(str(keys[-1]), _options(model, keys[:-1]))
    if kind in ("literal_error", "enum"):
        return f"must be {line['ctx']['expected']}".replace("'", '"')
    if kind == CREDENTIAL or model is Config:
        return _sentence(line)
    return _without(line["input"], _sentence(line))


def _sentence(line: "ErrorDetails") -> str:
    if line["type"] == "value_error":
        return str(line["ctx"]["error"])
    if line["type"] == "list_type" and line["loc"] == ("feed",):
        return "a feed begins with [[feed]], in two brackets"
    said = re.sub(r"^\w+ should ", "must ", line["msg"])
    return _PLAIN.get(line["type"], said[:1].lower() + said[1:])


def _without(value: object, said: str) -> str:
    """A connector's own sentence, minus the value it may quote."""
    return said.replace(value, "…") if isinstance(value, str) and len(value) >= _QUOTED else said


def _unknown(key: str, options: Sequence[str]) -> str:
    near = get_close_matches(key, options, 1, _CLOSE)
    if near:
        return f"unknown key, did you mean “{near[0]}”?"
    return f"unknown key; known here: {', '.join(sorted(options))}"


def _options(model: type[BaseModel], keys: Sequence[str | int]) -> list[str]:
    """The keys that may stand where the unknown one does."""
    at = model
    for key in keys:
        if key in at.model_fields:
            at = _model_in(at.model_fields[str(key)].annotation) or at
    if at is Config:
        return sorted(set(Config.model_fields) - NOT_OPTIONS)
    if not issubclass(at, Table) and at is model:
        return [*at.model_fields, *OPTIONS_OF_NETWORK]
    return list(at.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model_in(each))), None)
