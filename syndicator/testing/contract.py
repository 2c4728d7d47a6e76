"""The contract as a pytest class: what a connector's own tests inherit.

Enters: a subclass that names a connector. Leaves: one test for each check, skipped where the connector does not declare
the ability. Needs the extra `syndicator[testing]`; nothing that runs in production imports this module.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings

from syndicator.connector import Connector, ConnectorError
from syndicator.testing.bench import Bench
from syndicator.testing.catalogue import CHECKS
from syndicator.testing.checks import Check
from syndicator.testing.failing import Failed, Skipped
from syndicator.testing.measuring import is_taken, what_fits_is_taken
from syndicator.testing.runner import perform
from syndicator.testing.strategies import texts
from syndicator.testing.subject import Subject, own_settings, service_of, some_refusal


class ConnectorContract:
    """Subclass it, set `connector`, and pytest does the rest.

    `service`    makes the pretend service; left out, it is the one that `connector.sandbox` names
    `settings`   added to what the service says of itself, for a variant such as {"mode": "handoff"}
    `differs`    row of the failure table → (what it means here, why); see docs/writing-a-connector.md
    `refusal`    the body with which the service says no, for services whose refusals are known by their body
    `installed`  False for a connector without an entry point
    `examples`   how many texts Hypothesis makes up for group 7
    """

    connector: ClassVar[type[Connector]]
    service: ClassVar[Callable[[], Any] | None] = None
    settings: ClassVar[Mapping[str, Any]] = {}
    differs: ClassVar[Mapping[str, tuple[type[ConnectorError], str]]] = {}
    installed: ClassVar[bool] = True
    examples: ClassVar[int] = 12

    @classmethod
    def settings_for(cls, service: Any) -> Mapping[str, Any]:
        """What a network's file would say; `service` is None for a connector without one."""
        return {**own_settings(service), **cls.settings}

    @staticmethod
    def refusal(status: int) -> Any:
        """What the service writes with this status; JSON, or bytes."""
        return some_refusal(status)

    @classmethod
    def subject(cls) -> Subject:
        return Subject(
            connector=cls.connector,
            service=cls.service or service_of(cls.connector),
            settings=cls.settings_for,
            differs=cls.differs,
            refusal=cls.refusal,
            installed=cls.installed,
        )


def _test_of(check: Check) -> Callable[[ConnectorContract], None]:
    def test(self: ConnectorContract) -> None:
        _said(lambda: perform(check, self.subject()))

    test.__doc__ = check.sentence
    return test


def _fits_as_made_up(self: ConnectorContract) -> None:
    subject = self.subject()
    _said(lambda: perform(what_fits_is_taken, subject))

    @settings(max_examples=self.examples, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(texts)
    def every(text: str) -> None:
        with Bench(subject) as bench:
            is_taken(bench, text)

    _said(every)


def _said(work: Callable[[], None]) -> None:
    """A failure is its sentence; the traceback stands behind it only where the connector itself has raised."""
    __tracebackhide__ = True
    sentence = ""
    try:
        work()
    except Skipped as skipped:
        pytest.skip(skipped.reason)
    except Failed as failed:
        if failed.__cause__ is not None:
            raise
        sentence = failed.sentence
    if sentence:
        pytest.fail(sentence, pytrace=False)


for _check in CHECKS:
    _test = _fits_as_made_up if _check is what_fits_is_taken else _test_of(_check)
    _test.__doc__ = _check.sentence
    _test.__name__ = f"test_{_check.title}"
    setattr(ConnectorContract, _test.__name__, _test)
