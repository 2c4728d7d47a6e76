"""Mastodon and its relatives keep the contract."""

from functools import partial
from typing import ClassVar

from syndicator.connector import AuthRequired, Retryable
from syndicator.testing.contract import ConnectorContract
from syndicator_mastodon.connector import MastodonConnector
from syndicator_mastodon.sandbox import PretendMastodon

_ADDRESS = "nothing but a wrong `instance` is answered like this, and the owner can mend that"


class TestMastodon(ConnectorContract):
    connector = MastodonConnector
    differs: ClassVar = {
        "405": (Retryable, "the address is no Mastodon server at this moment; posts wait for it"),
        "410": (AuthRequired, "a server that has closed for good says so to everything"),
        "redirect": (AuthRequired, _ADDRESS),
        "redirect-307": (AuthRequired, _ADDRESS),
    }


class TestGoToSocial(TestMastodon):
    service = partial(PretendMastodon, flavour="gotosocial")
    differs: ClassVar = TestMastodon.differs | {"404": (Retryable, TestMastodon.differs["405"][1])}


class TestPixelfed(TestGoToSocial):
    service = partial(PretendMastodon, flavour="pixelfed")
