"""How often Tumblr answered a delivery with words that tell nothing. Kept beside the network's tokens, because the next
answer may come to another run of the program."""

from syndicator.connector import TokenStore

KEPT = 100


class Puzzles:
    """By kind of answer and delivery key; the newest hundred."""

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens

    def times(self, kind: str, key: str) -> int:
        found = self._all().get(_name(kind, key))
        return found if isinstance(found, int) else 0

    def note(self, kind: str, key: str) -> int:
        """One more; how many there are now."""
        times, name = self.times(kind, key) + 1, _name(kind, key)
        others = [(n, count) for n, count in self._all().items() if n != name]
        self._tokens.save({**self._tokens.load(), "puzzles": dict([*others, (name, times)][-KEPT:])})
        return times

    def _all(self) -> dict[str, object]:
        found = self._tokens.load().get("puzzles")
        return found if isinstance(found, dict) else {}


def _name(kind: str, key: str) -> str:
    return f"{kind} {key}"
