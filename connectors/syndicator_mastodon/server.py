"""What a server says about itself in /api/v2/instance or /api/v1/instance, as values. Pure; it never asks.

Enters: the JSON, and what the owner says about the flavour. Leaves: a `Server`. Servers leave out what they like, so
every number has a default, taken from Mastodon's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from syndicator.connector import Capabilities, Resend
from syndicator_mastodon.flavour import TRAITS, Flavour, Traits, numbers_of, recognise

KEY_WINDOW = timedelta(hours=1)  # Mastodon keeps an Idempotency-Key in Redis for 3,600 s
SETTLE = timedelta(seconds=120)  # Mastodon's own nginx configuration gives up on a request after this
_SERIAL_KEYS = (4, 6, 0)  # from here a lock makes two requests with one key wait for each other
_IMAGES_WE_SEND = frozenset({"image/jpeg", "image/png", "image/webp"})  # a GIF becomes a video on Mastodon


@dataclass(frozen=True, slots=True)
class Server:
    flavour: Flavour = Flavour.MASTODON
    version: str = ""
    max_length: int = 500
    max_images: int = 4
    max_image_bytes: int = 16 * 1024 * 1024
    max_image_pixels: int | None = 33_177_600
    image_types: frozenset[str] = frozenset({"image/jpeg", "image/png"})
    max_alt: int = 1500
    keeps_keys: bool = False
    domain: str = ""

    @property
    def traits(self) -> Traits:
        return TRAITS[self.flavour]

    def at_least(self, *version: int) -> bool:
        """Whether this is Mastodon itself, of `version` or later."""
        return self.flavour is Flavour.MASTODON and numbers_of(self.version) >= version


def needs_nodeinfo(instance: Mapping[str, Any]) -> bool:
    """Whether the words in `instance` leave open which software this is."""
    return recognise(_text(instance, "version"), _text(instance, "source_url")) is None


def read(instance: Mapping[str, Any], *, software: str = "", override: Flavour | None = None) -> Server:
    """A Server out of either version of the instance document; an empty document gives the defaults."""
    version = _text(instance, "version")
    flavour = override or recognise(version, _text(instance, "source_url"), software) or Flavour.UNKNOWN
    configuration = _map(instance, "configuration")
    statuses, media = _map(configuration, "statuses"), _map(configuration, "media_attachments")
    known = Server(flavour=flavour, version=version, domain=_text(instance, "domain") or _text(instance, "uri"))
    return Server(
        flavour=flavour,
        version=version,
        max_length=_first(statuses, "max_characters") or _first(instance, "max_toot_chars") or known.traits.max_length,
        max_images=_first(statuses, "max_media_attachments") or _first(instance, "max_media_attachments") or 4,
        max_image_bytes=_first(media, "image_size_limit") or _first(instance, "upload_limit") or known.max_image_bytes,
        max_image_pixels=_first(media, "image_matrix_limit") or known.max_image_pixels,
        image_types=_types(media) or known.image_types,
        max_alt=_first(media, "description_limit") or _first(instance, "description_limit") or known.max_alt,
        keeps_keys=known.at_least(*_SERIAL_KEYS) and "mastodon" in _map(instance, "api_versions"),
        domain=known.domain,
    )


def capabilities(server: Server) -> Capabilities:
    return Capabilities(
        max_length=server.max_length,
        max_images=server.max_images,
        image_required=server.traits.image_required,
        max_image_bytes=server.max_image_bytes,
        max_image_pixels=server.max_image_pixels,
        image_types=server.image_types,
        max_alt=server.max_alt,
        card_from_page=server.flavour is Flavour.MASTODON,
        content_warning=True,
        visibilities=server.traits.visibilities,
        thread=True,
        edit=True,
        resend=Resend.KEY if server.keeps_keys else Resend.LOOKUP,
        settle=SETTLE,
        key_window=KEY_WINDOW if server.keeps_keys else None,
    )


def _map(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _first(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name)
    return value if isinstance(value, int) and value > 0 else 0


def _types(media: Mapping[str, Any]) -> frozenset[str]:
    listed = media.get("supported_mime_types")
    return _IMAGES_WE_SEND & {t for t in listed if isinstance(t, str)} if isinstance(listed, list) else frozenset()
