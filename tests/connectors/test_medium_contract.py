"""Medium keeps the contract, with an old token and by hand."""

from collections.abc import Mapping
from typing import Any, ClassVar

from syndicator.connector import AuthRequired, Retryable
from syndicator.testing.contract import ConnectorContract
from syndicator_medium.connector import MediumConnector

_TEN = "the public feed shows ten stories, so what is not among them may be there all the same"
_GONE = "Medium has given up its API; on the day it goes, the posts are to wait for their owner and not to fail"


class TestMedium(ConnectorContract):
    connector = MediumConnector
    differs: ClassVar = {
        "never-sent": (Retryable, _TEN),
        **dict.fromkeys(("404", "405", "410"), (AuthRequired, _GONE)),
    }


class TestMediumByHand(ConnectorContract):
    connector = MediumConnector

    @classmethod
    def settings_for(cls, service: Any) -> Mapping[str, Any]:
        return dict(service.settings_by_hand())
