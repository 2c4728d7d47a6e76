"""Medium keeps the contract, with an old token and by hand."""

from collections.abc import Mapping
from typing import Any, ClassVar

from syndicator.connector import Retryable
from syndicator.testing.contract import ConnectorContract
from syndicator_medium.connector import MediumConnector

_TEN = "the public feed shows ten stories, so what is not among them may be there all the same"


class TestMedium(ConnectorContract):
    connector = MediumConnector
    differs: ClassVar = {"never-sent": (Retryable, _TEN)}


class TestMediumByHand(ConnectorContract):
    connector = MediumConnector

    @classmethod
    def settings_for(cls, service: Any) -> Mapping[str, Any]:
        return dict(service.settings_by_hand())
