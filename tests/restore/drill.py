"""An installation that is backed up, goes on, and is put back: the real command line over pretend services.

All of it goes by one clock that can be moved, so that thirty days take no time and nobody waits for a service's list.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicator.cli.main import run
from syndicator.exitcode import ExitCode
from syndicator.ledger.rows import Delivery
from syndicator.ledger.states import State
from tests.system.cli_ground import Said
from tests.system.pass_ground import DAY, HOUR, PUBLISHING, Ground, ground_in

ONE = "mastodon"  # the network of most drills: it has no way to tell a copy from a second one


@dataclass(frozen=True, slots=True)
class Drill:
    ground: Ground
    capsys: pytest.CaptureFixture[str]

    @property
    def networks(self) -> list[str]:
        return sorted(self.ground.scene.services)

    @property
    def ledger_file(self) -> Path:
        return self.ground.scene.config.parent / "state" / "ledger.db"

    @property
    def state_dir(self) -> Path:
        return self.ground.scene.config.parent / "state"

    @property
    def epoch_file(self) -> Path:
        return self.state_dir / "epoch.json"

    def say(self, *words: str) -> Said:
        """The command, as it is typed; never a traceback, never a bug."""
        self.capsys.readouterr()
        code = run(["--config", str(self.ground.scene.config), *words])
        out, err = self.capsys.readouterr()
        assert code != ExitCode.BUG, err
        assert "Traceback" not in out + err
        return Said(code, out, err)

    def json(self, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.say(*words, "--json").out)
        return found

    def entries(self, *words: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.say("list", *words, "--json").out)
        return found

    def live(self, *names: str, each: timedelta = DAY) -> None:
        """Time goes by, with a post and a Pass each day."""
        for name in names:
            self.ground.publish(name)
            self.ground.walk()
            self.ground.later(each)

    def back_up(self, name: str = "backup.db") -> Path:
        copy = self.ground.scene.config.parent / name
        assert self.say("backup", str(copy)).code == ExitCode.OK
        return copy

    def put_back(self, copy: Path) -> None:
        """As a person does it who has read the manual."""
        self.lose_file()
        shutil.copy(copy, self.ledger_file)

    def lose_time(self) -> None:
        """“open” was waiting at the time of the backup and is out, “out” came and went out, “missing” did not."""
        self.ground.edit("config.toml", 'settle = "0s"', 'settle = "1h"')
        self.ground.publish("open")
        self.ground.walk()
        self.ground.edit("config.toml", 'settle = "1h"', 'settle = "0s"')
        backup = self.back_up()
        self.ground.later(HOUR)
        self.live("out")
        for network in self.networks:
            self.say("pause", network)
        self.live("missing")
        self.put_back(backup)

    def notice(self) -> None:
        """By the next run of cron; an hour later somebody looks at it."""
        assert self.say("run").code == ExitCode.PERSON
        self.ground.later(HOUR)

    def lose_file(self) -> None:
        for beside in ("", "-wal", "-shm"):
            self.ledger_file.with_name(self.ledger_file.name + beside).unlink(missing_ok=True)

    def publishings(self) -> int:
        """How many requests to publish the services have had in all."""
        served = [(self.ground.scene.services[n], PUBLISHING[n]) for n in self.networks if n in PUBLISHING]
        return sum(len(service.seen(pattern)) for service, pattern in served) + len(self.of_folders())

    def of_folders(self) -> list[Any]:
        return [copy for n in self.networks if n not in PUBLISHING for copy in self.ground.copies(n)]

    def number_of(self, network: str, name: str) -> int:
        """How many copies of one post are on one network."""
        return sum(self.ground.link(name) in json.dumps(copy, default=str) for copy in self.ground.copies(network))

    def numbers(self, *names: str) -> set[int]:
        """How many copies there are of each of these posts on each network."""
        return {self.number_of(network, name) for network in self.networks for name in names}

    def row(self, network: str, name: str) -> Delivery:
        return self.ground.delivery(network, name)

    def states(self, name: str) -> dict[str, State]:
        return {network: self.row(network, name).state for network in self.networks}

    def wait_and_walk(self, *, days: int = 3) -> None:
        """Cron goes on as if nothing had happened."""
        for _ in range(days * 2):
            self.ground.walk()
            self.ground.later(DAY / 2)
            self.ground.walk(by_hand=False)


@contextmanager
def drill_in(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *networks: str
) -> Iterator[Drill]:
    """The feed is known; nothing has been published since."""
    with ground_in(directory, *networks) as ground:
        ground.later(-90 * DAY)  # so that the machine's own clock is ahead of all that happens
        ground.walk()
        ground.later(HOUR)
        yield drill_on(ground, monkeypatch, capsys)


def drill_on(ground: Ground, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Drill:
    """The command line goes by the clock of `ground`."""
    for module in ("hosting", "opening"):
        monkeypatch.setattr(f"syndicator.cli.{module}.SystemClock", lambda: ground.clock)
    return Drill(ground, capsys)
