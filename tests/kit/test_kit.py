"""The kit itself: what it says, what it lets pass, and what it stands on."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from syndicator.cli.selftest import selftest
from syndicator.connector import ConnectorError, OutcomeUnknown, Retryable
from syndicator.errors import ConfigError
from syndicator.exitcode import ExitCode
from syndicator.http import judge
from syndicator.registry import Registry
from syndicator.testing import rows
from syndicator.testing.catalogue import CHECKS
from syndicator.testing.checks import Check, Group
from syndicator.testing.contract import ConnectorContract
from syndicator.testing.failing import Failed, Skipped
from syndicator.testing.runner import perform
from syndicator.testing.subject import Subject, some_refusal
from tests.kit.mutants import AsksWhileOpening, ForgetsAlts, NeverGivesUp, RejectsOn500
from tests.kit.shelf import ShelfConnector
from tests.kit.syndicator_postcard.connector import PostcardConnector
from tests.kit.syndicator_postcard.sandbox import PretendPostcard

ROOT = Path(__file__).parents[2]
NAMED = {check.name: check for check in CHECKS}


def subject(connector: type[Any] = PostcardConnector, **more: Any) -> Subject:
    return Subject(connector, **{"service": PretendPostcard, "installed": False, **more})


def sentence_of(name: str, of: Subject) -> str:
    with pytest.raises(Failed) as caught:
        perform(NAMED[name], of)
    return caught.value.sentence


# What it says


def test_a_failure_names_what_was_expected_and_what_was_found() -> None:
    said = sentence_of("alt_texts_arrive", subject(ForgetsAlts))
    assert said == "expected the alt text 'Ein Apfelbaum im Schnee, darunter eine Katze', readers get ''"


def test_a_failing_row_is_named_and_so_is_every_other() -> None:
    said = sentence_of("a_server_error_is_unknown", subject(RejectsOn500))
    assert [part.partition(":")[0] for part in said.split("; ")] == [row.name for row in rows.SERVER_ERRORS]
    assert "500: expected OutcomeUnknown, got Rejected(“the service failed: 500”)" in said


def test_an_exception_outside_the_contract_is_a_failure_with_its_cause() -> None:
    class Breaks(PostcardConnector):
        def measure(self, text: str) -> int:
            raise LookupError("no such table")

    with pytest.raises(Failed, match="got LookupError: no such table") as caught:
        perform(NAMED["measuring_is_sound"], subject(Breaks))
    assert isinstance(caught.value.__cause__, LookupError)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_says_what_it_checks(check: Check) -> None:
    assert check.sentence.endswith(".")


def test_there_are_eleven_groups_and_each_has_checks() -> None:
    assert [group.value for group in Group] == list(range(1, 12))
    assert {check.group for check in CHECKS} == set(Group)


def test_no_two_checks_have_one_name() -> None:
    assert len(NAMED) == len(CHECKS)


# What applies


def test_a_connector_without_a_pretend_service_is_checked_as_far_as_that_goes(tmp_path: Path) -> None:
    alone = subject(ShelfConnector, service=None, settings=lambda _: {"folder": tmp_path})
    perform(NAMED["settings_refuse_unknown_keys"], alone)
    with pytest.raises(Skipped, match="it has no pretend service"):
        perform(NAMED["one_delivery_is_one_copy"], alone)


def test_what_needs_http_is_skipped_without() -> None:
    from tests.kit.shelf_sandbox import PretendShelf

    with pytest.raises(Skipped, match="does not speak HTTP"):
        perform(NAMED["a_lost_reply_is_unknown"], subject(ShelfConnector, service=PretendShelf))


def test_a_missing_ability_is_a_reason_to_skip() -> None:
    with pytest.raises(Skipped, match="it does not edit"):
        perform(NAMED["an_edit_replaces_the_copy"], subject())


# The table


@pytest.mark.parametrize(
    "row",
    [
        *rows.SERVER_ERRORS,
        *rows.REFUSALS,
        *rows.ABOUT_THE_ACCOUNT,
        *rows.RATE_LIMITS,
        *rows.REDIRECTS,
    ],
    ids=lambda row: row.name,
)
def test_the_usual_meaning_is_the_one_that_judge_gives(row: rows.Row) -> None:
    details, response = dict(row.trouble(some_refusal).details), requests.Response()
    response.status_code, body = details["status"], details.get("body") or b""
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response.headers.update(details.get("headers", {}))
    assert isinstance(judge(response, datetime.now(UTC)), row.usual)


def test_no_row_promises_less_than_it_usually_means() -> None:
    assert [row.name for row in rows.ALL if not set(row.usual) <= set(row.promised)] == []


def test_a_difference_that_is_declared_is_held_to() -> None:
    later: tuple[type[ConnectorError], str] = (Retryable, "it may fit next time")
    declared = dict.fromkeys(("413", "415", "422"), later)
    perform(NAMED["a_refusal_is_a_refusal"], subject(NeverGivesUp, differs=declared))
    said = sentence_of("a_refusal_is_a_refusal", subject(PostcardConnector, differs=declared))
    assert "413: expected Retryable, got Rejected" in said


def test_a_promise_cannot_be_declared_away() -> None:
    declared = {"500": (Retryable, "this service never fails after the work")}
    said = sentence_of("declared_differences_are_rows", subject(differs=declared))
    assert said == "“500” is a promise, so it cannot be declared as Retryable; it is OutcomeUnknown"
    perform(NAMED["a_server_error_is_unknown"], subject(differs=declared))


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"418": (Retryable, "tea")}, "“418” is no row of the table"),
        ({"422": (Retryable, " ")}, "the difference “422” has no reason"),
    ],
)
def test_a_difference_names_a_row_and_a_reason(declared: dict[str, Any], said: str) -> None:
    assert said in sentence_of("declared_differences_are_rows", subject(differs=declared))


def test_a_loose_run_looks_at_the_promises_only() -> None:
    perform(NAMED["a_refusal_is_a_refusal"], subject(NeverGivesUp, strict=False))
    assert sentence_of("a_server_error_is_unknown", subject(RejectsOn500, strict=False))


def test_a_service_may_refuse_in_words_of_its_own() -> None:
    class Particular(PostcardConnector):
        def _receipt(self, response: requests.Response) -> Any:
            if response.status_code >= 400 and "code" not in response.text:
                raise OutcomeUnknown("not the service's own words")
            return super()._receipt(response)

    assert sentence_of("a_refusal_is_a_refusal", subject(Particular))
    perform(NAMED["a_refusal_is_a_refusal"], subject(Particular, refusal=lambda status: {"code": status}))


# Declarations that no mutant can break


def test_a_connector_that_is_not_installed_is_told_so() -> None:
    said = sentence_of("kind_is_its_entry_point", subject(installed=True))
    assert said.startswith("expected an entry point “postcard” in the group syndicator.connectors, found none")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import jinja2", "importing the module loads jinja2, markupsafe"),
        ("import socket\nsocket.getaddrinfo('127.0.0.1', 1)", "it opened a connection"),
        ("raise RuntimeError('not today')", "got RuntimeError: not today"),
    ],
)
def test_a_module_is_imported_without_noise(
    body: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"loud_{abs(hash(body))}"
    (tmp_path / f"{name}.py").write_text(body, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    loud = type("Loud", (PostcardConnector,), {"__module__": name})
    assert said in sentence_of("import_is_light", subject(loud))


# pytest


def test_the_contract_has_a_test_for_each_check() -> None:
    tests = [name.removeprefix("test_") for name in vars(ConnectorContract) if name.startswith("test_")]
    assert tests == [check.title for check in CHECKS]


CONTRACT = """
from syndicator.testing.contract import ConnectorContract
from tests.kit.mutants import ForgetsAlts
from tests.kit.syndicator_postcard.sandbox import PretendPostcard

class TestForgetful(ConnectorContract):
    connector, service, installed = ForgetsAlts, PretendPostcard, False
"""


def test_a_stranger_sees_the_sentence_and_no_traceback_of_ours(tmp_path: Path) -> None:
    (tmp_path / "test_forgetful.py").write_text(CONTRACT, encoding="utf-8")
    done = _python(
        "-m",
        "pytest",
        "-q",
        "-rs",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "-k",
        "03_",
        str(tmp_path),
        at=tmp_path,
    )
    assert "expected the alt text 'Ein Apfelbaum im Schnee, darunter eine Katze', readers get ''" in done.stdout
    assert "it attaches no link card" in done.stdout
    assert "Traceback" not in done.stdout
    assert "publishing.py" not in done.stdout
    assert done.returncode == 1


# syndicate connectors --selftest


def offered(*connectors: type[Any]) -> Registry:
    return Registry.of({connector.kind: connector for connector in connectors})


def test_the_selftest_needs_no_pytest_and_passes_what_keeps_the_contract() -> None:
    script = (
        "import sys; sys.modules.update(pytest=None, hypothesis=None); from syndicator.cli.main import run; "
        "sys.exit(run(['connectors', '--selftest', 'bluesky']))"
    )
    done = _python("-c", script, at=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].split() == ["KIND", "GROUP", "PASSED", "SKIPPED", "FAILED"]
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [["bluesky", str(n)] for n in range(1, 12)]


def test_a_selftest_that_fails_says_what_and_ends_with_70(capsys: pytest.CaptureFixture[str]) -> None:
    assert selftest(offered(AsksWhileOpening), (), json=False) == ExitCode.BUG
    said = capsys.readouterr()
    assert "postcard  1 declaration" in said.out
    assert "postcard, 1 declaration: opening_is_quiet: expected no traffic from open()" in said.err
    assert "docs/writing-a-connector.md" in said.err


def test_a_selftest_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert selftest(offered(ShelfConnector), ["shelf"], json=True) == ExitCode.OK
    lines = json.loads(capsys.readouterr().out)
    assert [line["group"].split()[0] for line in lines] == [str(n) for n in range(1, 12)]
    assert sum(line["passed"] for line in lines) > 0


def test_the_selftest_of_what_cannot_be_loaded_fails(capsys: pytest.CaptureFixture[str]) -> None:
    class Old(PostcardConnector):
        api = 0

    assert selftest(offered(Old), (), json=False) == ExitCode.BUG
    assert "it cannot be used (wrong-api): it is made for contract 0" in capsys.readouterr().err


def test_the_selftest_leaves_out_what_lacks_packages_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    class Unpapered(PostcardConnector):
        @classmethod
        def lacks(cls) -> str:
            return "paper is missing: pip install paper"

    assert selftest(offered(Unpapered), (), json=False) == ExitCode.OK
    said = capsys.readouterr()
    assert "paper is missing: pip install paper" in said.err
    assert "the contract is not kept" not in said.err


def test_the_selftest_of_a_kind_that_is_not_installed_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no connector “postcards” is installed, did you mean “postcard”"):
        selftest(offered(PostcardConnector), ["postcards"], json=False)


def _python(*words: str, at: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'connectors'}:{ROOT / 'tests' / 'kit'}", "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, cwd=at, env=environment, timeout=100
    )
