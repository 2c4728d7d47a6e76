"""Publishing on the pretend service: validation, keys, the list of posts.

Enters: the fields of a request. Leaves: a Reply or a Refusal. It knows nothing of HTTP bodies or tokens' names.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from syndicator.sandbox.service import Reply
from syndicator_mastodon import sandbox_text as texts
from syndicator_mastodon.flavour import numbers_of
from syndicator_mastodon.sandbox_people import unexpected
from syndicator_mastodon.sandbox_rows import Keys
from syndicator_mastodon.sandbox_state import Medium, Refusal, Status, Token

if TYPE_CHECKING:
    from syndicator_mastodon.sandbox import PretendMastodon

HOUR = 3600.0
_REPLAY_BREAKS = ((4, 6, 0), (4, 6, 5))  # mastodon #40399: a known key is answered with a 500
_ATTACHED_ONCE = "Validation failed: Media {id} not found or already attached to another post"


class Posting:
    def __init__(self, service: "PretendMastodon") -> None:
        self.service = service
        self.statuses: dict[str, Status] = {}
        self._keys: dict[tuple[str, str], tuple[float, str, Reply]] = {}
        self._made: list[float] = []
        self._last_id = 0

    def remove(self, status: Status) -> None:
        """What answered it stays, and forgets that it did (read in Mastodon's source)."""
        del self.statuses[status.id]
        for other in self.statuses.values():
            other.answers = None if other.answers == status.id else other.answers

    def used(self, window: float) -> int:
        """Posts and edits in the window that contains now."""
        start = self.service.now() // window * window
        return sum(at >= start for at in self._made)

    def next_id(self) -> str:
        """Snowflakes where the server makes them; otherwise numbers that only say which came first."""
        made = int(self.service.now() * 1000) << 16 if self.service.row.snowflakes else self._last_id + 1
        self._last_id = max(made, self._last_id + 1)
        return str(self._last_id) if self.service.row.snowflakes else f"{self._last_id:026d}"

    def post(self, fields: Mapping[str, Any], token: Token, key: str | None, *, checked: bool = True) -> Reply:
        replay = self._replay(token, key)
        if replay is not None:
            return replay
        try:
            reply = self._publish(fields, token, checked=checked)
        except Refusal as refusal:
            if key and self.service.row.keys in (Keys.CACHED, Keys.REFUSED):
                self._remember(token, key, "", refusal.reply())
            raise
        if key:
            self._remember(token, key, reply.body["id"], reply)
        return reply

    def listed(self, account_id: str, bounds: Mapping[str, str], limit: int) -> list[Status]:
        """Newest first; with min_id the oldest ones above it, as Mastodon pages."""
        seen = [
            status
            for status in self.statuses.values()
            if status.account.id == account_id
            and status.at + self.service.list_lag <= self.service.now()
            and _within(status.id, bounds)
        ]
        seen.sort(key=lambda status: _order(status.id), reverse=True)
        return seen[-limit:] if "min_id" in bounds else seen[:limit]

    def edit(self, status: Status, fields: Mapping[str, Any], token: Token) -> Reply:
        """A full replacement: what is left out is taken away, except for the language."""
        self._take_one()
        media = self._media(fields, token, status)
        self._apply_alts(fields, media)
        before = (status.text, status.spoiler_text, status.sensitive, [(m.id, m.description) for m in status.media])
        text, warning, sensitive = _words(fields)
        self._check(text, warning, fields, media)
        if self.service.row.refuses_unchanged and (text, warning) == before[:2] and media == status.media:
            raise Refusal(422, "Unprocessable Entity: status was not changed")
        status.text, status.spoiler_text, status.sensitive, status.media = text, warning, sensitive, media
        status.language = fields.get("language") or status.language
        status.html = self._html(text)
        if before != (text, warning, sensitive, [(m.id, m.description) for m in media]):
            status.edited_at = self.service.now()
        return Reply(200, status.json(self.service.url))

    def _publish(self, fields: Mapping[str, Any], token: Token, *, checked: bool) -> Reply:
        self._take_one()
        answered = self._answered(fields)
        media = self._media(fields, token, None)
        text, warning, sensitive = _words(fields)
        if checked:
            self._check(text, warning, fields, media)
        status = self._status(fields, token, media, text, warning, sensitive)
        status.answers = answered
        status.mentions = self.service.people.said(text)
        self.statuses[status.id] = status
        for medium in media:
            medium.attached_to = status.id
        return Reply(200, status.json(self.service.url))

    def _status(
        self, fields: Mapping[str, Any], token: Token, media: list[Medium], text: str, warning: str, sensitive: bool
    ) -> Status:
        if token.account is None:
            raise Refusal(422, "This method requires an authenticated user")
        asked = fields.get("visibility") or self.service.row.visibility
        if asked not in self.service.row.visibilities:
            raise Refusal(self.service.row.refusal, "Validation failed: Visibility is not included in the list")
        status_id = self.next_id()
        return Status(
            id=status_id,
            account=token.account,
            app=token.app,
            text=text,
            html=self._html(text),
            at=self.service.now(),
            visibility="unlisted" if token.account.limited and asked == "public" else asked,
            language=fields.get("language"),
            spoiler_text=warning,
            sensitive=sensitive or bool(warning),
            media=media,
            url=f"{token.account.url}/{status_id}",
        )

    def _answered(self, fields: Mapping[str, Any]) -> str | None:
        asked, rule = str(fields.get("in_reply_to_id") or ""), self.service.row.lost_parent
        if not asked or asked in self.statuses:
            return asked or None
        if rule is not None:
            raise Refusal(rule[0], "The post you are trying to reply to does not appear to exist.", voice=rule[1])
        return None

    def _take_one(self) -> None:
        row = self.service.row
        if row.limits_rate and self.used(3 * HOUR) >= self.service.posts_per_window:
            raise Refusal(429, "Too many requests")
        self._made.append(self.service.now())

    def _check(self, text: str, warning: str, fields: Mapping[str, Any], media: list[Medium]) -> None:
        row = self.service.row
        if row.image_required and not media:
            raise Refusal(403, "Empty statuses are not allowed")
        if not text and not media and not row.takes_empty:
            raise Refusal(row.refusal, "Validation failed: Text can't be blank")
        if self._length(text) + texts.clusters(warning) > row.max_characters:
            raise Refusal(row.refusal, f"Validation failed: Text character limit of {row.max_characters} exceeded")
        if self.service.flavour == "mastodon" and "allowed_mentions" in fields:
            # Read in source: accounts outside the list are refused; that an empty list counts was not tried.
            strangers = unexpected(self.service.people.said(text), fields["allowed_mentions"])
            if strangers:
                named = [person.json() for person in strangers]
                raise Refusal(422, "Post would be sent to unexpected accounts", unexpected_accounts=named)

    def _length(self, text: str) -> int:
        return texts.mastodon_length(text) if self.service.flavour == "mastodon" else len(text)

    def _html(self, text: str) -> str:
        makers = {"mastodon": texts.mastodon_html, "hollo": texts.markdown_html, "snac": texts.raw_html}
        return makers.get(self.service.flavour, texts.plain_html)(text, self.service.people)

    def _media(self, fields: Mapping[str, Any], token: Token, editing: Status | None) -> list[Medium]:
        known, found = self.service.media_of(token), list[Medium]()
        for media_id in fields.get("media_ids") or []:
            medium = known.get(str(media_id))
            self._complain_about(str(media_id), medium, editing)
            if medium is not None:
                found.append(medium)
        if any(medium.polls_left for medium in found):
            raise Refusal(422, "Cannot attach files that have not finished processing. Try again in a moment!")
        return found

    def _complain_about(self, media_id: str, medium: Medium | None, editing: Status | None) -> None:
        rule = self.service.row.unknown_media
        if medium is not None:
            taken = medium.attached_to is not None and (editing is None or medium.attached_to != editing.id)
            rule = self.service.row.reused_media if taken else None
        if rule is not None:
            raise Refusal(rule[0], _ATTACHED_ONCE.format(id=media_id), voice=rule[1])

    def _apply_alts(self, fields: Mapping[str, Any], media: list[Medium]) -> None:
        alts = {str(entry.get("id")): entry.get("description") or "" for entry in fields.get("media_attributes") or []}
        for medium in media:
            medium.description = alts.get(medium.id, medium.description)

    def _replay(self, token: Token, key: str | None) -> Reply | None:
        keys, account = self.service.row.keys, token.account.id if token.account else ""
        at, status_id, first = self._keys.get((account, key or ""), (0.0, "", Reply()))
        lasts = 6 * HOUR if keys is Keys.CACHED else HOUR
        if not key or keys is Keys.IGNORED or not at or self.service.now() - at >= lasts:
            return None
        if keys is Keys.CACHED:
            return Reply(first.status, first.body, {**first.headers, "idempotent-replayed": "true"})
        if keys is Keys.REFUSED:
            raise Refusal(400, "Duplicate idempotency key.")
        if self._breaks_on_replay():
            raise Refusal(500, "Internal Server Error")
        if status_id not in self.statuses:
            raise Refusal(404, "Record not found")
        return Reply(200, self.statuses[status_id].json(self.service.url))

    def _remember(self, token: Token, key: str, status_id: str, reply: Reply) -> None:
        account = token.account.id if token.account else ""
        self._keys[account, key] = (self.service.now(), status_id, reply)

    def _breaks_on_replay(self) -> bool:
        first, last = _REPLAY_BREAKS
        return self.service.flavour == "mastodon" and first <= numbers_of(self.service.row.version) <= last


def _words(fields: Mapping[str, Any]) -> tuple[str, str, bool]:
    truth = fields.get("sensitive") in (True, "1", "true", "on")
    return str(fields.get("status") or ""), str(fields.get("spoiler_text") or ""), truth


def _order(status_id: str) -> tuple[int, str]:
    return (len(status_id), status_id)


def _within(status_id: str, bounds: Mapping[str, str]) -> bool:
    place = _order(status_id)
    above = all(place > _order(bounds[name]) for name in ("min_id", "since_id") if name in bounds)
    return above and ("max_id" not in bounds or place < _order(bounds["max_id"]))
