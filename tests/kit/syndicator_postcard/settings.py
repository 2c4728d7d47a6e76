"""What the owner writes in `networks.d/NAME.toml`."""

from pydantic import BaseModel, ConfigDict

from syndicator.config.secrets import Secret


class PostcardSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    access_token: Secret
    server: str = "https://postcard.example"
