"""The pretend service behaves like the real ones, by requests that the connector does not make itself."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from syndicator_mastodon.sandbox_oauth import challenge_of
from tests.connectors.mastodon_ground import KEY, Ground, image, rendering
from tests.connectors.test_mastodon_auth import REDIRECT, click


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


# Connecting an account

VERIFIER = "a-verifier-of-at-least-forty-three-characters-is-long-enough"
SCOPES = "profile write:statuses"


def ask(ground: Ground, method: str, path: str, **how: Any) -> requests.Response:
    """A request of somebody who is not logged in."""
    return requests.request(method, f"{ground.service.url}{path}", timeout=5, allow_redirects=False, **how)


def registered(ground: Ground, **changes: Any) -> dict[str, Any]:
    fields = {"client_name": "a client", "redirect_uris": REDIRECT, "scopes": SCOPES, **changes}
    app: dict[str, Any] = ask(ground, "POST", "/api/v1/apps", json=fields).json()
    return app


def wish(app: dict[str, Any], **changes: str) -> dict[str, str]:
    """What an app sends the browser with; an empty value leaves it out."""
    fields = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": REDIRECT, "scope": SCOPES}
    pkce = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}
    return {name: value for name, value in {**fields, **pkce, "state": "mine", **changes}.items() if value}


def code_for(ground: Ground, app: dict[str, Any], **changes: str) -> str:
    back = click(f"{ground.service.url}/oauth/authorize?{urlencode(wish(app, **changes))}")
    return parse_qs(urlsplit(back).query)["code"][0]


def exchange(ground: Ground, app: dict[str, Any], code: str, /, **changes: str) -> requests.Response:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    fields |= {"client_id": app["client_id"], "client_secret": app["client_secret"], **changes}
    return ask(ground, "POST", "/oauth/token", data={name: value for name, value in fields.items() if value})


def test_a_code_becomes_a_token_with_the_scopes_that_were_asked_for() -> None:
    with Ground() as ground:
        app = registered(ground)
        told = exchange(ground, app, code_for(ground, app)).json()
        assert call(ground, "GET", "/api/v1/accounts/verify_credentials", token=told["access_token"]).ok
    assert (told["scope"], told["token_type"], told["created_at"]) == (SCOPES, "Bearer", 1_795_168_800)


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "unknown"}, 401, "invalid_client"),
        ({"redirect_uri": "http://localhost:8766/callback"}, 400, "invalid_grant"),
        ({"redirect_uri": ""}, 400, "invalid_request"),
        ({"code_verifier": VERIFIER[1:]}, 400, "invalid_grant"),
        ({"code_verifier": ""}, 400, "invalid_request"),
        ({"code": "unknown"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_code_is_worth_nothing_without_the_rest(changes: dict[str, str], status: int, error: str) -> None:
    with Ground() as ground:
        app = registered(ground)
        code = code_for(ground, app)
        refused = exchange(ground, app, code, **changes)
        assert (refused.status_code, refused.json()["error"]) == (status, error)
        assert exchange(ground, app, code).ok


def test_a_code_belongs_to_one_app() -> None:
    with Ground() as ground:
        code = code_for(ground, registered(ground))
        assert exchange(ground, registered(ground), code).json()["error"] == "invalid_grant"


def test_a_code_works_once() -> None:
    with Ground() as ground:
        app = registered(ground)
        code = code_for(ground, app)
        assert exchange(ground, app, code).ok
        assert exchange(ground, app, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(("minutes", "status"), [(9, 200), (10, 400)])
def test_a_code_works_for_ten_minutes(minutes: int, status: int) -> None:
    with Ground() as ground:
        app = registered(ground)
        code = code_for(ground, app)
        ground.pass_time(minutes=minutes)
        assert exchange(ground, app, code).status_code == status


def test_a_verifier_for_a_code_that_was_made_without_is_refused() -> None:
    with Ground() as ground:
        app = registered(ground)
        code = code_for(ground, app, code_challenge="", code_challenge_method="")
        assert exchange(ground, app, code).json()["error"] == "invalid_grant"
        assert exchange(ground, app, code, code_verifier="").ok


def test_an_old_mastodon_looks_at_no_verifier() -> None:
    with Ground(version="4.2.9") as ground:
        app = registered(ground)
        assert exchange(ground, app, code_for(ground, app), code_verifier="anything").ok


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": "unknown"}, 401),
        ({"redirect_uri": "http://localhost:8766/callback"}, 400),
        ({"redirect_uri": "http://evil.example/callback"}, 400),
        ({"redirect_uri": ""}, 400),
        ({"response_type": "token"}, 400),
        ({"scope": "profile write:statuses write:media"}, 400),
        ({"code_challenge_method": "plain"}, 400),
        ({"code_challenge_method": ""}, 400),
    ],
)
def test_mistakes_of_an_app_are_shown_to_the_owner_and_not_sent_to_the_app(
    changes: dict[str, str], status: int
) -> None:
    with Ground() as ground:
        fields = wish(registered(ground), **changes)
        shown = ask(ground, "GET", "/oauth/authorize", params=fields)
        pressed = ask(ground, "POST", "/oauth/authorize", data=fields)
    assert (shown.status_code, pressed.status_code) == (status, status)
    assert shown.headers["Content-Type"].startswith("text/html")


def test_a_no_is_brought_back_to_the_app_with_its_state() -> None:
    with Ground() as ground:
        app = registered(ground)
        back = click(f"{ground.service.url}/oauth/authorize?{urlencode(wish(app))}", _method="delete")
    found = parse_qs(urlsplit(back).query)
    assert back.startswith(f"{REDIRECT}?")
    assert (found["error"], found["state"], "code" in found) == (["access_denied"], ["mine"], False)


def test_a_code_for_nobody_who_listens_is_shown() -> None:
    with Ground() as ground:
        oob = "urn:ietf:wg:oauth:2.0:oob"
        app = registered(ground, redirect_uris=oob)
        fields = wish(app, redirect_uri=oob)
        shown = requests.get(click(f"{ground.service.url}/oauth/authorize?{urlencode(fields)}"), timeout=5)
        (code,) = ground.service.oauth.codes
        assert f"<code>{code}</code>" in shown.text
        assert exchange(ground, app, code, redirect_uri=oob).ok
        denied = ask(ground, "POST", "/oauth/authorize", data={**fields, "_method": "delete"})
    assert (denied.status_code, denied.json()["error"]) == (400, "access_denied")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_name": ""},
        {"redirect_uris": ""},
        {"redirect_uris": []},
        {"redirect_uris": "not an address"},
        {"redirect_uris": f"{REDIRECT}#fragment"},
        {"scopes": "write:everything"},
    ],
)
def test_an_app_that_cannot_be_registered(changes: dict[str, Any]) -> None:
    with Ground() as ground:
        assert "Validation failed" in registered(ground, **changes)["error"]


def test_an_app_may_have_several_addresses() -> None:
    with Ground() as ground:
        app = registered(ground, redirect_uris=[REDIRECT, "http://localhost:9/"])
        assert exchange(ground, app, code_for(ground, app)).ok
    assert app["redirect_uri"] == f"{REDIRECT}\nhttp://localhost:9/"


@pytest.mark.parametrize(("flavour", "version"), [("mastodon", "4.2.9"), ("gotosocial", None)])
def test_only_a_new_mastodon_says_what_it_supports(flavour: str, version: str | None) -> None:
    path = "/.well-known/oauth-authorization-server"
    with Ground() as new, Ground(flavour, version=version) as other:
        assert ask(new, "GET", path).json()["code_challenge_methods_supported"] == ["S256"]
        assert ask(other, "GET", path).status_code == 404


def test_the_app_s_scopes_are_told_even_where_the_token_has_fewer() -> None:
    with Ground() as ground:
        ground.service.oauth.grants = "profile"
        app = registered(ground)
        token = exchange(ground, app, code_for(ground, app)).json()["access_token"]
        told = call(ground, "GET", "/api/v1/apps/verify_credentials", token=token).json()
        assert call(ground, "POST", "/api/v1/statuses", token=token, json={"status": "x"}).status_code == 403
    assert told["scopes"] == SCOPES.split()
