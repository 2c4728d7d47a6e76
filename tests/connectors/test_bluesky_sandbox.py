"""The pretend Bluesky behaves as the reference PDS was measured to."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from syndicator_bluesky.sandbox_rules import blob_cid
from tests.connectors.bluesky_ground import PNG, Ground

RKEY = "3n2r4fzg7k222"
POST = {"$type": "app.bsky.feed.post", "text": "Hello", "createdAt": "2026-11-20T10:00:00.000Z"}
COLLECTION = "app.bsky.feed.post"


class Caller:
    """Plain XRPC, without anything of the connector."""

    def __init__(self, ground: Ground) -> None:
        self.service = ground.service
        self.http = requests.Session()
        self.http.trust_env = False
        login = self.login().json()
        self.access, self.refresh = login["accessJwt"], login["refreshJwt"]

    def login(self, password: str = "") -> requests.Response:
        body = {"identifier": self.service.account.handle, "password": password or self.service.password}
        return self.post("com.atproto.server.createSession", json=body, token="")

    def post(self, method: str, token: str | None = None, **request: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.access if token is None else token}"} if token != "" else {}
        return self.http.post(
            f"{self.service.url}/xrpc/{method}", headers=headers | request.pop("headers", {}), **request
        )

    def get(self, method: str, **params: Any) -> requests.Response:
        return self.http.get(f"{self.service.url}/xrpc/{method}", params=params)

    def put(self, record: Any, rkey: str = RKEY, **more: Any) -> requests.Response:
        body = {"repo": self.service.account.did, "collection": COLLECTION, "rkey": rkey, "record": record, **more}
        return self.post("com.atproto.repo.putRecord", json=body)

    def upload(self, data: bytes = PNG, mime: str = "image/png") -> Any:
        return self.post("com.atproto.repo.uploadBlob", data=data, headers={"Content-Type": mime}).json()["blob"]


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


@pytest.fixture
def caller(ground: Ground) -> Iterator[Caller]:
    caller = Caller(ground)
    with caller.http:
        yield caller


def refusal(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def test_a_new_record_is_a_commit_and_the_same_again_is_none(caller: Caller) -> None:
    first = caller.put(POST, swapRecord=None).json()
    again = caller.put(dict(reversed(POST.items())), swapRecord=None).json()
    assert ("commit" in first, "commit" in again, first["cid"] == again["cid"]) == (True, False, True)


def test_another_record_under_a_taken_key_is_an_invalid_swap(caller: Caller) -> None:
    cid = caller.put(POST, swapRecord=None).json()["cid"]
    response = caller.put({**POST, "text": "Other"}, swapRecord=None)
    assert (refusal(response), response.json()["message"]) == ((400, "InvalidSwap"), f"Record was at {cid}")


def test_without_swap_record_a_record_is_overwritten(caller: Caller) -> None:
    caller.put(POST)
    assert "commit" in caller.put({**POST, "text": "Other"}).json()


def test_a_swap_needs_the_right_cid(caller: Caller) -> None:
    cid = caller.put(POST).json()["cid"]
    assert refusal(caller.put({**POST, "text": "2"}, swapRecord="bafyother")) == (400, "InvalidSwap")
    assert caller.put({**POST, "text": "2"}, swapRecord=cid).ok


def test_a_swap_of_what_is_not_there_is_invalid(caller: Caller) -> None:
    assert "null" in caller.put(POST, swapRecord="bafyother").json()["message"]


def test_create_record_fails_badly_on_a_taken_key(caller: Caller) -> None:
    body = {"repo": caller.service.account.did, "collection": COLLECTION, "rkey": RKEY, "record": POST}
    assert caller.post("com.atproto.repo.createRecord", json=body).ok
    assert refusal(caller.post("com.atproto.repo.createRecord", json=body)) == (500, "InternalServerError")


@pytest.mark.parametrize("rkey", ["", "short", "z222222222222", "3n2r4fzg7k22!", "3n2r4fzg7k2222"])
def test_a_key_has_to_be_a_tid(caller: Caller, rkey: str) -> None:
    assert caller.put(POST, rkey=rkey).json()["message"] == "Invalid TID string"


IMAGE = {"$type": "blob", "ref": {"$link": "bafkrei"}, "mimeType": "image/png", "size": 70}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"text": "x" * 301}, "text"),
        ({"text": "👨‍👩‍👧‍👦" * 121}, "text"),
        ({"text": None}, "text"),
        ({"createdAt": "2026-11-20T10:00:00"}, "createdAt"),
        ({"langs": ["de", "en", "fr", "it"]}, "langs"),
        ({"langs": ["english_US"]}, "langs"),
        ({"tags": ["x"] * 9}, "tags"),
        ({"facets": [{"index": {"byteStart": -1, "byteEnd": 2}, "features": []}]}, "byteStart"),
        (
            {
                "facets": [
                    {"index": {"byteStart": 0, "byteEnd": 2}, "features": [{"$type": "a#link", "uri": "no-scheme"}]}
                ]
            },
            "uri",
        ),
        ({"embed": {"$type": "app.bsky.embed.images", "images": [{"image": IMAGE}]}}, "alt"),
        ({"embed": {"$type": "app.bsky.embed.images", "images": [{"image": IMAGE, "alt": ""}] * 5}}, "images"),
        (
            {"embed": {"$type": "app.bsky.embed.external", "external": {"uri": "https://x.example", "title": ""}}},
            "description",
        ),
        (
            {
                "embed": {
                    "$type": "app.bsky.embed.external",
                    "external": {
                        "uri": "https://x.example",
                        "title": "",
                        "description": "",
                        "thumb": {**IMAGE, "size": 1_000_001},
                    },
                }
            },
            "thumb",
        ),
    ],
)
def test_what_the_lexicon_forbids_is_refused(caller: Caller, changes: dict[str, Any], place: str) -> None:
    response = caller.put(POST | changes)
    assert refusal(response) == (400, "InvalidRequest")
    assert place in response.json()["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": "👨‍👩‍👧‍👦" * 120},
        {"createdAt": "1975-01-01T00:00:00+00:00"},
        {"syndicator": "unknown fields are kept"},
        {"facets": [{"index": {"byteStart": 90, "byteEnd": 2}, "features": []}]},
    ],
)
def test_what_it_does_not_forbid_is_taken(caller: Caller, changes: dict[str, Any]) -> None:
    assert caller.put(POST | changes).ok


@pytest.mark.parametrize(("start", "end"), [(0, 99), (3, 1), (1, 3), (0, 6)])
def test_facets_that_readers_would_see_broken_are_told_to_tests(caller: Caller, start: int, end: int) -> None:
    features = [{"$type": "app.bsky.richtext.facet#tag", "tag": "ü"}]
    caller.put(
        {**POST, "text": "#ü abc", "facets": [{"index": {"byteStart": start, "byteEnd": end}, "features": features}]}
    )
    assert len(caller.service.bad_facets()) == 1


def test_blobs_have_the_names_that_every_server_gives(caller: Caller) -> None:
    assert blob_cid(b"") == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    assert caller.upload() == caller.upload()


def test_a_picture_is_recognised_whatever_it_is_called(caller: Caller) -> None:
    assert caller.upload(PNG, "image/jpeg")["mimeType"] == "image/png"


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ({"data": PNG}, (400, "InvalidRequest")),
        ({"data": b"x" * 5_242_881, "headers": {"Content-Type": "image/png"}}, (413, "PayloadTooLarge")),
    ],
)
def test_uploads_need_a_type_and_a_modest_size(
    caller: Caller, request_: dict[str, Any], answer: tuple[int, str]
) -> None:
    assert refusal(caller.post("com.atproto.repo.uploadBlob", **request_)) == answer


@pytest.mark.parametrize(
    ("spoilt", "error"),
    [
        ({"ref": {"$link": "bafkreinone"}}, "BlobNotFound"),
        ({"mimeType": "image/webp"}, "InvalidMimeType"),
        ({"size": 1}, "InvalidSize"),
    ],
)
def test_a_blob_has_to_be_the_one_that_was_uploaded(caller: Caller, spoilt: dict[str, Any], error: str) -> None:
    blob = {**caller.upload(), **spoilt}
    embed = {"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": blob}]}
    assert refusal(caller.put({**POST, "embed": embed})) == (400, error)


def test_what_is_missing_is_a_bad_request(caller: Caller) -> None:
    where = {"repo": caller.service.account.did, "collection": COLLECTION, "rkey": RKEY}
    assert refusal(caller.get("com.atproto.repo.getRecord", **where)) == (400, "RecordNotFound")


def test_deleting_what_is_missing_succeeds(caller: Caller) -> None:
    where = {"repo": caller.service.account.did, "collection": COLLECTION, "rkey": RKEY}
    assert caller.post("com.atproto.repo.deleteRecord", json=where).json() == {}


def test_lists_go_from_the_highest_key_down_in_pages(caller: Caller) -> None:
    [caller.put(POST, rkey=rkey) for rkey in ("3a22222222222", "3b22222222222", "3c22222222222")]
    where = {"repo": caller.service.account.did, "collection": COLLECTION, "limit": 2}
    first = caller.get("com.atproto.repo.listRecords", **where).json()
    second = caller.get("com.atproto.repo.listRecords", **where, cursor=first["cursor"]).json()
    assert [r["uri"][-13:-11] for r in first["records"] + second["records"]] == ["3c", "3b", "3a"]


@pytest.mark.parametrize(
    ("token", "answer"),
    [("", (401, "AuthMissing")), ("garbage", (400, "InvalidToken")), ("a.b.c", (400, "InvalidToken"))],
)
def test_bad_tokens_are_bad_requests(caller: Caller, token: str, answer: tuple[int, str]) -> None:
    assert refusal(caller.post("com.atproto.repo.putRecord", token=token, json={})) == answer


def test_a_refresh_token_opens_nothing_else(caller: Caller) -> None:
    assert refusal(caller.post("com.atproto.repo.putRecord", token=caller.refresh, json={})) == (400, "InvalidToken")


def test_an_access_token_lasts_two_hours(caller: Caller, ground: Ground) -> None:
    ground.clock.advance(timedelta(minutes=121))
    assert refusal(caller.put(POST)) == (400, "ExpiredToken")


def test_a_used_refresh_token_gives_the_same_for_two_hours_and_nothing_after(caller: Caller, ground: Ground) -> None:
    method = "com.atproto.server.refreshSession"
    first = caller.post(method, token=caller.refresh).json()["refreshJwt"]
    assert caller.post(method, token=caller.refresh).json()["refreshJwt"] == first
    ground.clock.advance(timedelta(minutes=121))
    assert refusal(caller.post(method, token=caller.refresh)) == (400, "ExpiredToken")
    assert caller.post(method, token=first).ok


def test_after_its_revocation_an_app_password_lives_on_in_access_tokens_only(caller: Caller) -> None:
    caller.service.revoke(caller.service.password)
    assert caller.put(POST).ok
    assert refusal(caller.post("com.atproto.server.refreshSession", token=caller.refresh)) == (400, "ExpiredToken")
    assert refusal(caller.login()) == (401, "AuthenticationRequired")


def test_a_deactivated_account_logs_in_and_cannot_write(caller: Caller) -> None:
    caller.service.account.status = "deactivated"
    assert (caller.login().json()["active"], caller.login().json()["status"]) == (False, "deactivated")
    assert refusal(caller.put(POST)) == (401, "AccountDeactivated")


def test_the_thirty_first_login_within_five_minutes_is_too_many(caller: Caller, ground: Ground) -> None:
    [caller.login() for _ in range(29)]
    response = caller.login()
    assert refusal(response) == (429, "RateLimitExceeded")
    assert (response.headers["Retry-After"], response.headers["RateLimit-Policy"]) == ("300", "30;w=300")
    ground.clock.advance(timedelta(seconds=301))
    assert caller.login().ok


def test_there_is_no_appview(caller: Caller) -> None:
    assert refusal(caller.get("app.bsky.feed.getAuthorFeed")) == (502, "UpstreamFailure")


def test_what_is_not_xrpc_is_a_page(caller: Caller) -> None:
    response = caller.http.get(f"{caller.service.url}/")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html")


def test_a_copy_has_a_page_that_escapes_its_words(caller: Caller) -> None:
    caller.put({**POST, "text": "<script>"})
    page = caller.http.get(caller.service.copies()[0]["url"])
    assert "&lt;script&gt;" in page.text
