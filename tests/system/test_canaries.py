"""What opens an account, whatever its service answers: in no output at debug level, and in no file but its own."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from syndicator.cli import main
from syndicator.config.files import load
from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.service import Fault, PretendService
from syndicator.sandbox.stage import Stage, pretend_classes, pretend_services, stage
from tests.unit.config_ground import forget_secrets_afterwards

NETWORKS = [kind for kind, service in pretend_classes().items() if issubclass(service, PretendService)]
SHORTEST = 12  # letters of what is looked for; shorter ones stand everywhere by chance


def spoilt(secret: str) -> dict[str, dict[str, Any]]:
    """Answers that repeat what they were sent, as some servers' error pages do."""
    words = {"error": f"what is {secret}?", "message": secret, "errors": [{"message": secret}]}
    page = f"<title>Oops</title><p>You sent Authorization: Bearer {secret}".encode()
    return {
        "refused": {"fault": Fault.REFUSE, "status": 401, "body": words},
        "disliked": {"fault": Fault.REFUSE, "status": 400, "body": words},
        "a wall": {"fault": Fault.REFUSE, "status": 403, "body": page},
        "enough": {"fault": Fault.REFUSE, "status": 429, "body": words, "headers": {"Retry-After": secret}},
        "moved": {"fault": Fault.REFUSE, "status": 302, "headers": {"Location": f"http://127.0.0.1:9/?t={secret}"}},
        "failing": {"fault": Fault.ERROR_AFTER, "status": 500, "body": page},
        "a page": {"fault": Fault.REFUSE, "status": 200, "body": page},
    }


@dataclass
class Home:
    scene: Stage
    network: str
    capfd: pytest.CaptureFixture[str]
    shown: str = ""

    @property
    def service(self) -> PretendService:
        service: PretendService = self.scene.services[self.network]
        return service

    @property
    def path(self) -> Path:
        return self.scene.config.parent

    def say(self, *words: str) -> None:
        main.run(["--config", str(self.scene.config), "--debug", *words])
        self.shown += "".join(self.capfd.readouterr())

    def secrets(self) -> set[str]:
        """Those of the network's file, and those that the service has given us since."""
        settings = load(self.scene.config).networks[self.network].settings
        written = {value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)}
        tokens = self.path / "state" / "tokens" / f"{self.network}.json"
        given = set(_texts(json.loads(tokens.read_text()))) if tokens.exists() else set()
        return {secret for secret in written | given if len(secret) >= SHORTEST and not secret.startswith("http")}

    def holding(self, secret: str) -> list[str]:
        """The files in which it stands, but for its own."""
        own = (self.path / "networks.d", self.path / "state" / "tokens")
        files = (path for path in self.path.rglob("*") if path.is_file() and path.parent not in own)
        return [str(path) for path in files if secret.encode() in path.read_bytes()]


def _texts(value: Any) -> Iterator[str]:
    """The signed tokens (JWT) among what is remembered."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str) and value.startswith("ey") and value.count(".") == 2:
        yield value


@pytest.fixture(params=NETWORKS)
def home(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Home]:
    forget_secrets_afterwards(monkeypatch)
    with stage(tmp_path, PretendBlog(), cast=pretend_services(request.param)) as scene:
        yield Home(scene, request.param, capfd)


def test_no_secret_shows_whatever_the_service_answers(home: Home) -> None:
    home.say("run")
    given = max(home.secrets(), key=len)
    for number, (way, fault) in enumerate(spoilt(given).items()):
        at = datetime.now(UTC) - timedelta(minutes=20 - number)
        home.scene.blog.publish(Entry(f"walk-{number}", f"A walk, {way}", "<p>Words.</p>", at))
        home.service.fail_next(pattern=home.service.publishing, **fault)
        home.say("run")
        home.service.fail_next(pattern=home.service.identity, **fault)
        home.say("check")
        home.say("resume", home.network)
    for words in (("run",), ("status",), ("list",), ("explain", f"{home.scene.blog.url}/walk-0/"), ("export",)):
        home.say(*words)
    assert home.service.seen(home.service.publishing)
    for secret in home.secrets() | {given}:
        assert secret not in home.shown
        assert home.holding(secret) == []
