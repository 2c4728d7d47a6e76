"""No secret is in any channel by which anything leaves the program, whatever its services and libraries do."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from syndicator import redact
from tests.secrets.house import CHANNELS, House, house_in
from tests.secrets.searching import forms_of
from tests.system.cli_ground import ROOT
from tests.system.pass_ground import ground_in
from tests.system.processes import running

pytestmark = pytest.mark.needs("bluesky", "mastodon", "tumblr", "linkedin", "medium")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redact, "_secrets", type(redact._secrets)())
        with house_in(tmp_path_factory.mktemp("house"), patch) as made:
            yield made


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_secret_is_in_a_channel(house: House, channel: str) -> None:
    read, witness = CHANNELS[channel]
    text = read(house)
    assert witness.encode() in text, "the channel was not looked at"
    found = {secret[:9]: forms for secret in house.secrets() if (forms := forms_of(secret, text))}
    assert found == {}


def test_every_network_has_a_secret_that_is_looked_for(house: House) -> None:
    assert len(house.secrets()) >= 8


CANARY = 'canary/über+1234&x="q"'


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("plain", CANARY),
        ("quoted", quote(CANARY, safe="")),
        ("escaped", json.dumps({"token": CANARY})),
        *[("base64", base64.b64encode(f"{'x' * skip}{CANARY}:tail".encode()).decode()) for skip in range(3)],
        ("base64", base64.urlsafe_b64encode(f"ada:{CANARY}".encode()).decode()),
    ],
)
def test_the_search_finds_a_secret_in_each_of_its_forms(form: str, text: str) -> None:
    assert form in forms_of(CANARY, f"before {text} after".encode())
    assert forms_of(f"{CANARY}-of-another", f"before {text} after".encode()) == set()


def test_a_word_that_may_be_seen_is_found_in_each_channel_by_the_same_search(house: House) -> None:
    assert {channel for channel, (read, witness) in CHANNELS.items() if not forms_of(witness, read(house))} == set()


def test_no_process_shows_a_secret_to_others_on_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in its command line; and who reads documents has none in its environment, and leaves no memory behind."""
    with ground_in(tmp_path, "mastodon") as ground:
        token = ground.scene.services["mastodon"].settings()["access_token"]
        monkeypatch.setenv("CANARY", token)
        ground.edit("networks.d/mastodon.toml", f'"{token}"', '{ env = "CANARY" }')
        ground.edit("config.toml", 'name = "blog"\n', 'name = "blog"\nevery = "1s"\n')
        with running(ground.scene.config, "daemon") as process:
            process.says("feed_recorded")
            ours, (reader, *_) = process.process.pid, children_of(process.process.pid)
            shown = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in (ours, reader)]
            shown.append(Path(f"/proc/{reader}/environ").read_bytes())
            assert [forms_of(token, text) for text in shown] == [set()] * 3
            assert forms_of(token, Path(f"/proc/{ours}/environ").read_bytes()), "its owner has put it there"
            limits = Path(f"/proc/{reader}/limits").read_text()
            assert re.search(r"Max core file size +0 +0 ", limits)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("unit", sorted((ROOT / "systemd").glob("*.service")), ids=lambda unit: unit.name)
def test_no_unit_leaves_a_core_behind(unit: Path) -> None:
    assert "LimitCORE=0" in unit.read_text().splitlines()
