"""The pretend service behaves like the real ones, by requests that the connector does not make itself."""

from typing import Any

import pytest
import requests

from tests.connectors.mastodon_ground import KEY, Ground, image, rendering


def call(ground: Ground, method: str, path: str, *, token: str | None = None, **how: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token or ground.service.token}", **how.pop("headers", {})}
    return requests.request(method, f"{ground.service.url}{path}", headers=headers, timeout=5, **how)


def post(ground: Ground, **fields: Any) -> requests.Response:
    return call(ground, "POST", "/api/v1/statuses", json={"status": "words", **fields})


@pytest.mark.parametrize(
    ("flavour", "visibility"), [("mastodon", "public"), ("gotosocial", "unlisted"), ("takahe", "public")]
)
def test_visibility_left_out_differs_by_server(flavour: str, visibility: str) -> None:
    with Ground(flavour) as ground:
        assert post(ground).json()["visibility"] == visibility


@pytest.mark.parametrize(
    ("flavour", "status"), [("mastodon", 422), ("gotosocial", 400), ("takahe", 400), ("hollo", 400), ("snac", 200)]
)
def test_an_empty_post(flavour: str, status: int) -> None:
    with Ground(flavour) as ground:
        assert post(ground, status="").status_code == status


@pytest.mark.parametrize(
    ("flavour", "copies"), [("mastodon", 1), ("hollo", 1), ("gotosocial", 2), ("takahe", 2), ("snac", 2)]
)
def test_a_key_sent_twice(flavour: str, copies: int) -> None:
    with Ground(flavour) as ground:
        how: dict[str, Any] = {"json": {"status": "words"}, "headers": {"Idempotency-Key": KEY}}
        call(ground, "POST", "/api/v1/statuses", **how)
        call(ground, "POST", "/api/v1/statuses", **how)
        assert len(ground.service.copies()) == copies


def test_a_key_is_forgotten_after_an_hour() -> None:
    with Ground() as ground:
        ground.publish(rendering())
        ground.pass_time(minutes=61)
        ground.publish(rendering())
        assert len(ground.service.copies()) == 2


def test_pleroma_remembers_a_refusal() -> None:
    with Ground("pleroma") as ground:
        key = {"Idempotency-Key": KEY}
        call(ground, "POST", "/api/v1/statuses", json={"status": ""}, headers=key)
        again = call(ground, "POST", "/api/v1/statuses", json={"status": "words"}, headers=key)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (400, "true")


@pytest.mark.parametrize(
    ("flavour", "unknown", "reused"),
    [("mastodon", 422, 422), ("gotosocial", 400, 400), ("takahe", 404, 200), ("hollo", 400, 500), ("snac", 200, 200)],
)
def test_media_that_are_missing_or_taken(flavour: str, unknown: int, reused: int) -> None:
    with Ground(flavour) as ground:
        assert post(ground, media_ids=["nothing"]).status_code == unknown
        receipt = ground.publish(rendering(images=(image(),)))
        taken = receipt.extra["media"][0]["id"]
        assert post(ground, media_ids=[taken]).status_code == reused


@pytest.mark.parametrize(
    ("flavour", "status"), [("mastodon", 422), ("gotosocial", 422), ("takahe", 500), ("hollo", 500), ("snac", 200)]
)
def test_a_file_that_is_no_image(flavour: str, status: int) -> None:
    with Ground(flavour) as ground:
        files = {"file": ("x.png", b"rubbish", "image/png")}
        assert call(ground, "POST", "/api/v2/media", files=files).status_code == status


@pytest.mark.parametrize(("flavour", "status"), [("mastodon", 200), ("gotosocial", 422)])
def test_an_edit_that_changes_nothing(flavour: str, status: int) -> None:
    with Ground(flavour) as ground:
        made = post(ground).json()["id"]
        answer = call(ground, "PUT", f"/api/v1/statuses/{made}", json={"status": "words"})
        assert answer.status_code == status
        assert call(ground, "GET", f"/api/v1/statuses/{made}").json()["edited_at"] is None


def test_an_edit_takes_away_what_it_leaves_out() -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering(images=(image(),), content_warning="w"))
        call(ground, "PUT", f"/api/v1/statuses/{receipt.remote_id}", json={"status": "words"})
        (copy,) = ground.service.copies()
    assert (copy["images"], copy["content_warning"], copy["language"]) == ([], "", "de")


def test_the_rate_limit_is_told_in_iso_time_and_without_retry_after() -> None:
    with Ground(posts_per_window=1) as ground:
        first, second = post(ground), post(ground)
    assert (first.headers["X-RateLimit-Remaining"], second.status_code) == ("0", 429)
    assert second.headers["X-RateLimit-Reset"] == "2026-11-20T12:00:00.000000Z"
    assert "Retry-After" not in second.headers


def test_pages_go_down_from_max_id_and_up_from_min_id() -> None:
    with Ground() as ground:
        ids = [post(ground).json()["id"], post(ground).json()["id"], post(ground).json()["id"]]
        path = "/api/v1/accounts/1000/statuses"
        down = call(ground, "GET", path, params={"max_id": ids[2], "limit": 1}).json()
        up = call(ground, "GET", path, params={"min_id": ids[0], "limit": 1}).json()
    assert ([s["id"] for s in down], [s["id"] for s in up]) == ([ids[1]], [ids[1]])


def test_ids_tell_the_time() -> None:
    with Ground() as ground:
        made = int(post(ground).json()["id"])
        assert made >> 16 == int(ground.clock.now().timestamp() * 1000)


def test_links_show_less_than_they_say() -> None:
    with Ground() as ground:
        html = post(ground, status="see https://blog.example.org/2026/11/a-long-way-to-go/?a=1&b=2").json()["content"]
    assert 'href="https://blog.example.org/2026/11/a-long-way-to-go/?a=1&amp;b=2"' in html
    assert '<span class="ellipsis">blog.example.org/2026/11/a-lon</span>' in html


def test_a_reader_sees_the_short_link_and_the_hashtag() -> None:
    with Ground() as ground:
        post(ground, status="A & B\n\nhttps://blog.example.org/2026/11/a-long-way-to-go/\n#Blog")
        (copy,) = ground.service.copies()
    assert copy["pieces"] == [
        {"text": "A & B\n\n"},
        {"text": "blog.example.org/2026/11/a-lon…", "href": "https://blog.example.org/2026/11/a-long-way-to-go/"},
        {"text": "\n"},
        {"text": "#Blog", "href": f"{ground.service.url}/tags/blog"},
    ]


def test_uploads_that_no_post_uses_are_deleted_after_a_day() -> None:
    with Ground() as ground:
        prepared = ground.connector().prepare(rendering(images=(image(),)), KEY).prepared or {}
        media_id = prepared["media"][0]["id"]
        ground.pass_time(hours=25)
        assert call(ground, "GET", f"/api/v1/media/{media_id}").status_code == 404


def test_the_source_is_the_text_as_it_was_written() -> None:
    with Ground() as ground:
        made = post(ground, status="a < b").json()
        source = call(ground, "GET", f"/api/v1/statuses/{made['id']}/source").json()
    assert (source["text"], made["content"]) == ("a < b", "<p>a &lt; b</p>")


def test_what_is_not_played_is_not_found() -> None:
    with Ground() as ground:
        assert call(ground, "GET", "/api/v1/timelines/home").status_code == 404
