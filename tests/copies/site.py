"""The whole web of the example posts, on loopback: every host ends here, every page has a card, every picture is drawn.

`/p/NAME-120x90.png` is a picture of that size, the same for the same name; NAME with "clear" in it is transparent.
"""

import hashlib
import io
from collections.abc import Iterable
from functools import cache
from html import escape
from typing import Any
from urllib.parse import unquote, urlsplit

import requests

from syndicator.http import Http
from syndicator.post import Post
from syndicator.sandbox.service import PretendService, Reply, Request
from syndicator.wire import GuardedAdapter

FORMATS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF"}


class Site(PretendService):
    """Answers for every host; the first part of a path is the host that was asked for."""

    def __init__(self, posts: Iterable[Post]) -> None:
        super().__init__()
        self.posts = {post.link: post for post in posts}

    def answer(self, request: Request) -> Reply:
        _, host, *parts = unquote(request.path).split("/")
        if parts[:1] == ["p"]:
            return Reply(200, picture(parts[-1]), {"Content-Type": f"image/{parts[-1].rpartition('.')[2]}"})
        page = self.page(host, f"https://{host}/{'/'.join(parts)}")
        return Reply(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def page(self, host: str, url: str) -> str:
        post = self.posts.get(url, Post(None, url, f"A page of {host}", summary=f"What {host} says of itself."))
        title = escape(post.title or "A small blog")
        return (
            f'<!doctype html><html lang="en"><title>{title}</title><meta property="og:title" content="{title}">'
            f'<meta property="og:description" content="{escape(post.summary)}">'
            f'<meta property="og:image" content="https://{host}/p/og-120x63.png"></html>'
        )

    def http(self) -> Http:
        """The way to it: the real one, but for the last step."""
        return Http(allow_private=["127.0.0.1"], adapter=_leading_to(self.url))


def _leading_to(home: str) -> type[GuardedAdapter]:
    class Leading(GuardedAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            asked = urlsplit(request.url or "")
            hop = request.copy()
            hop.url = f"{home}/{asked.netloc}{asked.path or '/'}" + (f"?{asked.query}" if asked.query else "")
            response = super().send(hop, *args, **kwargs)
            response.url, response.request = request.url or "", request
            return response

    return Leading


@cache
def picture(name: str) -> bytes:
    """Two colours and a band, all of them from the name."""
    from PIL import Image, ImageDraw

    stem, _, suffix = name.rpartition(".")
    width, height = (int(side) for side in stem.rpartition("-")[2].split("x"))
    seed = hashlib.sha256(name.encode()).digest()
    clear = "clear" in name
    ground = (*seed[:3], 90) if clear else tuple(seed[:3])
    frames = [
        Image.new("RGBA" if clear else "RGB", (width, height), ground) for _ in range(2 if suffix == "gif" else 1)
    ]
    for number, frame in enumerate(frames):
        draw = ImageDraw.Draw(frame)
        draw.ellipse((width // 4 + number * 9, height // 4, width * 3 // 4, height * 3 // 4), fill=tuple(seed[3:6]))
    file = io.BytesIO()
    frames[0].save(file, FORMATS[suffix], **({"save_all": True, "append_images": frames[1:]} if frames[1:] else {}))
    return file.getvalue()
