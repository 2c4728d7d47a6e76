"""Which server speaks the Mastodon client API here, and how it differs. Pure: words in, data out.

The differences were seen on running servers (GoToSocial 0.20, Takahē 0.11, Hollo 0.6, snac 2.75 and 2.96) or read in
source (Mastodon 4.3-4.7, Pixelfed 2024-03, Pleroma); docs/adr/0011-under-mastodon-py.md says which made us code around.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Flavour(StrEnum):
    MASTODON = "mastodon"
    GOTOSOCIAL = "gotosocial"
    PLEROMA = "pleroma"
    AKKOMA = "akkoma"
    PIXELFED = "pixelfed"
    TAKAHE = "takahe"
    HOLLO = "hollo"
    SNAC = "snac"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Traits:
    """What cannot be read from /api/v?/instance."""

    url_cost: int | None = None  # every recognised URL costs this; None: URLs count in full
    least_url: int = 0  # an unrecognised URL costs at least this
    graphemes: bool = False  # False: code points, which never count less
    short_mentions: bool = False  # @user@host counts as @user
    max_length: int = 500  # when the server does not say
    max_warning: int | None = None  # graphemes of the content warning
    image_required: bool = False
    sends_key: bool = True
    guards_mentions: bool = False  # understands allowed_mentions
    visibilities: tuple[str, ...] = ("public", "unlisted", "private", "direct")  # from the widest to the narrowest
    reads_markup: bool = False  # takes HTML and its own Markdown in a text; entities are taken as what they stand for


_OTHERS = Traits(least_url=23)

TRAITS: dict[Flavour, Traits] = {
    Flavour.MASTODON: Traits(url_cost=23, least_url=23, graphemes=True, short_mentions=True, guards_mentions=True),
    Flavour.GOTOSOCIAL: Traits(max_length=5000),
    # Pleroma and Akkoma remember the whole answer to a key for six hours, errors too: a refusal would stick.
    Flavour.PLEROMA: Traits(max_length=5000, sends_key=False),
    Flavour.AKKOMA: Traits(max_length=5000, sends_key=False),
    # Whether Pixelfed takes "direct" from an app is unconfirmed, so it is not offered.
    Flavour.PIXELFED: Traits(
        least_url=23, image_required=True, max_warning=140, visibilities=("public", "unlisted", "private")
    ),
    Flavour.TAKAHE: _OTHERS,
    Flavour.HOLLO: Traits(least_url=23, max_length=10_000),
    Flavour.SNAC: Traits(least_url=23, max_length=100_000, reads_markup=True),
    Flavour.UNKNOWN: _OTHERS,
}

# Akkoma calls itself "compatible; Akkoma", and its source_url may name Pleroma: the order matters.
_NAMES = {
    "gotosocial": Flavour.GOTOSOCIAL,
    "akkoma": Flavour.AKKOMA,
    "pleroma": Flavour.PLEROMA,
    "pixelfed": Flavour.PIXELFED,
    "takahe": Flavour.TAKAHE,
    "takahē": Flavour.TAKAHE,
    "hollo": Flavour.HOLLO,
    "snac": Flavour.SNAC,
}
# "4.6.2", "4.7.0-alpha.2+glitch", "4.3.1+hometown-1.1.1"; not "4.2.0 (compatible; Something 1.0)" and not "0.20.1".
_PLAIN = re.compile(r"([1-9]\d*)\.(\d+)\.(\d+)(?:[-+.][0-9A-Za-z.+-]*)?")
_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def recognise(version: str, source_url: str = "", software: str = "") -> Flavour | None:
    """The flavour by the words a server uses for itself; None when they do not tell (then nodeinfo may)."""
    words = f"{version} {source_url} {software}".lower()
    for name, flavour in _NAMES.items():
        if re.search(rf"(?<![a-z]){name}(?![a-z])", words):
            return flavour
    if software:
        return Flavour.MASTODON if software.lower() in ("mastodon", "glitchcafe", "hometown") else Flavour.UNKNOWN
    return Flavour.MASTODON if _PLAIN.fullmatch(version.strip()) else None


def numbers_of(version: str) -> tuple[int, int, int]:
    """(4, 6, 2) of "4.6.2+glitch"; zeros when there is no number."""
    found = _NUMBERS.search(version)
    if found is None:
        return (0, 0, 0)
    return (int(found[1]), int(found[2]), int(found[3] or 0))
