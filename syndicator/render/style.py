"""What the owner asked of one network's copies, as plain data.

Enters: the owner's files, converted by the host. Leaves: nothing else of the configuration; templates and rendering
never see a configuration object, so no secret can be reached from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from syndicator.post import Media, Wish


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the owner knows: how prose calls them, where they are at home, and their name on this network."""

    name: str  # as the owner wrote it, without '@'; prose calls them by it in any case
    urls: tuple[str, ...] = ()  # their own pages, and their profiles elsewhere
    handle: str = ""  # the network's own name for them; empty: they are not there


@dataclass(frozen=True, slots=True)
class Style:
    template: str | None = None  # None: a shape that suits the post's kind
    where: str = ""  # names the template in errors: the file, and the line where it is known
    backlink: str = "auto"  # auto | always | never | cite | card: only the link card leads to the post
    hashtags: int = 5  # how many at most
    language: str | None = None  # BCP 47; None: the post's own
    content_warning: str = ""
    sensitive: bool = False
    images: str = "auto"  # auto | always | never
    alt: str = "warn"  # warn | require | link-only: what an image without alt text means
    card: str = "auto"  # auto | always | never
    hashtag_place: str = "inline"  # inline | end
    rename: Mapping[str, str] = field(default_factory=dict)  # folded tag → hashtag; empty: none
    people: tuple[Person, ...] = ()
    thread: str = "never"  # never | plain | numbered: what becomes of a note that does not fit
    strict: bool = False  # hold a post rather than send it in another form than was asked for
    visibility: str = ""  # empty: as the connector's settings say
    replies: str = ""  # who may answer; empty: as the connector's settings say
    network: str = ""  # the name the owner gave it
    timezone: str = "UTC"  # of the dates that templates print
    wish: Wish = field(default_factory=Wish)  # what the author says of the words; what else is wished stands here
    # What the author wishes of the link card and of the pictures; None: nothing.
    card_title: str | None = None
    card_description: str | None = None
    card_image: str | None = None  # the address of a picture
    media: tuple[Media, ...] | None = None  # in place of the post's own pictures
    released: bool = False  # the owner has seen why it was held, and let it go

    def let_go(self) -> Self:
        """For a copy that its owner has released: nothing holds it again, it goes out in its next best form."""
        return replace(self, strict=False, alt="warn" if self.alt == "require" else self.alt, released=True)
