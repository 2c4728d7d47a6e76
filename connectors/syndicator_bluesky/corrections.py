"""What must be different when a delivery is prepared again: another record key, or no pictures.

Kept beside the login, because the connector learns it in one run and needs it in the next.
"""

from dataclasses import asdict, dataclass

from syndicator.connector import TokenStore

KEPT = 100


@dataclass(frozen=True, slots=True)
class Correction:
    salt: int = 0  # somebody else's record has the place: take the next one
    bare: bool = False  # the server will not have the pictures


class Corrections:
    """By delivery key; the newest hundred."""

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens

    def of(self, key: str) -> Correction:
        known = self._all().get(key)
        if not isinstance(known, dict):
            return Correction()
        return Correction(int(known.get("salt", 0)), bool(known.get("bare")))

    def note(self, key: str, correction: Correction) -> None:
        kept = {k: v for k, v in self._all().items() if k != key}
        newest = dict([*kept.items(), (key, asdict(correction))][-KEPT:])
        self._tokens.save({**self._tokens.load(), "corrections": newest})

    def _all(self) -> dict[str, object]:
        found = self._tokens.load().get("corrections")
        return found if isinstance(found, dict) else {}
