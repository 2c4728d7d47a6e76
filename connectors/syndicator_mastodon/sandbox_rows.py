"""How each server behaves, as data for the pretend service: one row per flavour.

Mastodon's row is its documentation and source; GoToSocial 0.20, Takahē 0.11, Hollo 0.6.20 and snac 2.96 were watched
while they ran; Pleroma and Pixelfed were only read about, so their rows are the least certain.
"""

from dataclasses import dataclass
from enum import StrEnum


class Keys(StrEnum):
    """What becomes of an Idempotency-Key."""

    HOUR = "hour"  # the first status again, for an hour; requests in sequence only
    IGNORED = "ignored"
    REFUSED = "refused"  # any repeat within an hour is an error, even after a failure
    CACHED = "cached"  # the whole first answer again, errors too, for six hours


class Voice(StrEnum):
    """What the body of an error looks like."""

    JSON = "json"
    HTML = "html"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Row:
    version: str
    source_url: str = ""
    software: str = ""
    keys: Keys = Keys.IGNORED
    reads_forms: bool = True
    has_v2: bool = True
    max_characters: int = 500
    refusal: int = 400  # an invalid post
    takes_empty: bool = False
    bad_token: tuple[int, Voice] = (401, Voice.JSON)
    bad_token_verify: int = 401
    visibility: str = "public"  # when the client does not say
    bad_image: tuple[int, Voice] = (422, Voice.JSON)
    unknown_media: tuple[int, Voice] | None = (400, Voice.JSON)  # None: ignored
    reused_media: tuple[int, Voice] | None = (400, Voice.JSON)  # None: accepted
    refuses_unchanged: bool = False
    missing: Voice = Voice.JSON  # the body of a 404
    limits_rate: bool = False
    snowflakes: bool = False
    image_required: bool = False
    lost_parent: tuple[int, Voice] | None = None  # an answer to a post that is not there; None: published all the same
    visibilities: tuple[str, ...] = ("public", "unlisted", "private", "direct")
    scopes: bool = False  # granted scopes are enforced


ROWS: dict[str, Row] = {
    "mastodon": Row(
        version="4.7.3",
        source_url="https://github.com/mastodon/mastodon",
        software="mastodon",
        keys=Keys.HOUR,
        refusal=422,
        unknown_media=(422, Voice.JSON),
        reused_media=(422, Voice.JSON),
        limits_rate=True,
        lost_parent=(404, Voice.JSON),
        snowflakes=True,
        scopes=True,
    ),
    "gotosocial": Row(
        version="0.20.0+git-0000000",
        source_url="https://codeberg.org/superseriousbusiness/gotosocial",
        software="gotosocial",
        max_characters=5000,
        visibility="unlisted",
        refuses_unchanged=True,
        limits_rate=True,
        lost_parent=(404, Voice.JSON),  # unconfirmed, as are the other servers' ways with it
        scopes=True,
    ),
    "takahe": Row(
        version="takahe/0.11.0",
        software="takahe",
        bad_token=(400, Voice.EMPTY),
        bad_token_verify=400,
        bad_image=(500, Voice.HTML),
        unknown_media=(404, Voice.HTML),
        reused_media=None,
        missing=Voice.HTML,
    ),
    # That Hollo names itself like this is an assumption; nodeinfo says the same.
    "hollo": Row(
        version="4.2.0 (compatible; Hollo 0.6.20)",
        software="hollo",
        keys=Keys.HOUR,
        reads_forms=False,
        max_characters=10_000,
        bad_image=(500, Voice.EMPTY),
        lost_parent=(422, Voice.JSON),
        reused_media=(500, Voice.EMPTY),
    ),
    "snac": Row(
        version="4.0.0 (not true; really snac/2.96)",
        software="snac",
        has_v2=False,
        max_characters=100_000,
        takes_empty=True,
        bad_token=(401, Voice.EMPTY),
        bad_token_verify=422,
        bad_image=(200, Voice.JSON),
        unknown_media=None,
        reused_media=None,
        missing=Voice.HTML,
    ),
    "pleroma": Row(
        version="2.7.2 (compatible; Pleroma 2.9.1)",
        software="pleroma",
        keys=Keys.CACHED,
        has_v2=False,
        max_characters=5000,
        reused_media=None,
    ),
    "pixelfed": Row(
        version="3.5.3 (compatible; Pixelfed 0.12.1)",
        software="pixelfed",
        keys=Keys.REFUSED,
        has_v2=False,
        image_required=True,
        visibilities=("public", "unlisted", "private"),  # whether it takes more is unconfirmed
    ),
}
