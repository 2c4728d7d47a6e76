"""Which pictures one copy carries, and what its owner is told about them.

Enters: a post, what was asked of the copy, what the network takes. Leaves: attachments, and warnings, one sentence for
each picture; or Withheld, where the owner would rather have no copy than one without them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from syndicator.connector import Attachment, Capabilities
from syndicator.errors import Withheld
from syndicator.material import Material
from syndicator.pictures.decoder import bounds_of
from syndicator.post import Image, Post
from syndicator.render.header import BadImage
from syndicator.render.images import attachment, choose, in_order, length_of_alt
from syndicator.render.style import Style

LONGEST_SIDE = 2048  # pixels; more than any timeline shows
_MEND_ALT = "say in the post what it shows"


@dataclass(frozen=True, slots=True)
class Attaching:
    """For one copy of one post."""

    post: Post
    style: Style
    can: Capabilities
    material: Material
    warn: Callable[[str], None]

    def attachments(self) -> tuple[Attachment, ...]:
        """Raises Withheld."""
        chosen = self._allowed(choose(self.post, self.can, self._policy()))
        made = [self._attachment(image) for image in chosen]
        return tuple(each for each in made if each is not None)

    def _policy(self) -> str:
        """Pictures that the author wishes for by name come along, whatever kind of post it is."""
        return "always" if self.style.media and self.style.images == "auto" else self.style.images

    def _allowed(self, chosen: tuple[Image, ...]) -> tuple[Image, ...]:
        """What is left of them after the owner's rule about alt texts."""
        shown = in_order(self.post.images) if self.can.whole_post else chosen  # a whole post shows them in its words
        silent = [image for image in shown if not image.alt.strip()]
        alt = "warn" if self.can.whole_post and self.style.alt == "link-only" else self.style.alt
        if not silent or alt == "warn":
            for image in silent:
                self.warn(f"{self._named(image)} has no alt text; {_MEND_ALT}")
            return chosen
        if alt == "require" or self.can.image_required:
            raise Withheld("no-alt", f"{self._named(silent[0])} has no alt text{_others(silent)}; {_MEND_ALT}")
        for image in silent:
            self.warn(f"{self._named(image)} has no alt text, so the copy carries no images; {_MEND_ALT}")
        return ()

    def _attachment(self, image: Image) -> Attachment | None:
        can = self.can
        bounds = bounds_of(can.max_image_bytes, can.image_types, max_pixels=can.max_image_pixels, max_side=LONGEST_SIDE)
        try:
            encoded = self.material.picture(image.url, bounds)
        except BadImage as error:
            sentence = f"{self._named(image)} is left out: {error.reason}"
            if self.style.strict:
                raise Withheld("picture", sentence.replace(" is left out", " cannot be had", 1)) from error
            self.warn(sentence)
            return None
        self._measure_alt(image)
        return replace(attachment(encoded, image.alt, can.max_alt), source=image.url)

    def _measure_alt(self, image: Image) -> None:
        length = length_of_alt(image.alt)
        if 0 < self.can.max_alt < length:
            kept = f"{self.style.network or 'the network'} takes {self.can.max_alt:,}"
            self.warn(f"the end of the alt text of {self._named(image)} is cut: it has {length:,} characters, {kept}")

    def _named(self, image: Image) -> str:
        return f"image {image.url} of {self.post.link or self.post.title or self.post.guid or 'the post'}"


def _others(silent: list[Image]) -> str:
    others = len(silent) - 1
    return f", nor {'has one other' if others == 1 else f'have {others} others'}" if others else ""
