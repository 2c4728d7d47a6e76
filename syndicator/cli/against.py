"""What another configuration would change: the same posts, rendered with both.

Enters: the path of a configuration, copies made with the present one. Leaves: comparisons. Of the other configuration
no secret is read: accounts are opened with those of the present one, so an old copy of the files is enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from syndicator.cli import show
from syndicator.cli.copies import Maker, Wanted
from syndicator.config.models import Config, NetworkConfig
from syndicator.errors import ConfigError
from syndicator.post import Post
from syndicator.preview.compare import changes
from syndicator.preview.copy import Copy
from syndicator.preview.sheet import Change, Shown
from syndicator.run import Scope, networks_in

NOTHING = "nothing changes"


@dataclass(frozen=True, slots=True)
class Compared:
    """One post on one network, with both configurations; a copy is None where only the other one has the network."""

    network: str
    post: Post
    before: Copy | None
    after: Copy | None
    changes: tuple[Change, ...] = ()

    @property
    def verdict(self) -> str:
        if self.before is None:
            return "a network that the other configuration does not have"
        if self.after is None:
            return "no longer a network of yours"
        if not self.changes:
            return NOTHING
        return f"{', '.join(change.what for change in self.changes)} would change"

    @property
    def is_news(self) -> bool:
        return self.verdict != NOTHING

    def shown(self) -> Shown:
        from syndicator.preview.before import shown

        copy = self.after or self.before
        if copy is None:
            raise ValueError("a comparison has at least one side")
        verdict = self.verdict[:1].upper() + self.verdict[1:] + "."
        before = shown(self.before) if self.before is not None and self.changes and not self.before.trouble else None
        return replace(shown(copy), changes=self.changes, verdict=verdict, before=before)

    def as_json(self) -> dict[str, Any]:
        return {
            "network": self.network,
            "post": self.post.link,
            "verdict": self.verdict,
            "changes": [
                {"what": change.what, "stretches": [{one.how: one.text} for one in change.stretches]}
                for change in self.changes
            ],
            "before": self.before and self.before.as_json(),
            "after": self.after and self.after.as_json(),
        }


def load_other(path: Path, present: Config) -> Config:
    """Raises ConfigError with every mistake of the other configuration, and says that it is the other one."""
    from syndicator.config.files import load

    try:
        other = load(path, with_secrets=False)
    except ConfigError as error:
        raise ConfigError(f"the configuration to compare with: {error.message}", problems=error.problems) from error
    networks = {name: _with_secrets(network, present.networks.get(name)) for name, network in other.networks.items()}
    return other.model_copy(update={"state_dir": present.state_dir, "networks": networks})


def compare(
    maker: Maker, other: Config, scope: Scope, posts: Sequence[Wanted], after: Sequence[Copy]
) -> tuple[Compared, ...]:
    old = replace(maker, host=replace(maker.host, config=other))
    known = {network.name for network in networks_in(maker.host, scope)}
    before = [copy for network in _common(old, scope, known) for copy in old.copies(network, posts)]
    gone = [network.name for network in networks_in(old.host, scope) if network.name not in known]
    return (
        *_pairs(before, after),
        *(Compared(name, one.post, Copy(name, one.post, trouble=NOTHING), None) for name in gone for one in posts),
    )


def summary(compared: Sequence[Compared]) -> str:
    news = sum(1 for one in compared if one.is_news)
    if not news:
        return "Nothing changes."
    return f"{news} of {show.count(len(compared), 'copy', 'copies')} would be different."


def _common(maker: Maker, scope: Scope, known: set[str]) -> Iterator[NetworkConfig]:
    yield from (network for network in networks_in(maker.host, scope) if network.name in known)


def _pairs(before: Sequence[Copy], after: Sequence[Copy]) -> Iterator[Compared]:
    for new in after:
        old = next((copy for copy in before if copy.network == new.network and copy.post is new.post), None)
        yield Compared(new.network, new.post, old, new, changes(old, new) if old is not None else ())


def _with_secrets(old: NetworkConfig, present: NetworkConfig | None) -> NetworkConfig:
    """Secrets of the same account as it is opened today; an account that is not there today is not opened."""
    from pydantic import SecretStr

    if present is None or present.connector != old.connector or present.settings is None or old.settings is None:
        return old
    secrets = {
        name: getattr(present.settings, name)
        for name in type(old.settings).model_fields
        if isinstance(getattr(present.settings, name), SecretStr)
    }
    return old.model_copy(update={"settings": old.settings.model_copy(update=secrets)})
