"""The pretend LinkedIn, spoken to plainly: it has to be as strict and as strange as the real one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from syndicator_linkedin.sandbox_versions import Calendar
from tests.connectors.linkedin_ground import NOW, PNG, REDIRECT, Ground


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


class Caller:
    """Plain HTTP, without anything of the connector."""

    def __init__(self, ground: Ground, token: str = "") -> None:
        self.service = ground.service
        self.http = requests.Session()
        self.http.trust_env = False
        self.headers = {
            "Authorization": f"Bearer {token or self.service.token}",
            "LinkedIn-Version": "202609",
            "X-Restli-Protocol-Version": "2.0.0",
        }

    def call(self, method: str, path: str, without: str = "", **request: Any) -> requests.Response:
        headers = {name: value for name, value in self.headers.items() if name != without}
        return self.http.request(method, f"{self.service.url}{path}", headers=headers, **request)

    def post(self, without: str = "", **changes: Any) -> requests.Response:
        body = {
            "author": self.service.person,
            "commentary": "Hello",
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED"},
            "lifecycleState": "PUBLISHED",
            **changes,
        }
        written = {name: value for name, value in body.items() if value is not ...}
        return self.call("POST", "/rest/posts", without, json=written)

    def upload(self, owner: str = "") -> dict[str, Any]:
        body = {"initializeUploadRequest": {"owner": owner or self.service.person}}
        answer = self.call("POST", "/rest/images?action=initializeUpload", json=body)
        value: dict[str, Any] = answer.json()["value"]
        return value

    def put(self, value: dict[str, Any], data: bytes = PNG) -> None:
        assert self.call("PUT", value["uploadUrl"].removeprefix(self.service.url), data=data).status_code == 201


def refusal(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_a_post_is_named_in_a_header_and_nowhere_else(ground: Ground) -> None:
    made = Caller(ground).post()
    assert (made.status_code, made.content) == (201, b"")
    assert made.headers["x-restli-id"].startswith("urn:li:share:7")


def test_it_publishes_what_stands_before_a_reserved_character_and_says_yes(ground: Ground) -> None:
    assert Caller(ground).post(commentary="Everything (nearly)").status_code == 201
    assert ground.service.copies()[0]["text"] == "Everything "


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"commentary": " "}, (400, "INVALID_VALUE_BLANK_FIELD")),
        ({"commentary": "👋" * 1501}, (400, "FIELD_LENGTH_TOO_LONG")),
        ({"commentary": ...}, (400, "MISSING_FIELD")),
        ({"visibility": "public"}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"lifecycleState": "DRAFT"}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"author": "urn:li:person:somebody"}, (403, "ACCESS_DENIED")),
        ({"content": {}}, (422, "UNPROCESSABLE_ENTITY")),
        ({"content": {"article": {"source": "https://x.example"}}}, (422, "UNPROCESSABLE_ENTITY")),
        ({"content": {"article": {"source": "x", "title": "T"}}}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"content": {"media": {"id": "urn:li:image:none"}}}, (400, "INVALID_IMAGE_ID")),
        ({"content": {"multiImage": {"images": [{"id": "x"}]}}}, (422, "UNPROCESSABLE_ENTITY")),
    ],
)
def test_it_refuses_what_linkedin_refuses(ground: Ground, changes: dict[str, Any], expected: tuple[int, str]) -> None:
    assert refusal(Caller(ground).post(**changes)) == expected
    assert ground.service.posts.kept == {}


def test_the_version_is_looked_at_before_anything_else(ground: Ground) -> None:
    caller = Caller(ground, token="nonsense")
    caller.headers["LinkedIn-Version"] = "202511"
    assert refusal(caller.post()) == (426, "NONEXISTENT_VERSION")
    assert refusal(caller.post(without="LinkedIn-Version")) == (400, "VERSION_MISSING")


@pytest.mark.parametrize(
    ("version", "day", "active"),
    [
        ("202511", datetime(2026, 11, 14, tzinfo=UTC), True),
        ("202511", datetime(2026, 11, 15, tzinfo=UTC), False),
        ("202611", datetime(2026, 11, 20, tzinfo=UTC), True),
        ("202612", datetime(2026, 11, 20, tzinfo=UTC), False),
        ("2026-1", datetime(2026, 11, 20, tzinfo=UTC), False),
    ],
)
def test_versions_come_and_go_with_the_months(version: str, day: datetime, active: bool) -> None:
    assert Calendar().is_active(version, day.timestamp()) is active


def test_the_newest_version_can_be_late() -> None:
    assert not Calendar(lag=1).is_active("202611", NOW.timestamp())
    assert Calendar(lag=1).is_active("202610", NOW.timestamp())


def test_a_repeat_is_refused_for_ten_minutes_and_names_the_post(ground: Ground) -> None:
    caller = Caller(ground)
    urn = caller.post().headers["x-restli-id"]
    ground.clock.advance(timedelta(minutes=9, seconds=59))
    repeat = caller.post()
    assert repeat.status_code == 422
    assert repeat.json()["message"] == f"Content is a duplicate of {urn}"
    assert repeat.json()["errorDetails"]["inputErrors"][0]["code"] == "DUPLICATE_POST"
    ground.clock.advance(timedelta(seconds=1))
    assert caller.post().status_code == 201


def test_other_words_or_another_article_are_no_repeat(ground: Ground) -> None:
    caller = Caller(ground)
    article = {"article": {"source": "https://x.example", "title": "T"}}
    assert [caller.post(**c).status_code for c in ({}, {"commentary": "Bye"}, {"content": article})] == [201] * 3


def test_a_deleted_post_is_gone_from_sight_and_remembered_for_repeats(ground: Ground) -> None:
    caller = Caller(ground)
    urn = caller.post().headers["x-restli-id"]
    path = f"/rest/posts/{urn.replace(':', '%3A')}"
    assert [caller.call("DELETE", path).status_code for _ in range(2)] == [204, 204]
    assert ground.service.copies() == []
    assert caller.http.get(f"{ground.service.url}/feed/update/{urn}/").status_code == 404
    assert caller.post().status_code == 422


@pytest.mark.parametrize("path", ["/rest/posts?q=author&author=x", "/rest/posts/urn", "/rest/images/urn", "/v2/me"])
def test_nothing_can_be_read_back(ground: Ground, path: str) -> None:
    assert refusal(Caller(ground).call("GET", path)) == (403, "ACCESS_DENIED")


def test_the_quota_is_counted_by_utc_days(ground: Ground) -> None:
    ground.service.quota = 2
    caller = Caller(ground)
    answers = [caller.post(commentary=f"No. {n}").status_code for n in range(3)]
    assert answers == [201, 201, 429]
    ground.clock.advance(timedelta(hours=14))
    assert caller.post(commentary="Tomorrow").status_code == 201


def test_tokens_die_in_several_ways(ground: Ground) -> None:
    caller = Caller(ground)
    assert refusal(caller.post(without="Authorization")) == (401, "EMPTY_ACCESS_TOKEN")
    assert refusal(Caller(ground, token="x").post()) == (401, "INVALID_ACCESS_TOKEN")
    ground.service.revoke()
    assert refusal(caller.post()) == (401, "REVOKED_ACCESS_TOKEN")
    ground.service.restore()
    grant = ground.service.consent.grants[ground.service.token]
    grant.lasts = 60
    ground.clock.advance(timedelta(seconds=60))
    assert refusal(caller.call("GET", "/v2/userinfo")) == (401, "EXPIRED_ACCESS_TOKEN")


def test_a_token_for_a_page_says_nothing_of_the_member_and_posts_for_the_page_alone(ground: Ground) -> None:
    caller = Caller(ground, token=ground.service.page_token)
    assert refusal(caller.call("GET", "/v2/userinfo")) == (403, "ACCESS_DENIED")
    assert refusal(caller.post()) == (403, "ACCESS_DENIED")
    assert caller.post(author="urn:li:organization:2414183").status_code == 201


def test_an_image_has_to_be_uploaded_with_the_token_and_worked_on(ground: Ground) -> None:
    caller = Caller(ground)
    value = caller.upload()
    content = {"media": {"id": value["image"], "altText": "A (b)"}}
    assert refusal(caller.post(content=content)) == (400, "MEDIA_ASSET_WAITING_UPLOAD")
    path = value["uploadUrl"].removeprefix(ground.service.url)
    assert refusal(caller.call("PUT", path, "Authorization", data=PNG)) == (401, "EMPTY_ACCESS_TOKEN")
    caller.put(value)
    ground.service.images.takes = 10
    assert caller.post(content=content).status_code == 201
    assert ground.service.copies() == []  # made too early
    ground.clock.advance(timedelta(seconds=10))
    assert caller.post(commentary="Later", content=content).status_code == 201
    assert ground.service.copies()[0]["images"] == [{"data": PNG, "mime": "image/png", "alt": "A (b)"}]


def test_what_is_no_image_comes_to_harm(ground: Ground) -> None:
    caller = Caller(ground)
    value = caller.upload()
    caller.put(value, b"RIFF....WEBP")
    assert refusal(caller.post(content={"media": {"id": value["image"]}})) == (400, "MEDIA_ASSET_PROCESSING_FAILED")


def test_comments_are_plain_and_may_be_forbidden(ground: Ground) -> None:
    caller = Caller(ground)
    urn = caller.post().headers["x-restli-id"]
    path = f"/rest/socialActions/{urn.replace(':', '%3A')}/comments"
    body = {"actor": ground.service.person, "object": urn, "message": {"text": r"a \(b\)"}}
    assert caller.call("POST", path, json=body).status_code == 201
    assert ground.service.copies()[0]["comments"] == [r"a \(b\)"]
    ground.service.comments_allowed = False
    assert refusal(caller.call("POST", path, json=body)) == (403, "ACCESS_DENIED")
    assert refusal(caller.call("POST", path, json={**body, "actor": "x"})) == (403, "ACCESS_DENIED")


def test_the_consent_page_goes_only_to_registered_places(ground: Ground) -> None:
    ground.service.app.redirects = {REDIRECT}
    asked = {"client_id": ground.service.app.client_id, "scope": "openid", "state": "s", "response_type": "code"}
    http = Caller(ground).http
    for redirect, status in ((REDIRECT, 302), (f"{REDIRECT}/", 400), ("http://127.0.0.1:8765/callback", 400)):
        page = http.get(
            f"{ground.service.url}/oauth/v2/authorization",
            params={**asked, "redirect_uri": redirect},
            allow_redirects=False,
        )
        assert page.status_code == status


def test_introspection_is_for_the_apps_own_tokens(ground: Ground) -> None:
    app, http = ground.service.app, Caller(ground).http
    address = f"{ground.service.url}/oauth/v2/introspectToken"
    form = {"client_id": app.client_id, "client_secret": app.secret, "token": ground.service.token}
    assert http.post(address, data=form).json()["status"] == "active"
    assert http.post(address, data={**form, "token": "x"}).json() == {"active": False}
    assert http.post(address, data={**form, "client_secret": "x"}).status_code == 401
    ground.service.revoke()
    assert http.post(address, data=form).json()["status"] == "revoked"


def test_other_places_are_not_there(ground: Ground) -> None:
    caller = Caller(ground)
    assert refusal(caller.call("POST", "/rest/shares", json={})) == (404, "RESOURCE_NOT_FOUND")
    assert caller.http.get(f"{ground.service.url}/sharing/share-offsite/?url=x").status_code == 200


def test_hashtags_and_addresses_in_copies_can_be_clicked(ground: Ground) -> None:
    Caller(ground).post(commentary=r"See https://x.example {hashtag|\#|north}")
    assert [piece.get("href") for piece in ground.service.copies()[0]["pieces"]] == [
        None,
        "https://x.example",
        None,
        "https://www.linkedin.com/feed/hashtag/north",
    ]
