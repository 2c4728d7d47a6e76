"""What comes back from a service's consent page, whether a browser brought it or a person copied it.

Enters: the query of an address, or what somebody pasted. Leaves: its parameters, or a sentence that says why they are
not taken. It opens nothing and asks nothing; what is secret in an answer is made known to the redactor on the way.
"""

import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from syndicator.log import remember_secret

PATH = "/callback"
_MOST_PARAMETERS = 32
_SECRET = re.compile(r"code|token|verifier|secret|assertion", re.IGNORECASE)


class NotTaken(Exception):
    """What was pasted is not the answer; the message is a sentence without anything of what was pasted."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """One login's answer: `name` and `value` are its proof, `answer` is the parameter without which it is a no."""

    name: str
    value: str = field(repr=False)
    answer: str

    def taken(self, query: str) -> dict[str, str] | None:
        """The parameters of `query` if they belong to this login. RFC 6749 §3.1: none of them comes twice."""
        found = _parameters(query)
        if found is None or not self._proves(found):
            return None
        for name, value in found.items():
            if name == self.answer or (_SECRET.search(name) and not name.startswith("error")):
                remember_secret(value)
        return found

    def pasted(self, text: str) -> dict[str, str]:
        """The parameters of a whole address, or a bare answer. Raises NotTaken."""
        words = text.strip().strip("<>\"'“”")
        if re.search(rf"(?:^|[?&])(?:{re.escape(self.name)}|{re.escape(self.answer)}|error)=", words):
            return self._address(words)
        if not words or any(map(str.isspace, words)) or "://" in words:
            raise NotTaken("that is neither a code nor the address that the browser ended up at")
        remember_secret(words)
        return {self.answer: words}

    def _address(self, words: str) -> dict[str, str]:
        try:
            parts = urlsplit(words)
        except ValueError:
            raise NotTaken("that is not an address") from None
        if parts.query and not parts.path.endswith(PATH):
            raise NotTaken(f"that is not where the browser ended up: such an address has {PATH} in it")
        found = self.taken(parts.query or words.partition("#")[0])
        if found is None:
            raise NotTaken("that address belongs to another login than this one: open the page above, and no older one")
        return found

    def _proves(self, found: dict[str, str]) -> bool:
        told = found.get(self.name, "").encode("utf-8", "surrogatepass")
        return hmac.compare_digest(told, self.value.encode())


def _parameters(query: str) -> dict[str, str] | None:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        return None
    found = dict(pairs)
    return found if len(found) == len(pairs) else None
