"""How a check says what it found: Failed and Skipped, each with a sentence.

Enters: what was expected and what was found. Leaves: an exception. Nothing here knows pytest, so the checks run with it
and without it.
"""

from typing import NoReturn


class Failed(Exception):
    """A promise that was not kept: the sentence names what was expected and what was found."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Skipped(Exception):
    """A check that does not apply, and why not."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def expect(holds: object, sentence: str) -> None:
    """Raise Failed with `sentence` unless `holds`."""
    if not holds:
        raise Failed(sentence)


def fail(sentence: str) -> NoReturn:
    raise Failed(sentence)


def shown(value: object) -> str:
    """An answer as a sentence can name it: `Retryable(“too many requests”)`, `Receipt(remote_id='7')`."""
    if isinstance(value, BaseException):
        return f"{type(value).__name__}(“{_short(str(value))}”)"
    return _short(repr(value))


def quoted(text: str) -> str:
    """A sample text in a sentence: as Python writes it, so that what cannot be seen can be told; long ones cut."""
    return _short(ascii(text), 160) + (f" ({len(text)} code points)" if len(text) > 40 else "")


def _short(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
