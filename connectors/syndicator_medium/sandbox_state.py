"""What the pretend Medium keeps: accounts, publications, stories, and the errors that it knows."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from syndicator_medium.sandbox_story import Graf

LICENSES = {
    "all-rights-reserved",
    *("cc-40-by", "cc-40-by-sa", "cc-40-by-nd", "cc-40-by-nc", "cc-40-by-nc-nd", "cc-40-by-nc-sa", "cc-40-zero"),
    "public-domain",
}
LONGEST_TITLE = 100
LONGEST_TAG = 25
TAGS = 3


class Problem(Exception):
    """An error in Medium's envelope."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def body(self) -> dict[str, Any]:
        return {"errors": [{"message": self.message, "code": self.code}]}


@dataclass
class Account:
    username: str
    name: str
    posted: list[float] = field(default_factory=list)  # over the API, for the day's limit

    def id_for(self, token: str) -> str:
        """The same person has another id with each token."""
        return "1" + hashlib.sha256(f"{self.username}/{token}".encode()).hexdigest()


@dataclass
class Publication:
    id: str
    name: str
    roles: dict[str, str] = field(default_factory=dict)  # username → editor or writer; readers have none


@dataclass
class Story:
    """`listed_at`: when the feed knows of it; None for what is not public."""

    id: str
    account: Account
    title: str
    grafs: list[Graf]
    status: str
    published: float
    listed_at: float | None = None
    canonical: str = ""
    tags: list[str] = field(default_factory=list)
    license: str = "all-rights-reserved"
    notified: bool = False
    publication: Publication | None = None
    is_response: bool = False
    imported: bool = False

    def page(self, url: str) -> str:
        slug = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in self.title.lower()).split())
        home = f"p-{self.publication.id}" if self.publication else f"@{self.account.username}"
        return f"{url}/{home}/{slug or 'story'}-{self.id}"


def checked(given: Any) -> dict[str, Any]:
    """A request for a story as Medium reads it: what it does not like it refuses, or passes over in silence."""
    if not isinstance(given, dict):
        raise Problem(400, 2000, "The request body is not an object.")
    if given.get("contentFormat") not in ("html", "markdown"):
        raise Problem(400, 2002, "contentFormat must be one of html, markdown.")  # numbers of these: unconfirmed
    if not isinstance(given.get("content"), str) or not given["content"]:
        raise Problem(400, 2003, "content is required.")
    if not isinstance(given.get("tags", []), list):
        raise Problem(400, 2004, "tags must be an array.")
    status = given.get("publishStatus", "public")
    if status not in ("public", "draft", "unlisted"):
        raise Problem(400, 2005, "publishStatus must be one of public, draft, unlisted.")
    license_ = given.get("license", "all-rights-reserved")
    if license_ not in LICENSES:
        raise Problem(400, 2006, "license is not one of the known ones.")
    # Whether the three are counted before or after the long ones go is unconfirmed; this is the harsher reading.
    tags = [tag for tag in given.get("tags", [])[:TAGS] if isinstance(tag, str) and len(tag) <= LONGEST_TAG]
    title = given.get("title") if isinstance(given.get("title"), str) else ""
    return {**given, "publishStatus": status, "license": license_, "tags": tags, "title": title}


def titled(given: str, grafs: list[Graf]) -> str:
    """A title that is too long is passed over, and one is made from the story."""
    if given and len(given) <= LONGEST_TITLE:
        return given
    first = next((graf.text.strip() for graf in grafs if graf.text.strip()), "Untitled")
    return first[:LONGEST_TITLE]
