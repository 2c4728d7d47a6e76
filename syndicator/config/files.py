"""Finding and loading the configuration.

Enters: a path, or nothing. Leaves: a Config, or one error that names every mistake of every file. It writes nothing but
that the templates are right, asks no network, and imports no library of a connector.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from syndicator.config import checks, places, templates
from syndicator.config.loading import Loading, during
from syndicator.config.models import Config
from syndicator.config.problems import Problem, Sources, problems_of
from syndicator.errors import ConfigError, CredentialError
from syndicator.registry import Registry

NAME = "config.toml"
NETWORKS = "networks.d"
_BEGIN = "syndicate init https://your.blog"
_TOP = frozenset(Config.model_fields) - {"path", "networks"}
_ELSEWHERE = {"networks": f"networks stand in files of their own: {NETWORKS}/NAME.toml", "path": "unknown key"}
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def load(path: Path | None = None, *, registry: Registry | None = None, with_secrets: bool = True) -> Config:
    """Load the configuration from `path` or from where it is looked for.

    `with_secrets` False leaves the secrets of networks unread. Raises ConfigError with every mistake, or
    CredentialError when nothing but secrets is wrong.
    """
    read = _Read(find(path))
    read.everything()
    loading = Loading(read.config, registry or Registry.discover(), read.network_paths, with_secrets)
    sources = Sources(loading, read.texts)
    problems, config = [*read.problems], None
    with during(loading):
        try:
            config = Config(path=read.config, networks=read.networks, **read.top)
        except ValidationError as error:
            problems += problems_of(error, sources)
    if read.config in read.texts:
        problems += _between_tables(read, loading, config, sources)
    if config is not None:
        problems += templates.mistakes(config, sources)
    if problems or config is None:
        raise _error(problems)
    return config


def find(path: Path | None) -> Path:
    """The config.toml to use. Raises ConfigError naming every place that was looked at."""
    if path is not None:
        return _named(path, "--config")
    told = os.environ.get("SYNDICATOR_CONFIG")
    if told:
        return _named(Path(told), "SYNDICATOR_CONFIG")
    here, *elsewhere = where_to_look()
    looked = []
    if _is_file(here):
        if not _is_foreign(here):
            return here.absolute()
        looked.append(f"{here} belongs to another program")
    for candidate in elsewhere:
        if _is_file(candidate):
            return candidate
    looked += [f"{candidate} is not there" for candidate in (here, *elsewhere) if not _is_file(candidate)]
    raise ConfigError("there is no configuration yet", hint=_BEGIN, problems=looked)


def where_to_look() -> tuple[Path, ...]:
    return Path(NAME), places.user_config(), places.ETC


def _named(told: Path, by: str) -> Path:
    path = told.expanduser().absolute()
    path = path / NAME if path.is_dir() else path
    if not _is_file(path):
        raise ConfigError(f"{path}, named by {by}, is not a file that can be seen", hint=_BEGIN)
    return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a directory that is closed to us, as a service's view of /home is
        return False


def _is_foreign(path: Path) -> bool:
    """Hugo and Zola call their own file config.toml too, and a blog's directory is where people stand."""
    try:
        table = tomllib.loads(_text(path))
    except (OSError, ValueError):
        return False
    return bool(table) and not _TOP & set(table)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")  # some editors put a mark in front


@dataclass(slots=True)
class _Read:
    """What the files say, as far as they can be read at all."""

    config: Path
    top: dict[str, Any] = field(default_factory=dict)
    networks: dict[str, Any] = field(default_factory=dict)
    network_paths: dict[str, Path] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def everything(self) -> None:
        self.top = self._table(self.config) or {}
        for key in [key for key in self.top if key in _ELSEWHERE or key.startswith("_")]:
            del self.top[key]  # a model would take these for something else
            self._complain(self.config, _ELSEWHERE.get(key, "unknown key"), key=key)
        for path in self._network_files():
            self._network(path)

    def _network_files(self) -> list[Path]:
        directory = self.config.parent / NETWORKS
        try:
            return sorted(p for p in directory.iterdir() if p.suffix == ".toml" and not p.name.startswith("."))
        except FileNotFoundError:
            return []
        except OSError as error:  # no list is not an empty list
            self._complain(directory, f"cannot be read: {error.strerror}", line=0)
            return []

    def _network(self, path: Path) -> None:
        try:
            self.network_paths[checks.name(path.stem)] = path
        except ValueError as error:
            self._complain(path, f"the file's name is the network's, and {error}", line=0)
            return
        table = self._table(path)
        if table is not None:
            self.networks[path.stem] = table

    def _table(self, path: Path) -> dict[str, Any] | None:
        try:
            text = _text(path)
            table = tomllib.loads(text)
        except OSError as error:
            self._complain(path, f"cannot be read: {error.strerror}", line=0)
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self._complain(path, "is not UTF-8 text", line=line)
        except tomllib.TOMLDecodeError as error:
            self._not_toml(path, text, str(error))
        else:
            self.texts[path] = text
            return table
        return None

    def _not_toml(self, path: Path, text: str, said: str) -> None:
        """tomllib's own words, which may quote a key or one character, never a value."""
        found = _POSITION.search(said)
        what = _POSITION.sub("", said)
        if found is None or found[1] is None:
            self._complain(path, f"not TOML: {what} (the file ends too early)", line=text.count("\n") + 1)
        else:
            self._complain(path, f"not TOML: {what} (column {found[2]})", line=int(found[1]))

    def _complain(self, path: Path, what: str, *, key: str = "", line: int | None = None) -> None:
        if line is None:
            from syndicator.config.lines import line_of, positions

            line = line_of(positions(self.texts[path]), (key,))
        self.problems.append(Problem(str(path), line, key, what))


def _between_tables(read: _Read, loading: Loading, config: Config | None, sources: Sources) -> Iterable[Problem]:
    """Mistakes that no table can see by itself. Works on raw tables, so that it still speaks when others are wrong."""
    feeds = read.top.get("feed", [])
    if config is not None:
        feeds = [feed.model_dump(include={"name", "networks"}) for feed in config.feed]
    if not feeds:
        yield Problem(str(read.config), 0, "feed", f"there is no [[feed]], so nothing to watch; {_BEGIN} finds it")
    if not isinstance(feeds, list):
        return
    from_variables = {str(keys[1]) for keys in loading.variables if keys[0] == "networks" and len(keys) > 1}
    known = sorted(from_variables.union(loading.network_paths))
    names: dict[str, int] = {}
    for index, feed in enumerate(each for each in feeds if isinstance(each, Mapping)):
        name = feed.get("name")
        if isinstance(name, str) and names.setdefault(name, index) != index:
            yield sources.problem(("feed", index, "name"), f"another feed is called “{name}” as well")
        networks = feed.get("networks")
        for at, network in enumerate(networks if isinstance(networks, list) else ()):
            if isinstance(network, str) and network not in known:
                yield sources.problem(("feed", index, "networks", at), _no_network(network, known))
    yield from _variations_of_no_feed(read, sorted(names), sources)


def _variations_of_no_feed(read: _Read, feeds: Sequence[str], sources: Sources) -> Iterable[Problem]:
    for network, table in read.networks.items():
        varied = table.get("feed")
        for name in varied if isinstance(varied, Mapping) else ():
            if name not in feeds:
                near = get_close_matches(name, feeds, 1)
                guess = f"did you mean “{near[0]}”?" if near else f"there are: {', '.join(feeds) or 'none'}"
                yield sources.problem(("networks", network, "feed", name), f"no feed is called “{name}”, {guess}")


def _no_network(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 1)
    guess = f"did you mean “{near[0]}”?" if near else f"there are: {', '.join(known) or 'none'}"
    return f"there is no {NETWORKS}/{name}.toml, {guess}"


def _error(problems: Iterable[Problem]) -> ConfigError | CredentialError:
    found = sorted(set(problems))
    told = [str(problem) for problem in found]
    count = "one mistake" if len(found) == 1 else f"{len(found)} mistakes"
    if all(problem.is_credential for problem in found):
        which = "a secret is" if len(found) == 1 else f"{len(found)} secrets are"
        return CredentialError(f"{which} missing or refused", problems=told, hint="syndicate check")
    return ConfigError(f"the configuration has {count}", problems=told, hint="syndicate check")
