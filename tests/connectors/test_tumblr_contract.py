"""Tumblr keeps the contract, with an app of its owner's and by hand."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from syndicator.connector import AuthRequired, OutcomeUnknown, Rejected
from syndicator.testing.contract import ConnectorContract
from syndicator_tumblr.connector import TumblrConnector

_NOT_ITS_OWN = "without Tumblr's envelope it is some proxy's word, and that proves nothing"


class TestTumblr(ConnectorContract):
    connector = TumblrConnector
    differs: ClassVar = {
        "403": (
            Rejected,
            "without one of the codes for quotas it means this post, and Tumblr asks not to repeat it (docs #7)",
        ),
        "404": (AuthRequired, "the one thing that can be missing is the blog, and its owner knows its name"),
        "403-with-page": (OutcomeUnknown, _NOT_ITS_OWN),
        "redirect": (OutcomeUnknown, _NOT_ITS_OWN),
        "redirect-307": (OutcomeUnknown, _NOT_ITS_OWN),
    }

    @staticmethod
    def refusal(status: int) -> Any:
        words = HTTPStatus(status).phrase
        return {"meta": {"status": status, "msg": words}, "response": [], "errors": [{"title": words, "detail": words}]}


class TestTumblrWholePosts(TestTumblr):
    settings: ClassVar = {"layout": "full"}


class TestTumblrByHand(ConnectorContract):
    connector = TumblrConnector

    @classmethod
    def settings_for(cls, service: Any) -> Mapping[str, Any]:
        return {"mode": "handoff", "blog": service.settings()["blog"]}
