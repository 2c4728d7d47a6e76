"""The request that makes a story, fixed to the last byte, and what the answer to it says. Pure.

Enters: a Rendering, or Medium's answer. Leaves: the letter that is stored before it is sent, or a Receipt.
"""

import json
from collections.abc import Mapping

from syndicator.connector import Json, Receipt, Rendering
from syndicator_medium.account import Account
from syndicator_medium.addresses import WEB, scheme
from syndicator_medium.settings import MediumSettings
from syndicator_medium.story import Story, tell

Letter = Mapping[str, Json]


def written(rendering: Rendering, account: Account, settings: MediumSettings) -> dict[str, Json]:
    """What goes out, where, and as whom."""
    story, pid, status = tell(rendering), settings.publication, status_of(rendering, settings)
    return {
        "identity": account.identity,
        "author": account.author,
        "path": f"/publications/{pid}/posts" if pid else f"/users/{account.author}/posts",
        "publication": pid,
        "status": status,
        "title": story.title,
        "body": json.dumps(_body(rendering, story, settings, status), ensure_ascii=False),
        "warnings": list(story.warnings),
    }


def status_of(rendering: Rendering, settings: MediumSettings) -> str:
    return rendering.visibility or settings.status


def receipt(letter: Letter, given: Json, web: str) -> Receipt:
    """`given`: what Medium tells of the story it made; nothing when that was lost on the way."""
    told = given if isinstance(given, dict) else {}
    status = str(told.get("publishStatus") or letter["status"])
    url = _address(told)
    drafted = status == "draft"
    return Receipt(
        str(told.get("id") or ""),
        None if drafted else url,  # what nobody can read is not to be linked from the blog
        warnings=(*letter["warnings"], *_about(status, str(letter["status"]), url, web)),
        extra={"status": status} | ({"draft": url} if drafted and url else {}),
    )


def _body(rendering: Rendering, story: Story, settings: MediumSettings, status: str) -> dict[str, Json]:
    body: dict[str, Json] = {
        "title": story.listed_title,
        "contentFormat": "html",
        "content": story.html,
        "tags": list(story.tags),
        "publishStatus": status,  # left out, it would mean “public”
        "notifyFollowers": settings.notify_followers and status == "public",
    }
    if rendering.link:
        body["canonicalUrl"] = rendering.link
    if settings.license:
        body["license"] = settings.license
    return body


def _address(told: Mapping[str, Json]) -> str | None:
    url = str(told.get("url") or "")
    return url if scheme(url) in WEB else None


def _about(status: str, asked: str, url: str | None, web: str) -> list[str]:
    """What the owner should know of what became of it."""
    warnings = [f"Medium made it {status}, though {asked} was asked for"] if status != asked else []
    if status == "draft":
        where = url or f"{web}/me/stories/drafts"
        warnings.append(f"it is a draft that only you can see, until you publish it: {where}")
    return warnings
