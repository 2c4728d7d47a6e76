"""LinkedIn keeps the contract, with an app of its owner's and by hand."""

from collections.abc import Mapping
from typing import Any, ClassVar

from syndicator.connector import AuthRequired
from syndicator.testing.contract import ConnectorContract
from syndicator_linkedin.connector import LinkedInConnector


class TestLinkedIn(ConnectorContract):
    connector = LinkedInConnector
    differs: ClassVar = {
        "404": (AuthRequired, "the address of posts is fixed, so the settings or the organisation's name are wrong")
    }


class TestLinkedInByRepeating(TestLinkedIn):
    settings: ClassVar = {"probe_by_repeat": True}


class TestLinkedInByHand(ConnectorContract):
    connector = LinkedInConnector

    @classmethod
    def settings_for(cls, service: Any) -> Mapping[str, Any]:
        return {"mode": "handoff"}
