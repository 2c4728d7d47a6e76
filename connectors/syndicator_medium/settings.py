"""What the owner writes in `networks.d/NAME.toml` for Medium. Enters: the table. Leaves: checked values.

It never asks Medium anything; `syndicate check` does.
"""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from syndicator.config.origin import origin
from syndicator.config.secrets import Secret

USER = re.compile(r"[a-z0-9._-]{1,60}")
PUBLICATION = re.compile(r"[0-9a-f]{6,40}")
EXAMPLE = "@you"  # stands in our example files, and is somebody else's

License = Literal[
    "all-rights-reserved",
    "cc-40-by",
    "cc-40-by-sa",
    "cc-40-by-nd",
    "cc-40-by-nc",
    "cc-40-by-nc-nd",
    "cc-40-by-nc-sa",
    "cc-40-zero",
    "public-domain",
]


def normal_user(value: str) -> str:
    """`@ada` for `ada`, `@ada`, `medium.com/@ada` and `ada.medium.com`. Raises ValueError for what names nobody."""
    text = value.strip()
    if "/" in text or "." in text.removeprefix("@"):
        text = _named_by_page(text) or text
    name = text.removeprefix("@").lower()
    if not USER.fullmatch(name):
        raise ValueError("not a Medium name; write it as @ada, or as the address of the profile")
    return f"@{name}"


def _named_by_page(text: str) -> str | None:
    url = urlsplit(text if "://" in text else f"https://{text}")
    first = next((part for part in url.path.split("/") if part), "")
    if first.startswith("@"):
        return first
    host = url.hostname or ""
    if host.endswith(".medium.com") and host != "www.medium.com":
        return host.removesuffix(".medium.com")
    if "/" in text:
        raise ValueError("no profile of Medium; it looks like https://medium.com/@ada")
    return None


def _publication(value: str) -> str:
    value = value.strip()
    if not PUBLICATION.fullmatch(value):
        raise ValueError("not the id of a publication, such as b45573563f5a; `syndicate check` lists yours")
    return value


def _nobody(value: object) -> object:
    return None if isinstance(value, str) and value.strip() in ("", EXAMPLE) else value


_PLAIN = "plain http would show the token to everyone on the way; write https://"
Origin = Annotated[str, AfterValidator(origin("https://medium.com", plain=_PLAIN))]


class MediumSettings(BaseModel):
    """One account. What only token mode needs may stand there in hand-off mode too, and waits.

    `status` is "draft" unless the owner says otherwise, because over Medium's API nothing can be changed or taken back,
    and a writer of a publication may create nothing else.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    mode: Literal["handoff", "token"] = "handoff"
    user: Annotated[Annotated[str, AfterValidator(normal_user)] | None, BeforeValidator(_nobody)] = None
    token: Secret | None = None
    status: Literal["draft", "public", "unlisted"] = "draft"
    publication: Annotated[str, AfterValidator(_publication)] | None = None
    license: License | None = None
    notify_followers: bool = False
    api: Origin = "https://api.medium.com"
    web: Origin = "https://medium.com"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.mode == "token" and self.token is None:
            raise ValueError(
                'mode "token" needs `token`, an integration token; without one write mode = "handoff", '
                "or type: syndicate auth for this network"
            )
        if self.mode == "token" and self.notify_followers and self.status != "public":
            raise ValueError(f'nobody is told of a story that is "{self.status}"; leave out `notify_followers`')
        return self

    @property
    def by_hand(self) -> bool:
        return self.mode == "handoff"

    def named_by_owner(self) -> tuple[str, ...]:
        """The addresses that the owner chose; the defaults are nobody's word and stay public."""
        return tuple(getattr(self, name) for name in ("api", "web") if name in self.model_fields_set)
