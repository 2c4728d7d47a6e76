"""What must be different when a delivery is prepared again after a definite no. Kept beside the network's tokens,
because the connector learns it in one run and needs it in the next."""

from dataclasses import asdict, dataclass, fields

from syndicator.connector import TokenStore

KEPT = 100


@dataclass(frozen=True, slots=True)
class Correction:
    no_poster: bool = False  # the link card goes without a picture
    plain: bool = False  # nothing but paragraphs
    bare: bool = False  # no pictures at all


class Corrections:
    """By delivery key; the newest hundred. That Tumblr takes no pictures on cards is learnt once and for all."""

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens

    def of(self, key: str) -> Correction:
        known = self._all().get(key)
        values = known if isinstance(known, dict) else {}
        found = Correction(**{f.name: bool(values.get(f.name)) for f in fields(Correction)})
        return found if self.takes_posters else Correction(True, found.plain, found.bare)

    def note(self, key: str, correction: Correction) -> None:
        kept = {k: v for k, v in self._all().items() if k != key}
        newest = dict([*kept.items(), (key, asdict(correction))][-KEPT:])
        self._tokens.save({**self._tokens.load(), "corrections": newest})

    @property
    def takes_posters(self) -> bool:
        return not self._tokens.load().get("cards_without_pictures")

    def learn(self, key: str) -> None:
        """The post of `key` was taken: if leaving the card's picture out is what helped, it is left out from now on."""
        correction = self.of(key)
        if self.takes_posters and correction.no_poster and not correction.plain and not correction.bare:
            self._tokens.save({**self._tokens.load(), "cards_without_pictures": True})

    def _all(self) -> dict[str, object]:
        found = self._tokens.load().get("corrections")
        return found if isinstance(found, dict) else {}
