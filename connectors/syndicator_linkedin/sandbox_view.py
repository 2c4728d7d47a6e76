"""A post of the pretend LinkedIn as its readers see it, for the demo's page and for tests."""

from collections.abc import Mapping
from typing import Any

from syndicator_linkedin.sandbox_images import Images
from syndicator_linkedin.sandbox_little import with_links
from syndicator_linkedin.sandbox_posts import Post


def shown(post: Post, images: Images, author: str, url: str) -> dict[str, Any]:
    """`pieces` are what is left of the words after LinkedIn's reading; pictures come as bytes."""
    content = post.body.get("content") or {}
    return {
        "url": f"{url}/feed/update/{post.urn}/",
        "author": author,
        "handle": author,
        "visibility": post.body["visibility"].lower(),
        "text": post.reading.text,
        "cut": post.reading.cut,
        "pieces": with_links(post.reading),
        "images": _pictures(content, images),
        "card": _card(content.get("article"), images),
        "comments": list(post.comments),
    }


def _card(article: Mapping[str, str] | None, images: Images) -> dict[str, Any] | None:
    if article is None:
        return None
    words = {"url": article["source"], "title": article["title"], "description": article.get("description", "")}
    return {**words, "image": _picture(article["thumbnail"], images) if "thumbnail" in article else None}


def _pictures(content: Mapping[str, Any], images: Images) -> list[dict[str, Any]]:
    several = content.get("multiImage", {}).get("images", [])
    alone = [content["media"]] if "media" in content else []
    return [{**_picture(image["id"], images), "alt": image.get("altText", "")} for image in [*several, *alone]]


def _picture(urn: str, images: Images) -> dict[str, Any]:
    image = images.kept[urn]
    return {"data": image.data, "mime": image.mime}
