"""The token, wherever something goes wrong: in no output at debug level and in no file but its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from syndicator.cli import main
from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.service import Fault
from syndicator.sandbox.stage import Stage, stage
from syndicator_medium.sandbox import PretendMedium
from tests.connectors.medium_ground import FEED, ME, POSTS
from tests.unit.config_ground import forget_secrets_afterwards

TOKEN = "2CANARY5ec7e75ec7e75ec7e7"
ECHO = {"errors": [{"message": f"The token {TOKEN} is not what it was.", "code": 6003}]}
PAGE = f"<title>Just a moment...</title><p>You sent Authorization: Bearer {TOKEN}".encode()
NO_FEED = f"<rss><channel>{TOKEN}".encode()
SPOILT: dict[str, dict[str, Any]] = {
    "refused": {"fault": Fault.REFUSE, "status": 401, "body": ECHO},
    "may not": {"fault": Fault.REFUSE, "status": 403, "body": ECHO},
    "disliked": {"fault": Fault.REFUSE, "status": 400, "body": {"errors": [{"message": f"What is {TOKEN}?"}]}},
    "the wall": {"fault": Fault.REFUSE, "status": 403, "body": PAGE, "headers": {"cf-mitigated": TOKEN}},
    "enough": {"fault": Fault.REFUSE, "status": 429, "body": ECHO, "headers": {"Retry-After": TOKEN}},
    "gone": {"fault": Fault.REFUSE, "status": 404, "body": PAGE},
    "moved": {"fault": Fault.REFUSE, "status": 302, "headers": {"Location": f"http://127.0.0.1:9/?token={TOKEN}"}},
    "failing": {"fault": Fault.ERROR_AFTER, "status": 500, "body": ECHO},
    "a page": {"fault": Fault.REFUSE, "status": 200, "body": PAGE},
    "lost": {"fault": Fault.LOSE_REPLY},
    "cut": {"fault": Fault.CUT_BODY},
}


@dataclass
class Home:
    """An installation whose Medium repeats what it was sent, and all that the command line ever wrote."""

    scene: Stage
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    shown: str = ""

    @property
    def path(self) -> Path:
        return self.scene.config.parent

    def say(self, *words: str, typed: str = "") -> int:
        self.monkeypatch.setattr("sys.stdin", StringIO(typed))
        code = main.run(["--config", str(self.scene.config), "--debug", *words])
        self.shown += "".join(self.capsys.readouterr())
        return code

    def fail(self, pattern: str, fault: dict[str, Any]) -> None:
        self.scene.services["medium"].fail_next(pattern=pattern, **fault)

    def holding(self) -> list[str]:
        """The files with the token in them, however little of it."""
        files = (path for path in self.path.rglob("*") if path.is_file())
        return [str(path.relative_to(self.path)) for path in files if b"CANARY" in path.read_bytes()]


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    forget_secrets_afterwards(monkeypatch)
    service = PretendMedium()
    service.token, service.tokens = TOKEN, {TOKEN: service.account}
    with stage(tmp_path, PretendBlog(), cast={"medium": service}) as scene:
        file = tmp_path / "networks.d" / "medium.toml"
        file.write_text(
            file.read_text().replace('mode = "token"', 'mode = "handoff"').replace(f'token = "{TOKEN}"', "")
        )
        assert TOKEN not in file.read_text()
        yield Home(scene, capsys, monkeypatch)


@pytest.mark.parametrize("way", SPOILT)
def test_the_token_shows_nowhere_and_is_kept_in_its_file_alone(home: Home, way: str) -> None:
    spoilt = SPOILT[way]
    home.fail(ME, spoilt)
    assert home.say("auth", "medium", "--paste", typed=f"{TOKEN}\n") != 0
    assert home.holding() == []
    assert home.say("auth", "medium", "--paste", typed=f"{TOKEN}\n") == 0
    home.fail(ME, spoilt)
    home.say("check")
    home.say("check")  # is well again
    home.say("run")
    home.fail(FEED, {"fault": Fault.REFUSE, "status": 200, "body": NO_FEED})
    home.fail(POSTS, spoilt)
    home.scene.blog.publish(Entry("walk", "A walk", "<p>Words.</p>", datetime.now(UTC) - timedelta(minutes=1)))
    home.say("run")
    assert len(home.scene.services["medium"].seen(POSTS)) == 1
    for words in (("status",), ("list",), ("explain", "1"), ("run",), ("auth", "medium", "--paste")):
        home.say(*words)
    assert "CANARY" not in home.shown
    assert home.holding() == ["secrets/medium"]


@pytest.mark.parametrize("typed", ["2CANARY“x”", "2CANARY x", "2wrong-CANARY"])
def test_what_is_no_token_is_not_shown_either(home: Home, typed: str) -> None:
    assert home.say("auth", "medium", "--paste", typed=f"{typed}\n") == 77
    assert ("CANARY" in home.shown, home.holding()) == (False, [])
