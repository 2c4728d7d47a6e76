"""What the owner writes in `networks.d/NAME.toml` for a Tumblr blog. Enters: the table. Leaves: checked values.

It asks Tumblr nothing; `syndicate check` does. Options that would have no effect together are refused, not ignored.
"""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from syndicator.config.origin import origin
from syndicator.config.secrets import Secret

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
HOME = "tumblr.com"
CREDENTIALS = ("consumer_key", "consumer_secret", "token", "token_secret")

_LENGTH = re.compile(r"(?:[0-9]{1,6}[wdhms] ?)+")
_PIECE = re.compile(r"([0-9]+)([wdhms])")
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SOONEST, _LATEST = timedelta(minutes=1), timedelta(days=366)


def blog_host(value: str) -> str:
    """The host name of a blog, from whatever people call it. Raises ValueError for what is none."""
    text = value.strip().lower().removeprefix("@")
    if text.startswith("t:"):
        raise ValueError("this is a blog's inner id; write its name or host, such as ada or ada.tumblr.com")
    parts = urlsplit(text if "://" in text else f"https://{text}")
    host, path = (parts.hostname or "").removesuffix("."), parts.path.strip("/")
    if host in (HOME, f"www.{HOME}") and path:  # https://www.tumblr.com/ada and www.tumblr.com/blog/ada
        host = path.removeprefix("blog/").removeprefix("@").partition("/")[0]
    elif path:
        raise ValueError("write the blog's name or host alone, such as ada or ada.tumblr.com")
    if NAME.fullmatch(host):
        return f"{host}.{HOME}"
    if not HOST.fullmatch(host) or host in (HOME, f"www.{HOME}"):
        raise ValueError("neither a blog's name (ada) nor its host (ada.tumblr.com, blog.example)")
    return host


def _length(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not _LENGTH.fullmatch(text):
        raise ValueError('write a length of time such as "30m", "2h" or "1d"')
    return timedelta(seconds=sum(int(count) * _SECONDS[unit] for count, unit in _PIECE.findall(text)))


def _far_enough(value: timedelta | None) -> timedelta | None:
    if value is not None and not _SOONEST <= value <= _LATEST:
        raise ValueError("between a minute and a year, please: Tumblr wants a time to come")
    return value


_PLAIN = "Tumblr answers https only; write https://"
Origin = Annotated[str, AfterValidator(origin("https://api.tumblr.com", plain=_PLAIN))]


class TumblrSettings(BaseModel):
    """One blog. `api` and `web` may be on private addresses when written down here."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    blog: Annotated[str, AfterValidator(blog_host)]
    mode: Literal["api", "handoff"] = "api"
    consumer_key: Secret | None = None
    consumer_secret: Secret | None = None
    token: Secret | None = None
    token_secret: Secret | None = None
    layout: Literal["link", "full"] = "link"
    state: Literal["published", "queue", "private", "draft"] = "published"
    publish_in: Annotated[timedelta | None, BeforeValidator(_length), AfterValidator(_far_enough)] = None
    stage: bool = False
    api: Origin = "https://api.tumblr.com"
    web: Origin = "https://www.tumblr.com"

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        missing = [name for name in CREDENTIALS if getattr(self, name) is None]
        if self.mode == "api" and missing:
            raise ValueError(
                f'{", ".join(missing)}: needed to post; `syndicate auth` fills them in, and mode = "handoff" does '
                "without"
            )
        if self.publish_in is not None and self.state != "queue":
            raise ValueError('publish_in: Tumblr schedules what is queued only; add state = "queue"')
        if self.stage and self.state == "draft":
            raise ValueError('stage: with state = "draft" nothing is published, so there is nothing to stage')
        if self.mode == "handoff":
            self._refuse_what_a_person_decides()
        return self

    def _refuse_what_a_person_decides(self) -> None:
        if self.state != "published" or self.stage:
            wrong = "stage" if self.stage else "state"
            raise ValueError(f'{wrong}: in mode = "handoff" whoever publishes decides that on Tumblr; leave it out')

    @property
    def name(self) -> str | None:
        """The blog's short name, where its host tells."""
        return self.blog.removesuffix(f".{HOME}") if self.blog.endswith(f".{HOME}") else None

    def named_by_owner(self) -> tuple[str, ...]:
        """The servers the owner chose, and thereby vouches for."""
        return tuple(str(getattr(self, name)) for name in sorted(self.model_fields_set & {"api", "web"}))
