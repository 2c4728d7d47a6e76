"""One post as one network would show it, before it is sent.

Enters: what `rendering.make` made, and what its connector said of its limits. Leaves: values that the terminal, the
page and JSON are made from. It renders nothing, and knows no network.
"""

from dataclasses import dataclass
from typing import Any

from syndicator.connector import Attachment, Capabilities, Rendering
from syndicator.post import Post
from syndicator.rendering import Made


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy, or why it cannot be shown. `lengths`: the connector's count of the text, then of each further part."""

    network: str
    post: Post
    made: Made | None = None
    can: Capabilities | None = None
    lengths: tuple[int, ...] = ()
    kind: str = ""
    look: str = ""  # empty: the kind's own
    handle: str = ""  # as the service names the account; empty where nobody asked
    held: str = ""  # why it would not go out before its owner says so
    trouble: str = ""

    @property
    def length(self) -> int:
        return self.lengths[0] if self.lengths else 0

    @property
    def limit(self) -> int:
        return self.can.max_length if self.can is not None else 0

    @property
    def is_whole(self) -> bool:
        """Whether readers get the post itself, and not the text that was measured."""
        made, can = self.made, self.can
        return made is not None and can is not None and can.whole_post and bool(made.rendering.html)

    @property
    def texts(self) -> tuple[str, ...]:
        """The words of every part."""
        if self.made is None:
            return ()
        rendering = self.made.rendering
        return (rendering.text, *(part.text for part in rendering.rest))

    @property
    def terms(self) -> tuple[tuple[str, str], ...]:
        """Under which it goes out: who may see and answer it, and in which language it is."""
        if self.made is None:
            return ()
        rendering = self.made.rendering
        named = (("visibility", rendering.visibility), ("replies", rendering.replies), ("language", rendering.language))
        return tuple((name, said) for name, said in named if said)

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"network": self.network, "post": self.post.link, "title": self.post.title}
        if self.made is None:
            return {**shown, "trouble": self.trouble}
        return {
            **shown,
            "length": self.length,
            "limit": self.limit,
            "bytes": size_of(self.made.rendering.text),
            "max_bytes": self.can.max_bytes if self.can is not None else None,
            **_rendering(self.made.rendering, self.lengths[1:]),
            "warnings": list(self.made.warnings),
            "held": self.held or None,
        }


def size_of(text: str) -> int:
    """Its bytes; a lone surrogate of a careless template is no reason to stop."""
    return len(text.encode("utf-8", "replace"))


def signs_of(text: str) -> int:
    """Its graphemes, which alt texts are counted in."""
    import regex

    return len(regex.findall(r"\X", text))


def _rendering(rendering: Rendering, lengths: tuple[int, ...]) -> dict[str, Any]:
    card = rendering.card
    return {
        "text": rendering.text,
        "spans": [{"start": s.start, "end": s.end, "kind": s.kind.value, "target": s.target} for s in rendering.spans],
        "thread": [
            {"text": part.text, "length": length} for part, length in zip(rendering.rest, lengths, strict=False)
        ],
        "images": [_image(image) for image in rendering.images],
        "card": card
        and {
            "url": card.url,
            "title": card.title,
            "description": card.description,
            "image": card.image and _image(card.image),
        },
        "tags": list(rendering.tags),
        "language": rendering.language,
        "content_warning": rendering.content_warning,
        "sensitive": rendering.sensitive,
        "visibility": rendering.visibility,
        "replies": rendering.replies,
    }


def _image(image: Attachment) -> dict[str, Any]:
    return {
        "alt": image.alt,
        "width": image.width,
        "height": image.height,
        "mime": image.mime,
        "bytes": len(image.data),
    }
