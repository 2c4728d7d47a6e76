"""What `prepare` fixes and `deliver` sends, and the receipt for it. Pure: values in, values out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from syndicator.connector import Json, Proof, Receipt, Rendering
from syndicator_tumblr import draft
from syndicator_tumblr.answers import ABOUT_MEDIA, BAD_BLOCKS
from syndicator_tumblr.corrections import Correction
from syndicator_tumblr.reading import Post, id_of
from syndicator_tumblr.settings import TumblrSettings
from syndicator_tumblr.transport import Part, Refused

_SUFFIX = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif"}


def of(made: draft.Draft, uuid: str, name: str, host: str) -> dict[str, Json]:
    return {
        "account": uuid,
        "name": name,
        "host": host,
        "body": made.body,
        "pictures": made.pictures,
        "warnings": list(made.warnings),
    }


def parts(rendering: Rendering) -> Sequence[Part]:
    """The uploads, each under the identifier that its block names."""
    at_hand = draft.attachments(rendering)
    named = ((rendering.prepared or {}).get("pictures") or {}).items()
    chosen = ((identifier, at_hand[sha256]) for identifier, sha256 in named)
    return [(name, f"{name}.{_SUFFIX.get(image.mime, 'bin')}", image.data, image.mime) for name, image in chosen]


def corrected(refused: Refused, sent: Mapping[str, Json], known: Correction) -> Correction | None:
    """What to do without after this refusal; None when there is nothing left to give up."""
    if refused.code not in (BAD_BLOCKS, *ABOUT_MEDIA):
        return None
    content = sent["body"]["content"]
    if any("poster" in block for block in content):
        return replace(known, no_poster=True)
    if refused.code == BAD_BLOCKS and not known.plain:
        return replace(known, plain=True)
    if refused.code in ABOUT_MEDIA and sent["pictures"]:
        return replace(known, bare=True)
    return None


def receipt(sent: Mapping[str, Json], post_id: str, settings: TumblrSettings) -> Receipt:
    """For an answer that names the post. What is not out has no address: it gets another number on the way."""
    state = str(sent["body"]["state"])
    is_out = state in ("published", "private") and post_id
    return Receipt(
        remote_id=post_id,
        url=f"{settings.web}/{sent['name']}/{post_id}" if is_out else None,
        warnings=tuple(sent.get("warnings") or ()),
        extra=_kept(sent, state),
    )


def read_receipt(post: Post, sent: Mapping[str, Json], settings: TumblrSettings) -> Receipt:
    """For a post found on the blog."""
    state = str(post.get("state") or settings.state)
    name = post.get("blog_name") or sent.get("name") or settings.name
    address = f"{settings.web}/{name}/{id_of(post)}" if name else str(post.get("post_url") or "") or None
    return Receipt(
        remote_id=id_of(post),
        url=address if state in ("published", "private") else None,
        proof=Proof.READ_BACK,
        extra={**_kept(sent, state), "slug": str(post.get("slug") or "")},
    )


def _kept(sent: Mapping[str, Json], state: str) -> dict[str, Json]:
    """What a deletion needs, should the post have another number by then."""
    slug = str((sent.get("body") or {}).get("slug") or "")
    known = {"slug": slug, "state": state, "draft": sent.get("draft") or ""}
    return {name: value for name, value in known.items() if value}
