"""Bluesky keeps the contract."""

from typing import ClassVar

from syndicator.connector import Retryable
from syndicator.testing.contract import ConnectorContract
from syndicator_bluesky.connector import BlueskyConnector


class TestBluesky(ConnectorContract):
    connector = BlueskyConnector
    differs: ClassVar = {"413": (Retryable, "refused for its pictures, says the server; it is made anew without them")}
