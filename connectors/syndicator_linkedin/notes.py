"""What one try of a delivery learns and the next one needs: uploaded images, refused ones, whether anything was sent.

Kept in the token store, by delivery key, because a try may be hours and a restart after the one before. Notes of a
delivery that has arrived are dropped; of the others the newest hundred stay.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from syndicator.clock import Clock
from syndicator.connector import TokenStore

KEPT = 100
UPLOADS_LAST = timedelta(hours=20)  # [U] LinkedIn does not say how long it keeps an image that no post shows


@dataclass(frozen=True, slots=True)
class Upload:
    """An image that LinkedIn has taken from `owner`, and when, ISO 8601."""

    urn: str
    owner: str
    at: str


@dataclass(frozen=True, slots=True)
class Note:
    uploads: Mapping[str, Upload] = field(default_factory=dict)  # by SHA-256 of the image
    patient: bool = False  # an image was not ready once already
    bare: bool = False  # LinkedIn will not have the images
    sent: bool = False  # a publishing request may have left, and no definite no came back
    conflicts: int = 0


class Notes:
    def __init__(self, tokens: TokenStore, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock

    def of(self, key: str) -> Note:
        known = self._all("deliveries").get(key)
        if not isinstance(known, dict):
            return Note()
        try:
            uploads = {digest: Upload(**upload) for digest, upload in known.get("uploads", {}).items()}
            return Note(**{**known, "uploads": {d: u for d, u in uploads.items() if self._is_fresh(u)}})
        except (TypeError, AttributeError):  # written by another release
            return Note()

    def note(self, key: str, note: Note) -> None:
        self._keep("deliveries", key, asdict(note))

    def forget(self, key: str) -> None:
        kept = {name: told for name, told in self._all("deliveries").items() if name != key}
        self._tokens.save({**self._tokens.load(), "deliveries": kept})

    def age(self, upload: Upload) -> timedelta:
        return self._clock.now() - datetime.fromisoformat(upload.at)

    def note_deleted(self, urn: str) -> None:
        self._keep("deleted", urn, self._clock.now().isoformat())

    def deleted(self, urn: str) -> timedelta | None:
        """How long ago we deleted this post; None when we did not."""
        try:
            return self._clock.now() - datetime.fromisoformat(str(self._all("deleted")[urn]))
        except (KeyError, ValueError, TypeError):
            return None

    def _is_fresh(self, upload: Upload) -> bool:
        try:
            return timedelta(0) <= self.age(upload) < UPLOADS_LAST
        except (ValueError, TypeError):
            return False

    def _keep(self, kind: str, name: str, told: object) -> None:
        kept = {n: t for n, t in self._all(kind).items() if n != name}
        self._tokens.save({**self._tokens.load(), kind: dict([*kept.items(), (name, told)][-KEPT:])})

    def _all(self, kind: str) -> dict[str, object]:
        found = self._tokens.load().get(kind)
        return found if isinstance(found, dict) else {}
