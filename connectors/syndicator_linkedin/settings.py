"""What the owner writes in `networks.d/NAME.toml` for a LinkedIn account. Enters: the table. Leaves: checked values."""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from syndicator.config.origin import origin
from syndicator.config.secrets import Secret

ORGANISATION = re.compile(r"(?:urn:li:organization:)?([0-9]{1,20})")
VERSION = re.compile(r"20[0-9]{2}(0[1-9]|1[0-2])")
HOME = "linkedin.com"


def _organisation(value: str) -> str:
    """One form for both ways of writing it."""
    found = ORGANISATION.fullmatch(value.strip())
    if found is None:
        raise ValueError("a page is named by its number, as in 2414183 or urn:li:organization:2414183")
    return f"urn:li:organization:{found[1]}"


def _version(value: str) -> str:
    if not VERSION.fullmatch(value):
        raise ValueError("a version of LinkedIn's API is a year and a month, as in 202609")
    return value


def _client_id(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{4,64}", value.strip()):
        raise ValueError("not a Client ID; it stands on the Auth tab of your app, and is letters and digits")
    return value.strip()


_PLAIN = "plain http would show the token to everyone on the way; write https://"
Origin = Annotated[str, AfterValidator(origin("https://api.linkedin.com", plain=_PLAIN))]


class LinkedInSettings(BaseModel):
    """One member, or one page that the member speaks for."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    mode: Literal["api", "handoff"] = "api"
    access_token: Secret | None = None
    client_id: Annotated[str, AfterValidator(_client_id)] | None = None
    client_secret: Secret | None = None
    organisation: Annotated[str, AfterValidator(_organisation)] | None = None
    visibility: Literal["public", "connections", "logged_in"] = "public"
    reshare: bool = True
    version: Annotated[str, AfterValidator(_version)] | None = None
    probe_by_repeat: bool = False
    link_in_comment: bool = False
    image_grace: Annotated[float, Field(ge=0, le=60)] = 10.0
    api: Origin = "https://api.linkedin.com"
    www: Origin = "https://www.linkedin.com"

    @model_validator(mode="after")
    def _has_what_its_mode_needs(self) -> Self:
        if self.mode == "api" and self.access_token is None:
            raise ValueError('`access_token` is missing: run `syndicate auth`, or write mode = "handoff"')
        return self

    @property
    def by_hand(self) -> bool:
        return self.mode == "handoff"

    def named_by_owner(self) -> tuple[str, ...]:
        """The servers the owner chose, and thereby vouches for."""
        return tuple(getattr(self, name) for name in ("api", "www") if name in self.model_fields_set)

    def may_have_the_token(self, url: str) -> bool:
        """Whether an address that a server named is LinkedIn's own, or one of the two that stand in these settings."""
        try:
            parts = urlsplit(url)
            host, origin = parts.hostname or "", f"{parts.scheme}://{parts.netloc}"
            plain = parts.username is None and parts.password is None and parts.port in (None, 443)
        except ValueError:
            return False
        if origin in (self.api, self.www):
            return True
        return parts.scheme == "https" and plain and (host == HOME or host.endswith(f".{HOME}"))
