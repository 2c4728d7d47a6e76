"""What the owner writes in `networks.d/NAME.toml` for a Bluesky account. Enters: the table. Leaves: checked values."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from syndicator.config.origin import origin
from syndicator.config.secrets import Secret

Replies = Literal["everybody", "mentioned", "following", "followers", "nobody"]

DID = re.compile(r"did:(plc:[a-z2-7]{24}|web:[a-zA-Z0-9.-]+(%3[aA][0-9]{1,5})?)")
HANDLE = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")

Label = Literal["porn", "sexual", "nudity", "graphic-media"]


def _handle(value: str) -> str:
    value = value.strip().removeprefix("@")
    if DID.fullmatch(value):
        return value
    if "." not in value:
        raise ValueError(f"a handle has a dot in it, as in {value or 'you'}.bsky.social")
    if len(value) > 253 or not HANDLE.fullmatch(value.lower()):
        raise ValueError("neither a handle (you.bsky.social) nor a DID (did:plc:…)")
    return value.lower()


_PLAIN = "plain http would show the password to everyone on the way; write https://"
Origin = Annotated[str, AfterValidator(origin("https://pds.example.org", plain=_PLAIN))]


class BlueskySettings(BaseModel):
    """One account. `pds`, `resolver` and `plc` may be on private addresses when written down here."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    handle: Annotated[str, AfterValidator(_handle)]
    app_password: Secret
    pds: Origin | None = None
    resolver: Origin = "https://public.api.bsky.app"
    plc: Origin = "https://plc.directory"
    web: Origin = "https://bsky.app"
    replies: Replies = "everybody"
    labels: tuple[Label, ...] = Field(default=(), max_length=4)

    def named_by_owner(self) -> tuple[str, ...]:
        """The servers the owner chose, and thereby vouches for."""
        chosen = self.model_fields_set & {"pds", "resolver", "plc"}
        return tuple(str(getattr(self, name)) for name in sorted(chosen) if getattr(self, name))
