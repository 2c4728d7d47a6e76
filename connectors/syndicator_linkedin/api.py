"""One request to LinkedIn: method, path and body in, the response out. Never repeats a publishing call.

Enters: an access token and the version in use. Leaves: responses of success, or Refused with LinkedIn's own code.
What a refusal means stands in `answers.py`; an upload address is used only when it is LinkedIn's own.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, unquote

import requests

from syndicator.clock import Clock
from syndicator.connector import Json
from syndicator.http import BlockedAddress, GuardedSession, NotSent, ReplyLost
from syndicator.log import escape, redact
from syndicator_linkedin.settings import LinkedInSettings
from syndicator_linkedin.versions import Versions

T = TypeVar("T")

NO_VERSION = ("NONEXISTENT_VERSION", "VERSION_MISSING")
_URN = re.compile(r"urn:li:[A-Za-z]+:[A-Za-z0-9_-]+")
_POST = re.compile(r"urn:li:(?:share|ugcPost):[A-Za-z0-9_-]+")


class Refused(Exception):
    """LinkedIn answered, and not with a success. `code` and `message` are empty when the answer is not its JSON."""

    def __init__(self, response: requests.Response) -> None:
        body = object_in(response)
        self.response = response
        self.status = response.status_code
        self.spoken = bool(body)
        self.code = _text(body, "code") or _text(body, "error")
        self.message = _text(body, "message") or _text(body, "error_description")
        self.details = _details(body)
        super().__init__(f"{self.status} {self.code} {self.message}".strip())

    @property
    def about_version(self) -> bool:
        """Refused before it was looked at: the version has ended, or was not named."""
        return self.status == 426 or (self.status == 400 and self.code in NO_VERSION)

    @property
    def is_duplicate(self) -> bool:
        words = f"{self.message} {self.details}"
        return self.status in (400, 409, 422) and ("DUPLICATE_POST" in words or "duplicate of" in words.lower())

    @property
    def named_post(self) -> str | None:
        """The post that LinkedIn calls the original; a person's name there proves nothing."""
        found = _POST.search(f"{self.message} {self.details}")
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Api:
    session: GuardedSession
    settings: LinkedInSettings
    token: Callable[[], str]
    versions: Versions

    def userinfo(self) -> dict[str, Json]:
        """Needs no version, and works while posting is broken."""
        return object_in(accepted(self.session.get(f"{self.settings.api}/v2/userinfo", headers=self._bearer())))

    def publish(self, body: str, version: str) -> requests.Response:
        """Send once. Raises Refused, NotSent or ReplyLost."""
        return accepted(self.session.post(self._rest("posts"), data=body.encode(), headers=self._headers(version)))

    def comment(self, post: str, actor: str, text: str) -> None:
        """A comment is plain text, unlike a post: LinkedIn would show the backslashes."""
        body = {"actor": actor, "object": post, "message": {"text": text}}
        path = f"socialActions/{in_path(post)}/comments"
        accepted(self.session.post(self._rest(path), json=body, headers=self._headers(self.versions.current)))

    def delete(self, post: str) -> None:
        headers = {**self._headers(self.versions.current), "X-RestLi-Method": "DELETE"}
        accepted(self.session.delete(self._rest(f"posts/{in_path(post)}"), headers=headers))

    def initialize_upload(self, owner: str) -> dict[str, Json]:
        """Where to put an image, and the name it will have."""
        body = {"initializeUploadRequest": {"owner": owner}}
        address = self._rest("images?action=initializeUpload")
        value = object_in(accepted(self.session.post(address, json=body, headers=self._headers(self.versions.current))))
        found = value.get("value")
        return found if isinstance(found, dict) else {}

    def upload(self, address: str, data: bytes, mime: str) -> None:
        """`address` has been looked at: the token goes with it."""
        accepted(self.session.put(address, data=data, headers={**self._bearer(), "Content-Type": mime}))

    def speaks(self, version: str, author: str) -> bool | None:
        """Whether LinkedIn takes requests in `version`; None when it does not say.

        The list of posts is closed to nearly everyone, and any other refusal than that of the version answers the
        question. [U] for how LinkedIn orders its checks; its pages say that versions come before anything else.
        """
        address = self._rest(f"posts?q=author&author={in_path(author)}&count=1")
        try:
            accepted(self.session.get(address, headers=self._headers(version)))
        except Refused as refused:
            if refused.about_version:
                return False
            return None if refused.status in (401, 429) or refused.status >= 500 else True
        except (NotSent, ReplyLost):
            return None
        return True

    def _rest(self, path: str) -> str:
        return f"{self.settings.api}/rest/{path}"

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token()}"}

    def _headers(self, version: str) -> dict[str, str]:
        return {
            **self._bearer(),
            "LinkedIn-Version": version,
            "X-Restli-Protocol-Version": "2.0.0",
            "Content-Type": "application/json",
        }


def accepted(response: requests.Response) -> requests.Response:
    """`response` if it is a success. Raises Refused."""
    if not 200 <= response.status_code < 300:
        raise Refused(response)
    return response


def made(response: requests.Response) -> str:
    """The name of what a request has made; it stands in a header, and nothing else does."""
    told = response.headers.get("x-restli-id") or response.headers.get("x-linkedin-id") or ""
    urn = unquote(told.strip())
    return urn if _URN.fullmatch(urn) else ""


def in_path(urn: str) -> str:
    return quote(urn, safe="")


def object_in(response: requests.Response) -> dict[str, Json]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def patiently(work: Callable[[], T], clock: Clock) -> T:
    """Do harmless work, once more after a hiccup. Never for a call that makes anything public."""
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_fixed

    again = Retrying(
        stop=stop_after_attempt(2),
        wait=wait_fixed(1),
        retry=retry_if_exception(_is_hiccup),
        sleep=clock.sleep,
        reraise=True,
    )
    return again(work)


def _is_hiccup(error: BaseException) -> bool:
    if isinstance(error, Refused):
        return error.status >= 500
    return isinstance(error, (NotSent, ReplyLost)) and not isinstance(error, BlockedAddress)


def _text(body: Mapping[str, Json], name: str) -> str:
    value: Any = body.get(name)
    return _clean(value, 500) if isinstance(value, str) else ""


def _clean(words: str, most: int) -> str:
    """An answer may repeat the request, token and all; and an exception is shown wherever it ends up."""
    return escape(redact(words))[:most]


def _details(body: Mapping[str, Json]) -> str:
    """`errorDetails` as one line: what was wrong with which field, and the post that a duplicate repeats."""
    details = body.get("errorDetails")
    inputs = details.get("inputErrors") if isinstance(details, dict) else None
    words = [
        _clean(str(flaw.get(name, "")), 300)
        for flaw in (inputs if isinstance(inputs, list) else ())[:5]
        if isinstance(flaw, dict)
        for name in ("code", "description")
    ]
    return " ".join(word for word in words if word)
