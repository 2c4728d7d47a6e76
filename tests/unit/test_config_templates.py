"""A template that cannot be read, or a table for a feed that is not there, is a mistake of the configuration."""

import subprocess
import sys
from pathlib import Path

import pytest

from syndicator.config.files import load
from syndicator.config.templates import REMEMBERED
from syndicator.errors import ConfigError

CONFIG = 'state_dir = "state"\n[[feed]]\nname = "notes"\nurl = "https://blog.example/feed.xml"\n'
NETWORK = 'connector = "file"\nfolder = "~/copies"\n'
LOAD = "import sys; from syndicator.config.files import load; load(); print('jinja2' in sys.modules)"


def problems(home: Path, network: str) -> tuple[str, ...]:
    write(home, network)
    with pytest.raises(ConfigError) as caught:
        load(home)
    return tuple(problem.removeprefix(f"{home}/") for problem in caught.value.problems)


def write(home: Path, network: str, state: bool = True) -> None:
    (home / "config.toml").write_text(CONFIG)
    (home / "networks.d").mkdir(exist_ok=True)
    (home / "networks.d" / "file.toml").write_text(NETWORK + network)
    if state:
        (home / "state").mkdir(exist_ok=True)


def imports_engine(home: Path) -> bool:
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, cwd=home, check=True)
    return done.stdout.strip() == "True"


@pytest.mark.parametrize(
    ("network", "problem"),
    [
        ('template = "{{ titel }}"', "3: template: line 1: knows no 'titel'; did you mean 'title'?"),
        (
            'hashtags = 2\ntemplate = """\n{{ title }}\n{{ title | upr }}"""',
            "4: template: line 2: No filter named 'upr'; did you mean 'upper'?",
        ),
        (
            '[feed.notes]\ntemplate = "{{ text | shortn }}"',
            "4: feed.notes.template: line 1: No filter named 'shortn'; did you mean 'shorten'?",
        ),
        (
            '[tag."self hosting"]\ntemplate = "{{ text is odder }}"',
            "4: tag.self hosting.template: line 1: No test named 'odder'.",
        ),
        ("template = '" + "x" * 4001 + "'", "3: template: is longer than 4000 characters"),
        ("[feed.note]\nhashtags = 2", "3: feed.note: no feed is called “note”, did you mean “notes”?"),
        ("[feed.diary]\nhashtags = 2", "3: feed.diary: no feed is called “diary”, there are: notes"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(tmp_path: Path, network: str, problem: str) -> None:
    assert problems(tmp_path, network) == (f"networks.d/file.toml:{problem}",)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, 'template = "{{ a }}"\n[feed.x]\ntemplate = "{{ b }}"\n[tag.y]\ntemplate = "{{ c }}"')
    assert [problem.split(":")[1] for problem in found] == ["3", "4", "5", "7"]


def test_what_has_been_found_right_is_not_read_again(tmp_path: Path) -> None:
    write(tmp_path, 'template = "{{ title }}"')
    assert [imports_engine(tmp_path), imports_engine(tmp_path)] == [True, False]
    write(tmp_path, 'template = "{{ text }}"')
    assert [imports_engine(tmp_path), imports_engine(tmp_path)] == [True, False]


def test_what_is_wrong_is_told_every_time(tmp_path: Path) -> None:
    assert problems(tmp_path, 'template = "{{ a }}"') == problems(tmp_path, 'template = "{{ a }}"')
    assert not (tmp_path / "state" / REMEMBERED).exists()


def test_without_a_template_or_a_place_to_remember_it_nothing_is_written(tmp_path: Path) -> None:
    write(tmp_path, "", state=False)
    assert not imports_engine(tmp_path)
    write(tmp_path, 'template = "{{ title }}"', state=False)
    assert [imports_engine(tmp_path), imports_engine(tmp_path)] == [True, True]
    assert not (tmp_path / "state").exists()
