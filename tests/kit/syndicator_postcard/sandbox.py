"""A pretend Postcard on loopback, for the demo and the tests; it knows the rules of the real one."""

import re
import secrets
from itertools import count
from typing import Any

from syndicator.sandbox.service import PretendService, Reply, Request

PAGE = {"Content-Type": "text/html; charset=utf-8"}


class PretendPostcard(PretendService):
    publishing = "POST /api/cards$"  # the one request that makes a copy public
    identity = "GET /api/me$"  # the one that proves the account

    def __init__(self) -> None:
        super().__init__()
        self.token = f"pretend-{secrets.token_hex(8)}"
        self.revoked = False
        self.cards: dict[str, dict[str, Any]] = {}
        self.pictures: dict[str, bytes] = {}
        self.numbers = count(1)

    def settings(self) -> dict[str, Any]:
        """What a network's file says to reach this service."""
        return {"server": self.url, "access_token": self.token}

    def copies(self) -> list[dict[str, Any]]:
        """Every card as its readers see it."""
        with self.lock:
            return [self._shown(card) for card in self.cards.values()]

    def revoke(self) -> None:
        self.revoked = True

    def restore(self) -> None:
        self.revoked = False

    def answer(self, request: Request) -> Reply:
        page = re.fullmatch(r"/cards/(\d+)", request.path)
        if page:
            return Reply(200 if page[1] in self.cards else 404, b"<p>A card</p>", PAGE)
        if self.revoked or request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401, {"error": "unknown token"})
        match request.method, request.path:
            case "GET", "/api/me":
                return Reply(200, {"id": "7", "name": "You"})
            case "POST", "/api/pictures":
                return self._take_picture(request)
            case "POST", "/api/cards":
                return self._publish(request.json())
            case "GET", "/api/cards":
                since = float(request.query["since"][0])
                return Reply(200, [card for card in self.cards.values() if card["at"] >= since])
            case "DELETE", path if path.startswith("/api/cards/"):
                gone = self.cards.pop(path.rpartition("/")[2], None)
                return Reply(404 if gone is None else 204)
        return Reply(404, {"error": "no such address"})

    def _take_picture(self, request: Request) -> Reply:
        if not request.headers.get("content-type", "").startswith("image/") or len(request.body) > 1_000_000:
            return Reply(422, {"error": "no picture that we take"})
        name = f"p{len(self.pictures)}"
        self.pictures[name] = request.body
        return Reply(201, {"id": name})

    def _publish(self, given: dict[str, Any]) -> Reply:
        if not given["text"] or sum(1 for _ in given["text"]) > 280:
            return Reply(422, {"error": "a card has 1 to 280 characters"})
        number = str(next(self.numbers))
        self.cards[number] = {**given, "id": number, "url": f"{self.url}/cards/{number}", "at": self.now()}
        return Reply(201, self.cards[number])

    def _shown(self, card: dict[str, Any]) -> dict[str, Any]:
        pictures = [{"data": self.pictures[p["id"]], "mime": "image/png", "alt": p["alt"]} for p in card["pictures"]]
        return {
            "author": "You",
            "url": card["url"],
            "language": card["language"],
            "text": card["text"],
            "images": pictures,
        }
