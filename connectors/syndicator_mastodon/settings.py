"""What `networks.d/NAME.toml` may say about a Mastodon account. Enters: TOML values. Leaves: checked, frozen settings.

It never asks the server anything; `syndicate check` does.
"""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_validator

from syndicator.config.origin import is_at_home
from syndicator.config.secrets import Secret
from syndicator_mastodon.flavour import Flavour


class MastodonSettings(BaseModel):
    """One account on Mastodon or a server that speaks its client API."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    instance: str  # "social.example" or "https://social.example"
    access_token: Secret
    visibility: Literal["public", "unlisted", "private", "direct"] = "public"  # always sent: defaults differ by server
    quotes: Literal["public", "followers", "nobody"] | None = None  # who may quote; None: the account's own setting
    flavour: Flavour | None = None  # None: recognised from what the server says about itself

    @field_validator("instance")
    @classmethod
    def _normalise(cls, value: str) -> str:
        return normal_instance(value)


def normal_instance(value: str) -> str:
    """`value` as scheme and host, without a path. Raises ValueError for what cannot be an instance."""
    text = value.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    if not parts.hostname or "@" in parts.netloc or parts.port == 0:  # .port raises ValueError itself
        raise ValueError("give the server's address, such as https://social.example, without an account name")
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"an instance is reached by https, not {parts.scheme}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"give the server's address alone: {parts.scheme}://{parts.netloc.lower()}")
    if parts.scheme == "http" and not is_at_home(parts.hostname):
        raise ValueError("use https: over http the access token would cross the internet in the clear")
    return f"{parts.scheme}://{parts.netloc.lower()}"
