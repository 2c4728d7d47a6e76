"""The frame around the verbs: helps, options before and after the verb, exit codes, errors, and what is imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from syndicator import __version__
from syndicator.cli import main, verbs
from syndicator.cli.options import given
from syndicator.cli.verbs import VERBS, Verb
from syndicator.errors import Busy, ConfigError
from syndicator.exitcode import ExitCode
from tests.system.cli_ground import ROOT, in_subprocess, without_reader


def mend(ctx: typer.Context) -> None:
    """Raises what the test asks for by the name of the configuration."""
    raise {
        "busy": Busy("another Pass is running", hint="wait a moment"),
        "config": ConfigError("2 mistakes", problems=["a.toml:1: x", "a.toml:2: y"], hint="syndicate check"),
        "interrupt": KeyboardInterrupt(),
        "bug": ValueError("the moon is full \x1b[2J"),
        "pipe": BrokenPipeError(32, "a socket of ours"),
        "exit": typer.Exit(80),
    }[str(given(ctx).config)]


def echo(ctx: typer.Context) -> int:
    sys.stdout.write(f"{given(ctx).config} {given(ctx).debug}\n")
    return 75


@pytest.fixture(autouse=True)
def _two_verbs_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VERBS, "mend", Verb("mend", f"{__name__}:mend", "Fails as asked.", "Test"))
    monkeypatch.setitem(VERBS, "echo", Verb("echo", f"{__name__}:echo", "Says what was given.", "Test"))


def test_help_names_every_verb_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert [v.name for v in VERBS.values() if f"{v.name} {v.help}".strip() not in said] == []


def test_no_words_at_all_show_the_help_and_count_as_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([]) == ExitCode.USAGE
    assert "Usage: syndicate" in capsys.readouterr().out


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--version"]) == 0
    assert capsys.readouterr().out == f"syndicator {__version__}\n"


@pytest.mark.parametrize(
    "words", [["--config", "x", "echo"], ["echo", "--config", "x"], ["-c", "y", "echo", "-c", "x"]]
)
def test_config_is_taken_before_and_after_the_verb(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main.run(words)
    assert capsys.readouterr().out == "x False\n"


@pytest.mark.parametrize("words", [["--debug", "echo"], ["echo", "--debug"]])
def test_debug_is_taken_before_and_after_the_verb(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main.run(words)
    assert capsys.readouterr().out == "None True\n"


def test_what_a_verb_returns_is_the_exit_code() -> None:
    assert main.run(["echo"]) == ExitCode.LATER


@pytest.mark.parametrize(
    ("what", "code"), [("busy", 75), ("config", 78), ("interrupt", 130), ("bug", 70), ("exit", 80)]
)
def test_each_ending_has_its_exit_code(what: str, code: int) -> None:
    assert main.run(["mend", "--config", what]) == code


def test_a_users_mistake_lists_its_problems_and_the_next_command(capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["mend", "--config", "config"])
    assert capsys.readouterr().err == "syndicate: 2 mistakes\na.toml:1: x\na.toml:2: y\n  → try: syndicate check\n"


def test_a_bug_is_one_escaped_line_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["mend", "--config", "bug"])
    said = capsys.readouterr().err
    assert "ValueError: the moon is full \\x1b[2J" in said
    assert "Traceback" not in said


def test_a_bug_shows_its_traceback_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["mend", "--config", "bug", "--debug"])
    assert "Traceback" in capsys.readouterr().err


def test_a_broken_pipe_that_is_not_our_output_is_a_bug() -> None:
    assert main.run(["mend", "--config", "pipe"]) == ExitCode.BUG


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lst"], "No such command 'lst'. Did you mean"),
        (["list", "--nonsense"], "No such option"),
        (["list", "--limit", "many"], "'--limit'"),
        (["list", "--state", "lost"], "lost"),
        (["explain"], "Missing argument"),
    ],
)
def test_words_that_do_not_fit_end_with_64(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(words) == ExitCode.USAGE
    err = capsys.readouterr().err
    assert said in err
    assert "→ try: syndicate" in err


def test_a_verb_of_another_version_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(VERBS, "later", Verb("later", "syndicator.cli.not_yet:later", "Not yet.", "T"))
    assert main.run(["--help"]) == 0
    assert main.run(["later"]) == ExitCode.USAGE
    assert "`later` is not in this version" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["status", "list", "explain", "connectors", "retry", "resolve", "pause", "export"])
def test_each_verb_explains_its_own_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"Usage: syndicate {name}" in said
    assert "--config" in said


def test_asking_for_help_imports_no_verb_and_no_rich() -> None:
    said = imported_by("main.run(['--help'])")
    assert said & {"rich", "syndicator.cli.look", "syndicator.cli.go", "pydantic", "sqlmodel", "requests"} == set()


def test_a_verb_imports_no_other_verb_and_no_rich() -> None:
    said = imported_by("main.run(['pause', '--help'])")
    assert "syndicator.cli.hand" in said
    assert said & {"rich", "syndicator.cli.look", "syndicator.cli.keep", "syndicator.cli.go"} == set()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_is_no_matter_for_complaint(unbuffered: str) -> None:
    said = without_reader("--help", env={"PYTHONUNBUFFERED": unbuffered})
    assert (said.code, said.err) == (main.READER_LEFT, "")


@pytest.mark.parametrize("name", list(VERBS))
def test_every_verb_of_the_table_leads_to_a_function(name: str) -> None:
    assert callable(VERBS[name].function())


def test_the_module_is_the_command() -> None:
    assert in_subprocess("--version").out == f"syndicator {__version__}\n"


def test_a_shell_can_complete_verbs_without_importing_them() -> None:
    said = in_subprocess(env={"_SYNDICATE_COMPLETE": "complete_bash", "COMP_WORDS": "syndicate re", "COMP_CWORD": "1"})
    assert said.out.split() == ["retry", "release", "resolve", "resume", "reconcile"]


def test_a_locale_without_arrows_gets_the_advice_all_the_same() -> None:
    said = in_subprocess("lst", env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert said.code == ExitCode.USAGE
    assert "\\u2192 try: syndicate --help" in said.err


def imported_by(statement: str) -> set[str]:
    code = f"import sys; from syndicator.cli import main; {statement}; sys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), timeout=60)
    return set(done.stderr.split())


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_the_tests_drive_this_checkout() -> None:
    assert Path(verbs.__file__).is_relative_to(ROOT)
