"""A Pass with nothing new costs one conditional request, and imports nothing that it does not need."""

import json
import subprocess
import sys

import pytest

from syndicator.sandbox.blog import PretendBlog
from syndicator.sandbox.stage import Stage, stage

PROGRAM = """
import json, sys
from syndicator.cli.main import run
code = run(sys.argv[1:])
sys.stderr.write(json.dumps({"code": code, "modules": sorted(sys.modules)}))
"""
NOT_NEEDED = (
    "mastodon",
    "feedparser",
    "PIL",
    "jinja2",
    "nh3",
    "rich",
    "alembic",
    "tenacity",
    "structlog",
    "syndicator.deliver",
    "syndicator.reading",
    "syndicator.feed.parse",
    "syndicator.feed.child",
    "syndicator.feed.worker",
    "syndicator.guarded.child",
    "syndicator.guarded.worker",
    "syndicator.material",
    "syndicator.render.compose",
    "syndicator.linkback.file",
)


def run(scene: Stage) -> dict[str, object]:
    command = [sys.executable, "-c", PROGRAM, "--config", str(scene.config), "run"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, object] = json.loads(done.stderr.splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def second_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], list[dict[str, str]]]:
    """The report of a run that finds nothing new, and the headers of the requests it made."""
    with stage(tmp_path_factory.mktemp("stage"), PretendBlog()) as scene:
        run(scene)
        scene.blog.requests.clear()
        report = run(scene)
        return report, [dict(request.headers) for request in scene.blog.seen("GET /feed.xml")]


def test_it_ends_well(second_run: tuple[dict[str, object], list[dict[str, str]]]) -> None:
    assert second_run[0]["code"] == 0


def test_it_makes_one_conditional_request(second_run: tuple[dict[str, object], list[dict[str, str]]]) -> None:
    (headers,) = second_run[1]
    assert headers["if-none-match"].startswith('"')


@pytest.mark.parametrize("module", NOT_NEEDED)
def test_it_does_not_import(module: str, second_run: tuple[dict[str, object], list[dict[str, str]]]) -> None:
    loaded = second_run[0]["modules"]
    assert isinstance(loaded, list)
    assert [name for name in loaded if name == module or name.startswith(f"{module}.")] == []
