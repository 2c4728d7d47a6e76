"""Uploading images, which makes nothing public. Enters: attachments. Leaves: media ids, ready or nearly so.

Mastodon answers an upload before it has processed it, so the answer is polled for a bounded time. Uploads that no post
uses are deleted by the server after a day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

import requests

from syndicator.clock import Clock
from syndicator.connector import Attachment, Retryable
from syndicator_mastodon import answers
from syndicator_mastodon.length import cut
from syndicator_mastodon.server import Server
from syndicator_mastodon.session import ApiSession, object_in

if TYPE_CHECKING:
    from tenacity import Retrying

TRIES = 2  # the server's image tools fail on bad images, and now and then on good ones
POLLS = 8  # 1, 2, 4, 8, 15, 15, 15 s apart: a minute, as long as a person would look at a spinner
_BAD_FILE = frozenset({400, 413, 415, 422, 500})
_WORKING = frozenset({202, 206})


class BadImage(Exception):
    """The server cannot use this file."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    id: str
    sha256: str
    alt: str
    ready: bool = True


@dataclass(frozen=True, slots=True)
class Uploads:
    session: ApiSession
    server: Server
    clock: Clock

    def put_all(
        self, images: Sequence[Attachment], key: str, have: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[list[Uploaded], list[str]]:
        """Upload what is not in `have` (sha256 to media id). Also returns a warning for each image left out."""
        known, media, warnings = dict(have), list[Uploaded](), list[str]()
        for image in images:
            try:
                media.append(self._known(image, known.pop(image.sha256, None)) or self.put(image, key))
            except BadImage as error:
                warnings.append(f"sent without the image {image.name or image.sha256[:12]}: {error}")
        return media, warnings

    def put(self, image: Attachment, key: str) -> Uploaded:
        """Upload one image and wait until it can be used. Raises BadImage, Retryable, AuthRequired."""
        for attempt in _twice(self.clock):
            with attempt:
                return self._once(image, key)
        raise AssertionError("unreachable")

    def _known(self, image: Attachment, media_id: str | None) -> Uploaded | None:
        return Uploaded(media_id, image.sha256, self._alt(image)) if media_id else None

    def _alt(self, image: Attachment) -> str:
        return cut(image.alt, self.server.max_alt)

    def _once(self, image: Attachment, key: str) -> Uploaded:
        response = self._post(image, key)
        uploaded = str(object_in(response).get("id") or "")
        if not uploaded:
            raise Retryable("the server took an image and did not say what it calls it")
        ready = response.status_code not in _WORKING or self._settled(uploaded)
        return Uploaded(uploaded, image.sha256, self._alt(image), ready)

    def _post(self, image: Attachment, key: str) -> requests.Response:
        # One server gives files of one name one id, so the name is ours alone.
        name = f"{key[:12]}-{image.name or image.sha256[:16] + '.' + image.mime.rpartition('/')[2]}"
        for path in ("/api/v2/media", "/api/v1/media"):
            files = {"file": (name, image.data, image.mime)}
            response = self.session.ask("POST", path, files=files, data={"description": self._alt(image)})
            if response.status_code not in (404, 405):
                break
        self._complain(response)
        return response

    def _settled(self, media_id: str) -> bool:
        """Poll until processing has ended. False when it has not within the time we wait."""
        from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_exponential

        poll = Retrying(
            stop=stop_after_attempt(POLLS),
            wait=wait_exponential(multiplier=1, max=15),
            retry=retry_if_result(lambda response: response.status_code in _WORKING),
            sleep=self.clock.sleep,
        )
        try:
            response: requests.Response = poll(lambda: self.session.ask("GET", f"/api/v1/media/{media_id}"))
        except RetryError:
            return False
        self._complain(response)
        return True

    def _complain(self, response: requests.Response) -> None:
        if response.status_code in _BAD_FILE and not answers.is_about_the_token(response):
            raise BadImage(f"the server cannot use it ({response.status_code}){answers.said(response)}")
        answers.accept(response, self.server)


def _twice(clock: Clock) -> "Retrying":
    from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

    return Retrying(
        stop=stop_after_attempt(TRIES),
        wait=wait_fixed(timedelta(seconds=1)),
        retry=retry_if_exception_type(BadImage),
        sleep=clock.sleep,
        reraise=True,
    )
