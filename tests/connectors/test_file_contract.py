"""A folder keeps the contract, with teasers and with whole posts."""

from typing import ClassVar

from syndicator.testing.contract import ConnectorContract
from syndicator_file.connector import FileConnector


class TestFile(ConnectorContract):
    connector = FileConnector


class TestFileInFull(ConnectorContract):
    connector = FileConnector
    settings: ClassVar = {"layout": "full"}
