"""One LinkedIn account, a member's or a page's, over LinkedIn's official REST API; or by hand.

LinkedIn can be written to and not read: the permission to see one's own posts is closed. After a lost answer there is
one thing to go by. LinkedIn refuses a post that repeats a recent one, and names that one. With `probe_by_repeat` the
identical bytes are sent again while that memory lasts; without it a person is asked. Posts are not edited: only the
words could be, and the card would stay as it was.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from syndicator.clock import Clock, SystemClock
from syndicator.connector import (
    API,
    AuthRequired,
    Capabilities,
    HandOff,
    Identity,
    Json,
    Receipt,
    Rejected,
    Rendering,
    Resend,
    TokenStore,
)
from syndicator.login import Authorised, Talk
from syndicator_linkedin import body, commentary, handoff
from syndicator_linkedin.account import Account
from syndicator_linkedin.answers import harmless
from syndicator_linkedin.api import Api, Refused
from syndicator_linkedin.credential import Access
from syndicator_linkedin.delivery import Delivering
from syndicator_linkedin.kept import Kept
from syndicator_linkedin.notes import Notes
from syndicator_linkedin.pictures import MAX_IMAGES, Pictures
from syndicator_linkedin.quota import Quota
from syndicator_linkedin.settings import LinkedInSettings
from syndicator_linkedin.stepping import stepping
from syndicator_linkedin.versions import Versions

if TYPE_CHECKING:
    from pydantic import BaseModel

    from syndicator.http import Http

_IMAGE_BYTES = 5_000_000  # ours; LinkedIn documents no limit
API_CAPABILITIES = Capabilities(
    max_length=commentary.LONGEST,
    inert_text=True,  # only templates and mentions come alive
    max_images=MAX_IMAGES,
    max_image_bytes=_IMAGE_BYTES,
    max_image_pixels=36_152_319,
    image_types=frozenset({"image/jpeg", "image/png", "image/gif"}),
    max_alt=1000,  # ours: readers have a limit
    card=True,
    max_card_image_bytes=_IMAGE_BYTES,
    visibilities=("public", "logged_in", "connections"),
    resend=Resend.NEVER,
)
HAND_CAPABILITIES = replace(
    API_CAPABILITIES,
    inert_text=False,  # a pasted “#word” comes alive
    max_card_image_bytes=0,  # LinkedIn makes the card from the page itself
    by_hand=True,
)
REMEMBERED = timedelta(minutes=8)  # LinkedIn names ten minutes as the memory for repeats; stay clear of its end


class LinkedInConnector:
    kind: ClassVar[str] = "linkedin"
    api: ClassVar[int] = API
    Settings: ClassVar["type[BaseModel]"] = LinkedInSettings
    sandbox: ClassVar[str | None] = "syndicator_linkedin.sandbox:PretendLinkedIn"

    def __init__(self, settings: LinkedInSettings, http: "Http", store: TokenStore, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        tokens = Kept(store)
        self._http = http.allowing(*settings.named_by_owner()).session()
        self._versions = Versions(settings.version, tokens, self._clock)
        access = Access(settings, tokens, self._clock, self._http)
        self._api = Api(self._http, settings, access.token, self._versions)
        self._account = Account(settings, self._api, access, self._versions, tokens, self._clock)
        self._notes = Notes(tokens, self._clock)
        self._quota = Quota(tokens, self._clock)
        self._pictures = Pictures(self._api, self._notes, self._quota, self._clock, settings)

    @classmethod
    def open(cls, settings: LinkedInSettings, http: "Http", tokens: TokenStore) -> Self:
        return cls(settings, http, tokens)

    @classmethod
    def authorise(cls, talk: Talk, http: "Http", tokens: TokenStore, known: Mapping[str, Any]) -> Authorised:
        from syndicator_linkedin import auth

        return auth.authorise(talk, http, tokens, known)

    @property
    def capabilities(self) -> Capabilities:
        if self._settings.by_hand:
            return HAND_CAPABILITIES
        if self._settings.probe_by_repeat:
            return replace(API_CAPABILITIES, resend=Resend.REPEAT, key_window=REMEMBERED)
        return API_CAPABILITIES

    def measure(self, text: str) -> int:
        """By hand, words are pasted as they are; through the API, escapes may count."""
        return commentary.units(text) if self._settings.by_hand else commentary.measure(text)

    def whoami(self) -> Identity:
        if self._settings.by_hand:
            return Identity(id="", name="LinkedIn, by hand")
        with harmless(self._clock):
            try:
                return self._account.introduce()
            except Refused as refused:
                if refused.status == 429:
                    raise self._quota.met(refused) from refused
                raise

    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        """Upload the images and fix the request to the last byte."""
        if self._settings.by_hand:
            return rendering
        with harmless(self._clock):
            author = self._account.author()
            taken = self._pictures.take(rendering, author, key)
        written = json.dumps(body.build(rendering, self._settings, author, taken.pictures), separators=(",", ":"))
        prepared = {
            "author": author,
            "body": written,
            "images": [picture.urn for picture in taken.pictures],
            "comment": rendering.link if self._settings.link_in_comment else None,
            "warnings": [*taken.warnings, *body.warnings(rendering)],
        }
        return replace(rendering, prepared=prepared)

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        if self._settings.by_hand:
            raise Rejected("this network is published by hand")
        if rendering.prepared is None:
            rendering = self.prepare(rendering, key)
        letter = rendering.prepared or {}
        self._same_account(letter)
        delivering = Delivering(
            self._api, self._notes, self._quota, self._clock, self._settings.www, self._account.recent()
        )
        return delivering.send(letter, key)

    def delete(self, receipt: Receipt) -> None:
        """A post that is gone already is deleted as well."""
        if not receipt.remote_id.startswith("urn:li:"):
            raise Rejected(f"{receipt.remote_id!r} names no post on LinkedIn; delete it there by hand")
        with harmless(self._clock):
            try:
                stepping(lambda: self._api.delete(receipt.remote_id), self._versions)
            except Refused as refused:
                if refused.status == 429:
                    raise self._quota.met(refused) from refused
                if refused.status not in (404, 410):
                    raise
        self._notes.note_deleted(receipt.remote_id)

    def hand_off(self, rendering: Rendering) -> HandOff:
        return handoff.hand_off(rendering, self._settings.www)

    def close(self) -> None:
        self._http.close()

    def _same_account(self, letter: Mapping[str, Json]) -> None:
        """What was made as one account must not turn up on another; it may be on the first already."""
        with harmless(self._clock):
            author = self._account.author()
        if letter["author"] != author:
            raise AuthRequired(
                f"this was made for {letter['author']}, and the access token is now that of {author}; "
                "log in as the account it was made for, or skip the delivery"
            )
