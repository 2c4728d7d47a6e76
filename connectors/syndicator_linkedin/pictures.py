"""Uploading the images of a post: the thumbnail of its card, or what it shows.

Enters: a rendering, the author, what earlier tries have uploaded. Leaves: pictures with their names at LinkedIn, and
what the owner should know. Nothing becomes public. An image that was uploaded for a delivery is used again by its later
tries, because another image would make another post of it, which LinkedIn would not recognise as a repeat.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from syndicator.clock import Clock
from syndicator.connector import Attachment, Rendering
from syndicator.http import NotSent, ReplyLost
from syndicator_linkedin.answers import told
from syndicator_linkedin.api import Api, Refused, patiently
from syndicator_linkedin.body import Picture
from syndicator_linkedin.notes import Notes, Upload
from syndicator_linkedin.quota import Quota
from syndicator_linkedin.settings import LinkedInSettings
from syndicator_linkedin.stepping import stepping

MAX_IMAGES = 20
BARE = "posted without pictures: LinkedIn did not get ready with them"


class NoPicture(Exception):
    """This image cannot be uploaded, and why."""


@dataclass(frozen=True, slots=True)
class Taken:
    pictures: tuple[Picture, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pictures:
    api: Api
    notes: Notes
    quota: Quota
    clock: Clock
    settings: LinkedInSettings

    def take(self, rendering: Rendering, author: str, key: str) -> Taken:
        """Upload what is not there yet. Raises as a request does, where going on without would be too early."""
        thumbnail = rendering.card is not None
        wanted = _wanted(rendering)
        if wanted and self.notes.of(key).bare:
            return Taken(warnings=(BARE,))
        uploads: list[Upload] = []
        pictures: list[Picture] = []
        warnings: list[str] = []
        for image in wanted:
            try:
                upload = self._known(image, author, key) or self._new(image, author, key)
            except (NoPicture, Refused, ReplyLost) as error:
                warnings.append(self._left_out(error, image, thumbnail=thumbnail))
                continue
            uploads.append(upload)
            pictures.append(Picture(upload.urn, image.alt))
        self._rest(uploads)
        return Taken(tuple(pictures), tuple(warnings))

    def _known(self, image: Attachment, author: str, key: str) -> Upload | None:
        known = self.notes.of(key).uploads.get(image.sha256)
        return known if known is not None and known.owner == author else None

    def _new(self, image: Attachment, author: str, key: str) -> Upload:
        urn = patiently(lambda: self._upload(image, author), self.clock)
        upload = Upload(urn, author, self.clock.now().isoformat())
        note = self.notes.of(key)
        self.notes.note(key, replace(note, uploads={**note.uploads, image.sha256: upload}))
        return upload

    def _upload(self, image: Attachment, author: str) -> str:
        place = stepping(lambda: self.api.initialize_upload(author), self.api.versions)
        address, urn = place.get("uploadUrl"), place.get("image")
        if not isinstance(address, str) or not isinstance(urn, str) or not urn.startswith("urn:li:image:"):
            raise NoPicture("LinkedIn did not say where to put it")
        if not self.settings.may_have_the_token(address):
            raise NoPicture("LinkedIn named an address that is not its own, and the access token does not go there")
        try:
            self.api.upload(address, image.data, image.mime)
        except NotSent as error:
            raise NoPicture(f"where LinkedIn wants it cannot be reached: {error}") from error
        return urn

    def _left_out(self, error: Exception, image: Attachment, *, thumbnail: bool) -> str:
        """The sentence for going on without it. What concerns more than this image is raised again."""
        if isinstance(error, Refused):
            if error.status == 429:
                raise self.quota.met(error) from error
            if error.status == 401 or error.about_version:
                raise error
        lasting = isinstance(error, NoPicture) or (isinstance(error, Refused) and error.status < 500)
        if not thumbnail and not lasting:
            raise error
        why = told(error, "LinkedIn refuses it") if isinstance(error, Refused) else str(error)
        what = "the link card has no picture" if thumbnail else f"posted without the picture {image.name or 'of it'}"
        return f"{what}: {why}"

    def _rest(self, uploads: Sequence[Upload]) -> None:
        """[U] LinkedIn works on an image for some seconds; a post made meanwhile can stay invisible.

        Whether it is done cannot be asked with a member's token, so this waits, here where nothing has been sent.
        """
        if not uploads:
            return
        youngest = min(self.notes.age(upload) for upload in uploads)
        left = timedelta(seconds=self.settings.image_grace) - max(youngest, timedelta(0))
        if left > timedelta(0):
            self.clock.sleep(left.total_seconds())


def _wanted(rendering: Rendering) -> tuple[Attachment, ...]:
    if rendering.card is not None:
        return (rendering.card.image,) if rendering.card.image is not None else ()
    return rendering.images[:MAX_IMAGES]
