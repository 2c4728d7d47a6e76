"""The one publishing request, and what its answer means for this delivery.

Enters: what `prepare` fixed. Leaves: a Receipt or one of the four answers. It sends the post once; the first comment,
when the owner wants one, is sent after a post that was certainly just made, and never counts against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NoReturn

import requests

from syndicator.clock import Clock
from syndicator.connector import (
    AuthRequired,
    ConnectorError,
    Json,
    OutcomeUnknown,
    Proof,
    Receipt,
    Rejected,
    Retryable,
)
from syndicator.http import NotSent, ReplyLost, from_transport
from syndicator_linkedin.answers import NO_VERSION_LEFT, NOT_READY, SPOILT, publishing, told
from syndicator_linkedin.api import Api, Refused, made
from syndicator_linkedin.notes import Notes
from syndicator_linkedin.quota import Quota

AFTER_A_STEP = timedelta(seconds=1)
IMAGE_REST = timedelta(seconds=15)
GHOSTS_LAST = timedelta(hours=48)  # [U] for which LinkedIn was seen to call a deleted post the original of a repeat
FOUND_THERE = "LinkedIn had this post already, from you or from another program; it was taken for the copy"


@dataclass(frozen=True, slots=True)
class Delivering:
    api: Api
    notes: Notes
    quota: Quota
    clock: Clock
    www: str
    recent: str  # where the owner can look

    def send(self, letter: Mapping[str, Json], key: str) -> Receipt:
        note = self.notes.of(key)
        repeated, version = note.sent, self.api.versions.current
        # On disk before the first byte: whoever dies in between must not take a repeat for a first try.
        self.notes.note(key, replace(note, sent=True))
        try:
            response = self.api.publish(str(letter["body"]), version)
            receipt = self._made(response, letter)
        except NotSent as error:
            self._not_created(key, repeated=repeated)
            raise from_transport(error) from error
        except ReplyLost as error:
            raise self._unknown(str(from_transport(error))) from error
        except Refused as refused:
            receipt = self._refused(refused, letter, key, version, repeated=repeated)
        else:
            self.api.versions.prove(version)
        self.quota.passed()
        self.notes.forget(key)
        return receipt

    def _made(self, response: requests.Response, letter: Mapping[str, Json]) -> Receipt:
        urn = made(response)
        if not urn and response.status_code != 201:  # somebody else's page, perhaps
            raise self._unknown(f"LinkedIn answered {response.status_code} without naming a post")
        warnings = (*letter.get("warnings", ()), *self.api.versions.news_once())
        if not urn:
            return Receipt("", None, warnings=(*warnings, "LinkedIn did not name the post; find it on your profile"))
        return self._receipt(urn, Proof.REPLY, (*warnings, *self._commented(urn, letter)))

    def _receipt(self, urn: str, proof: Proof, warnings: tuple[str, ...]) -> Receipt:
        return Receipt(urn, f"{self.www}/feed/update/{urn}/", proof, warnings)

    def _commented(self, urn: str, letter: Mapping[str, Json]) -> tuple[str, ...]:
        """[U] Whether members may comment with the permission they can have: reports disagree."""
        link = letter.get("comment")
        if not link:
            return ()
        try:
            self.api.comment(urn, str(letter["author"]), str(link))
        except Refused as refused:
            return (told(refused, "the first comment with the link was refused"),)
        except (NotSent, ReplyLost) as error:
            return (f"the first comment with the link may be missing: {error}",)
        return ()

    # What is not a yes

    def _refused(
        self, refused: Refused, letter: Mapping[str, Json], key: str, version: str, *, repeated: bool
    ) -> Receipt:
        if refused.is_duplicate:
            return self._duplicate(refused, letter, key, repeated=repeated)
        note = self.notes.of(key)
        answer = self._answer(refused, letter, key, version, repeated=repeated, conflicts=note.conflicts)
        if refused.status == 409:
            self.notes.note(key, replace(self.notes.of(key), conflicts=note.conflicts + 1))
        if not isinstance(answer, OutcomeUnknown):
            self._not_created(key, repeated=repeated)
        raise answer from refused

    def _answer(
        self, refused: Refused, letter: Mapping[str, Json], key: str, version: str, *, repeated: bool, conflicts: int
    ) -> ConnectorError:
        if refused.about_version:
            return self._stepped(refused, version)
        if refused.status == 429:
            return self.quota.met(refused)
        codes = {refused.code, *refused.details.split()}
        if refused.status == 400 and letter.get("images") and codes & (NOT_READY | SPOILT):
            return self._about_images(refused, key, spoilt=bool(codes & SPOILT))
        answer = publishing(refused, self.clock.now(), repeated=repeated, conflicts=conflicts)
        return self._unknown(answer.reason) if isinstance(answer, OutcomeUnknown) else answer

    def _stepped(self, refused: Refused, version: str) -> ConnectorError:
        """Refused before LinkedIn looked at it, so nothing was made: the same bytes go out in the next version."""
        following = self.api.versions.refuse(version)
        if following is None:
            return AuthRequired(told(refused, NO_VERSION_LEFT))
        sentence = f"LinkedIn no longer takes version {version} of its API; the next try speaks {following}"
        return Retryable(told(refused, sentence), after=AFTER_A_STEP)

    def _about_images(self, refused: Refused, key: str, *, spoilt: bool) -> ConnectorError:
        """One more try, with a new upload if the old one is of no use; then the post goes out without its images."""
        note = self.notes.of(key)
        if note.patient:
            self.notes.note(key, replace(note, bare=True))
            return Retryable(told(refused, "LinkedIn will not have the pictures; going on without"), prepare_again=True)
        kept = {} if spoilt else note.uploads
        self.notes.note(key, replace(note, patient=True, uploads=kept))
        sentence = "LinkedIn is not ready with the pictures"
        return Retryable(told(refused, sentence), after=IMAGE_REST, prepare_again=spoilt)

    def _duplicate(self, refused: Refused, letter: Mapping[str, Json], key: str, *, repeated: bool) -> Receipt:
        """A repeat of a post that is named: that post is the copy. Anything less proves nothing."""
        urn = refused.named_post
        if urn is None and repeated:
            # Most likely our own earlier try. It cannot be called failed, and not delivered either.
            raise self._unknown(told(refused, "LinkedIn calls this a repeat, and does not say of which post"))
        if urn is None:
            self._not_created(key, repeated=repeated)
            sentence = "LinkedIn calls this a repeat of something that it does not name; is it on your profile already?"
            raise Rejected(told(refused, sentence)) from refused
        if (since := self.notes.deleted(urn)) is not None:
            self._not_created(key, repeated=repeated)
            self._ghost(refused, since)
        warnings = tuple(letter.get("warnings", ()))
        return self._receipt(urn, Proof.DUPLICATE_ERROR, warnings if repeated else (*warnings, FOUND_THERE))

    def _ghost(self, refused: Refused, since: timedelta) -> NoReturn:
        """The original is a post that we have deleted: it is nobody's copy any more."""
        if since < GHOSTS_LAST:
            sentence = "LinkedIn still remembers the copy that was deleted, and takes no repeat of it yet"
            raise Retryable(told(refused, sentence), after=GHOSTS_LAST - since) from refused
        raise Rejected(told(refused, "LinkedIn calls this a repeat of a copy that was deleted")) from refused

    def _not_created(self, key: str, *, repeated: bool) -> None:
        """A definite no takes back the note that something may have left, unless an earlier try left one."""
        self.notes.note(key, replace(self.notes.of(key), sent=repeated))

    def _unknown(self, reason: str) -> OutcomeUnknown:
        return OutcomeUnknown(f"{reason}; whether it is there can be seen at {self.recent}")
